"""Slips in the printer's own letters, read back from the bytes by `text_reader`."""

import dataclasses
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from receipts.drawing.page import LONGEST_SLIP_DOTS, lay_out
from receipts.drawing.slip import Slip
from receipts.escpos.code_pages import AGREED, TRIED, Pager, found_right, remembered, tidied, unheld, written
from receipts.escpos.job import Job
from receipts.escpos.raster_job import encode
from receipts.escpos.text_job import IMPACT_COLUMNS, QrMode, can_be_text, encode_text
from receipts.printers.open_printer import open_printer
from receipts.values.errors import QrTooLargeError, SlipTooLongError, UnprintableTextError
from receipts.values.paper import PAPER_58, PAPER_80, Paper
from tests.receipts import emupos
from tests.receipts.samples import CODE, LANGUAGES, QR_TEXT, sample
from tests.receipts.text_reader import Paper as Printed
from tests.receipts.text_reader import PrintedLine, Reader

GOLDENS = Path(__file__).parents[2] / "goldens" / "text"
IN_LETTERS = ("en", "es", "fr", "de", "cs")
EPSON = remembered(written(found_right((1, 3, 6, 8, 11, 13, 19))))
"""A printer on which a person has found right what Epson's own have."""
PAPERS = pytest.mark.parametrize("paper", [PAPER_58, PAPER_80], ids=["58", "80"])
MODES = pytest.mark.parametrize("mode", ["raster", "native", "none"])
WESTERN = pytest.mark.parametrize("language", IN_LETTERS)
COMMANDS = bytes(range(0x20)) + b"\x7f"


def _printed(slip: Slip, paper: Paper = PAPER_58, mode: QrMode = "none") -> Printed:
    return Reader(encode_text(slip, paper, qr=mode, pages=EPSON).whole).read()


# --- what a person sees --------------------------------------------------------------------------------------------


@PAPERS
@WESTERN
def test_the_slip_reads_as_it_did_when_a_person_last_liked_it(language: str, paper: Paper) -> None:
    shown = _printed(sample(language), paper, "raster").shown(paper.columns)
    golden = GOLDENS / f"{language}-{paper.columns}.txt"
    new = golden.with_suffix(".new.txt")
    if golden.exists() and golden.read_text(encoding="utf-8") == shown:
        new.unlink(missing_ok=True)
        return
    new.write_text(shown, encoding="utf-8")
    pytest.fail(f"{golden.name} differs. Read {new}; if it is better, rename it to {golden.name}.")


@PAPERS
@MODES
@WESTERN
def test_no_line_is_wider_than_the_paper(language: str, mode: QrMode, paper: Paper) -> None:
    slip = sample(language, banner="PRACTICE", copy_mark="COPY 2")
    columns = min(paper.columns, IMPACT_COLUMNS) if mode == "none" else paper.columns
    assert max(line.columns for line in _printed(slip, paper, mode).texts()) == columns


@PAPERS
@MODES
def test_the_code_stands_in_one_line_in_double_letters_with_the_qr_above_it(mode: QrMode, paper: Paper) -> None:
    printed = _printed(sample("en"), paper, mode)
    at = next(n for n, line in enumerate(printed.lines) if isinstance(line, PrintedLine) and line.text == CODE)
    line = printed.lines[at]
    assert isinstance(line, PrintedLine)
    assert line.wide
    assert line.tall
    before = [each for each in printed.lines[:at] if isinstance(each, str) or each.text]
    assert (before[-1] == "[QR]") == (mode != "none")


def test_a_paper_too_narrow_for_double_letters_gets_the_code_in_tall_ones_and_still_whole() -> None:
    narrow = dataclasses.replace(PAPER_58, columns=24)
    (line,) = (each for each in _printed(sample("en"), narrow).texts() if each.text == CODE)
    assert (line.wide, line.tall) == (False, True)


def test_a_long_word_in_the_headline_gets_single_width_rather_than_be_cut() -> None:
    slip = dataclasses.replace(sample("de"), headline="Wiedergutmachungsversprechen gilt")
    (line,) = (each for each in _printed(slip).texts() if each.text.startswith("Wieder"))
    assert line == PrintedLine("Wiedergutmachungsversprechen", wide=False, tall=True, bold=True)


def test_a_practice_copy_says_both_in_both_places() -> None:
    texts = [line.text for line in _printed(sample("en", banner="PRACTICE", copy_mark="COPY 2")).texts()]
    assert texts.count("PRACTICE") == 4
    assert texts.count("** COPY 2 **") == 2
    assert texts.index("** COPY 2 **") < texts.index("A cup should")


def test_there_are_two_parts_and_the_second_holds_no_code() -> None:
    lines = _printed(sample("en"), mode="raster").lines
    assert [line for line in lines if isinstance(line, str)] == ["[QR]", "[cut]", "[cut]"]
    second = lines[lines.index("[cut]") + 1 :]
    assert not any(isinstance(line, PrintedLine) and CODE in line.text for line in second)
    assert lines[-1] == "[cut]"


def test_after_large_letters_the_small_ones_are_small_again() -> None:
    by_text = {line.text: line for line in _printed(sample("en")).texts()}
    assert by_text["half empty"].wide
    assert by_text["We let you down today,"] == PrintedLine(
        "We let you down today,", wide=False, tall=False, bold=False
    )


def test_a_telephone_number_is_never_divided() -> None:
    slip = dataclasses.replace(sample("en"), back_text="Call us any day of the week 0800 123 4567")
    assert any(
        "0800 123 4567" in line.text for line in _printed(slip, dataclasses.replace(PAPER_58, columns=30)).texts()
    )


def test_empty_words_leave_no_hole() -> None:
    bare = dataclasses.replace(sample("en"), contact=(), scan_hint="", store=" ")
    gaps = [not line.text for line in _printed(bare).texts()]
    assert not any(one and two for one, two in pairwise(gaps))


def test_a_novel_is_refused_and_not_printed() -> None:
    with pytest.raises(SlipTooLongError) as refusal:
        _printed(dataclasses.replace(sample("en"), apology="We are sorry. " * 400))
    assert refusal.value.height_dots > refusal.value.limit_dots == LONGEST_SLIP_DOTS


# --- the QR --------------------------------------------------------------------------------------------------------


@PAPERS
@pytest.mark.parametrize("text", ["7KQ4M2XD9RTC", QR_TEXT])
def test_the_raster_symbol_is_read_from_the_paper_with_its_own_quiet_zone(text: str, paper: Paper) -> None:
    printed = _printed(dataclasses.replace(sample("en"), qr_text=text), paper, "raster")
    picture = printed.picture(paper.width_dots).convert("L")
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [text]


@PAPERS
def test_the_native_symbol_has_modules_every_printer_takes_and_fits_even_two_versions_larger(paper: Paper) -> None:
    ((module, level, text),) = _printed(sample("en"), paper, "native").native_qr
    assert (level, text) == ("H", QR_TEXT)
    assert 2 <= module <= 5
    side = 29 + 2 * 4
    assert (side + 2 * 4) * module <= paper.width_dots


def test_a_qr_text_with_control_characters_is_drawn_because_the_printer_would_obey_them() -> None:
    printed = _printed(dataclasses.replace(sample("en"), qr_text="A\x10\x04\x01"), mode="native")
    assert printed.native_qr == []
    assert printed.rasters


def test_a_qr_text_too_long_for_the_paper_is_refused() -> None:
    with pytest.raises(QrTooLargeError):
        _printed(dataclasses.replace(sample("en"), qr_text="A" * 900), mode="raster")


# --- letters -------------------------------------------------------------------------------------------------------


@WESTERN
def test_one_page_carries_a_whole_slip_and_ascii_needs_none(language: str) -> None:
    pages = _printed(sample(language)).pages
    assert pages == {"en": [], "es": [0], "fr": [3], "de": [0], "cs": [18]}[language]


def test_a_store_in_another_alphabet_switches_the_page_and_back_only_when_it_must() -> None:
    slip = dataclasses.replace(sample("cs"), store="Кафе Šálek")
    printed = _printed(slip)
    assert printed.pages == [18, 17, 18]
    assert "Кафе Šálek" in [line.text for line in printed.texts()]


def test_letters_beyond_ascii_cancel_the_mode_that_takes_two_for_one_and_ascii_leaves_it_alone() -> None:
    assert not _printed(sample("fr")).kanji
    assert _printed(sample("en")).kanji


def test_without_that_an_accent_would_swallow_its_neighbour() -> None:
    data = encode_text(sample("fr"), PAPER_58, qr="none").whole.replace(b"\x1c.", b"")
    with pytest.raises(AssertionError, match="one Chinese character"):
        Reader(data).read()


def test_without_selecting_a_page_no_accent_is_what_it_should_be() -> None:
    data = encode_text(sample("cs"), PAPER_58, qr="none", pages=EPSON).whole
    wrong = Reader(data.replace(b"\x1bt\x12", b"\x1bt\x00")).read()
    assert "Šálek" in " ".join(line.text for line in _printed(sample("cs")).texts())
    assert "Šálek" not in " ".join(line.text for line in wrong.texts())


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("l’été", "l'été"),
        ("“so”", '"so"'),
        ("9–17", "9-17"),
        ("wait…", "wait..."),
        ("cafe\u0301", "café"),
        ("mieux\u202f?", "mieux ?"),
        ("5 €", "5 €"),
        ("œuvre", "œuvre"),
        ("Kaf\u00adfee\u200b", "Kaffee"),
    ],
)
def test_typography_becomes_what_every_printer_has(typed: str, printed: str) -> None:
    slip = dataclasses.replace(sample("en"), scan_hint=typed)
    assert printed in [line.text for line in _printed(slip).texts()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_which_languages_can_be_text_is_known_before(language: str) -> None:
    assert can_be_text(sample(language), EPSON) == (language in IN_LETTERS)
    assert can_be_text(sample(language)) == (language in IN_LETTERS[:-1]), "Czech letters have no number all agree on"


def test_every_character_no_page_has_is_named() -> None:
    slip = dataclasses.replace(sample("en"), headline="Sorry ☃", store="한 ☃")
    assert not can_be_text(slip, EPSON)
    with pytest.raises(UnprintableTextError, match=r"☃ U\+2603 SNOWMAN, 한 U\+D55C") as refusal:
        _printed(slip)
    assert refusal.value.characters == ("☃", "한")


def test_a_code_that_is_not_ascii_is_refused_even_though_a_page_has_its_letters() -> None:
    slip = dataclasses.replace(sample("en"), code="7KQÉ-M2XD-9RTC")
    assert not can_be_text(slip)
    with pytest.raises(UnprintableTextError, match="É"):
        _printed(slip)


@given(st.text())
def test_whatever_a_page_is_said_to_hold_comes_back_as_it_was(text: str) -> None:
    if unheld(text, EPSON):
        return
    data = Pager(text, EPSON).bytes_of(text)
    expected = tidied(text).replace("\u00a0", " ").replace("\n", " ")
    assert "".join(line.text for line in Reader(b"\x1b@\x1c." + data + b"\n").read().texts()) == expected


def test_no_page_makes_a_command_of_a_letter() -> None:
    for page in (*AGREED, *TRIED):
        for number in range(0x20, 0x3000):
            char = chr(number)
            if char not in unheld(char, EPSON) and unicodedata.category(char)[0] not in "CZ" and not char.isascii():
                assert all(byte >= 0x80 for byte in char.encode(page.codec, "ignore"))


# --- nothing in a field is a command -------------------------------------------------------------------------------

HOSTILE = st.text(
    st.one_of(
        st.sampled_from([chr(byte) for byte in COMMANDS] + ["\x85", "\x9b", "\u2028", "\u202e"]),
        st.sampled_from("ABCaé ž@Vvt(k0!"),
        st.characters(max_codepoint=0x24F),
    ),
    max_size=40,
)
WORDS = (
    "headline apology offer valid scan_hint code qr_text store back_title back_text banner copy_mark".split()  # noqa: SIM905  (a list of names reads best so)
)


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(WORDS, HOSTILE)), st.sampled_from(["raster", "native", "none"]))
def test_no_text_in_any_field_reaches_the_printer_as_a_command(words: dict[str, Any], mode: QrMode) -> None:
    slip = dataclasses.replace(sample("en"), **words, contact=(words["store"],))
    if not can_be_text(slip) or not slip.qr_text:
        return
    data = encode_text(slip, PAPER_58, qr=mode).whole
    printed = Reader(data).read()  # it fails on any command it does not expect, and on a reset in the middle
    assert [line for line in printed.lines if line == "[cut]"] == ["[cut]", "[cut]"]
    assert not any(command in data for command in (b"\x10\x04", b"\x10\x05", b"\x10\x14"))


def test_uncleaned_a_name_with_an_escape_in_it_would_reset_the_printer() -> None:
    name = "Bar\x1b@ \x10\x04\x01"
    assert b"\x1b@" in name.encode("cp437")
    assert tidied(name) == "Bar@ "


# --- the job -------------------------------------------------------------------------------------------------------


def test_a_slow_line_carries_the_text_in_a_hundredth_of_the_time_of_the_picture() -> None:
    slip = sample("en")
    picture = len(encode(lay_out(slip, PAPER_80)).whole)
    assert len(encode_text(slip, PAPER_80, qr="none").whole) < 1000
    assert len(encode_text(slip, PAPER_80, qr="native").whole) < 1000
    assert len(encode_text(slip, PAPER_80, qr="raster").whole) < picture / 3


@PAPERS
@MODES
def test_a_job_starts_with_no_letter_and_says_how_much_its_longest_command_may_swallow(
    mode: QrMode, paper: Paper
) -> None:
    job: Job = encode_text(sample("fr"), paper, qr=mode)
    assert Reader(job.start).read().lines == []
    printed = Reader(job.whole).read()
    longest = max(
        [4, *(8 + len(dots) for _, _, dots in printed.rasters), *(8 + len(text) for _, _, text in printed.native_qr)]
    )
    assert job.swallows == longest


# --- a printer nobody here wrote -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def simulator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[emupos.Emupos]:
    programs = emupos.installed(request.config.cache)
    with emupos.running(programs, tmp_path_factory.mktemp("emupos"), PAPER_58) as running:
        yield running


@pytest.mark.parametrize("mode", ["raster", "native"])
@WESTERN
def test_emupos_prints_the_same_lines_and_a_qr_that_is_read(
    language: str, mode: QrMode, simulator: emupos.Emupos, tmp_path: Path
) -> None:
    slip, before = sample(language, copy_mark="COPY 2"), simulator.receipts()
    printer = open_printer(f"{simulator.tcp_url}?mode=text&qr={mode}", tmp_path, PAPER_58, written(found_right([8])))
    result = printer.print(slip, "slip")
    assert (result.state, result.proof) == ("printed", "processed")
    new = {receipt: simulator.image(receipt).convert("L") for receipt in simulator.receipts() - before}
    (front,) = [receipt for receipt, drawn in new.items() if zxingcpp.read_barcodes(drawn)]
    (back,) = new.keys() - {front}
    drawn = [line.strip() for part in (front, back) for line in simulator.text(part).splitlines()]
    ours = [line.text.strip() for line in _printed(slip, PAPER_58, mode).texts()]
    assert [line for line in drawn if line and not line.startswith("[")] == [line for line in ours if line]
    assert [found.text for found in zxingcpp.read_barcodes(new[front])] == [QR_TEXT]
