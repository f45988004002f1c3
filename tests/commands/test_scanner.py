"""The doctor and the scanner: whether its port opens, in the register's words, and without harm to a register."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest

from pos_recovery.scanners.scanner_words import HEARD, NOISE, PERHAPS_THE_REGISTER, WORDS, trouble
from pos_recovery.scanners.serial_port import Why
from tests.commands.conftest import Call
from tests.commands.shell import Done
from tests.wired_scanner import WiredScanner, wired_scanner


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[WiredScanner]:
    with wired_scanner(tmp_path) as wired:
        yield wired


def doctor(call: Call, scanner: str, *words: str) -> Done:
    return call("doctor", *words, POS_RECOVERY_SCANNER=scanner)


def found(done: Done) -> tuple[int, str, bool, str]:
    """The exit code, and what was found last."""
    last = done.told["findings"][-1]
    return done.code, last["part"], last["well"], last["detail"]


def test_the_doctor_hears_a_scanner(call: Call, scanner: WiredScanner) -> None:
    assert f"✔ scanner    {scanner.url}: {HEARD}" in doctor(call, scanner.url).out
    assert found(doctor(call, scanner.url, "--json")) == (0, "scanner", True, f"{scanner.url}: {HEARD}")


def test_the_doctor_hears_noise(call: Call, scanner: WiredScanner) -> None:
    """From a line that is never silent while it listens."""
    done, over = Event(), Random(1)  # noqa: S311  a test's noise comes from a seed

    def make_noise() -> None:
        while not done.wait(0.02):
            scanner.send(over.randbytes(50))

    line = Thread(target=make_noise)
    line.start()
    try:
        heard = doctor(call, scanner.url)
    finally:
        done.set()
        line.join()
    assert (heard.code, f"▲ scanner    {scanner.url}: {NOISE}" in heard.out) == (0, True)


def test_the_doctor_says_nothing_of_a_scanner_that_types(call: Call) -> None:
    assert "scanner" not in doctor(call, "").out


def test_a_scanner_that_is_not_there_is_worth_a_look(call: Call, scanner: WiredScanner) -> None:
    scanner.unplug()
    assert f"▲ scanner    {scanner.url}: {trouble(Why.MISSING)}" in doctor(call, scanner.url).out
    assert found(doctor(call, scanner.url, "--json"))[:3] == (0, "scanner", True)


def test_a_port_that_is_none_is_a_wrong_setting(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "no-port"
    file.touch()
    url = f"serial://{file}"
    assert f"✘ scanner    {url}: {trouble(Why.NOT_A_PORT)}" in doctor(call, url).out
    assert found(doctor(call, url, "--json"))[:3] == (5, "scanner", False)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_port_this_login_may_not_open_is_for_the_installer(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "not-ours"
    file.touch(mode=0)
    assert f"✘ scanner    serial://{file}: {trouble(Why.NOT_ALLOWED)}" in doctor(call, f"serial://{file}").out


def test_a_register_loses_nothing_of_a_scan_while_the_doctor_looks(call: Call, scanner: WiredScanner) -> None:
    port = scanner.open()
    try:
        scanner.send(b"7KQ4M2")
        done = doctor(call, scanner.url)
        scanner.send(b"XD9RTC")
        read = b""
        while len(read) < 12:
            read += port.read()
    finally:
        port.close()
    assert f"▲ scanner    {scanner.url}: {WORDS[Why.TAKEN][0]} {PERHAPS_THE_REGISTER}" in done.out
    assert (done.code, read) == (0, b"7KQ4M2XD9RTC")


def test_a_port_that_is_not_locked_would_be_emptied_by_whoever_looks(scanner: WiredScanner) -> None:
    """The twin: what had come in is gone."""
    from serial import Serial

    with Serial(str(scanner.path), timeout=0.1) as port:
        scanner.send(b"7KQ4M2")
        Serial(str(scanner.path)).close()
        assert port.read(6) == b""
