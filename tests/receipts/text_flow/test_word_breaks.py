"""Where lines end in scripts without spaces: between words, and never inside what a reader sees as one letter."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uniseg.graphemecluster import grapheme_clusters
from uniseg.linebreak import line_break_units

from receipts.drawing.page import first_sentence
from receipts.text_flow import icu_words, line_breaks, word_breaks
from receipts.text_flow.line_breaks import break_lines, breaks_words

needs_icu = pytest.mark.skipif(icu_words.breaker() is None, reason="this machine has no ICU with dictionaries")


def pieces(text: str, language: str = "") -> list[str]:
    """`text` taken apart wherever a line may end."""
    return [each.rstrip() for each in line_breaks._units(text, language)]


def ends(parts: list[str]) -> set[int]:
    """Where parts meet."""
    return {sum(map(len, parts[:number])) for number in range(1, len(parts))}


@needs_icu
@pytest.mark.parametrize(
    "text",
    [
        "กรุณา|นำ|ใบ|นี้|มา|ที่|ร้าน|แล้ว|สแกน|รหัส|ด้าน|ล่าง",
        "เครื่อง|ดื่ม|ใดๆ|ฟรี",
        "ຮ້ານ|ກາເຟ|ແຄມ|ນ້ຳ|ຂອງ|ວຽງຈັນ",
        "ហាង|កាហ្វេ|មាត់ទន្លេ|ភ្នំពេញ",
        "ကော်ဖီ|ဆိုင်",
    ],
)
def test_thai_lao_khmer_and_burmese_break_between_words(text: str) -> None:
    whole = text.replace("|", "")
    assert len(list(line_break_units(whole))) == 1  # UAX #14 alone knows no word in it
    found = pieces(whole)
    assert len(found) > 1
    assert ends(found) <= ends(text.split("|"))


def test_without_icu_thai_still_breaks_and_burmese_between_its_syllables() -> None:
    assert word_breaks.without_dictionary("ถ้วยกาแฟไม่ควรมีแค่ครึ่งเดียว", "thai") == (
        *("ถ้วย", "กาแฟ", "ไม่", "ควร", "มี", "แค่", "ครึ่ง", "เดียว"),
    )
    assert word_breaks.without_dictionary("ကော်ဖီဆိုင်", "burmese") == ("ကော်", "ဖီ", "ဆိုင်")
    assert word_breaks.without_dictionary("ហាងកាហ្វេ", "khmer") == ("ហាងកាហ្វេ",)


@pytest.mark.parametrize("text", ["เครื่องดื่มที่เย็นๆแก้วใหญ่น้ำเงิน", "ភ្នំពេញកាហ្វេស្ត្រី", "သင်္ဘောကမ္ဘာ"])
def test_a_word_longer_than_the_line_is_cut_where_no_letter_is_torn(text: str) -> None:
    by_clusters = [
        before + after for before, after in pairwise(grapheme_clusters(text)) if not word_breaks.may_part(before, after)
    ]
    assert by_clusters  # cut between any two grapheme clusters, a letter would be torn
    for width in range(3, 9):
        lines = break_lines(text, width, len)
        assert "".join(lines) == text
        assert all(word_breaks.may_part(before, after) for before, after in pairwise(lines))


def test_chinese_breaks_between_phrases() -> None:
    text = "上海滨江大道咖啡馆"
    assert pieces(text) == ["上海", "滨江", "大道", "咖啡馆"]
    assert list(line_break_units(text)) == list(text)  # UAX #14 allows a break anywhere
    assert break_lines(text, 7, len) == ["上海滨江", "大道咖啡馆"]
    assert not breaks_words(["上海滨江", "大道咖啡馆"])


def test_traditional_characters_are_told_from_simplified_ones() -> None:
    assert word_breaks.is_traditional("咖啡館歡迎您", "en")
    assert not word_breaks.is_traditional("咖啡馆欢迎您", "en")
    assert word_breaks.is_traditional("中文", "zh-TW")
    assert not word_breaks.is_traditional("咖啡館", "zh")


def test_japanese_is_broken_by_its_own_rules() -> None:
    assert not word_breaks.is_chinese("珈琲は港で", "en")
    assert not word_breaks.is_chinese("港町珈琲店", "ja")
    assert breaks_words(["港町珈", "琲店"], "ja")


def test_korean_breaks_at_its_spaces_and_inside_a_word_only_where_it_is_longer_than_the_line() -> None:
    text = "다음 음료는 저희가 대접합니다"
    assert pieces(text) == text.split()
    assert len(list(line_break_units(text))) > len(text.split())  # UAX #14 breaks between syllables
    assert break_lines("대접합니다", 3, len) == ["대접합", "니다"]


@settings(max_examples=60, deadline=None)
@given(st.text("กาแฟรเไๆ้ ກາເ ហ្វេ ကော်ဖီ 咖啡馆 카페 aé", max_size=30), st.integers(1, 9))
def test_whatever_is_broken_is_all_there(text: str, width: int) -> None:
    lines = break_lines(text, width, len)
    assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("offer", "promise"),
    [
        ("Your next drink\nis on the house.\nAny size.", "Your next drink\nis on the house."),
        ("เครื่องดื่มแก้วต่อไปฟรี\nทุกขนาด", "เครื่องดื่มแก้วต่อไปฟรี"),
        ("ភេសជ្ជៈ\nឥតគិតថ្លៃ។\nគ្រប់ទំហំ។", "ភេសជ្ជៈ\nឥតគិតថ្លៃ។"),
        ("Any drink\nany size", "Any drink\nany size"),
    ],
)
def test_the_promise_is_the_first_sentence_and_thai_has_no_mark_that_ends_one(offer: str, promise: str) -> None:
    assert first_sentence(offer)[0] == promise
