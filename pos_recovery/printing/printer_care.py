"""Looking after a register's printer: how it is and why it is silent, its test slip, what is remembered of it.

Shared by commands, set-up and the doctor. Prints no coupon and decides nothing about one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.tables.column_types import Proof
from pos_recovery.printing.desk import ALONE, PAPERS, Desk, Watch
from pos_recovery.scanners.keyboard_wedge import CHART
from pos_recovery.slip_texts.slip_fonts import behind
from receipts.address.printer_url import check_printer_url
from receipts.transport import describe_error
from receipts.values.status import Condition

if TYPE_CHECKING:
    from pos_recovery.settings.schema import Settings
    from pos_recovery.system.locations import Home
    from receipts.drawing.page import Page
    from receipts.escpos.job import Job
    from receipts.printers.open_printer import Printer
    from receipts.values.result import PrintResult


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the printer."""

    condition: Condition
    why: str = ""
    """Why it does not answer, in the operating system's words; empty when those say nothing."""
    busy: bool = False
    """Another program is printing just now, so it was not asked; this is what it last told that program."""
    answers: bool = True
    """False: there is no way to ask it, and nothing that it could prove."""


@dataclass(frozen=True, slots=True)
class Tested:
    """How a test slip went."""

    result: PrintResult
    proof: Proof | None
    """What is remembered of the printer now."""
    lines: tuple[int, ...] = ()
    """Lines in its own letters at the end of the slip (`code_pages.TRIED`): a person says which are right."""


def the_printer(home: Home, settings: Settings) -> Printer:
    """The printer of these settings; nothing is opened."""
    from receipts.printers.open_printer import open_printer

    return open_printer(settings.printer, home.slips, PAPERS[settings.paper])


def proof_of(printer: Printer, known: Proof | None) -> Proof | None:
    """What it gives as proof of paper: what is remembered of it, or what its connection can do. None of a picture."""
    if printer.reads_back:
        return known
    return None if printer.address.scheme == "preview" else Proof.HANDED_OVER


LOOK_S = 2.5
"""Longer than a look at a printer takes, and a slip takes longer."""


def look_at(desk: Desk) -> Look:
    """Ask the printer how it is; takes a few seconds at most. A printer that is printing is not disturbed.

    Raises:
        StoreError: What is known of the printer cannot be read.
    """
    printer = the_printer(desk.home, desk.settings)
    if not printer.reads_back:
        return Look(Condition.NOT_ASKED, answers=False)
    condition = desk.condition(wait_s=LOOK_S)
    if condition is None:
        return Look(desk.last_word() or Condition.NOT_ASKED, busy=True)
    if condition is Condition.NOT_ANSWERING:
        return Look(condition, _reason_of_silence(printer))
    return Look(condition)


def _reason_of_silence(printer: Printer) -> str:
    try:
        printer.transport.open("look").close()
    except OSError as error:
        return describe_error(error)
    return ""


def missing_part(home: Home, settings: Settings) -> str:
    """What this machine lacks to talk to such a printer at all, in words; empty when nothing. Opens no printer."""
    scheme = check_printer_url(settings.printer).scheme
    try:
        if scheme == "usb":
            from receipts.transport.usb_device import usb_backend

            usb_backend()
        elif scheme == "serial":
            import serial  # noqa: F401  loaded, that is all
        elif scheme in {"cups", "windows"}:  # these open no device: the queue is met when a job is handed over
            the_printer(home, settings).transport.open("look").close()
    except (OSError, ImportError) as error:
        return describe_error(error) if isinstance(error, OSError) else str(error)
    return ""


def print_test_slip(desk: Desk, watch: Watch = ALONE, *, mute: bool = False, lines: tuple[int, ...] = ()) -> Tested:
    """Print the test slip and remember what the printer proved. It is no coupon.

    Args:
        desk: Whose printer.
        watch: Who is told meanwhile.
        mute: The printer never answers: print without asking, now and from now on.
        lines: In the printer's own letters, at the end; a printer that draws no pictures gets nothing else.

    Raises:
        StoreError: What it proved could not be recorded.
    """
    from receipts.drawing.sample_slip import self_test

    settings = desk.settings
    printer = the_printer(desk.home, settings)
    can_prove = not mute and printer.reads_back
    page = self_test(
        PAPERS[settings.paper],
        store=settings.store_name,
        printer=settings.printer,
        proof_words="proof of paper: this slip finds out" if can_prove else "proof of paper: somebody looks",
        language=settings.language,
        chart=CHART,
        behind=behind((settings.store_name, settings.printer), settings.language, settings.fonts),
    )
    result = desk.test(_with_lines(page, lines, printer), watch, mute=mute)
    return Tested(result, proof_of(printer, desk.known().proof), lines)


def _with_lines(page: Page, lines: tuple[int, ...], printer: Printer) -> Page | Job:
    from receipts.escpos.job import Job
    from receipts.escpos.raster_job import encode
    from receipts.escpos.text_job import page_lines

    if not lines:
        return page
    letters = page_lines(lines)
    if printer.address.qr == "none":
        return letters
    drawn = encode(page)
    return Job(drawn.start, drawn.commands + letters.commands, max(drawn.swallows, letters.swallows))
