"""What a screen may wish for. A wish is posted up to the app, granted in a thread, and answered with a message.

Every wish carries the screen that asked; the answer goes there and nowhere else. `grant` runs in the thread: it may
call the core and must not touch a widget.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from textual.message import Message
from textual.message_pump import MessagePump

from pos_recovery.tui import answers

if TYPE_CHECKING:  # the core is heavy and loads after the first paint; `grant` runs when it is there
    from db.facts import CouponFact
    from db.types import Ending, Entry
    from pos_recovery.bootstrap import Counter
    from pos_recovery.outcomes import Person, SlipRefusal
    from pos_recovery.recovery import Order
    from pos_recovery.scanner_habits import Habits
    from pos_recovery.staff import Pin


class Wish(Message):
    """Something only the counter can do."""

    def __init__(self, asker: MessagePump) -> None:
        super().__init__()
        self.asker = asker

    def grant(self, counter: Counter, person: Person) -> Message:
        """Do it. Runs in a thread."""
        raise NotImplementedError


class People(Wish):
    """Who works here."""

    def grant(self, counter: Counter, person: Person) -> Message:  # noqa: ARG002  nobody need be signed in
        """The people who can sign in."""
        return answers.PeopleKnown(tuple(each for each in counter.roster.people() if each.active))


class SignIn(Wish):
    """Let this person in, if the PIN is right."""

    def __init__(self, asker: MessagePump, number: int, pin: Pin) -> None:
        super().__init__(asker)
        self.number = number
        self.pin = pin

    def grant(self, counter: Counter, person: Person) -> Message:  # noqa: ARG002  nobody is signed in yet
        """Check the PIN."""
        return answers.Answered(counter.roster.sign_in(self.number, self.pin))


class Today(Wish):
    """The numbers beside the grid."""

    def grant(self, counter: Counter, person: Person) -> Message:
        """Count them."""
        return answers.TodayKnown(counter.board.today(person))


class Preview(Wish):
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

    def grant(self, counter: Counter, person: Person) -> Message:  # noqa: ARG002  anybody may look
        """Lay it out and shrink it to the screen."""
        from pos_recovery.tui.drawing import preview_of

        return answers.PreviewReady(self.reason, self.language, preview_of(counter, self))


class Give(Wish):
    """Issue coupons."""

    def __init__(self, asker: MessagePump, order: Order, request_id: str, lead: tuple[int, Pin] | None = None) -> None:
        super().__init__(asker)
        self.order = order
        self.request_id = request_id
        self.lead = lead

    def grant(self, counter: Counter, person: Person) -> Message:
        """Issue, with a lead's word when one was asked for. Nothing is printed yet."""
        from pos_recovery.outcomes import Person as SignedIn

        lead = None
        if self.lead is not None:
            checked = counter.roster.sign_in(*self.lead)
            if not isinstance(checked, SignedIn):
                return answers.Answered(checked)
            lead = checked
        return answers.Answered(counter.recovery.issue(self.order, person, self.request_id, lead=lead))


class Print(Message):
    """Bring jobs to paper. They go into the print queue; what becomes of them is told to every screen (`hear`)."""

    def __init__(self, jobs: tuple[int, ...]) -> None:
        super().__init__()
        self.jobs = jobs


class InHand(Wish):
    """A person says whether the slip came out."""

    def __init__(self, asker: MessagePump, jobs: tuple[int, ...], *, came_out: bool) -> None:
        super().__init__(asker)
        self.jobs = jobs
        self.came_out = came_out

    def grant(self, counter: Counter, person: Person) -> Message:  # noqa: ARG002  whoever holds the slip may say so
        """Record it."""
        return answers.PaperKnown(tuple(counter.desk.seen(job, came_out=self.came_out) for job in self.jobs))


class Draw(Wish):
    """The code and QR of a coupon on the screen, for the guest's phone."""

    def __init__(self, asker: MessagePump, code: str) -> None:
        super().__init__(asker)
        self.code = code

    def grant(self, counter: Counter, person: Person) -> Message:  # noqa: ARG002  the code is on the screen already
        """Draw the QR."""
        from pos_recovery.slips import qr_text
        from receipts.preview import qr_half_blocks

        return answers.QrReady(self.code, qr_half_blocks(qr_text(self.code, counter.settings.web_site)))


class Chart(Wish):
    """The square that teaches the scanner, and what is known of it."""

    def grant(self, counter: Counter, person: Person) -> Message:  # noqa: ARG002  anybody may look
        """Draw it."""
        from pos_recovery.scanner_habits import CHART, Habits
        from pos_recovery.scanner_words import types_like
        from receipts.preview import qr_half_blocks

        habits = counter.ledger.scanner.habits
        known = "" if habits == Habits() else f"Known so far: it {types_like(habits)}."
        return answers.ChartReady(qr_half_blocks(CHART), known)


class KeepScanner(Wish):
    """Write into the settings how the scanner types, and read it so from now on."""

    def __init__(self, asker: MessagePump, habits: Habits) -> None:
        super().__init__(asker)
        self.habits = habits

    def grant(self, counter: Counter, person: Person) -> Message:  # noqa: ARG002  it is this machine's, nobody's
        """Write it."""
        from pos_recovery import settings_file
        from pos_recovery.scanner_habits import written

        settings_file.keep(counter.home, written(self.habits))
        counter.ledger.scanner.habits = self.habits
        return answers.ScannerKept()


def _entry(*, typed: bool) -> Entry:
    from db.types import Entry

    return Entry.TYPED if typed else Entry.SCANNED


class LookUp(Wish):
    """A slip's story, and whether it is good."""

    def __init__(self, asker: MessagePump, raw: str, *, typed: bool) -> None:
        super().__init__(asker)
        self.raw = raw
        self.typed = typed

    def grant(self, counter: Counter, person: Person) -> Message:
        """Look it up. A refusal says how much goodwill is left; it goes on record by another wish."""
        from pos_recovery.outcomes import Found, Mistyped

        outcome = counter.recovery.examine(self.raw, _entry(typed=self.typed))
        if isinstance(outcome, Found | Mistyped) or not person.leads:
            return answers.Answered(outcome)
        return answers.Answered(outcome, goodwill_given=counter.recovery.goodwill_today(person))


class Refused(Wish):
    """Put a refusal on record. It was answered before: nobody waits for a ledger that is written to just now."""

    def __init__(self, asker: MessagePump, refused: SlipRefusal, raw: str, *, typed: bool) -> None:
        super().__init__(asker)
        self.refused = refused
        self.raw = raw
        self.typed = typed

    def grant(self, counter: Counter, person: Person) -> Message:
        """Record it if the ledger can; nobody waits for it, and nobody has to do anything where it cannot."""
        from db.errors import StoreError

        with suppress(StoreError):
            counter.recovery.record(self.refused, self.raw, person, _entry(typed=self.typed))
        with suppress(StoreError):
            if person.leads:
                return answers.GoodwillKnown(counter.recovery.goodwill_today(person))
        return answers.GoodwillKnown(None)


class Redeem(Wish):
    """Redeem a slip, or give the drink as goodwill when it is refused."""

    def __init__(self, asker: MessagePump, raw: str, request_id: str, *, typed: bool, goodwill: bool = False) -> None:
        super().__init__(asker)
        self.raw = raw
        self.typed = typed
        self.request_id = request_id
        self.goodwill = goodwill

    def grant(self, counter: Counter, person: Person) -> Message:
        """Redeem it, exactly once."""
        entry = _entry(typed=self.typed)
        return answers.Answered(
            counter.recovery.redeem(self.raw, person, self.request_id, goodwill=self.goodwill, entry=entry)
        )


class End(Wish):
    """How the story ended."""

    def __init__(self, asker: MessagePump, code: str, request_id: str, ending: Ending) -> None:
        super().__init__(asker)
        self.code = code
        self.request_id = request_id
        self.ending = ending

    def grant(self, counter: Counter, person: Person) -> Message:
        """Record it."""
        return answers.Answered(counter.aftercare.end(self.code, person, self.request_id, self.ending))


class Find(Wish):
    """Today's slips, or those whose code begins with a part or has it anywhere."""

    def __init__(self, asker: MessagePump, part: str) -> None:
        super().__init__(asker)
        self.part = part

    def grant(self, counter: Counter, person: Person) -> Message:  # noqa: ARG002  everybody at the counter may look
        """List them."""
        return answers.Slips(self.part, counter.board.slips(self.part))


class Again(Wish):
    """Print a slip once more."""

    def __init__(self, asker: MessagePump, code: str, request_id: str) -> None:
        super().__init__(asker)
        self.code = code
        self.request_id = request_id

    def grant(self, counter: Counter, person: Person) -> Message:
        """Record the copy; printing is another wish."""
        return answers.Answered(
            counter.aftercare.reprint(self.code, person, self.request_id, entry=_entry(typed=False))
        )


class Void(Wish):
    """Cancel an unused coupon."""

    def __init__(self, asker: MessagePump, code: str, request_id: str) -> None:
        super().__init__(asker)
        self.code = code
        self.request_id = request_id

    def grant(self, counter: Counter, person: Person) -> Message:
        """Void it."""
        return answers.Answered(counter.aftercare.void(self.code, person, self.request_id, entry=_entry(typed=False)))


class TakeBack(Wish):
    """Take back a redemption made by mistake."""

    def __init__(self, asker: MessagePump, code: str, request_id: str, why: str) -> None:
        super().__init__(asker)
        self.code = code
        self.request_id = request_id
        self.why = why

    def grant(self, counter: Counter, person: Person) -> Message:
        """Reverse it."""
        entry = _entry(typed=False)
        return answers.Answered(
            counter.aftercare.reverse(self.code, person, self.request_id, why=self.why, entry=entry)
        )
