"""What a printer's own commands draw: one picture a person has looked at, and the numbers behind it."""

import io
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageChops

from receipts.values.paper import PAPER_58, PAPER_80
from receipts.virtual.device import raster
from tests.receipts.virtual.hosts import band, printer

GOLDEN = Path(__file__).parent / "letters.png"

ESC, GS = b"\x1b", b"\x1d"


def symbol(text: bytes, cell: int = 6, level: bytes = b"1") -> bytes:
    """A QR code by the printer's own command."""
    store = (len(text) + 3).to_bytes(2, "little")
    return (
        GS + b"(k\x04\x001A2\0" + GS + b"(k\x03\x001C" + bytes((cell,)) + GS + b"(k\x03\x001E" + level
        + GS + b"(k" + store + b"1P0" + text + GS + b"(k\x03\x001Q0"
    )  # fmt: skip


LETTERS = b"".join((
    ESC + b"@" + ESC + b"a\x01" + GS + b"!\x11" + b"Harbour St\n" + GS + b"!\0",
    b"one free drink\n" + ESC + b"E\1" + b"bold" + ESC + b"E\0" + b" " + ESC + b"-\2" + b"line" + ESC + b"-\0",
    b" " + GS + b"B\1" + b" PRACTICE " + GS + b"B\0" + b"\n" + ESC + b"M\1" + b"small Font B\n" + ESC + b"M\0",
    ESC + b"a\0" + b"left\ttab\n" + ESC + b"a\x02" + b"right\n" + ESC + b"a\0",
    ESC + b"t\x10" + "Grüße, façade, 5 €\n".encode("cp1252") + ESC + b"t\x11" + "Привет\n".encode("cp866"),
    ESC + b"t\x01" + b"\xba\xb0\xcb\xb0\n" + ESC + b"t\0",
    b"\xb0 \xda\xc4\xc2\xc4\xbf\n  \xc0\xc4\xc1\xc4\xd9\n",
    ESC + b"!\x30" + b"7KQ4-M2XD\n" + ESC + b"!\0" + b"a line longer than the paper goes on in the next\n",
    ESC + b"$\x64\0" + b"at dot 100\n" + ESC + b"d\x01" + ESC + b"J\x10",
    ESC + b"*\x21\x18\0" + (b"\xff\xff\xff\x80\0\x01" * 12) + b" ESC *\n",
    ESC + b"a\x01" + GS + b"kI\x07{B12345" + symbol(b"7KQ4M2XD9RTC") + b"\n" + ESC + b"i",
))  # fmt: skip


def printed(data: bytes, width: int = 384) -> Image.Image:
    host = printer(PAPER_58 if width == 384 else PAPER_80)
    host.send(data + GS + b"V\x01")
    host.rest()
    assert host.machine.unknown_commands == 0
    return host.machine.slips[0].image


def ink_box(image: Image.Image) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is black."""
    box = image.point(lambda level: 255 - level).getbbox()
    assert box is not None
    return box


def test_a_page_of_letters_looks_as_it_did_when_a_person_looked_at_it() -> None:
    image = printed(LETTERS)
    new = GOLDEN.with_suffix(".new.png")
    if GOLDEN.exists():
        with Image.open(GOLDEN) as golden:
            expected = golden.convert("1")
        # A new release of the shaping library may round a few edges otherwise.
        changed = ImageChops.logical_xor(expected, image) if expected.size == image.size else image
        if changed.histogram()[255] < image.width * image.height // 1000:
            return
    image.save(new)
    pytest.fail(f"look at {new}; if it is better, rename it to {GOLDEN.name}")


@pytest.mark.parametrize(("align", "left"), [(0, 0), (1, 180), (2, 360)])
def test_an_image_narrower_than_the_paper_stands_where_it_is_aligned(align: int, left: int) -> None:
    assert ink_box(printed(ESC + b"a" + bytes((align,)) + band(3, 5, b"\xff"))) == (left, 0, left + 24, 5)


def test_an_image_that_does_not_begin_at_a_byte_of_the_paper_is_moved_by_dots() -> None:
    assert ink_box(printed(ESC + b"a\1" + band(1, 5, b"\xff") + band(2, 5, b"\xff"))) == (184, 0, 200, 10)


def test_an_image_wider_than_the_paper_loses_what_hangs_over() -> None:
    assert ink_box(printed(ESC + b"a\1" + band(60, 5, b"\xff"))) == (0, 0, 384, 5)


@pytest.mark.parametrize(("mode", "size"), [(0, (16, 4)), (1, (32, 4)), (2, (16, 8)), (3, (32, 8))])
def test_rasters_can_be_doubled_either_way(mode: int, size: tuple[int, int]) -> None:
    data = b"\x1dv0" + bytes((mode,)) + b"\x02\0\x04\0" + b"\xff" * 8
    assert ink_box(printed(data)) == (0, 0, *size)


@pytest.mark.parametrize("head", [GS + b"(L\x12\0", GS + b"8L\x12\0\0\0"])
def test_graphics_are_stored_and_then_printed(head: bytes) -> None:
    store = head + b"0p0\x01\x021\x10\0\x04\0" + b"\xff" * 8
    assert ink_box(printed(store + GS + b"(L\x02\x0002")) == (0, 0, 16, 8)
    assert printed(store + band(1, 1)).height == 1, "stored is not printed"


@pytest.mark.parametrize(
    ("mode", "data", "size"),
    [(0, b"\xff", (2, 24)), (1, b"\xff", (1, 24)), (32, b"\xff\xff\xff", (2, 24)), (33, b"\xff\xff\xff", (1, 24))],
)
def test_bit_images_stand_in_their_columns(mode: int, data: bytes, size: tuple[int, int]) -> None:
    assert ink_box(printed(ESC + b"*" + bytes((mode,)) + b"\x05\0" + data * 5 + b"\n")) == (0, 0, 5 * size[0], size[1])


def test_columns_become_rows_with_the_highest_bit_on_top() -> None:
    image = raster.from_columns(b"\x80\0\0\0\0\x01", 3)
    assert (image.size, image.getpixel((0, 0)), image.getpixel((1, 23))) == ((2, 24), 255, 255)
    assert image.histogram()[255] == 2


def test_feeds_count_dots() -> None:
    assert printed(ESC + b"J\x21").height == 33
    assert printed(b"\n" * 3).height == 90
    assert printed(ESC + b"3\x40" + b"\n" * 3).height == 192
    assert printed(ESC + b"3\x40" + ESC + b"2" + b"\n").height == 30
    assert printed(ESC + b"3\x00" + b"text\n" * 2).height == 48, "letters never overlap"
    assert printed(ESC + b"d\x04").height == 120
    assert printed(b"text" + ESC + b"d\x02").height == 60


def test_tabs_stand_at_every_eighth_column_or_where_they_are_set() -> None:
    bar = ESC + b"*\x21\x01\0\xff\xff\xff"
    assert ink_box(printed(b"\t" + bar + b"\n"))[0] == 96
    assert ink_box(printed(ESC + b"D\x03\x05\0" + b"\t\t" + bar + b"\n"))[0] == 60


def test_margins_narrow_the_paper() -> None:
    area = GS + b"L\x20\0" + GS + b"W\x80\0"
    assert ink_box(printed(area + ESC + b"a\2" + band(2, 3, b"\xff"))) == (32 + 128 - 16, 0, 32 + 128, 3)
    assert printed(area + b"x" * 10 + b"\n").height == 30
    assert printed(area + b"x" * 11 + b"\n").height == 24 + 6 + 30, "and lines break there"


@pytest.mark.parametrize("level", [b"0", b"1", b"2", b"3"])
def test_the_printers_own_qr_can_be_read(level: bytes) -> None:
    image = printed(
        ESC + b"J\x40" + ESC + b"a\1" + symbol(b"HTTPS://CAFE.EXAMPLE/C/7KQ4M2XD9RTC", 5, level) + ESC + b"J\x40"
    )
    (found,) = zxingcpp.read_barcodes(image.convert("L"))
    assert found.text == "HTTPS://CAFE.EXAMPLE/C/7KQ4M2XD9RTC"


def test_a_qr_wider_than_the_paper_or_without_text_prints_nothing() -> None:
    assert printed(symbol(b"x" * 400, 16) + band(1, 1)).height == 1
    assert printed(GS + b"(k\x03\x001Q0" + band(1, 1)).height == 1


@pytest.mark.parametrize(
    ("cut", "ending", "fed"),
    [
        (b"\x1dV\0", "full", 0), (b"\x1dV0", "full", 0), (b"\x1dV\1", "partial", 0), (b"\x1dV1", "partial", 0),
        (b"\x1dVA\x10", "full", 112), (b"\x1dVB\0", "partial", 96), (b"\x1dVh\0", "partial", 96),
        (b"\x1bi", "partial", 0), (b"\x1bm", "partial", 0),
    ],
)  # fmt: skip
def test_every_cut_ends_the_slip_and_some_feed_to_the_cutter_first(cut: bytes, ending: str, fed: int) -> None:
    host = printer()
    host.send(band(48, 20) + cut + cut)
    host.rest()
    (slip,) = host.machine.slips
    assert (slip.ending, slip.rows, slip.cutter_feed_dots) == (ending, 20, fed)
    assert host.machine.moved_mm * 8 == 20 + 2 * fed


def test_a_saved_slip_is_black_on_white() -> None:
    file = io.BytesIO()
    printed(band(1, 1, b"\xf0")).save(file, "PNG")
    with Image.open(file) as image:
        assert [image.getpixel((x, 0)) for x in (0, 3, 4, 383)] == [0, 0, 255, 255]
