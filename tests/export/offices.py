"""A head office for tests: it closes days of a till's ledger, and reads what it gets as head office would."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from sqlalchemy import Engine

from pos_recovery.export.closing.close_day import Office, close_day
from pos_recovery.export.closing.outcomes import Exported, Outcome
from pos_recovery.export.closing.planning import Limits
from pos_recovery.rules.business_days import Clock
from tests.till import Till

FACTS = {"coupons": ("CouponCode",), "events": ("CouponCode", "EventNumber"), "refusals": ("RefusalID",)}
"""The files of facts, and the keys of their rows."""


@dataclass
class HeadOffice:
    """Closes days."""

    engine: Engine
    file: Path | None
    folder: Path
    clock: Clock
    out: str = ""
    names: bool = False
    """Whether nights name people."""
    steps: list[tuple[str, str]] = field(default_factory=list)
    """What was shown of its progress."""

    def office(self, out: Path | str | None = None) -> Office:
        """As the product knows it."""
        return Office(
            engine=self.engine,
            file=self.file,
            spool=self.folder / "on their way",
            out=str(out or self.out or self.folder / "nights"),
            limits=Limits(allowance=10, cap=40, names=self.names),
            clock=self.clock,
            progress=lambda night, step: self.steps.append((night, step)),
        )

    def close(self, day: date | None = None, out: Path | str | None = None) -> Outcome:
        """Whatever comes of it."""
        return close_day(self.office(out), day)

    def night(self, day: date | None = None, out: Path | str | None = None) -> Path:
        """The folder of a day that is closed well."""
        outcome = self.close(day, out)
        assert isinstance(outcome, Exported), outcome
        return Path(outcome.folder)

    def nights(self) -> list[Path]:
        """Every folder there is, and every left-over."""
        folder = Path(self.out or self.folder / "nights")
        return sorted(folder.iterdir()) if folder.exists() else []


def rows(night: Path, table: str) -> list[dict[str, Any]]:
    """A table of a night, as typed."""
    found: list[dict[str, Any]] = pq.read_table(night / f"{table}.parquet").to_pylist()
    return found


def keys(night: Path, table: str) -> list[tuple[Any, ...]]:
    """What tells the rows of a file of facts apart."""
    return [tuple(row[name] for name in FACTS[table]) for row in rows(night, table)]


def content(night: Path) -> dict[str, bytes]:
    """Every file and its bytes."""
    return {file.name: file.read_bytes() for file in sorted(night.iterdir())}


def told_once(till: Till, nights: list[Path]) -> None:
    """All nights together are the ledger."""
    for table, in_ledger in (("coupons", "coupon"), ("events", "coupon_event"), ("refusals", "refusal")):
        told = [key for night in nights for key in keys(night, table)]
        assert len(told) == len(set(told)) == till.count(in_ledger), table
