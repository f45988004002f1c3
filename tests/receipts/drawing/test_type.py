"""Which face, which way, where lines break: what a person who reads the language would notice."""

# ruff: noqa: RUF001  (these are the letters of their languages)

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from bidi import get_display
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from uniseg.graphemecluster import grapheme_clusters
from uniseg.linebreak import line_break_units

from receipts.drawing import text_blocks
from receipts.drawing.shaping import Line, Type, shape_line
from receipts.drawing.text_blocks import block
from receipts.fonts import faces as shipped
from receipts.fonts.faces import _grapheme_clusters, clusters, describe, face, faces, undrawable
from receipts.text_flow import direction
from receipts.text_flow.line_breaks import _ORDINARY, _WORD, _units, break_lines, with_numbers_whole
from receipts.values.errors import UnprintableTextError
from tests.receipts.samples import LANGUAGES, sample

BODY = Type(24)


def _letters(text: str, language: str) -> str:
    """What stands on the paper from left to right, read back through the fonts' own character maps."""
    line = shape_line(text, direction.base_level(text, language), language, BODY)
    names = {
        (each.font.face, glyph): char
        for each in line.glyphs
        for char in set(text)
        if (glyph := each.font.get_nominal_glyph(ord(char)))
    }
    return "".join(names.get((each.font.face, each.glyph), "?") for each in sorted(line.glyphs, key=lambda g: g.x))


def _font_folder() -> Path:
    return Path(shipped.__file__).parent


def _ink(image: Image.Image) -> tuple[int, int, int, int]:
    box = ImageOps.invert(image).getbbox()
    assert box is not None
    return box


# --- faces ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_every_language_is_drawn_and_no_glyph_is_the_empty_box(language: str) -> None:
    slip = sample(language)
    for text in (slip.headline, slip.apology, slip.offer, slip.valid, slip.scan_hint, slip.back_title, *slip.contact):
        line = shape_line(text, 0, language, BODY)
        assert line.glyphs
        assert all(each.glyph for each in line.glyphs)


def test_one_face_alone_would_print_empty_boxes_for_a_web_address_in_hindi() -> None:
    text = "फ़ोन cup.example"
    assert not all(face("latin", "text").draws(char) for char in text)
    assert {each.name for _, each in clusters(text, "hi", "text")} == {
        "NotoSansDevanagari-Medium",
        "AtkinsonHyperlegibleNext-Medium",
    }


def test_punctuation_stays_in_the_face_of_the_word_before_it() -> None:
    assert [each.name for _, each in clusters("مقهى.", "ar", "text")] == ["Vazirmatn-Medium"] * 5
    assert [each.name for _, each in clusters("Café.", "ar", "text")] == ["AtkinsonHyperlegibleNext-Medium"] * 5


def test_japanese_text_keeps_its_own_digits_and_an_english_slip_does_not_borrow_them() -> None:
    assert {each.name for _, each in clusters("2027年2月", "ja", "text")} == {"BIZUDPGothic-Bold"}
    assert {each.name for _, each in clusters("2027", "en", "text")} == {"AtkinsonHyperlegibleNext-Medium"}


def test_a_narrow_no_break_space_does_not_change_the_face_of_the_question_mark_after_it() -> None:
    assert {each.name for _, each in clusters("mieux\u202f?", "fr", "text")} == {"AtkinsonHyperlegibleNext-Medium"}


def test_the_weights_of_a_face_draw_the_same_characters() -> None:
    for text, strong in zip(faces("", "text"), faces("", "strong"), strict=True):
        assert text.code_points == strong.code_points


def test_the_code_is_set_in_a_face_where_every_letter_is_equally_wide_and_no_two_look_alike() -> None:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ-"
    mono = Type(40, "code")
    assert {each.name for _, each in clusters(alphabet, "en", "code")} == {"AtkinsonHyperlegibleMono-Bold"}
    assert len({shape_line(char, 0, "en", mono).advance for char in alphabet}) == 1
    drawn = {char: block(char, "en", mono, 40).tobytes() for char in alphabet + "OIL"}
    assert len(set(drawn.values())) == len(drawn)


def test_every_face_lies_beside_its_licence_and_the_copyright_line_it_demands() -> None:
    folder = _font_folder()
    stems = {font.stem.partition("-")[0] for font in folder.glob("*.ttf")}
    assert stems
    for stem in stems:
        licence = (folder / f"{stem}-OFL.txt").read_text(encoding="utf-8")
        assert licence.startswith("Copyright")
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence


def test_the_faces_are_small_enough_to_ship() -> None:
    assert sum(font.stat().st_size for font in _font_folder().glob("*.ttf")) < 8_000_000


# --- what cannot be drawn ------------------------------------------------------------------------------------------


def test_before_the_combining_marks_each_character_is_a_cluster_of_its_own() -> None:
    """As uniseg has it, whatever stands before and behind; a line break of two characters is for uniseg to say."""
    latin = [char for char in map(chr, range(0x300)) if char != "\r"]
    for text in (
        "".join(latin),
        "".join(latin[::-1]),
        "".join(char + other for char in latin for other in "a\n\u00ad "),
    ):
        assert _grapheme_clusters(text) == tuple(grapheme_clusters(text)) == tuple(text)
    assert _grapheme_clusters("a\r\nb") == ("a", "\r\n", "b")
    assert _grapheme_clusters("Cafe\u0301") == ("C", "a", "f", "e\u0301")


LATIN = [char for char in map(chr, range(0x250)) if _ORDINARY.fullmatch(char)]


@pytest.mark.parametrize("words", ["{0}", "a{0} {0}b", "1{0}2, {0}.", "{0}\u2019{0} {0}? 1", "\u00e9{0}! {0}{0} Y"])
def test_ordinary_words_break_where_unicode_lets_them(words: str) -> None:
    texts = [words.format(letter) for letter in LATIN]
    assert len(texts) > 400
    assert all(map(_ORDINARY.fullmatch, texts))
    assert [_units(text, "") for text in texts] == [tuple(line_break_units(text)) for text in texts]


@settings(max_examples=25, deadline=None)
@given(st.from_regex(_ORDINARY, fullmatch=True))
def test_any_line_of_ordinary_words_breaks_where_unicode_lets_it(text: str) -> None:
    assert _units(text, "") == tuple(line_break_units(text))


def test_words_that_are_not_ordinary_would_break_elsewhere() -> None:
    """The twin: behind a hyphen, and not before an exclamation mark that stands alone."""
    assert [_WORD.findall(text) == list(line_break_units(text)) for text in ("half-full cup", "oh !")] == [False, False]


def test_undrawable_characters_are_named_in_order_and_once() -> None:
    assert undrawable("A ☃ and 😀 and ☃") == ("☃", "😀")
    assert [describe(char) for char in undrawable("☃\x1b")] == ["☃ U+2603 SNOWMAN", "U+001B a control character"]


@pytest.mark.parametrize(
    "text", ["Straße", "Řekněte", "ñ", "e\u0301", "مقهى", "كلَّ", "क्षि ज़्यादा", "髙島屋 ﾊﾝｶｸ", "Ω Жук", "a\tb\r\nc"]
)
def test_what_a_store_may_be_called_is_drawable(text: str) -> None:
    assert undrawable(text) == ()


@pytest.mark.parametrize("text", ["\x00", "\x1b[31m", "\ud800", "\ue000", "\uffff", "한", "ไทย"])
def test_controls_halves_of_characters_and_scripts_without_a_face_are_refused_by_name(text: str) -> None:
    refused = undrawable(text)
    assert refused
    with pytest.raises(UnprintableTextError) as refusal:
        block(text, "en", BODY, 300)
    assert refusal.value.characters == refused
    assert all(describe(char).isprintable() for char in refused)


def test_a_description_never_carries_a_control_character_to_the_terminal() -> None:
    assert describe("\x9b") == "U+009B a control character"
    assert describe("\u202e") == "U+202E RIGHT-TO-LEFT OVERRIDE"
    assert describe("\ue000") == "U+E000 unassigned"


# --- direction -----------------------------------------------------------------------------------------------------


def test_arabic_words_run_from_the_right_and_latin_words_inside_them_from_the_left() -> None:
    text = "في Harbour"
    assert _letters(text, "ar").startswith("Harbour")


def test_a_telephone_number_keeps_its_groups_in_order_inside_arabic() -> None:
    text = "هاتف 0800 123 4567"
    assert _letters(text, "ar").startswith("0800 123 4567")


def test_the_plain_algorithm_would_turn_the_groups_of_a_telephone_number_around() -> None:
    assert get_display("هاتف 0800 123 4567").startswith("4567 123 0800")


def test_an_international_number_keeps_its_plus_in_front_inside_arabic() -> None:
    assert _letters("اتصل +1 (800) 555-0199", "ar").startswith("+1 (800) 555-0199")
    assert not get_display("اتصل +1 (800) 555-0199").startswith("+1")


def test_a_web_address_keeps_its_last_slash_at_its_end_inside_arabic() -> None:
    assert _letters("زوروا cup.example/c/", "ar").startswith("cup.example/c/")
    assert not get_display("زوروا cup.example/c/").startswith("cup.example/c/")


def test_two_prices_in_arabic_are_not_one_number() -> None:
    assert _letters("من 10 إلى 20", "ar").startswith("20")


def test_brackets_face_the_right_way_in_arabic() -> None:
    mirrored = _letters("مقهى (وسط) جديد", "ar")
    assert mirrored.index("(") < mirrored.index(")")


def test_a_line_without_letters_runs_the_way_its_language_does() -> None:
    assert direction.base_level("...", "ar") == 1
    assert direction.base_level("...", "en") == 0
    assert direction.base_level("Harbour", "ar") == 0


def test_a_joiner_inside_a_persian_word_does_not_tear_it_apart_in_an_english_line() -> None:
    text = "Café می\u200cخواهم"
    found = direction.levels(text, 0)
    assert set(found[5:]) == {1}


def test_runs_are_reordered_by_level_as_in_the_standard() -> None:
    assert direction.visual_order([]) == []
    assert direction.visual_order([0, 1, 0]) == [0, 1, 2]
    assert direction.visual_order([1, 2, 1]) == [2, 1, 0]
    assert direction.visual_order([0, 1, 2, 1, 0]) == [0, 3, 2, 1, 4]
    assert direction.visual_order([2, 2, 1]) == [2, 0, 1]


def test_arabic_letters_join() -> None:
    joined, apart = block("كوب", "ar", BODY, 300), block("ك\u200cو\u200cب", "ar", BODY, 300)
    assert joined.tobytes() != apart.tobytes()
    assert _ink(joined)[2] - _ink(joined)[0] < _ink(apart)[2] - _ink(apart)[0]


def test_the_short_i_of_hindi_stands_before_the_letter_it_follows() -> None:
    with_i, without = _ink(block("कि", "hi", BODY, 300)), _ink(block("क", "hi", BODY, 300))
    assert with_i[2] - with_i[0] > without[2] - without[0]
    assert _letters("कि", "hi")[-1] == "क"


# --- lines ---------------------------------------------------------------------------------------------------------


def _lines(text: str, width: float) -> list[str]:
    return break_lines(text, width, lambda part: float(len(part)))


def test_lines_are_few_and_then_even() -> None:
    assert _lines("A cup should never be half empty", 14) == ["A cup should", "never be", "half empty"]
    greedy = ["A cup should", "never be half", "empty"]
    assert _spread(_lines("A cup should never be half empty", 14)) < _spread(greedy)


def _spread(lines: list[str]) -> int:
    return max(map(len, lines)) - min(map(len, lines))


KINSOKU = "、。」』）！？ーっゃゅょ々"


@pytest.mark.parametrize("width", range(4, 16))
def test_no_japanese_line_starts_with_a_mark_that_must_not_start_one(width: int) -> None:
    text = "「カップ」は、いつも（本当に）いっぱいで。ちょっと待って、ねえ！人々は"
    lines = _lines(text, width)
    assert "".join(lines) == text
    assert not any(line[0] in KINSOKU for line in lines)
    assert not any(line[-1] in "「（" for line in lines)
    assert all(len(line) <= width for line in lines)


def test_cutting_japanese_by_width_alone_would_start_lines_with_such_marks() -> None:
    text = "「カップ」は、いつも（本当に）いっぱいで。ちょっと待って、ねえ！人々は"
    cut = [text[start : start + 7] for start in range(0, len(text), 7)]
    assert any(line[0] in KINSOKU for line in cut)


def test_japanese_breaks_after_a_particle_rather_than_inside_a_word() -> None:
    assert _lines("ご意見をお聞かせください", 8) == ["ご意見を", "お聞かせください"]


def test_a_one_letter_word_does_not_hang_at_the_end_of_a_line() -> None:
    assert not any(line.endswith((" k", " v")) for line in _lines("přijďte k nám a v klidu si sedněte v koutku", 13))


def test_a_word_wider_than_the_line_is_cut_between_letters_and_not_inside_one() -> None:
    lines = _lines("Donaudampfschiff e\u0301e\u0301e\u0301e\u0301e\u0301", 5)
    assert all(len(line) <= 5 for line in lines)
    assert not any(unicodedata.combining(line[0]) for line in lines)


def test_a_telephone_number_is_never_broken_over_two_lines() -> None:
    text = with_numbers_whole("Call 0800 123 4567 now")
    assert any("0800\u00a0123\u00a04567" in line for line in _lines(text, 14))
    assert not any("0800 123 4567" in line for line in _lines("Call 0800 123 4567 now", 12))


def test_a_soft_hyphen_shows_only_where_a_line_ends() -> None:
    whole = block("Wieder\u00adgutmachung", "de", BODY, 400)
    assert whole.tobytes() == block("Wiedergutmachung", "de", BODY, 400).tobytes()
    broken = block("Wieder\u00adgutmachung", "de", BODY, 150)
    assert broken.tobytes() == block("Wieder-\ngutmachung", "de", BODY, 150).tobytes()


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\u2028", "\x0b"])
def test_every_kind_of_line_break_breaks_the_line(ending: str) -> None:
    assert block(f"one{ending}two", "en", BODY, 300).tobytes() == block("one\ntwo", "en", BODY, 300).tobytes()


def test_a_ligature_wider_than_the_paper_is_made_smaller_rather_than_cut_off() -> None:
    image = block("ffffffff—", "en", Type(200), 60)
    left, _, right, _ = _ink(image)
    assert right - left <= 60


def test_marks_heaped_on_a_letter_push_lines_apart_instead_of_colliding() -> None:
    heaped = "a" + "\u0302" * 6
    plain, pushed = block("a\na", "en", BODY, 100), block(f"{heaped}\n{heaped}", "en", BODY, 100)
    assert pushed.height >= plain.height


ANY_TEXT = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("abcXYZ 019-+/.,()ěščřäöüßéñ"),
        st.characters(min_codepoint=0x0600, max_codepoint=0x06FF),
        st.characters(min_codepoint=0x0900, max_codepoint=0x097F),
        st.characters(min_codepoint=0x3000, max_codepoint=0x30FF),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
        st.sampled_from("\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2069\u00ad\n\t "),
    ),
    max_size=300,
)


@settings(deadline=None, max_examples=60)
@given(text=ANY_TEXT, language=st.sampled_from(LANGUAGES), width=st.sampled_from([60, 336, 528]))
def test_any_text_is_either_set_within_the_width_or_refused_by_name(text: str, language: str, width: int) -> None:
    refused = undrawable(text)
    if refused:
        with pytest.raises(UnprintableTextError):
            block(text, language, BODY, width)
        return
    image = block(text, language, BODY, width)
    assert image.width == width
    for line in _set(text, language, width):
        assert all(each.glyph for each in line.glyphs)
        assert line.right - line.left <= width * 64


def _set(text: str, language: str, width: int) -> Iterator[Line]:
    for line, base in text_blocks._broken(text, language, BODY, width):
        yield text_blocks._fitted(line, base, language, BODY, width)
