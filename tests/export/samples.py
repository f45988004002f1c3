"""Summaries and exceptions as a night has them, by plain arithmetic: a shop, a chain, nothing, yen, hostile names.

Their sums hold. `one_store()` is a good Saturday in one shop; `chain()` has forty shops, three currencies and more
exceptions than a page shows. `quiet()`, `only_late()` and `unpriced()` are one shop's nights as they are now and then.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

Summary = dict[str, Any]
Facts = dict[str, Any]

DAY = date(2026, 11, 21)
REASONS = [
    ("late", "Late", 34),
    ("wrong_item", "Wrong item", 19),
    ("forgotten", "Forgotten", 14),
    ("quality", "Not right", 9),
    ("sold_out", "Sold out", 6),
    ("spilled", "Spilled", 5),
    ("equipment", "Machine down", 3),
    ("staff", "Our manners", 2),
    ("other", "Other", 1),
]
SHAPE = [0, 0, 0, 0, 0, 1, 4, 9, 13, 10, 6, 5, 8, 9, 6, 4, 5, 4, 2, 1, 0, 0, 0, 0]
"""How a day in a coffee shop goes, by hour."""
CITIES = ["Harbour St", "Old Town", "Central Station", "University", "Airport, Terminal 2", "Riverside", "Market Hall"]
HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "Harbour \u202egnp.exe",
    "x\x00\x1b[31mred\r\n",
    "{{ 7 * 7 }} {0} $x^2$ &amp; '",
    "مقهى الميناء",
    "東京駅前",
]


def shared(total: int, weights: list[int]) -> list[int]:
    """`total` divided by weights into whole numbers that add up."""
    reached, parts, whole = 0, [], sum(weights)
    for at in range(len(weights)):
        upto = total * sum(weights[: at + 1]) // whole
        parts.append(upto - reached)
        reached = upto
    return parts


def pair(coupons: int, cost: int) -> dict[str, int]:
    return {"coupons": coupons, "cost_minor": coupons * cost}


def balance(cost: int, opening: int, issued: int, gone: tuple[int, int, int, int]) -> dict[str, dict[str, int]]:
    redeemed, voided, expired, taken_back = gone
    return {
        "opening": pair(opening, cost),
        "issued": pair(issued, cost),
        "redeemed": pair(redeemed, cost),
        "voided": pair(voided, cost),
        "expired": pair(expired, cost),
        "reversed": pair(taken_back, cost),
        "closing": pair(opening + issued - redeemed - voided - expired + taken_back, cost),
    }


def purse(cost: int, units: int, sums: dict[str, dict[str, int]], goodwill: int, turned: int) -> dict[str, Any]:
    spent = sums["redeemed"]["cost_minor"] - sums["reversed"]["cost_minor"]
    each = (2 * (spent + goodwill * cost) + turned) // (2 * turned) if turned else None
    return {
        "minor_units": units,
        "given_cost_minor": sums["issued"]["cost_minor"],
        "redeemed_cost_minor": spent,
        "goodwill_cost_minor": goodwill * cost,
        "outstanding_coupons": sums["closing"]["coupons"],
        "outstanding_cost_minor": sums["closing"]["cost_minor"],
        "cost_per_recovered_guest_minor": each,
    }


def summary(given: int, stores: list[str], purses: dict[str, tuple[int, int]], *, days: int = 30) -> Summary:
    """A day on which `given` coupons were given in `stores`; `purses` is cost and minor units by currency."""
    by_reason = shared(given, [weight for _, _, weight in REASONS])
    back, turned, first = given * 62 // 100, given * 53 // 100, given * 64 // 100
    by_hour, back_by_hour = shared(given, SHAPE), shared(back, SHAPE)
    goodwill, voided, taken_back = given // 40, given // 45, given // 60
    still, silent = given // 25, given // 30
    parts = shared(given, list(range(len(purses) + 1, 1, -1)))
    money, sums = {}, {}
    for (currency, (cost, units)), part in zip(purses.items(), parts, strict=True):
        taken = (part * 64 // 100, part // 45, part // 20, part // 60)
        sums[currency] = balance(cost, part * 17, part, taken)
        money[currency] = purse(cost, units, sums[currency], part // 40, part * 53 // 100)
    store_given = shared(given, list(range(len(stores) + 12, 12, -1)))
    waits = [max(1, given * 3 // 5 // (5 + day * day // 3)) for day in range(12)] if given else []
    of_day = {
        "given": given - given // 50, "came_back": back - given // 70, "turned_around": turned - given // 90,
        "noticed_first": first - given // 80,
    }  # fmt: skip
    earlier = [(ago, given * (80 + ago * 37 % 45) // 100 * (ago % 11 != 6)) for ago in range(days - 1, 0, -1)]
    exceptions = {"copies": 2, "goodwill": goodwill, "refusals": 3} if given else {}
    return {
        "format": 1,
        "run": 12,
        "business_day": DAY.isoformat(),
        "previous_business_day": (DAY - timedelta(days=1)).isoformat(),
        "rows": {
            "coupons": given, "events": given * 3, "refusals": given // 9,
            "exceptions": sum(exceptions.values()), "daily": given // 2, "balances": len(stores),
        },
        "late": {"coupons": given // 50, "events": given // 35, "refusals": 0},
        "figures": {
            "given": given, "noticed_first": first, "asked": given - first, "remade": given * 7 // 10,
            "came_back": back, "turned_around": turned, "still_unhappy": still, "did_not_say": silent,
            "goodwill": goodwill, "voided": voided, "reversed": taken_back, "reprinted": given // 24,
            "refused": given // 9, "stores": len(stores),
        },
        "of_day": of_day,
        "money": money,
        "balance": sums,
        "reasons": [
            {"reason": key, "name": name, "given": count, "came_back": count * 3 // 5, "turned_around": count // 2}
            for (key, name, _), count in zip(REASONS, by_reason, strict=True) if count
        ],
        "hours": [
            {"hour": hour, "given": by_hour[hour], "came_back": back_by_hour[hour]} for hour in range(24)
        ],
        "reason_hours": {
            key: shared(count, SHAPE) for (key, _, _), count in zip(REASONS, by_reason, strict=True) if count
        },
        "days_until_return": [{"days": day, "coupons": count} for day, count in enumerate(waits)],
        "stores": [
            {
                "store": str(place + 1), "name": name, "given": count, "came_back": count * 3 // 5,
                "turned_around": count // 2, "noticed_first": count * (50 + place * 7 % 40) // 100,
                "hours": shared(count, SHAPE[place % 3 :] + SHAPE[: place % 3]),
            }
            for place, (name, count) in enumerate(zip(stores, store_given, strict=True))
        ],
        "stores_left_out": 0,
        "trend": [
            {
                "business_day": (DAY - timedelta(days=ago)).isoformat(), "given": count, "came_back": count * 3 // 5,
                "turned_around": count // 2, "noticed_first": count * (70 - ago) // 100,
            }
            for ago, count in earlier
        ] + [{"business_day": DAY.isoformat(), **of_day}],
        "exceptions": exceptions,
    }  # fmt: skip


def fact(number: int, kind: str, detail: str, **more: Any) -> Facts:  # noqa: ANN401  a row has many types
    """One row of the exceptions table."""
    at = datetime(2026, 11, 21, 7, 0, tzinfo=timezone(timedelta(hours=1))) + timedelta(minutes=7 * number)
    return {
        "ExceptionID": f"E{number:04}", "ExceptionCode": kind, "RetailStoreID": "1", "WorkstationID": "1",
        "OperatorID": 3, "BusinessDayDate": DAY, "BeginDateTime": at, "CouponCode": "2JQ5-TFY2-PRNH",
        "EventNumber": 1, "Count": None, "Expected": None, "Probability": None, "OtherRetailStoreID": None,
        "OtherWorkstationID": None, "OtherOperatorID": None, "OtherDateTime": None, "Detail": detail,
    } | more  # fmt: skip


def one_store() -> tuple[Summary, list[Facts]]:
    night = summary(48, ["Harbour St"], {"EUR": (140, 100)})
    rows = [
        fact(1, "redeemed_by_issuer", "The person who gave this coupon also redeemed it, 4 minutes later."),
        fact(2, "copies", "3 copies of this slip were printed.", Count=3),
        fact(
            3, "offline_conflict", "Redeemed offline here and at store 2 before the hub could tell either.",
            OtherRetailStoreID="2", OtherWorkstationID="4", OtherOperatorID=8,
            OtherDateTime=datetime(2026, 11, 21, 9, 2, tzinfo=timezone(timedelta(hours=1))),
        ),
        fact(4, "goodwill", "A drink was given although the coupon had been used.", Count=1),
        fact(
            5, "more_than_usual", "Many more coupons than this store gives on such a shift.", Count=19,
            Expected=Decimal("6.400"), Probability=Decimal("0.000041000000"), OperatorID=None, CouponCode=None,
        ),
        fact(
            6, "fewer_than_usual", "Many late orders and no coupon: ask whether they dare to give one.", Count=0,
            Expected=Decimal("7.900"), Probability=Decimal("0.000370000000"), OperatorID=None, CouponCode=None,
        ),
    ]  # fmt: skip
    return with_exceptions(night, rows), rows


def with_exceptions(night: Summary, rows: list[Facts]) -> Summary:
    kinds: dict[str, int] = {}
    for row in rows:
        kinds[row["ExceptionCode"]] = kinds.get(row["ExceptionCode"], 0) + 1
    return night | {"exceptions": kinds, "rows": night["rows"] | {"exceptions": len(rows)}}


def chain() -> tuple[Summary, list[Facts]]:
    names = [f"{CITIES[place % 7]} {place // 7 + 1}" for place in range(40)]
    purses = {"CZK": (3500, 100), "EUR": (140, 100), "JPY": (210, 1)}
    night = summary(2417, names, purses)
    night["stores_left_out"] = 3
    night["figures"]["stores"] = 43
    night["days_until_return"] = [{"days": day, "coupons": 260 * 5 // (5 + day)} for day in range(91)]
    kinds = [
        "redeemed_by_issuer", "burst", "copies", "over_allowance", "over_cap", "offline_conflict", "goodwill",
        "refusals", "clock_drift", "voided_at_once", "register_silent", "more_than_usual", "fewer_than_usual",
        "dated_ahead",
    ]  # fmt: skip
    rows = [
        fact(
            at + 1, kinds[at // 17 % 14], "One plain sentence of ours says what was seen here and why it is told.",
            RetailStoreID=str(at % 40 + 1), Count=at % 7 + 2, Expected=Decimal("2.250"),
            BeginDateTime=(datetime(2026, 11, 21, 6, 0, tzinfo=timezone(timedelta(hours=1))) + timedelta(minutes=at)),
        )
        for at in range(234)
    ]  # fmt: skip
    return with_exceptions(night, rows), rows


def nothing() -> tuple[Summary, list[Facts]]:
    night = summary(0, ["Harbour St"], {"EUR": (140, 100)}, days=1)
    return night | {"previous_business_day": None, "stores": [], "run": 1}, []


def _on_the_day(night: Summary, **of_day: int) -> Summary:
    told = {"given": 0, "came_back": 0, "turned_around": 0, "noticed_first": 0} | of_day
    return night | {"of_day": told, "trend": [*night["trend"][:-1], {"business_day": DAY.isoformat(), **told}]}


def quiet() -> tuple[Summary, list[Facts]]:
    """An empty day in a shop that has seen others, and has promises open."""
    before, night = summary(48, ["Harbour St"], {"EUR": (140, 100)}), summary(0, [], {"EUR": (140, 100)})
    sums = balance(140, 816, 0, (0, 0, 2, 0))
    money = {"EUR": purse(140, 100, sums, 0, 0)}
    return _on_the_day(night | {"money": money, "balance": {"EUR": sums}, "trend": before["trend"]}), []


def only_late() -> tuple[Summary, list[Facts]]:
    """Nothing on the day itself but one guest who came back; eight coupons of the days before came late."""
    night = summary(8, ["Harbour St"], {"EUR": (140, 100)})
    trend = summary(48, ["Harbour St"], {"EUR": (140, 100)})["trend"]
    late = {"coupons": 8, "events": 9, "refusals": 0}
    return _on_the_day(night | {"trend": trend, "late": late}, came_back=1, turned_around=1), []


def unpriced() -> tuple[Summary, list[Facts]]:
    """Nobody has said what a drink costs."""
    return summary(48, ["Harbour St"], {"GBP": (0, 100)}), []


def yen() -> tuple[Summary, list[Facts]]:
    return summary(9, ["東京駅前"], {"JPY": (210, 1)}, days=5), []


def hostile() -> tuple[Summary, list[Facts]]:
    night, rows = one_store()
    night = summary(60, HOSTILE, {"EUR": (140, 100)})
    for row, name in zip(night["reasons"], HOSTILE, strict=False):
        row["name"] = name
    rows = [
        row | {"RetailStoreID": HOSTILE[0], "WorkstationID": HOSTILE[1], "OtherRetailStoreID": HOSTILE[2]}
        for row in rows
    ]
    return with_exceptions(night, rows), rows
