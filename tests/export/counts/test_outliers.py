"""An alarm at night is nearly never false, and what cannot be chance is seen."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from math import comb
from pathlib import Path

import numpy as np
import pytest

from db.night.history import WEEKS, History, Usual
from pos_recovery.export.counts import outliers
from tests.export.night_folders import BASIS, DAY, Night, found, of_code

NIGHTS, STORES, PEOPLE, SUNDAY = 301, 200, 2, 6
RHYTHM = np.full((7, 3), 8.0)
"""Coupons per person: of each day of the week, Monday first, and of its three shifts."""
RHYTHM[5] *= 3
RHYTHM[SUNDAY, 2] = 0
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


def nights(*, pooled: bool) -> Iterator[tuple[int, np.ndarray]]:
    """Nights of a chain with a rhythm, in which nobody does anything unusual: their day of the week, and the chances.

    Args:
        pooled: Compare with all days of the weeks before, not only with those of the same day of the week.
    """
    chance = np.random.default_rng(20261114)
    for night in range(NIGHTS):
        weekday = night % 7
        rates = RHYTHM[np.arange(7) if pooled else [weekday]]
        shape = (WEEKS, STORES, len(rates), 3)
        person = chance.poisson(rates, (PEOPLE, *shape))
        coupons, times = (each.sum((0, 1, 3)).ravel() for each in (person, person > 0))  # who gave nothing is not seen
        now = chance.poisson(RHYTHM[weekday], (PEOPLE, STORES, 3)).reshape(PEOPLE, -1)
        given = [(now[who] > 0) & (coupons > 0) for who in range(PEOPLE)]
        more = [
            outliers.chance_of_more(now[who][those], coupons[those], times[those]) for who, those in enumerate(given)
        ]
        asked = coupons > 0
        days = np.full(asked.sum(), WEEKS * len(rates))
        yield weekday, np.concatenate([*more, outliers.chance_of_fewer(now.sum(0)[asked], coupons[asked], days)])


def test_at_most_one_night_in_a_hundred_has_a_false_alarm() -> None:
    alarmed = sum(bool(outliers.surprising(night)) for _, night in nights(pooled=False))
    assert alarmed <= NIGHTS * outliers.FALSE_ALARMS


def test_one_comparison_in_a_hundred_would_cry_every_night() -> None:
    """The twin: each comparison by itself, at the same one in a hundred."""
    alarmed = sum(bool((night <= outliers.FALSE_ALARMS).any()) for _, night in nights(pooled=False))
    assert alarmed >= NIGHTS * 0.95


def test_all_days_of_the_week_in_one_would_take_a_closed_evening_for_fear() -> None:
    """The twin: on every Sunday, and on every Saturday for too many."""
    alarms = [(weekday, len(outliers.surprising(night))) for weekday, night in nights(pooled=True)]
    assert all(many > STORES / 2 for weekday, many in alarms if weekday == SUNDAY)
    assert all(many for weekday, many in alarms if weekday == SUNDAY - 1)


def binomial(most: int, of: int, share: Fraction) -> Fraction:
    """The chance of `most` or fewer, exactly."""
    return sum((comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(most + 1)), Fraction())


@pytest.mark.parametrize(("many", "coupons", "times"), [(1, 1, 1), (5, 0, 3), (0, 40, 28), (7, 90, 28), (60, 300, 20)])
def test_the_chances_are_those_of_the_binomial_distribution(many: int, coupons: int, times: int) -> None:
    share = Fraction(1, times + 1)
    counts = (np.array([many]), np.array([coupons]), np.array([times]))
    if many:
        more = 1 - binomial(many - 1, many + coupons, share)
        assert outliers.chance_of_more(*counts)[0] == pytest.approx(float(more), rel=1e-12)
    if coupons:
        fewer = binomial(many, many + coupons, share)
        assert outliers.chance_of_fewer(*counts)[0] == pytest.approx(float(fewer), rel=1e-12)


def test_the_rule_steps_down() -> None:
    """Of two comparisons the first is held to half of the rate; once it is found, the second to all of it."""
    assert outliers.surprising(np.array([0.009, 0.004])) == [(0, "0.00900000"), (1, "0.00400000")]
    assert outliers.surprising(np.array([0.009, 0.006])) == []
    assert outliers.surprising(np.array([0.5, 0.0050000001])) == [(1, "0.00500000")]  # rounded first
    assert outliers.surprising(np.array([0.5, 0.005001])) == []
    assert outliers.surprising(np.array([1e-300])) == [(0, "0.000000000001")]
    assert outliers.surprising(np.array([])) == []


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
