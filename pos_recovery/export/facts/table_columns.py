"""The columns of the tables that a night has beside the facts themselves. What each cell means stands beside it."""

from __future__ import annotations

from collections.abc import Sequence

from db.night.columns import DECIMALS, Field

MOVES = ("Opening", "Issued", "Redeemed", "Voided", "Expired", "Reversed", "Closing")
EARLIER = ("Redeemed", "Voided", "Reversed")
COUNTS = (
    "Issued", "NoticedFirst", "Remade", "Redeemed", "Reversed", "Voided", "Goodwill", "TurnedAround", "StillUnhappy",
    "DidNotSay",
)  # fmt: skip
COSTS = ("IssuedCostMinor", "RedeemedCostMinor", "ReversedCostMinor", "GoodwillCostMinor")
SUMS = COUNTS + COSTS
"""What `daily` has beside its key."""

Table = tuple[str, str, Sequence[Field]]
"""Name, description and columns."""

_STORE = Field("RetailStoreID", "string", "The store.")
_CURRENCY = Field("CurrencyCode", "string", "ISO 4217.")

BALANCES = (
    Field("RetailStoreID", "string", "The store that gave the coupons, wherever they came back."),
    _CURRENCY,
    *(Field(name, "integer", f"{name}: coupons.") for name in MOVES),
    *(Field(f"{name}CostMinor", "integer", f"{name}: what they cost the house, in minor units.") for name in MOVES),
    *(
        Field(
            f"Earlier{name}", "integer", f"Of {name}: told by an earlier run, while their coupon came only in this one."
        )
        for name in EARLIER
    ),
    *(Field(f"Earlier{name}CostMinor", "integer", "Their coupons' cost, in minor units.") for name in EARLIER),
    DECIMALS,
    Field("BusinessDayDate", "date", "The business day that the run closes.", since=2),
)
"""Opening + Issued - Redeemed - Voided - Expired + Reversed = Closing, of coupons and of money."""

DAILY = (
    Field("BusinessDayDate", "date", "The store's business day."),
    _STORE,
    Field("ReasonCode", "string", "What had gone wrong; empty where the coupon is not known."),
    Field("LocalHour", "integer", "The hour on the store's clocks, 0 to 23."),
    _CURRENCY,
    *(Field(name, "integer", f"{name}, in this hour, told by this run.") for name in COUNTS),
    *(Field(name, "integer", "In minor units of the currency.") for name in COSTS),
    DECIMALS,
)

STORES = (
    _STORE,
    Field("StoreName", "string", "What it is called.", from_people=True),
    Field("TimeZone", "string", "That of its clocks, as in IANA's database."),
    _CURRENCY,
)
PEOPLE = (
    _STORE,
    Field("OperatorID", "integer", "The person: a number of this store's."),
    Field("OperatorName", "string", "Only where the owner lets nights name people.", optional=True, from_people=True),
)

EXCEPTIONS = (
    Field("ExceptionID", "string", "E and a number, in the order of this file."),
    Field("ExceptionCode", "string", "What kind of exception."),
    Field("RetailStoreID", "string", "The store."),
    Field("WorkstationID", "string", "The register.", optional=True),
    Field("OperatorID", "integer", "The person: a number of this store's.", optional=True),
    Field("BusinessDayDate", "date", "The store's business day."),
    Field("BeginDateTime", "datetime", "When; of several: the first.", optional=True),
    Field("CouponCode", "string", "The coupon, as on the slip.", optional=True),
    Field("EventNumber", "integer", "Which of its events.", optional=True),
    Field("Count", "integer", "How many.", optional=True),
    Field("Expected", "number", "How many were to be expected.", optional=True),
    Field(
        "Probability", "string", "How likely so many (or so few) are by chance alone: a decimal number.", optional=True
    ),
    Field("OtherRetailStoreID", "string", "The other side: its store.", optional=True),
    Field("OtherWorkstationID", "string", "Its register.", optional=True),
    Field("OtherOperatorID", "integer", "Its person.", optional=True),
    Field("OtherDateTime", "datetime", "When that was.", optional=True),
    Field("Detail", "string", "In a sentence."),
)
CODES = (
    "offline_conflict", "over_cap", "over_allowance", "redeemed_by_issuer", "voided_at_once", "burst", "copies",
    "goodwill", "clock_drift", "dated_ahead", "refusals", "more_than_usual", "fewer_than_usual", "register_silent",
)  # fmt: skip
"""Of exceptions, in the order of the file."""
