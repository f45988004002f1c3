"""The bytes, read back by a parser that knows nothing of the encoder."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from receipts.drawing.page import Page, lay_out
from receipts.escpos.job import LONGEST_BAND_ROWS, finer
from receipts.escpos.raster_job import SHORTEST_BAND_ROWS, bands, encode, scrubbed
from receipts.values.paper import PAPER_58, PAPER_80, Paper
from tests.receipts.samples import LANGUAGES, sample

REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")
CUT = b"\x1dV\x42\x00"


@dataclass
class Job:
    images: list[Image.Image]
    band_rows: list[int]


def read_job(data: bytes, width_dots: int) -> Job:
    """What a printer with `width_dots` would print, one image per cut."""
    assert data.startswith(b"\x1b@\x1ba\x01"), "reset, then centre"
    at = 5
    finished: list[Image.Image] = []
    strips: list[Image.Image] = []
    heights: list[int] = []
    while at < len(data):
        if data[at : at + 4] == CUT:
            finished.append(_stacked(strips, width_dots))
            strips = []
            at += 4
            continue
        assert data[at : at + 4] == b"\x1dv0\x00", f"unknown command at {at}: {data[at : at + 4]!r}"
        width, rows = (int.from_bytes(data[at + n : at + n + 2], "little") for n in (4, 6))
        raster = data[at + 8 : at + 8 + width * rows]
        assert len(raster) == width * rows
        strip = Image.new("1", (width_dots, rows), 255)
        dots = ImageChops.invert(Image.frombytes("1", (width * 8, rows), raster))
        strip.paste(dots, ((width_dots - width * 8) // 2, 0))
        strips.append(strip)
        heights.append(rows)
        at += 8 + width * rows
    assert not strips, "paper is left uncut"
    return Job(finished, heights)


def _stacked(strips: list[Image.Image], width_dots: int) -> Image.Image:
    image = Image.new("1", (width_dots, sum(strip.height for strip in strips)), 255)
    y = 0
    for strip in strips:
        image.paste(strip, (0, y))
        y += strip.height
    return image


def _different_dots(one: Image.Image, other: Image.Image) -> int:
    assert one.size == other.size
    return ImageChops.logical_xor(one, other).convert("L").histogram()[255]


@pytest.mark.parametrize("paper", [PAPER_58, PAPER_80], ids=["58", "80"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_sent_is_what_was_laid_out_dot_for_dot(language: str, paper: Paper) -> None:
    page = lay_out(sample(language, banner="PRACTICE"), paper)
    data = encode(page).whole
    job = read_job(data, paper.width_dots)
    (tear,) = page.tear_rows
    front = page.image.crop((0, 0, paper.width_dots, tear))
    back = page.image.crop((0, tear, paper.width_dots, page.image.height))
    assert len(job.images) == 2
    scrubbed_dots = sum(map(_hits, _rasters(page)))
    assert _different_dots(job.images[0], front) + _different_dots(job.images[1], back) <= scrubbed_dots


def _rasters(page: Page) -> list[bytes]:
    return [ImageChops.invert(page.image).tobytes()]


def _hits(data: bytes) -> int:
    return sum(data.count(command) for command in REAL_TIME)


@pytest.mark.parametrize("paper", [PAPER_58, PAPER_80], ids=["58", "80"])
def test_bands_are_never_tall_enough_to_swallow_much_and_never_slivers(paper: Paper) -> None:
    page = lay_out(sample("en"), paper)
    for top, bottom in ((0, page.tear_rows[0]), (page.tear_rows[0], page.image.height)):
        found = bands(page.image.crop((0, top, paper.width_dots, bottom)))
        assert all(SHORTEST_BAND_ROWS <= band.rows <= LONGEST_BAND_ROWS for band in found[:-1])
        assert found[-1].rows <= LONGEST_BAND_ROWS
        assert sum(band.rows for band in found) == bottom - top


def test_white_paper_costs_next_to_nothing() -> None:
    assert sum(len(band.data) for band in bands(Image.new("1", (576, 480), 255))) <= 960


def test_ink_at_both_edges_is_kept() -> None:
    image = Image.new("1", (384, 60), 255)
    image.paste(0, (0, 10, 1, 11))
    image.paste(0, (383, 50, 384, 51))
    job = read_job(encode(Page(image, PAPER_58, ())).whole, 384)
    assert _different_dots(job.images[0], image) == 0


def _dangerous() -> Image.Image:
    """An image whose raster is full of real-time commands, also across the end of a row."""
    row = b"\x10\x04\x10\x05\x10\x14" * 8
    shifted = b"\x04" + row[1:-1] + b"\x10"
    return ImageChops.invert(Image.frombytes("1", (384, 48), (row + shifted) * 24))


def test_real_time_commands_never_reach_the_printer_inside_a_picture() -> None:
    data = encode(Page(_dangerous(), PAPER_58, ())).whole
    assert not any(command in data for command in REAL_TIME)


def test_without_scrubbing_that_picture_would_command_the_printer() -> None:
    assert _hits(ImageChops.invert(_dangerous()).tobytes()) > 300


def test_scrubbing_adds_one_dot_for_each_command_and_removes_none() -> None:
    image = _dangerous()
    printed = read_job(encode(Page(image, PAPER_58, ())).whole, 384).images[0]
    assert 0 < _different_dots(printed, image) <= _hits(ImageChops.invert(image).tobytes())
    assert ImageChops.logical_and(image, printed).tobytes() == printed.tobytes()


@given(st.lists(st.sampled_from([0x00, 0x04, 0x05, 0x10, 0x14, 0x16, 0xFF]), max_size=200).map(bytes))
def test_no_bytes_stay_dangerous_after_scrubbing(data: bytes) -> None:
    clean = scrubbed(data)
    assert _hits(clean) == 0
    assert len(clean) == len(data)
    assert all(before & after == before for before, after in zip(data, clean, strict=True))
    assert scrubbed(clean) == clean


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 130), st.data())
def test_any_picture_survives_the_journey(rows: int, data: st.DataObject) -> None:
    ink = bytearray(48 * rows)
    for at in data.draw(st.lists(st.integers(0, len(ink) - 1), max_size=20)):
        ink[at] = 0x81
    image = ImageChops.invert(Image.frombytes("1", (384, rows), bytes(ink)))
    job = read_job(encode(Page(image, PAPER_58, ())).whole, 384)
    assert _different_dots(job.images[0], image) == 0


@pytest.mark.parametrize("paper", [PAPER_58, PAPER_80], ids=lambda paper: paper.name)
def test_finer_pieces_print_the_same_rows(paper: Paper) -> None:
    job = encode(lay_out(sample("ar"), paper))
    pieces = [piece for command in job.commands for piece in finer(command, 256)]
    assert max(map(len, pieces)) <= 256
    assert len(pieces) > len(job.commands)
    read = read_job(job.start + b"".join(pieces), paper.width_dots).images
    assert [image.tobytes() for image in read] == [
        image.tobytes() for image in read_job(job.whole, paper.width_dots).images
    ]


def test_what_is_no_large_picture_stays_in_one_piece() -> None:
    for command in (b"\x1dV\x42\0", b"letters " * 100 + b"\n"):
        assert list(finer(command, 256)) == [command]
