"""From a printer's URL to something that prints: the only place that knows which scheme uses which transport.

Opening a printer touches nothing, so it succeeds while the printer is switched off. Printing answers with a value and
raises only for a broken caller. One printer is used by one thread at a time; a queue in front of it is the caller's.
Here a `Session`, which knows what to say, meets a `Line`, which moves bytes; neither knows the other.
"""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from receipts.address.printer_url import PrinterUrl, check_printer_url
from receipts.drawing.slip import Slip
from receipts.escpos.job import Job
from receipts.talk.replies import PROOF_LETTERS
from receipts.talk.session import Session
from receipts.transport import Line, NothingLeftError, Transport, describe_error
from receipts.values.deadlines import Deadlines, Terms
from receipts.values.errors import ReceiptError
from receipts.values.paper import Paper
from receipts.values.result import PrintResult, Proof
from receipts.values.status import Condition

if TYPE_CHECKING:
    from receipts.drawing.page import Page

PROOF_ID_LENGTH = 4
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_RIGHT = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EFBIG, errno.ENOTDIR})
_HUNG_UP = frozenset({errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE})
_FAREWELL_S = 0.05


def _nobody_listens(condition: Condition) -> None:
    """The condition may be found in the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How to go about one job."""

    level: Proof | None = None
    """The best proof this printer is known to give; None: it will show."""
    torn: bool = False
    """Whether the job before broke off on this printer."""
    proof_id: bytes = PROOF_LETTERS[:PROOF_ID_LENGTH]
    """Drawn anew for every job: four of `replies.PROOF_LETTERS`."""
    deadlines: Deadlines = field(default_factory=Deadlines)
    tell: Callable[[Condition], None] = _nobody_listens
    """Called from the printing thread whenever the printer's condition changes."""
    stop: Callable[[], bool] = lambda: False
    """Asked several times a second; True ends the waiting."""
    clock: Callable[[], float] = time.monotonic
    """Seconds that only ever grow."""


ANYHOW = Manner()


@dataclass(frozen=True, slots=True)
class Printer:
    """A printer and the paper in it."""

    url: str
    paper: Paper
    transport: Transport
    address: PrinterUrl
    pages: str = ""
    """Code pages that a person has found right on it, as `code_pages.written` has them."""

    @property
    def reads_back(self) -> bool:
        """Whether this printer can answer."""
        return self.transport.reads_back

    @property
    def hand_over_only(self) -> bool:
        """Whether `handed_over` is the best this printer can ever prove."""
        return self.transport.hand_over_only

    def print(self, what: Slip | Page | Job, name: str, manner: Manner = ANYHOW) -> PrintResult:
        """Print a slip, a page that is laid out already, or a job that is made already.

        Args:
            what: A slip that cannot be laid out is `failed`.
            name: What a preview is called, without its ending.
            manner: What is known of the printer, and who is to be told.

        Raises:
            ValueError: `name` cannot be a file name.
        """
        try:
            job = self._job(what)
        except (ReceiptError, OSError, ImportError) as error:  # no word for it, no font, no library
            return PrintResult(state="failed", proof=None, bytes_sent=0, detail=str(error))
        result = self._converse(job, name, manner).result
        assert result is not None  # noqa: S101  (a conversation ends with one)
        return result

    def ask(self, manner: Manner = ANYHOW) -> Condition:
        """How the printer is now; `NOT_ASKED` where nobody can answer."""
        return self.look(manner).condition

    def look(self, manner: Manner = ANYHOW) -> PrintResult:
        """A job without a job: never printed, and of what it says only `condition` and `torn` mean something."""
        if not self.transport.reads_back:
            return PrintResult(state="pending", proof=None, bytes_sent=0, detail="cannot be asked", torn=manner.torn)
        result = self._converse(None, "status", manner).result
        assert result is not None  # noqa: S101  (a conversation ends with one)
        return result

    def _job(self, what: Slip | Page | Job) -> Job:
        if isinstance(what, Job):
            return what
        if isinstance(what, Slip) and self.address.mode == "text":
            from receipts.escpos.code_pages import remembered  # few registers have such a printer
            from receipts.escpos.text_job import can_be_text, encode_text

            pages = remembered(self.pages)
            if can_be_text(what, pages):
                return encode_text(what, self.paper, qr=self.address.qr, pages=pages)
            if self.address.qr == "none":
                raise ReceiptError(
                    "this printer draws no pictures, and the letters that are known of it cannot say these words; "
                    "a test slip finds out which others it has"
                )
        from receipts.drawing.page import lay_out
        from receipts.drawing.preview import png_bytes
        from receipts.escpos.raster_job import encode

        page = lay_out(what, self.paper) if isinstance(what, Slip) else what
        if page.paper != self.paper:
            raise ReceiptError(f"laid out for {page.paper.name} paper, but the printer takes {self.paper.name}")
        return Job(b"", (png_bytes(page),), 0) if self.address.scheme == "preview" else encode(page)

    def _converse(self, job: Job | None, name: str, manner: Manner) -> Session:
        try:
            line = self.transport.open(name)
        except OSError as error:
            session = self._session(job, manner)
            session.broke(describe_error(error), nothing_left=True, condition=self._told_by(error))
            return session
        session = self._session(job, manner)  # an opened USB device has shown whether it can answer
        try:
            _drive(line, session, manner)
        except OSError as error:
            left = not isinstance(error, NothingLeftError)
            hung_up = error.errno in _HUNG_UP and self.address.scheme == "tcp"
            session.broke(describe_error(error), nothing_left=not left, condition=self._told_by(error), hung_up=hung_up)
        finally:
            line.close()
        return session

    def _told_by(self, error: OSError) -> Condition | None:
        """What the system's complaint says of a disk; None: nothing, as of a device that is not there."""
        if error.errno in _NO_ROOM:
            return Condition.NO_ROOM
        missing = error.errno == errno.ENOENT and not self.address.path.startswith("/dev/")
        of_file = self.address.scheme == "file" and (missing or error.errno in _NO_RIGHT)
        return Condition.NOT_WRITABLE if of_file or self.address.scheme == "preview" else None

    def _session(self, job: Job | None, manner: Manner) -> Session:
        terms = Terms(
            reads_back=self.transport.reads_back,
            level=manner.level,
            torn=manner.torn and (job is None or job.swallows > 0),
            shared=self.address.scheme == "tcp",
            proof_id=manner.proof_id,
            deadlines=manner.deadlines,
        )
        return Session(job, terms, manner.clock())


def _drive(line: Line, session: Session, manner: Manner) -> None:
    """Move bytes between a line and a session until the session has its result."""
    told = session.condition
    while session.result is None:
        now = manner.clock()
        taken, received = line.exchange(session.outgoing, session.wait_s(now))
        session.moved(taken, received, manner.clock())
        if session.condition is not told:
            told = session.condition
            manner.tell(told)
        if session.wants_hand_over:
            session.handed_over(line.finish())
        elif manner.stop():
            session.give_up("stopped")
    if session.farewell:
        with contextlib.suppress(OSError):
            line.exchange(session.farewell, _FAREWELL_S)


def warm_up() -> None:
    """Open the faces and import what the first slip needs (about 0.4 s, once): before anybody waits for it."""
    from receipts.drawing import preview, qr  # noqa: F401
    from receipts.escpos import escpos_door, raster_job  # noqa: F401  the first slip's, as what follows
    from receipts.fonts.faces import faces

    for weight in ("text", "strong", "code"):
        faces("", weight)
    qr.symbol("WARM")
    escpos_door.warm_up()


def open_printer(url: str, folder: Path, paper: Paper, pages: str = "") -> Printer:
    """The printer at `url` with `paper` in it; previews go to `folder`, which is made when the first one is written.

    `pages` as in `Printer`.

    Raises:
        PrinterUrlError: see `check_printer_url`.
    """
    address = check_printer_url(url)
    return Printer(url, paper, _transport(address, folder), address, pages)


def _transport(address: PrinterUrl, folder: Path) -> Transport:
    """The transport of a scheme, each imported where it is used: most registers need one."""
    transport: Transport
    match address.scheme:
        case "preview":
            from receipts.transport.preview import PreviewTransport

            transport = PreviewTransport(folder)
        case "file":
            from receipts.transport.file import FileTransport

            transport = FileTransport(address.path)
        case "usb":
            from receipts.transport.usb import UsbTransport

            transport = UsbTransport(address.vendor, address.product, address.serial_number)
        case "serial":
            from receipts.transport.serial import SerialTransport

            transport = SerialTransport(address.path, address.baud, address.flow)
        case "cups":
            from receipts.transport.cups import CupsTransport

            transport = CupsTransport(address.queue)
        case "windows":
            from receipts.transport.windows import WindowsTransport

            transport = WindowsTransport(address.queue)
        case _:
            from receipts.transport.tcp import TcpTransport

            transport = TcpTransport(address.host, address.port)
    return transport


def proof_id(chance: Callable[[int], int]) -> bytes:
    """An ID for one job, drawn with `chance(bits)`."""
    return bytes(PROOF_LETTERS[chance(16) % len(PROOF_LETTERS)] for _ in range(PROOF_ID_LENGTH))
