"""The print desk: takes a job that is on record, brings the slip to paper, and records what that proved.

The order never changes: commit, then print, then record. The job is marked `sending` before the first byte leaves
and no transaction is open while it does. What the printer answers is a value, and "unknown" is never read as "fine".

One program prints at a time: it holds a lock that the operating system takes back when the program dies, whatever it
dies of. So whoever holds it knows that a job still marked `sending` was left by a program that is gone, and that nobody
can tell what became of its paper. The register keeps one thread and one queue in front of this (`print_queue`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from db.connection.engine import reading, transaction
from db.connection.errors import StoreError
from db.statements import coupons, print_jobs, printers, slip_fonts
from db.tables.column_types import HELD_UP, JobState, Proof
from db.tables.facts import CouponFact, JobFact, PrinterFact
from pos_recovery.printing.slips import compose
from pos_recovery.rules.business_days import Calendar, Clock
from pos_recovery.settings.schema import Settings
from pos_recovery.slip_texts.slip_fonts import otherwise, spoken, with_fonts
from pos_recovery.slip_texts.slip_words import load_words
from pos_recovery.system import locks
from pos_recovery.system.locations import Home
from pos_recovery.system.ownership import private
from receipts.drawing.slip import Slip
from receipts.values.paper import PAPER_58, PAPER_80
from receipts.values.result import PrintResult
from receipts.values.result import Proof as Level
from receipts.values.status import Condition

if TYPE_CHECKING:  # drawing comes with Pillow, which is loaded when the first slip is drawn
    from receipts.drawing.page import Page
    from receipts.escpos.job import Job
    from receipts.fonts.faces import FontFile
    from receipts.printers.open_printer import Manner, Printer


_LEVELS: dict[Proof, Level] = {
    Proof.CONFIRMED: "confirmed",
    Proof.PROCESSED: "processed",
    Proof.HANDED_OVER: "handed_over",
}

PAPERS = {58: PAPER_58, 80: PAPER_80}
"""By the roll's width in millimetres, as the settings name it."""

LOCK_WAIT_S = 10.0
"""How long a job waits while another program prints; a slip takes two or three seconds."""

COMMAND_PATIENCE_S = 30.0
"""How long a command waits for somebody to put in paper; the register, which can tell people, waits longer."""

PROOF_S = 45.0
"""How long a printer that is well may take to prove a slip; the slowest line and head take half of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who is told while a job is under way, and who may end the waiting."""

    tell: Callable[[Condition], None] = lambda _: None
    """Called in the printing thread whenever the printer's condition changes."""
    stop: Callable[[], bool] = lambda: False
    patience_s: float = COMMAND_PATIENCE_S
    """With a printer that has said what it needs."""
    proof_s: float = PROOF_S
    """From the last byte to the proof, with a printer that is well."""


ALONE = Watch()


@dataclass(frozen=True, slots=True)
class Desk:
    """One register's desk."""

    engine: Engine
    settings: Settings
    home: Home
    clock: Clock
    calendar: Calendar
    chance: Callable[[int], int]
    """Draws a number of that many random bits."""

    def slip(self, coupon: CouponFact, copy: int = 1) -> Slip:
        """What will be on the paper: of a copy, in the letters of the first slip, where those fonts are still here."""
        known = coupon.language in spoken(self.settings.words)
        words = load_words(
            coupon.language if known else self.settings.language,
            self.settings.words,
            own_reasons=tuple(self.settings.reasons),
        )
        slip = compose(
            self.settings, words, reason=coupon.reason, code=coupon.code, expires_on=coupon.expires_on, copy=copy
        )
        return with_fonts(slip, self.settings.fonts, lambda: next(iter(self._fonts_of(coupon.code).values()), ()))

    # ------------------------------------------------------------------ jobs

    def print(self, job: int, watch: Watch = ALONE) -> JobFact:
        """Bring one pending job to paper and record how it went; any other job is answered as it stands.

        Raises:
            StoreError: What happened could not be recorded; the next time somebody prints, the job is unknown.
        """
        with self._alone(LOCK_WAIT_S, watch.stop) as alone:
            if not alone:
                return self.job(job)
            with transaction(self.engine) as connection:
                print_jobs.forget_sending(connection, self.clock())
                fact = print_jobs.get(connection, job)
                coupon = coupons.find(connection, [fact.code])
                if coupon is None or not print_jobs.take(connection, job, self.clock()):
                    return fact
                known = printers.get(connection, self.settings.printer)
                pages = printers.pages(connection, self.settings.printer)
                printers.keep(
                    connection, self.settings.printer, PrinterFact(proof=known.proof, torn=True), self.clock()
                )
            name = fact.code if fact.copy == 1 else f"{fact.code}-copy{fact.copy}"
            slip = self.slip(coupon, fact.copy)
            result = self._printer(pages or "").print(slip, name, self._manner_of_job(known, watch))
            if result.condition is not Condition.NOT_ASKED or result.state == "printed":  # a mute one is well again
                watch.tell(result.condition)
            with transaction(self.engine) as connection:
                printers.keep(connection, self.settings.printer, _learned(known, result), self.clock())
                proof = Proof(result.proof) if result.proof else None
                error = None if result.state == "printed" else result.detail
                if result.state == "printed" and result.held_up:
                    error = HELD_UP
                print_jobs.settle(connection, job, JobState(result.state), proof=proof, error=error, now=self.clock())
                if slip.behind and result.state in {"printed", "unknown"}:  # of any other nothing left
                    self._keep_fonts(connection, fact, slip)
                return print_jobs.get(connection, job)

    def drawn_otherwise(self, job: JobFact) -> str:
        """That a copy came out in other letters than the first slip, in words; empty when it did not."""
        if job.copy == 1 or job.state not in {JobState.PRINTED, JobState.UNKNOWN}:
            return ""
        drawn = self._fonts_of(job.code)
        return otherwise(next(iter(drawn.values()), ()), drawn.get(job.copy, ()))

    def job(self, job: int) -> JobFact:
        """A job as it stands."""
        with reading(self.engine) as connection:
            return print_jobs.get(connection, job)

    def waiting(self) -> tuple[int, ...]:
        """Today's jobs of which no byte has left, oldest first: these may be tried again without asking anybody."""
        with reading(self.engine) as connection:
            return print_jobs.waiting(connection, day=self.calendar.business_date(self.clock()))

    def unsettled(self, *, limit: int = 10_000) -> tuple[JobFact, ...]:
        """Slips that are not known to be on paper and still matter, oldest first.

        What a program that is gone left half sent is in doubt from here on.
        """
        self.own_up()
        with reading(self.engine) as connection:
            return print_jobs.unsettled(connection, limit=limit)

    def own_up(self) -> int:
        """Jobs left half sent by a program that is gone become unknown. Returns how many; 0 while somebody prints."""
        with self._alone(0.0) as alone:
            if not alone:
                return 0
            with suppress(OSError):
                for left in self.home.slips.glob(".*.part"):  # of a picture; only whoever holds the lock draws one
                    left.unlink()
            with transaction(self.engine) as connection:
                return print_jobs.forget_sending(connection, self.clock())

    def seen(self, job: int, *, came_out: bool) -> JobFact:
        """Record what a person says of the paper: it is in their hand and whole, or nobody knows where it is.

        What the printer has proved stands; a person only adds that it is in one piece.
        """
        with transaction(self.engine) as connection:
            if came_out:
                before = print_jobs.get(connection, job)
                proved = before.state is JobState.PRINTED and before.proof in {Proof.CONFIRMED, Proof.PROCESSED}
                proof = before.proof if proved else Proof.BY_PERSON
                print_jobs.settle(connection, job, JobState.PRINTED, proof=proof, error=None, now=self.clock())
            else:
                print_jobs.settle(connection, job, JobState.UNKNOWN, proof=None, error="not in hand", now=self.clock())
            return print_jobs.get(connection, job)

    # --------------------------------------------------------------- the printer

    def condition(self, watch: Watch = ALONE, wait_s: float = 0.0) -> Condition | None:
        """How the printer is now. `NOT_ASKED` where it cannot tell; None while it prints for another program.

        `wait_s` outlasts another program's look.

        What it told that program is its `last_word`.
        """
        with self._alone(wait_s) as alone:
            if not alone:
                return None
            known = self.known()
            seen = self._printer().look(self._manner(known, watch))
            if seen.torn and not known.torn:  # another host's job broke off, so the next one begins by cutting it off
                with transaction(self.engine) as connection:
                    printers.keep(connection, self.settings.printer, replace(known, torn=True), self.clock())
            return seen.condition

    def last_word(self) -> Condition | None:
        """What the printer last told the program that is printing; None when it has told nothing yet."""
        try:
            return Condition(self.home.last_word.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def known(self) -> PrinterFact:
        """What is remembered of the printer."""
        with reading(self.engine) as connection:
            return printers.get(connection, self.settings.printer)

    def test(self, page: Page | Job, watch: Watch = ALONE, *, mute: bool = False) -> PrintResult:
        """Print a test page and remember the best proof the printer gave of it.

        Args:
            page: What to print, laid out or as bytes; it is no coupon.
            watch: As for `print`.
            mute: The printer is known never to answer: print without asking, and do so from now on.
        """
        with self._alone(LOCK_WAIT_S, watch.stop) as alone:
            if not alone:
                return PrintResult(state="pending", proof=None, bytes_sent=0, detail="another program is printing")
            with transaction(self.engine) as connection:
                print_jobs.forget_sending(connection, self.clock())
                before = printers.get(connection, self.settings.printer)
                asked = PrinterFact(proof=Proof.HANDED_OVER if mute else None, torn=before.torn)
                printers.keep(
                    connection, self.settings.printer, PrinterFact(proof=asked.proof, torn=True), self.clock()
                )
            result = self._printer().print(page, "test", self._manner_of_job(asked, watch))
            with transaction(self.engine) as connection:
                known = asked if result.state in {"printed", "unknown"} else before
                printers.keep(connection, self.settings.printer, _learned(known, result), self.clock())
            return result

    def pages(self) -> str | None:
        """Which code pages of the printer a person has found right, as `code_pages.written` has them.

        None: nobody has looked.
        """
        with reading(self.engine) as connection:
            return printers.pages(connection, self.settings.printer)

    def found_right(self, pages: str) -> None:
        """Remember which code pages of the printer a person has found right, as `code_pages.written` has them."""
        with transaction(self.engine) as connection:
            printers.keep_pages(connection, self.settings.printer, pages, self.clock())

    def trust(self, proof: Proof | None) -> None:
        """Remember what the printer can prove, as a person has seen it; None: it is to be found out anew."""
        with transaction(self.engine) as connection:
            torn = printers.get(connection, self.settings.printer).torn
            printers.keep(connection, self.settings.printer, PrinterFact(proof=proof, torn=torn), self.clock())

    # -------------------------------------------------------------------- inside

    def _fonts_of(self, code: str) -> dict[int, tuple[FontFile, ...]]:
        """Which fonts of the machine drew each slip of a coupon, by copy, the first one first.

        None where the ledger cannot be read just now: no slip fails for its looks, and none is in doubt for them.
        """
        from receipts.fonts.faces import FontFile

        with suppress(StoreError), reading(self.engine) as connection:
            return {
                copy: tuple(FontFile(each.file, each.face, each.sha256) for each in fonts)
                for copy, fonts in slip_fonts.of_code(connection, code).items()
            }
        return {}

    @staticmethod
    def _keep_fonts(connection: Connection, job: JobFact, slip: Slip) -> None:
        from receipts.fonts.fallback import files_of

        fonts = [(file.path, file.index, file.sha256) for file in files_of(slip.behind)]
        slip_fonts.add(connection, job.code, job.copy, fonts)

    def _printer(self, pages: str = "") -> Printer:
        from receipts.printers.open_printer import open_printer

        return open_printer(self.settings.printer, self.home.slips, PAPERS[self.settings.paper], pages)

    def _manner(self, known: PrinterFact, watch: Watch) -> Manner:
        from receipts.printers.open_printer import Manner
        from receipts.values.deadlines import Deadlines

        def tell(condition: Condition) -> None:
            self._leave_word(condition)
            watch.tell(condition)

        return Manner(
            level=_LEVELS.get(known.proof) if known.proof else None,
            torn=known.torn,
            deadlines=Deadlines(patience=watch.patience_s, proof=watch.proof_s),
            tell=tell,
            stop=watch.stop,
        )

    def _manner_of_job(self, known: PrinterFact, watch: Watch) -> Manner:
        from receipts.printers.open_printer import proof_id

        return replace(self._manner(known, watch), proof_id=proof_id(self.chance))

    @contextmanager
    def _alone(self, wait_s: float, stop: Callable[[], bool] = lambda: False) -> Iterator[bool]:
        """Hold the printing lock, if it can be had within `wait_s` and before `stop`; says whether.

        The last word of whoever held it before is wiped out: it may have been left by a program that died.
        """
        with locks.alone(self.home.printing, wait_s, stop) as alone:
            if alone:
                with suppress(OSError):
                    self.home.last_word.unlink(missing_ok=True)
            yield alone

    def _leave_word(self, condition: Condition) -> None:
        """Tell other programs how the printer is, while this one holds the lock. No slip waits or fails for it."""
        half = self.home.last_word.with_suffix(".new")
        with suppress(OSError):
            with open(half, "w", encoding="ascii", opener=private) as file:
                file.write(condition.value)
            half.replace(self.home.last_word)


def _learned(before: PrinterFact, result: PrintResult) -> PrinterFact:
    """What a job has shown of the printer.

    A job of which nothing left shows at most that another host's is torn. A printer that is well and withholds the
    proof it used to give has been replaced by another one, perhaps: it is got to know anew.
    """
    if result.state == "printed":
        shown = Proof(result.proof) if result.proof in {"confirmed", "processed"} else before.proof
        return PrinterFact(proof=shown, torn=False)
    if result.state == "unknown":
        return PrinterFact(proof=None if result.withheld else before.proof, torn=result.torn)
    return replace(before, torn=result.torn) if result.state == "pending" else before
