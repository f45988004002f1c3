"""Looking for printers on a bus made of software, in folders, through small scripts; in places that break or hang."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from serial.tools.list_ports_common import ListPortInfo

from receipts.address.printer_url import check_printer_url
from receipts.printers.cups_queues import DRIVERLESS
from receipts.printers.discovery import (
    Found,
    as_printer_url,
    cups_queues,
    device_nodes,
    find_printers,
    serial_ports,
    usb_printers,
)
from tests.receipts.usb_bus import SoftBus, SoftPrinter

SLACK_S = 1.0
POSIX_ONLY = pytest.mark.skipif(os.name == "nt", reason="scripts and device nodes are POSIX")


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("192.168.1.40", "tcp://192.168.1.40:9100"),
        (" 192.168.1.40:9101 ", "tcp://192.168.1.40:9101"),
        ("printer.local", "tcp://printer.local:9100"),
        ("tm-m30:9100", "tcp://tm-m30:9100"),
        ("fe80::1", "tcp://[fe80::1]:9100"),
        ("[::1]", "tcp://[::1]:9100"),
        ("[::1]:9101", "tcp://[::1]:9101"),
        ("com3", "serial:///com3"),
        ("/dev/ttyUSB0", "serial:///dev/ttyUSB0"),
        ("/dev/cu.usbserial-10", "serial:///dev/cu.usbserial-10"),
        ("/dev/usb/lp0", "file:///dev/usb/lp0"),
    ],
)
def test_an_address_as_people_type_it_becomes_a_url(typed: str, url: str) -> None:
    assert as_printer_url(typed) == url
    check_printer_url(url)


@pytest.mark.parametrize(
    "typed",
    ["tcp://10.0.0.7:9100", "preview:", "usb://04b8:0e28", "cups://kitchen", "192.168.1.400", "kitchen", "", "a b.c"],
)
def test_urls_and_what_could_mean_anything_stay_as_they_are(typed: str) -> None:
    assert as_printer_url(typed) == typed


# --- the places ----------------------------------------------------------------------------------------------------


def test_usb_printers_are_found_by_their_class_and_told_by_their_own_words() -> None:
    bus = SoftBus(
        SoftPrinter(),
        SoftPrinter(interface_class=3, words=("Logi", "Keyboard", "1")),
        SoftPrinter(vendor=0x0416, product=0x5011, words=("STMicro", "POS58 Printer", "")),
    )
    assert [*usb_printers(bus)] == [
        Found("usb://04b8:0e28", "Epson TM-T20III on USB"),
        Found("usb://0416:5011", "STMicro POS58 Printer on USB"),
    ]


def test_a_model_that_begins_with_its_maker_is_not_told_twice() -> None:
    assert [found.words for found in usb_printers(SoftBus(SoftPrinter(words=("EPSON", "EPSON UB-U05", "1"))))] == [
        "EPSON UB-U05 on USB"
    ]


def test_two_usb_printers_of_a_kind_are_told_apart_by_their_serial_numbers() -> None:
    bus = SoftBus(SoftPrinter(), SoftPrinter(words=("EPSON", "TM-T20III", "A/2 #3")))
    urls = [found.url for found in usb_printers(bus)]
    assert urls == ["usb://04b8:0e28?serial=X4AB000001", "usb://04b8:0e28?serial=A%2F2%20%233"]
    assert check_printer_url(urls[1]).serial_number == "A/2 #3"


def test_a_usb_printer_that_may_not_be_opened_is_found_all_the_same() -> None:
    assert [*usb_printers(SoftBus(SoftPrinter(locked=True)))] == [Found("usb://04b8:0e28", "Epson on USB")]


def test_looking_moves_no_byte_claims_nothing_and_leaves_the_device_closed() -> None:
    printer = SoftPrinter(kernel_has_it=True)
    assert [*usb_printers(SoftBus(printer))]
    assert (bytes(printer.paper), printer.log) == (b"", ["closed"])


def test_serial_adapters_are_found_and_a_boards_own_ports_are_not() -> None:
    own, adapter, other = ListPortInfo("/dev/ttyS0"), ListPortInfo("/dev/ttyUSB0"), ListPortInfo("COM3")
    adapter.vid, adapter.product = 0x0403, "FT232R USB UART"
    other.vid = 0x1A86
    assert sorted(found.url for found in serial_ports([own, adapter, other])) == [
        "serial:///COM3",
        "serial:///dev/ttyUSB0",
    ]
    assert {found.words for found in serial_ports([adapter, other])} == {
        "FT232R USB UART at /dev/ttyUSB0",
        "Serial adapter at COM3",
    }


@POSIX_ONLY
def test_the_queues_of_cups_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lpstat").write_text(
        '#!/bin/sh\ncase "$1" in -e) printf "kitchen\\nKüche_2\\nAirPrint\\n";; '
        '-v) printf "device for kitchen: usb://EPSON/TM\\ndevice for Küche_2: socket://192.0.2.7\\n";; esac\n',
        encoding="utf-8",
    )
    (tmp_path / "lpstat").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert [*cups_queues()] == [
        Found("cups://kitchen", "kitchen, a queue of CUPS"),
        Found("cups://K%C3%BCche_2", "Küche_2, a queue of CUPS"),
        Found("cups://AirPrint", "AirPrint, a queue of CUPS", DRIVERLESS),
    ]
    assert check_printer_url("cups://K%C3%BCche_2").queue == "Küche_2"


def test_without_cups_there_are_no_queues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [*cups_queues()] == []


@POSIX_ONLY
def test_device_nodes_are_found_where_they_may_be_written(tmp_path: Path) -> None:
    (tmp_path / "lp0").touch()
    assert [*device_nodes(f"{tmp_path}/lp*")] == [
        Found(f"file://{tmp_path}/lp0", f"Printer at {tmp_path}/lp0, which cannot answer")
    ]


def test_the_printers_of_windows_are_found(tmp_path: Path) -> None:
    script = """
import sys
sys.platform = "win32"
from receipts.printers.discovery import windows_queues
from receipts.address.printer_url import check_printer_url
for found in windows_queues():
    print(found.url, check_printer_url(found.url).queue, found.words, sep="|")
"""
    folders = [str(Path(__file__).parents[1] / "transport" / "soft_windows"), str(Path(__file__).parents[3])]
    ended = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": os.pathsep.join(folders), "PYTHONUTF8": "1"},
    )
    assert ended.stdout == "windows://Bar %2F K%C3%BCche|Bar / Küche|Bar / Küche, a printer of Windows\n"


# --- all of them ---------------------------------------------------------------------------------------------------


def _one() -> Iterator[Found]:
    yield Found("usb://04b8:0e28", "Epson on USB")


def _broken() -> Iterator[Found]:
    yield Found("cups://kitchen", "kitchen")
    raise RuntimeError("the spooler said something nobody understands")


def test_a_place_that_breaks_costs_only_what_it_had_not_told() -> None:
    assert [found.url for found in find_printers((_broken, _one))] == ["cups://kitchen", "usb://04b8:0e28"]


def test_places_that_hang_cost_one_deadline_together() -> None:
    over = threading.Event()

    def hangs() -> Iterator[Found]:
        over.wait(30)
        yield Found("tcp://too.late", "too late")

    began = time.monotonic()
    assert [found.url for found in find_printers((hangs, _one, hangs), deadline_s=0.2)] == ["usb://04b8:0e28"]
    assert time.monotonic() - began < 0.2 + SLACK_S
    over.set()


def test_looking_on_this_machine_never_raises_and_tells_only_urls_that_can_be_used() -> None:
    for found in find_printers():
        assert found.words
        check_printer_url(found.url)


def test_looking_for_printers_imports_nothing_before_it_looks() -> None:
    script = (
        "import sys, receipts.printers.discovery; "
        "print([name for name in ('usb', 'serial', 'escpos') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert ended.stdout == "[]\n"
