"""What a driver sees of PYNQ, over the model of a board: Overlay, DefaultIP, MMIO, allocate, lib.dma.DMA.

Written from PYNQ's documentation. SHIFTLOOM_BOARD is the program that has the engine in it, SHIFTLOOM_IP the VLNV of the engine.
"""
import os

import numpy as np

from . import board
from .ip import DefaultIP, MMIO, drivers

__all__ = ["DefaultIP", "MMIO", "Overlay", "PynqBuffer", "allocate"]

_LINE = 64
_next_address = 0x10000000


class PynqBuffer(np.ndarray):
    """Memory of the processor behind a cache; the DMA sees what was flushed."""

    device_address = 0

    def flush(self):
        board.flush(self.device_address, self.tobytes())

    def invalidate(self):
        data = board.invalidate(self.device_address, self.nbytes)
        self.reshape(-1).view(np.uint8)[:] = np.frombuffer(data, dtype=np.uint8)


def allocate(shape, dtype="u4", **_):
    """A buffer of its own cache lines. What is in it at first is anything."""
    global _next_address
    buffer = np.full(shape, 0, dtype=dtype).view(PynqBuffer)
    buffer.reshape(-1).view(np.uint8)[:] = 0xA5
    buffer.device_address = _next_address
    _next_address += -(-buffer.nbytes // _LINE) * _LINE + _LINE
    return buffer


class Overlay:
    """The cells of the block design that shiftloom writes, bound to drivers by VLNV."""

    def __init__(self, bitfile, **_):
        from .lib import dma  # registers the DMA's driver

        assert dma
        cells = {
            "engine": (os.environ["SHIFTLOOM_IP"], board.ENGINE, 0x1000),
            "dma": ("xilinx.com:ip:axi_dma:7.1", board.DMA, 0x10000),
            "weight_dma": ("xilinx.com:ip:axi_dma:7.1", board.WEIGHT_DMA, 0x10000),
        }
        if not os.environ.get("SHIFTLOOM_WEIGHT_DMA"):
            del cells["weight_dma"]
        self.bitfile_name = bitfile
        for name, (vlnv, address, size) in cells.items():
            description = {"type": vlnv, "phys_addr": address, "addr_range": size, "fullpath": name, "interrupts": {}, "parameters": {}}
            setattr(self, name, drivers.get(vlnv, DefaultIP)(description))
