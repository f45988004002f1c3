"""`datapackage.json`: what is in a night's folder, as a Frictionless Data Package, v1.

https://specs.frictionlessdata.io/data-package/ and /table-schema/

It names every other file with its size and SHA-256, and the manifest of the run before with its own SHA-256. So the
nights are a chain: whoever changes one has to write every later one anew.

It holds nothing but what follows from the run and the files, and there is one way of writing it. So it is read by
writing it again: a manifest that says anything else is not one of ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from db.night.columns import FORMAT, SAME_BYTES, Field, of_format
from db.night.span import FIRST_DAY, Span
from db.night.told_facts import Shown, facts
from pos_recovery.export.facts import workbook
from pos_recovery.export.facts.run_inputs import Basis
from pos_recovery.export.facts.table_columns import BALANCES, DAILY, EXCEPTIONS, PEOPLE, STORES, Table
from pos_recovery.export.facts.table_files import EOL, Written
from pos_recovery.rules.time_zones import is_version

NAME = "datapackage.json"
OTHERS = ("summary.json", "report.html")
"""The files that are no tables."""
KEYS: Mapping[str, tuple[str, ...]] = {
    "coupons": ("CouponCode",),
    "events": ("CouponCode", "EventNumber"),
    "refusals": ("RefusalID",),
    "exceptions": ("ExceptionID",),
    "daily": ("BusinessDayDate", "RetailStoreID", "ReasonCode", "LocalHour", "CurrencyCode"),
    "balances": ("RetailStoreID", "CurrencyCode"),
    "stores": ("RetailStoreID",),
    "people": ("RetailStoreID", "OperatorID"),
}
"""What tells one row of each table from all others. A fact is told once, so its key is unique over all nights."""
MAY_BE_EMPTY = {("daily", "ReasonCode")}
"""Text that is empty with a meaning. By the Table Schema what is empty is missing, so it cannot be required."""
_SINCE = {"stores": 2, "people": 2}
"""The first format that has the table."""
_MEDIA = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
    "html": "text/html",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_DIALECT = {"delimiter": ",", "lineTerminator": EOL.decode(), "quoteChar": '"', "doubleQuote": True, "header": True}
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST = 2**62
"""More than any file has bytes."""

_BALANCES = "What was promised, kept and is still open, by the store that gave the coupons."


def tables(number: int = FORMAT) -> tuple[Table, ...]:
    """All tables of a night file of a format, in the order of the manifest."""
    none = Span(None, FIRST_DAY, '{"coupon":0,"coupon_event":0,"refusal":0}', FIRST_DAY)
    told = (
        *((each.name, each.description, each.fields) for each in facts(none, Shown((), {}), "sqlite")),
        ("exceptions", "What somebody should look at.", EXCEPTIONS),
        ("daily", "What happened in each hour, told by this run.", DAILY),
        ("balances", _BALANCES, BALANCES),
        ("stores", "The stores by their number.", STORES),
        ("people", "The people this night speaks of, by store and number.", PEOPLE),
    )
    return tuple(
        (name, description, of_format(fields, number))
        for name, description, fields in told
        if number >= _SINCE.get(name, 1)
    )


@dataclass(frozen=True, slots=True)
class Previous:
    """The run before."""

    run: int
    day: date
    sha256: str
    """Of its manifest."""


@dataclass(frozen=True, slots=True)
class Link:
    """A run's place in the chain."""

    run: int
    day: date
    """The business day it closes."""
    previous: Previous | None
    """None: it is the first."""
    format: int = FORMAT
    zone_rules: str | None = None
    """The version of the rules of time zones it was told by; None: it does not say, as older nights do not."""
    closed_as: str | None = None
    """The SHA-256 of the manifest it was closed with, in an earlier form, before it was written anew; None: it is as it
    was closed."""

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.day}_{self.run:06d}"

    @property
    def workbook(self) -> str:
        """The name of the workbook: Excel opens no two of one name at once."""
        return f"{self.name}.xlsx"


class NotOurs(ValueError):
    """A manifest that we have not written.

    Attributes:
        code: Of the problem (`verify.Problem`).
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def manifest(basis: Basis, written: Sequence[Written], closed_as: str | None = None) -> bytes:
    """The manifest of a run.

    Args:
        basis: Of the run.
        written: Every other file of its folder, in any order.
        closed_as: As of `Link`.
    """
    previous = None
    if basis.previous_day is not None and basis.previous_manifest is not None:
        previous = Previous(basis.run - 1, basis.previous_day, basis.previous_manifest)
    link = Link(basis.run, basis.day, previous, basis.format, basis.zone_rules, closed_as)
    return _manifest(link, {each.name: each for each in written})


def read(data: bytes) -> tuple[Link, dict[str, Written]]:
    """What a manifest says: its run's place in the chain, and the files.

    Raises:
        NotOurs: It is no manifest that we write, and the sentence says where it begins to differ.
    """
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        raise NotOurs("manifest_unreadable", "It cannot be read as JSON.") from None
    if not isinstance(told, dict):
        raise NotOurs("manifest_shape", "It is JSON, and not a manifest.")
    number = told.get("format")
    if type(number) is not int or not 1 <= number <= FORMAT:
        raise NotOurs("format", f"It is of no format from 1 to {FORMAT}, which this version of pos-recovery reads.")
    before, previous = told.get("previous"), None
    if before is not None:
        previous = Previous(_number(before, "run"), _day(before, "business_day"), _sha256(before, "sha256"))
    closed_as = _sha256(told, "closed_as") if number < SAME_BYTES and "closed_as" in told else None
    link = Link(_number(told, "run"), _day(told, "business_day"), previous, number, _rules(told), closed_as)
    files = _files(told.get("resources"), link)
    difference = _difference(data, _manifest(link, files))
    if difference is not None:
        raise NotOurs("manifest_shape", f"It is not as we write it, from line {difference} on.")
    return link, files


def _manifest(link: Link, written: Mapping[str, Written]) -> bytes:
    before = link.previous
    package = {
        "profile": "data-package",
        "name": f"night-{link.run:06d}",
        "title": f"Service recovery: business day {link.day}, run {link.run}",
        "format": link.format,
        "run": link.run,
        "business_day": str(link.day),
        **({} if link.zone_rules is None else {"time_zone_rules": link.zone_rules}),
        **({} if link.closed_as is None else {"closed_as": link.closed_as}),
        "previous": before and {"run": before.run, "business_day": str(before.day), "sha256": before.sha256},
        "resources": [
            *(
                _table(*table, kind, written[f"{table[0]}.{kind}"])
                for table in tables(link.format)
                for kind in ("csv", "parquet")
            ),
            *(_other(written[name]) for name in others(link, written)),
        ],
    }
    return (json.dumps(package, ensure_ascii=False, indent=1) + "\n").encode()


def _table(name: str, description: str, fields: Sequence[Field], kind: str, file: Written) -> dict[str, Any]:
    """What Frictionless reads as a table is the CSV file.

    Of the Parquet file it checks size and hash alone, without a reader that few have; `rows` would be an error there.
    """
    is_csv = kind == "csv"
    return {
        "profile": "tabular-data-resource" if is_csv else "data-resource",
        "name": name if is_csv else f"{name}-{kind}",
        **({} if is_csv else {"type": "file"}),
        **_described(file),
        "description": description
        if is_csv
        else f"{description} The rows of {name}.csv, typed, and text as it was written.",
        **({"rows": file.rows, "dialect": _DIALECT} if is_csv else {}),
        "schema": {
            "fields": [_field(name, each) for each in fields],
            "missingValues": [""],
            "primaryKey": list(KEYS[name]),
        },
    }


def _field(table: str, each: Field) -> dict[str, Any]:
    required = not each.optional and (table, each.name) not in MAY_BE_EMPTY
    return {
        "name": each.name,
        "type": each.type,
        "description": each.description,
        **({"constraints": {"required": True}} if required else {}),
    }


def others(link: Link, written: Mapping[str, Written]) -> list[str]:
    """The files of a night that are no tables. A workbook is there unless there are too many rows for one."""
    has_book = link.format > 1 and workbook.is_for(written.values())
    return [*OTHERS, *([link.workbook] if has_book else [])]


def _other(file: Written) -> dict[str, Any]:
    name, _, kind = file.name.partition(".")
    name = "workbook" if kind == "xlsx" else name
    return {"profile": "data-resource", "name": name, "type": "file", **_described(file)}


def _described(file: Written) -> dict[str, Any]:
    kind = file.name.rpartition(".")[2]
    return {
        "path": file.name,
        "format": kind,
        "mediatype": _MEDIA[kind],
        **({} if kind in ("parquet", "xlsx") else {"encoding": "utf-8"}),
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
    }


def _files(resources: Any, link: Link) -> dict[str, Written]:  # noqa: ANN401  whatever the manifest has there
    files: dict[str, Written] = {}
    for each in resources if isinstance(resources, list) else ():
        path = each.get("path") if isinstance(each, dict) else None
        if not isinstance(path, str) or not _PLAIN.fullmatch(path):
            raise NotOurs("unsafe_path", "It names something else than a file of this folder.")
        rows = _number(each, "rows") if path.endswith(".csv") else None
        files[path] = Written(path, _number(each, "bytes"), _sha256(each, "hash", "sha256:"), rows)
    ours = [f"{name}.{kind}" for name, _, _ in tables(link.format) for kind in ("csv", "parquet")]
    if sorted(files) != sorted(ours + others(link, files)):
        raise NotOurs("manifest_shape", "It does not name the files that a night has.")
    return files


def _number(told: Any, key: str) -> int:  # noqa: ANN401
    number = told.get(key) if isinstance(told, dict) else None
    if type(number) is not int or not 0 <= number < _MOST:
        raise NotOurs("manifest_shape", f"It has no proper number as {key}.")
    return number


def _day(told: Any, key: str) -> date:  # noqa: ANN401
    try:
        return date.fromisoformat(told[key])
    except (KeyError, TypeError, ValueError):
        raise NotOurs("manifest_shape", f"It has no date as {key}.") from None


def _rules(told: dict[str, Any]) -> str | None:
    rules = told.get("time_zone_rules")
    if rules is None or is_version(rules):
        return rules
    raise NotOurs("manifest_shape", "It has no version as time_zone_rules.")


def _sha256(told: Any, key: str, before: str = "") -> str:  # noqa: ANN401
    text = told.get(key) if isinstance(told, dict) else None
    if not isinstance(text, str) or not text.startswith(before) or not _SHA256.fullmatch(text.removeprefix(before)):
        raise NotOurs("manifest_shape", f"It has no SHA-256 as {key}.")
    return text.removeprefix(before)


def _difference(one: bytes, other: bytes) -> int | None:
    """The first line that is not the same, counted from 1."""
    if one == other:
        return None
    ours = other.split(b"\n")
    for number, line in enumerate(one.split(b"\n")):
        if number >= len(ours) or line != ours[number]:
            return number + 1
    return len(ours)
