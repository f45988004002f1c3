"""Which queues of CUPS hand a slip's bytes to a printer as they are, and of each other one why it does not.

What decides is the way to the printer (the device URI's backend), not the driver: `lp -o raw` passes every filter. A
driverless queue (`lpadmin -m everywhere`) sends by IPP, which has to name a format; its printer refuses ours, and CUPS
2.4.2 calls the job completed. A queue made with `-m everywhere` while its printer is off looks like a raw one
("Local Raw Printer"), so a name is never asked where the way tells. Asks CUPS through its commands, which every system
with CUPS has, in the locale whose words are fixed. Sends nothing to any printer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from receipts.transport.cups_commands import told

_PASSES = frozenset({"usb", "socket", "serial", "parallel", "lpd", "centronics", "scsi", "bluetooth", "tpvmlp"})
"""Backends that send what they are given. What they reach may be an office printer all the same."""
_BY_IPP = frozenset({"ipp", "ipps", "http", "https", "driverless", "implicitclass"})
_INTO_FILES = frozenset({"file", "cups-pdf", "pdf", "pdfwriter", ""})
_DEVICE = re.compile(r"^device for (.+?): (\S*)", re.MULTILINE)
_CLASS = re.compile(r"^members of class (.+?):", re.MULTILINE)
_WRAPPED = re.compile(r"beh:/+(?:[0-9]+/+){3}")
"""A backend of cups-filters that tries again, around another device."""
_RAW_SERVICES = re.compile(r"\._(pdl-datastream|printer)\._tcp\b")
"""DNS-SD's names of port 9100 and of LPD (Bonjour Printing Specification 1.2)."""
_LOCAL_RAW = re.compile(r"printer-make-and-model='?Local Raw Printer\b")

DRIVERLESS = "driverless: it is sent pages, and drops a slip without a word"
OF_ANOTHER = "a queue of another machine; use its printer there, or by the printer's own address"
A_CLASS = "a class: nobody could tell which of its printers has the slip; use one of them"
INTO_A_FILE = "what it prints goes into a file"
BY_A_DRIVER = "only its driver's pages are known to get through; make a raw queue for a receipt printer"


def queues(deadline_s: float) -> Iterator[tuple[str, str]]:
    """Every queue's name and why it is of no use for slips, empty where it is; nothing where there is no CUPS.

    Raises:
        subprocess.TimeoutExpired: CUPS took longer than `deadline_s` for one answer.
    """
    devices = dict(_DEVICE.findall(told(("lpstat", "-v"), deadline_s)))
    classes = {*_CLASS.findall(told(("lpstat", "-c"), deadline_s))}
    for name in told(("lpstat", "-e"), deadline_s).split():
        device = devices.get(name)
        if name in classes:
            yield name, A_CLASS
        elif device is None:
            yield (
                name,
                DRIVERLESS,
            )  # found on the network: CUPS makes such a queue when it is used, and removes it again
        else:
            why = why_not(device)
            yield name, why if why is not None else _why_not_by_driver(name, deadline_s)


def why_not(device: str) -> str | None:
    """Why slips do not get to this device as they are; empty: they do; None: its driver has to be asked for.

    `device` is a device URI as `lpstat -v` shows it: without `file:` before a file.
    """
    device = _WRAPPED.sub("", device)
    scheme = device.partition(":")[0].lower() if not device.startswith("/") else ""
    if scheme in _PASSES or (scheme in {"dnssd", "mdns"} and _RAW_SERVICES.search(device)):
        return ""
    if scheme in _BY_IPP or scheme in {"dnssd", "mdns"}:
        return OF_ANOTHER if re.search(r"/(printers|classes)/", device) else DRIVERLESS
    return INTO_A_FILE if scheme in _INTO_FILES else None


def _why_not_by_driver(name: str, deadline_s: float) -> str:
    return "" if _LOCAL_RAW.search(told(("lpoptions", "-p", name), deadline_s)) else BY_A_DRIVER
