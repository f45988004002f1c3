"""USB printers on a bus made of software, below pyusb: descriptors, stalls, and a cable that is pulled."""

import gc
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
import usb.core

from receipts.address.printer_url import check_printer_url
from receipts.drawing.page import lay_out
from receipts.printers.open_printer import Printer
from receipts.transport import Line
from receipts.transport.usb import UsbTransport
from receipts.transport.usb_device import usb_backend
from receipts.values.paper import PAPER_58
from receipts.virtual.device.machine import Machine
from tests.receipts.samples import sample
from tests.receipts.simulation import whole_slips
from tests.receipts.usb_bus import PRODUCT, VENDOR, SoftBus, SoftPrinter

Result = TypeVar("Result")
ASK = b"\x10\x04\x01"
SLIP = bytes(range(256)) * 200
WAIT_S = 0.05
SLACK_S = 1.0


def _open(*printers: SoftPrinter, serial_number: str = "") -> Line:
    return UsbTransport(VENDOR, PRODUCT, serial_number, backend=SoftBus(*printers)).open("slip")


def test_every_byte_arrives_in_order_and_answers_come_back() -> None:
    printer = SoftPrinter(answers=[b"\x16", b"\x12\x14"])
    line = _open(printer)
    assert line.exchange(ASK, WAIT_S) == (3, b"\x16")
    data, answers = SLIP, b""
    while data:
        taken, received = line.exchange(data, WAIT_S)
        assert 0 < taken <= 4096
        data, answers = data[taken:], answers + received
    assert line.finish() == "taken by the printer"
    line.close()
    assert (bytes(printer.paper), answers) == (ASK + SLIP, b"\x12\x14")


def test_a_printer_that_takes_nothing_costs_no_more_than_the_wait() -> None:
    printer = SoftPrinter(takes=0)
    line = _open(printer)
    began = time.monotonic()
    assert line.exchange(SLIP, WAIT_S) == (0, b"")
    assert WAIT_S <= time.monotonic() - began < WAIT_S + SLACK_S
    line.close()


def test_a_stalled_printer_is_still_heard_and_what_it_took_is_counted_truthfully() -> None:
    printer = SoftPrinter(takes=5000)
    line = _open(printer)
    assert line.exchange(SLIP, WAIT_S) == (4096, b"")
    assert line.exchange(SLIP[4096:], WAIT_S) == (904, b"")
    printer.answers.append(b"\x1c\x00\x0c\x0f")
    assert line.exchange(SLIP[5000:], WAIT_S) == (0, b"\x1c\x00\x0c\x0f")
    line.close()
    assert bytes(printer.paper) == SLIP[:5000]


@pytest.mark.parametrize("wait_s", [0.0, 0.0001, WAIT_S])
def test_no_transfer_ever_waits_for_ever(wait_s: float) -> None:
    printer = SoftPrinter(takes=0)
    line = _open(printer)
    line.exchange(SLIP, wait_s)
    line.exchange(b"", wait_s)
    line.close()
    assert min(printer.timeouts_ms) >= 1


def test_the_librarys_own_write_would_wait_for_ever() -> None:
    from escpos.printer import Usb

    printer = SoftPrinter()
    connector = Usb(VENDOR, PRODUCT, usb_args={"backend": SoftBus(printer)})
    connector.open()
    connector._raw(ASK)
    assert printer.timeouts_ms == [0]


def test_empty_packets_are_silence_and_do_not_keep_the_machine_busy() -> None:
    printer = SoftPrinter(babbles=True)
    line = _open(printer)
    assert line.exchange(b"", WAIT_S) == (0, b"")
    line.close()
    assert 0 < len(printer.timeouts_ms) <= 25


def test_a_cable_pulled_in_the_middle_counts_the_doubtful_bytes_and_then_says_so() -> None:
    printer = SoftPrinter(takes=5000, unplugs=True)
    line = _open(printer)
    assert line.exchange(SLIP, WAIT_S) == (4096, b"")
    assert line.exchange(SLIP[4096:], WAIT_S) == (4096, b"")
    assert len(printer.paper) == 5000
    with pytest.raises(OSError, match="the USB printer is gone"):
        line.exchange(SLIP[8192:], WAIT_S)
    with pytest.raises(OSError, match="the USB printer is gone"):
        line.finish()
    line.close()


def test_a_printer_unplugged_while_we_listen_is_an_error_and_not_silence() -> None:
    printer = SoftPrinter(takes=0, unplugs=True)
    line = _open(printer)
    with pytest.raises(OSError, match="the USB printer is gone"):
        line.exchange(b"", WAIT_S)
    line.close()


# --- opening and giving back ---------------------------------------------------------------------------------------


def test_the_kernels_driver_gets_its_printer_back() -> None:
    printer = SoftPrinter(kernel_has_it=True, interface=1)
    _open(printer).close()
    assert printer.log == ["detached 1", "claimed 1", "released 1", "attached 1", "closed"]


def test_a_printer_that_the_kernel_did_not_have_is_not_given_to_it() -> None:
    printer = SoftPrinter()
    _open(printer).close()
    assert printer.log == ["claimed 0", "released 0", "closed"]


def test_opening_never_resets_the_printer_where_the_library_would() -> None:
    from escpos.printer import Usb

    ours, theirs = SoftPrinter(), SoftPrinter()
    _open(ours).close()
    Usb(VENDOR, PRODUCT, usb_args={"backend": SoftBus(theirs)}).open()
    assert "reset" in theirs.log
    assert "reset" not in ours.log


def test_the_line_survives_the_librarys_connector() -> None:
    printer = SoftPrinter()
    line = _open(printer)
    gc.collect()
    assert printer.log == ["claimed 0"]
    assert line.exchange(ASK, WAIT_S)[0] == 3
    line.close()


def test_a_device_that_was_never_configured_is_configured_once() -> None:
    printer = SoftPrinter(configured=False)
    _open(printer).close()
    assert printer.log[:2] == ["configured", "claimed 0"]


def test_another_setting_of_the_interface_is_chosen_where_the_endpoints_are() -> None:
    printer = SoftPrinter(alternate=1)
    line = _open(printer)
    assert line.exchange(ASK, WAIT_S)[0] == 3
    line.close()
    assert "alternate 1" in printer.log


def test_a_device_in_vendor_class_is_taken_by_its_ids() -> None:
    printer = SoftPrinter(interface_class=255)
    line = _open(printer)
    assert line.exchange(ASK, WAIT_S)[0] == 3
    line.close()


def test_a_disk_is_never_written_to_whatever_the_url_says() -> None:
    disk = SoftPrinter(interface_class=8, kernel_has_it=True)
    with pytest.raises(OSError, match="no printer"):
        _open(disk)
    assert (bytes(disk.paper), disk.log) == (b"", [])


def test_a_printer_without_a_way_back_is_known_for_one_once_it_was_opened() -> None:
    transport = UsbTransport(VENDOR, PRODUCT, backend=SoftBus(SoftPrinter(inward=None)))
    assert transport.reads_back
    line = transport.open("slip")
    assert not transport.reads_back
    assert line.exchange(ASK, WAIT_S) == (3, b"")
    assert line.exchange(b"", 30) == (0, b"")
    line.close()


def test_of_two_printers_of_a_kind_the_one_with_the_serial_number_prints() -> None:
    first, second = SoftPrinter(), SoftPrinter(words=("EPSON", "TM-T20III", "X4AB000002"))
    line = _open(first, second, serial_number="X4AB000002")
    line.exchange(ASK, WAIT_S)
    line.close()
    assert (bytes(first.paper), bytes(second.paper)) == (b"", ASK)


def test_a_printer_that_is_not_there_is_said_in_words() -> None:
    with pytest.raises(OSError, match="not there, or not plugged in"):
        _open()
    with pytest.raises(OSError, match="not there, or not plugged in"):
        _open(SoftPrinter(), serial_number="another")


@pytest.mark.parametrize(
    ("printer", "words"),
    [(SoftPrinter(locked=True), "not allowed to use the USB printer"), (SoftPrinter(busy=True), "another program")],
)
def test_a_printer_that_may_not_be_opened_is_said_in_words(printer: SoftPrinter, words: str) -> None:
    with pytest.raises(OSError, match=words):
        _open(printer)
    assert not printer.paper


# --- a whole slip --------------------------------------------------------------------------------------------------


@dataclass
class _VirtualPrinter(SoftPrinter):
    """The virtual printer at the end of a USB cable: it waits as long as it is given, like a device."""

    machine: Machine = field(default_factory=lambda: Machine(PAPER_58, speed_mm_s=500))

    def take(self, data: bytes, timeout_ms: int) -> int:
        return self._within(timeout_ms, lambda: self.machine.offer(data, time.monotonic()))

    def say(self, timeout_ms: int) -> bytes | None:
        def replies() -> bytes:
            self.machine.advance(time.monotonic())
            return self.machine.take_replies()

        return self._within(timeout_ms, replies) or None

    @staticmethod
    def _within(timeout_ms: int, act: Callable[[], Result]) -> Result:
        ends, pause = time.monotonic() + timeout_ms / 1000, threading.Event()
        while not (result := act()) and time.monotonic() < ends:
            pause.wait(0.001)
        return result


def test_a_slip_printed_over_usb_is_confirmed_and_whole() -> None:
    device = _VirtualPrinter(kernel_has_it=True)
    device.machine.connect(time.monotonic())
    page = lay_out(sample("en"), PAPER_58)
    transport = UsbTransport(VENDOR, PRODUCT, backend=SoftBus(device))
    printer = Printer("usb://04b8:0e28", PAPER_58, transport, check_printer_url("usb://04b8:0e28"))
    result = printer.print(page, "slip")
    assert (result.state, result.proof) == ("printed", "confirmed")
    assert whole_slips(device.machine, page) == 1
    assert device.log[-2:] == ["attached 0", "closed"]


def test_the_usb_library_that_came_along_can_be_loaded_and_finds_no_such_printer_here() -> None:
    assert usb.core.find(backend=usb_backend(), idVendor=0xFFFF, idProduct=0xFFFF) is None
