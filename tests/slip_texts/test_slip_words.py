"""The words on the slip: complete, short, well set in each language, and checked before a guest reads them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest

import pos_recovery
from pos_recovery.slip_texts.reasons import load_reasons
from pos_recovery.slip_texts.slip_words import (
    LONGEST,
    SHIPPED,
    TEXTS,
    Words,
    WordsError,
    date_line,
    language_choices,
    languages,
    load_words,
)
from receipts.fonts.faces import undrawable

PORTUGUESE: dict[str, object] = {
    "name": "Português",
    "headline": "Nenhuma xícara deveria ficar pela metade",
    "apology": "Hoje não cuidamos bem de você. Sentimos muito.",
    "offer": "A próxima bebida é por nossa conta.",
    "valid": "Válido até {date}",
    "scan_hint": "Mostre este papel no balcão.",
    "back_title": "Conte-nos como fazer melhor",
    "back_text": "O que deu errado? Uma pessoa lê cada palavra.",
    "phone": "Ligue: {phone}",
    "web": "Escreva: {web}",
    "back_thanks": "Obrigado.",
    "copy": "CÓPIA {n}",
    "practice": "TREINO",
    "greeting": "Que bom ver você de novo.",
}


def every_text(words: Words) -> list[str]:
    return [getattr(words, key) for key in TEXTS] + list(words.apologies.values())


def refusal(overrides: dict[str, dict[str, object]], language: str = "en") -> str:
    with pytest.raises(WordsError) as caught:
        load_words(language, overrides)
    message = str(caught.value)
    assert "\n" not in message
    return message


# What is shipped


def test_the_files_on_disk_are_the_languages_we_say_we_ship() -> None:
    folder = Path(pos_recovery.__file__).parent / "slip_texts" / "words"
    assert {path.stem for path in folder.iterdir()} == set(SHIPPED) == set(languages())


def test_every_language_introduces_itself() -> None:
    assert [name for _, name in language_choices()] == [
        "English",
        "Español",
        "Français",
        "Deutsch",
        "Čeština",
        "العربية",
        "हिन्दी",
        "日本語",
    ]


@pytest.mark.parametrize("language", SHIPPED)
def test_shipped_words_pass_every_check_a_store_s_own_words_pass(language: str) -> None:
    words = load_words(language)
    as_if_configured = {key: getattr(words, key) for key in TEXTS} | {"apologies": dict(words.apologies)}
    assert load_words(language, {language: as_if_configured}) == words


@pytest.mark.parametrize("language", SHIPPED)
def test_shipped_words_can_all_be_drawn(language: str) -> None:
    assert undrawable("".join(every_text(load_words(language)))) == ()


@pytest.mark.parametrize("language", SHIPPED)
def test_shipped_words_fit_small_paper(language: str) -> None:
    words = load_words(language)
    assert max(map(len, every_text(words))) <= 100 < LONGEST
    assert len(words.headline) <= 50


@pytest.mark.parametrize("language", SHIPPED)
def test_each_shipped_reason_but_the_open_one_has_an_apology_of_its_own(language: str) -> None:
    words = load_words(language)
    assert [*words.apologies, "other"] == [reason.id for reason in load_reasons()]
    assert len(set(words.apologies.values())) == 8
    assert words.apology_for("late") == words.apologies["late"]
    assert words.apology_for("other") == words.apology_for("a_reason_of_the_stores_own") == words.apology


@pytest.mark.parametrize("language", SHIPPED)
def test_no_typewriter_marks_and_no_stray_spaces(language: str) -> None:
    for text in every_text(load_words(language)):
        assert not re.search(r"['\"`]|--|\.\.\.|  |^\s|\s$", text), text
        assert unicodedata.is_normalized("NFC", text), text


def test_the_headline_of_the_product_stands_as_it_is() -> None:
    assert load_words("en").headline == "A cup should never be half empty"


UNGLUED = {
    "fr": re.compile(r"(?<!\u00a0)[:;?!»]|«(?!\u00a0)"),
    "cs": re.compile(r"(?<!\w)[kvszouai] ", re.IGNORECASE),
}


@pytest.mark.parametrize("language", UNGLUED)
def test_what_must_not_stand_alone_at_the_end_of_a_line_is_glued(language: str) -> None:
    assert [text for text in every_text(load_words(language)) if UNGLUED[language].search(text)] == []


@pytest.mark.parametrize("language", UNGLUED)
def test_with_plain_spaces_the_check_for_glue_would_complain(language: str) -> None:
    texts = [text.replace("\u00a0", " ") for text in every_text(load_words(language))]
    assert [text for text in texts if UNGLUED[language].search(text)]


GENDERED = {  # a past tense, adjective or title that says the guest is a man or a woman
    "es": re.compile(r"\b(bienvenid[oa]|señora?|atendid[oa]|querid[oa])\b", re.IGNORECASE),
    "fr": re.compile(r"\b(monsieur|madame|venue?s? chez nous|bienvenue?|cher|chère)\b", re.IGNORECASE),
    "cs": re.compile(r"\w+(al|el|il|yl|la)[ \u00a0]jste\b|jste[ \u00a0]\w+l[ai]?\b|\brádi?a\b"),
    "hi": re.compile(r"आप [^।]*(आए थे|आई थीं|चाहते|चाहती)"),
}


@pytest.mark.parametrize("language", GENDERED)
def test_the_slip_does_not_guess_whether_the_guest_is_a_man_or_a_woman(language: str) -> None:
    assert [text for text in every_text(load_words(language)) if GENDERED[language].search(text)] == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Sea bienvenido."),
        ("fr", "Bienvenue, cher client."),
        ("cs", "Dlouho jste čekal."),
        ("cs", "Byla jste u nás."),
        ("cs", "To, na co jste měli chuť."),
        ("hi", "आप जिसके लिए आए थे।"),
    ],
)
def test_a_slip_that_guessed_would_be_noticed(language: str, text: str) -> None:
    assert GENDERED[language].search(text)


# The date


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Good through Wednesday, February 10, 2027"),
        ("es", "Válido hasta el miércoles, 10 de febrero de 2027"),
        ("fr", "Valable jusqu\u2019au mercredi 10 février 2027 inclus"),
        ("de", "Gültig bis einschließlich Mittwoch, 10. Februar 2027"),  # codespell:ignore
        ("cs", "Poslední den platnosti: středa 10. února 2027"),
        ("ar", "صالحة حتى يوم الأربعاء، 10 فبراير 2027"),
        ("hi", "बुधवार, 10 फ़रवरी 2027 तक मान्य"),
        ("ja", "有効期限\n2027年2月10日水曜日"),
    ],
)
def test_the_last_day_reads_right_in_the_guest_s_language(language: str, line: str) -> None:
    assert load_words(language).valid.format(date=date_line(date(2027, 2, 10), language)) == line


def test_a_french_month_begins_with_premier() -> None:
    assert date_line(date(2027, 2, 1), "fr") == "lundi 1er février 2027"
    assert date_line(date(2027, 2, 1), "fr-CA") == "lundi 1er février 2027"
    assert date_line(date(2027, 2, 11), "fr") == "jeudi 11 février 2027"


def test_babel_alone_would_not_begin_a_french_month_with_premier() -> None:
    from babel.dates import format_date

    assert format_date(date(2027, 2, 1), "full", "fr") == "lundi 1 février 2027"


@pytest.mark.parametrize(
    ("language", "line"), [("pt-BR", "segunda-feira, 8 de fevereiro de 2027"), ("en-GB", "Monday, 8 February 2027")]
)
def test_a_language_with_a_region_is_understood(language: str, line: str) -> None:
    assert date_line(date(2027, 2, 8), language) == line


@pytest.mark.parametrize("language", ["tlh", "x", "", "not a language"])
def test_a_language_babel_does_not_know_gets_a_date_anybody_can_read(language: str) -> None:
    assert date_line(date(2027, 2, 8), language) == "2027-02-08"


# A store's own words


def test_a_store_may_say_one_thing_differently() -> None:
    own = load_words(
        "de", {"de": {"headline": "  Bei uns bleibt keine Tasse leer ", "apologies": {"late": "Verzeihung."}}}
    )
    shipped = load_words("de")
    assert own.headline == "Bei uns bleibt keine Tasse leer"
    assert own.apology_for("late") == "Verzeihung."
    assert own.apology_for("spilled") == shipped.apology_for("spilled")
    assert own.offer == shipped.offer
    assert shipped.headline == "Keine Tasse soll halb leer bleiben"


def test_a_store_may_bring_a_language_of_its_own() -> None:
    own = {"pt-BR": PORTUGUESE}
    assert languages(own) == (*SHIPPED, "pt-BR")
    assert language_choices(own)[-1] == ("pt-BR", "Português")
    words = load_words("pt-BR", own)
    assert words.language == "pt-BR"
    assert words.apology_for("late") == PORTUGUESE["apology"]


def test_a_new_language_lacks_nothing() -> None:
    own = {key: text for key, text in PORTUGUESE.items() if key not in {"offer", "copy"}}
    assert refusal({"pt-BR": own}, "pt-BR") == "words.pt-BR is a language of your own and lacks offer, copy"


def test_a_mistyped_language_is_not_taken_for_a_new_one() -> None:
    assert "words.eng is a language of your own and lacks name, apology" in refusal({"eng": {"headline": "Hi"}}, "eng")
    assert refusal({"eng": {"headline": "Hi"}}, "eng").endswith("; nearest: en")
    assert refusal({"EN": {"headline": "Hi"}}, "EN") == "words.EN: a language is written like en, ast or pt-BR"


def test_a_language_nobody_wrote_is_named_with_the_ones_there_are() -> None:
    assert refusal({}, "pt") == "no words for language 'pt'; there are en, es, fr, de, cs, ar, hi, ja"
    assert refusal({}, "jp") == "no words for language 'jp'; nearest: ja"


def test_an_apology_may_be_written_for_a_reason_of_the_store_s_own() -> None:
    own = {"en": {"apologies": {"too_loud": "It was too loud in here, and we're sorry."}}}
    words = load_words("en", own, own_reasons=["too_loud"])
    assert words.apology_for("too_loud") == "It was too loud in here, and we're sorry."
    with pytest.raises(WordsError, match=r"words\.en\.apologies\.too_loud: no such reason"):
        load_words("en", own)


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"headlin": "Hello"}, "words.en.headlin: no such text; nearest: headline"),
        ({"language": "en"}, "words.en.language: no such text; nearest: name"),
        ({"headline": 7}, "words.en.headline must be text in quotes, not 7"),
        ({"headline": " "}, "words.en.headline must not be empty"),
        ({"headline": "x" * 161}, "words.en.headline is 161 characters long, 160 is the most"),
        ({"headline": "a\x1b[31m"}, "words.en.headline holds the control character U+001B"),
        ({"headline": "a\u202eb"}, "words.en.headline holds the control character U+202E"),
        ({"headline": "On {date}"}, "words.en.headline: nothing fills in {date} here"),
        ({"valid": "Until {dat}"}, "words.en.valid: nothing fills in {dat} here; {date} is filled in"),
        ({"valid": "Until {date:%Y}"}, "words.en.valid: nothing fills in {date:%Y} here; {date} is filled in"),
        ({"valid": "Until {date.year}"}, "words.en.valid: nothing fills in {date.year} here; {date} is filled in"),
        ({"valid": "Until {{date}}"}, "words.en.valid: nothing fills in { here; {date} is filled in"),
        ({"valid": "Until soon"}, "words.en.valid must say where {date} goes"),
        ({"copy": "COPY"}, "words.en.copy must say where {n} goes"),
        ({"phone": "Call {web}"}, "words.en.phone: nothing fills in {web} here; {phone} is filled in"),
        ({"apologies": "Sorry"}, "words.en.apologies must be a table of texts, not 'Sorry'"),
        ({"apologies": {"lat": "Sorry"}}, "words.en.apologies.lat: no such reason; nearest: late"),
        ({"apologies": {"late": ""}}, "words.en.apologies.late must not be empty"),
    ],
)
def test_a_text_that_cannot_go_on_a_slip_is_refused_in_one_line(own: dict[str, object], message: str) -> None:
    assert refusal({"en": own}) == message


@pytest.mark.parametrize("key", [key for key in TEXTS if key not in {"name", "phone"}])
def test_no_text_may_attach_strings(key: str) -> None:
    blank = {"valid": "{date}", "web": "{web}", "copy": "{n}"}.get(key, "")
    message = refusal({"en": {key: f"Free with any purchase {blank}"}})
    assert (
        message == f"words.en.{key}: 'with any purchase' asks something of the guest; a recovery coupon has no strings"
    )


def test_opening_hours_beside_the_phone_number_are_no_strings() -> None:
    assert load_words("en", {"en": {"phone": "Call {phone}, weekdays only"}}).phone == "Call {phone}, weekdays only"


def test_a_settings_file_with_a_sentence_for_a_table_is_refused() -> None:
    with pytest.raises(WordsError, match=r"words\.en must be a table of texts, not 'Hello'"):
        load_words("en", {"en": "Hello"})  # type: ignore[dict-item]


def test_filled_in_words_are_what_str_format_makes_of_them() -> None:
    for language in SHIPPED:
        words = load_words(language)
        assert "1-800" in words.phone.format(phone="1-800")
        assert "cup.example" in words.web.format(web="cup.example")
        assert "2" in words.copy.format(n=2)
