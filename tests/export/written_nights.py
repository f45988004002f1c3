"""Nights for tests: written by hand from a small trade that is made up here, without a database and without the export.

Two stores, one currency with cents and one without. Every kind of fact, text that a spreadsheet would take for a
formula, a redemption that is told a night before its coupon, and balances that carry on from night to night.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from db.night.columns import FORMAT
from pos_recovery.export.facts import manifest, table_files, workbook
from pos_recovery.export.facts.run_inputs import Basis
from pos_recovery.export.facts.table_columns import COSTS, COUNTS, EARLIER, MOVES
from pos_recovery.rules.codes import draw_code
from tests.export.night_folders import write_rows

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]
FIRST_DAY = date(2026, 11, 20)
STORES = {"0042": ("EUR", 100, 1), "東京": ("JPY", 1, 9)}
"""Currency, its minor units, and hours east of UTC."""
DECIMALS = {"EUR": 2, "JPY": 0}
NOTES = (
    "",
    "two lattes",
    '=HYPERLINK("http://x")',
    "+1",
    "-1",
    "@x",
    "\ttab",
    "'quoted",
    'says "no"',
    "two\r\nlines",
    "a,b",
    "☕️ ＝1",  # noqa: RUF001  full width, as a spreadsheet in Japan takes it
)
PLACE = (
    "RetailStoreID", "WorkstationID", "OperatorID", "BusinessDayDate", "BeginDateTime", "CouponCode", "EventNumber",
)  # fmt: skip
UNKNOWN = ("NoticedFirstFlag", "ExpirationDate", "CouponCostMinor")
FACTS = ("coupons", "events", "refusals")
SUMS = ("Issued", "Redeemed", "Voided", "Expired", "Reversed")


@dataclass
class Night:
    """A night as it is to be written: `rows` may be changed before `write`, and all files will agree about it."""

    folder: Path
    basis: Basis
    rows: dict[str, list[Row]]
    summary: dict[str, Any] = field(default_factory=dict)

    def write(self) -> str:
        """All files; the SHA-256 of the manifest."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        written = []
        for name, _, fields in manifest.tables(self.basis.format):
            written += write_rows(self.folder, name, fields, self.rows[name], self.basis.format)
        page = f"<!doctype html><title>{self.basis.name}</title><p>A night.</p>\n"
        written.append(
            table_files.write_file(self.folder / "summary.json", json.dumps(self.summary, indent=1).encode())
        )
        written.append(table_files.write_file(self.folder / "report.html", page.encode()))
        if self.basis.format > 1 and workbook.is_for(written):
            tables = manifest.tables(self.basis.format)
            written.append(workbook.write(self.folder, f"{self.basis.name}.xlsx", tables))
        data = manifest.manifest(self.basis, written)
        (self.folder / manifest.NAME).write_bytes(data)
        return hashlib.sha256(data).hexdigest()


def mend(folder: Path, rows: Callable[[str, int], int] = lambda name, count: count) -> None:
    """Make the manifest say what is there: sizes and hashes as they are now, rows as told."""
    link, told = manifest.read((folder / manifest.NAME).read_bytes())
    now = {}
    for name, file in told.items():
        data = (folder / name).read_bytes()
        count = None if file.rows is None else rows(name, file.rows)
        now[name] = table_files.Written(name, len(data), hashlib.sha256(data).hexdigest(), count)
    (folder / manifest.NAME).write_bytes(manifest._manifest(link, now))


def trade(folder: Path, nights: int = 3, coupons: int = 12, seed: int = 1, old: int = 0) -> list[Night]:
    """Some nights in a chain, written; the first `old` of them as an earlier version of the program did."""
    told: list[Night] = []
    for night in made_up(folder, nights, coupons, seed, old):
        previous = told[-1].write() if told else None
        night.basis = Basis(
            run=night.basis.run, day=night.basis.day, until="", allowance=10, cap=20,
            over=True, furthest=night.basis.day, format=night.basis.format,
            previous_day=told[-1].basis.day if told else None, previous_manifest=previous,
        )  # fmt: skip
        told.append(night)
    told[-1].write()
    return told


def chained(nights: list[Night]) -> None:
    """Write nights again, each with the hash of the one before: what somebody would have to do to hide a change."""
    from dataclasses import replace

    previous: str | None = None
    for night in nights:
        night.basis = replace(night.basis, previous_manifest=previous)
        previous = night.write()


def made_up(folder: Path, nights: int, coupons: int, seed: int, old: int = 0) -> Iterator[Night]:
    """What happened, night by night. `basis` says nothing yet of the night before."""
    chance = Random(seed)  # noqa: S311  a trade, no secret
    live: list[Row] = []
    withheld: list[Row] = []
    closing: Counter[tuple[str, str, str]] = Counter()
    before: date | None = None
    for run in range(1, nights + 1):
        day = FIRST_DAY + timedelta(days=run - 1)
        given = [_coupon(chance, day, number) for number in range(coupons)]
        late = [{**each, "LateFlag": True} for each in withheld]
        events, withheld = _events(chance, day, given, live, may_withhold=run < nights)
        told = sorted([each for each in given if each not in withheld] + late, key=lambda each: str(each["CouponCode"]))
        events.sort(key=lambda each: (each["CouponCode"], each["EventNumber"]))
        gone = {each["CouponCode"] for each in events}
        expired = live[:1] if live and live[0]["CouponCode"] not in gone else []
        live = [each for each in live + told if each["CouponCode"] not in gone and each not in expired]
        live = [each for each in live if each not in late]
        rows = {
            "coupons": told,
            "events": events,
            "refusals": _refusals(chance, day),
            "exceptions": _exceptions(events),
            "daily": daily(told, events),
            "balances": _balances(told, events, expired, late, closing, day),
            "stores": [
                {"RetailStoreID": store, "StoreName": neutral(f"={store}"), "TimeZone": "UTC", "CurrencyCode": currency}
                for store, (currency, _, _) in STORES.items()
            ],
        }
        rows["people"] = people(rows)
        number = 1 if run <= old else FORMAT
        basis = Basis(run=run, day=day, until="", allowance=10, cap=20, over=True, furthest=day, format=number)
        night = Night(folder / basis.name, basis, rows)
        night.summary = summary(night, before)
        before = day
        yield night


def _coupon(chance: Random, day: date, number: int) -> Row:
    store = list(STORES)[number % len(STORES)]
    cost = chance.randrange(900)
    note = neutral(chance.choice(NOTES))
    return {
        "CouponCode": _hyphens(draw_code(day, chance.getrandbits)),
        **_where(chance, store, day),
        "OperatorID": chance.randrange(1, 5),
        "ReasonCode": chance.choice(["late", "forgotten", "spilled"]),
        "ItemDescription": neutral(chance.choice(NOTES)),
        "Note": note,
        "RemadeFlag": chance.random() < 0.5,
        "NoticedFirstFlag": chance.random() < 0.5,
        "LanguageCode": "en",
        "ExpirationDate": day + timedelta(days=90),
        **_money(store, cost),
        "RequestID": f"{chance.getrandbits(128):032x}",
        "ClockDriftSeconds": 0,
        "LateFlag": False,
        "DatedAheadFlag": False,
    }


def _events(
    chance: Random, day: date, given: list[Row], live: list[Row], *, may_withhold: bool
) -> tuple[list[Row], list[Row]]:
    """What became of some coupons; and those of them whose coupon is told only in the next night."""
    withheld = given[-1:] if may_withhold else []
    events = [_event(chance, day, each, 1, "redeemed", "turned_around") for each in live[1:4]]
    events += [_event(chance, day, each, 1, "voided") for each in given[:1]]
    if live[4:5]:
        events.append(_event(chance, day, live[4], 1, "goodwill", "still_unhappy"))
    if given[1:2]:
        events.append(_event(chance, day, given[1], 1, "redeemed", "did_not_say"))
        events.append(_event(chance, day, given[1], 2, "reversed", before="did_not_say"))
    for each in withheld:
        early = _event(chance, day, each, 1, "redeemed", "turned_around")
        unknown = dict.fromkeys((*(key for key in early if key.startswith("Issuing")), *UNKNOWN))
        unknown |= dict.fromkeys(("IssuingRetailStoreID", "IssuingWorkstationID", "IssuingDateTime", "ReasonCode"), "")
        events.append(early | unknown | {"CouponKnownFlag": False})
    return events, withheld


def _event(chance: Random, day: date, coupon: Row, n: int, kind: str, ending: str = "", before: str = "") -> Row:
    store = coupon["RetailStoreID"]
    costs = {"goodwill": _money(store, 250)}.get(
        kind,
        {
            "CostMinor": None,
            "Cost": "",
            "CurrencyCode": coupon["CurrencyCode"],
            "CurrencyDecimals": coupon["CurrencyDecimals"],
        },
    )
    return {
        "CouponCode": coupon["CouponCode"],
        "EventNumber": n,
        "EventType": kind,
        **_where(chance, store, day),
        "OperatorID": chance.randrange(1, 5),
        "EndingCode": ending,
        "PreviousEndingCode": before,
        "Note": neutral(chance.choice(NOTES)),
        "OfflineFlag": False,
        **costs,
        "RequestID": f"{chance.getrandbits(128):032x}",
        "ClockDriftSeconds": 0,
        "LateFlag": False,
        "DatedAheadFlag": False,
        "CouponKnownFlag": True,
        "IssuingRetailStoreID": store,
        "IssuingWorkstationID": coupon["WorkstationID"],
        "IssuingOperatorID": coupon["OperatorID"],
        "IssuingBusinessDayDate": coupon["BusinessDayDate"],
        "IssuingDateTime": coupon["BeginDateTime"],
        "ReasonCode": coupon["ReasonCode"],
        "NoticedFirstFlag": coupon["NoticedFirstFlag"],
        "ExpirationDate": coupon["ExpirationDate"],
        "CouponCostMinor": coupon["CostMinor"],
    }


def _refusals(chance: Random, day: date) -> list[Row]:
    typed = [neutral(note) for note in NOTES[1:4]]
    rows: list[Row] = [
        {
            "RefusalID": f"{chance.getrandbits(128):032x}",
            "RefusalCode": "mistyped",
            "EntryMethodCode": "typed" if number else "",
            "EnteredText": entered,
            "CouponCode": "",
            **_where(chance, "0042", day),
            "OperatorID": number or None,
            "LateFlag": False,
            "DatedAheadFlag": False,
        }
        for number, entered in enumerate(typed)
    ]
    return sorted(rows, key=lambda each: str(each["RefusalID"]))


def _exceptions(events: list[Row]) -> list[Row]:
    given = [each for each in events if each["EventType"] in ("goodwill", "voided")]
    return [
        {
            "ExceptionID": f"E{number:04d}",
            "ExceptionCode": each["EventType"],
            **{key: each[key] for key in PLACE},
            "Count": 1,
            "Expected": "0.125",
            "Probability": "0.000001",
            "OtherRetailStoreID": "", "OtherWorkstationID": "", "OtherOperatorID": None, "OtherDateTime": "",
            "Detail": "A drink was given although the slip was refused.",
        }
        for number, each in enumerate(given, start=1)
    ]  # fmt: skip


def daily(coupons: list[Row], events: list[Row]) -> list[Row]:
    """Counted by hour."""
    counted: dict[tuple[Any, ...], Counter[str]] = {}

    def add(fact: Row, **by: int) -> None:
        key = tuple(fact[each] for each in manifest.KEYS["daily"])
        counted.setdefault(key, Counter()).update(by)

    for each in coupons:
        add(
            each,
            Issued=1,
            NoticedFirst=int(each["NoticedFirstFlag"]),
            Remade=int(each["RemadeFlag"]),
            IssuedCostMinor=each["CostMinor"],
        )
    names = {"turned_around": "TurnedAround", "still_unhappy": "StillUnhappy", "did_not_say": "DidNotSay"}
    for each in events:
        kind = each["EventType"].capitalize()
        cost = each["CostMinor"] if kind == "Goodwill" else each["CouponCostMinor"] or 0
        add(each, **{kind: 1}, **({} if kind == "Voided" else {f"{kind}CostMinor": cost}))
        for ending, by in ((each["EndingCode"], 1), (each["PreviousEndingCode"], -1)):
            if ending:
                add(each, **{names[ending]: by})
    numbers = COUNTS + COSTS
    return [
        dict(zip(manifest.KEYS["daily"], key, strict=True))
        | {each: counted[key][each] for each in numbers}
        | {"CurrencyDecimals": DECIMALS[key[-1]]}
        for key in sorted(counted)
    ]


def people(rows: dict[str, list[Row]]) -> list[Row]:
    """Whom the facts speak of. Of some the name is told."""
    facts = [each for name in FACTS for each in rows[name]]
    found = {(each["RetailStoreID"], each["OperatorID"]) for each in facts}
    found |= {(each.get("IssuingRetailStoreID"), each.get("IssuingOperatorID")) for each in facts}
    return [
        {"RetailStoreID": store, "OperatorID": person, "OperatorName": neutral("-Ana") if person == 1 else ""}
        for store, person in sorted(each for each in found if all(each))
    ]


def neutral(text: str) -> str:
    """Text as CSV has it: never the beginning of a formula."""
    return f"'{text}" if text.startswith(table_files.FORMULA) else text


def recount(con: DuckDBPyConnection) -> str:
    """The same, asked of the tables of a night."""
    del con
    fact = "BusinessDayDate, RetailStoreID, COALESCE(ReasonCode, '') ReasonCode, LocalHour, CurrencyCode"
    ending = "count(*) FILTER (EndingCode = '{0}') - count(*) FILTER (PreviousEndingCode = '{0}')"
    kinds = ", ".join(
        f"count(*) FILTER (EventType = '{each}')" for each in ("redeemed", "reversed", "voided", "goodwill")
    )
    costs = "COALESCE(sum({}) FILTER (EventType = '{}'), 0)"
    return f"""
        SELECT {fact}, count(*) Issued, count(*) FILTER (NoticedFirstFlag) NoticedFirst,
          count(*) FILTER (RemadeFlag) Remade, 0 Redeemed, 0 Reversed, 0 Voided,
          0 Goodwill, 0 TurnedAround, 0 StillUnhappy, 0 DidNotSay, sum(CostMinor) IssuedCostMinor,
          0 RedeemedCostMinor, 0 ReversedCostMinor, 0 GoodwillCostMinor FROM coupons GROUP BY ALL
        UNION ALL
        SELECT {fact}, 0, 0, 0, {kinds},
          {", ".join(ending.format(each) for each in ("turned_around", "still_unhappy", "did_not_say"))}, 0,
          {costs.format("CouponCostMinor", "redeemed")}, {costs.format("CouponCostMinor", "reversed")},
          {costs.format("CostMinor", "goodwill")} FROM events GROUP BY ALL
    """  # noqa: S608


def _balances(
    coupons: list[Row],
    events: list[Row],
    expired: list[Row],
    late: list[Row],
    closing: Counter[tuple[str, str, str]],
    day: date,
) -> list[Row]:
    rows = []
    for store, (currency, _, _) in STORES.items():
        moved = {
            "Issued": [each["CostMinor"] for each in coupons if each["RetailStoreID"] == store],
            "Expired": [each["CostMinor"] for each in expired if each["RetailStoreID"] == store],
        }
        for move in EARLIER:
            moved[move] = [
                each["CouponCostMinor"] for each in events
                if each["EventType"] == move.lower() and each["IssuingRetailStoreID"] == store
            ]  # fmt: skip
        earlier = [each["CostMinor"] for each in late if each["RetailStoreID"] == store]
        moved["Redeemed"] += earlier
        row: Row = {"RetailStoreID": store, "CurrencyCode": currency, "CurrencyDecimals": DECIMALS[currency]}
        row["BusinessDayDate"] = day
        for unit, total in (("", len), ("CostMinor", sum)):
            key = (store, currency, unit)
            row[f"Opening{unit}"] = closing[key]
            for move in SUMS:
                row[f"{move}{unit}"] = total(moved[move])
                closing[key] += row[f"{move}{unit}"] * (1 if move in ("Issued", "Reversed") else -1)
            row[f"Closing{unit}"] = closing[key]
        for unit, total in (("", len), ("CostMinor", sum)):
            row |= {f"Earlier{move}{unit}": total(earlier) if move == "Redeemed" else 0 for move in EARLIER}
        rows.append(row)
    return rows


def summary(night: Night, before: date | None) -> dict[str, Any]:
    """As much of it as can be checked."""
    rows = night.rows
    count = Counter(each["EventType"] for each in rows["events"])
    total = {each: sum(row[each] for row in rows["daily"]) for each in COUNTS}
    balance = {
        row["CurrencyCode"]: {
            move.lower(): {"coupons": row[move], "cost_minor": row[f"{move}CostMinor"]} for move in MOVES
        }
        for row in rows["balances"]
    }  # fmt: skip
    hours = Counter(each["LocalHour"] for each in rows["coupons"])
    return {
        "format": night.basis.format,
        "run": night.basis.run,
        "business_day": str(night.basis.day),
        "previous_business_day": str(before) if before else None,
        "rows": {name: len(each) for name, each in rows.items()},
        "late": {name: sum(each["LateFlag"] for each in rows[name]) for name in FACTS},
        "dated_ahead": {name: sum(each["DatedAheadFlag"] for each in rows[name]) for name in FACTS},
        "figures": {
            "given": total["Issued"], "noticed_first": total["NoticedFirst"],
            "asked": total["Issued"] - total["NoticedFirst"], "remade": total["Remade"],
            "came_back": count["redeemed"] - count["reversed"], "turned_around": total["TurnedAround"],
            "still_unhappy": total["StillUnhappy"], "did_not_say": total["DidNotSay"], "goodwill": count["goodwill"],
            "voided": count["voided"], "reversed": count["reversed"], "reprinted": 0, "refused": len(rows["refusals"]),
        },
        "money": {
            currency: {"minor_units": scale, "currency_decimals": DECIMALS[currency],
                       "outstanding_coupons": balance[currency]["closing"]["coupons"],
                       "outstanding_cost_minor": balance[currency]["closing"]["cost_minor"]}
            for currency, scale, _ in STORES.values()
        },
        "balance": balance,
        "hours": [{"hour": hour, "given": hours[hour], "came_back": 0} for hour in range(24)],
        "exceptions": dict(Counter(each["ExceptionCode"] for each in rows["exceptions"])) | {"burst": 0},
    }  # fmt: skip


def _where(chance: Random, store: str, day: date) -> Row:
    clock = timezone(timedelta(hours=STORES[store][2]))
    local = datetime(day.year, day.month, day.day, chance.randrange(6, 23), chance.randrange(60), 7, 250, tzinfo=clock)
    return {
        "RetailStoreID": store,
        "WorkstationID": "1",
        "BusinessDayDate": day,
        "BeginDateTime": local.isoformat(timespec="microseconds"),
        "LocalHour": local.hour,
        "TrainingModeFlag": False,
    }


def _money(store: str, minor: int) -> Row:
    currency, scale, _ = STORES[store]
    return {
        "CostMinor": minor,
        "Cost": str(Decimal(minor) / scale),
        "CurrencyCode": currency,
        "CurrencyDecimals": DECIMALS[currency],
    }


def _hyphens(code: str) -> str:
    return "-".join((code[:4], code[4:8], code[8:]))
