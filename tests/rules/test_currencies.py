"""Which currencies there are, how many places each has, and which a time zone pays in."""

from __future__ import annotations

import re
from importlib.resources import files
from zoneinfo import available_timezones

import pytest
from babel.core import get_global
from babel.numbers import get_currency_precision, get_territory_currencies

from pos_recovery.counter.currency_decimals import BABEL
from pos_recovery.rules import currencies
from pos_recovery.rules.currencies import FALLBACK, SPENT_NOWHERE, after, country_of, of_zone, places, spent, why_not

LESS_IN_CLDR = {
    "AFN": 2, "ALL": 2, "COP": 2, "HUF": 2, "IDR": 2, "IQD": 3, "IRR": 2, "KPW": 2, "LAK": 2, "LBP": 2, "MGA": 2,
    "MMK": 2, "SOS": 2, "SYP": 2, "YER": 2,
}  # fmt: skip
"""ISO 4217's count (table of 2026-01-01) of the fifteen that Babel 2.19 gives none."""


@pytest.mark.parametrize(
    ("code", "digits"),
    [("EUR", 2), ("JPY", 0), ("KWD", 3), ("TND", 3), ("CLP", 0), ("UGX", 0), ("RSD", 2), ("ISK", 0), ("XCG", 2),
     ("XAU", None), ("DEM", None), ("COFFEE", None), *LESS_IN_CLDR.items()],
)  # fmt: skip
def test_places_are_iso_s_and_not_babel_s(code: str, digits: int | None) -> None:
    assert places(code) == digits


def test_by_babel_they_would_change_with_it() -> None:
    """The twin: what amounts were counted in before. 2.18 has another list than 2.19; neither is ISO 4217's."""
    differ = {code: get_currency_precision(code) for code in spent() if get_currency_precision(code) != places(code)}
    assert differ
    known = {code: set(counts) for code, counts in BABEL.items()}
    assert all(digits in known[code] for code, digits in differ.items())


def test_what_is_spent_is_what_some_country_pays_in() -> None:
    """Two lists by different hands: ISO 4217 without funds, and what CLDR calls tender today."""
    tender = {code for country in get_global("territory_currencies") for code in get_territory_currencies(country)}
    in_use = {code for code, digits in currencies._iso().items() if digits is not None} - currencies._funds()
    assert in_use - tender == SPENT_NOWHERE
    assert spent() == tender


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("DEM", "was withdrawn, and nobody pays with it any more; nearest: 'EUR'"),
        ("dem", "was withdrawn, and nobody pays with it any more; nearest: 'EUR'"),
        ("HRK", "was withdrawn, and nobody pays with it any more; nearest: 'EUR'"),
        ("BGN", "was withdrawn, and nobody pays with it any more; nearest: 'EUR'"),
        ("SLL", "was withdrawn, and nobody pays with it any more; nearest: 'SLE'"),
        ("ZWL", "was withdrawn, and nobody pays with it any more; nearest: 'ZWG'"),
        ("VEF", "was withdrawn, and nobody pays with it any more; nearest: 'VES'"),
        ("ANG", "was withdrawn, and nobody pays with it any more; nearest: 'XCG'"),
        ("YUM", "was withdrawn, and nobody pays with it any more; nearest: 'RSD'"),
        ("SUR", "was withdrawn, and nobody pays with it any more; nearest: 'RUB'"),
        ("DDM", "was withdrawn, and nobody pays with it any more; nearest: 'EUR'"),
        ("TRL", "was withdrawn, and nobody pays with it any more; nearest: 'TRY'"),
        ("XXX", "is in ISO 4217, but nobody pays for a drink with it; nearest: 'GBP'"),
        ("XTS", "is in ISO 4217, but nobody pays for a drink with it; nearest: 'GBP'"),
        ("XAU", "is in ISO 4217, but nobody pays for a drink with it; nearest: 'GBP'"),
        ("CHE", "is in ISO 4217, but nobody pays for a drink with it; nearest: 'CHF'"),
        ("CLF", "is in ISO 4217, but nobody pays for a drink with it; nearest: 'CLP'"),
        ("USN", "is in ISO 4217, but nobody pays for a drink with it; nearest: 'USD'"),
        ("SVC", "is in ISO 4217, but nobody pays for a drink with it; nearest: 'USD'"),
        ("EURO", "is not an ISO 4217 currency; nearest: 'EUR'"),
        ("eur", "is not an ISO 4217 currency; nearest: 'EUR'"),
        ("COFFEE", "is not an ISO 4217 currency"),
    ],
)
def test_what_nobody_pays_with_is_refused_with_the_nearest(code: str, said: str) -> None:
    assert why_not(code, "Europe/London") == f"{code!r} {said}"


def test_what_somebody_pays_with_is_taken() -> None:
    assert [why_not(code, "Europe/London") for code in spent()] == [None] * len(spent())
    assert {"EUR", "GBP", "XAF", "XOF", "XCD", "XPF", "XCG"} <= spent()


def test_everything_that_was_withdrawn_leads_to_something_that_is_spent() -> None:
    withdrawn = {code for told in get_global("territory_currencies").values() for code, *_ in told} - spent()
    assert {after(code) for code in withdrawn} <= {*spent(), None}
    assert {code[0] for code in withdrawn if after(code) is None} == {"X"}


# What a time zone pays in


@pytest.mark.parametrize(
    ("zone", "currency"),
    [
        ("Europe/Prague", "CZK"), ("Asia/Tokyo", "JPY"), ("Asia/Kuwait", "KWD"), ("Europe/Sofia", "EUR"),
        ("Africa/Windhoek", "NAD"), ("America/Coyhaique", "CLP"),
        ("Asia/Calcutta", "INR"), ("Asia/Kolkata", "INR"), ("US/Pacific", "USD"), ("Europe/Kiev", "UAH"),
        ("Europe/Kyiv", "UAH"), ("Singapore", "SGD"), ("America/Buenos_Aires", "ARS"), ("Iceland", "ISK"),
        ("Africa/Asmera", "ERN"), ("America/Coral_Harbour", "CAD"), ("Pacific/Yap", "USD"),
        ("Atlantic/Jan_Mayen", "NOK"),
        ("GB", "GBP"), ("PRC", "CNY"), ("ROK", "KRW"), ("EST", "USD"), ("EST5EDT", "USD"), ("Asia/Rangoon", "MMK"),
        ("UTC", FALLBACK), ("Etc/GMT+5", FALLBACK), ("Factory", FALLBACK), ("Mars", FALLBACK),
    ],
)  # fmt: skip
def test_the_currency_is_that_of_the_zone_s_country_by_an_old_or_a_new_name(zone: str, currency: str) -> None:
    assert of_zone(zone) == currency


NOWHERE = re.compile(r"(Etc/)?(UTC|UCT|GMT[+-]?\d*|Greenwich|Universal|Zulu)|Factory|localtime|Antarctica/Troll")


def links() -> dict[str, str]:
    """Every link of tzdata: a name to the one that stands for it today."""
    lines = files("tzdata.zoneinfo").joinpath("tzdata.zi").read_text("utf-8").splitlines()
    return {name: target for _, target, name in (line.split() for line in lines if line.startswith("L "))}


def test_every_name_of_a_zone_is_of_a_country_but_those_of_none() -> None:
    names = available_timezones() | set(links())
    assert {name for name in names if country_of(name) is None} == {name for name in names if NOWHERE.fullmatch(name)}


OWN = {
    "Africa/Asmera", "Africa/Timbuktu", "America/Coral_Harbour", "America/Virgin", "Antarctica/South_Pole",
    "Atlantic/Jan_Mayen", "EST", "Iceland", "Pacific/Ponape", "Pacific/Truk", "Pacific/Yap",
}  # fmt: skip
"""Old names of places that have a country of their own, while tzdata's links would send them to a neighbour's."""


def test_every_link_of_tzdata_pays_as_its_new_name_does_but_where_it_would_lead_abroad() -> None:
    table = files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines()
    places_ = {row[2]: row[0] for row in (line.split("\t") for line in table if not line.startswith("#"))}
    abroad = {
        name
        for name, target in links().items()
        if (there := places_.get(name) or places_.get(target)) and there != country_of(name)
    }
    assert abroad == OWN


def test_looked_up_under_the_name_it_has_alone_most_old_names_would_be_nowhere() -> None:
    """The twin: what was proposed before, by the one table alone."""
    alone = get_global("zone_territories")
    lost = {name for name in links() if name not in alone and country_of(name)}
    assert {"US/Pacific", "Singapore"} <= lost
    assert len(lost) > 100


def test_a_zone_that_babel_does_not_know_is_looked_up_in_tzdata() -> None:
    assert currencies._by_tzdata("America/Coyhaique") == "CL"
    assert currencies._by_tzdata("Asia/Calcutta") == "IN"
    assert currencies._by_tzdata("Mars") is None
