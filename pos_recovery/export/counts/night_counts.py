"""What is counted of a night from its own files of facts: whether the sums prove, the other tables, the summary.

Nothing here asks the ledger, and SQLAlchemy is not loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from db.night.balances import Standing, Sums
from db.night.columns import of_format
from db.night.history import History
from pos_recovery.export.counts import proof, reference_tables
from pos_recovery.export.counts.daily import daily
from pos_recovery.export.counts.exceptions import exceptions
from pos_recovery.export.counts.proof import Balance
from pos_recovery.export.counts.summary import Figures, exceptions_by_code, figures
from pos_recovery.export.facts import table_files
from pos_recovery.export.facts.run_inputs import Basis
from pos_recovery.export.facts.table_columns import BALANCES, DAILY, EXCEPTIONS, PEOPLE, STORES
from pos_recovery.export.facts.table_files import Written

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from db.night.columns import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What there is to count."""

    folder: Path
    """With the files of facts; the other tables go there too."""
    basis: Basis
    """Of the run, with all that is known by now."""
    opening: Sums
    standing: Standing
    past: History


@dataclass(frozen=True, slots=True)
class Added:
    """What was added up."""

    balances: Sequence[Balance]
    written: Sequence[Written] = ()
    """The files of `daily` and `balances`, but for one that still comes:"""
    coming: Future[Written] | None = None
    """`daily.parquet`: in a chain it takes as long as all that is left to do."""
    figures: Figures | None = None
    """None: the balances do not prove, and nothing else was counted."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is worth a look."""

    written: Sequence[Written]
    """The files of `exceptions`, `stores` and `people`."""
    by_code: Mapping[str, int]
    """How many there are of each."""


def add_up(con: DuckDBPyConnection, work: Work, beside: Executor) -> Added:
    """Every store's balance; if all of them prove, the files of `daily` and `balances`, and the figures.

    Args:
        con: Of `queries.counting`, with the views of `look_at`.
        work: What there is to count.
        beside: Does what is not waited for.
    """
    balances = proof.balances(work.opening, proof.moved(con), work.standing)
    if not all(each.proves for each in balances):
        return Added(balances)
    basis = work.basis
    added = figures(con, basis.day)
    hours = of_format(DAILY, basis.format)
    written = table_files.write_csv(con, work.folder, "daily", hours, basis.format, daily(con, basis.decimals))
    coming = beside.submit(table_files.write_parquet, con, work.folder, "daily", hours)
    fields = of_format(BALANCES, basis.format)
    table = proof.table(con, balances, basis.day, basis.decimals, fields)
    return Added(balances, [written, *_write(con, work, "balances", fields, table)], coming, added)


def judge(con: DuckDBPyConnection, work: Work) -> Judged:
    """Write `exceptions`, and whom the night speaks of."""
    written = _write(con, work, "exceptions", EXCEPTIONS, exceptions(con, work.basis, work.past))
    if work.basis.format > 1:
        written += _write(con, work, "stores", STORES, reference_tables.stores(con, work.basis))
        written += _write(con, work, "people", PEOPLE, reference_tables.people(con, work.basis, work.folder))
    return Judged(written, exceptions_by_code(con, work.folder))


def _write(con: DuckDBPyConnection, work: Work, name: str, fields: Sequence[Field], query: str) -> list[Written]:
    """Both files of a table."""
    plain = table_files.write_csv(con, work.folder, name, fields, work.basis.format, [query])
    return [plain, table_files.write_parquet(con, work.folder, name, fields)]
