"""Which currencies there are, how many places each has, and which one a place pays in.

Codes and places are ISO 4217's, from its own table as the package iso4217 carries it: how many a currency has on paper
changes for nobody who upgrades a library of languages. Deliberately not Babel's digits, which are CLDR's: 2.18 gives
HUF two and RSD none, 2.19 the other way round, and fifteen currencies have fewer there than in ISO 4217.

Babel is asked for three things that ISO does not say: which country a time zone is of, what that country pays in, and
what came after a currency that was withdrawn. All three are proposals to a person and go on no record.

The traps: CLDR's name of a zone is often the old one (`Asia/Calcutta`, `Africa/Asmera`), and what it calls an alias may
be the new one, so a name is looked up under both. tzdata itself would send some old names to another country: by its
links `Iceland` is Abidjan, `Pacific/Yap` Port Moresby. So it comes last, for zones younger than this Babel.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

LEGACY_ZONES = dict.fromkeys(("EST", "EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT"), "US")
"""Zones that are no place by name, and were made for one country. By tzdata's links EST would be Panama."""
SPENT_NOWHERE = frozenset({"SVC", "UYW", "VED", "XAD"})
"""Of ISO 4217, with minor units, not marked as funds, and yet tender in no country (CLDR 48): a colón that gave way to
the dollar, an index, a second code of the bolívar, a unit of account."""
FALLBACK = "EUR"
"""Proposed where nobody lives, or nobody knows where the zone is."""


def places(code: str) -> int | None:
    """Decimal places of a currency: 2 for EUR, 0 for JPY, 3 for KWD. None: ISO 4217 has no such, or gives it none."""
    return _iso().get(code)


@functools.cache
def spent() -> frozenset[str]:
    """The codes of all that somebody can pay a drink with."""
    return frozenset(code for code, digits in _iso().items() if digits is not None) - _funds() - SPENT_NOWHERE


def why_not(code: str, zone: str) -> str | None:
    """Why a drink cannot be priced in this currency, with the nearest that it can; None: it can.

    Args:
        code: As somebody wrote it.
        zone: The store's time zone, for those that nothing came after, as gold.
    """
    if code in spent():
        return None
    meant = code.upper()
    if meant in _iso() and meant not in spent():
        return f"{code!r} is in ISO 4217, but nobody pays for a drink with it{_nearest(after(meant) or of_zone(zone))}"
    if _was_one(meant):
        return f"{code!r} was withdrawn, and nobody pays with it any more{_nearest(after(meant) or of_zone(zone))}"
    from pos_recovery.rules.spelling import nearest

    return f"{code!r} is not an ISO 4217 currency{_nearest(nearest(meant, spent()))}"


def after(code: str) -> str | None:
    """What the country pays in now whose currency this was, or is by the side: EUR for DEM, CHF for CHE."""
    from babel.core import get_global

    until = {
        country: end or (9999, 12, 31)
        for country, told in get_global("territory_currencies").items()
        for was, _, end, _ in told
        if was == code
    }
    last_first = sorted(sorted(until), key=until.__getitem__, reverse=True)
    own_first = sorted(last_first, key=lambda country: country != code[:2])
    return next((paid for country in own_first if (paid := of_country(country)) is not None), None)


def of_country(country: str) -> str | None:
    """What a country (ISO 3166) pays in, or the first that came after it. None: nobody lives there.

    Of several, its own comes before a neighbour's: CLDR puts those first that were there first.
    """
    from babel.core import get_global
    from babel.numbers import get_territory_currencies

    country = get_global("territory_aliases").get(country, [country])[0]
    paid = [code for code in get_territory_currencies(country) if code in spent()]
    return min(paid, key=lambda code: not code.startswith(country), default=None)


def of_zone(zone: str) -> str:
    """What is paid with in a time zone, by an old or a new name of it."""
    country = country_of(zone)
    return (of_country(country) if country else None) or FALLBACK


def country_of(zone: str) -> str | None:
    """The country (ISO 3166) of a time zone, by an old or a new name of it; None: it is of none, as UTC."""
    from babel.core import get_global

    countries, aliases = get_global("zone_territories"), get_global("zone_aliases")
    found = LEGACY_ZONES.get(zone) or countries.get(zone) or countries.get(aliases.get(zone, "")) or _by_tzdata(zone)
    return found if found and found.isalpha() and found != "ZZ" else None  # of numbers: the world, 001


def _by_tzdata(zone: str) -> str | None:
    """As `country_of`, by tzdata's own tables: it may know a zone that CLDR does not know yet."""
    from importlib.resources import files

    tables = files("tzdata.zoneinfo")
    links = (line.split() for line in tables.joinpath("tzdata.zi").read_text("utf-8").splitlines() if line[:2] == "L ")
    names = {zone, *(target for _, target, name in links if name == zone)}
    rows = (line.split("\t") for line in tables.joinpath("zone.tab").read_text("utf-8").splitlines() if line[:1] != "#")
    return next((country for country, _, name, *_ in rows if name in names), None)


def _nearest(code: str | None) -> str:
    return f"; nearest: {code!r}" if code else ""


def _was_one(code: str) -> bool:
    from babel.numbers import list_currencies

    return code not in _iso() and code in list_currencies()


@functools.cache
def _iso() -> Mapping[str, int | None]:
    from iso4217 import Currency

    return {each.code: each.exponent for each in Currency}


@functools.cache
def _funds() -> frozenset[str]:
    """The codes that ISO's table marks as funds. The package keeps the mark in its XML only."""
    from iso4217 import raw_xml

    marked = (each for each in raw_xml.iter("CcyNtry") if each.find("CcyNm[@IsFund]") is not None)
    return frozenset(each.findtext("Ccy", "") for each in marked)
