import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest
import zxingcpp
from PIL import Image, ImageOps

from receipts.drawing import qr
from receipts.drawing.page import LONGEST_SLIP_DOTS, Page, lay_out
from receipts.drawing.text_blocks import block
from receipts.escpos.raster_job import encode
from receipts.values.errors import QrTooLargeError, SlipTooLongError, UnprintableTextError
from receipts.values.paper import PAPER_58, PAPER_80, Paper
from tests.receipts.pictures import assert_looks_like
from tests.receipts.samples import LANGUAGES, QR_TEXT, sample

PAPERS = pytest.mark.parametrize("paper", [PAPER_58, PAPER_80], ids=["58", "80"])
EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)


def _codes(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image.convert("L"))]


def _ink(image: Image.Image) -> tuple[int, int, int, int]:
    box = ImageOps.invert(image).getbbox()
    assert box is not None
    return box


def _share_of_ink(image: Image.Image) -> float:
    return image.convert("L").histogram()[0] / (image.width * image.height)


@PAPERS
@EVERY_LANGUAGE
def test_an_independent_reader_gets_exactly_the_qr_text(language: str, paper: Paper) -> None:
    assert _codes(lay_out(sample(language), paper).image) == [QR_TEXT]


@PAPERS
@EVERY_LANGUAGE
def test_no_ink_touches_the_edge_of_the_paper(language: str, paper: Paper) -> None:
    image = lay_out(sample(language, banner="PRACTICE", copy_mark="COPY 2"), paper).image
    left, top, right, bottom = _ink(image)
    margin = 12
    assert image.width == paper.width_dots
    assert left >= margin
    assert right <= paper.width_dots - margin
    assert top > 0
    assert bottom < image.height


@PAPERS
@EVERY_LANGUAGE
def test_a_slip_needs_at_most_half_the_bytes_of_a_plain_raster(language: str, paper: Paper) -> None:
    page = lay_out(sample(language), paper)
    assert len(encode(page).whole) <= 0.5 * page.image.height * paper.width_dots / 8


@PAPERS
@pytest.mark.parametrize("language", ["en", "ar", "ja", "hi"])
def test_the_slip_looks_as_it_did_when_a_person_last_liked_it(language: str, paper: Paper) -> None:
    assert_looks_like(lay_out(sample(language), paper).image, f"{language}-{paper.width_dots}")


def test_a_practice_reprint_looks_as_it_did_when_a_person_last_liked_it() -> None:
    page = lay_out(sample("en", banner="PRACTICE", copy_mark="COPY 2"), PAPER_58)
    assert_looks_like(page.image, "en-384-practice-copy")


@PAPERS
def test_the_same_slip_gives_the_same_dots(paper: Paper) -> None:
    once, again = lay_out(sample("ar"), paper), lay_out(sample("ar"), paper)
    assert once.image.tobytes() == again.image.tobytes()
    assert once.tear_rows == again.tear_rows


def test_two_threads_may_lay_out_at_once() -> None:
    slips = [sample(language) for language in LANGUAGES] * 4
    alone = [lay_out(slip, PAPER_58).image.tobytes() for slip in slips]
    block.cache_clear()
    with ThreadPoolExecutor(4) as threads:
        together = [page.image.tobytes() for page in threads.map(lambda slip: lay_out(slip, PAPER_58), slips)]
    assert together == alone


def test_the_terms_after_the_offers_first_sentence_do_not_make_the_offer_smaller() -> None:
    def front(offer: str) -> int:
        return lay_out(dataclasses.replace(sample("en"), offer=offer), PAPER_58).tear_rows[0]

    alone, with_terms = front("Your next drink is on the house."), front("Your next drink is on the house.\nAny size.")
    assert with_terms - alone == front("Ours!\nAny size.") - front("Ours!")
    assert with_terms > alone


@PAPERS
def test_the_quiet_zone_of_the_qr_is_white(paper: Paper) -> None:
    image = lay_out(sample("en"), paper).image
    (found,) = zxingcpp.read_barcodes(image.convert("L"))
    symbol, module = qr.fitted(QR_TEXT, width_dots=paper.width_dots, at_ease_dots=paper.width_dots)
    module = round((found.position.top_right.x - found.position.top_left.x) / symbol.side)
    quiet = qr.QUIET_MODULES * module
    corner = found.position.top_left
    left, top, side = corner.x, corner.y, symbol.side * module
    outside = image.crop((left - quiet + 2, top - quiet + 2, left + side + quiet - 2, top + side + quiet - 2)).copy()
    outside.paste(255, (quiet - 4, quiet - 4, quiet + side + 2, quiet + side + 2))
    assert ImageOps.invert(outside).getbbox() is None


@PAPERS
def test_the_code_stands_in_one_line_and_every_letter_is_there(paper: Paper) -> None:
    wide = lay_out(dataclasses.replace(sample("en"), code="MMMM-WWWW-QQQQ"), paper)
    narrow = lay_out(dataclasses.replace(sample("en"), code="1111-1111-1111"), paper)
    tail_of_the_q_dots = 2
    assert abs(wide.image.height - narrow.image.height) <= tail_of_the_q_dots


@PAPERS
def test_both_parts_of_a_practice_slip_say_so_at_the_top_and_at_the_bottom(paper: Paper) -> None:
    page = lay_out(sample("en", banner="PRACTICE"), paper)
    real = lay_out(sample("en"), paper)
    (tear,) = page.tear_rows
    for top, bottom in ((0, tear), (tear, page.image.height)):
        part = page.image.crop((0, top, paper.width_dots, bottom))
        bars = _black_bars(part)
        assert len(bars) == 2
        assert bars[0] < part.height * 0.1
        assert bars[1] > part.height * 0.8
    assert _black_bars(real.image) == []


def _black_bars(image: Image.Image) -> list[int]:
    """The first rows of bars: at least eight black rows in a row (the ticket's frame has three)."""
    rows = [_share_of_ink(image.crop((24, y, image.width - 24, y + 1))) > 0.95 for y in range(image.height)]
    tall = [y for y in range(len(rows) - 8) if all(rows[y : y + 8])]
    return [y for number, y in enumerate(tall) if number == 0 or y - tall[number - 1] > 40]


def test_a_copy_says_so_near_the_headline_and_near_the_code() -> None:
    plain, copy = lay_out(sample("en"), PAPER_58), lay_out(sample("en", copy_mark="COPY 2"), PAPER_58)
    added = copy.tear_rows[0] - plain.tear_rows[0]
    assert added > 80  # two marks with white around them
    assert copy.image.height - plain.image.height == added


def test_the_second_part_begins_at_the_tear_row_and_has_no_code() -> None:
    page = lay_out(sample("en"), PAPER_80)
    (tear,) = page.tear_rows
    assert _codes(page.image.crop((0, 0, 576, tear))) == [QR_TEXT]
    assert _codes(page.image.crop((0, tear, 576, page.image.height))) == []


def test_a_slip_without_contact_lines_or_hint_leaves_no_hole_for_them() -> None:
    full = sample("en")
    bare = dataclasses.replace(full, contact=(), scan_hint="", store="")
    assert lay_out(bare, PAPER_58).image.height < lay_out(full, PAPER_58).image.height - 100


def test_every_character_without_a_glyph_is_named_and_nothing_is_laid_out() -> None:
    slip = dataclasses.replace(sample("en"), headline="Sorry ☃", store="한 ☃")
    with pytest.raises(UnprintableTextError, match=r"☃ U\+2603 SNOWMAN, 한 U\+D55C") as refusal:
        lay_out(slip, PAPER_58)
    assert refusal.value.characters == ("☃", "한")


def test_a_novel_is_refused_and_not_printed() -> None:
    slip = dataclasses.replace(sample("en"), apology="We are sorry. " * 400)
    with pytest.raises(SlipTooLongError) as refusal:
        lay_out(slip, PAPER_58)
    assert refusal.value.height_dots > refusal.value.limit_dots == LONGEST_SLIP_DOTS


def test_a_qr_text_too_long_for_the_paper_is_refused() -> None:
    slip = dataclasses.replace(sample("en"), qr_text="HTTPS://CUP.EXAMPLE/" + "A" * 900)
    with pytest.raises(QrTooLargeError):
        lay_out(slip, PAPER_58)


def test_a_long_word_in_the_headline_is_set_smaller_rather_than_cut() -> None:
    slip = dataclasses.replace(sample("de"), headline="Wiedergutmachungsversprechen gilt")
    page = lay_out(slip, PAPER_58)
    left, _, right, _ = _ink(page.image.crop((0, 180, 384, 330)))
    assert left >= 12
    assert right <= 372


def test_a_page_keeps_the_paper_it_was_laid_out_for() -> None:
    page: Page = lay_out(sample("en"), PAPER_58)
    assert page.paper is PAPER_58
    assert page.image.mode == "1"
