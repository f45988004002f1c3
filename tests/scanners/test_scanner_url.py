"""A scanner's address: what is wrong with it is said in one line that ends with one that would do."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_recovery.scanners.scanner_url import ScannerUrl, ScannerUrlError, check_scanner_url

PIECES = ("serial:", "serail:", "//", "/", "dev/", "ttyACM0", "com3", "COM", "cu.usb", "?", "&", "baud", "=", "9601")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("serial:///dev/ttyACM0", ScannerUrl("/dev/ttyACM0", 9600)),
        ("serial:///dev/ttyUSB0?baud=115200", ScannerUrl("/dev/ttyUSB0", 115200)),
        ("serial:///dev/serial/by-id/usb-Maker_Scanner-if00", ScannerUrl("/dev/serial/by-id/usb-Maker_Scanner-if00")),
        ("serial:///dev/my%20scanner", ScannerUrl("/dev/my scanner")),
        ("serial:///dev/cu.usbmodem14101", ScannerUrl("/dev/cu.usbmodem14101")),
        ("serial://COM3", ScannerUrl("COM3")),
        ("serial://com12/?baud=19200", ScannerUrl("COM12", 19200)),
        ("serial:///COM3", ScannerUrl("COM3")),
    ],
)
def test_an_address_says_port_and_speed(url: str, address: ScannerUrl) -> None:
    assert check_scanner_url(url) == address


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("COM3", "is no scanner's address; write serial://COM3"),
        ("/dev/ttyACM1", "is no scanner's address; write serial:///dev/ttyACM1"),
        ("ttyUSB1", "is no scanner's address; write serial:///dev/ttyUSB1"),
        ("serail:///dev/ttyS0?baud=4800", "is no scanner's address; write serial:///dev/ttyS0?baud=4800"),
        ("usb", 'is no scanner\'s address; write serial:///dev/ttyACM0?baud=9600, or "" for a scanner that types'),
        ("serial://[", 'is no scanner\'s address; write serial:///dev/ttyACM0?baud=9600, or "" for'),
        ("serial://dev/ttyACM0", "names no serial port; write serial:///dev/ttyACM0"),
        ("serial://till-2/dev/ttyACM0", "names no serial port; write serial:///dev/ttyACM0"),
        ("serial:///dev/", "names no serial port; write serial:///dev/ttyACM0?baud=9600"),
        ("serial:///dev/tty%00", "names no serial port; write serial:///dev/tty"),
        ("serial:///dev/ttyS0#1", "has something after the address that is no option; write serial:///dev/ttyS0"),
        ("serial:///dev/ttyS0?bauds=1", "has an option nobody reads, 'bauds'; write serial:///dev/ttyS0"),
        ("serial:///dev/ttyS0?baud=1200&baud=1200", "says baud twice; write serial:///dev/ttyS0?baud=1200"),
        (
            "serial:///dev/ttyS0?baud=9601",
            "has a speed no serial line has, '9601'; write serial:///dev/ttyS0?baud=9600",
        ),
        ("serial:///dev/ttyS0?baud=", "has a speed no serial line has, ''; write serial:///dev/ttyS0"),
        ("serial://COM3?baud=fast", "has a speed no serial line has, 'fast'; write serial://COM3"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write(url: str, said: str) -> None:
    with pytest.raises(ScannerUrlError) as refused:
        check_scanner_url(url)
    assert str(refused.value).startswith(f"{url!r} {said}")


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_whatever_is_written_is_an_address_or_answered_with_one(written: str) -> None:
    try:
        check_scanner_url(written)
    except ScannerUrlError as error:
        said = str(error)
    else:
        return
    proposed = re.search(r"; write (serial://[^\s,]+)(, or \"\" for a scanner that types)?$", said)
    assert proposed
    assert "\n" not in said
    check_scanner_url(proposed[1])
