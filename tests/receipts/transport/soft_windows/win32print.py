"""A Windows spooler made of software: the calls of pywin32 that are used here, each told on standard output.

The environment says how it behaves: `SPOOLER` is `works`, `breaks` (after 1000 bytes), `stuck` or `off`.
"""

import os
import sys
import threading

from pywintypes import error as error  # noqa: PLC0414  (pywin32 has it here too)

PRINTER_ENUM_LOCAL, PRINTER_ENUM_NAME, PRINTER_ENUM_CONNECTIONS = 2, 8, 4
_MODE = os.environ.get("SPOOLER", "works")
_JOB = bytearray()


def _tell(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")


def EnumPrinters(flags: int, name: str | None, level: int) -> list[object]:  # noqa: N802  (pywin32's names, all of them)
    if level == 4:
        return [{"pPrinterName": "Bar / Küche"}]
    return [(0, "Bar / Küche,driver,", "Bar / Küche", "")]


def OpenPrinter(name: str) -> int:  # noqa: N802
    _tell("open", name)
    return 7


def StartDocPrinter(handle: int, level: int, job: tuple[str, str, str]) -> int:  # noqa: N802
    if _MODE == "off":
        raise error(1722, "StartDocPrinter", "The RPC server is unavailable.")
    _tell("start", *job)
    return 17


def StartPagePrinter(handle: int) -> None:  # noqa: N802
    _tell("page")


def WritePrinter(handle: int, data: bytes) -> int:  # noqa: N802
    if _MODE == "stuck":
        threading.Event().wait(30)
    if _MODE == "breaks" and _JOB:
        raise error(1722, "WritePrinter", "The RPC server is unavailable.")
    taken = data[:1000] if _MODE == "breaks" else data[:30000]
    _JOB.extend(taken)
    return len(taken)


def EndPagePrinter(handle: int) -> None:  # noqa: N802
    _tell("page ends")


def EndDocPrinter(handle: int) -> None:  # noqa: N802
    _tell("printed", len(_JOB), bytes(range(256)) * 200 == _JOB)


def AbortPrinter(handle: int) -> None:  # noqa: N802
    _tell("aborted")


def ClosePrinter(handle: int) -> None:  # noqa: N802
    _tell("closed")
