"""What closing a business day answers; frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from pos_recovery.export.counts.proof import Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """The night is where it was wanted."""

    run: int
    business_day: date
    folder: str
    """Where it stands; of a URL without the password."""
    manifest_sha256: str
    again: bool
    """It had been closed before: the same bytes once more, unless `closed_as`."""
    rows: Mapping[str, int]
    """By table."""
    late: Mapping[str, int]
    """Facts of days that had been closed before, by table."""
    runs_until: datetime | None = None
    """The day was closed while it ran: it is over then, on the clocks of the last store. What comes is told as late."""
    made_up_for: tuple[str, ...] = ()
    """Folders of earlier runs that had not been delivered, and are now."""
    not_made_up: Outcome | None = None
    """What came of the first earlier run that still could not be delivered; those behind it wait."""
    asked: date | None = None
    """The day that was asked for, where its facts came with the night of another."""
    closed_as: str | None = None
    """It was closed in an earlier form, with a manifest of this SHA-256. Where `manifest_sha256` is the same, it stands
    there as it was closed, and was left; else it was written anew: the same facts, and not the same bytes."""


@dataclass(frozen=True, slots=True)
class DayNotBegun:
    """No store has come to this business day yet."""

    business_day: date
    today: date
    """The business day that the store furthest ahead is in."""


@dataclass(frozen=True, slots=True)
class DayFarOff:
    """The last day that is over by the machine's clock is far from everything on record. A person may name it."""

    business_day: date
    nearest: date | None
    """That of the nearest fact or night; None: nothing is on record, and the clock is wrong by many years."""


@dataclass(frozen=True, slots=True)
class NightAhead:
    """The last night closed is of a day that no store has come to: the clock was ahead then, or is behind now."""

    run: int
    business_day: date
    today: date
    """The business day that the store furthest ahead is in."""
    go_on_with: date
    """The day to name, so that all nights after it come by themselves again."""


@dataclass(frozen=True, slots=True)
class DoesNotProve:
    """The sums of the night do not come out, or rows are missing from a file. Nothing was published."""

    business_day: date
    balances: tuple[Balance, ...]
    """Those that do not."""
    codes: tuple[str, ...]
    """Coupons to which things happened that cannot, where there are any."""
    missing: Mapping[str, int]
    """Rows that are on record and not in the file, by table."""
    decimals: Mapping[str, int] = field(default_factory=dict)
    """Decimal places of each currency."""


@dataclass(frozen=True, slots=True)
class NotTheSame:
    """A closed night that was written again came out otherwise. Nothing was published."""

    run: int
    business_day: date


@dataclass(frozen=True, slots=True)
class InTheWay:
    """Something else is where the night should stand. It was left as it is."""

    folder: str
    unknown: bool = False
    """It is a night of the run that was to be closed, told by another ledger, or by this one before it was put back
    from a copy. Nothing was closed, because it may hold what is on record nowhere else."""
    earlier: bool = False
    """The night was closed in an earlier form; what is there may be that night, as it was closed."""


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """The night is closed and on record, and has not reached its place. The next run delivers it, unless `again`."""

    run: int
    business_day: date
    folder: str
    why: str
    again: bool = False
    """It had been delivered before, somewhere. It is brought here when it is asked for again."""


@dataclass(frozen=True, slots=True)
class NotWritten:
    """There was no way to write the folder. Nothing was closed that was not closed before."""

    business_day: date
    folder: str
    why: str


@dataclass(frozen=True, slots=True)
class TooNew:
    """A newer version has begun to write nights here; only such a version can go on."""

    run: int


@dataclass(frozen=True, slots=True)
class NothingToClose:
    """There is no store, or the day that was asked for is long before everything on record."""

    business_day: date | None = None
    """That day."""
    first: date | None = None
    """The first one that anything on record is of; None: nothing is."""


@dataclass(frozen=True, slots=True)
class FactsGone:
    """Facts that were told are not on record here any more: it was put back, moved, or cut. Nothing was published."""

    business_day: date


@dataclass(frozen=True, slots=True)
class ExportRunning:
    """Another export of this register is at work."""


Outcome = (
    Exported
    | DayNotBegun
    | DayFarOff
    | NightAhead
    | DoesNotProve
    | NotTheSame
    | InTheWay
    | NotDelivered
    | NotWritten
    | TooNew
    | NothingToClose
    | FactsGone
    | ExportRunning
)
