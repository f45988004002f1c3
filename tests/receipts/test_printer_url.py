import os

import pytest

from receipts.errors import PrinterUrlError
from receipts.printer_url import PrinterUrl, check_printer_url


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("preview:", PrinterUrl("preview")),
        ("PREVIEW:", PrinterUrl("preview")),
        ("tcp://10.0.0.7:9100", PrinterUrl("tcp", host="10.0.0.7", port=9100)),
        ("tcp://printer.local", PrinterUrl("tcp", host="printer.local", port=9100)),
        ("tcp://[::1]:9101/", PrinterUrl("tcp", host="::1", port=9101)),
        ("file:///dev/usb/lp0", PrinterUrl("file", path="/dev/usb/lp0")),
        ("file:///tmp/a%20slip.bin", PrinterUrl("file", path="/tmp/a slip.bin")),  # noqa: S108  (never opened)
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="paths of the other kind")
def test_a_printer_url_is_taken_apart(url: str, address: PrinterUrl) -> None:
    assert check_printer_url(url) == address


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("tpc://10.0.0.7:9100", "did you mean tcp://host:9100?"),
        ("prewiev:", "did you mean preview:?"),
        ("fil:///dev/usb/lp0", "did you mean file:///path?"),
        ("preview", "did you mean preview:?"),
        ("", "it may be preview:, file:///path, tcp://host:9100"),
        ("gopher://host", "it may be preview:, file:///path, tcp://host:9100"),
    ],
)
def test_an_unknown_kind_of_printer_is_answered_with_the_kinds_there_are(url: str, hint: str) -> None:
    with pytest.raises(PrinterUrlError) as refusal:
        check_printer_url(url)
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
        "tcp://host?baud=9600",
        "tcp://[::1",
        "file:",
        "file://host/path",
        "file:///",
        "file:///dev/usb/",
        "file:///a%00b",
        "preview:slips",
        "preview://slips",
        "preview:#x",
    ],
)
def test_a_malformed_address_is_refused_and_quoted(url: str) -> None:
    with pytest.raises(PrinterUrlError) as refusal:
        check_printer_url(url)
    assert repr(url) in str(refusal.value)
