"""What a night file rests on beside the facts of the ledger, kept with its run so that it can be written again.

Names, zones and settings may change, facts may not. What a run took from anything that may is written down here, and
the run is told from that for ever after. `stores`, `reasons` and `people` hold only what was new or different since the
run before: all that is known at a run is laid together from the first run on (`known_at`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from db.night.columns import FORMAT
from db.night.span import FIRST_DAY, Span
from db.night.told_facts import Offset, Shown, decimals
from pos_recovery.export.facts.zone_offsets import END
from pos_recovery.rules.time_zones import is_version

if TYPE_CHECKING:
    from db.night.runs import RunFact

Form = Mapping[str, Any]
"""How amounts of a currency are written for a person: `export.forms`."""
FAR = timedelta(days=21)
"""From all that is on record. Holidays are shorter, as a rule; and a clock whose day and month are swapped is wrong by
27 days at least (2 March on 3 February)."""


class FormatTooNewError(Exception):
    """A newer version of pos-recovery has begun to write nights here.

    Attributes:
        run: From which on.
    """

    def __init__(self, run: int) -> None:
        super().__init__(f"run {run}")
        self.run = run


@dataclass(frozen=True, slots=True)
class StoreShown:
    """A shop as a run knew it."""

    name: str
    timezone: str
    currency: str


@dataclass(frozen=True, slots=True)
class Day:
    """What the runs before have told of one business day, for the trend."""

    given: int = 0
    noticed_first: int = 0
    came_back: int = 0
    turned_around: int = 0

    def __add__(self, other: Day) -> Day:
        """What one more run told of it."""
        return Day(
            self.given + other.given,
            self.noticed_first + other.noticed_first,
            self.came_back + other.came_back,
            self.turned_around + other.turned_around,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """Of one run."""

    run: int
    day: date
    """The business day it closes."""
    until: str
    """Its mark (`db.night.marks`)."""
    previous_day: date | None = None
    """The business day that the run before closed; None: this is the first."""
    after: str | None = None
    """The mark of the run before."""
    beyond: tuple[tuple[date, str], ...] = ()
    """Days after `previous_day` that still earlier runs had closed by a clock that was ahead, and their marks."""
    far: date | None = None
    """What is dated after this day is told by this run, before its day; None: there was nothing so far ahead."""
    early: tuple[tuple[date, str], ...] = ()
    """The same of earlier runs, each with its mark."""
    previous_manifest: str | None = None
    """The SHA-256 of its manifest."""
    stores: Mapping[str, StoreShown] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Id to name."""
    people: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """Store and number to name; nobody's where `names` is not set."""
    names: bool = False
    """Whether the owner lets the night name people."""
    scales: Mapping[str, int] = field(default_factory=dict)
    """Minor units in one of each currency."""
    forms: Mapping[str, Form] = field(default_factory=dict)
    """How amounts of each currency are written on the page."""
    offsets: tuple[Offset, ...] = ()
    allowance: int
    """Coupons that a person may give in a day; above it is an exception."""
    cap: int
    """As above, but not without a lead."""
    over: bool
    """Whether the day was over in every store when the mark was taken. What is not there yet is judged only then."""
    furthest: date
    """The last business day that had begun in any store then. What is dated later was written by a wrong clock."""
    zone_rules: str | None = None
    """The version of the rules of time zones that `offsets` follow; None: it is not known, as of older runs."""
    days: Mapping[date, Day] = field(default_factory=dict)
    """What this run told of each business day."""
    format: int = FORMAT

    @property
    def name(self) -> str:
        """Of the folder."""
        return f"{self.day}_{self.run:06d}"

    @property
    def decimals(self) -> Mapping[str, int] | None:
        """The decimal places that tables say of each currency; None: in this format they do not say any."""
        return {code: decimals(scale) for code, scale in self.scales.items()} if self.format > 1 else None

    @property
    def span(self) -> Span:
        """The facts of the run."""
        day = self.previous_day or FIRST_DAY
        return Span(self.after, day, self.until, self.day, self.beyond, self.far, self.early)

    @property
    def beyond_it(self) -> tuple[tuple[date, str], ...]:
        """What is `beyond` for the run that comes next."""
        return tuple(self.span.told_up_to(self.day))

    @property
    def early_by_it(self) -> tuple[tuple[date, str], ...]:
        """What is `early` for the run that comes next: in the order of days, which is that of the marks.

        The run tells all up to the day it closes. So of what was told after some such day, the newest mark says all.
        """
        early = [each for each in self.early if self.far is None or each[0] < self.far]
        early += [] if self.far is None else [(self.far, self.until)]
        come = [each for each in early if each[0] <= self.day]
        return (*come[-1:], *early[len(come) :])

    def to_json(self) -> str:
        """What is kept with the run; what the run before has on record is not kept again."""
        kept = {
            "format": self.format,
            "until": json.loads(self.until),
            "stores": {store: [each.name, each.timezone, each.currency] for store, each in self.stores.items()},
            "reasons": self.reasons,
            "names": self.names,
            "people": [[store, person, name] for (store, person), name in self.people.items()],
            "scales": self.scales,
            "forms": self.forms,
            "offsets": [[each.zone, each.since.isoformat(), each.minutes] for each in self.offsets],
            "allowance": self.allowance,
            "cap": self.cap,
            "over": self.over,
            "furthest": str(self.furthest),
            "zone_rules": self.zone_rules,
            "far": str(self.far) if self.far else None,
            "days": {
                str(day): [told.given, told.noticed_first, told.came_back, told.turned_around]
                for day, told in self.days.items()
            },
        }
        return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known at a run, of what the runs from the first one on have written down."""

    stores: Mapping[str, StoreShown]
    reasons: Mapping[str, str]
    people: Mapping[tuple[str, int], str]
    scales: Mapping[str, int]
    forms: Mapping[str, Form]
    days: Mapping[date, Day]
    """What was told of each business day; the run itself included once it has counted."""

    def shown(self, basis: Basis, now: Mapping[str, tuple[str, str]]) -> Shown:
        """How the facts of a run are put in words. `now`: zone and currency of every store, as its row has them."""
        then = {store: (each.timezone, each.currency) for store, each in self.stores.items()}
        moved = {store: known for store, known in then.items() if now.get(store, known) != known}
        return Shown(basis.offsets, self.scales, moved, basis.format)


def known_at(runs: Iterable[Basis]) -> Known:
    """Lay together what runs have written down, the first one first."""
    stores: dict[str, StoreShown] = {}
    reasons: dict[str, str] = {}
    people: dict[tuple[str, int], str] = {}
    scales: dict[str, int] = {}
    forms: dict[str, Form] = {}
    days: dict[date, Day] = {}
    for each in runs:
        stores |= each.stores
        reasons |= each.reasons
        people |= each.people
        scales |= each.scales
        forms |= each.forms
        for day, told in each.days.items():
            days[day] = days.get(day, Day()) + told
    return Known(stores, reasons, people, scales, forms, days)


def from_rows(rows: Iterable[RunFact]) -> list[Basis]:
    """Every run's, in order, each with what it takes from the run before."""
    found: list[Basis] = []
    manifest = None
    for row in rows:
        before = found[-1] if found else None
        found.append(_read(row, before, manifest))
        manifest = row.manifest_sha256
    return found


def _read(row: RunFact, before: Basis | None, manifest: str | None) -> Basis:
    """Raises StoreDamaged where that is nothing a run has ever kept."""
    try:
        return _parsed(row, json.loads(row.marks), before, manifest)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        from db.connection.errors import StoreDamaged  # late: the process that only counts is to be small

        raise StoreDamaged(f"(What run {row.run} rests on cannot be read.)") from error


def _parsed(row: RunFact, kept: dict[str, Any], before: Basis | None, manifest: str | None) -> Basis:
    if kept["format"] > FORMAT:
        raise FormatTooNewError(row.run)
    return Basis(
        run=row.run,
        day=row.business_day,
        until=json.dumps(kept["until"]),
        previous_day=before.day if before else None,
        after=before.until if before else None,
        beyond=before.beyond_it if before else (),
        far=date.fromisoformat(kept["far"]) if kept.get("far") else None,
        early=before.early_by_it if before else (),
        previous_manifest=manifest,
        stores={store: StoreShown(*each) for store, each in kept["stores"].items()},
        reasons=kept["reasons"],
        people={(store, person): name for store, person, name in kept.get("people", ())},
        names=kept.get("names", False),
        scales=kept["scales"],
        forms=kept.get("forms", {}),
        offsets=tuple(_offsets(kept["offsets"])),
        allowance=kept["allowance"],
        cap=kept["cap"],
        over=kept["over"],
        furthest=date.fromisoformat(kept["furthest"]),
        zone_rules=_rules(kept.get("zone_rules")),
        days={date.fromisoformat(day): Day(*told) for day, told in kept["days"].items()},
        format=kept["format"],
    )


def _rules(kept: str | None) -> str | None:
    """Of a run that was made before they were written down, nothing is known."""
    if kept is not None and not is_version(kept):
        raise ValueError("no version of rules")
    return kept


def _offsets(kept: Sequence[tuple[str, str, int]]) -> Iterator[Offset]:
    """A stretch ends where the zone's next one begins."""
    for (zone, since, minutes), following in zip_longest(kept, kept[1:]):
        ends = following[1] if following is not None and following[0] == zone else END.isoformat()
        yield Offset(zone, datetime.fromisoformat(since), datetime.fromisoformat(ends), minutes)
