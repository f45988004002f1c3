"""Finding the commands a printer obeys the moment they arrive, wherever they stand: DLE EOT, DLE ENQ, DLE DC4 8.

They are found inside image data too, as printers do, which is why `receipts.escpos.raster_job` scrubs its rasters. The
bytes stay in the stream; `commands` reads them once more and does nothing.
"""

import re
from collections.abc import Iterator

_COMMANDS = re.compile(rb"\x10(?:\x04[\x01-\x04]|\x05[\x01\x02]|\x14\x08\x01\x03\x14\x01\x06\x02\x08)")
_LONGEST = 10


class RealTime:
    """Watches the bytes go by, for any split of them."""

    def __init__(self) -> None:
        self._begun = b""

    def split(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield `data` in pieces, each with the command its last byte completes; the last piece may have none: b""."""
        earlier = len(self._begun)
        seen = self._begun + data
        start = searched = 0
        for found in _COMMANDS.finditer(seen):
            searched = found.end()
            yield data[start : searched - earlier], found[0]
            start = searched - earlier
        begun = seen.rfind(b"\x10", max(searched, len(seen) - _LONGEST + 1))
        self._begun = seen[begun:] if begun >= 0 else b""
        yield data[start:], b""

    def clear(self) -> None:
        """Forget a command that has begun."""
        self._begun = b""
