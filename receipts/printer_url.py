"""Printer addresses, read and checked without touching a printer: the settings file asks here.

One URL says everything: `preview:`, `file:///dev/usb/lp0`, `tcp://10.0.0.7:9100`. Refuses what would be silently
ignored later: options nobody reads, a path after a host, a port that cannot be.
"""

import os
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import SplitResult, unquote, urlsplit

from receipts.errors import PrinterUrlError

DEFAULT_PORT = 9100
"""Raw printing over TCP; every network receipt printer listens there."""

_FORMS = {"preview": "preview:", "file": "file:///path", "tcp": "tcp://host:9100"}


@dataclass(frozen=True, slots=True)
class PrinterUrl:
    """A printer address, taken apart. What a scheme does not use is empty or 0."""

    scheme: str
    path: str = ""
    host: str = ""
    port: int = 0


def check_printer_url(url: str) -> PrinterUrl:
    """Take a printer URL apart.

    Raises:
        PrinterUrlError: unknown scheme (the message names those that exist, and the nearest) or a malformed rest.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError as error:
        raise PrinterUrlError(f"{url!r} is not a printer URL: {error}") from error
    if parts.scheme not in _FORMS:
        raise PrinterUrlError(_unknown(url, parts.scheme))
    try:
        port = parts.port
    except ValueError as error:
        raise PrinterUrlError(f"{url!r} has no port from 1 to 65535; write {_FORMS[parts.scheme]}") from error
    if parts.query or parts.fragment or parts.username is not None:
        raise PrinterUrlError(f"{url!r}: nothing may follow or precede the address; write {_FORMS[parts.scheme]}")
    if parts.scheme == "preview":
        return _preview(url, parts)
    if parts.scheme == "file":
        return _file(url, parts)
    return _tcp(url, parts, port)


def _preview(url: str, parts: SplitResult) -> PrinterUrl:
    if parts.netloc or parts.path:
        raise PrinterUrlError(f"{url!r}: a preview has no address; write preview:")
    return PrinterUrl("preview")


def _file(url: str, parts: SplitResult) -> PrinterUrl:
    path = unquote(parts.path)
    if parts.netloc not in ("", "localhost") or not path.startswith("/") or path.endswith("/") or "\0" in path:
        raise PrinterUrlError(f"{url!r} names no file; write file:///path with three slashes")
    on_windows = os.name == "nt" and path[2:3] == ":"
    return PrinterUrl("file", path=path[1:] if on_windows else path)


def _tcp(url: str, parts: SplitResult, port: int | None) -> PrinterUrl:
    if not parts.hostname or port == 0 or parts.path not in ("", "/"):
        raise PrinterUrlError(f"{url!r} names no printer on the network; write tcp://host:9100")
    return PrinterUrl("tcp", host=parts.hostname, port=port or DEFAULT_PORT)


def _unknown(url: str, scheme: str) -> str:
    known = ", ".join(_FORMS.values())
    nearest = get_close_matches(scheme or url.split(":", maxsplit=1)[0], _FORMS, n=1)
    hint = f"; did you mean {_FORMS[nearest[0]]}?" if nearest else ""
    return f"{url!r} is not a printer URL: it may be {known}{hint}"
