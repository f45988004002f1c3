"""The coupon code: every typing error it promises to catch, and every accident of keyboards and scanners it undoes."""

# ruff: noqa: RUF001  people and keyboards send characters that look alike
# ruff: noqa: S311  the codes of a test are drawn from a seed
from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_recovery.counter.outcomes import Found, Mistyped
from pos_recovery.opening import wiring
from pos_recovery.opening.wiring import Counter
from pos_recovery.rules import codes, keyboard_layouts
from pos_recovery.rules.codes import ALPHABET, LENGTH, Reading, check_symbol, draw_code, is_code, printed, read_code
from tests.till import LEAD, Till

DAY = date(2026, 11, 14)
SAMPLE = 300


def drawn(how_many: int, seed: int = 20) -> list[str]:
    random = Random(seed)
    return [draw_code(DAY.replace(year=random.randint(2020, 2100)), random.getrandbits) for _ in range(how_many)]


CODES = drawn(SAMPLE)


def with_wrong_symbols(code: str) -> Iterator[str]:
    for place in range(LENGTH):
        for letter in ALPHABET:
            if letter != code[place]:
                yield code[:place] + letter + code[place + 1 :]


def with_two_swapped(code: str, distance: int) -> Iterator[str]:
    for place in range(LENGTH - distance):
        letters = list(code)
        letters[place], letters[place + distance] = letters[place + distance], letters[place]
        if letters[place] != letters[place + distance]:
            yield "".join(letters)


def damaged(code: str) -> Iterator[str]:
    """Every wrong symbol at every place, every swap of neighbours, every swap around a third: some 390 texts."""
    yield from with_wrong_symbols(code)
    yield from with_two_swapped(code, 1)
    yield from with_two_swapped(code, 2)


# The check symbol


def multiplied(a: int, b: int) -> int:
    """In GF(32), the schoolbook way: multiply polynomials over GF(2), then reduce by x^5 + x^2 + 1. No tables."""
    product = 0
    for bit in range(5):
        if b >> bit & 1:
            product ^= a << bit
    for bit in range(8, 4, -1):
        if product >> bit & 1:
            product ^= 0b100101 << (bit - 5)
    return product


def weighted_sum(code: str) -> int:
    total, weight = 0, 1
    for letter in code:
        total ^= multiplied("0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(letter), weight)
        weight = multiplied(weight, 0b00010)
    return total


def test_the_check_symbol_is_the_one_schoolbook_arithmetic_gives() -> None:
    for code in CODES:
        assert weighted_sum(code) == 0
        holding = [letter for letter in ALPHABET if weighted_sum(code[:-1] + letter) == 0]
        assert holding == [check_symbol(code[:-1])] == [code[-1]]


def test_a_code_worked_out_by_hand_is_known() -> None:
    # One 1 at place 0 weighs 1; the check symbol c weighs a^11, so c = a^-11 = a^20 = 0b01100 = C.
    assert check_symbol("1" + "0" * 10) == "C"
    # One 1 at place 10: c = a^10 / a^11 = a^-1 = a^30 = 0b10010 = J.
    assert check_symbol("0" * 10 + "1") == "J"
    assert check_symbol("0" * 11) == "0"


@pytest.mark.parametrize(
    "text", ["", "0" * 11, "0" * 13, "00000000000u", "00000000000U", "0000-0000-0000", "1" + "0" * 11]
)
def test_only_twelve_letters_with_the_right_check_symbol_are_a_code(text: str) -> None:
    assert not is_code(text)
    assert is_code("0" * 12)


# Typing errors


@pytest.fixture(scope="module")
def readings() -> list[tuple[str, str, Reading]]:
    """Each code, each text it may be damaged to, and what is read: some 117,000, so they are made once."""
    return [(code, text, read_code(text)) for code in CODES for text in damaged(code)]


def test_every_wrong_symbol_and_every_swap_is_caught_whatever_the_place(
    readings: list[tuple[str, str, Reading]],
) -> None:
    assert len(readings) > SAMPLE * 380
    assert [text for _, text, reading in readings if reading.code is not None] == []


def test_every_typing_error_is_caught_in_the_way_codes_are_printed_too() -> None:
    for code in CODES[:8]:
        for text in damaged(code):
            assert read_code(printed(text).lower()).code is None
            assert read_code(" ".join(text)).code is None
            assert read_code(f"https://cafe.example/c/{text}").code is None
            assert read_code(printed(text).replace("-", "–")).code is None  # an en dash is no foreign layout
            assert read_code(printed(text).replace("-", ".")).code is None


def test_without_weights_swapped_symbols_would_pass() -> None:
    """The twin: a plain sum is blind to order, so the test above would see it."""

    def plain_sum(text: str) -> int:
        total = 0
        for letter in text:
            total ^= ALPHABET.index(letter)
        return total

    swapped = [(code, text) for code in CODES for text in with_two_swapped(code, 1)]
    assert swapped
    assert all(plain_sum(code) == plain_sum(text) for code, text in swapped)


def test_few_typing_errors_have_a_doubtful_reading(readings: list[tuple[str, str, Reading]]) -> None:
    """A quarter of damaged texts would spell a code on some of all keyboards, and cost a look-up for each that does.

    One in 400 spells the very code it was made from: Q typed for the only A of a code is what AZERTY makes of it.
    It is the twin of the tests above: had a doubtful reading counted as said, these texts would be believed.
    """
    doubtful = sum(bool(reading.doubtful) for _, _, reading in readings) / len(readings)
    same_slip = sum(code in reading.doubtful for code, _, reading in readings) / len(readings)
    assert (round(doubtful, 3), round(same_slip, 4)) == (0.258, 0.0024)
    assert max(len(reading.doubtful) for _, _, reading in readings) <= 8


class NoDatabase:
    """In place of an engine where no database may be asked: any use at all fails the test."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"the database was touched: {name}")


def without_database(till: Till) -> Counter:
    blind: Any = NoDatabase()
    return wiring.build(till.counter.home, till.counter.settings, blind, clock=till.clock)


def test_a_mistyped_code_is_answered_without_touching_the_database(till: Till) -> None:
    counter = without_database(till)
    asked = 0
    for code in CODES[:10]:
        for text in damaged(code):
            if read_code(text).candidates:
                continue
            asked += 1
            assert counter.recovery.look_up(text) == Mistyped(text)
            assert counter.recovery.redeem(text, LEAD, "r") == Mistyped(text)
            reverse = partial(counter.aftercare.reverse, why="mistake")
            for deed in (reverse, counter.aftercare.void, counter.aftercare.reprint):
                assert deed(text, LEAD, "r") == Mistyped(text)
    assert asked > 2_000


def test_the_database_that_must_not_be_touched_would_be_noticed(till: Till) -> None:
    """The twin: with a good code the same engine fails at once."""
    counter = without_database(till)
    with pytest.raises(AssertionError, match="the database was touched"):
        counter.recovery.look_up(CODES[0])


def test_a_typing_error_with_a_doubtful_reading_never_finds_another_slip(till: Till) -> None:
    """It is mistyped. The one exception is right: a text that a wrong layout would have made of this very slip."""
    mine = [till.code(by=LEAD) for _ in range(12)]
    doubtful = [(code, text) for code in mine for text in damaged(code) if read_code(text).doubtful]
    same_slip = [(code, text) for code, text in doubtful if code in read_code(text).doubtful]
    assert len(doubtful) > 100
    assert same_slip
    for code, text in doubtful:
        looked = till.counter.recovery.look_up(text)
        if (code, text) in same_slip:
            assert isinstance(looked, Found)
            assert looked.story.code == code
        else:
            assert looked == Mistyped(text)
    assert {damage(code, text) for code, text in same_slip} <= confused()


def confused() -> set[str]:
    """The letters that some keyboard types for each other, once and twice."""
    pairs = {
        "".join(sorted((arrived.upper(), sent)))
        for table in keyboard_layouts.tables()
        for arrived, sent in zip(table.arrived, table.sent, strict=True)
        if arrived.upper() in ALPHABET and sent in ALPHABET
    }
    return pairs | {pair * 2 for pair in pairs}


def damage(code: str, text: str) -> str:
    """The letters that differ, each pair in order."""
    return "".join("".join(sorted(pair)) for pair in zip(code, text, strict=True) if pair[0] != pair[1])


# What is accepted

CODE = "2J7KQ4M0XDZ1"
CODE = CODE[:-1] + check_symbol(CODE[:-1])
SHAPES = {
    "as printed": printed(CODE),
    "lower case": printed(CODE).lower(),
    "no hyphens": CODE,
    "spaces": " ".join(CODE),
    "no-break spaces": printed(CODE).replace("-", "\u00a0"),
    "en dashes": printed(CODE).replace("-", "–"),
    "em dashes": printed(CODE).replace("-", "—"),
    "non-breaking hyphens": printed(CODE).replace("-", "\u2011"),
    "O for 0": CODE.replace("0", "O"),
    "o for 0": CODE.replace("0", "o"),
    "full-width": "".join(chr(ord(letter) + 0xFEE0) for letter in CODE),
    "carriage return": CODE + "\r",
    "STX and ETX": f"\x02{CODE}\x03\r\n",
    "group separators": "\x1d".join((CODE[:4], CODE[4:])),
    "zero-width spaces": "\u200b".join(CODE),
    "byte order mark": "\ufeff" + CODE,
    "AIM prefix": f"]Q1{CODE}",
    "AIM prefix after STX": f"\x02]C0{CODE}\r",
    "an ECI mark": f"\\000026{CODE}",
    "an ECI mark, its backslash doubled": f"\\\\000026{CODE}",
    "AIM prefix and an ECI mark": f"]Q2\\000026HTTPS://CAFE.EXAMPLE/C/{CODE}",
    "AIM prefix and an ECI mark before the code alone": f"]Q4\\000003{CODE}",
    "an ECI mark under caps lock": f"\\000026{CODE}".swapcase(),
    "Esc before it": f"\x1b{CODE}",
    "marks around": f"*{CODE}*",
    "the web address": f"https://CAFE.EXAMPLE/C/{CODE}",
    "the web address, in capitals": f"HTTPS://CAFE.EXAMPLE/C/{CODE}",
    "the web address under caps lock": f"https://CAFE.EXAMPLE/C/{CODE}".swapcase(),
    "the web address, lower case": f"https://cafe.example/c/{CODE.lower()}",
    "the web address with more": f"https://cafe.example/C/{printed(CODE)}?from=slip#top",
    "caps lock": CODE.swapcase(),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_code_is_read_however_it_is_sent(shape: str) -> None:
    assert read_code(SHAPES[shape]).code == CODE


def test_i_and_l_are_read_as_one() -> None:
    code = next(code for code in drawn(200) if code.count("1") >= 2)
    assert read_code(code.replace("1", "I")).code == code
    assert read_code(code.replace("1", "l")).code == code


def test_what_is_printed_is_accepted_as_typed() -> None:
    assert [code for code in CODES if read_code(printed(code)).code != code] == []


def test_a_store_s_scanner_marks_are_taken_off_and_need_not_be_there() -> None:
    assert read_code(f"A7{CODE}#9", prefix="A7", suffix="#9").code == CODE
    assert read_code(CODE, prefix="A7", suffix="#9").code == CODE


@pytest.mark.parametrize(
    "sent", ["A7]Q1{}#e", "]Q1A7{}#e", "a7]q1{}#E", "A7\\000026{}#e", "]Q1\\000026a7{}#e", "A7{}", "{}#E"]
)
def test_a_store_s_mark_and_the_scanner_s_own_come_in_any_order_and_in_any_case(sent: str) -> None:
    for code in CODES:
        for text in (sent.format(code), sent.format(code.lower()), sent.format(ADDRESS + code)):
            assert read_code(text, prefix="A7", suffix="#e").code == code


def test_the_scanner_s_marks_are_taken_off_on_other_keyboards_too() -> None:
    for meant, machine in ((US, FR), (US, DE)):
        for mark in ("]Q1", "\\000026", "A7]Q1"):
            misread = [
                code
                for code in CODES
                if code not in read_code(typed(mark + code, meant, machine), prefix="A7").candidates
            ]
            assert misread == []


def test_a_code_that_begins_with_the_scanner_s_mark_may_be_typed_by_hand() -> None:
    for length in (1, 2, 3):
        assert read_code(printed(CODE), prefix=CODE[:length], suffix=CODE[-length:]).code == CODE


# Wrong keyboard layouts: what key strokes meant for one layout become on a machine set to another

US_UNSHIFTED = "`1234567890-=qwertyuiop[]asdfghjkl;'zxcvbnm,./"
US_SHIFTED = '~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?'
FR_UNSHIFTED = "²&é\"'(-è_çà)=azertyuiop^$qsdfghjklmùwxcvbn,;:!"
FR_SHIFTED = "~1234567890°+AZERTYUIOP¨£QSDFGHJKLM%WXCVBN?./§"
DE_UNSHIFTED = "^1234567890ß´qwertzuiopü+asdfghjklöäyxcvbnm,.-"
DE_SHIFTED = '°!"§$%&/()=?`QWERTZUIOPÜ*ASDFGHJKLÖÄYXCVBNM;:_'
US, FR, DE = (US_UNSHIFTED + US_SHIFTED), (FR_UNSHIFTED + FR_SHIFTED), (DE_UNSHIFTED + DE_SHIFTED)


def typed(text: str, meant: str, machine: str) -> str:
    """The same keys, with and without Shift, on another machine."""
    return text.translate(str.maketrans(meant, machine))


WITH_PROOF = [code for code in CODES if set(code) & set("12345780")]
ADDRESS = "https://CAFE.EXAMPLE/C/"
ADDRESSES = (ADDRESS, ADDRESS.upper(), ADDRESS.swapcase())
"""As slips say it, as earlier ones did, and under caps lock."""


@pytest.mark.parametrize("case", [str.upper, str.lower], ids=["upper", "lower"])
@pytest.mark.parametrize(("meant", "machine"), [(US, FR), (FR, US)], ids=["on AZERTY", "set to AZERTY"])
def test_digits_turned_to_signs_prove_an_azerty_accident(meant: str, machine: str, case: Callable[[str], str]) -> None:
    """Both ways: a scanner that types like a US keyboard on a French machine, and the other way round."""
    misread = [
        (code, typed(case(code), meant, machine))
        for code in WITH_PROOF
        if read_code(typed(case(code), meant, machine)).code != code
    ]
    assert misread == []


@pytest.mark.parametrize(("meant", "machine"), [(US, FR), (FR, US), (US, DE), (DE, US)])
def test_the_web_address_proves_any_layout(meant: str, machine: str) -> None:
    for address in ADDRESSES:
        misread = [code for code in CODES if code not in read_code(typed(address + code, meant, machine)).candidates]
        assert misread == []


def test_the_web_address_makes_a_us_scanner_on_a_german_machine_sure() -> None:
    assert [code for code in CODES if read_code(typed(ADDRESS + code, US, DE)).code != code] == []


@pytest.mark.parametrize(("meant", "machine"), [(US, DE), (DE, US), (US, FR), (FR, US)])
def test_where_nothing_proves_the_layout_the_code_is_still_among_the_candidates(meant: str, machine: str) -> None:
    assert [code for code in CODES if code not in read_code(typed(code, meant, machine)).candidates] == []


def test_a_slip_scanned_through_a_wrong_layout_is_found_in_the_ledger(till: Till) -> None:
    for code in [till.code(by=LEAD) for _ in range(12)]:
        for meant, machine in ((US, FR), (FR, US), (US, DE)):
            found = till.counter.recovery.look_up(typed(code, meant, machine))
            assert isinstance(found, Found)
            assert found.story.code == code


def caps_locked(letter: str) -> str:
    """Linux and macOS lock letters only, so that é becomes É."""
    return typed(letter, US, FR).swapcase()


def shift_locked(letter: str) -> str:
    """Windows locks every key: digits arrive whole, and the scanner's own Shift unlocks the letters."""
    return letter if letter.isdigit() else typed(letter.lower(), US, FR)


@pytest.mark.parametrize("locked", [caps_locked, shift_locked])
def test_caps_lock_on_a_french_machine_is_undone(locked: Callable[[str], str]) -> None:
    assert [code for code in CODES if code not in read_code("".join(map(locked, code))).candidates] == []


# Anything at all


@given(st.text(max_size=600), st.text(max_size=3), st.text(max_size=3))
def test_no_text_at_all_makes_reading_fail(text: str, prefix: str, suffix: str) -> None:
    for code in read_code(text, prefix=prefix, suffix=suffix).candidates:
        assert is_code(code)


@given(st.text(alphabet=st.characters(codec=None), max_size=20))
def test_lone_surrogates_and_unassigned_characters_are_read_like_any_other(text: str) -> None:
    read_code(text)


def test_longer_text_than_any_scan_is_no_code() -> None:
    assert read_code(CODE + " " * codes.LONGEST_INPUT) == Reading(None, ())


# Drawing


def test_codes_sort_by_month_as_plain_text() -> None:
    months = [date(year, month, 28) for year in range(2020, 2106) for month in range(1, 13)][: 32 * 32]
    prefixes = [codes.month_prefix(day) for day in months]
    assert prefixes == sorted(set(prefixes))
    assert (prefixes[0], prefixes[-1]) == ("00", "ZZ")


@pytest.mark.parametrize(("year", "prefix"), [(1970, "00"), (2019, "00"), (2106, "ZZ"), (9999, "ZZ")])
def test_a_clock_outside_the_counted_years_still_gets_a_code(year: int, prefix: str) -> None:
    code = draw_code(date(year, 6, 1), secrets.randbits)
    assert code.startswith(prefix)
    assert read_code(code).code == code


@given(st.integers(-60 * 366, 180 * 366), st.integers(-28, 28))
def test_the_beginning_of_a_code_tells_when_its_coupon_was_issued(days: int, hours: int) -> None:
    """Whatever the store's time zone and the hour its business day starts: its day may be 28 hours off."""
    at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=days)
    code = draw_code((at + timedelta(hours=hours)).date(), secrets.randbits)
    for letters in (1, 2, 12):
        since, until = codes.issued_within(code[:letters])
        assert since <= at < until


def test_two_letters_are_a_month_and_one_is_32() -> None:
    assert codes.issued_within("2J") == (datetime(2026, 10, 30, tzinfo=UTC), datetime(2026, 12, 3, tzinfo=UTC))
    assert codes.issued_within("2") == (datetime(2025, 4, 29, tzinfo=UTC), datetime(2028, 1, 3, tzinfo=UTC))


def test_all_45_random_bits_reach_the_code() -> None:
    one_bit_each = iter(1 << place for place in range(45))
    assert len({draw_code(DAY, lambda bits: next(one_bit_each))[2:11] for _ in range(45)}) == 45
    assert draw_code(DAY, lambda bits: (1 << bits) - 1)[2:11] == "Z" * 9
    assert draw_code(DAY, lambda bits: 0)[2:11] == "0" * 9
