"""The numbers of code pages, which every maker gives as it likes, and how a person finds out a printer's own."""

# ruff: noqa: RUF001  (these are the letters of their languages)

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from receipts.escpos.code_pages import (
    AGREED,
    TRIED,
    CodePage,
    found_right,
    remembered,
    unheld,
    worth_trying,
    written,
)
from receipts.escpos.text_job import can_be_text, encode_text, page_lines
from receipts.printers.open_printer import open_printer
from receipts.values.paper import PAPER_58
from receipts.values.result import PrintResult
from tests.receipts.makers import MAKERS
from tests.receipts.samples import sample
from tests.receipts.text_reader import PrintedLine, Reader

EPSON_S_NUMBERS = (0, 2, 13, 14, 16, 17, 18, 19)
EVERY_LINE = tuple(range(1, len(TRIED) + 1))
BY_MAKER = pytest.mark.parametrize("maker", MAKERS)


def _on_paper(data: bytes, maker: str) -> list[str]:
    return [line.text for line in Reader(data, MAKERS[maker]).read().lines if isinstance(line, PrintedLine)]


def _right_lines(maker: str) -> list[int]:
    """What a person finds who compares the paper with the screen."""
    printed = _on_paper(page_lines(EVERY_LINE).whole, maker)
    return [line for line in EVERY_LINE if f"{line:3}  {TRIED[line - 1].sample}" in printed]


@BY_MAKER
def test_without_a_person_only_numbers_are_used_that_mean_the_same_at_every_maker_s(maker: str) -> None:
    assert [MAKERS[maker].get(page.number) for page in AGREED] == [page.codec for page in AGREED]


def test_epson_s_numbers_alone_would_be_other_letters_at_other_makers() -> None:
    """The twin: which makers have not what Epson has at a number up to 19."""
    others = {
        number: {maker for maker, pages in MAKERS.items() if pages.get(number) != MAKERS["epson"][number]}
        for number in EPSON_S_NUMBERS
    }
    assert others[0] == set()
    assert others[2] == {"citizen", "hp"}
    assert {"citizen", "hp", "mpt"} <= others[17] & others[18] & others[19]
    assert "metapace" in others[16] & others[17] & others[18]
    assert {"pos-5890", "xprinter", "star", "bixolon"} <= others[13] & others[14]


@BY_MAKER
def test_every_page_that_any_maker_has_is_tried_at_its_number(maker: str) -> None:
    codecs = {page.codec for page in TRIED}
    has = {CodePage(number, codec) for number, codec in MAKERS[maker].items() if codec in codecs}
    assert has <= {*TRIED}


@BY_MAKER
def test_a_person_finds_right_what_the_printer_has_and_nothing_else(maker: str) -> None:
    right = {(TRIED[line - 1].number, TRIED[line - 1].codec) for line in _right_lines(maker)}
    assert right == {
        (number, codec) for number, codec in MAKERS[maker].items() if codec in {page.codec for page in TRIED}
    }
    found_right(_right_lines(maker))


def test_a_number_that_a_printer_does_not_know_would_look_right_behind_the_right_one() -> None:
    """The twin of selecting the common page before each line: at MPT's, which has 866 at 7 alone."""
    at_7, at_17 = TRIED.index(CodePage(7, "cp866")) + 1, TRIED.index(CodePage(17, "cp866")) + 1
    data = page_lines((at_7, at_17)).whole
    sample_17 = f"{at_17:3}  {TRIED[at_17 - 1].sample}"
    assert sample_17 not in _on_paper(data, "mpt")
    assert sample_17 in _on_paper(data.replace(b"\x1bt\x00", b""), "mpt")


@BY_MAKER
@pytest.mark.parametrize("language", ["en", "es", "fr", "de", "cs"])
def test_a_slip_reads_right_at_every_maker_s_before_a_person_has_looked_and_after(maker: str, language: str) -> None:
    pages = remembered(written(found_right(_right_lines(maker))))
    for known in (AGREED, pages):
        if can_be_text(sample(language), known):
            told = _on_paper(encode_text(sample(language), PAPER_58, qr="none", pages=known).whole, maker)
            assert "�" not in "".join(told)
            assert sample(language).store.splitlines()[0] in told
            assert " ".join(told).count(" ".join(sample(language).scan_hint.split()[:2])) == 1
    assert can_be_text(sample(language), AGREED) == (language != "cs")
    has_852 = "cp852" in MAKERS[maker].values()
    assert can_be_text(sample("cs"), pages) == has_852


def _print(slip_language: str, url: str, folder: Path, pages: str = "") -> PrintResult:
    return open_printer(url, folder, PAPER_58, pages).print(sample(slip_language), "slip")


def test_what_no_known_letter_says_is_drawn_until_a_person_has_looked(tmp_path: Path) -> None:
    drawn, in_letters = tmp_path / "drawn", tmp_path / "letters"
    _print("cs", f"{drawn.as_uri()}?mode=text", tmp_path)
    _print("cs", f"{in_letters.as_uri()}?mode=text", tmp_path, "18=cp852")
    assert b"\x1bt" not in drawn.read_bytes()
    assert b"\x1bt\x12" in in_letters.read_bytes()
    assert len(in_letters.read_bytes()) < len(drawn.read_bytes()) / 3


def test_a_printer_that_draws_nothing_says_what_finds_its_letters_out(tmp_path: Path) -> None:
    paper = tmp_path / "impact"
    result = _print("cs", f"{paper.as_uri()}?mode=text&qr=none", tmp_path)
    assert (result.state, result.detail.endswith("a test slip finds out which others it has")) == ("failed", True)
    assert _print("cs", f"{paper.as_uri()}?mode=text&qr=none", tmp_path, "18=cp852").state == "printed"


# --- what is tried, and kept -----------------------------------------------------------------------------------------


def test_only_lines_are_printed_for_which_the_words_have_a_use() -> None:
    def codecs(*texts: str) -> set[str]:
        return {TRIED[line - 1].codec for line in worth_trying(texts)}

    assert codecs("A cup", "Une tasse à moitié vide", "Über allen", "Él", "مرحبا", "カップ") == set()
    assert codecs("Šálek by neměl být zpola prázdný") == {"cp852"}
    assert codecs("Чашка", "Το φλιτζάνι", "Fincanı") == {"cp866", "cp737", "cp850", "cp857"}
    assert codecs("5 €") == {"cp858", "cp1252"}
    assert codecs("Кафе Šálek") == {"cp866", "cp1252", "cp852"}, "no page has both: each that has a part"


def test_every_sample_fits_the_narrowest_line_and_is_told_from_all_others_at_its_number() -> None:
    for page in TRIED:
        assert len(f"{len(TRIED):3}  {page.sample}") <= PAPER_58.columns
        assert page.sample.encode(page.codec)
    for one, other in ((a, b) for a in TRIED for b in (*TRIED, *AGREED) if a.codec != b.codec):
        assert one.sample.encode(one.codec).decode(other.codec, "replace") != one.sample


def test_two_lines_of_one_number_cannot_both_be_right() -> None:
    for wrong, words in (((1, 4), "lines 1 and 4 cannot both be right"), ((0,), "no line 0"), ((99,), "no line 99")):
        with pytest.raises(ValueError, match=words):
            found_right(wrong)


def test_of_two_right_lines_of_the_same_letters_the_first_is_kept() -> None:
    assert found_right((9, 8)) == (CodePage(18, "cp852"),)


def test_what_is_remembered_comes_back_and_what_was_never_written_is_not_used() -> None:
    pages = found_right((4, 8, 12))
    assert remembered(written(pages)) == AGREED + pages
    for never in ("", "18=cp850", "2=cp437", "x", "18", "255=cp852,", "18=cp852 "):
        assert remembered(never) == AGREED
    longest = max((line for line in EVERY_LINE), default=0)
    assert len(written(TRIED[:longest:3])) < 255


def test_letters_that_are_a_part_of_a_page_only_are_held_by_none_that_lacks_one() -> None:
    slip = dataclasses.replace(sample("en"), store="Café Žofín")
    assert unheld("Café Žofín", AGREED) == ("Ž",)
    assert not can_be_text(slip)
    assert can_be_text(slip, remembered("8=cp1252"))
