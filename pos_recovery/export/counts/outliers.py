"""Who gave many more coupons than is usual, and where many fewer were given: by the same store's and shift's own rate.

More is asked of each person and shift, against the coupons per person in such shifts of the eight weeks before; fewer
of each store and shift, against the coupons per trading day. Fewer is as telling: where orders go wrong and nobody
gives a coupon, people do not dare. A store without a fact of a day was closed, or is a register that is silent.
Nobody is asked for fewer while the day runs. Only the same day of the week counts: a shop has its rhythm, and a Sunday
evening on which it is shut is not fear. A shift in which no coupon was ever given on that day is not compared.

Both counts, the day's and the weeks', are taken for Poisson, and the test is the exact one that needs no guess at the
rate: given their sum, the day's is binomial with the day's share of the time (Przyborowski and Wilenski, Biometrika 31,
1940). It is careful where there is little history and silent where there is none. That a person-shift is known only by
its first coupon makes it more careful still: the weeks' rate is then too high by as much as the day's is.

A chain asks this hundred thousands of times each night, so one wrong answer in a hundred would be a thousand false
alarms. By Holm's step-down rule (Scandinavian Journal of Statistics 6, 1979) over all of a night's comparisons,
whatever they have in common, at most one night in a hundred has any false alarm at all. That holds where the counts of
one store, shift and day of the week vary by chance as Poisson says, at one rate from week to week. A feast, a season or
a new neighbour changes the rate, and is told as what it is: more, or fewer, than usual. (Of 301 simulated nights of 200
stores, three times as busy on Saturdays and shut on Sunday evenings, none had; with all days of the week in one, every
Saturday and Sunday had; with one in a hundred for each comparison by itself, all of them.)

Chances are counted in whole numbers, so that every machine finds the same: the terms of the binomial distribution from
its most likely count outwards, each from the one before, as multiples of 2^-160 of the first. Whoever gave hundreds of
thousands is counted in milliseconds; but not millions of comparisons. So DuckDB first leaves out what cannot be found,
by two bounds from below. Whoever gave as many as is usual or fewer did not give more than usual with a chance of half
at least, because the median of the binomial distribution is its mean, rounded down or up (Kaas and Buhrman, Statistica
Neerlandica 34, 1980). And no tail is smaller than its first term, which has a closed form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache
from math import log
from typing import TYPE_CHECKING

from db.night.history import shift
from pos_recovery.export.counts.queries import all_rows, one_row

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FALSE_ALARMS = Decimal("0.01")
"""The most nights of all that may have one, or more."""
_BITS = 160
_TWENTY_DIGITS = Context(prec=20, rounding=ROUND_HALF_EVEN)
"""To these a chance of `_LEAST` or more is right, so that what is half a digit is seen as half: each term is too small
by less than there are terms, in units of 2 to the -`_BITS`, and a billion coupons have less than a million."""
_SIX_DIGITS = Context(prec=6, rounding=ROUND_HALF_EVEN)
_LEAST = Decimal("1E-12")
"""Smaller ones are written as this: nobody's model holds so far."""
_PEOPLE = f"""
CREATE OR REPLACE TABLE people AS
SELECT g.store, g.day, g.shift, g.person, min(g.moment) AS moment, count(*) AS many, any_value(u.coupons) AS coupons,
  any_value(u.person_shifts) AS times
FROM (SELECT *, {shift("hour")} AS shift FROM given WHERE NOT late) g
JOIN usual u ON u.store = g.store AND u.shift = g.shift AND u.weekday = isodow(g.day)
WHERE u.coupons > 0 AND u.person_shifts > 0
GROUP BY g.store, g.day, g.shift, g.person ORDER BY g.store, g.day, g.shift, g.person
"""
_SHIFTS = f"""
CREATE OR REPLACE TABLE shifts AS
SELECT o.store, o.day, u.shift, COALESCE(g.many, 0) AS many, u.coupons, t.days AS times
FROM (SELECT store, day FROM given WHERE NOT late UNION SELECT store, day FROM done WHERE NOT late
  UNION SELECT store, day FROM refused WHERE NOT late) o
JOIN usual u ON u.store = o.store AND u.weekday = isodow(o.day)
JOIN trading t ON t.store = u.store AND t.weekday = u.weekday
LEFT JOIN (SELECT store, day, {shift("hour")} AS shift, count(*) AS many FROM given WHERE NOT late GROUP BY ALL) g
  ON g.store = o.store AND g.day = o.day AND g.shift = u.shift
WHERE u.coupons > 0 AND t.days > 0 AND {{is_over}}
ORDER BY o.store, o.day, u.shift
"""
_UNLIKELY = """
CREATE OR REPLACE TABLE unlikely AS
SELECT *, lgamma(many + coupons + 1) - lgamma(many + 1) - lgamma(coupons + 1)
  + coupons * ln(times) - (many + coupons) * ln(times + 1) AS least
FROM (SELECT TRUE AS more, rowid AS place, many, coupons, times FROM people WHERE many * times > coupons
  UNION ALL SELECT FALSE, rowid, many, coupons, times FROM shifts WHERE many * times < coupons)
WHERE least <= {limit}
"""
"""What is on the far side of the median, with the logarithm of the first term of its tail."""
_DOUBT = 0.01
"""How far that logarithm may be wrong. It is not, by a thousandth of this, in the sums of a billion coupons."""


@dataclass(frozen=True, slots=True)
class Outlier:
    """One of the findings of a night."""

    place: int
    """The row of its table, from 0."""
    expected: str
    """Coupons, with three decimal places."""
    probability: str


@dataclass(frozen=True, slots=True)
class Outliers:
    """All of them, and how many comparisons they were found in."""

    more: tuple[Outlier, ...]
    fewer: tuple[Outlier, ...]
    comparisons: int


def find(con: DuckDBPyConnection, *, is_over: bool) -> Outliers:
    """Judge what the tables of `exceptions` hold. Leaves there what was compared: the tables `people` and `shifts`.

    Args:
        con: With those tables.
        is_over: Whether the day is. If not, nobody is asked for fewer.
    """
    con.execute(_PEOPLE)
    con.execute(_SHIFTS.format(is_over=is_over))
    return judged(con)


def judged(con: DuckDBPyConnection) -> Outliers:
    """The findings of the tables `people` and `shifts`."""
    con.execute(_UNLIKELY.format(limit=log(FALSE_ALARMS) + _DOUBT))
    comparisons = one_row(con, "SELECT (SELECT count(*) FROM people) + (SELECT count(*) FROM shifts) AS n")["n"]
    rows = all_rows(con, f"SELECT * FROM unlikely WHERE least <= {_limit(con, comparisons)} ORDER BY NOT more, place")
    chances = {True: cache(chance_of_more), False: cache(chance_of_fewer)}  # most shops have what others have
    exact = [chances[row["more"]](row["many"], row["coupons"], row["times"]) for row in rows]
    found: dict[bool, list[Outlier]] = {True: [], False: []}
    for at, text in surprising(exact, comparisons):
        row = rows[at]
        found[row["more"]].append(Outlier(row["place"], _rate(row["coupons"], row["times"]), text))
    return Outliers(tuple(found[True]), tuple(found[False]), comparisons)


def _limit(con: DuckDBPyConnection, comparisons: int) -> float:
    """What is above it, by the logarithm of its first term, cannot be found.

    Of n findings the last was held to `FALSE_ALARMS` / (`comparisons` - n + 1), and all others to less. So there are no
    more than have a first term of at most that; and where there are fewer, the bound is narrower still.
    """
    most = one_row(con, "SELECT count(*) AS n FROM unlikely")["n"]
    limit = log(FALSE_ALARMS / (comparisons - most + 1)) + _DOUBT
    most = one_row(con, f"SELECT count(*) AS n FROM unlikely WHERE least <= {limit}")["n"]
    return log(FALSE_ALARMS / (comparisons - most + 1)) + _DOUBT


def chance_of_more(many: int, coupons: int, times: int) -> Decimal:
    """How likely it is to see so many or more in one shift, to six digits.

    Args:
        many: Coupons of one person and shift.
        coupons: Of all such in the weeks before.
        times: How many those were; at least 1.
    """
    return _chance(range(many, many + coupons + 1), many + coupons, times)


def chance_of_fewer(many: int, coupons: int, times: int) -> Decimal:
    """How likely it is to see so few or fewer on one day. `coupons` and `times` as above."""
    return _chance(range(many + 1), many + coupons, times)


def _chance(counts: range, of: int, times: int) -> Decimal:
    """That of so many coupons one of these counts falls into one of `times` + 1 stretches of time, all equally long."""
    part = whole = 0
    for count, term in _terms(of, times):
        whole += term
        if count in counts:
            part += term
    return _SIX_DIGITS.plus(_TWENTY_DIGITS.divide(Decimal(part), Decimal(whole)))


def _terms(of: int, times: int) -> Iterator[tuple[int, int]]:
    """The binomial distribution where it is not too small to matter, its largest term being 2 to the `_BITS`."""
    likeliest = (of + 1) // (times + 1)
    count, term = likeliest, 1 << _BITS
    while term:
        yield count, term
        term = term * (of - count) // ((count + 1) * times)
        count += 1
    count, term = likeliest, 1 << _BITS
    while term := term * count * times // (of - count + 1):
        count -= 1
        yield count, term


def surprising(chances: Sequence[Decimal], comparisons: int) -> list[tuple[int, str]]:
    """The comparisons that chance does not explain, in their order: where they stand, and how likely they were.

    Args:
        chances: Of those that may be found.
        comparisons: How many there were, with those that cannot.
    """
    found = []
    for rank, (chance, place) in enumerate(sorted((chance, place) for place, chance in enumerate(chances))):
        if chance * (comparisons - rank) > FALSE_ALARMS:
            break
        found.append((place, f"{max(chance, _LEAST):f}"))
    return sorted(found)


def _rate(coupons: int, times: int) -> str:
    thousandths = (2000 * coupons + times) // (2 * times)
    return f"{thousandths // 1000}.{thousandths % 1000:03d}"
