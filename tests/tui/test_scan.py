"""A scanner is told from a person by its strokes alone: how many, how fast, how they end. Nothing is ever lost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_recovery.codes import read_code
from pos_recovery.tui.scan import Detector, Scan, Stroke, Terms

CODE = "7KQ4M2XD9RTZ"
QR = f"HTTPS://CUP.EXAMPLE/C/{CODE}"
CR, LF, TAB, STX, ETX = "\r", "\n", "\t", "\x02", "\x03"
TERMS = Terms()


def is_code(text: str) -> bool:
    return read_code(text).code is not None


@dataclass
class Keyboard:
    """Strokes at given times, and what the detector makes of each. An event is its character here."""

    detector: Detector[str] = field(default_factory=lambda: Detector(TERMS, is_code))
    now: float = 0.0
    said: list[str | Scan] = field(default_factory=list)

    def strike(self, character: str, after_s: float) -> Keyboard:
        self.now += after_s
        self.said += self.detector.take(Stroke(self.now, character, character))
        return self

    def write(self, text: Iterable[str], every_s: float) -> Keyboard:
        for character in text:
            self.strike(character, every_s)
        return self

    def fall_silent(self) -> list[str | Scan]:
        """Nothing more comes. What was typed between two scans is one text."""
        self.said += self.detector.silence(math.inf)
        assert self.detector.patience is None
        return joined(self.said)


def joined(said: Sequence[str | Scan]) -> list[str | Scan]:
    whole: list[str | Scan] = []
    for each in said:
        if isinstance(each, str) and whole and isinstance(whole[-1], str):
            whole[-1] += each
        else:
            whole.append(each)
    return whole


@pytest.mark.parametrize("ending", [CR, LF, CR + LF, TAB, ETX + CR, ""])
@pytest.mark.parametrize("every_s", [0.0, 0.001, 0.005, 0.01, 0.02, 0.035])
@pytest.mark.parametrize("text", [CODE, QR, "4006381333931", "12345678"])
def test_a_scan_is_one_thing_however_fast_and_however_it_ends(text: str, every_s: float, ending: str) -> None:
    assert Keyboard().write(text + ending, every_s).fall_silent() == [Scan(text)]


def test_every_stroke_of_it_is_kept_from_the_screens_until_it_is_known() -> None:
    board = Keyboard().write(QR, 0.01)
    assert board.said == []
    board.strike(CR, 0.01)
    assert board.said == [Scan(QR)]


def test_let_through_it_would_press_every_key_in_it() -> None:
    """The twin: a detector that never believes in scanners."""
    board = Keyboard(Detector(Terms(least=10_000), is_code)).write(QR + CR, 0.01)
    assert board.fall_silent() == [QR + CR]


@pytest.mark.parametrize("at", range(1, len(QR)))
def test_a_single_gap_of_60_ms_anywhere_does_not_break_a_scan(at: int) -> None:
    board = Keyboard().write(QR[:at], 0.01).strike(QR[at], 0.06).write(QR[at + 1 :] + CR, 0.01)
    assert board.fall_silent() == [Scan(QR)]


def test_a_scan_without_an_ending_ends_with_a_pause_sooner_where_the_code_is_whole() -> None:
    whole, begun = Keyboard().write(CODE, 0.01), Keyboard().write(QR[:-1], 0.01)
    assert whole.detector.patience == TERMS.whole
    assert begun.detector.patience == TERMS.pause
    assert whole.detector.silence(whole.now + TERMS.whole) == []
    assert whole.detector.silence(whole.now + TERMS.whole + 0.001) == [Scan(CODE)]


def test_two_scans_in_a_row_are_two() -> None:
    assert Keyboard().write(CODE, 0.01).strike("H", 0.2).write(QR[1:] + CR, 0.01).fall_silent() == [
        Scan(CODE),
        Scan(QR),
    ]


def test_an_enter_that_comes_late_still_belongs_to_the_scan_and_confirms_nothing() -> None:
    board = Keyboard().write(CODE, 0.01)
    board.said += board.detector.silence(board.now + 0.2)
    board.strike(CR, 0.25).strike(LF, 0.01)
    assert board.fall_silent() == [Scan(CODE)]
    assert board.strike(CR, 0.4).fall_silent() == [Scan(CODE), CR]


@pytest.mark.parametrize("every_s", [0.06, 0.08, 0.1, 0.14])
def test_a_person_is_never_taken_for_a_scanner(every_s: float) -> None:
    assert Keyboard().write(QR + CR, every_s).fall_silent() == [QR + CR]


@given(st.text(max_size=40), st.lists(st.floats(0.06, 0.14), min_size=41, max_size=41))
def test_whatever_a_person_types_at_60_to_140_ms_goes_through_as_it_was(text: str, gaps: list[float]) -> None:
    board = Keyboard()
    for character, gap in zip(text, gaps, strict=False):
        board.strike(character, gap)
    assert board.fall_silent() == ([text] if text else [])


def test_a_person_waits_for_a_key_no_longer_than_60_ms() -> None:
    board = Keyboard().strike("3", 1.0)
    assert board.detector.patience == TERMS.hold
    assert board.detector.silence(board.now + 0.061) == ["3"]


def test_a_fast_hand_at_60_ms_a_key_is_at_most_four_letters_behind() -> None:
    board, behind = Keyboard(), []
    for typed, character in enumerate("the milk was sour", start=1):
        board.strike(character, 0.06)
        behind.append(typed - len(board.said))
    assert max(behind) <= 4


@pytest.mark.parametrize("key", ["a", "1", " "])
def test_a_key_held_down_repeats_like_a_scanner_and_is_none(key: str) -> None:
    assert Keyboard().write(key * 40, 0.033).fall_silent() == [key * 40]


@pytest.mark.parametrize("text", ["1", "13", "246813", "1234567"])
def test_what_is_too_short_for_a_slip_is_typing_however_fast(text: str) -> None:
    assert Keyboard().write(text + CR, 0.0).fall_silent() == [text + CR]


def test_a_key_no_scanner_has_goes_through_behind_what_was_typed_before() -> None:
    board = Keyboard().write("ab", 0.01)
    board.said += board.detector.take(Stroke(board.now + 0.01, None, "<F1>"))
    assert board.fall_silent() == ["ab<F1>"]


def test_keys_pass_at_once_where_nothing_is_held() -> None:
    assert Keyboard().write([CR, TAB, STX, ETX], 0.001).said == [CR, TAB, STX, ETX]


STROKES = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(QR + CR + LF + TAB + STX), st.characters()),
        st.sampled_from([0.0, 0.001, 0.01, 0.03, 0.036, 0.06, 0.061, 0.09, 0.11, 0.5]),
    ),
    max_size=120,
)


@given(STROKES)
def test_at_any_speed_every_character_comes_out_once_and_in_order(strokes: list[tuple[str, float]]) -> None:
    """As typing or in a scan; only the ending of a scan, and the marks around it, belong to the scanner."""
    board = Keyboard()
    for character, gap in strokes:
        board.strike(character, gap)
    board.fall_silent()
    came = "".join(each.text if isinstance(each, Scan) else each for each in board.said)
    sent = "".join(character for character, _ in strokes)
    assert _without_marks(came) == _without_marks(sent)
    for each in board.said:
        if isinstance(each, Scan):
            assert len(each.text) >= TERMS.least
            assert each.text.isprintable()


def _without_marks(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
