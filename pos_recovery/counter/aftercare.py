"""What may be done with a coupon besides redeeming it: reverse, void, reprint, and say how the story ended.

Reverse takes back a redemption scanned by mistake; void kills an unused coupon. The two are never confused: a
redeemed coupon cannot be voided, an unused one cannot be reversed.

What a person may not do here, and a code that does not exist, go on record as refusals. That a slip is used, void or
expired does not: no guest stands there with it, and it is refusals of guests that are counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from db.connection.engine import transaction
from db.connection.errors import FactExists, StoreBusy
from db.statements import coupons, print_jobs
from db.tables.column_types import Ending, Entry, JobState, Kind
from db.tables.facts import EventFact
from pos_recovery.counter.ledger import LOST_RACES, Ledger, RequestReusedError
from pos_recovery.counter.outcomes import (
    AlreadyRedeemed,
    Ended,
    Mistyped,
    NotAllowed,
    NotRedeemed,
    Person,
    Reprinted,
    Reversed,
    SlipRefusal,
    Story,
    Unknown,
    VoidDone,
    Voided,
)
from pos_recovery.rules.text_cleaning import NOTE_LIMIT, RAW_LIMIT, clean, clean_or_none

_Answer = TypeVar("_Answer")

NOT_SAID = "not said"
"""The reason of a reversal for which nobody gave one; the command line does not insist."""
OWN_RECENT = timedelta(minutes=10)
"""How long a barista may still void or reprint a slip of their own."""


@dataclass(frozen=True, slots=True)
class Aftercare:
    """The use cases that follow, of one register."""

    ledger: Ledger

    def reverse(
        self, raw: str, by: Person, request_id: str, *, why: str, entry: Entry = Entry.COMMAND
    ) -> Reversed | NotRedeemed | NotAllowed | Unknown | Mistyped:
        """Take back a redemption scanned by mistake: by a lead, on the business day it was made, for a reason.

        Raises:
            StoreError: Nothing was recorded.
        """

        def decide(connection: Connection, found: Story, now: datetime) -> Reversed | NotRedeemed | NotAllowed:
            if self._replayed(connection, found, Kind.REVERSED, request_id):
                return Reversed(found, replay=True)
            last = found.deciding
            if last is None or last.kind is not Kind.REDEEMED:
                return NotRedeemed(found)
            if not by.leads:
                return NotAllowed("role", "Only a shift lead takes a redemption back. Nothing was changed.")
            if not self._is_of_today(last, now):
                return NotAllowed(
                    "same_day",
                    "A redemption is taken back only on the day it was made. Nothing was changed; "
                    "the guest can still have a drink as goodwill.",
                )
            event = self._event(connection, found, Kind.REVERSED, by, request_id, now)
            event = replace(event, note=clean(why, NOTE_LIMIT) or NOT_SAID)
            return Reversed(self._append(connection, found, event), replay=False)

        return self._with_story(raw, decide, by, entry)

    def void(
        self, raw: str, by: Person, request_id: str, *, note: str | None = None, entry: Entry = Entry.COMMAND
    ) -> VoidDone | SlipRefusal | NotAllowed:
        """Kill an unused coupon: a lead any, a barista their own of the last ten minutes.

        Raises:
            StoreError: Nothing was recorded.
        """

        def decide(connection: Connection, found: Story, now: datetime) -> VoidDone | SlipRefusal | NotAllowed:
            if self._replayed(connection, found, Kind.VOIDED, request_id):
                return VoidDone(found, replay=True)
            refused = self.ledger.refusal(found, now)
            if isinstance(refused, AlreadyRedeemed | Voided):
                return refused
            not_mine = self._own_recent(found, by, now, "void")
            if not_mine is not None:
                return not_mine
            event = self._event(connection, found, Kind.VOIDED, by, request_id, now)
            event = replace(event, note=clean_or_none(note, NOTE_LIMIT))
            return VoidDone(self._append(connection, found, event), replay=False)

        return self._with_story(raw, decide, by, entry)

    def reprint(
        self, raw: str, by: Person, request_id: str, *, entry: Entry = Entry.COMMAND
    ) -> Reprinted | SlipRefusal | NotAllowed:
        """Print the same code once more, marked and counted: a lead any, a barista their own of the last ten minutes.

        A slip that never went to a printer, or of which no byte has left yet, is printed for the first time, unmarked.
        Nothing is added then, and the request is remembered beside the job: the same one again is the same paper.

        Raises:
            StoreError: Nothing was recorded.
        """

        def decide(connection: Connection, found: Story, now: datetime) -> Reprinted | SlipRefusal | NotAllowed:
            before = self._replayed(connection, found, Kind.REPRINTED, request_id)
            if before:
                here = (before.store, before.register)
                mine = [each for each in found.events if (each.store, each.register) == here]
                later = sum(each.kind is Kind.REPRINTED and each.n > before.n for each in mine)
                job = found.jobs[-1 - later]  # every reprint here added one job
                return Reprinted(found, job.id, job.copy, replay=True)
            waited = print_jobs.by_request(connection, request_id)
            if waited is not None:
                return Reprinted(found, waited.id, waited.copy, replay=True)
            refused = self.ledger.refusal(found, now)
            if refused is not None:
                return refused
            not_mine = self._own_recent(found, by, now, "reprint")
            if not_mine is not None:
                return not_mine
            if found.jobs and found.jobs[-1].state is JobState.PENDING:
                print_jobs.keep_request(connection, request_id, found.jobs[-1].id)
                return Reprinted(found, found.jobs[-1].id, found.jobs[-1].copy, replay=False)
            copy = print_jobs.next_copy(connection, found.code)
            event = self._event(connection, found, Kind.REPRINTED, by, request_id, now)
            added = print_jobs.add(connection, found.code, copy, now)
            story = replace(
                self._append(connection, found, event), jobs=(*found.jobs, print_jobs.get(connection, added))
            )
            return Reprinted(story, added, copy, replay=False)

        return self._with_story(raw, decide, by, entry)

    def end(self, raw: str, by: Person, request_id: str, ending: Ending) -> Ended | NotRedeemed | Unknown | Mistyped:
        """Record how the story of a redeemed coupon ended.

        Raises:
            StoreError: Nothing was recorded.
        """

        def decide(connection: Connection, found: Story, now: datetime) -> Ended | NotRedeemed:
            before = self._replayed(connection, found, Kind.ENDED, request_id)
            if before:
                return Ended(found, before.ending or ending)
            last = found.deciding
            if last is None or last.kind is not Kind.REDEEMED:
                return NotRedeemed(found)
            event = self._event(connection, found, Kind.ENDED, by, request_id, now)
            return Ended(self._append(connection, found, replace(event, ending=ending)), ending)

        return self._with_story(raw, decide, by, None)

    def _with_story(
        self, raw: str, decide: Callable[[Connection, Story, datetime], _Answer], by: Person, entry: Entry | None
    ) -> _Answer | Unknown | Mistyped:
        """Decide inside a transaction. What is refused goes on record in it, unless `entry` is None."""
        read = self.ledger.read(raw)
        if not read.candidates:
            return Mistyped(clean(raw, RAW_LIMIT))
        for _ in range(LOST_RACES):
            try:
                with transaction(self.ledger.engine) as connection:
                    found, now = self.ledger.find(connection, raw, read), self.ledger.clock()
                    answer = decide(connection, found, now) if isinstance(found, Story) else found
                    if isinstance(answer, Unknown | NotAllowed) and entry is not None:
                        code = found.code if isinstance(found, Story) else raw
                        self.ledger.record_refusal(connection, answer, code, by, now, entry)
                    return answer
            except FactExists:  # somebody else wrote this n first: read what they wrote
                continue
        raise StoreBusy

    def _event(
        self, connection: Connection, found: Story, kind: Kind, by: Person, request_id: str, now: datetime
    ) -> EventFact:
        return self.ledger.event(connection, found.code, found.next_n, kind, by, request_id, now)

    def _is_of_today(self, event: EventFact, now: datetime) -> bool:
        """By the day it was recorded on, or by that of the newest record then: a clock that was behind is set by now.

        One that was made while the clock was ahead waits for its day: nights tell facts by their days, and would tell
        what took it back before it.
        """
        calendar = self.ledger.house.calendar
        by_records = calendar.business_date(event.at + timedelta(seconds=event.clock_drift_s))
        return calendar.business_date(now) in {event.business_date, by_records}

    @staticmethod
    def _append(connection: Connection, found: Story, event: EventFact) -> Story:
        coupons.add_event(connection, event)
        return replace(found, events=(*found.events, event))

    @staticmethod
    def _replayed(connection: Connection, found: Story, kind: Kind, request_id: str) -> EventFact | None:
        before = coupons.event_by_request(connection, request_id)
        if before is not None and (before.code != found.code or before.kind is not kind):
            raise RequestReusedError(request_id)
        waited = print_jobs.by_request(connection, request_id)
        if waited is not None and (waited.code != found.code or kind is not Kind.REPRINTED):
            raise RequestReusedError(request_id)
        return before

    @staticmethod
    def _own_recent(found: Story, by: Person, now: datetime, deed: str) -> NotAllowed | None:
        if by.leads:
            return None
        if found.coupon.staff == by.id and abs(now - found.coupon.issued_at) <= OWN_RECENT:
            return None
        minutes = int(OWN_RECENT.total_seconds() // 60)
        return NotAllowed(
            "own_recent",
            f"A barista may {deed} a slip of their own for {minutes} minutes. Nothing was changed; "
            "a shift lead can do it at any time.",
        )
