"""Night folders for tests: of a real ledger, or of rows written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from db.night import history, marks, told_facts
from db.night.columns import FORMAT, TEXT, Field
from db.night.history import History
from db.night.span import FIRST_DAY, Span
from db.night.told_facts import Shown
from pos_recovery.export.counts import exceptions
from pos_recovery.export.counts.queries import counting, look_at
from pos_recovery.export.facts import read_ledger, table_files
from pos_recovery.export.facts.run_inputs import Basis, StoreShown
from pos_recovery.export.facts.table_columns import EXCEPTIONS
from pos_recovery.export.facts.table_files import Written
from pos_recovery.export.facts.zone_offsets import offsets
from tests.till import Till

DAY = date(2026, 11, 14)
MORNING = datetime(2026, 11, 14, 9, 0, tzinfo=UTC)
NOTHING = '{"coupon": 0, "coupon_event": 0, "refusal": 0, "conflict": 0}'
OFFSETS = tuple(offsets("Europe/Prague", datetime(2026, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001  as zones wants it
SHOWN = Shown(OFFSETS, {"CZK": 100})
CZECH = {
    "positive": "{}\u00a0Kč", "negative": "-{}\u00a0Kč", "decimal": ",", "group": "\u00a0", "groups": [3, 3],
}  # fmt: skip
PRAGUE = StoreShown("Harbour St", "Europe/Prague", "CZK")
BASIS = Basis(
    run=2, day=DAY, until=NOTHING, previous_day=DAY - timedelta(days=1), after=NOTHING, allowance=10, cap=40,
    over=True, furthest=DAY + timedelta(days=1),
    stores={"harbour": PRAGUE, "pier": PRAGUE}, reasons={"late": "Late"}, scales={"CZK": 100},
    forms={"CZK": CZECH}, offsets=OFFSETS,
)  # fmt: skip
_COMMON = {
    "RetailStoreID": "harbour", "WorkstationID": "1", "BusinessDayDate": DAY, "LocalHour": 10, "OperatorID": 2,
    "TrainingModeFlag": False, "CostMinor": 2550, "Cost": "25.50", "CurrencyCode": "CZK", "CurrencyDecimals": 2,
    "RequestID": "r", "ClockDriftSeconds": 0, "LateFlag": False, "DatedAheadFlag": False,
}  # fmt: skip
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "coupons": {
        **_COMMON, "ReasonCode": "late", "RemadeFlag": False, "NoticedFirstFlag": True, "LanguageCode": "en",
        "ExpirationDate": DAY,
    },
    "events": {
        **_COMMON, "EventNumber": 1, "EventType": "redeemed", "OperatorID": 1, "OfflineFlag": False,
        "CouponKnownFlag": True, "IssuingRetailStoreID": "harbour", "IssuingWorkstationID": "1",
        "IssuingOperatorID": 2, "IssuingBusinessDayDate": DAY, "ReasonCode": "late", "NoticedFirstFlag": True,
        "ExpirationDate": DAY, "CouponCostMinor": 2550,
    },
    "refusals": {**_COMMON, "RefusalID": "1", "RefusalCode": "unknown", "OperatorID": 1},
}  # fmt: skip


def shown(at: datetime) -> str:
    """As the files have a time."""
    return at.isoformat(timespec="microseconds")


@dataclass
class Night:
    """Rows of a night. What a row does not say is said by a default."""

    coupons: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)

    def give(self, seconds: float = 0, **row: Any) -> str:  # noqa: ANN401  columns have many types
        """A coupon, so many seconds after ten o'clock."""
        code = row.setdefault("CouponCode", f"0000-0000-{len(self.coupons):04d}")
        self.coupons.append({"BeginDateTime": shown(MORNING + timedelta(seconds=seconds)), **row})
        return str(code)

    def do(self, code: str, kind: str, seconds: float = 0, **row: Any) -> None:  # noqa: ANN401  see above
        """Something that became of a coupon, given at ten o'clock unless told otherwise."""
        earlier = sum(each["CouponCode"] == code for each in self.events)
        told = {"CouponCode": code, "EventType": kind, "EventNumber": earlier + 1, "IssuingDateTime": shown(MORNING)}
        self.events.append({**told, "BeginDateTime": shown(MORNING + timedelta(seconds=seconds)), **row})

    def refuse(self, kind: str, seconds: float = 0, **row: Any) -> None:  # noqa: ANN401  see above
        at = shown(MORNING + timedelta(seconds=seconds))
        self.refusals.append({"RefusalID": str(len(self.refusals)), "RefusalCode": kind, "BeginDateTime": at, **row})

    def write(self, folder: Path, times: int = 1) -> Path:
        folder.mkdir()
        for facts in told_facts.facts(Span(None, FIRST_DAY, NOTHING, DAY), SHOWN, "sqlite"):
            rows = [{**_DEFAULTS[facts.name], **row} for row in getattr(self, facts.name)]
            write_rows(folder, facts.name, facts.fields, rows, times=times)
        return folder


def write_rows(
    folder: Path, name: str, fields: Sequence[Field], rows: Sequence[Mapping[str, Any]], number: int = FORMAT,
    times: int = 1,
) -> list[Written]:  # fmt: skip
    """Both files of a table."""
    lines = [",".join(_cell(each, row.get(each.name)) for each in fields) + "\r\n" for row in rows]
    with table_files.Hashing(folder / f"{name}.csv") as plain:
        plain.write(table_files.csv_head(fields, number))
        plain.write("".join(lines * times).encode())
    with counting(folder) as con:
        return [plain.written(len(rows) * times), table_files.write_parquet(con, folder, name, fields)]


def _cell(field: Field, value: Any) -> str:  # noqa: ANN401  of the field's type
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return '"' + text.replace('"', '""') + '"' if field.type in TEXT else text


@contextmanager
def looked_at(folder: Path) -> Iterator[DuckDBPyConnection]:
    """A night's facts, to be counted."""
    with counting(folder) as con:
        look_at(con, folder)
        yield con


def rows_of(con: DuckDBPyConnection, query: str, fields: Sequence[Field]) -> list[dict[str, Any]]:
    """The rows of a table that are to be written."""
    return [dict(zip([each.name for each in fields], row, strict=True)) for row in con.execute(query).fetchall()]


def mark(till: Till) -> str:
    with till.reading() as connection:
        return marks.take(connection)


def write_ledger(till: Till, span: Span, folder: Path) -> Path:
    """The files of facts of a run, as the night file has them."""
    folder.mkdir()
    with counting(folder) as con:
        for facts in told_facts.facts(span, SHOWN, "sqlite"):
            read_ledger.write(till.counter.engine, folder, facts)
            table_files.write_parquet(con, folder, facts.name, facts.fields)
    return folder


def weeks_before(till: Till, span: Span, limit: int = 10, furthest: date = DAY) -> History:
    with till.reading() as connection:
        return history.before(connection, span, SHOWN, limit=limit, furthest=furthest)


def found(folder: Path, basis: Basis = BASIS, before: History | None = None) -> list[dict[str, Any]]:
    """The exceptions of a folder, without what is absent."""
    with looked_at(folder) as con:
        rows = rows_of(con, exceptions.exceptions(con, basis, before or History()), EXCEPTIONS)
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def of_code(code: str, rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in rows if row["ExceptionCode"] == code]
