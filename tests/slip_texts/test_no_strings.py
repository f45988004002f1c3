"""The guard against strings: what it must refuse and what it must let through, in eight languages."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_recovery.slip_texts.no_strings import _plain, sales_talk, strings_attached
from pos_recovery.slip_texts.reasons import load_reasons
from pos_recovery.slip_texts.slip_words import SHIPPED, TEXTS, load_words
from pos_recovery.system.package_files import shipped_toml

SAMPLES = tomllib.loads(Path(__file__).with_name("no_strings_samples.toml").read_text("utf-8"))


def sentences(kind: str) -> list[str]:
    return [sentence for table in SAMPLES.values() for sentence in table[kind]]


@pytest.mark.parametrize("sentence", sentences("caught"))
def test_a_text_that_asks_for_something_is_caught(sentence: str) -> None:
    assert strings_attached(sentence)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_english_is_read_as_it_is_among_other_letters(text: str) -> None:
    alone, places = _plain(text)
    among, moved = _plain(f"\u00e9{text}")
    assert (alone, places) == (among[1:], [place - 1 for place in moved[1:]]) or text.startswith(" ")


@pytest.mark.parametrize("sentence", sentences("passes"))
def test_a_text_that_asks_for_nothing_passes(sentence: str) -> None:
    assert strings_attached(sentence) is None


def test_the_phrases_and_the_samples_speak_every_shipped_language() -> None:
    assert tuple(SAMPLES) == tuple(shipped_toml("slip_texts/no_strings.toml")) == SHIPPED


def spelled_out(phrase: str) -> str:
    return phrase.replace("…", "abc").replace("*", "").replace("#", "12")


@pytest.mark.parametrize("language", SHIPPED)
def test_every_phrase_on_the_list_finds_itself(language: str) -> None:
    table = shipped_toml("slip_texts/no_strings.toml")[language]
    assert [phrase for phrase in table["asks"] if not strings_attached(spelled_out(phrase))] == []
    assert [phrase for phrase in table["sells"] if not sales_talk(spelled_out(phrase))] == []
    assert [phrase for phrase in table["allows"] if strings_attached(spelled_out(phrase))] == []


@given(st.text(max_size=80), st.sampled_from(sentences("caught")))
def test_whatever_stands_around_it_the_guard_answers_with_a_part_of_the_text(around: str, text: str) -> None:
    for whole in (around, f"{around}\n{text}", f"{text} {around}"):
        phrase = strings_attached(whole)
        assert phrase is None or phrase in whole


def test_the_phrase_is_given_back_as_it_was_written() -> None:
    assert strings_attached("Un café offert à  l\u2019ACHAT d'un autre") == "à  l\u2019ACHAT"


@pytest.mark.parametrize(
    "hidden",
    [
        "WITH PURCHASE",
        "with\npurchase",
        "with\u00a0purchase",
        "wi\u00adth pur\u200bchase",
        "wïth pürchase",
        "\uff57ith purchase",
    ],
)
def test_case_spacing_accents_and_invisible_characters_hide_nothing(hidden: str) -> None:
    assert strings_attached(f"A drink {hidden}.") == hidden


def test_a_promise_of_no_strings_does_not_excuse_a_string_beside_it() -> None:
    assert strings_attached("No purchase necessary, but free only with purchase.") == "with purchase"


def test_a_condition_does_not_reach_into_the_next_sentence() -> None:
    assert strings_attached("Come with a friend. A purchase is never asked for.") is None
    assert strings_attached("Come with a friend, a purchase is asked for.") == "with a friend, a purchase"


def test_a_phrase_inside_a_longer_word_is_not_that_phrase() -> None:
    assert strings_attached("Mit Freude verkaufen wir.") is None
    assert strings_attached("Mit Freude kaufen.") == "Mit Freude kaufen"
    assert strings_attached("هل تريدون شراءه بشرط؟") == "بشرط"


@pytest.mark.parametrize("prefix", ["", "ال", "وال", "و", "بال", "لل"])
def test_an_arabic_prefix_hides_nothing(prefix: str) -> None:
    assert strings_attached(f"لكم {prefix}خصم") == f"{prefix}خصم"


@pytest.mark.parametrize("language", SHIPPED)
def test_our_own_words_keep_the_rule_they_enforce(language: str) -> None:
    words = load_words(language)
    texts = [getattr(words, key) for key in TEXTS] + list(words.apologies.values())
    assert [strings_attached(text) or sales_talk(text) for text in texts] == [None] * len(texts)


def test_our_own_playbooks_sell_nothing() -> None:
    lines = [line for reason in load_reasons() for line in (reason.say, *dict(reason.playbook).values())]
    assert [strings_attached(line) or sales_talk(line) for line in lines] == [None] * len(lines)


@pytest.mark.parametrize(
    ("line", "phrase"),
    [
        ("Offer an upgrade to a large.", "upgrade"),
        ("“Would you like to add a cookie?”", "Would you like to add"),
        ("Sugerir: ¿Quiere añadir un bollo?", "Quiere añadir"),
        ("「ケーキもいかがですか」", "もいかがですか"),
        ("Add a napkin and a smile.", None),
        ("お加減はいかがですか", None),
    ],
)
def test_a_barista_is_never_told_to_sell(line: str, phrase: str | None) -> None:
    assert sales_talk(line) == phrase
