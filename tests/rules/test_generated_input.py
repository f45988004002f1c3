"""Texts that people and scanners could send: nothing fails, nothing wrong is accepted.

A hundred thousand of them with `pytest --hypothesis-profile=many tests/rules/test_generated_input.py`; a tenth of that
otherwise.

The texts are near what is right: codes with something around them, taken apart, garbled by layouts, cut, doubled; and
markup, orders to a terminal, formulas and any other characters there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.tables.column_types import Entry
from pos_recovery.counter.outcomes import Found, Mistyped, TypingLocked, Unknown
from pos_recovery.rules.codes import ALPHABET, LENGTH, is_code, printed, read_code, symbols_in
from pos_recovery.rules.text_cleaning import clean
from pos_recovery.settings.schema import ConfigError
from pos_recovery.settings.settings_file import check
from tests.till import Till

USUAL = settings.default.max_examples if settings.default else 100
MANY = settings(max_examples=20 * USUAL, deadline=None)
SOME = settings(max_examples=3 * USUAL, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

CODES = st.text(ALPHABET, min_size=LENGTH - 1, max_size=LENGTH - 1).map(
    lambda eleven: next(eleven + last for last in ALPHABET if is_code(eleven + last))
)
SPICE = st.sampled_from([
    "[b]", "[/]", "[@click=app.quit]", "[$x", "\x1b[31m", "\x1b]52;c;c3B5\x07", "\x9b2J", "=1+1", "@SUM(A1)", "-", " ",
    "https://CUP.EXAMPLE/C/", "]C1", "\x02", "\x03", "\r", "\n", "\t", "*", "½", "/C/", "\u202e", "\u200b", "\ud800",
])  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(codec=None), max_size=30),
    st.lists(st.one_of(SPICE, CODES, CODES.map(printed), st.text(max_size=8)), max_size=6).map("".join),
    st.text(ALPHABET + ALPHABET.lower() + "OILoil- ", max_size=40),
)
_TO_AZERTY = str.maketrans("1234567890qawzQAWZmM", "&é\"'(-è_çàaqzwAQZW,?")
_TO_QWERTZ = str.maketrans("zyZY-", "yzYZß")


def _in_url(code: str) -> str:
    return f"https://CUP.EXAMPLE/C/{code}"


DAMAGES: dict[str, Callable[[str], str]] = {
    "small letters": str.lower,
    "hyphens": printed,
    "spaces": " ".join,
    "marks": lambda code: f"*{code}*\r\n",
    "STX and ETX": lambda code: f"\x02{code}\x03",
    "an AIM prefix": lambda code: f"]Q3{code}",
    "a tilde": lambda code: f"~{code}",
    "O for 0, I for 1": lambda code: code.replace("0", "O").replace("1", "I"),
    "l for 1": lambda code: code.replace("1", "l"),
    "the whole QR": _in_url,
    "caps lock": lambda code: _in_url(code).swapcase(),
    "AZERTY": lambda code: _in_url(code).translate(_TO_AZERTY),
    "QWERTZ": lambda code: _in_url(code).lower().translate(_TO_QWERTZ),
}
TEXT_SETTINGS = ("store_name", "store_id", "register", "timezone", "currency", "printer", "language", "phone")


@MANY
@given(TEXTS)
def test_whatever_is_typed_is_read_without_an_error_and_never_as_what_it_does_not_hold(text: str) -> None:
    reading = read_code(text)
    assert all(is_code(code) for code in reading.candidates)
    if reading.code is not None and text.isascii():
        assert reading.code in symbols_in(text) or "/C/" not in text.upper()


@MANY
@given(CODES, st.sampled_from(sorted(DAMAGES)))
def test_what_is_printed_is_accepted_however_it_was_mangled(code: str, damage: str) -> None:
    arrives = DAMAGES[damage](code)
    by_chance = arrives[-LENGTH:]  # of codes without a digit one in thirty-two is another whole one on such a keyboard
    assert code in read_code(arrives).candidates or (is_code(by_chance) and by_chance != code)


@MANY
@given(CODES, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_never_another_code(code: str, place: int, symbol: str) -> None:
    wrong = code[:place] + symbol + code[place + 1 :]
    assert read_code(wrong).code in ({code} if wrong == code else {None})


@MANY
@given(CODES, st.integers(0, LENGTH - 2))
def test_two_neighbours_swapped_are_never_another_code(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert read_code(swapped).code in ({code} if swapped == code else {None})


@MANY
@given(TEXTS, st.integers(2, 280))
def test_what_people_write_is_kept_as_one_line_of_plain_text(text: str, limit: int) -> None:
    kept = clean(text, limit)
    assert len(kept) <= limit
    assert clean(kept, limit) == kept
    assert all(character.isprintable() or character in "\u200c\u200d" for character in kept)


@SOME
@given(TEXTS)
def test_whatever_is_looked_for_is_answered(till: Till, text: str) -> None:
    till.counter.board.slips(text)
    answer = till.counter.recovery.examine(text, Entry.TYPED)
    assert isinstance(answer, Found | Unknown | Mistyped | TypingLocked)
    if isinstance(answer, Unknown | TypingLocked):
        assert read_code(text).candidates


@SOME
@given(TEXTS, TEXTS)
def test_an_item_and_a_note_of_any_kind_are_on_record_as_plain_text(till: Till, item: str, note: str) -> None:
    roomy = replace(till.counter.ledger.house, cap=10_000)
    till.counter = replace(
        till.counter, recovery=replace(till.counter.recovery, ledger=replace(till.counter.ledger, house=roomy))
    )
    story = till.story(till.code(item=item, note=note))
    for kept in (story.coupon.item, story.coupon.note):
        assert kept is None or kept == clean(kept, 280)


@SOME
@given(st.sampled_from(TEXT_SETTINGS), TEXTS)
def test_a_setting_of_any_kind_is_taken_or_refused_in_one_line(key: str, text: str) -> None:
    written = {"store_name": "Harbour St", "timezone": "Europe/Prague", "currency": "CZK", key: text}
    said = ""
    try:
        check(written, "settings.toml", {})
    except ConfigError as error:
        said = str(error)
    assert not said or key in said
    assert "\n" not in said


def test_a_reader_without_a_check_symbol_would_accept_one_wrong_symbol() -> None:
    """The twin: twelve letters of the alphabet are not yet a code."""
    wrong = "7KQ4M2XD9RTC"
    assert len(symbols_in(wrong)) == LENGTH
    with pytest.raises(AssertionError):
        assert is_code(wrong)
