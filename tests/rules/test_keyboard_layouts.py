"""Codes through other keyboards: all of xkeyboard-config, dead keys, symbols that fall together.

The keyboards written out here were copied from xkeyboard-config 2.35.1, and so do not depend on the shipped table. All
of the others are tried where libxkbcommon and a release of xkeyboard-config are installed.
"""

# ruff: noqa: RUF001  keyboards send characters that look alike
# ruff: noqa: S311  the codes of a test are drawn from a seed
from __future__ import annotations

import ctypes.util
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from pos_recovery.counter import outcome_words
from pos_recovery.counter.outcomes import Found, Mistyped
from pos_recovery.rules import keyboard_layouts
from pos_recovery.rules.codes import ALPHABET, MOST_DOUBTFUL, draw_code, printed, read_code
from pos_recovery.rules.keyboard_layouts import SLIP_SYMBOLS, described, digits_typed, tables
from pos_recovery.rules.layout_mixups import COMMON
from tests.bench.keyboards import read
from tests.keyboard_tables import SYMBOLS, layouts
from tests.till import Till

KEYS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-/:."
NAMED = {
    "Czech": 'é+ěščřžýáíABCDEFGHIJKLMNOPQRSTUVWXZY=-".',
    "Slovak": 'é+ľščťžýáíABCDEFGHIJKLMNOPQRSTUVWXZY=-".',
    "Hungarian": "ö123456789ABCDEFGHIJKLMNOPQRSTUVWXZYü-É.",
    "Belgian": "à&é\"'(§è!çQBCDEFGHIJKL?NOPARSTUVZXYW)=M:",
    "Lithuanian": "“ąčęėįšųū„ABCDEFGHIJKLMNOPQRSTUVWXYZ-/:.",
    "Turkish (F)": "0123456789UÇVEĞAÜTNKMLSZHPFIİORCGÖDJ/,Y.",
    "Arabic": (
        "0123456789"
        "\u0650\ufef5}]\u064f[\ufef7\u0623\xf7\u0640\u060c/'"
        "\u0622\xd7\u061b\u064e\u064c\u064d\ufef9`{\u064b\u0652\u0625~-\u0638:\u0632"
    ),
    "Persian": (
        "\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9"
        "\u0624\u200c\u0698\u064a\u064d\u0625\u0623\u0622\u0651\u0629\xbb\xab\u0621"
        "\u0654][\u0652\u064b\u0626\u064f\u064e\u0670\u064c\u0653\u0650\u0643-/:."
    ),
    "Hindi": (
        "\u0966\u0967\u0968\u0969\u096a\u096b\u096c\u096d\u096e\u096f"
        "\u0913\u0934\u0923\u0905\u0906\u0907\u0909\u092b\u0918\u0931\u0916\u0925\u0936"
        "\u0933\u0927\u091d\u0914\u0908\u090f\u090a\u0919\u0929\u0910\u0901\u092d\u090e-\u092f\u091b."
    ),
    "Thai": (
        "\u0e08\u0e45/-\u0e20\u0e16\u0e38\u0e36\u0e04\u0e15"
        "\u0e24\u0e3a\u0e09\u0e0f\u0e0e\u0e42\u0e0c\u0e47\u0e13\u0e4b\u0e29\u0e28?"
        '\u0e4c\u0e2f\u0e0d\u0e50\u0e11\u0e06\u0e18\u0e4a\u0e2e")\u0e4d(\u0e02\u0e1d\u0e0b\u0e43'
    ),
    "Russian": "0123456789ФИСВУАПРШОЛДЬТЩЗЙКЫЕГМЦЧНЯ-.Жю",
    "Dvorak": '0123456789AXJE>UIDCHTNMBRL"POYGK<QF:[zSv',
    "Colemak": "0123456789ABCSFTDHUNEIMKY:QPRGLVWXJZ-/O.",
    "BÉPO": '*"«»()@+-/AKXIPE;CDTSRQ?LJBOUÈV:ÉY!À=fNh',
    "Neo": "0123456789UZÄALEOSGNRTMBFQXCIWHPVÖKÜ-jD.",
    "Spanish": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'-Ñ.",
    "Latin American": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'-Ñ.",
    "Italian": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'-ç.",
    "Portuguese": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'-Ç.",
    "Danish": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+-Æ.",
    "Norwegian": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+-Ø.",
    "Estonian": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+-Ö.",
}
"""What arrives on each from a US scanner, for each of `KEYS`."""
GREEK = "0123456789ΑΒΨΔΕΦΓΗΙΞΚΛΜΝΟΠ:ΡΣΤΘΩΣΧΥΖ-/\u0308."
VIETNAMESE = "đăâêô\u0300\u0309\u0303\u0301\u0323ABCDEFGHIJKLMNOPQRSTUVWXYZ-/:."
ADDRESS = "HTTPS://CUP.EXAMPLE/C/"
RELEASES = [Path("/usr/share/xkeyboard-config-2"), Path("/usr/share/X11/xkb")]


def drawn(how_many: int, seed: int = 20) -> list[str]:
    random = Random(seed)
    return [draw_code(date(random.randint(2020, 2100), 11, 14), random.getrandbits) for _ in range(how_many)]


CODES = drawn(100)


def on(keyboard: str) -> Callable[[str], str]:
    """What a text becomes on it."""
    return lambda text: text.translate(str.maketrans(KEYS, keyboard))


@pytest.mark.parametrize("name", NAMED)
def test_a_us_scanner_is_read_on_any_keyboard(name: str) -> None:
    arrives = on(NAMED[name])
    for code in CODES:
        for sent in (code, printed(code), f"{ADDRESS}{code}"):
            assert code in read_code(f"{arrives(sent)}\r").candidates, sent


@pytest.mark.parametrize("name", NAMED)
def test_the_address_makes_any_keyboard_sure(name: str) -> None:
    """But where it is a code as it stands, by chance, as letters are that Colemak leaves where they are."""
    readings = [(code, read_code(on(NAMED[name])(ADDRESS + code))) for code in CODES]
    assert [code for code, reading in readings if code not in reading.candidates] == []
    assert sum(code == reading.code for code, reading in readings) > 0.95 * len(CODES)


def test_layouts_that_keep_the_symbols_apart_are_read_and_of_the_others_what_can_be() -> None:
    """One in eight of those that are installed here; all of them: `tests/bench/keyboards.py`."""
    release = next((root for root in RELEASES if (root / "rules" / "evdev.xml").exists()), None)
    if release is None or ctypes.util.find_library("xkbcommon") is None:
        pytest.skip("libxkbcommon or xkeyboard-config is not installed here")
    found = read(layouts(release, every=8), drawn(1, seed=7))
    assert found.unread == found.in_doubt == []
    assert len(found.apart) > 50


def test_symbols_that_arrive_alike_are_named_and_each_way_to_read_them_is_tried() -> None:
    """Greek with Shift: S and W are both Σ."""
    arrives = on(GREEK)
    assert [code for code in CODES if code not in read_code(arrives(code)).candidates] == []
    greek = next(table for table in tables() if table.machine == "Greek")
    assert greek.alike == ("SW",)
    assert max(len(read_code(arrives(code)).candidates) for code in CODES) <= 4


def test_too_many_ways_to_read_a_text_are_not_tried_and_it_is_said_which_symbols_are_in_doubt() -> None:
    assert read_code("Σ" * 12).candidates == ()
    said = outcome_words.sentence(Mistyped("Σ" * 12), ZoneInfo("UTC"), datetime(2026, 11, 14, tzinfo=UTC))
    assert said.endswith("types S and W alike: set it to this keyboard, or type the code.")
    assert "alike" not in outcome_words.sentence(
        Mistyped("7KQ4M2XD9RT0"), ZoneInfo("UTC"), datetime(2026, 11, 14, tzinfo=UTC)
    )


def composed(text: str) -> str:
    """What Windows makes of dead keys: one character where they go together, else the accent and the letter."""
    alone = {"\u0300": "`", "\u0301": "\u00b4", "\u0303": "~"}
    typed = ""
    while text:
        joined = unicodedata.normalize("NFC", text[1:2] + text[0]) if unicodedata.combining(text[0]) else text[0]
        is_dead = unicodedata.combining(text[0]) != 0
        typed += joined if len(joined) == 1 else alone.get(text[0], text[0]) + text[1:2]
        text = text[1 + is_dead :]
    return typed


def test_digits_that_are_dead_keys_are_read_with_the_letters_behind_them() -> None:
    """Vietnamese: 5 and A are À. An accent struck twice is one character, and no key more can be told from it."""
    codes = [code for code in drawn(300) if not re.search("[56789]{2}", code)]
    arrives = on(VIETNAMESE)
    assert [code for code in codes if code not in read_code(composed(arrives(code))).candidates] == []


def test_lam_and_alef_are_one_key_whether_they_arrive_as_one_character_or_as_two() -> None:
    arrives = on(NAMED["Arabic"])
    for code in CODES:
        text = arrives(code)
        for one, two in (("\ufef5", "\u0644\u0622"), ("\ufef7", "\u0644\u0623"), ("\ufef9", "\u0644\u0625")):
            text = text.replace(one, two)
        assert code in read_code(text).candidates


# How sure a reading is


def test_a_plain_code_is_read_as_it_stands_and_other_keyboards_come_behind() -> None:
    for code in CODES:
        reading = read_code(code)
        assert (reading.code, reading.candidates[0]) == (code, code)


def test_the_commonest_keyboards_come_first() -> None:
    """Of two that explain a text the German one is tried before Dvorak."""
    machines = [table.machine for table in tables()]
    assert machines[:COMMON] == [each for each in machines[:COMMON] if "Dvorak" not in each and "Colemak" not in each]
    swapped = {code: code.translate(str.maketrans("YZ", "ZY")) for code in drawn(2000) if set(code) & set("YZ")}
    both = [read_code(text) for text in swapped.values() if len(read_code(text).doubtful) > 1]
    right = [read_code(text).doubtful[0] for text in swapped.values() if read_code(text).code is None]
    assert len(both) > 100
    assert sum(first in swapped for first in right) > 0.9 * len(right)


def test_there_are_never_many_doubtful_readings() -> None:
    texts = [code[:5] + letter + code[6:] for code in CODES[:40] for letter in ALPHABET]
    assert max(len(read_code(text).doubtful) for text in texts) <= MOST_DOUBTFUL


def mistyped() -> list[str]:
    """Codes in which one letter is a sign."""
    return [code[:4] + sign + code[5:] for code in CODES for sign in "'./;[,"]


def test_one_sign_in_a_code_proves_no_keyboard_that_few_have() -> None:
    """A slip of the finger is mistyped: it neither counts as a guess nor asks for more than its doubtful readings."""
    sure = [text for text in mistyped() if read_code(text).code is not None]
    common = {text for text in mistyped() if read_code(text).likely}
    assert set(sure) <= common


def test_on_some_keyboard_such_a_code_would_be_proven() -> None:
    """The twin: there are keyboards that make a code of it."""
    assert [text for text in mistyped() if read_code(text).doubtful and not read_code(text).likely]


# What this machine's scanner was seen to type


def learned_of(keyboard: str) -> dict[int, str]:
    return {ord(arrived): sent for sent, arrived in zip(KEYS, keyboard, strict=True)}


def test_what_was_learned_is_sure_and_comes_first() -> None:
    """Y and Z swapped prove nothing by themselves."""
    keyboard = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXZYß-Ö."
    for code in CODES:
        reading = read_code(on(keyboard)(code), learned=learned_of(keyboard))
        assert (reading.code, reading.candidates[0]) == (code, code)


def test_what_was_not_learned_stays_doubtful() -> None:
    """The twin."""
    swapped = [code for code in CODES if set(code) & set("YZ")]
    assert [
        code for code in swapped if read_code(on("0123456789ABCDEFGHIJKLMNOPQRSTUVWXZYß-Ö.")(code)).code == code
    ] == []


def test_a_code_typed_by_hand_is_read_whatever_was_learned() -> None:
    for code in CODES:
        assert code in read_code(printed(code).lower(), learned=learned_of(NAMED["Czech"])).candidates


@pytest.mark.parametrize("name", ["Czech", "Slovak", "Hungarian", "Belgian", "Lithuanian", "Arabic", "Persian", "Thai"])
def test_a_learned_keyboard_is_described_by_name(name: str) -> None:
    assert described(learned_of(NAMED[name])) == ("US", name)


def test_what_no_keyboard_explains_has_no_name() -> None:
    assert described({ord(sent): sent for sent in SLIP_SYMBOLS}) is None
    assert described(dict(zip(map(ord, SLIP_SYMBOLS), reversed(SLIP_SYMBOLS), strict=True))) is None
    assert described({}) is None


def test_a_scanner_of_another_layout_is_described_too() -> None:
    azerty = dict(zip(")!@#$%^&*(QBCDEFGHIJKL:NOPARSTUVZXYW", SYMBOLS, strict=True))
    assert described({ord(arrived): sent for arrived, sent in azerty.items()}) == ("French", "US")


# The row of digits


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("2468", "2468"),
        ("۲۴۶۸", "2468"),
        ("٢٤٦٨", "2468"),
        ("２４６８", "2468"),
        ("२४६८", "2468"),
        ("é'-_", "2468"),
        ("é'§!", "2468"),
        ("ěčžá", "2468"),
        ("+ěšé", "1230"),
        ("ľčžá", "2468"),
        ("ąčęė", "1234"),
        ("é246", "2246"),
        ("abcd", "abcd"),
        ("q2&é", "q2&é"),
        ("", ""),
    ],
)
def test_digits_count_in_any_script_and_without_shift(typed: str, digits: str) -> None:
    assert digits_typed(typed) == digits


# In the ledger


@pytest.mark.parametrize("name", ["Czech", "Arabic", "Hindi"])
def test_a_slip_scanned_on_another_keyboard_is_found(till: Till, name: str) -> None:
    code = till.code()
    for sent in (code, ADDRESS + code):
        found = till.counter.recovery.look_up(on(NAMED[name])(sent))
        assert isinstance(found, Found)
        assert found.story.code == code


def test_the_table_names_the_releases_it_was_made_from() -> None:
    assert keyboard_layouts.releases().startswith("xkeyboard-config ")
