"""What is counted of a night from its own files of facts: whether the sums prove, the other tables, the summary.

Each function is one step, which a process of its own takes in a large night (`aside`), because what DuckDB and Arrow
have held they do not all give back. So nothing here asks the ledger, and SQLAlchemy is not loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from db.balances import Standing, Sums
from db.history import History
from pos_recovery.export import files, proof
from pos_recovery.export.basis import Basis, Day
from pos_recovery.export.counting import counting
from pos_recovery.export.daily import daily
from pos_recovery.export.exceptions import exceptions
from pos_recovery.export.files import Written
from pos_recovery.export.proof import Balance
from pos_recovery.export.summary import days_told, exceptions_by_code, summary
from pos_recovery.export.tables import BALANCES, DAILY, EXCEPTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What there is to count."""

    folder: Path
    """With the files of facts; the other tables go there too."""
    basis: Basis
    """Of the run, with all that is known by now."""
    rows: Mapping[str, int]
    """Of the files that are there."""
    opening: Sums
    standing: Standing
    past: History
    days: Mapping[date, Day]
    """What earlier runs have told of business days."""
    balances: Sequence[Balance] = ()
    """As `prove` found them."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was added up."""

    written: list[Written]
    """The files of `daily` and `balances`."""
    days: Mapping[date, Day]
    """What this run tells of each business day."""
    summary: Mapping[str, Any]
    """As `summary.json` has it."""


def prove(work: Work) -> Iterator[list[Balance]]:
    """Every store's balance, whether it proves or not."""
    with counting(work.folder) as counts:
        yield proof.balances(work.opening, proof.moved(counts), work.standing)


def judge(work: Work) -> Iterator[list[Written]]:
    """Write `exceptions`."""
    with counting(work.folder) as counts:
        yield files.write_table(work.folder, "exceptions", EXCEPTIONS, exceptions(counts, work.basis, work.past))


def count(work: Work) -> Iterator[Counted]:
    """Write `daily` and `balances`, and add up."""
    folder, basis = work.folder, work.basis
    with counting(folder) as counts:
        written = files.write_table(folder, "daily", DAILY, daily(counts))
    written += files.write_table(folder, "balances", BALANCES, proof.table(work.balances))
    with counting(folder) as counts:  # begun anew: what the rows of `daily` held is given back
        days = days_told(counts)
        known = {day: work.days.get(day, Day()) + days.get(day, Day()) for day in work.days.keys() | days.keys()}
        by_code = exceptions_by_code(counts, folder)
        rows = {**work.rows, **files.rows_of(written)}
        full = replace(basis, days=days)
        told = summary(counts, full, rows=rows, balances=work.balances, days=known, exceptions=by_code)
    yield Counted(written, days, told)
