"""One print job as bytes, and the rasters it is made of. Knows no fonts, no pictures and no printer, and loads nothing.

Whoever only asks a printer how it is speaks of jobs as well, and needs nothing that draws one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_BAND_ROWS = 24
BAND_HEADER_BYTES = 8
_RASTER = b"\x1dv0"
"""GS v 0."""


@dataclass(frozen=True, slots=True)
class Band:
    """Rows of raster about the middle of the paper: `width_bytes` bytes of `data` per row, a set bit is a black dot."""

    width_bytes: int
    rows: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Job:
    """One print job as bytes. What only a printer that answers is sent (status, proof) is not in it."""

    start: bytes
    """Reset and modes: not a dot of the slip."""
    commands: tuple[bytes, ...]
    """Everything that reaches paper, ending in a feed and a cut; between any two something may be asked."""
    swallows: int
    """Bytes of the longest command: as many of the next job a printer may swallow if this one breaks off."""

    @property
    def body(self) -> bytes:
        """All commands."""
        return b"".join(self.commands)

    @property
    def whole(self) -> bytes:
        """Start and body, as a spooler or a file gets them."""
        return self.start + self.body


def raster(band: Band) -> bytes:
    """GS v 0 in normal density: bytes per row and rows, both little-endian, then the dots."""
    return _RASTER + b"\0" + band.width_bytes.to_bytes(2, "little") + band.rows.to_bytes(2, "little") + band.data


def finer(command: bytes, longest: int) -> Iterator[bytes]:
    """A raster of more than `longest` bytes as several that print the same rows; any other command as it is."""
    if len(command) <= longest or not command.startswith(_RASTER):
        yield command
        return
    width = int.from_bytes(command[4:6], "little")
    rows = max((longest - BAND_HEADER_BYTES) // width, 1)
    for at in range(BAND_HEADER_BYTES, len(command), rows * width):
        data = command[at : at + rows * width]
        yield raster(Band(width, len(data) // width, data))
