"""One night's folder, written from what its run rests on: the same bytes whenever it is written.

The tables of facts come first, as the database says them; everything else is counted from those files, so that it is
true of what head office gets. Then the sums are held against the ledger, and a night that does not prove is not told.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from db.connection.engine import reading
from db.connection.errors import StoreBroken, StoreDamaged
from db.connection.prepared import driver_of
from db.night import balances, history, marks, told_facts
from db.night.told_facts import decimals
from db.upkeep import integrity
from pos_recovery.export.closing.outcomes import DoesNotProve
from pos_recovery.export.counts.night_counts import Work, add_up, judge
from pos_recovery.export.counts.queries import counting, look_at
from pos_recovery.export.counts.summary import summary
from pos_recovery.export.facts import manifest, read_ledger, table_files, workbook
from pos_recovery.export.facts.run_inputs import Basis, Day, known_at
from pos_recovery.export.facts.table_columns import EXCEPTIONS
from pos_recovery.export.page.report import write_report
from pos_recovery.rules.codes import printed

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection
    from sqlalchemy import Engine

    from db.night.balances import Standing, Sums
    from db.night.columns import Facts
    from db.night.history import History
    from db.night.span import Span
    from pos_recovery.export.counts.proof import Balance
    from pos_recovery.export.counts.summary import Figures
    from pos_recovery.export.facts.table_files import Written

IN_LEDGER = {"coupons": "coupon", "events": "coupon_event", "refusals": "refusal"}
"""The tables of facts, and what they are called in the ledger."""
STEPS = ("coupons", "events", "refusals", "sums", "exceptions", "report", "delivery")
Progress = Callable[[str], object]
"""Is told the name of each step as it begins."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where facts come from."""

    engine: Engine
    file: Path | None
    """The file of the database, where it is one."""
    zones: Mapping[str, tuple[str, str]]
    """Zone and currency of every store, as its row has them now."""

    @property
    def dialect(self) -> str:
        """Of its SQL: "sqlite" or "postgresql"."""
        return self.engine.dialect.name


@dataclass(frozen=True, slots=True)
class _Found:
    """What the ledger says of a run."""

    rows: Mapping[str, int]
    standing: Standing
    past: History


@dataclass(frozen=True, slots=True)
class Night:
    """A folder that is whole, and proves."""

    basis: Basis
    """With what it told of each business day."""
    manifest_sha256: str
    closing: Sums
    rows: Mapping[str, int]
    late: Mapping[str, int]


def write(
    ledger: Ledger,
    runs: list[Basis],
    opening: Sums,
    folder: Path,
    progress: Progress,
    closed_as: str | None = None,
) -> Night | DoesNotProve:
    """Write the night of the last of `runs` into an empty folder; all files are on the disk when it returns.

    Args:
        ledger: Where the facts are.
        runs: What this run and all before it rest on.
        opening: What was open at the end of the run before.
        folder: Empty, and nobody else's.
        progress: Told of each step.
        closed_as: The SHA-256 of the manifest that the run was closed with, where that was in an earlier form.
    """
    return _Writing(ledger, runs, folder, progress).night(opening, closed_as)


class _Writing:
    def __init__(self, ledger: Ledger, runs: list[Basis], folder: Path, progress: Progress) -> None:
        self.ledger, self.folder, self.progress = ledger, folder, progress
        self.before, self.basis, self.known = runs[:-1], runs[-1], known_at(runs)
        self.shown = self.known.shown(self.basis, ledger.zones)
        self.written: list[Written] = []

    def night(self, opening: Sums, closed_as: str | None) -> Night | DoesNotProve:
        with counting(self.folder) as con, ThreadPoolExecutor(1, "parquet") as beside:
            found = self.tell_facts(con, beside)
            rows = table_files.rows_of(self.written)
            missing = {name: many - rows[name] for name, many in found.rows.items() if many != rows[name]}
            if missing:
                return self.does_not_prove((), missing)
            look_at(con, self.folder)
            work = Work(folder=self.folder, basis=self.full, opening=opening, standing=found.standing, past=found.past)
            added = add_up(con, work, beside)
            wrong = tuple(each for each in added.balances if not each.proves)
            if added.figures is None or added.coming is None:
                return self.does_not_prove(wrong, {})
            self.progress("exceptions")
            judged = judge(con, work)
            self.written += [*judged.written, *added.written]
            self.progress("report")
            self.tell(self.sum_up(added.figures, added.balances, judged.by_code))
            self.written.append(added.coming.result())
        self.add_workbook()
        told = manifest.manifest(self.basis, self.written, closed_as)
        kept = table_files.write_file(self.folder / manifest.NAME, told)
        return Night(
            self.basis, kept.sha256, found.standing.closing, table_files.rows_of(self.written), added.figures.late
        )

    def tell_facts(self, con: DuckDBPyConnection, beside: Executor) -> _Found:
        """Write the tables of facts. Meanwhile the ledger is asked, and what is told becomes Parquet."""
        with ThreadPoolExecutor(1, "ledger") as asking:
            asked, kept = asking.submit(self.ask), []
            try:
                for facts in told_facts.facts(self.basis.span, self.shown, self.ledger.dialect):
                    self.progress(facts.name)
                    self.written.append(read_ledger.write(self.ledger.engine, self.folder, facts))
                    kept.append(beside.submit(self.keep, con, facts))
                self.progress("sums")
                self.written += [each.result() for each in kept]
            except StoreBroken:  # rows that cannot be told, perhaps because they are none: then that is said
                asked.result()
                raise
            return asked.result()

    def keep(self, con: DuckDBPyConnection, facts: Facts) -> Written:
        """The Parquet file of what the database has told."""
        import duckdb

        try:
            return table_files.write_parquet(con, self.folder, facts.name, facts.fields)
        except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
            raise StoreDamaged(f"(A row of `{IN_LEDGER[facts.name]}` holds what was never put in.)") from error

    def ask(self) -> _Found:
        """What the ledger says. Of the same marks, so it may be asked while the files are written."""
        span = self.basis.span
        with reading(self.ledger.engine) as connection:
            if self.ledger.file is not None:
                integrity.check_rows(driver_of(connection), _looked_at(span))
            return _Found(
                {name: balances.counted(connection, span, table) for name, table in IN_LEDGER.items()},
                balances.standing(connection, span),
                history.before(
                    connection,
                    span,
                    self.shown,
                    limit=min(self.basis.allowance, self.basis.cap),
                    furthest=self.basis.furthest,
                ),
            )

    def does_not_prove(self, wrong: tuple[Balance, ...], missing: dict[str, int]) -> DoesNotProve:
        with reading(self.ledger.engine) as connection:
            codes = balances.broken(connection, self.basis.span)
        places = {code: decimals(scale) for code, scale in self.known.scales.items()}
        return DoesNotProve(self.basis.day, wrong, tuple(map(printed, codes)), missing, places)

    def sum_up(self, added: Figures, balances: Sequence[Balance], exceptions: Mapping[str, int]) -> dict[str, Any]:
        """What stands in summary.json. The basis gets what the run tells of each business day."""
        self.basis = replace(self.basis, days=added.told)
        before = known_at(self.before).days
        days = {day: before.get(day, Day()) + added.told.get(day, Day()) for day in before.keys() | added.told.keys()}
        rows = table_files.rows_of(self.written)
        return summary(added, self.full, rows=rows, balances=balances, days=days, exceptions=exceptions)

    @property
    def full(self) -> Basis:
        """The basis with all that is known by now."""
        known = self.known
        told = {name: getattr(known, name) for name in ("stores", "reasons", "people", "scales", "forms")}
        return replace(self.basis, **told)

    def add_workbook(self) -> None:
        number = self.basis.format
        if number > 1 and workbook.is_for(self.written):
            name = f"{self.basis.name}.xlsx"
            self.written.append(workbook.write(self.folder, name, manifest.tables(number)))

    def tell(self, summary: Mapping[str, Any]) -> None:
        text = json.dumps(summary, ensure_ascii=False, indent=1) + "\n"
        self.written.append(table_files.write_file(self.folder / "summary.json", text.encode()))
        with (self.folder / "exceptions.csv").open(encoding="utf-8-sig", newline="") as rows:
            page = write_report(
                summary, map(_as_kept, csv.DictReader(rows)), has_workbook=workbook.is_for(self.written)
            )
        self.written.append(table_files.write_file(self.folder / "report.html", page.encode()))


def _looked_at(span: Span) -> dict[str, str]:
    """Which rows a night rests on: those it tells, their coupons, and what their words are taken from."""
    taken = {table: span.taken(table, "f") for table in marks.FACTS}
    events = f"SELECT e.code FROM coupon_event e WHERE {span.taken('coupon_event', 'e')}"
    words = dict.fromkeys(("store", "currency", "reason"), "1 = 1")
    return taken | words | {"coupon": f"({taken['coupon']} OR f.code IN ({events}))"}


def _as_kept(row: dict[str, str]) -> dict[str, Any]:
    """A row of `exceptions` out of its CSV file: what is absent is None, numbers are numbers."""
    numbers = {each.name for each in EXCEPTIONS if each.type == "integer"}
    return {name: (int(cell) if name in numbers else cell) if cell else None for name, cell in row.items()}
