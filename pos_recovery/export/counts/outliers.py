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
stores, three times as busy on Saturdays and shut on Sunday evenings, one had; with all days of the week in one, every
Saturday and Sunday had; with one in a hundred for each comparison by itself, all of them.)
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any

from db.night.history import shift

if TYPE_CHECKING:
    import numpy as np
    from duckdb import DuckDBPyConnection
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]
    Chances = NDArray[np.float64]

FALSE_ALARMS = 0.01
"""The most nights of all that may have one, or more."""
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
    import numpy as np

    con.execute(_PEOPLE)
    con.execute(_SHIFTS.format(is_over=is_over))
    people, shifts = _counts(con, "people"), _counts(con, "shifts")
    chances = np.concatenate([chance_of_more(*people), chance_of_fewer(*shifts)])
    coupons, times = (np.concatenate([people[column], shifts[column]]) for column in (1, 2))
    found = [
        (place, Outlier(place, _rate(int(coupons[place]), int(times[place])), text))
        for place, text in surprising(chances)
    ]
    asked = len(people[0])
    return Outliers(
        tuple(each for place, each in found if place < asked),
        tuple(Outlier(place - asked, each.expected, each.probability) for place, each in found if place >= asked),
        len(chances),
    )


def chance_of_more(many: Counts, coupons: Counts, times: Counts) -> Chances:
    """How likely it is to see so many or more in one shift.

    Args:
        many: Coupons of one person and shift; at least 1.
        coupons: Of all such in the weeks before.
        times: How many those were; at least 1.
    """
    from scipy.special import betainc  # the binomial distribution; scipy.stats would cost 50 MB more

    return betainc(many, coupons + 1, 1 / (times + 1))  # type: ignore[no-any-return]  # scipy has no types


def chance_of_fewer(many: Counts, coupons: Counts, times: Counts) -> Chances:
    """How likely it is to see so few or fewer on one day. `coupons` and `times` as above, at least 1."""
    from scipy.special import betaincc

    return betaincc(many + 1, coupons, 1 / (times + 1))  # type: ignore[no-any-return]


def surprising(chances: Chances) -> list[tuple[int, str]]:
    """The comparisons that chance does not explain, in their order: where they stand, and how likely they were.

    Rounded first and judged then, so that the last bits of a machine's arithmetic decide nothing.
    """
    import numpy as np

    places = np.flatnonzero(chances <= FALSE_ALARMS * 1.00001)
    rounded = sorted((_rounded(float(chances[place])), int(place)) for place in places)
    found = []
    for rank, (chance, place) in enumerate(rounded):
        if chance * (len(chances) - rank) > Decimal(str(FALSE_ALARMS)):
            break
        found.append((place, f"{max(chance, _LEAST):f}"))
    return sorted(found)


def _rounded(chance: float) -> Decimal:
    return _SIX_DIGITS.create_decimal_from_float(chance)


def _rate(coupons: int, times: int) -> str:
    thousandths = (2000 * coupons + times) // (2 * times)
    return f"{thousandths // 1000}.{thousandths % 1000:03d}"


def _counts(con: DuckDBPyConnection, table: str) -> tuple[Counts, Counts, Counts]:
    with con.cursor() as cursor:
        read: dict[str, Any] = cursor.execute(f"SELECT many, coupons, times FROM {table} ORDER BY rowid").fetchnumpy()
    many, coupons, times = (read[name].astype("int64") for name in ("many", "coupons", "times"))
    return many, coupons, times
