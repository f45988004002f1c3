"""An alarm at night is nearly never false, and what cannot be chance is seen."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from decimal import Context, Decimal
from fractions import Fraction
from functools import cache
from itertools import accumulate
from math import comb, exp, factorial
from pathlib import Path
from random import Random

import duckdb
import pytest

from db.night.history import WEEKS, History, Usual
from pos_recovery.export.counts import outliers
from tests.export.night_folders import BASIS, DAY, Night, found, of_code

NIGHTS, STORES, PEOPLE, SUNDAY = 301, 200, 2, 6
RHYTHM = [[8, 8, 8]] * 5 + [[24, 24, 24], [8, 8, 0]]
"""Coupons per person: of each day of the week, Monday first, and of its three shifts."""
USUAL = History(
    usual=[
        Usual("harbour", 6, "morning", coupons=8 * 8, person_shifts=16),
        Usual("harbour", 6, "evening", coupons=8 * 12, person_shifts=16),
        Usual("harbour", 7, "morning", coupons=8 * 40, person_shifts=16),
        Usual("harbour", 7, "midday", coupons=8 * 40, person_shifts=16),
    ],
    trading_days=[("harbour", 6, 8), ("harbour", 7, 8)],
)
"""Saturdays, and Sundays that nothing of a Saturday is compared with."""


LEAST = Decimal("1e-12")
Compared = tuple[int, int, int]
"""Coupons of a shift, of the weeks before, and the times these were given in."""


@cache
def spread(mean: int) -> list[float]:
    """How the counts of a rate are spread, as Poisson says; each with those below it."""
    return list(accumulate(exp(-mean) * mean**many / factorial(many) for many in range(5 * mean + 9)))


def counts(chance: Random, mean: int, many: int) -> list[int]:
    return chance.choices(range(5 * mean + 9), cum_weights=spread(mean), k=many)


def weeks(chance: Random, rates: list[int], now: int) -> tuple[list[Compared], list[Compared]]:
    """A shift of one store after its weeks, in which nobody does anything unusual: who gave much, and whether few."""
    before = [count for mean in rates for count in counts(chance, mean, WEEKS * PEOPLE)]
    today, coupons = counts(chance, now, PEOPLE), sum(before)
    if not coupons:
        return [], []
    times = sum(count > 0 for count in before)  # who gave nothing is not seen
    return [(many, coupons, times) for many in today if many], [(sum(today), coupons, WEEKS * len(rates))]


@cache
def nights(count: int, *, pooled: bool) -> list[tuple[int, list[Compared], list[Compared]]]:
    """Nights of a chain with a rhythm: their day of the week, and what is compared.

    Args:
        count: How many.
        pooled: Compare with all days of the weeks before, not only with those of the same day of the week.
    """
    chance = Random(20261114)  # noqa: S311  counts, not secrets
    told = []
    for weekday in (night % 7 for night in range(count)):
        people: list[Compared] = []
        shifts: list[Compared] = []
        for shift in range(3):
            rates = [day[shift] for day in (RHYTHM if pooled else [RHYTHM[weekday]])]
            for _ in range(STORES):
                more, fewer = weeks(chance, rates, RHYTHM[weekday][shift])
                people += more
                shifts += fewer
        told.append((weekday, people, shifts))
    return told


@cache
def database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def judged(people: list[Compared], shifts: list[Compared]) -> outliers.Outliers:
    con = database()
    for name, rows in (("people", people), ("shifts", shifts)):
        columns = [list(each) for each in zip(*rows, strict=True)] or [[], [], []]
        unpacked = "unnest(?::BIGINT[]) AS many, unnest(?::BIGINT[]) AS coupons, unnest(?::BIGINT[]) AS times"
        con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {unpacked}", columns)
    return outliers.judged(con)


def alarms(people: list[Compared], shifts: list[Compared]) -> int:
    found = judged(people, shifts)
    return len(found.more) + len(found.fewer)


more, fewer = cache(outliers.chance_of_more), cache(outliers.chance_of_fewer)


def test_at_most_one_night_in_a_hundred_has_a_false_alarm() -> None:
    alarmed = sum(alarms(people, shifts) > 0 for _, people, shifts in nights(NIGHTS, pooled=False))
    assert alarmed <= NIGHTS * outliers.FALSE_ALARMS


def test_one_comparison_in_a_hundred_would_cry_every_night() -> None:
    """The twin: each comparison by itself, at the same one in a hundred."""
    alarmed = sum(
        any(more(*each) <= outliers.FALSE_ALARMS for each in people)
        or any(fewer(*each) <= outliers.FALSE_ALARMS for each in shifts)
        for _, people, shifts in nights(NIGHTS, pooled=False)[:70]
    )
    assert alarmed >= 70 * 0.95


def test_all_days_of_the_week_in_one_would_take_a_closed_evening_for_fear() -> None:
    """The twin: on every Sunday, and on every Saturday for too many."""
    told = [(weekday, alarms(people, shifts)) for weekday, people, shifts in nights(14, pooled=True)]
    assert all(many > STORES / 2 for weekday, many in told if weekday == SUNDAY)
    assert all(many for weekday, many in told if weekday == SUNDAY - 1)


def binomial(counts: range, of: int, times: int) -> Fraction:
    """The chance of one of these counts, exactly."""
    return Fraction(sum(comb(of, k) * times ** (of - k) for k in counts), (times + 1) ** of)


def to_six_digits(exact: Fraction) -> Decimal:
    return Context(prec=6).divide(Decimal(exact.numerator), Decimal(exact.denominator))


@pytest.mark.parametrize("seed", range(4))
def test_the_chances_are_those_of_the_binomial_distribution_to_the_last_digit(seed: int) -> None:
    chance = Random(seed)  # noqa: S311  as above
    for _ in range(60):
        times, coupons = chance.choice([1, 2, 3, 7, 19, 112, 900]), chance.choice([1, 4, 12, 90, 700])
        many = max(1, round(coupons / times * chance.choice([0.2, 0.5, 1, 2, 3])) + chance.randrange(9))
        of = many + coupons
        exactly = to_six_digits(binomial(range(many, of + 1), of, times))
        if exactly >= LEAST:
            assert outliers.chance_of_more(many, coupons, times) == exactly, (many, coupons, times)
        exactly = to_six_digits(binomial(range(many + 1), of, times))
        if exactly >= LEAST:
            assert outliers.chance_of_fewer(many, coupons, times) == exactly, (many, coupons, times)


@pytest.mark.parametrize(
    ("many", "coupons", "times", "chance"),
    [
        (4, 2, 19, "0.0000864062"),  # 553 of 6,400,000: the seventh digit is a five and nothing comes after it
        (10, 1, 1, "0.00585938"),
        (60_000, 400_000, 8, "0"),
        (25_500, 400_000, 16, "0.00112592"),
        (120_700, 1_920_000, 16, "0.0251543"),
    ],
)
def test_chances_of_the_smallest_counts_and_of_the_largest(many: int, coupons: int, times: int, chance: str) -> None:
    assert outliers.chance_of_more(many, coupons, times) == Decimal(chance)


def test_what_is_left_out_before_it_is_counted_could_not_be_found() -> None:
    """All that chance does explain is told apart by two bounds; here each is counted, and the findings are the same."""
    chance = Random(5)  # noqa: S311  as above
    for _ in range(40):
        rate, odd = chance.choice([1, 3, 9, 40]), chance.choice([0, 0, 1, 3])
        people, shifts = [], []
        for place in range(chance.choice([1, 2, 20, 150])):
            times = chance.randrange(1, 30)
            usual = chance.randrange(rate, 2 * rate + 1) * times
            people.append((usual * (odd if place % 9 == 0 and odd else 1) // times + chance.randrange(5), usual, times))
            shifts.append((usual // times // (odd + 1 if place % 2 else 1), usual, times))
        people = [each for each in people if each[0]]
        every = [more(*each) for each in people] + [fewer(*each) for each in shifts]
        found = judged(people, shifts)
        places = [each.place for each in found.more] + [len(people) + each.place for each in found.fewer]
        texts = [each.probability for each in (*found.more, *found.fewer)]
        assert list(zip(places, texts, strict=True)) == outliers.surprising(every, len(every))


def test_the_first_term_of_a_tail_alone_would_be_taken_for_the_tail() -> None:
    """The twin: it is a bound from below and no more; by it, what is not surprising would be found."""
    first = to_six_digits(binomial(range(44, 45), 44 + 512, 16))
    assert first < outliers.FALSE_ALARMS < outliers.chance_of_more(44, 512, 16)
    assert judged([(44, 512, 16)], []).more == ()


def test_the_rule_steps_down() -> None:
    """Of two comparisons the first is held to half of the rate; once it is found, the second to all of it."""

    def found(*chances: str, comparisons: int = 2) -> list[tuple[int, str]]:
        return outliers.surprising([Decimal(each) for each in chances], comparisons)

    assert found("0.009", "0.004") == [(0, "0.009"), (1, "0.004")]
    assert found("0.009", "0.006") == []
    assert found("0.005") == [(0, "0.005")]
    assert found("0.00500001") == []
    assert found("1e-300", comparisons=1) == [(0, "0.000000000001")]
    assert found(comparisons=0) == []


def person(night: Night, many: int, **row: object) -> Night:
    for number in range(many):
        night.give(700 * number / max(many / 5, 1), **row)
    return night


def test_a_person_who_gives_many_more_than_usual_is_seen(tmp_path: Path) -> None:
    night = person(Night(), 12, OperatorID=3)
    person(night, 10, OperatorID=4)
    calm = replace(BASIS, allowance=40)
    (more,) = of_code("more_than_usual", found(night.write(tmp_path / "n"), calm, USUAL))
    assert (more["OperatorID"], more["Count"], more["Expected"]) == (3, 12, "4.000")
    assert more["Probability"] == "0.00156515"
    assert more["BeginDateTime"] == "2026-11-14T10:00:00.000000+01:00"
    assert more["Detail"] == (
        "Person 3 gave 12 coupons on a Saturday in the morning, where 4.000 are usual for one person. Ask what went "
        "wrong, and who can help. (Exact test of Poisson rates against that weekday in 8 weeks, 4 comparisons this "
        "night; where only chance changes the counts from week to week, at most one night in 100 has a false alarm.)"
    )


def test_a_shift_in_which_nobody_dares_is_seen_and_a_slow_one_is_not(tmp_path: Path) -> None:
    night = person(Night(), 3)
    person(night, 1, LocalHour=2)  # two in the morning is the evening
    (fewer,) = of_code("fewer_than_usual", found(night.write(tmp_path / "n"), before=USUAL))
    assert (fewer["Count"], fewer["Expected"], fewer["BusinessDayDate"]) == (1, "12.000", DAY)
    assert "OperatorID" not in fewer
    assert fewer["Detail"].startswith(
        "Coupons given on a Saturday in the evening: 1, where 12.000 are usual. Perhaps all went well; ask whether"
    )


def test_any_fact_shows_that_a_store_was_open_and_none_that_it_was_not(tmp_path: Path) -> None:
    assert found(Night().write(tmp_path / "closed"), before=USUAL) == []
    night = Night()
    night.refuse("unknown")
    rows = found(night.write(tmp_path / "open"), before=USUAL)
    assert [row["Count"] for row in of_code("fewer_than_usual", rows)] == [0, 0]


def test_none_where_twelve_are_usual_is_seen_and_a_shift_that_never_gave_is_not_asked(tmp_path: Path) -> None:
    """By the day of the week: the same shop gives forty at midday of a Sunday, and none on a Saturday."""
    night = person(Night(), 8)
    (fewer,) = of_code("fewer_than_usual", found(night.write(tmp_path / "n"), before=USUAL))
    assert (fewer["Count"], fewer["Expected"], fewer["Probability"]) == (0, "12.000", "0.0000122845")
    assert "3 comparisons" in fewer["Detail"]
    sundays = [replace(each, weekday=6) for each in USUAL.usual if each.weekday == 7]
    rows = found(tmp_path / "n", before=replace(USUAL, usual=sundays))
    midday, _ = of_code("fewer_than_usual", rows)  # the twin: as if they were Saturdays
    assert midday["Detail"].startswith("Coupons given on a Saturday at midday: 0, where 40.000 are usual.")


def test_each_day_of_a_run_is_compared_with_its_own(tmp_path: Path) -> None:
    """A night that closes a Saturday and the Sunday behind it: of both, the evening of the Saturday is odd."""
    night = person(Night(), 8)
    for shift in (10, 13):
        for giver in range(10):
            person(night, 4, BusinessDayDate=DAY + timedelta(days=1), OperatorID=giver, LocalHour=shift)
    rows = found(night.write(tmp_path / "n"), replace(BASIS, day=DAY + timedelta(days=1)), USUAL)
    (fewer,) = of_code("fewer_than_usual", rows)
    assert (fewer["BusinessDayDate"], fewer["Count"]) == (DAY, 0)


def test_nobody_is_asked_for_fewer_while_the_day_runs(tmp_path: Path) -> None:
    """An export at ten: the evening is still to come. Who gave many more than usual has done so already."""
    night = person(Night(), 20)
    folder = night.write(tmp_path / "n")
    rows = found(folder, replace(BASIS, over=False, allowance=40), USUAL)
    assert of_code("fewer_than_usual", rows) == []
    (more,) = of_code("more_than_usual", rows)
    assert "1 comparison this night" in more["Detail"]
    assert len(of_code("fewer_than_usual", found(folder, before=USUAL))) == 1


def test_what_comes_late_is_compared_with_nothing(tmp_path: Path) -> None:
    night = person(Night(), 30, LateFlag=True, BusinessDayDate=DAY - timedelta(days=3))
    night.refuse("unknown", LateFlag=True, BusinessDayDate=DAY - timedelta(days=3))
    rows = found(night.write(tmp_path / "n"), before=USUAL)
    assert of_code("more_than_usual", rows) == of_code("fewer_than_usual", rows) == []


def test_without_weeks_before_nothing_is_compared(tmp_path: Path) -> None:
    folder = person(Night(), 30).write(tmp_path / "n")
    elsewhere = History(usual=[replace(each, store="pier") for each in USUAL.usual], trading_days=[("pier", 6, 8)])
    for before in (History(), elsewhere, replace(USUAL, usual=[], trading_days=[("harbour", 6, 8)])):
        rows = found(folder, before=before)
        assert of_code("more_than_usual", rows) == of_code("fewer_than_usual", rows) == []


AGAIN = """
import json, sys
from pathlib import Path
from pos_recovery.export.counts import queries
from pos_recovery.export.counts import exceptions
from pos_recovery.export.counts.daily import daily
from pos_recovery.export.counts.summary import figures, summary
from tests.export.night_folders import BASIS, DAY, looked_at
from tests.export.counts.test_outliers import USUAL
queries._SETTINGS["threads"] = int(sys.argv[2])
with looked_at(Path(sys.argv[1])) as con:
    for queries in (daily(con, BASIS.decimals), [exceptions.exceptions(con, BASIS, USUAL)]):
        print([row for query in queries for row in con.execute(query).fetchall()])
    rows = dict.fromkeys(("coupons", "events", "refusals", "exceptions", "daily", "balances"), 0)
    added = figures(con, DAY)
    print(json.dumps(summary(added, BASIS, rows=rows, balances=(), days=added.told, exceptions={"copies": 1})))
"""


def test_neither_threads_nor_a_hash_seed_nor_a_language_show(tmp_path: Path) -> None:
    night = Night()
    for number in range(1_000):
        code = night.give(number % 7200, RetailStoreID=f"s{number % 50}", OperatorID=number % 3, LocalHour=number % 24)
        night.do(code, "redeemed", number, RetailStoreID=f"s{number % 30}", EndingCode="turned_around")
    folder = night.write(tmp_path / "n", times=132)  # two row groups: each thread takes its own
    told = set()
    for seed, threads, language in (("0", "1", "C"), ("1", "7", "tr_TR.UTF-8")):
        surroundings = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": language, "TZ": f"UTC-{seed}"}
        done = subprocess.run(
            [sys.executable, "-c", AGAIN, str(folder), threads], env=surroundings, capture_output=True, check=True
        )
        told.add(done.stdout)
    assert len(told) == 1
    assert len(told.pop()) > 100_000
