"""The print desk: takes a job that is on record, brings the slip to paper, and records what that proved.

The order never changes: commit, then print, then record. The job is marked `sending` before the first byte leaves
and no transaction is open while it does. What the printer answers is a value, and "unknown" is never read as "fine".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from db import coupons, jobs
from db.engine import transaction
from db.facts import CouponFact, JobFact
from db.types import JobState, Proof
from pos_recovery.business import Clock
from pos_recovery.config import Settings
from pos_recovery.slips import compose
from pos_recovery.wording import languages, load_words
from receipts.paper import PAPER_58, PAPER_80
from receipts.slip import Slip

if TYPE_CHECKING:  # drawing comes with Pillow, which is loaded when the first slip is drawn
    from pathlib import Path

    from receipts.result import PrintResult


PAPERS = {58: PAPER_58, 80: PAPER_80}
"""By the roll's width in millimetres, as the settings name it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One register's desk. `print` is called from one thread at a time for one printer."""

    engine: Engine
    settings: Settings
    folder: Path
    """Where `preview:` puts its pictures."""
    clock: Clock

    def slip(self, coupon: CouponFact, copy: int = 1) -> Slip:
        """What will be on the paper."""
        known = coupon.language in languages(self.settings.words)
        words = load_words(
            coupon.language if known else self.settings.language,
            self.settings.words,
            own_reasons=tuple(self.settings.reasons),
        )
        return compose(
            self.settings, words, reason=coupon.reason, code=coupon.code, expires_on=coupon.expires_on, copy=copy
        )

    def print(self, job: int) -> JobFact:
        """Bring one pending job to paper and record how it went; any other job is answered as it stands.

        Raises:
            StoreError: What happened could not be recorded; at the next start the job shows up as unknown.
        """
        with transaction(self.engine) as connection:
            fact = jobs.get(connection, job)
            coupon = coupons.find(connection, [fact.code])
            taken = coupon is not None and jobs.take(connection, job, self.clock())
        if not taken or coupon is None:
            return fact
        result = self._send(self.slip(coupon, fact.copy), fact)
        with transaction(self.engine) as connection:
            proof = Proof(result.proof) if result.proof else None
            error = None if result.state == "printed" else result.detail
            jobs.settle(connection, job, JobState(result.state), proof=proof, error=error, now=self.clock())
            return jobs.get(connection, job)

    def _send(self, slip: Slip, job: JobFact) -> PrintResult:
        from receipts.errors import ReceiptError
        from receipts.layout import lay_out
        from receipts.printers import open_printer
        from receipts.result import PrintResult

        paper = PAPERS[self.settings.paper]
        name = job.code if job.copy == 1 else f"{job.code}-copy{job.copy}"
        try:
            page = lay_out(slip, paper)
        except ReceiptError as error:
            return PrintResult(state="failed", proof=None, bytes_sent=0, detail=str(error))
        return open_printer(self.settings.printer, self.folder, paper).print(page, name)

    def seen(self, job: int, *, came_out: bool) -> JobFact:
        """Record what a person says of the paper: it is in their hand, or nobody knows where it is."""
        with transaction(self.engine) as connection:
            if came_out:
                jobs.settle(connection, job, JobState.PRINTED, proof=Proof.BY_PERSON, error=None, now=self.clock())
            else:
                jobs.settle(connection, job, JobState.UNKNOWN, proof=None, error="not in hand", now=self.clock())
            return jobs.get(connection, job)
