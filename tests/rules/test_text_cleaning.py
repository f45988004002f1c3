"""Text from people: whatever it is, it is kept cleaned and bounded."""

# ruff: noqa: RUF001  people write more alphabets than one
from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uniseg.graphemecluster import grapheme_clusters

from pos_recovery.rules.text_cleaning import NOTE_LIMIT, clean, clean_or_none


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("  the egg   muffin\n\twas cold ", "the egg muffin was cold"),
        ("[bold]loud[/bold] [@click=app.exit]x[/]", "[bold]loud[/bold] [@click=app.exit]x[/]"),
        ("a\0b", "ab"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[Hgone", "gone"),
        ("\x9b31mred", "red"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x1bPq#0\x1b\\sixel", "sixel"),
        ("\x1bcreset", "reset"),
        ("\x1b", ""),
        ("abc\u202edesrever\u202c", "abcdesrever"),
        ("\u2066isolated\u2069 \u200eleft\u200f", "isolated left"),
        ("half \ud83d of an emoji", "half of an emoji"),
        ("e\u0301 is one letter", "é is one letter"),
        ("e\u200b\u0301", "é"),
        ("👩\u200d👩\u200d👧\u200d👦 came back ❤\ufe0f", "👩\u200d👩\u200d👧\u200d👦 came back ❤\ufe0f"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u200d \u200c", ""),
        ("\u2028new\u2029lines\x85", "new lines"),
        ("'; DROP TABLE coupon; --", "'; DROP TABLE coupon; --"),
    ],
)
def test_what_is_kept_is_data_and_nothing_else(raw: str, kept: str) -> None:
    assert clean(raw, NOTE_LIMIT) == kept


def test_ten_thousand_characters_become_a_note_with_an_ellipsis() -> None:
    kept = clean("the milk was off " * 600, NOTE_LIMIT)
    assert len(kept) <= NOTE_LIMIT
    assert kept.startswith("the milk was off the milk")
    assert kept.endswith("…")


def test_a_text_of_just_the_limit_is_not_cut() -> None:
    assert clean("x" * 40, 40) == "x" * 40
    assert clean("x" * 41, 40) == "x" * 39 + "…"


@pytest.mark.parametrize("letter", ["👩\u200d👩\u200d👧\u200d👦", "👍🏽", "🇨🇿", "कि", "e\u0301\u0323", "각"])
def test_a_text_is_cut_only_between_what_a_reader_sees_as_characters(letter: str) -> None:
    whole = set(grapheme_clusters(unicodedata.normalize("NFC", letter)))
    assert len(whole) == 1
    for limit in range(12, 24):
        kept = clean(letter * 50, limit)
        assert len(kept) <= limit
        assert set(grapheme_clusters(kept)) == whole | {"…"}


def test_an_endless_pile_of_accents_is_cut_all_the_same() -> None:
    assert len(clean("Z" + "\u0303" * 10_000, NOTE_LIMIT)) == NOTE_LIMIT


def test_a_plain_cut_would_tear_a_family_apart() -> None:
    """The twin: cutting by number alone leaves a lone joiner at the end."""
    assert ("👩\u200d👩\u200d👧\u200d👦" * 50)[:9][-1] == "\u200d"


def test_nothing_stays_nothing() -> None:
    assert clean_or_none(None, 10) is None
    assert clean_or_none(" \x07 ", 10) is None
    assert clean_or_none(" x ", 10) == "x"


ANYTHING = st.text(alphabet=st.characters(codec=None)) | st.lists(
    st.sampled_from(
        ["\x1b[31m", "\x1b]0;", "\x07", "\x9b", "é", "e\u0301", "\u0301", "\u200d", "👩", "\u202e", "\0", " "]
    )
).map("".join)


@given(ANYTHING, st.integers(2, 60))
def test_any_text_comes_out_bounded_without_control_characters_and_stays_as_it_is(raw: str, limit: int) -> None:
    kept = clean(raw, limit)
    assert len(kept) <= limit
    assert not [char for char in kept if not (char.isprintable() or char in "\u200c\u200d")]
    assert kept == kept.strip()
    assert kept == unicodedata.normalize("NFC", kept)
    assert clean(kept, limit) == kept
    kept.encode()
