"""Printer addresses, read and checked without touching a printer: the settings file asks here.

One URL says everything: where the printer is and how it wants to be spoken to. Refuses what would be silently ignored
later: options nobody reads, options given twice, a path after a host, a port that cannot be, a spooler's queue whose
name a command line could take for an option. Names with odd characters are written with percent-encoding.
"""

import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

from receipts.address.host_names import plain_host
from receipts.values.errors import PrinterUrlError

Flow = Literal["none", "xonxoff", "rtscts", "dsrdtr"]
Mode = Literal["raster", "text"]
QrMode = Literal["raster", "native", "none"]
_Value = TypeVar("_Value", bound=str)

DEFAULT_PORT = 9100
"""Raw printing over TCP; every network receipt printer listens there."""
DEFAULT_BAUD = 9600
"""As the TM-T88III leaves its factory (Epson's technical reference, table A-1); newer ones differ, and every printer
prints its own on the slip that comes out when it is switched on with the feed button held."""
BAUDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
RASTER_BAUD = 115200
"""From here on a slip drawn dot by dot leaves in about three seconds; at 19200 it would take eighteen."""

_FORMS = {
    "preview": "preview:",
    "file": "file:///path",
    "tcp": "tcp://host:9100",
    "usb": "usb://04b8:0e28",
    "serial": "serial:///dev/ttyUSB0?baud=115200",
    "cups": "cups://queue",
    "windows": "windows://name",
}
_MODES: tuple[Mode, ...] = ("raster", "text")
_QR_MODES: tuple[QrMode, ...] = ("raster", "native", "none")
_FLOWS: tuple[Flow, ...] = ("none", "xonxoff", "rtscts", "dsrdtr")
_PRINTER_OPTIONS = ("mode", "qr")
_OPTIONS = {
    "preview": (),
    "usb": ("serial", *_PRINTER_OPTIONS),
    "serial": ("baud", "flow", *_PRINTER_OPTIONS),
}
_USB_ID = re.compile(r"([0-9a-f]{4}):([0-9a-f]{4})", re.IGNORECASE)
_COM_PORT = re.compile(r"/(COM[1-9][0-9]{0,2})", re.IGNORECASE)
_QUEUE_HINTS = {
    "cups": ", of letters, digits, _ and, not first, . + -",
    "windows": ", with / ? # and % in it as %2F %3F %23 and %25",
}
_CUPS_QUEUE = re.compile(r"\w[\w.+-]{0,126}")
_WINDOWS_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,220}")


@dataclass(frozen=True, slots=True)
class PrinterUrl:
    """A printer address, taken apart. What a scheme does not use is empty or 0."""

    scheme: str
    path: str = ""
    """A device or file: `/dev/ttyUSB0`, `COM3`, `/dev/usb/lp0`."""
    host: str = ""
    """As `host_names.plain_host` gives it: what no name resolution reads otherwise."""
    port: int = 0
    vendor: int = 0
    product: int = 0
    serial_number: str = ""
    """Empty: any device of this vendor and product."""
    baud: int = 0
    flow: Flow = "none"
    """How the printer says "wait" on a serial line. `dsrdtr` unless said otherwise: it is how receipt printers are set
    when they are new, and it does no harm on a cable without that wire (see `receipts.transport.serial`)."""
    queue: str = ""
    """The name a spooler knows the printer by."""
    mode: Mode = "raster"
    """`text`: the printer's own letters, for lines too slow for pictures."""
    qr: QrMode = "raster"
    """Text mode only. `native`: drawn by the printer, which may print nothing and not say so."""


def check_printer_url(url: str) -> PrinterUrl:
    """Take a printer URL apart.

    Raises:
        PrinterUrlError: unknown scheme or option, a value that cannot be (the message names those that can, and the
            nearest), or a malformed rest.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError as error:
        raise PrinterUrlError(f"{url!r} is not a printer URL: {error}") from error
    if parts.scheme not in _FORMS:
        raise PrinterUrlError(_unknown(url, parts.scheme))
    if parts.fragment or "#" in url:
        raise PrinterUrlError(f"{url!r}: nothing may follow the address but options; write {_FORMS[parts.scheme]}")
    options = _options(url, parts)
    mode, qr = _ways_to_print(url, options, parts.scheme)
    match parts.scheme:
        case "preview":
            return _preview(url, parts)
        case "file":
            return PrinterUrl("file", path=_file_path(url, parts), mode=mode, qr=qr)
        case "tcp":
            host, port = _host_and_port(url, parts)
            return PrinterUrl("tcp", host=host, port=port, mode=mode, qr=qr)
        case "usb":
            vendor, product = _usb_ids(url, parts)
            number = _serial_number(url, options)
            return PrinterUrl("usb", vendor=vendor, product=product, serial_number=number, mode=mode, qr=qr)
        case "serial":
            path, baud, flow = _device(url, parts), _baud(url, options), _one_of(url, options, "flow", _FLOWS, "dsrdtr")
            return PrinterUrl("serial", path=path, baud=baud, flow=flow, mode=mode, qr=qr)
        case _:
            return PrinterUrl(parts.scheme, queue=_queue(url, parts), mode=mode, qr=qr)


# --- where it is ---------------------------------------------------------------------------------------------------


def _preview(url: str, parts: SplitResult) -> PrinterUrl:
    if parts.netloc or parts.path:
        raise PrinterUrlError(f"{url!r}: a preview has no address; write preview:")
    return PrinterUrl("preview")


def _file_path(url: str, parts: SplitResult) -> str:
    path = unquote(parts.path)
    if parts.netloc not in ("", "localhost") or not path.startswith("/") or path.endswith("/") or "\0" in path:
        raise PrinterUrlError(f"{url!r} names no file; write file:///path with three slashes")
    on_windows = os.name == "nt" and path[2:3] == ":"
    return path[1:] if on_windows else path


def _host_and_port(url: str, parts: SplitResult) -> tuple[str, int]:
    try:
        port = parts.port
    except ValueError as error:
        if parts.netloc.count(":") > 1 and "[" not in parts.netloc:
            raise PrinterUrlError(f"{url!r}: an IPv6 address stands in brackets, tcp://[2001:db8::40]:9100") from error
        raise PrinterUrlError(f"{url!r} has no port from 1 to 65535; write {_FORMS['tcp']}") from error
    is_other_literal = "[" in parts.netloc and ":" not in (parts.hostname or "")  # IPvFuture of RFC 3986
    if is_other_literal or not parts.hostname or port == 0 or parts.path not in ("", "/") or parts.username is not None:
        raise PrinterUrlError(f"{url!r} names no printer on the network; write {_FORMS['tcp']}")
    try:
        return plain_host(parts.hostname), port or DEFAULT_PORT
    except ValueError as error:
        raise PrinterUrlError(f"{url!r}: {parts.hostname} {error}") from error


def _usb_ids(url: str, parts: SplitResult) -> tuple[int, int]:
    ids = _USB_ID.fullmatch(parts.netloc)
    if ids is None or parts.path not in ("", "/"):
        raise PrinterUrlError(
            f"{url!r} names no USB device; write {_FORMS['usb']}: vendor and product, 4 hex digits each"
        )
    return int(ids[1], 16), int(ids[2], 16)


def _device(url: str, parts: SplitResult) -> str:
    path = unquote(parts.path)
    if parts.netloc not in ("", "localhost") or not path.startswith("/") or path.endswith("/") or "\0" in path:
        raise PrinterUrlError(f"{url!r} names no serial port; write serial:///dev/ttyUSB0 or serial:///COM3")
    com_port = _COM_PORT.fullmatch(path)
    return com_port[1].upper() if com_port else path


def _queue(url: str, parts: SplitResult) -> str:
    """The name of a spooler's queue. It reaches command lines, so nothing in it may look like an option or a path."""
    name = unquote(parts.netloc)
    pattern = _CUPS_QUEUE if parts.scheme == "cups" else _WINDOWS_NAME
    if parts.path not in ("", "/") or not pattern.fullmatch(name):
        raise PrinterUrlError(f"{url!r} names no queue; write {_FORMS[parts.scheme]}{_QUEUE_HINTS[parts.scheme]}")
    return name


# --- how it wants to be spoken to ----------------------------------------------------------------------------------


def _options(url: str, parts: SplitResult) -> dict[str, str]:
    """The options after `?`, each known to this scheme and given once."""
    known = _OPTIONS.get(parts.scheme, _PRINTER_OPTIONS)
    options: dict[str, str] = {}
    for field in parts.query.split("&") if parts.query else ():
        name, _, value = field.partition("=")
        if name not in known:
            possible = (
                f"options of {parts.scheme} are {', '.join(known)}" if known else f"{parts.scheme} has no options"
            )
            nearest = get_close_matches(name, known, n=1)
            hint = f"; did you mean {nearest[0]}?" if nearest else ""
            raise PrinterUrlError(f"{url!r}: nobody reads the option {name!r}; {possible}{hint}")
        if name in options:
            raise PrinterUrlError(f"{url!r}: the option {name} stands there twice")
        options[name] = unquote(value)
    return options


def _ways_to_print(url: str, options: dict[str, str], scheme: str) -> tuple[Mode, QrMode]:
    slow = scheme == "serial" and _baud(url, options) < RASTER_BAUD
    usual: Mode = "text" if slow else "raster"
    mode = _one_of(url, options, "mode", _MODES, usual)
    if mode == "raster" and "qr" in options:
        raise PrinterUrlError(f"{url!r}: qr is for mode=text; a raster slip always carries its own QR")
    return mode, _one_of(url, options, "qr", _QR_MODES, "raster")


def _baud(url: str, options: dict[str, str]) -> int:
    said = options.get("baud", str(DEFAULT_BAUD))
    if said in map(str, BAUDS):
        return int(said)
    number = int(said) if re.fullmatch(r"[0-9]{1,9}", said) else DEFAULT_BAUD
    nearest = min(BAUDS, key=lambda baud: abs(baud - number))
    raise PrinterUrlError(f"{url!r}: baud cannot be {said!r}; the nearest is {nearest}")


def _serial_number(url: str, options: dict[str, str]) -> str:
    number = options.get("serial", "")
    if "serial" in options and not number.strip():
        raise PrinterUrlError(f"{url!r}: serial is empty; leave it out when there is one such printer")
    return number


def _one_of(url: str, options: dict[str, str], name: str, values: tuple[_Value, ...], default: _Value) -> _Value:
    said = options.get(name, default)
    for value in values:
        if said == value:
            return value
    nearest = get_close_matches(said, values, n=1)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    raise PrinterUrlError(f"{url!r}: {name} cannot be {said!r}; it may be {', '.join(values)}{hint}")


def _unknown(url: str, scheme: str) -> str:
    if not scheme and url[:1].isdecimal():
        try:
            plain_host(re.sub(r":[0-9]*$", "", url))
        except ValueError as error:
            return f"{url!r} {error}"
    known = ", ".join(_FORMS.values())
    nearest = get_close_matches(scheme or url.split(":", maxsplit=1)[0], _FORMS, n=1)
    hint = f"; did you mean {_FORMS[nearest[0]]}?" if nearest else ""
    return f"{url!r} is not a printer URL: it may be {known}{hint}"
