"""A laid-out page as the bytes of one ESC/POS print job.

Everything is sent as raster (GS v 0), because type, shaping and layout then are the same on every printer. The page is
cut into bands of 4 to 24 rows: a job that breaks off inside a band makes the printer swallow what comes next until the
band is full, and the smaller the band, the smaller the damage. Shorter ones than 24 rows pay where words begin and end:
in bands of 8 to 48 rows a slip for 58 mm had 54 % of the bytes of its plain picture, in these 50 %, in half again as
many commands (109 to 76; another 27 of them would save one byte in a thousand). Bands are printed centred (ESC a 1) and
are cropped by the same number of bytes on either side, so that all of them stand on one axis whatever the printer takes
its width to be. White paper between blocks is a band one or two bytes wide: a few bytes more than a feed, but counted
in dots everywhere, where ESC J counts in units that differ from model to model.

Printers obey real-time commands (DLE EOT, DLE ENQ, DLE DC4) even in the middle of image data, so those bytes are
scrubbed from it by one added dot. Refuses everything that depends on a printer's mood: code pages, native QR, status.
"""

from functools import lru_cache
from itertools import pairwise

from PIL import Image, ImageChops

from receipts.drawing.page import Page
from receipts.escpos.escpos_door import framed
from receipts.escpos.job import BAND_HEADER_BYTES, LONGEST_BAND_ROWS, Band, Job
from receipts.values.paper import DOTS_PER_BYTE

SHORTEST_BAND_ROWS = 4
_STEP_ROWS = 2
_COST_OF_A_BAND = 24  # bytes: 8 of header, and a small price against chopping up letters for a few bytes more

_DLE = 0x10
_REAL_TIME = frozenset({0x04, 0x05, 0x14})  # EOT, ENQ, DC4
_EXTRA_DOT = 0x02  # beside a dot that each of the three has set, and no sum of it is one of the three


def encode(page: Page) -> Job:
    """The whole job: reset, every part as bands, a feed and partial cut after each part."""
    edges = (0, *page.tear_rows, page.image.height)
    parts = [bands(page.image.crop((0, top, page.image.width, bottom))) for top, bottom in pairwise(edges)]
    start, commands = framed(parts)
    return Job(start, commands, max(len(band.data) for part in parts for band in part) + BAND_HEADER_BYTES)


def bands(image: Image.Image) -> list[Band]:
    """A black-on-white image of mode "1" as bands, top to bottom, scrubbed."""
    stride = -(-image.width // DOTS_PER_BYTE)
    ink = ImageChops.invert(image).tobytes()
    rows = [ink[start : start + stride] for start in range(0, len(ink), stride)]
    margins = [_margin(row) for row in rows]
    steps = tuple(min(margins[at : at + _STEP_ROWS]) for at in range(0, len(rows), _STEP_ROWS))
    found: list[Band] = []
    top = 0
    for height in _heights(steps, stride):
        chosen = rows[top : top + height]
        margin = min(margins[top : top + height])
        data = b"".join(row[margin : stride - margin] for row in chosen)
        found.append(Band(len(data) // len(chosen), len(chosen), scrubbed(data)))
        top += height
    return found


def _margin(row: bytes) -> int:
    """White bytes that can go from either side of a row; at least one byte stays, or two in a row of even length."""
    right = len(row) - len(row.rstrip(b"\0"))
    left = len(row) - len(row.lstrip(b"\0"))
    return min(left, right, (len(row) - 1) // 2)


def scrubbed(data: bytes) -> bytes:
    """`data` with one dot added wherever two bytes would be obeyed as a real-time command."""
    if not any(bytes((_DLE, second)) in data for second in _REAL_TIME):
        return data
    clean = bytearray(data)
    for at in range(1, len(clean)):
        if clean[at - 1] == _DLE and clean[at] in _REAL_TIME:
            clean[at] |= _EXTRA_DOT
    return bytes(clean)


@lru_cache(maxsize=32)
def _heights(margins: tuple[int, ...], stride: int) -> list[int]:
    """Band heights in rows that need the fewest bytes; `margins` are the white bytes of each step."""
    shortest, longest = SHORTEST_BAND_ROWS // _STEP_ROWS, LONGEST_BAND_ROWS // _STEP_ROWS
    steps = len(margins)
    spent = [0]  # bytes for the first n steps
    starts = [0]  # where the last band of those begins
    for end in range(1, steps + 1):
        least, start_of_least, margin = 1 << 40, end - 1, stride
        for start in range(end - 1, max(end - longest, 0) - 1, -1):
            margin = min(margin, margins[start])
            if end - start < shortest and end != steps:
                continue
            cost = spent[start] + _COST_OF_A_BAND + (stride - 2 * margin) * (end - start) * _STEP_ROWS
            if cost < least:
                least, start_of_least = cost, start
        spent.append(least)
        starts.append(start_of_least)
    heights: list[int] = []
    end = steps
    while end:
        heights.append((end - starts[end]) * _STEP_ROWS)
        end = starts[end]
    return heights[::-1]
