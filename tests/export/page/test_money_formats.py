"""Amounts on the page: as the people of the store write them, in the ledger's places, and the same for ever."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from babel import Locale
from babel.numbers import format_currency

from db.night.runs import StoreRow
from pos_recovery.export.closing.close_day import close_day
from pos_recovery.export.closing.outcomes import Exported
from pos_recovery.export.page.formatting import MINUS
from pos_recovery.export.page.money_formats import forms, written
from pos_recovery.rules.currencies import of_zone, places
from pos_recovery.slip_texts.slip_words import SHIPPED
from tests.export.offices import HeadOffice, content
from tests.till import Till

FSI, PDI, RLM = "\u2068", "\u2069", "\u200f"


def store(zone: str, currency: str | None = None) -> StoreRow:
    return StoreRow("1", "Shop", zone, currency or of_zone(zone), "04:00")


def told(language: str, zone: str, amount: str, currency: str | None = None) -> str:
    where = store(zone, currency)
    digits = places(where.currency) or 0
    form = forms([where.currency], [where], language)[where.currency]
    return written(int(Decimal(amount).scaleb(digits)), digits, form)


@pytest.mark.parametrize(
    ("language", "zone", "amount", "seen"),
    [
        ("en", "Europe/London", "38.40", "£38.40"),
        ("en", "Europe/London", "-1234.5", f"{MINUS}£1,234.50"),
        ("en", "Europe/Belfast", "38.40", "£38.40"),
        ("en", "Europe/Dublin", "38.40", "€38.40"),
        ("en", "America/New_York", "38.40", "$38.40"),
        ("en", "America/Toronto", "38.40", "$38.40"),
        ("en", "Australia/Sydney", "38.40", "$38.40"),
        ("en", "Asia/Singapore", "38.40", "$38.40"),
        ("en", "Asia/Calcutta", "123456.5", "₹1,23,456.50"),
        ("en", "Asia/Kuwait", "38.4", "KWD\u00a038.400"),
        ("en", "Europe/Zurich", "38.40", "CHF\u00a038.40"),
        ("fr", "Europe/Zurich", "38.40", "38.40\u00a0CHF"),
        ("de", "Europe/Zurich", "1234567.5", "CHF\u00a01'234'567.50"),
        ("de", "Europe/Berlin", "1238.40", "1.238,40\u00a0€"),
        ("de", "Europe/Vienna", "38.40", "€\u00a038,40"),
        ("de", "Europe/London", "38.40", "£38.40"),
        ("fr", "Europe/Paris", "1238.40", "1\u202f238,40\u00a0€"),
        ("fr", "America/Toronto", "38.40", "38,40\u00a0$"),
        ("es", "America/Mexico_City", "38.40", "$38.40"),
        ("es", "America/Argentina/Buenos_Aires", "1238.40", "$1.238,40"),
        ("cs", "Europe/Prague", "38.40", "38,40\u00a0Kč"),
        ("hi", "Asia/Kolkata", "123456.5", "₹1,23,456.50"),
        ("ja", "Asia/Tokyo", "1450", "¥1,450".replace("¥", "\N{FULLWIDTH YEN SIGN}")),
        ("ja", "Europe/London", "38.40", "£38.40"),
        ("ar", "Asia/Kuwait", "38.4", f"{FSI}{RLM}38.400\u00a0د.ك.{RLM}{PDI}"),
        ("pt-BR", "America/Sao_Paulo", "38.40", "R$\u00a038,40"),
        ("xx", "Europe/London", "38.40", "£38.40"),
        ("en", "UTC", "38.40", "€38.40"),
    ],
)
def test_an_amount_is_written_as_the_people_of_the_store_write_it(
    language: str, zone: str, amount: str, seen: str
) -> None:
    assert told(language, zone, amount) == seen


def test_by_its_language_alone_english_would_be_american() -> None:
    """The twin: what the territory is for."""
    assert format_currency(38.4, "CAD", locale="en") == "CA$38.40" != told("en", "America/Toronto", "38.40")
    assert format_currency(38.4, "EUR", locale="en") == "€38.40" != told("en", "Europe/Berlin", "38.40")


HOMES = {
    "en": ("GB", "US", "IE", "CA", "AU", "NZ", "IN", "ZA", "SG", "DE"),
    "es": ("ES", "MX", "AR", "CL", "CO", "PE", "US"),
    "fr": ("FR", "BE", "CA", "CH"), "de": ("DE", "AT", "CH"), "cs": ("CZ",), "ar": ("EG", "KW", "MA", "SA", "AE", "TN"),
    "hi": ("IN",), "ja": ("JP",),
}  # fmt: skip


@pytest.mark.parametrize("language", SHIPPED)
@pytest.mark.parametrize("amount", ["0", "7.5", "1234567.25", "-38.5"])
def test_the_marks_and_their_places_are_babel_s_own(language: str, amount: str) -> None:
    """The library writes it beside ours, where its number of places is the ledger's; but for a minus and one space."""
    from pos_recovery.export.page.money_formats import _form
    from pos_recovery.rules.currencies import of_country

    for country in HOMES[language]:
        currency = of_country(country)
        assert currency is not None
        locale, digits = Locale(language, country), places(currency) or 0
        whole = Decimal(amount).quantize(Decimal(1).scaleb(-digits))
        ours = written(int(whole.scaleb(digits)), digits, _form(currency, locale)).strip(FSI + PDI)
        pattern = copy(locale.currency_formats["standard"])
        pattern.frac_prec = (digits, digits)
        theirs = pattern.apply(whole, locale, currency, currency_digits=False)
        ours, theirs = ours.replace(MINUS, "-").replace("\u00a0", ""), str(theirs).replace("\u00a0", "")
        if country == "CH":  # where Babel drops the marks between thousands, and asks for none of money's own
            ours, theirs = ours.replace("'", ""), theirs.replace("'", "").replace(",", ".")
        assert ours == theirs, (country, currency)


def test_a_night_is_written_again_as_it_was_whoever_writes_it(till: Till, office: HeadOffice, tmp_path: Path) -> None:
    till.code()
    czech = replace(office.office(), language="cs")
    first = close_day(czech, till.clock().date())
    assert isinstance(first, Exported)
    assert "25,50\u00a0Kč" in (Path(first.folder) / "report.html").read_text("utf-8")
    again = close_day(replace(office.office(tmp_path / "again"), language="en"), till.clock().date())
    assert isinstance(again, Exported)
    assert content(Path(again.folder)) == content(Path(first.folder))


def test_taken_down_anew_it_would_be_another_page() -> None:
    """The twin: what the run keeps, and what it would be told in another language."""
    stores = [store("Europe/Prague")]
    assert forms(["CZK"], stores, "cs") != forms(["CZK"], stores, "en")


def test_of_several_stores_the_first_says_how_their_currency_is_written() -> None:
    stores = [StoreRow("2", "B", "Europe/Berlin", "EUR", "04:00"), StoreRow("1", "D", "Europe/Dublin", "EUR", "04:00")]
    assert forms(["EUR"], stores, "en")["EUR"]["positive"] == "€{}"
    assert forms(["GBP"], stores, "en")["GBP"]["positive"] == "£{}"
