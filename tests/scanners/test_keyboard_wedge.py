"""What one scan of the chart teaches: whatever the keyboard, whatever stands around it, and nothing that is not so."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from pos_recovery.rules.codes import draw_code
from pos_recovery.rules.keyboard_layouts import SLIP_SYMBOLS
from pos_recovery.scanners.keyboard_wedge import (
    CHART,
    FallTogether,
    Habits,
    Learned,
    NotTheChart,
    TypeNothing,
    holds_chart,
    learn,
    written,
)

CZECH = str.maketrans("1234567890YZyz-/:.", '+ěščřžýáíéZYzy=-".')
"""What a scanner set to a US keyboard types on a Czech one (xkeyboard-config, cz), as far as slips need it."""
GREEK = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ΑΒΨΔΕΦΓΗΙΞΚΛΜΝΟΠ:ΡΣΤΘΩΣΧΥΖ")
"""The same on a Greek one (gr): Shift makes one capital sigma of both S and W."""
WITHOUT_AN_S = str.maketrans("S", "W")


def habits_of(text: str) -> Habits:
    lesson = learn(text)
    assert isinstance(lesson, Learned)
    return lesson.habits


def codes(number: int = 200) -> list[str]:
    chance = Random(14)  # noqa: S311  a test's codes come from a seed
    return [draw_code(date(2026, 11, 30), chance.getrandbits) for _ in range(number)]


def shuffled(seed: int) -> dict[int, str]:
    """A keyboard nobody has: every symbol somewhere else, in any script."""
    others = [*"ابتثجحخدذرزسشصضطظعغفقكلمنهوي०१२३४५६७८९กขคงจฉ!§$%&/()=?ßéñ"]
    Random(seed).shuffle(others)  # noqa: S311
    return {ord(symbol): others[place] for place, symbol in enumerate(SLIP_SYMBOLS)}


def test_the_chart_holds_every_symbol_of_a_slip_twice() -> None:
    assert all(CHART.count(symbol) == 2 for symbol in SLIP_SYMBOLS)


@pytest.mark.parametrize("seed", range(20))
def test_any_keyboard_that_keeps_them_apart_is_learned(seed: int) -> None:
    keyboard = shuffled(seed)
    habits = habits_of(CHART.translate(keyboard))
    for code in codes(20):
        for text in (code, f"HTTPS://CUP.EXAMPLE/C/{code}"):
            assert habits.read(text.translate(keyboard)).code == code


def test_a_czech_keyboard_is_undone_and_codes_typed_by_hand_are_read_as_they_stand() -> None:
    habits = habits_of(CHART.translate(CZECH))
    for code in codes():
        assert habits.read(code.translate(CZECH)).code == code
        assert code in habits.read(code.lower()).candidates


def test_without_what_was_learned_they_would_not_be_read() -> None:
    """The twin."""
    keyboard = shuffled(3)
    assert not any(Habits().read(code.translate(keyboard)).candidates for code in codes())


def test_caps_lock_after_the_lesson_changes_nothing() -> None:
    habits = habits_of(CHART.translate(CZECH))
    assert all(habits.read(code.translate(CZECH).swapcase()).code == code for code in codes())


@pytest.mark.parametrize(
    ("before", "after"), [("", ""), ("AB", ""), ("", "XY"), ("]Q1", ""), ("]Q1AB", "9"), ("7", "Z")]
)
def test_what_a_scanner_sends_around_a_text_is_learned(before: str, after: str) -> None:
    habits = habits_of(f"{before}{CHART}{after}".translate(CZECH))
    assert (habits.prefix, habits.suffix) == (before.replace("]Q1", ""), after)
    for code in codes(20):
        assert habits.read(f"{before}{code}{after}".translate(CZECH)).code == code


@pytest.mark.parametrize("length", [0, 1, 40, 43, len(CHART) - 1])
def test_a_part_of_the_chart_teaches_nothing(length: int) -> None:
    assert learn(CHART[:length]) == NotTheChart()
    assert learn(CHART[len(CHART) - length :]) == NotTheChart()
    assert not holds_chart(CHART[:length])


def test_other_texts_teach_nothing() -> None:
    chance = Random(1)  # noqa: S311
    for _ in range(300):
        assert isinstance(learn("".join(chance.choices(SLIP_SYMBOLS, k=chance.randint(60, 110)))), NotTheChart)
    assert learn("7" * 200) == NotTheChart()
    assert learn(CHART * 2) == NotTheChart()


def test_symbols_that_arrive_as_one_are_named() -> None:
    assert learn(CHART.translate(GREEK)) == FallTogether(("SW",))


@pytest.mark.parametrize("pair", ["IU", "-:", "LO", ".-"])
def test_symbols_that_no_code_tells_apart_may_arrive_as_one(pair: str) -> None:
    one = str.maketrans(pair[0], pair[1])
    habits = habits_of(CHART.translate(one))
    assert all(habits.read(code.translate(one)).code == code for code in codes(50))


@pytest.mark.parametrize("dead", ["-", "6", "AY", "0Z", ":/"])
def test_dead_keys_are_named_though_they_may_change_the_letter_behind_them(dead: str) -> None:
    arrived, accent = "", False
    for symbol in CHART:
        if symbol in dead:
            accent = True
        else:
            arrived += "¤" if accent else symbol
            accent = False
    assert learn(arrived) == TypeNothing("".join(symbol for symbol in SLIP_SYMBOLS if symbol in dead))


def test_habits_are_what_the_settings_keep() -> None:
    habits = Habits(CHART[:44].translate(CZECH), "AB", "", 9.5, "tab")
    from pos_recovery.settings.schema import Settings

    kept = Settings(store_name="Cup", timezone="UTC", currency="EUR", **written(habits))  # type: ignore[arg-type]
    assert kept.scanner_habits == habits
