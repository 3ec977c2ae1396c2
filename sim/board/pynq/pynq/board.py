"""The other end of sim/board/bridge.c."""
import os
import struct
import subprocess

ENGINE, DMA, WEIGHT_DMA = 0x43C00000, 0x40400000, 0x40410000
TLAST_EARLY, TLAST_MISSING, LENGTH, RESET_AFTER = 1, 2, 3, 4

_process = subprocess.Popen([os.environ["SHIFTLOOM_BOARD"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=os.path.dirname(os.environ["SHIFTLOOM_BOARD"]))


def _send(command, *words, data=b""):
    _process.stdin.write(command + struct.pack("<%dI" % len(words), *(word & 0xFFFFFFFF for word in words)) + data)


def _receive(count):
    _process.stdin.flush()
    data = _process.stdout.read(count)
    if len(data) != count:
        raise RuntimeError("the board ended with code %s" % _process.wait())
    return data


def read(address):
    _send(b"R", address)
    return struct.unpack("<I", _receive(4))[0]


def write(address, value):
    _send(b"W", address, value)


def flush(address, data):
    _send(b"F", address, len(data), data=data)


def invalidate(address, count):
    _send(b"I", address, count)
    return _receive(count)


def sleep(microseconds):
    _send(b"S", microseconds)
    _receive(4)


def order_fault(kind, value):
    _send(b"X", kind, value)


def reset():
    _send(b"Z")


def close():
    """Ends the board; its exit code says whether a rule of a bus was broken."""
    _process.stdin.close()
    return _process.wait()
