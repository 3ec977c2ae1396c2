"""Cells of a block design and their drivers."""
from . import board

drivers = {}


class MMIO:
    """Registers from `base` on."""

    def __init__(self, base, length=4):
        self.base_addr, self.length = base, length

    def _check(self, offset):
        if offset % 4 or not 0 <= offset < self.length:
            raise IndexError("offset 0x%x" % offset)

    def read(self, offset=0, length=4):
        self._check(offset)
        return board.read(self.base_addr + offset)

    def write(self, offset, data):
        self._check(offset)
        if not isinstance(data, int) or not 0 <= data < 1 << 32:
            raise ValueError("%r is no register value" % (data,))
        board.write(self.base_addr + offset, data)


class DefaultIP:
    """A cell. A subclass with `bindto` drives the cells of these VLNVs."""

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        for vlnv in getattr(cls, "bindto", []):
            drivers[vlnv] = cls

    def __init__(self, description):
        self.mmio = MMIO(description["phys_addr"], description["addr_range"])
        self._fullpath = description["fullpath"]

    def read(self, offset=0):
        return self.mmio.read(offset)

    def write(self, offset, value):
        self.mmio.write(offset, value)
