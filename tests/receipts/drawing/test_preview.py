import io

import pytest
import zxingcpp
from PIL import Image

from receipts.drawing.page import lay_out
from receipts.drawing.preview import Cell, half_blocks, png_bytes, qr_half_blocks, text
from receipts.values.paper import PAPER_58
from tests.receipts.samples import QR_TEXT, sample

SQUARES = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}


def _image(*rows: str) -> Image.Image:
    image = Image.new("1", (len(rows[0]), len(rows)), 255)
    for y, row in enumerate(rows):
        for x, char in enumerate(row):
            if char == "#":
                image.putpixel((x, y), 0)
    return image


def _seen(drawing: str, module: int = 6) -> Image.Image:
    """A drawing in half blocks as a camera would see it: dark characters on a light terminal."""
    lines = drawing.split("\n")
    image = Image.new("L", (len(lines[0]), 2 * len(lines)), 255)
    for y, line in enumerate(lines):
        for x, char in enumerate(line):
            for half, dark in enumerate(SQUARES[char]):
                image.putpixel((x, 2 * y + half), 0 if dark else 255)
    return image.resize((image.width * module, image.height * module), Image.Resampling.NEAREST)


def test_two_rows_of_dots_become_one_row_of_characters() -> None:
    assert text(_image("# #", "## ", "  #", "   "), 3) == "█▄▀\n  ▀"


def test_cells_carry_greys_and_nothing_a_terminal_library_would_have_to_explain() -> None:
    (line,) = half_blocks(_image("##", "  "), 2)
    assert line == [Cell("▀", 0, 255), Cell("▀", 0, 255)]
    ((only,),) = half_blocks(_image("#  ", "  #"), 1)
    assert 0 < only.upper < 255


def test_a_preview_is_as_wide_as_asked_and_keeps_its_shape() -> None:
    page = lay_out(sample("en"), PAPER_58)
    lines = half_blocks(page.image, 48)
    assert {len(line) for line in lines} == {48}
    assert abs(len(lines) * 2 - page.image.height * 48 / page.image.width) <= 2


def test_a_preview_fits_a_box_when_it_is_given_one() -> None:
    page = lay_out(sample("en"), PAPER_58)
    lines = half_blocks(page.image, 48, rows=20)
    assert len(lines) <= 20
    assert len(lines[0]) <= 48


@pytest.mark.parametrize(("columns", "rows"), [(0, None), (-1, 5), (10, 0)])
def test_a_preview_with_no_room_at_all_is_the_callers_mistake(columns: int, rows: int | None) -> None:
    with pytest.raises(ValueError, match="no room"):
        half_blocks(_image("#"), columns, rows)


@pytest.mark.parametrize("qr_text", [QR_TEXT, "7KQ4M2XD9RTC"])
def test_a_phone_reads_the_qr_from_the_terminal(qr_text: str) -> None:
    drawing = qr_half_blocks(qr_text)
    assert len({len(line) for line in drawing.split("\n")}) == 1
    assert [found.text for found in zxingcpp.read_barcodes(_seen(drawing))] == [qr_text]


def test_the_qr_on_the_screen_has_four_white_modules_around_it() -> None:
    lines = qr_half_blocks(QR_TEXT).split("\n")
    assert lines[0].strip() == lines[1].strip() == ""
    assert all(line.startswith("    ") and line.endswith("    ") for line in lines)


def test_the_png_is_the_page_and_knows_its_size_on_paper() -> None:
    page = lay_out(sample("en"), PAPER_58)
    with Image.open(io.BytesIO(png_bytes(page))) as png:
        assert png.mode == "1"
        assert png.tobytes() == page.image.tobytes()
        assert [round(dpi) for dpi in png.info["dpi"]] == [203, 203]
