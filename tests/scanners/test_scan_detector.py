"""A scanner is told from a person by pace, text and place. What a person types is never lost or taken for a scan."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from pos_recovery.rules.codes import ALPHABET, Reading, check_symbol, draw_code, is_code, read_code
from pos_recovery.rules.keyboard_layouts import tables
from pos_recovery.scanners.detector_limits import Terms
from pos_recovery.scanners.scan_detector import Detector, Place, Scan, Stroke
from pos_recovery.tui.key_events import _character, read_typed
from tests.tui.real.register_without_detector import UNBELIEVING

pytestmark = pytest.mark.long

CODE = "7KQ4M2XD9RTZ"
QR = f"https://CUP.EXAMPLE/C/{CODE}"
CR, LF, TAB, STX, ETX = "\r", "\n", "\t", "\x02", "\x03"
NO_CODE = QR[:-1] + "0"
DOWN, F12 = "<down>", "<f12>"
TERMS = Terms()
LEARNED = TERMS.at_pace(0.009, frozenset("hH2"))
PLACES = (Place.KEYS, Place.TEXT, Place.PIN)
SIXES = [f"2JYAH{letter}" for letter in ALPHABET]
"""Of the beginnings of a code behind a character set's mark, those in which one makes a code of its figures."""
SLOW_S = [0.036, 0.045, 0.06, 0.061, 0.075, 0.09, 0.12, 0.15, 0.18]


class Key(str):
    """An event: its character, and no other event although that may have the same."""

    __slots__ = ()


@dataclass
class Keyboard:
    """Strokes at given times, and what the detector makes of each."""

    detector: Detector[str] = field(default_factory=lambda: Detector(TERMS, read_code))
    now: float = 0.0
    said: list[str | Scan[str]] = field(default_factory=list)
    place: Place = Place.TEXT
    deeds: str = ""
    """Letters that would put something on record."""
    awaited: str = ""
    """Keys that somebody waits for."""

    def strike(self, character: str, after_s: float) -> Keyboard:
        self.now += after_s
        types = character if len(character) == 1 else None
        is_deed, is_awaited = character in self.deeds, character in self.awaited
        stroke: Stroke[str] = Stroke(self.now, types, Key(character), self.place, is_deed, is_awaited)
        self.said += self.detector.take(stroke)
        return self

    def write(self, text: Iterable[str], every_s: float) -> Keyboard:
        for character in text:
            self.strike(character, every_s)
        return self

    def fall_silent(self) -> list[str | Scan[str]]:
        """Nothing more comes. What was typed between two scans is one text."""
        self.said += self.detector.silence(math.inf)
        assert self.detector.patience is None
        return joined(self.said)


def joined(said: Sequence[str | Scan[str]]) -> list[str | Scan[str]]:
    whole: list[str | Scan[str]] = []
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
    board = Keyboard(Detector(UNBELIEVING, read_code)).write(QR + CR, 0.01)
    assert board.fall_silent() == [QR + CR]


@pytest.mark.parametrize("at", range(1, len(QR)))
def test_a_single_gap_of_60_ms_anywhere_does_not_break_a_scan(at: int) -> None:
    board = Keyboard().write(QR[:at], 0.01).strike(QR[at], 0.06).write(QR[at + 1 :] + CR, 0.01)
    assert board.fall_silent() == [Scan(QR)]


def test_a_scan_without_an_ending_ends_with_a_pause_sooner_where_the_code_is_whole() -> None:
    whole, begun = Keyboard().write(CODE, 0.01), Keyboard().write(QR[:-1], 0.01)
    assert whole.detector.patience == TERMS.whole
    assert begun.detector.patience == TERMS.unfinished
    assert whole.detector.silence(whole.now + TERMS.whole) == []
    assert whole.detector.silence(whole.now + TERMS.whole + 0.001) == [Scan(CODE)]


def test_two_scans_in_a_row_are_two() -> None:
    assert Keyboard().write(CODE, 0.01).strike(QR[0], 0.2).write(QR[1:] + CR, 0.01).fall_silent() == [
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
@pytest.mark.parametrize("text", [NO_CODE, "7KQ4 M2XD 9RTZ", "Table 12, by the window", "oat milk latte 2x"])
def test_a_person_who_writes_is_never_taken_for_a_scanner(text: str, every_s: float) -> None:
    assert Keyboard().write(text + CR, every_s).fall_silent() == [text + CR]


@pytest.mark.parametrize("text", [CODE, CODE.lower(), "7KQ4-M2XD-9RTZ"])
def test_a_person_who_types_a_code_as_they_read_it_is_none_either(text: str) -> None:
    assert Keyboard().write(text + CR, 0.2).fall_silent() == [text + CR]


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


def test_enter_passes_at_once_behind_a_letter_and_by_itself_as_soon_as_it_is_awaited() -> None:
    board = Keyboard(place=Place.KEYS).strike("3", 1.0)
    board.said += board.detector.silence(board.now + 0.061)
    assert board.strike(CR, 0.2).said == ["3", CR]
    board.strike(CR, 1.0)
    assert board.detector.patience == TERMS.escape
    assert board.detector.silence(board.now + 0.111) == [CR]
    board.awaited = CR
    board.strike(CR, 1.0)
    assert board.detector.patience == TERMS.lead
    assert board.detector.silence(board.now + 0.013) == [CR]


@pytest.mark.parametrize("key", [CR, "\x1b", DOWN])
def test_a_key_without_a_letter_that_is_held_down_goes_through_as_it_repeats(key: str) -> None:
    assert len(Keyboard().write([key] * 20, 0.033).said) >= 18


# What is slower than any pace that would prove a scanner


@dataclass
class Screen:
    """What became of the letters: those that were let through, less those that are taken back."""

    done: list[str] = field(default_factory=list)
    scans: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, said: Sequence[str | Scan[str]]) -> Screen:
        screen = cls()
        for each in said:
            if isinstance(each, str):
                screen.done.append(each)
            else:
                screen.scans.append(each.text)
                if each.first is not None:
                    del screen.done[next(n for n, key in enumerate(screen.done) if key is each.first) :]
        return screen


ENDINGS: list[tuple[str, ...]] = [(CR,), (LF,), (CR, LF), (TAB,), (DOWN,), (F12,), (ETX, CR), (DOWN, CR), ()]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("place", Place)
@pytest.mark.parametrize("text", [CODE, CODE.lower(), QR, QR.lower()])
def test_what_reads_as_a_code_is_a_scan_at_any_pace_of_a_machine_and_all_of_it_is_taken_back(
    text: str, place: Place, ending: tuple[str, ...]
) -> None:
    for every_s in SLOW_S:
        board = Keyboard(place=place).write([*text, *ending], every_s)
        board.fall_silent()
        assert Screen.of(unmarked(board.said)) == Screen([], [text])


def unmarked(said: Sequence[str | Scan[str]]) -> list[str | Scan[str]]:
    """Without control characters, which do nothing on any screen."""
    return [each for each in said if not (isinstance(each, str) and each in {STX, ETX})]


def test_a_letter_with_which_no_scan_begins_here_waits_for_nothing() -> None:
    board = Keyboard(Detector(LEARNED, read_code), place=Place.KEYS)
    assert board.strike("3", 1.0).said == ["3"]
    assert board.strike("h", 1.0).said == ["3"]
    board.said += board.detector.silence(board.now + 0.03)
    assert board.said == ["3", "h"]


@pytest.mark.parametrize("text", ["4006381333931", f"]Q1{QR}", f"7{QR}", "X" + CODE])
@pytest.mark.parametrize("every_s", [0.0, 0.005, 0.009, 0.02])
def test_what_another_scanner_began_with_is_taken_back(text: str, every_s: float) -> None:
    board = Keyboard(Detector(LEARNED, read_code), place=Place.KEYS).write([*text, CR], every_s)
    assert Screen.of(board.fall_silent()) == Screen([], [text])


class _Alone(Detector[str]):
    def _let_through_before(self, stroke: Stroke[str]) -> Sequence[Stroke[str]]:
        return ()


def test_let_go_alone_the_first_letter_of_such_a_scan_would_stay_done() -> None:
    """The twin."""
    board = Keyboard(_Alone(LEARNED, read_code), place=Place.KEYS).write("4006381333931\r", 0.009)
    assert Screen.of(board.fall_silent()) == Screen(["4"], ["006381333931"])


def test_known_by_its_pace_alone_a_slow_scanner_would_press_all_its_keys() -> None:
    """The twin: a detector that does not read."""
    board = Keyboard(Detector(Terms(hotkeys=0.0)), place=Place.KEYS).write([*CODE, CR], 0.075)
    assert board.fall_silent() == [CODE + CR]


def test_the_enter_of_a_person_who_typed_a_code_fast_does_not_redeem_what_has_come_up() -> None:
    board = Keyboard().write(CODE, 0.14)
    board.said += board.detector.silence(board.now + 0.3)
    assert Screen.of(board.strike(CR, 0.6).said) == Screen([], [CODE])
    assert board.strike(CR, 0.2).fall_silent()[-1] == CR


def test_taken_for_the_end_of_a_scan_no_longer_than_after_any_it_would() -> None:
    """The twin."""
    board = Keyboard(Detector(Terms(unread=TERMS.echo), read_code)).write(CODE, 0.14)
    board.said += board.detector.silence(board.now + 0.3)
    assert board.strike(CR, 0.6).fall_silent()[-1] == CR


@pytest.mark.parametrize("every_s", [0.001, 0.01, 0.03])
@pytest.mark.parametrize("ending", [DOWN, F12])
def test_any_key_behind_a_scan_is_its_ending(ending: str, every_s: float) -> None:
    board = Keyboard(place=Place.KEYS).write([*QR, ending, CR], every_s)
    assert board.fall_silent() == [Scan(QR)]


@pytest.mark.parametrize("leading", [[CR], [TAB], [DOWN], [STX], ["\x1b"], [STX, CR]])
def test_what_a_scanner_sends_before_its_text_presses_nothing_either(leading: list[str]) -> None:
    board = Keyboard(place=Place.KEYS).strike(leading[0], 1.0).write([*leading[1:], *CODE, CR], 0.01)
    assert board.fall_silent() == [Scan(CODE)]


@pytest.mark.parametrize("every_s", [0.01, 0.04, 0.06, 0.09])
@pytest.mark.parametrize("leading", [CR, "\x1b"])
@pytest.mark.parametrize("place", Place)
def test_nor_does_it_where_the_scanner_is_slow(place: Place, leading: str, every_s: float) -> None:
    board = Keyboard(place=place, deeds="p").strike(leading, 1.0).write([*CODE, CR], every_s)
    assert Screen.of(board.said) == Screen([], [CODE])


def test_no_longer_than_before_a_quick_scan_it_would_leave_the_screen() -> None:
    """The twin."""
    terms = Terms(escape=TERMS.hold)
    board = Keyboard(Detector(terms, read_code), place=Place.KEYS).strike("\x1b", 1.0).write([*CODE, CR], 0.09)
    assert Screen.of(board.said) == Screen(["\x1b"], [CODE])


@pytest.mark.parametrize("at", [len(QR) // 2, len(QR) - 5, len(QR)])
@pytest.mark.parametrize("stalled_s", [0.12, 0.3, 0.42])
def test_a_radio_link_that_stalls_in_a_quick_scan_breaks_none_and_its_ending_confirms_nothing(
    at: int, stalled_s: float
) -> None:
    letters = [*QR, CR]
    board = Keyboard(place=Place.KEYS).write(letters[:at], 0.01).strike(letters[at], stalled_s)
    assert Screen.of(board.write(letters[at + 1 :], 0.01).said) == Screen([], [QR])


def test_ended_by_the_pause_within_a_text_it_would_be_two_halves() -> None:
    """The twin."""
    terms = Terms(unfinished=TERMS.pause, late_echo=TERMS.echo)
    board = Keyboard(Detector(terms, read_code), place=Place.KEYS).write(QR[:20], 0.01).strike(QR[20], 0.3)
    board.write(QR[21:], 0.01).strike(CR, 0.42).fall_silent()
    assert Screen.of(board.said) == Screen([CR], [QR[:20], QR[20:]])


@pytest.mark.parametrize("text", [f"s7-{QR}", f"ab{CODE}", f"]Q1{QR.lower()}", f"]Q2\\000026{CODE.lower()}"])
@pytest.mark.parametrize("place", Place)
@pytest.mark.parametrize("every_s", [0.01, 0.07])
def test_marks_in_the_other_case_are_part_of_a_scan_and_a_person_s_keys_before_them_are_not(
    text: str, place: Place, every_s: float
) -> None:
    def read(read: str) -> Reading:
        return read_code(read, prefix=text.partition("-")[0] + "-" if "-" in text else "ab")

    board = Keyboard(Detector(TERMS, read), place=place).strike("2", 1.0).strike(text[0], 0.3)
    board.write([*text[1:], CR], every_s)
    assert Screen.of(board.said) == Screen(["2"], [text])


@pytest.mark.parametrize("every_s", [0.01, 0.06])
def test_a_text_that_says_a_code_by_chance_while_it_is_sent_is_waited_for(every_s: float) -> None:
    text = f"\\000026{CODE}"
    begun = next(f"\\000026{draw}" for draw in SIXES if is_code(f"000026{draw}"))
    board = Keyboard(place=Place.KEYS).write(begun, every_s)
    assert board.detector.patience == TERMS.unfinished
    board = Keyboard(place=Place.KEYS).write(text, every_s)
    assert board.detector.patience is not None
    assert board.detector.patience < TERMS.pause


def test_a_code_that_the_store_s_own_mark_makes_by_chance_is_waited_for_too() -> None:
    begun = next(text for text in (f"AB2JMYVYQYR{letter}" for letter in ALPHABET) if is_code(text))
    for prefix, is_whole in (("", True), ("ab", False)):
        assert read_code(begun, prefix=prefix).is_bare is is_whole


def test_without_a_look_at_how_a_text_begins_a_person_s_keys_would_be_taken_back() -> None:
    """The twin."""

    def read(read: str) -> Reading:
        return replace(read_code(read, prefix="s7-"), is_bare=False)

    board = Keyboard(Detector(TERMS, read), place=Place.KEYS).strike("2", 1.0).strike("s", 0.3)
    board.write([*f"7-{QR}", CR], 0.01)
    assert Screen.of(board.said) == Screen([], [f"2s7-{QR}"])


def test_what_a_person_struck_before_a_slow_scan_is_theirs() -> None:
    board = Keyboard(place=Place.KEYS).strike("3", 1.0).strike(CODE[0], 0.3).write([*CODE[1:], CR], 0.09)
    assert Screen.of(board.said) == Screen(["3"], [CODE])


@pytest.mark.parametrize("at", range(1, len(CODE)))
def test_a_radio_link_that_stalls_for_half_a_second_does_not_break_a_slow_scan(at: int) -> None:
    board = Keyboard(place=Place.KEYS).write(CODE[:at], 0.06).strike(CODE[at], 0.5).write([*CODE[at + 1 :], CR], 0.06)
    assert Screen.of(board.said) == Screen([], [CODE])


@pytest.mark.parametrize("at", range(1, 5))
@pytest.mark.parametrize("place", Place)
def test_a_stall_of_more_than_a_second_behind_the_first_letters_does_not_break_a_quick_one(
    place: Place, at: int
) -> None:
    board = Keyboard(place=place).write(CODE[:at], 0.005)
    board.said += board.detector.silence(board.now + 1.5)
    board.strike(CODE[at], 1.5).write([*CODE[at + 1 :], CR], 0.005)
    assert Screen.of(board.said) == Screen([], [CODE])


@pytest.mark.parametrize("every_s", [0.01, 0.05, 0.09])
def test_a_scan_that_a_scanner_sends_twice_in_one_is_that_scan(every_s: float) -> None:
    board = Keyboard(place=Place.KEYS).write([*CODE, *CODE, CR], every_s)
    board.fall_silent()
    assert [each.text for each in board.said if isinstance(each, Scan)] == [CODE]


@pytest.mark.parametrize("text", ["4006381333931", "2A7QX4M0XDZ1"])
def test_on_a_screen_of_hot_keys_what_is_no_slip_of_ours_is_a_scan_all_the_same(text: str) -> None:
    assert not read_code(text).candidates
    board = Keyboard(place=Place.KEYS).write([*text, CR], 0.09)
    assert [each.text for each in board.said if isinstance(each, Scan)] == [text]
    assert CR not in board.said
    assert Keyboard().write([*text, CR], 0.09).fall_silent() == [text + CR]


@pytest.mark.parametrize("gap_s", [0.2, 0.35, 0.5])
@pytest.mark.parametrize("key", ["+", "a"])
def test_a_key_held_down_behind_another_is_no_scan(key: str, gap_s: float) -> None:
    board = Keyboard(place=Place.KEYS).strike("3", 1.0).strike(key, gap_s).strike(key, 0.5).write(key * 30, 0.033)
    assert board.fall_silent() == ["3" + key * 32]


def test_counted_as_often_as_it_repeats_it_would_be_one() -> None:
    """The twin."""
    board = Keyboard(Detector(Terms(repeats=100), read_code), place=Place.KEYS)
    board.strike("3", 1.0).strike("+", 0.2).strike("+", 0.5).write("+" * 30, 0.033)
    assert any(isinstance(each, Scan) for each in board.fall_silent())


def test_a_pin_of_eight_digits_may_be_typed_as_fast_as_anybody_can() -> None:
    assert Keyboard(place=Place.PIN).write("24681357" + CR, 0.05).fall_silent() == ["24681357" + CR]
    board = Keyboard(place=Place.PIN).write("4006381333931" + CR, 0.05)
    assert [each.text for each in board.said if isinstance(each, Scan)] == ["4006381333931"]


@pytest.mark.parametrize("place", [Place.KEYS, Place.PIN])
@pytest.mark.parametrize("rest", ["9RT", "M2XD9RT"])
def test_an_enter_behind_the_rest_of_a_scan_presses_nothing(rest: str, place: Place) -> None:
    """Its beginning was lost, or came so long before that nobody can tell."""
    board = Keyboard(place=place).write([*rest, CR, LF], 0.09)
    board.fall_silent()
    assert not {CR, LF} & set(map(str, board.said))


@pytest.mark.parametrize(("keys", "every_s"), [("3", 0.05), ("ra", 0.05), ("+++", 0.12), ("++++++++", 0.08)])
def test_an_enter_behind_a_person_s_keys_is_theirs(keys: str, every_s: float) -> None:
    assert Keyboard(place=Place.KEYS).write(keys + CR, every_s).fall_silent() == [keys + CR]


# What cannot be taken back


@pytest.mark.parametrize("every_s", [0.02, 0.06, 0.09, 0.12, 0.15, 0.19])
def test_a_key_that_goes_on_record_waits_until_no_scanner_can_be_so_slow(every_s: float) -> None:
    assert not {"7", "2"} & set(map(str, Keyboard(place=Place.KEYS, deeds="72").write(CODE, every_s).said))
    board = Keyboard(place=Place.KEYS, deeds="1").strike("1", 1.0)
    assert board.detector.patience == TERMS.deed
    assert board.detector.silence(board.now + 0.201) == ["1"]


def test_held_no_longer_than_other_keys_it_would_go_on_record() -> None:
    """The twin."""
    board = Keyboard(Detector(Terms(deed=TERMS.hold), read_code), place=Place.KEYS, deeds="7").write(CODE, 0.09)
    assert board.said[0] == "7"


@pytest.mark.parametrize("gap_s", [0.1, 0.15, 0.199])
@pytest.mark.parametrize("text", [CODE, QR])
def test_a_scan_right_behind_it_leaves_it_to_the_person(text: str, gap_s: float) -> None:
    for every_s in (0.003, 0.03, 0.06):
        board = Keyboard(place=Place.KEYS, deeds="123").strike("1", 1.0).strike(text[0], gap_s)
        board.write([*text[1:], CR], every_s)
        assert Screen.of(board.said) == Screen(["1"], [text])


def test_taken_for_a_part_of_it_the_slip_would_be_no_code() -> None:
    """The twin: a gap that no longer stands out."""
    board = Keyboard(place=Place.KEYS, deeds="1").strike("1", 1.0).write([*CODE, CR], 0.03)
    assert Screen.of(board.fall_silent()) == Screen([], [f"1{CODE}"])


def test_among_the_rest_of_a_scan_it_is_forgotten() -> None:
    assert Keyboard(place=Place.KEYS, deeds="y").write("xdy0", 0.09).fall_silent() == ["xd"]
    assert Keyboard(place=Place.KEYS, deeds="y").write("xdy0" + CR, 0.09).fall_silent() == ["xd"]


def test_where_a_shift_of_its_own_makes_a_slow_letter_late_the_scan_is_whole_all_the_same() -> None:
    """Digits need none, so two of them look like a part of some scan, and the letter behind them comes too late."""
    code = "2J8BHY5SJ92R"
    board = Keyboard(place=Place.KEYS, deeds="123g")
    for letter in code:
        board.strike(letter, 0.22 if letter == "R" else 0.07 if letter.isdecimal() else 0.14)
    assert Screen.of(board.strike(CR, 0.07).said) == Screen([], [code])


# Ten thousand scans


ENOUGH = 10_000


@pytest.mark.timeout(600)  # a minute of arithmetic, on a machine that has nothing else to do
@pytest.mark.parametrize("terms", [TERMS, LEARNED], ids=["no scanner is known", "another scanner is known"])
def test_ten_thousand_scans_press_nothing(terms: Terms) -> None:
    """Any pace, with the gaps a busy machine makes of it; any ending; any screen; behind a person's key or none."""
    chance = Random(13)  # noqa: S311  a test's chance has a seed
    codes = [draw_code(date(2026, 11, 30), chance.getrandbits) for _ in range(200)]
    wrong = []
    for _ in range(ENOUGH):
        code = chance.choice(codes)
        text = chance.choice((code, code.lower(), f"https://CUP.EXAMPLE/C/{code}", f"]Q1{code}", f"\\000026{code}"))
        every_s = chance.uniform(0.001, 0.09)
        board = Keyboard(Detector(terms, read_code), place=chance.choice(PLACES))
        board.deeds = chance.choice(("", "123g", "p", "y"))
        theirs = chance.choice(("", "3"))
        board.write(theirs, 1.0).strike(text[0], chance.uniform(0.35, 2.0))
        for letter in [*text[1:], *chance.choice(ENDINGS)]:
            board.strike(letter, max(0.0, chance.gauss(every_s, 0.1 * every_s) + max(0.0, chance.gauss(0, 0.008))))
        board.fall_silent()
        if Screen.of(unmarked(board.said)) != Screen([*theirs], [text]):
            wrong.append((text, every_s, board.place, board.said))
    assert wrong == []


RARELY = [text for text in (f"{CODE[:place]}{each}{CODE[place + 1 :]}" for place in range(12) for each in ALPHABET)
          if read_code(text).candidates and not read_code(text).likely]  # fmt: skip
"""What nobody's keyboard but a rare one would make of a code."""


@pytest.mark.parametrize("text", RARELY[:20])
def test_letters_that_are_a_code_on_a_rare_keyboard_are_a_person_s(text: str) -> None:
    assert Keyboard().write(text + CR, 0.14).fall_silent() == [text + CR]


def test_were_every_reading_believed_they_would_be_a_scan() -> None:
    """The twin: a detector to which each reading is likely."""

    def believing(text: str) -> Reading:
        return replace(read_code(text), likely=read_code(text).candidates)

    board = Keyboard(Detector(TERMS, believing)).write(RARELY[0] + CR, 0.14)
    assert any(isinstance(each, Scan) for each in board.fall_silent())
    assert len(RARELY) > 40


@pytest.mark.parametrize("text", ["7ĶQ4Ė", "ЖЙФЫВАПРОЛДЯ", "ثؤثؤثؤفقفقلا", "ๅภถุึคตจขช", "२४६८ओऴणअ"])
def test_letters_of_any_script_are_a_scan_by_their_pace(text: str) -> None:
    whole = (text * 3)[:12]
    for place in Place:
        assert Keyboard(place=place).write(whole + CR, 0.02).fall_silent() == [Scan(whole)]


def test_a_key_that_shows_nothing_is_a_letter_of_a_scan() -> None:
    """The Persian keyboard's Shift+B joins nothing; a scan of a code with a B has it."""
    code = "2JKB4M0XDZB" + check_symbol("2JKB4M0XDZB")
    table = next(each for each in tables() if each.machine == "Persian")
    typed = "".join(table.arrived[table.sent.index(letter)] for letter in code)
    strokes = [_character(events.Key("b", each)) for each in typed]
    assert all(each is not None and each.isprintable() for each in strokes)
    [scan] = Keyboard().write([each or "" for each in strokes] + [CR], 0.01).fall_silent()
    assert isinstance(scan, Scan)
    assert code in read_typed(scan.text, read_code).candidates


@pytest.mark.parametrize("digits", ["2468", "é'-_", "ěčžá", "۲۴۶۸"])
def test_a_pin_typed_in_a_hurry_is_a_pin_with_or_without_shift(digits: str) -> None:
    assert Keyboard(place=Place.PIN).write(digits + CR, 0.08).fall_silent() == [digits + CR]


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
    assert _without_marks(came) == _without_marks(sent) or len(_without_marks(came)) * 2 == len(_without_marks(sent))
    for each in board.said:
        if isinstance(each, Scan):
            assert len(each.text) >= TERMS.least
            assert each.text.isprintable()


def _without_marks(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
