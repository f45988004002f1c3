"""What the slip says, in the guest's language. Eight languages are shipped; a store may change or add to them.

One TOML file per language in `words/`. A store's own sentences come from the tables `[words.<language>]` of its
settings file; each is checked here when it is configured, so that no guest is the first to read a mistake.

Refused: a sentence missing or unknown, a blank that nobody fills (`{dat}`), and strings attached (`no_strings.py`).

Traps of Babel, which writes the date: it takes `pt_BR`, we speak BCP 47 (`pt-BR`); it inflects no weekday, so a
sentence around `{date}` must leave it in the nominative; it writes a French first of the month as `1`; its months for
`ar` are those of Egypt and the Gulf; and importing it costs 35 ms, so that happens when the first date is written.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from pos_recovery.rules.spelling import hint
from pos_recovery.slip_texts.no_strings import strings_attached
from pos_recovery.system.package_files import shipped_toml

# WordsError (ValueError)    a language nobody wrote, or a sentence a slip must not carry


class WordsError(ValueError):
    """The words in the settings cannot go on a slip. One line: table, key, what is wrong, the nearest valid value."""


SHIPPED: Final = ("en", "es", "fr", "de", "cs", "ar", "hi", "ja")

LONGEST: Final = 160
"""Characters of the longest text a store may configure: some seven lines on 58 mm, all a guest reads standing up."""

_BLANKS: Final = {"valid": "date", "phone": "phone", "web": "web", "copy": "n"}
_UNGUARDED: Final = frozenset({"name", "phone"})  # opening hours belong beside a phone number
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_CONTROLS: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # C0, C1, bidi overrides
_BRACES: Final = re.compile(r"\{[^{}\n]*\}|[{}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Everything a slip says in one language, checked. `str.format` fills the blanks, which are those named here."""

    language: str
    """BCP 47, as in the settings file: `en`, `pt-BR`."""
    name: str
    """The language's own name, for a list to choose from."""
    headline: str
    apology: str
    """For a reason that has none of its own in `apologies`; see `apology_for`."""
    offer: str
    valid: str
    """Has `{date}`, which `date_line` writes."""
    scan_hint: str
    back_title: str
    back_text: str
    phone: str
    """Has `{phone}`."""
    web: str
    """Has `{web}`."""
    back_thanks: str
    copy: str
    """Has `{n}`, the number of the copy."""
    practice: str
    greeting: str
    """Spoken by the shift lead when the guest comes back, not printed."""
    apologies: Mapping[str, str]
    """Reason id to the sentence that names what went wrong."""

    def apology_for(self, reason: str) -> str:
        """The sentence for a reason id; the general one when the reason, perhaps the store's own, has none."""
        return self.apologies.get(reason, self.apology)


TEXTS: Final = tuple(field.name for field in fields(Words) if field.name not in {"language", "apologies"})
"""The keys every language must have."""


def languages(overrides: Mapping[str, Mapping[str, object]] | None = None) -> tuple[str, ...]:
    """Ids of the languages a slip can speak: the shipped ones, then the store's own in the order of its settings."""
    return SHIPPED + tuple(language for language in overrides or () if language not in SHIPPED)


def language_choices(overrides: Mapping[str, Mapping[str, object]] | None = None) -> tuple[tuple[str, str], ...]:
    """Pairs of id and own name, for a list on a screen. Raises WordsError as `load_words` does."""
    return tuple((language, load_words(language, overrides).name) for language in languages(overrides))


def load_words(
    language: str,
    overrides: Mapping[str, Mapping[str, object]] | None = None,
    *,
    own_reasons: Collection[str] = (),
) -> Words:
    """The words of one language, with the store's own in place of the shipped ones.

    Args:
        language: BCP 47; a shipped one or a table of `overrides`.
        overrides: the tables under `[words]` of the settings file, by language. A shipped language may change any
            text; a language of the store's own must have all of `TEXTS`. Apologies by reason are welcome in both.
        own_reasons: ids of reasons the store added; they may have an apology as the shipped ones do.

    Raises:
        WordsError: no such language, or a text that cannot go on a slip.
    """
    own = (overrides or {}).get(language)
    if own is None:
        if language not in SHIPPED:
            raise WordsError(f"no words for language {language!r}{hint(language, languages(overrides))}")
        return _shipped(language)
    where = f"words.{language}"
    if not isinstance(own, Mapping):
        raise WordsError(f"{where} must be a table of texts, not {own!r}")
    if not _LANGUAGE.fullmatch(language):
        raise WordsError(f"{where}: a language is written like en, ast or pt-BR")
    if unknown := next((key for key in own if key not in TEXTS and key != "apologies"), None):
        raise WordsError(f"{where}.{unknown}: no such text{hint(unknown, (*TEXTS, 'apologies'))}")
    texts = {key: _checked(key, value, f"{where}.{key}") for key, value in own.items() if key != "apologies"}
    apologies = _own_apologies(own.get("apologies", {}), f"{where}.apologies", own_reasons)
    if language in SHIPPED:
        shipped = _shipped(language)
        return replace(shipped, **texts, apologies=MappingProxyType({**shipped.apologies, **apologies}))
    if missing := [key for key in TEXTS if key not in texts]:
        raise WordsError(
            f"{where} is a language of your own and lacks {', '.join(missing)}{hint(language, SHIPPED, or_all=False)}"
        )
    return Words(language=language, apologies=MappingProxyType(apologies), **texts)


def date_line(day: date, language: str) -> str:
    """A day in full, as the guest's language writes it: `Monday, February 8, 2027`.

    `2027-02-08` (ISO 8601) in a language of the store's own that Babel does not know.
    """
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_date

    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return day.isoformat()
    written = format_date(day, "full", locale)
    if locale.language == "fr" and day.day == 1:
        return written.replace(" 1 ", " 1er ", 1)
    return written


def text_fault(value: object, longest: int | None, *, lines: int | None = None) -> str | None:
    """Why a value from the settings is no text for paper or screen, as the rest of a sentence; None if it is one.

    `longest` counts characters, `lines` lines; None sets no limit.
    """
    if not isinstance(value, str):
        return f"must be text in quotes, not {value!r}"
    if not value.strip():
        return "must not be empty"
    if longest and len(value) > longest:
        return f"is {len(value)} characters long, {longest} is the most"
    if lines and value.count("\n") >= lines:
        return f"must fit in {lines} line{'s' if lines > 1 else ''}"
    if control := _CONTROLS.search(value):
        return f"holds the control character U+{ord(control[0]):04X}"
    return None


@functools.cache
def _shipped(language: str) -> Words:
    table = shipped_toml(f"slip_texts/words/{language}.toml")
    return Words(language=language, **{**table, "apologies": MappingProxyType(table["apologies"])})


def _own_apologies(own: object, where: str, own_reasons: Collection[str]) -> dict[str, str]:
    if not isinstance(own, Mapping):
        raise WordsError(f"{where} must be a table of texts, not {own!r}")
    known = (*_shipped("en").apologies, *own_reasons)
    if unknown := next((reason for reason in own if reason not in known), None):
        raise WordsError(f"{where}.{unknown}: no such reason{hint(unknown, known)}")
    return {reason: _checked("apology", text, f"{where}.{reason}") for reason, text in own.items()}


def _checked(key: str, value: object, where: str) -> str:
    if fault := text_fault(value, LONGEST):
        raise WordsError(f"{where} {fault}")
    text = unicodedata.normalize("NFC", str(value).strip())
    blank = f"{{{_BLANKS[key]}}}" if key in _BLANKS else ""
    braces = _BRACES.findall(text)
    if stray := next((brace for brace in braces if brace != blank), None):
        raise WordsError(f"{where}: nothing fills in {stray} here" + (f"; {blank} is filled in" if blank else ""))
    if blank and not braces:
        raise WordsError(f"{where} must say where {blank} goes")
    if key not in _UNGUARDED and (phrase := strings_attached(text)):
        raise WordsError(f"{where}: {phrase!r} asks something of the guest; a recovery coupon has no strings")
    return text
