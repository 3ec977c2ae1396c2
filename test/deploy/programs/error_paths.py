"""What can go wrong with the PYNQ class, and good frames after each. Prints a line for each case that went as it should."""
import numpy as np
import pynq
from pynq import board

import tiny
from tiny_example import DATA, frames, words

PATIENCE = 1.0
assert DATA
overlay = pynq.Overlay("tiny.bit")
engine = overlay.engine
engine.attach(overlay.dma)
inputs = frames("input.hex", tiny.INPUT_TYPE, tiny.INPUT_SHAPE)
expected = frames("expected.hex", tiny.OUTPUT_TYPE, tiny.OUTPUT_SHAPE)


def fails(kind, action, *arguments):
    try:
        action(*arguments)
    except tiny.EngineError as error:
        assert error.kind == kind, (error.kind, kind)
        return
    except ValueError:
        assert kind == "value", kind
        return
    raise AssertionError("%s did not fail" % kind)


def good(case):
    assert np.array_equal(engine.run(inputs, PATIENCE * 20), expected), case
    print(case)


def faulty(case, fault, value, kind, bits):
    board.order_fault(fault, value)
    fails(kind, engine.run, inputs[0], PATIENCE)
    assert engine.status_bits == bits, engine.status_bits
    fails("recover", engine.run, inputs)
    engine.recover()
    good(case)


assert engine.get("PEAK_MACS") == tiny.PEAK_MACS
assert engine.fields("CTRL") == {"START": 0, "DONE": 0, "IDLE": 1, "READY": 1, "AUTO_RESTART": 0, "RESET": 0}
good("registers")
faulty("frame cut short", board.LENGTH, -8, "frame", 1)
faulty("frame too long", board.LENGTH, 8, "frame", 2)
faulty("TLAST early", board.TLAST_EARLY, 17, "frame", 1)
faulty("TLAST missing", board.TLAST_MISSING, 0, "frame", 2)
faulty("reset in mid-frame", board.RESET_AFTER, 500, "lost", 0)

engine.start(inputs)
fails("busy", engine.start, inputs)
fails("busy", engine.load, "weights", words("weights.hex", 8))
assert np.array_equal(engine.wait(PATIENCE * 20), expected)
good("start while busy")

engine.start(inputs)
engine.recover()
fails("busy", engine.wait)
good("recovery in mid-frame")

engine.put("LOAD_COUNT", tiny.MEMORIES["weights"][1])
engine.put("LOAD_SELECT", 0)
engine.put("LOAD_ADDRESS", 0)
engine.put("LOAD_DATA", 0)
fails("load", engine.run, inputs)
engine.load("weights", words("weights.hex", 8))
good("weights half loaded")

fails("value", engine.run, inputs.astype(np.float32))
fails("value", engine.run, inputs.astype(np.int32) + 256)
fails("value", engine.load, "weights", [1, 2, 3])
single = engine.run(inputs[1])
assert single.shape == tiny.OUTPUT_SHAPE and np.array_equal(single, expected[1])
assert 0 < engine.counters()["utilization"] <= 1
good("arguments that do not fit")
code = board.close()
print("PASS" if code == 0 else "FAIL %d" % code)
