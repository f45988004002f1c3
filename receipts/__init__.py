"""What comes out of the printer: a frozen `Slip` goes in, one black-and-white bitmap comes out.

That one bitmap becomes half blocks on the screen, a PNG in a folder, or ESC/POS bytes on their way to a printer, so
what the barista sees is what the guest gets. The room knows paper, type and printers; it refuses to know databases,
screens, settings or what a coupon is.

Importing `receipts` loads nothing: names resolve on first use, because the till's first paint must not wait for
Pillow and the fonts.
"""

from importlib import import_module

TYPE_CHECKING = False  # type checkers take it for True by its name; importing typing would cost half of our 5 ms

if TYPE_CHECKING:
    from receipts.address.printer_url import PrinterUrl, check_printer_url
    from receipts.drawing.page import Page, lay_out
    from receipts.drawing.slip import Slip
    from receipts.escpos.raster_job import encode
    from receipts.fonts.faces import describe, undrawable
    from receipts.printers.open_printer import Printer, open_printer
    from receipts.values.errors import PrinterUrlError, ReceiptError, SlipTooLongError, UnprintableTextError
    from receipts.values.paper import PAPER_58, PAPER_80, Paper
    from receipts.values.result import PrintResult

_HOMES = {
    "PAPER_58": "values.paper",
    "PAPER_80": "values.paper",
    "Page": "layout.page",
    "Paper": "values.paper",
    "PrintResult": "values.result",
    "Printer": "printers.open_printer",
    "PrinterUrl": "address.printer_url",
    "PrinterUrlError": "values.errors",
    "ReceiptError": "values.errors",
    "Slip": "layout.slip",
    "SlipTooLongError": "values.errors",
    "UnprintableTextError": "values.errors",
    "check_printer_url": "address.printer_url",
    "describe": "fonts.faces",
    "encode": "escpos.raster_job",
    "lay_out": "layout.page",
    "open_printer": "printers.open_printer",
    "undrawable": "fonts.faces",
}

__all__ = [
    "PAPER_58",
    "PAPER_80",
    "Page",
    "Paper",
    "PrintResult",
    "Printer",
    "PrinterUrl",
    "PrinterUrlError",
    "ReceiptError",
    "Slip",
    "SlipTooLongError",
    "UnprintableTextError",
    "check_printer_url",
    "describe",
    "encode",
    "lay_out",
    "open_printer",
    "undrawable",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
