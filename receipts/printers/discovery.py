"""Which printers there are, for the set-up screen: USB devices, Windows and CUPS queues, serial adapters, device nodes.

It only looks: no byte goes to any printer, because what is no printer might take it for a command. It finds none on the
network, where one would have to knock at every door; a person types the address. One source that hangs or breaks costs
its deadline and no more, and the others still tell.
"""

import glob
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from receipts.address.host_names import plain_host
from receipts.address.printer_url import DEFAULT_PORT
from receipts.printers.cups_queues import queues

if TYPE_CHECKING:
    from serial.tools.list_ports_common import ListPortInfo

DEADLINE_S = 2.0

_VENDORS = {
    0x04B8: "Epson",
    0x0519: "Star",
    0x0DD4: "Custom",
    0x1504: "Bixolon",
    0x154F: "SNBC",
    0x1D90: "Citizen",
}
"""Receipt printers' makers in the public list of USB ids, for devices whose own words may not be read."""
_HOST = re.compile(r"(?P<host>\w[\w.-]*|\[[^\[\]]+\])(?::(?P<port>[0-9]{1,5}))?")
_DEVICES = (
    (re.compile(r"COM[1-9][0-9]{0,2}", re.IGNORECASE), "serial:///"),
    (re.compile(r"/dev/(tty|cu\.)[^?#]+"), "serial://"),
    (re.compile(r"/dev/[^?#]+"), "file://"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A printer that may be one: its URL, and words by which a person knows it."""

    url: str
    words: str
    why_not: str = ""
    """Why no slip would come out of it, for a person who looks for it; empty: it is offered."""


Source = Callable[[], Iterator[Found]]


def look_around(sources: "tuple[Source, ...] | None" = None, *, deadline_s: float = DEADLINE_S) -> tuple[Found, ...]:
    """All that can be seen now, the likeliest first; takes no longer than `deadline_s`. Never raises.

    Ports with nothing at their end and raw queues of office printers are among them: a person chooses, a test slip
    proves. So is what takes no slips, with the reason.
    """
    looks = [_Look(source) for source in (_SOURCES if sources is None else sources)]
    ends = time.monotonic() + deadline_s
    return tuple(found for look in looks for found in look.result(max(0.0, ends - time.monotonic())))


def find_printers(sources: "tuple[Source, ...] | None" = None, *, deadline_s: float = DEADLINE_S) -> tuple[Found, ...]:
    """Of all that `look_around` sees, what a person may choose."""
    return tuple(found for found in look_around(sources, deadline_s=deadline_s) if not found.why_not)


def as_printer_url(text: str) -> str:
    """What a person typed, as a printer URL where it can only mean one thing; everything else as it was.

    `192.168.1.40`, `192.168.001.040`, `printer.local:9100`, `/dev/usb/lp0`, `/dev/ttyUSB0` and `COM3` are understood.
    Whether the result is a printer URL is for `check_printer_url` to say.
    """
    typed = text.strip()
    for pattern, form in _DEVICES:
        if pattern.fullmatch(typed):
            return form + quote(typed)
    if typed.count(":") > 1 and not typed.startswith("["):
        typed = f"[{typed}]"
    address = _HOST.fullmatch(typed)
    if address is None or not (address["port"] or "." in typed or typed.startswith("[")):
        return text.strip()
    try:
        host = plain_host(address["host"].strip("[]"))
    except ValueError:
        return text.strip()
    return f"tcp://{f'[{host}]' if ':' in host else host}:{address['port'] or DEFAULT_PORT}"


class _Look:
    """One source, looked through in a thread of its own; it is left behind if it takes too long."""

    def __init__(self, source: Source) -> None:
        self._found: list[Found] = []
        self._thread = threading.Thread(target=self._look, args=(source,), name="looking for printers", daemon=True)
        self._thread.start()

    def _look(self, source: Source) -> None:
        try:
            for found in source():
                self._found.append(found)
        except Exception as error:  # noqa: BLE001  (the edge of a thread; a source may break in any way)
            logging.getLogger(__name__).info("a place where printers may be could not be looked at: %s", error)

    def result(self, wait_s: float) -> list[Found]:
        self._thread.join(wait_s)
        return [*self._found]


# --- the places ----------------------------------------------------------------------------------------------------


def usb_printers(backend: object = None) -> Iterator[Found]:
    """USB devices with an interface of the printer class; `backend` as in `UsbTransport`."""
    import usb.core

    from receipts.transport.usb_device import is_printer, read_string, usb_backend

    devices = usb.core.find(find_all=True, backend=backend or usb_backend())
    printers = [device for device in devices if is_printer(device)]
    ids = [(device.idVendor, device.idProduct) for device in printers]
    for device in printers:
        url = f"usb://{device.idVendor:04x}:{device.idProduct:04x}"
        number = read_string(device, device.iSerialNumber)
        if number and ids.count((device.idVendor, device.idProduct)) > 1:
            url += f"?serial={quote(number, safe='')}"
        yield Found(url, f"{_called(device, read_string)} on USB")
        usb.util.dispose_resources(device)


def _called(device: Any, read_string: Callable[[Any, int], str]) -> str:  # noqa: ANN401  (pyusb ships no types)
    maker = _VENDORS.get(device.idVendor) or read_string(device, device.iManufacturer)
    model = read_string(device, device.iProduct)
    if maker and model.casefold().startswith(maker.casefold()):
        maker = ""
    return " ".join(word for word in (maker, model) if word) or "Printer"


def cups_queues() -> Iterator[Found]:
    """Every queue that CUPS knows; of those that take no raw bytes also why not."""
    for queue, why_not in queues(DEADLINE_S):
        yield Found(f"cups://{quote(queue, safe='')}", f"{queue}, a queue of CUPS", why_not)


def windows_queues() -> Iterator[Found]:
    """Every printer that Windows knows, local and connected."""
    if sys.platform != "win32":
        return
    import win32print

    kinds = win32print.PRINTER_ENUM_LOCAL | win32print.PRINTER_ENUM_CONNECTIONS
    for _, _, name, _ in win32print.EnumPrinters(kinds, None, 1):
        yield Found(f"windows://{quote(name, safe=' ')}", f"{name}, a printer of Windows")


def serial_ports(ports: "Iterable[ListPortInfo] | None" = None) -> Iterator[Found]:
    """Ports of USB adapters, of `ports` or of this machine.

    A board's own ports are there whether anything is plugged in or not, so a person types them.
    """
    from serial.tools import list_ports

    for port in sorted(list_ports.comports() if ports is None else ports):
        if port.vid is None:
            continue
        called = port.product or port.manufacturer or "Serial adapter"
        address = f"/{port.device}" if not port.device.startswith("/") else port.device
        yield Found(f"serial://{quote(address)}", f"{called} at {port.device}")


def device_nodes(pattern: str = "/dev/usb/lp*") -> Iterator[Found]:
    """Nodes of the kernel's own USB printer driver: a way out where the device itself may not be opened."""
    for path in sorted(glob.glob(pattern)):  # noqa: PTH207  (an absolute pattern)
        if os.access(path, os.W_OK):
            yield Found(f"file://{quote(path)}", f"Printer at {path}, which cannot answer")


_SOURCES: tuple[Source, ...] = (usb_printers, windows_queues, cups_queues, serial_ports, device_nodes)
