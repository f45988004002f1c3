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
    from receipts.encode import encode
    from receipts.errors import PrinterUrlError, ReceiptError, SlipTooLongError, UnprintableTextError
    from receipts.fonts import describe, undrawable
    from receipts.layout import Page, lay_out
    from receipts.paper import PAPER_58, PAPER_80, Paper
    from receipts.printer_url import PrinterUrl, check_printer_url
    from receipts.printers import Printer, open_printer
    from receipts.result import PrintResult
    from receipts.slip import Slip

_HOMES = {
    "PAPER_58": "paper",
    "PAPER_80": "paper",
    "Page": "layout",
    "Paper": "paper",
    "PrintResult": "result",
    "Printer": "printers",
    "PrinterUrl": "printer_url",
    "PrinterUrlError": "errors",
    "ReceiptError": "errors",
    "Slip": "slip",
    "SlipTooLongError": "errors",
    "UnprintableTextError": "errors",
    "check_printer_url": "printer_url",
    "describe": "fonts",
    "encode": "encode",
    "lay_out": "layout",
    "open_printer": "printers",
    "undrawable": "fonts",
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
