"""Addresses as people copy them from a printer's slip, and what no machine may make of them."""

import os
import socket

import pytest

from receipts.address.host_names import plain_host
from receipts.address.printer_url import check_printer_url
from receipts.printers.discovery import as_printer_url
from receipts.values.errors import PrinterUrlError

PLAIN = {
    "192.168.1.40": "192.168.1.40",
    "192.168.001.040": "192.168.1.40",
    "010.000.000.007": "10.0.0.7",
    "127.0.0.08": "127.0.0.8",
    "192.168.1.40.": "192.168.1.40",
    "１９２.168.1.040": "192.168.1.40",  # noqa: RUF001  full-width digits
    "١٩٢.١٦٨.١.٠٤٠": "192.168.1.40",  # noqa: RUF001  Arabic ones
    "127。0。0。010": "127.0.0.10",
    "2001:DB8::0040": "2001:db8::40",
    "::ffff:192.168.1.40": "::ffff:c0a8:128",
    "fe80::1%eth0": "fe80::1%eth0",
    "fe80::1%25eth0": "fe80::1%eth0",
    "printer.local": "printer.local",
    "printer-040.example.com.": "printer-040.example.com.",
    "0x7f.example": "0x7f.example",
    "1.2.3.4x": "1.2.3.4x",
}
NO_ADDRESS = (
    *("192.168.1", "127.1", "10", "0", "2130706433", "0x7f.1", "0x7f000001", "0X7F.0.0.1", "1.2.3.0x", "0177.0.0.1"),
    *("1.2.3.4.5", "1..2.3", ".1.2.3.4", "192.168.1.400", "256.1.1.1", "1.2.3.0004", "printer.08", "09"),
    *("::ffff:192.168.001.040", "1::2::3", "fe80::1%", "fe80::1%/x", "::g", "", ".", "a b", "192,168,1,40", "a%2eb"),
)


@pytest.mark.parametrize(("written", "plain"), PLAIN.items())
def test_an_address_is_what_people_mean_by_it(written: str, plain: str) -> None:
    assert plain_host(written) == plain
    assert plain_host(plain) == plain


@pytest.mark.parametrize("written", NO_ADDRESS)
def test_a_number_of_another_form_is_refused_in_words(written: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|has) (no|neither) "):
        plain_host(written)


@pytest.mark.parametrize("written", ["192.168.001.040", "192.168.001.040:9100"])
def test_in_set_up_in_the_settings_and_at_the_socket_it_is_the_same_printer(written: str) -> None:
    assert as_printer_url(written) == "tcp://192.168.1.40:9100"
    assert check_printer_url(f"tcp://{written}").host == "192.168.1.40"


@pytest.mark.parametrize("written", ["192.168.1", "0x7f.1", "2130706433:9100", "0177.0.0.1", "1.2.3.400"])
def test_what_set_up_cannot_take_is_refused_with_the_form_that_it_can(written: str) -> None:
    for said in (as_printer_url(written), f"tcp://{written}"):
        with pytest.raises(PrinterUrlError, match=r"write it as four numbers, 192\.0\.2\.40$"):
            check_printer_url(said)


@pytest.mark.parametrize("url", ["tcp://fe80::1:9100", "tcp://[v1.a]:9100", "tcp://[::ffff:1.2.3.04]", "tcp://a%20b"])
def test_an_odd_address_is_refused(url: str) -> None:
    with pytest.raises(PrinterUrlError):
        check_printer_url(url)


@pytest.mark.skipif(os.name == "nt", reason="inet_aton is of POSIX")
def test_the_system_s_own_look_up_would_take_the_printer_for_another_one() -> None:
    """The twin. Asked for numbers only, so nobody's name server is."""
    others = {"192.168.001.040": "192.168.1.32", "0x7f.1": "127.0.0.1", "192.168.1": "192.168.0.1"}
    for written, other in others.items():
        found = socket.getaddrinfo(written, 9100, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        assert found[0][4][0] == other
