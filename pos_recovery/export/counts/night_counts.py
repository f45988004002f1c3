"""What is counted of a night from its own files of facts: whether the sums prove, the other tables, the summary.

Each function is one step, which a process of its own takes in a large night (`subprocesses`), because what DuckDB and
Arrow have held they do not all give back. So nothing here asks the ledger, and SQLAlchemy is not loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from pos_recovery.export.counts.queries import counting
from pos_recovery.export.counts.summary import Figures, exceptions_by_code, figures
from pos_recovery.export.facts import table_files
from pos_recovery.export.facts.run_inputs import Basis
from pos_recovery.export.facts.table_columns import BALANCES, DAILY, EXCEPTIONS, PEOPLE, STORES
from pos_recovery.export.facts.table_files import Written

if TYPE_CHECKING:
    import pyarrow as pa

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
    """The files of `daily` and `balances`."""
    figures: Figures | None = None
    """None: the balances do not prove, and nothing else was counted."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is worth a look."""

    written: Sequence[Written]
    """The files of `exceptions`, `stores` and `people`."""
    by_code: Mapping[str, int]
    """How many there are of each."""


def add_up(work: Work) -> Iterator[Added]:
    """Every store's balance; if all of them prove, the files of `daily` and `balances`, and the figures."""
    folder = work.folder
    with counting(folder) as counts:
        balances = proof.balances(work.opening, proof.moved(counts), work.standing)
        if not all(each.proves for each in balances):
            yield Added(balances)
            return
        added = figures(counts, work.basis.day)
        written = _write(work, "daily", of_format(DAILY, work.basis.format), daily(counts, work.basis.decimals))
    fields = of_format(BALANCES, work.basis.format)
    written += _write(work, "balances", fields, proof.table(balances, work.basis.day, work.basis.decimals, fields))
    yield Added(balances, written, added)


def judge(work: Work) -> Iterator[Judged]:
    """Write `exceptions`."""
    with counting(work.folder) as counts:
        written = _write(work, "exceptions", EXCEPTIONS, exceptions(counts, work.basis, work.past))
        if work.basis.format > 1:
            written += _write(work, "stores", STORES, reference_tables.stores(work.basis))
            written += _write(work, "people", PEOPLE, reference_tables.people(counts, work.basis, work.folder))
        yield Judged(written, exceptions_by_code(counts, work.folder))


def _write(work: Work, name: str, fields: Sequence[Field], batches: Iterable[pa.RecordBatch]) -> list[Written]:
    return table_files.write_table(work.folder, name, fields, batches, work.basis.format)
