"""The self-test slip: every check on it can be made, and nothing on it is worth a drink."""

import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageOps

from pos_recovery.rules import codes
from receipts.drawing import sample_slip
from receipts.drawing.page import Page
from receipts.drawing.sample_slip import self_test
from receipts.escpos.raster_job import encode
from receipts.values.errors import UnprintableTextError
from receipts.values.paper import PAPER_58, PAPER_80, Paper
from tests.receipts.pictures import assert_looks_like
from tests.receipts.samples import LANGUAGES
from tests.receipts.text_reader import Reader

CODE_OF_A_COUPON = "04KQM2XD9RT" + codes.check_symbol("04KQM2XD9RT")
PAPERS = pytest.mark.parametrize("paper", [PAPER_58, PAPER_80], ids=["58", "80"])


def _page(paper: Paper, store: str = "Harbour Street Coffee") -> Page:
    return self_test(
        paper,
        store=store,
        printer="tcp://192.168.1.40:9100",
        proof_words="Every slip is confirmed by the printer.",
    )


def _ink(image: Image.Image) -> Image.Image:
    return ImageOps.invert(image)


@PAPERS
def test_it_looks_as_it_did_when_a_person_last_liked_it(paper: Paper) -> None:
    assert_looks_like(_page(paper).image, f"self-test-{paper.width_dots}")


@PAPERS
def test_the_frame_reaches_the_first_and_the_last_dot_of_the_head(paper: Paper) -> None:
    image = _page(paper).image
    for x in (0, paper.width_dots - 1):
        column = _ink(image.crop((x, 0, x + 1, image.height)))
        runs = "".join("#" if byte else "." for byte in column.convert("L").tobytes()).split(".")
        assert max(len(run) for run in runs) > 80


@PAPERS
def test_the_longest_tick_of_the_ruler_is_where_a_ruler_would_have_it(paper: Paper) -> None:
    image = _page(paper).image
    top = next(y for y in range(image.height) if _ruler_ticks(image, y) > paper.width_dots // 9)
    at_tens = [
        x
        for x in range(2, paper.width_dots - 2)
        if not image.crop((x, top, x + 1, top + 24)).convert("L").getextrema()[1]
    ]
    assert at_tens == [
        round(mm * paper.dpi / 25.4) for mm in range(10, 80, 10) if mm * paper.dpi / 25.4 < paper.width_dots
    ]


def _ruler_ticks(image: Image.Image, y: int) -> int:
    """Single black dots in a row of the ruler, beside the frame; 0 for any other row."""
    row = image.crop((0, y, image.width, y + 1)).convert("L").tobytes()
    singles = [x for x in range(1, len(row) - 1) if row[x - 1 : x + 2] == b"\xff\0\xff"]
    return len(singles) if sum(not byte for byte in row) == len(singles) + 2 else 0


@PAPERS
def test_every_dot_of_the_head_has_a_step_of_its_own_in_the_staircase(paper: Paper) -> None:
    image = _page(paper).image
    rows = 16 * 6
    stairs = next(
        (
            _ink(image.crop((0, y, paper.width_dots, y + rows)))
            for y in range(image.height - rows)
            if all(_row_ink(image, y + step * 6) == set(range(step, paper.width_dots, 16)) for step in (0, 15))
        ),
        None,
    )
    assert stairs is not None
    assert all(
        len(stairs.crop((x, 0, x + 1, rows)).convert("L").tobytes().replace(b"\0", b"")) == 6
        for x in range(paper.width_dots)
    )


def _row_ink(image: Image.Image, y: int) -> set[int]:
    row = image.crop((0, y, image.width, y + 1)).convert("L").tobytes()
    return {x for x, byte in enumerate(row) if not byte}


@PAPERS
def test_a_dead_dot_leaves_a_mark_that_no_other_dot_covers(paper: Paper) -> None:
    whole = _page(paper).image
    for x in (0, 5, paper.width_dots // 2, paper.width_dots - 1):
        damaged = whole.copy()
        damaged.paste(255, (x, 0, x + 1, whole.height))
        missing = ImageChops.logical_xor(whole, damaged).convert("L").histogram()[255]
        assert missing >= 6 + 24  # a step of the staircase, and the black bar


@PAPERS
def test_the_four_symbols_on_it_are_read_as_printed_and_have_the_sizes_they_claim(paper: Paper) -> None:
    printed = Reader(encode(_page(paper)).whole).read().picture(paper.width_dots)
    found = {each.text: each.position for each in zxingcpp.read_barcodes(printed.convert("L"))}
    assert set(found) == {f"POS-RECOVERY TEST {dots}" for dots in (5, 6, 7, 8)}
    for text, position in found.items():
        side = position.top_right.x - position.top_left.x
        assert round(side / 21) == int(text[-1])


@PAPERS
def test_nothing_on_it_is_a_coupon(paper: Paper) -> None:
    scanned = [each.text for each in zxingcpp.read_barcodes(_page(paper).image.convert("L"))]
    letters = "".join(sample_slip._LETTERS)
    assert set(letters) >= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert codes.read_code(CODE_OF_A_COUPON).candidates
    for text in (*scanned, *sample_slip._LETTERS, letters):
        assert codes.read_code(text).candidates == (), text


@PAPERS
def test_it_says_at_both_ends_that_it_is_worth_nothing(paper: Paper) -> None:
    image = _page(paper).image
    height = next(y for y in range(image.height) if not _row_ink(image, y))
    ends = [image.crop((0, top, image.width, top + height)) for top in (0, image.height - height)]
    assert height > 30
    assert ends[0].tobytes() == ends[1].tobytes()


def test_a_word_of_every_language_is_on_it() -> None:
    assert tuple(language for language, _ in sample_slip._GREETINGS) == LANGUAGES


def test_a_store_whose_name_no_face_draws_is_refused_by_name() -> None:
    with pytest.raises(UnprintableTextError, match="SNOWMAN"):
        _page(PAPER_58, "Snow ☃")


def test_a_store_in_any_script_is_set() -> None:
    assert (
        self_test(PAPER_80, store="قهوة الميناء", printer="preview:", proof_words="", language="ar").image.height > 1500
    )


@PAPERS
def test_it_is_one_part_with_one_cut(paper: Paper) -> None:
    page = _page(paper)
    assert page.tear_rows == ()
    assert Reader(encode(page).whole).read().lines.count("[cut]") == 1


@PAPERS
def test_what_teaches_a_register_its_scanner_stands_on_it_and_is_read(paper: Paper) -> None:
    chart = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-./:htps" * 2
    image = self_test(paper, store="Harbour St", printer="preview:", proof_words="", chart=chart).image
    assert chart in {barcode.text for barcode in zxingcpp.read_barcodes(image.convert("L"))}
