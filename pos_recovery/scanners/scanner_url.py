"""The address of a scanner on a serial port, read and checked without touching it: the settings file asks here.

A scanner that types like a keyboard has no address and needs none. Refuses what would be silently ignored later: other
schemes, options nobody reads, options given twice. Every refusal ends with an address that would do, made of what was
written where that can be told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from receipts.address.printer_url import BAUDS

DEFAULT_BAUD = 9600
"""How serial scanners leave their factories; over USB any speed does, because there is none."""

_FORM = "serial:///dev/ttyACM0?baud=9600"
_COM_PORT = re.compile(r"COM[1-9][0-9]{0,2}", re.IGNORECASE)
_MEANT_COM_PORT = re.compile(r"(?<![A-Z0-9])COM[1-9][0-9]{0,2}(?![A-Z0-9])", re.IGNORECASE)
_MEANT_DEVICE = re.compile(r"(?:dev/+|(?=tty|cu\.))([\w.:+@-][\w.:+@/-]*)", re.ASCII)
_MEANT_BAUD = re.compile(r"baud\W*([0-9]{1,9})", re.IGNORECASE | re.ASCII)


class ScannerUrlError(ValueError):
    """It is no scanner's address. One line, with an address that would do."""


@dataclass(frozen=True, slots=True)
class ScannerUrl:
    """A scanner's address, taken apart."""

    port: str
    """A device, or a port of Windows: `/dev/ttyACM0`, `COM3`."""
    baud: int = DEFAULT_BAUD


def check_scanner_url(url: str) -> ScannerUrl:
    """Take a scanner's URL apart: `serial:///dev/ttyACM0?baud=9600`, `serial://COM3`.

    `serial:///COM3` is read too, because printers on a serial port are written so.

    Raises:
        ScannerUrlError: It is none.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _refused(url, "is no scanner's address") from error
    if parts.scheme != "serial":
        raise _refused(url, "is no scanner's address")
    if "#" in url:
        raise _refused(url, "has something after the address that is no option")
    return ScannerUrl(_port(url, parts), _baud(url, parts.query))


def _port(url: str, parts: SplitResult) -> str:
    if _COM_PORT.fullmatch(parts.netloc) and parts.path in ("", "/"):
        return parts.netloc.upper()
    path = unquote(parts.path)
    if parts.netloc or not path.startswith("/") or path.endswith("/") or not path.isprintable():
        raise _refused(url, "names no serial port")
    return path[1:].upper() if _COM_PORT.fullmatch(path[1:]) else path


def _baud(url: str, query: str) -> int:
    said = None
    for option in query.split("&") if query else ():
        name, _, value = option.partition("=")
        if name != "baud":
            raise _refused(url, f"has an option nobody reads, {name!r}")
        if said is not None:
            raise _refused(url, "says baud twice")
        said = value
    if said is None:
        return DEFAULT_BAUD
    if said not in map(str, BAUDS):
        raise _refused(url, f"has a speed no serial line has, {said!r}")
    return int(said)


def _refused(url: str, problem: str) -> ScannerUrlError:
    return ScannerUrlError(f"{url!r} {problem}; {_nearest(url)}")


def _nearest(url: str) -> str:
    """What to write instead."""
    com_port, device = _MEANT_COM_PORT.search(url), _MEANT_DEVICE.search(url)
    if device is not None:
        where = "/dev/" + device[1].rstrip("/")
    elif com_port is not None:
        where = com_port[0].upper()
    else:
        return f'write {_FORM}, or "" for a scanner that types'
    said = _MEANT_BAUD.search(url)
    speed = f"?baud={min(BAUDS, key=lambda baud: abs(baud - int(said[1])))}" if said else ""
    return f"write serial://{where}{speed}"
