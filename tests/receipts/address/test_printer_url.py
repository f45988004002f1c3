import os

import pytest

from receipts.address.printer_url import PrinterUrl, check_printer_url
from receipts.values.errors import PrinterUrlError

POSIX_PATHS = pytest.mark.skipif(os.name == "nt", reason="paths of the other kind")


@POSIX_PATHS
@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("preview:", PrinterUrl("preview")),
        ("PREVIEW:", PrinterUrl("preview")),
        ("tcp://10.0.0.7:9100", PrinterUrl("tcp", host="10.0.0.7", port=9100)),
        ("tcp://printer.local", PrinterUrl("tcp", host="printer.local", port=9100)),
        ("tcp://[::1]:9101/", PrinterUrl("tcp", host="::1", port=9101)),
        ("file:///dev/usb/lp0", PrinterUrl("file", path="/dev/usb/lp0")),
        ("file:///srv/a%20slip.bin", PrinterUrl("file", path="/srv/a slip.bin")),
        ("usb://04b8:0e28", PrinterUrl("usb", vendor=0x04B8, product=0x0E28)),
        ("usb://04B8:0E28/", PrinterUrl("usb", vendor=0x04B8, product=0x0E28)),
        (
            "usb://0519:0003?serial=A%2F1+2",
            PrinterUrl("usb", vendor=0x0519, product=3, serial_number="A/1+2"),
        ),
        (
            "serial:///dev/ttyUSB0?baud=115200",
            PrinterUrl("serial", path="/dev/ttyUSB0", baud=115200, flow="dsrdtr"),
        ),
        (
            "serial:///COM3?flow=rtscts&baud=230400",
            PrinterUrl("serial", path="COM3", baud=230400, flow="rtscts"),
        ),
        ("cups://kitchen", PrinterUrl("cups", queue="kitchen")),
        ("cups://K%C3%BCche_2", PrinterUrl("cups", queue="Küche_2")),
        ("windows://EPSON%20TM-T20III%20Receipt", PrinterUrl("windows", queue="EPSON TM-T20III Receipt")),
        ("windows://EPSON TM-T20III Receipt", PrinterUrl("windows", queue="EPSON TM-T20III Receipt")),
        (r"windows://\\till-2\Bar", PrinterUrl("windows", queue=r"\\till-2\Bar")),
    ],
)
def test_a_printer_url_is_taken_apart(url: str, address: PrinterUrl) -> None:
    assert check_printer_url(url) == address


@pytest.mark.parametrize(
    ("url", "mode", "qr"),
    [
        ("tcp://10.0.0.7", "raster", "raster"),
        ("tcp://10.0.0.7?mode=text", "text", "raster"),
        ("usb://04b8:0e28?mode=text&qr=native", "text", "native"),
        ("cups://kitchen?qr=none&mode=text", "text", "none"),
        ("serial:///dev/ttyUSB0", "text", "raster"),
        ("serial:///dev/ttyUSB0?baud=57600&qr=native", "text", "native"),
        ("serial:///dev/ttyUSB0?baud=115200", "raster", "raster"),
        ("serial:///dev/ttyUSB0?baud=921600&mode=text", "text", "raster"),
        ("serial:///dev/ttyUSB0?baud=38400&mode=raster", "raster", "raster"),
    ],
)
def test_slips_are_pictures_except_where_the_line_is_too_slow_or_the_url_says_text(
    url: str, mode: str, qr: str
) -> None:
    address = check_printer_url(url)
    assert (address.mode, address.qr) == (mode, qr)


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("tpc://10.0.0.7:9100", "did you mean tcp://host:9100?"),
        ("prewiev:", "did you mean preview:?"),
        ("fil:///dev/usb/lp0", "did you mean file:///path?"),
        ("window://Receipt", "did you mean windows://name?"),
        ("preview", "did you mean preview:?"),
        ("", "cups://queue, windows://name"),
        ("gopher://host", "cups://queue, windows://name"),
    ],
)
def test_an_unknown_kind_of_printer_is_answered_with_the_kinds_there_are(url: str, hint: str) -> None:
    with pytest.raises(PrinterUrlError) as refusal:
        check_printer_url(url)
    assert "preview:, file:///path, tcp://host:9100" in str(refusal.value)
    assert str(refusal.value).endswith(hint)


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("serial:///dev/ttyUSB0?baut=9600", "options of serial are baud, flow, mode, qr; did you mean baud?"),
        ("tcp://host?baud=9600", "nobody reads the option 'baud'; options of tcp are mode, qr"),
        ("tcp://host?proof=none", "nobody reads the option 'proof'; options of tcp are mode, qr"),
        ("preview:?mode=text", "preview has no options"),
        ("tcp://host?&mode=text", "nobody reads the option ''; options of tcp are mode, qr"),
        ("serial:///dev/ttyUSB0?baud=115000", "baud cannot be '115000'; the nearest is 115200"),
        ("serial:///dev/ttyUSB0?baud=fast", "baud cannot be 'fast'; the nearest is 9600"),
        ("serial:///dev/ttyUSB0?baud=9600&baud=9600", "the option baud stands there twice"),
        ("serial:///dev/ttyUSB0?baud", "baud cannot be ''; the nearest is 9600"),
        (
            "serial:///dev/ttyUSB0?flow=rts",
            "flow cannot be 'rts'; it may be none, xonxoff, rtscts, dsrdtr; did you mean rtscts?",
        ),
        ("tcp://host?mode=Text", "mode cannot be 'Text'; it may be raster, text; did you mean text?"),
        ("tcp://host?mode=text&qr=code", "qr cannot be 'code'; it may be raster, native, none"),
        ("tcp://host?qr=native", "qr is for mode=text; a raster slip always carries its own QR"),
        ("usb://04b8:0e28?serial=", "serial is empty; leave it out when there is one such printer"),
    ],
)
def test_an_option_that_cannot_be_is_named_with_what_may_stand_there(url: str, hint: str) -> None:
    with pytest.raises(PrinterUrlError) as refusal:
        check_printer_url(url)
    assert str(refusal.value).startswith(f"{url!r}: ")
    assert str(refusal.value).endswith(hint)


@pytest.mark.parametrize(
    "url",
    [
        "tcp://",
        "tcp://host:0",
        "tcp://host:99999",
        "tcp://host:paper",
        "tcp://host/queue",
        "tcp://user@host:9100",
        "tcp://host#",
        "tcp://[::1",
        "file:",
        "file://host/path",
        "file:///",
        "file:///dev/usb/",
        "file:///a%00b",
        "preview:slips",
        "preview://slips",
        "preview:#x",
        "usb://",
        "usb://04b8",
        "usb://4b8:0e28",
        "usb://04b8:0e28/2",
        "usb://04b8:0xe28",
        "usb://epson:tm20",
        "serial:",
        "serial://COM3",
        "serial:///",
        "serial:///dev/tty%00",
        "cups://",
        "cups://-o",
        "cups://%2Do",
        "cups://kitchen%20-o",
        "cups://kitchen;reboot",
        "cups://kitchen/instance",
        "cups://lead@kitchen",
        "cups://kitchen:631",
        "windows://",
        "windows://a%0Ab",
        "windows://Kitchen/Bar",
    ],
)
def test_a_malformed_address_is_refused_and_quoted(url: str) -> None:
    with pytest.raises(PrinterUrlError) as refusal:
        check_printer_url(url)
    assert repr(url) in str(refusal.value)
