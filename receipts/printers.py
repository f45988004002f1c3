"""From a printer's URL to something that prints: the only place that knows which scheme uses which transport.

Nothing is opened or contacted until a page is printed, so opening a printer that is switched off succeeds. Printing
answers with a value and raises only for a broken caller. One printer is used by one thread at a time; a queue in front
of it is the caller's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from receipts import escpos_door, qr
from receipts.encode import encode
from receipts.fonts import faces
from receipts.layout import Page
from receipts.paper import Paper
from receipts.preview import png_bytes
from receipts.printer_url import PrinterUrl, check_printer_url
from receipts.result import PrintResult
from receipts.transport import Transport
from receipts.transport.file import FileTransport
from receipts.transport.preview import PreviewTransport
from receipts.transport.tcp import TcpTransport


@dataclass(frozen=True, slots=True)
class Printer:
    """A printer and the paper in it."""

    url: str
    paper: Paper
    transport: Transport
    to_bytes: Callable[[Page], bytes]
    """What the transport carries: ESC/POS for printers, PNG for previews."""

    @property
    def reads_back(self) -> bool:
        """Whether this printer can answer."""
        return self.transport.reads_back

    @property
    def hand_over_only(self) -> bool:
        """Whether `handed_over` is the best this printer can ever prove."""
        return self.transport.hand_over_only

    def print(self, page: Page, name: str) -> PrintResult:
        """Print `page`; `name` is what a preview is called, without its ending.

        Raises:
            ValueError: `name` cannot be a file name.
        """
        if page.paper != self.paper:
            detail = f"laid out for {page.paper.name} paper, but the printer takes {self.paper.name}"
            return PrintResult(state="failed", proof=None, bytes_sent=0, detail=detail)
        return self.transport.send(self.to_bytes(page), name)


def warm_up() -> None:
    """Open the faces and import what the first slip needs (about 0.4 s, once): for the start of the print thread."""
    for weight in ("text", "strong", "code"):
        faces("", weight)
    qr.symbol("WARM")
    escpos_door.warm_up()


def open_printer(url: str, folder: Path, paper: Paper) -> Printer:
    """The printer at `url` with `paper` in it; previews go to `folder`, which is made when the first one is written.

    Raises:
        PrinterUrlError: see `check_printer_url`.
    """
    address = check_printer_url(url)
    to_bytes = png_bytes if address.scheme == "preview" else encode
    return Printer(url, paper, _transport(address, folder), to_bytes)


def _transport(address: PrinterUrl, folder: Path) -> Transport:
    match address.scheme:
        case "preview":
            return PreviewTransport(folder)
        case "file":
            return FileTransport(address.path)
        case _:
            return TcpTransport(address.host, address.port)
