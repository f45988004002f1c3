"""The use cases at the heart: issue, look up, redeem, and the drink as goodwill. What comes after is in `aftercare`.

Each takes the person who has signed in and a request id, and answers with a value from `outcomes`. The request id
is made when the key is pressed: the same id again is the same answer again, never a second coupon or a second drink.

Everything is decided inside one writing transaction. SQLite lets one of those run at a time; on any database the key
(code, n) of `coupon_event` has the last word, and the loser of a race reads what the winner wrote.

Nothing here prints. A coupon is committed together with its print job; the desk takes it from there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from db.connection.engine import reading, transaction
from db.connection.errors import FactExists, StoreBusy
from db.statements import coupons, print_jobs
from db.tables.column_types import Ending, Entry, Kind
from db.tables.facts import CouponFact, EventFact
from pos_recovery.counter.ledger import LOST_RACES, Ledger, RequestReusedError
from pos_recovery.counter.outcomes import (
    Found,
    Goodwill,
    Issued,
    Mistyped,
    NotAllowed,
    Person,
    Redeemed,
    Refusal,
    SlipRefusal,
    Story,
    TypingLocked,
    Unknown,
)
from pos_recovery.rules import codes
from pos_recovery.rules.business_days import counted_from, drift_s
from pos_recovery.rules.text_cleaning import ITEM_LIMIT, NOTE_LIMIT, RAW_LIMIT, clean, clean_or_none

MOST_AT_ONCE = 4
"""Coupons for one party."""
_DRAWS = 8
"""Tries for a free code. Two alike among 45 random bits in a month are rare; eight in a row mean a broken source."""


class UnknownReasonError(ValueError):
    """No such reason at this store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the barista says happened."""

    reason: str
    language: str
    item: str | None = None
    note: str | None = None
    remade: bool = False
    noticed_first: bool = True
    count: int = 1


def _nth(request_id: str, place: int) -> str:
    """The request id of a party's n-th coupon."""
    return request_id if place == 1 else f"{request_id}/{place}"


@dataclass(frozen=True, slots=True)
class Recovery:
    """The use cases of one register."""

    ledger: Ledger

    def issue(
        self,
        order: Order,
        by: Person,
        request_id: str,
        *,
        print_slips: bool = True,
        lead: Person | None = None,
        entry: Entry | None = None,
    ) -> Issued | NotAllowed:
        """Record one to four coupons, each with its print job.

        Args:
            order: What happened. Its texts are cleaned and bounded here.
            by: Who gives the coupons.
            request_id: Same id, same coupons.
            print_slips: Whether print jobs are wanted.
            lead: A shift lead who agrees to go over the hard cap.
            entry: How it was asked for, for the record of a refusal; None: with keys on a screen.

        Raises:
            UnknownReasonError: The reason is not one of this store's.
            ValueError: More coupons at once than a party may have, or fewer than one.
            StoreError: Nothing was recorded.
        """
        house = self.ledger.house
        if order.reason not in house.reasons:
            raise UnknownReasonError(order.reason)
        if not 1 <= order.count <= MOST_AT_ONCE:
            raise ValueError(f"1 to {MOST_AT_ONCE} coupons at once")
        for _ in range(_DRAWS):
            try:
                with transaction(self.ledger.engine) as connection:
                    return self._issue(
                        connection, order, by, request_id, print_slips=print_slips, lead=lead, entry=entry
                    )
            except FactExists:  # served before, or a code is taken
                with reading(self.ledger.engine) as connection:
                    before = self._issued_before(connection, request_id, by, order)
                if before is not None:
                    return before
        raise RuntimeError("eight codes in a row were taken: the source of random numbers is broken")

    def _issue(
        self,
        connection: Connection,
        order: Order,
        by: Person,
        request_id: str,
        *,
        print_slips: bool,
        lead: Person | None,
        entry: Entry | None,
    ) -> Issued | NotAllowed:
        """Append, trusting the keys: looking first whether they are free would cost the guest two more statements."""
        house = self.ledger.house
        now = self.ledger.clock()
        day = house.calendar.business_date(now)
        given, newest = coupons.before_issuing(connection, day, house.store, by.id)
        if given + order.count > house.cap and not (lead and lead.leads):
            before = self._issued_before(connection, request_id, by, order)
            if before is not None:
                return before
            sentence = (
                f"{by.name} has given {given} today and the safety cap is {house.cap}. "
                "Nothing was issued; a shift lead can agree with their PIN."
            )
            refused = NotAllowed("cap", sentence)
            self.ledger.record_refusal(connection, refused, order.reason, by, now, entry, is_code=False)
            return refused
        first = CouponFact(
            code="",
            store=house.store,
            register=house.register,
            staff=by.id,
            reason=order.reason,
            item=clean_or_none(order.item, ITEM_LIMIT),
            note=clean_or_none(order.note, NOTE_LIMIT),
            remade=order.remade,
            noticed_first=order.noticed_first,
            language=order.language,
            issued_at=now,
            business_date=day,
            expires_on=house.calendar.expires_on(house.calendar.business_date(counted_from(now, newest))),
            cost_minor=house.cost_minor,
            currency=house.currency,
            request_id=request_id,
            clock_drift_s=drift_s(now, newest),
        )
        added = [
            replace(first, code=codes.draw_code(day, self.ledger.random_bits), request_id=_nth(request_id, place))
            for place in range(1, order.count + 1)
        ]
        for coupon in added:
            coupons.add(connection, coupon)
        waiting = tuple(print_jobs.add(connection, each.code, 1, now) for each in added) if print_slips else ()
        decimals = house.decimals.get(house.currency)
        stories = tuple(
            Story(each, names={by.id: by.name}, store_name=house.store_name, decimals=decimals) for each in added
        )
        return Issued(stories, waiting, replay=False, given_today=given + order.count)

    def _issued_before(self, connection: Connection, request_id: str, by: Person, order: Order) -> Issued | None:
        """The stored answer, when this request has been served before."""
        found: list[Story] = []
        for place in range(1, MOST_AT_ONCE + 1):
            coupon = coupons.find_by_request(connection, _nth(request_id, place))
            if coupon is None:
                break
            found.append(self.ledger.story(connection, coupon))
        if not found:
            return None
        if found[0].coupon.reason != order.reason or len(found) != order.count:
            raise RequestReusedError(request_id)
        day = self.ledger.house.calendar.business_date(self.ledger.clock())
        given = coupons.count_given(connection, day, self.ledger.house.store, by.id)
        waiting = tuple(job.id for story in found for job in story.jobs[:1])
        return Issued(tuple(found), waiting, replay=True, given_today=given)

    def look_up(self, raw: str) -> Found | Unknown | Mistyped:
        """The coupon's story, without touching it. A mistyped code is answered without asking the database."""
        read = self.ledger.read(raw)
        if not read.candidates:
            return Mistyped(clean(raw, RAW_LIMIT))
        with reading(self.ledger.engine) as connection:
            found = self.ledger.find(connection, raw, read)
        return Found(found) if isinstance(found, Story) else found

    def examine(self, raw: str, entry: Entry) -> Found | SlipRefusal:
        """Whether a slip is good, without redeeming it: Found when it is, else the refusal a redemption would get.

        Only reads: a guest waits for the answer. That a slip was refused is a fact and belongs on record (`record`),
        because nobody redeems after a refusal. While typing is locked, a typed code is not even looked for.

        Raises:
            StoreError: It cannot be read now.
        """
        read = self.ledger.read(raw)
        if not read.candidates:
            return Mistyped(clean(raw, RAW_LIMIT))
        now = self.ledger.clock()
        with reading(self.ledger.engine) as connection:
            locked = self.ledger.typing_locked(connection, raw, now) if entry is Entry.TYPED else None
            found = locked or self.ledger.find(connection, raw, read)
        refused = self.ledger.refusal(found, now)
        if isinstance(found, Story) and refused is None:
            return Found(found)
        assert refused is not None  # noqa: S101  narrows the type: whatever is no story is refused
        return refused

    def record(self, refused: SlipRefusal, raw: str, by: Person, entry: Entry) -> None:
        """Put a refusal on record that `examine` has answered.

        Raises:
            StoreError: Nothing was recorded.
        """
        with transaction(self.ledger.engine) as connection:
            self.ledger.record_refusal(connection, refused, raw, by, self.ledger.clock(), entry)

    def goodwill_today(self, by: Person) -> int:
        """Drinks this person has given as goodwill on this business day.

        Raises:
            StoreError: It cannot be read now.
        """
        with reading(self.ledger.engine) as connection:
            return self.ledger.goodwill_today(connection, by, self.ledger.clock())

    def redeem(
        self,
        raw: str,
        by: Person,
        request_id: str,
        *,
        ending: Ending | None = None,
        goodwill: bool = False,
        entry: Entry = Entry.COMMAND,
    ) -> Redeemed | Goodwill | Refusal:
        """Redeem the slip, exactly once; or say why not, and with `goodwill` give the drink all the same.

        Args:
            raw: What was typed or scanned.
            by: Who serves the guest.
            request_id: Same id, same answer: a retry is not a second use.
            ending: How the story ended, when it is known already.
            goodwill: On a refusal of the slip, record a drink given as goodwill. The coupon stays as it is. One that
                was refused only because typing rests is redeemed: it would be good for another drink otherwise.
            entry: How the code came in. Locked typing refuses every typed code, and on the command line, which may
                well be fed by a scanner, only codes that do not exist.

        Raises:
            RequestReusedError: The id was used for something else.
            StoreError: Nothing was recorded.
        """
        read = self.ledger.read(raw)
        if not read.candidates and not goodwill:
            return Mistyped(clean(raw, RAW_LIMIT))
        attempt = _Attempt(self.ledger, raw, read, by, request_id, entry)
        for _ in range(LOST_RACES):
            try:
                with transaction(self.ledger.engine) as connection:
                    return attempt.decide(connection, ending=ending, goodwill=goodwill)
            except FactExists:  # somebody else wrote this n first: read what they wrote
                given = attempt.given_before()
                if given is not None:
                    return given
        raise StoreBusy


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One person's wish to redeem one slip, decided inside the transaction it is given."""

    ledger: Ledger
    raw: str
    read: codes.Reading
    by: Person
    request_id: str
    entry: Entry

    def decide(self, connection: Connection, *, ending: Ending | None, goodwill: bool) -> Redeemed | Goodwill | Refusal:
        now = self.ledger.clock()
        found, newest = self.ledger.find_bare(connection, self.raw, self.read)
        replayed = self._replay(connection, found, now)
        if replayed is not None:
            return replayed
        refused: Refusal | None = self.ledger.refusal(found, now)
        if not (refused is None and goodwill and self.by.leads):  # a lead gives the drink: on the slip, if it is good
            refused = self._locked(connection, found, now) or refused
        if isinstance(found, Story) and refused is None:
            if self.by.leads or self.ledger.house.baristas_may_redeem:
                return self._redeem(connection, found, ending, now, newest)
            sentence = "Only a shift lead redeems slips at this store. The slip is untouched; please call a shift lead."
            refused = NotAllowed("role", sentence)
        if goodwill and isinstance(refused, SlipRefusal):
            given = self._give_goodwill(connection, found, refused, now)
            if isinstance(given, NotAllowed):
                self.ledger.record_refusal(connection, given, self.raw, self.by, now, self.entry)
            return given
        assert refused is not None  # noqa: S101  narrows the type: an unrefused story was redeemed above
        if not isinstance(refused, Mistyped):
            self.ledger.record_refusal(connection, refused, self.raw, self.by, now, self.entry)
        return refused

    def _locked(self, connection: Connection, found: Story | Unknown | Mistyped, now: datetime) -> TypingLocked | None:
        if self.entry is Entry.TYPED or (self.entry is Entry.COMMAND and isinstance(found, Unknown)):
            return self.ledger.typing_locked(connection, self.raw, now)
        return None

    def _replay(
        self, connection: Connection, found: Story | Unknown | Mistyped, now: datetime
    ) -> Redeemed | Goodwill | None:
        """The stored answer, when this request has been served before."""
        if isinstance(found, Story):
            before = next((event for event in found.events if event.request_id == self.request_id), None)
        else:
            before = coupons.event_by_request(connection, self.request_id)
        if before is None:
            return None
        if before.kind is Kind.REDEEMED and isinstance(found, Story):
            return Redeemed(found, replay=True)
        return self._goodwill_again(connection, found, before, now)

    def _goodwill_again(
        self, connection: Connection, found: Story | Unknown | Mistyped, before: EventFact, now: datetime
    ) -> Goodwill:
        """The drink that this request gave. One without a coupon must be for what is asked for now: its note says."""
        refused = self.ledger.refusal(found, now)
        is_same = isinstance(found, Story) and found.code == before.code
        seen = (before.note or "").partition(": ")[2]
        is_same = is_same or seen in {clean(self.raw, RAW_LIMIT), *self.read.candidates}
        if before.kind is Kind.GOODWILL and refused is not None and is_same:
            given = self.ledger.goodwill_today(connection, self.by, now)
            return Goodwill(refused, before, given, replay=True)
        raise RequestReusedError(self.request_id)

    def given_before(self) -> Goodwill | None:
        """After a lost race: the drink this very request gave while typing rested, which hangs on no coupon.

        Raises RequestReusedError when the request is taken by another coupon or deed; None: it is fresh.
        """
        with reading(self.ledger.engine) as connection:
            found, _ = self.ledger.find_bare(connection, self.raw, self.read)
            before = coupons.event_by_request(connection, self.request_id)
            if before is None or (isinstance(found, Story) and found.code == before.code):
                return None
            return self._goodwill_again(connection, found, before, self.ledger.clock())

    def _redeem(
        self, connection: Connection, found: Story, ending: Ending | None, now: datetime, newest: datetime | None
    ) -> Redeemed:
        event = self.ledger.event(
            connection, found.code, found.next_n, Kind.REDEEMED, self.by, self.request_id, now,
            ending=ending, cost_minor=found.coupon.cost_minor, newest=newest,
        )  # fmt: skip
        coupons.add_event(connection, event)
        names = {**found.names, self.by.id: self.by.name}
        return Redeemed(replace(found, events=(*found.events, event), names=names), replay=False)

    def _give_goodwill(
        self, connection: Connection, found: Story | Unknown | Mistyped, refused: SlipRefusal, now: datetime
    ) -> Goodwill | NotAllowed:
        house = self.ledger.house
        if not self.by.leads:
            return NotAllowed("role", "Only a shift lead gives a drink as goodwill. Please call a shift lead.")
        given = self.ledger.goodwill_today(connection, self.by, now)
        if given >= house.goodwill_cap:
            sentence = (
                f"{self.by.name} has given {given} drinks as goodwill today, which is the most for one lead. "
                "Nothing was recorded; another shift lead can give one."
            )
            return NotAllowed("goodwill_cap", sentence)
        if isinstance(found, Story) and not isinstance(refused, TypingLocked):
            code, n, note = found.code, found.next_n, refused.outcome
        else:  # no coupon to hang it on: a key of its own, which no slip carries, so nothing can collide with it
            seen = refused.code if isinstance(refused, Unknown) else clean(self.raw, RAW_LIMIT)
            code, n = codes.draw_code(house.calendar.business_date(now), self.ledger.random_bits), 1
            note = f"{refused.outcome}: {seen}"
        event = self.ledger.event(
            connection, code, n, Kind.GOODWILL, self.by, self.request_id, now, note=note, cost_minor=house.cost_minor
        )
        coupons.add_event(connection, event)
        return Goodwill(refused, event, given + 1, replay=False)
