"""What a screen may ask for. A request is posted up to the app, granted in a thread, and answered with a message.

Every request carries the screen that asked; the answer goes there and nowhere else. `carry_out` runs in the thread: it
may call the core and must not touch a widget.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from textual.message import Message
from textual.message_pump import MessagePump

from pos_recovery.tui.messages import replies

if TYPE_CHECKING:  # the core is heavy and loads after the first paint; `carry_out` runs when it is there
    from db.tables.column_types import Ending, Entry
    from db.tables.facts import CouponFact
    from pos_recovery.counter.outcomes import Person, SlipRefusal
    from pos_recovery.counter.recovery import Order
    from pos_recovery.counter.staff import Pin
    from pos_recovery.opening.wiring import Counter
    from pos_recovery.scanners.keyboard_wedge import Habits


class OpenCounter(Message):
    """Somebody stands at the PIN pad: the counter is to be opened, if it is not."""


class CameToFront(Message, bubble=False):
    """A screen came to the front: a slip that was scanned before may have waited for it."""


class UseScannerHabits(Message):
    """What is known of the scanner has changed."""


class Request(Message):
    """Something only the counter can do."""

    def __init__(self, asker: MessagePump) -> None:
        super().__init__()
        self.asker = asker

    def carry_out(self, counter: Counter, person: Person) -> Message:
        """Do it. Runs in a thread."""
        raise NotImplementedError


class People(Request):
    """Who works here."""

    def carry_out(self, counter: Counter, person: Person) -> Message:  # noqa: ARG002  nobody need be signed in
        """The people who can sign in."""
        return replies.PeopleKnown(tuple(each for each in counter.roster.people() if each.active))


class SignIn(Request):
    """Let this person in, if the PIN is right."""

    def __init__(self, asker: MessagePump, number: int, pin: Pin) -> None:
        super().__init__(asker)
        self.number = number
        self.pin = pin

    def carry_out(self, counter: Counter, person: Person) -> Message:  # noqa: ARG002  nobody is signed in yet
        """Check the PIN."""
        return replies.Answered(counter.roster.sign_in(self.number, self.pin))


class Today(Request):
    """The numbers beside the grid."""

    def carry_out(self, counter: Counter, person: Person) -> Message:
        """Count them."""
        return replies.TodayKnown(counter.board.today(person))


class Preview(Request):
    """The slip as it would print."""

    def __init__(
        self, asker: MessagePump, reason: str, language: str, columns: int, coupon: CouponFact | None = None
    ) -> None:
        """`coupon` is the one to show; None shows what the slip of a new one would look like."""
        super().__init__(asker)
        self.reason = reason
        self.language = language
        self.columns = columns
        self.coupon = coupon

    def carry_out(self, counter: Counter, person: Person) -> Message:  # noqa: ARG002  anybody may look
        """Lay it out and shrink it to the screen."""
        from pos_recovery.tui.content.slip_pictures import preview_of

        return replies.PreviewReady(
            self.reason, self.language, preview_of(counter, self.reason, self.language, self.columns, self.coupon)
        )


class Give(Request):
    """Issue coupons."""

    def __init__(self, asker: MessagePump, order: Order, request_id: str, lead: tuple[int, Pin] | None = None) -> None:
        super().__init__(asker)
        self.order = order
        self.request_id = request_id
        self.lead = lead

    def carry_out(self, counter: Counter, person: Person) -> Message:
        """Issue, with a lead's word when one was asked for. Nothing is printed yet."""
        from pos_recovery.counter.outcomes import Person as SignedIn

        lead = None
        if self.lead is not None:
            checked = counter.roster.sign_in(*self.lead)
            if not isinstance(checked, SignedIn):
                return replies.Answered(checked)
            lead = checked
        return replies.Answered(counter.recovery.issue(self.order, person, self.request_id, lead=lead))


class Print(Message):
    """Bring jobs to paper. They go into the print queue; what becomes of them is told to every screen (`hear`)."""

    def __init__(self, jobs: tuple[int, ...]) -> None:
        super().__init__()
        self.jobs = jobs


class InHand(Request):
    """A person says whether the slip came out."""

    def __init__(self, asker: MessagePump, jobs: tuple[int, ...], *, came_out: bool) -> None:
        super().__init__(asker)
        self.jobs = jobs
        self.came_out = came_out

    def carry_out(self, counter: Counter, person: Person) -> Message:  # noqa: ARG002  whoever holds the slip may say so
        """Record it."""
        return replies.PaperKnown(tuple(counter.desk.seen(job, came_out=self.came_out) for job in self.jobs))


class Draw(Request):
    """The code and QR of a coupon on the screen, for the guest's phone."""

    def __init__(self, asker: MessagePump, code: str) -> None:
        super().__init__(asker)
        self.code = code

    def carry_out(self, counter: Counter, person: Person) -> Message:  # noqa: ARG002  the code is on the screen already
        """Draw the QR."""
        from pos_recovery.printing.slips import qr_text
        from receipts.drawing.preview import qr_half_blocks

        return replies.QrReady(self.code, qr_half_blocks(qr_text(self.code, counter.settings.web_site)))


class Chart(Request):
    """The square that teaches the scanner, and what is known of it."""

    def carry_out(self, counter: Counter, person: Person) -> Message:  # noqa: ARG002  anybody may look
        """Draw it."""
        from pos_recovery.scanners.keyboard_wedge import CHART, Habits
        from pos_recovery.scanners.scanner_words import types_like
        from receipts.drawing.preview import qr_half_blocks

        habits = counter.ledger.scanner.habits
        known = "" if habits == Habits() else f"Known so far: it {types_like(habits)}."
        return replies.ChartReady(qr_half_blocks(CHART), known)


class KeepScanner(Request):
    """Write into the settings how the scanner types, and read it so from now on."""

    def __init__(self, asker: MessagePump, habits: Habits) -> None:
        super().__init__(asker)
        self.habits = habits

    def carry_out(self, counter: Counter, person: Person) -> Message:  # noqa: ARG002  it is this machine's, nobody's
        """Write it."""
        from pos_recovery.scanners.keyboard_wedge import written
        from pos_recovery.settings import settings_file

        settings_file.keep(counter.home, written(self.habits))
        counter.ledger.scanner.habits = self.habits
        return replies.ScannerKept()


def _entry(*, typed: bool) -> Entry:
    from db.tables.column_types import Entry

    return Entry.TYPED if typed else Entry.SCANNED


class LookUp(Request):
    """A slip's story, and whether it is good."""

    def __init__(self, asker: MessagePump, raw: str, *, typed: bool) -> None:
        super().__init__(asker)
        self.raw = raw
        self.typed = typed

    def carry_out(self, counter: Counter, person: Person) -> Message:
        """Look it up. A refusal says how much goodwill is left; it goes on record by another request."""
        from pos_recovery.counter.outcomes import Found, Mistyped

        outcome = counter.recovery.examine(self.raw, _entry(typed=self.typed))
        if isinstance(outcome, Found | Mistyped) or not person.leads:
            return replies.Answered(outcome)
        return replies.Answered(outcome, goodwill_given=counter.recovery.goodwill_today(person))


class Refused(Request):
    """Put a refusal on record. It was answered before: nobody waits for a ledger that is written to just now."""

    def __init__(self, asker: MessagePump, refused: SlipRefusal, raw: str, *, typed: bool) -> None:
        super().__init__(asker)
        self.refused = refused
        self.raw = raw
        self.typed = typed

    def carry_out(self, counter: Counter, person: Person) -> Message:
        """Record it if the ledger can; nobody waits for it, and nobody has to do anything where it cannot."""
        from db.connection.errors import StoreError

        with suppress(StoreError):
            counter.recovery.record(self.refused, self.raw, person, _entry(typed=self.typed))
        with suppress(StoreError):
            if person.leads:
                return replies.GoodwillKnown(counter.recovery.goodwill_today(person))
        return replies.GoodwillKnown(None)


class Redeem(Request):
    """Redeem a slip, or give the drink as goodwill when it is refused."""

    def __init__(self, asker: MessagePump, raw: str, request_id: str, *, typed: bool, goodwill: bool = False) -> None:
        super().__init__(asker)
        self.raw = raw
        self.typed = typed
        self.request_id = request_id
        self.goodwill = goodwill

    def carry_out(self, counter: Counter, person: Person) -> Message:
        """Redeem it, exactly once."""
        entry = _entry(typed=self.typed)
        return replies.Answered(
            counter.recovery.redeem(self.raw, person, self.request_id, goodwill=self.goodwill, entry=entry)
        )


class End(Request):
    """How the story ended."""

    def __init__(self, asker: MessagePump, code: str, request_id: str, ending: Ending) -> None:
        super().__init__(asker)
        self.code = code
        self.request_id = request_id
        self.ending = ending

    def carry_out(self, counter: Counter, person: Person) -> Message:
        """Record it."""
        return replies.Answered(counter.aftercare.end(self.code, person, self.request_id, self.ending))


class Find(Request):
    """Today's slips, or those whose code begins with a part or has it anywhere."""

    def __init__(self, asker: MessagePump, part: str) -> None:
        super().__init__(asker)
        self.part = part

    def carry_out(self, counter: Counter, person: Person) -> Message:  # noqa: ARG002  everybody at the counter may look
        """List them."""
        return replies.Slips(self.part, counter.board.slips(self.part))


class Again(Request):
    """Print a slip once more."""

    def __init__(self, asker: MessagePump, code: str, request_id: str) -> None:
        super().__init__(asker)
        self.code = code
        self.request_id = request_id

    def carry_out(self, counter: Counter, person: Person) -> Message:
        """Record the copy; printing is another request."""
        return replies.Answered(
            counter.aftercare.reprint(self.code, person, self.request_id, entry=_entry(typed=False))
        )


class Void(Request):
    """Cancel an unused coupon."""

    def __init__(self, asker: MessagePump, code: str, request_id: str) -> None:
        super().__init__(asker)
        self.code = code
        self.request_id = request_id

    def carry_out(self, counter: Counter, person: Person) -> Message:
        """Void it."""
        return replies.Answered(counter.aftercare.void(self.code, person, self.request_id, entry=_entry(typed=False)))


class TakeBack(Request):
    """Take back a redemption made by mistake."""

    def __init__(self, asker: MessagePump, code: str, request_id: str, why: str) -> None:
        super().__init__(asker)
        self.code = code
        self.request_id = request_id
        self.why = why

    def carry_out(self, counter: Counter, person: Person) -> Message:
        """Reverse it."""
        entry = _entry(typed=False)
        return replies.Answered(
            counter.aftercare.reverse(self.code, person, self.request_id, why=self.why, entry=entry)
        )
