"""Noise on a serial scanner's line: told once, kept from everybody; slips and what else a person scans are read."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from pos_recovery.rules.codes import LONGEST_INPUT, draw_code, printed, read_code
from pos_recovery.scanners.noise import LEAST_BYTES, MOST_SCANS, QUIET_S, Sieve, reads_as_text
from pos_recovery.scanners.serial_port import Splitter, hears_noise
from tests.till import STRANGER, StillClock
from tests.wrong_speed import heard

SPEEDS = [
    (9600, 115200), (9600, 57600), (9600, 38400), (9600, 19200), (9600, 4800), (9600, 2400),
    (19200, 9600), (38400, 9600), (57600, 9600), (115200, 9600), (115200, 57600), (14400, 9600),
]  # fmt: skip
VISITING_CARD = (
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Novak;Jana\r\nTEL:+420777123456\r\nEMAIL:jana@example.org\r\nEND:VCARD\r\n"
)


class Line:
    """What comes in on one port, and what becomes of it."""

    def __init__(self, seed: int = 1) -> None:
        self.seconds = StillClock()
        self.sieve = Sieve(lambda text: read_code(text).code is not None, self.seconds)
        self.splitter = Splitter()
        self.chance = Random(seed)  # noqa: S311  a test's noise comes from a seed
        self.scans: list[str] = []
        self.split = 0
        """Texts that were there before the sieve."""
        self.told = 0
        self._was_noisy = False

    def hear(self, data: bytes, *, pause: bool = True) -> list[str]:
        """These bytes, and then perhaps silence. Returns what was let through."""
        through = []
        for piece in (data, b"") if pause else (data,):
            texts = self.splitter.take(piece) if piece else self.splitter.pause()
            self.split += len(texts)
            through += self.sieve.let_through(piece, texts)
            self.told += self.sieve.is_noisy and not self._was_noisy
            self._was_noisy = self.sieve.is_noisy
        self.scans += through
        return through

    def slip(self) -> str:
        """A slip nobody has scanned yet."""
        code = draw_code(date(2026, 11, 14), self.chance.getrandbits)
        return self.chance.choice([code, f"https://CUP.EXAMPLE/C/{code}"])

    def noise(self, length: int = 100) -> bytes:
        """Random bytes."""
        return self.chance.randbytes(length)

    def noisy(self) -> None:
        """Until that is known."""
        while not self.sieve.is_noisy:
            self.hear(self.noise())
            self.seconds.seconds += 0.5
        self.scans.clear()


@pytest.mark.parametrize(("sent_at", "heard_at"), SPEEDS)
def test_slips_at_a_wrong_speed_are_told_once_and_wait_for_nobody(sent_at: int, heard_at: int) -> None:
    line = Line()
    for _ in range(60):  # a lead who tries, for three minutes
        line.hear(heard(f"{line.slip()}\r\n".encode(), sent_at, heard_at))
        line.seconds.seconds += 3
    assert line.told == 1
    assert len(line.scans) <= 1


def test_neither_do_slips_with_a_parity_bit_that_nobody_expects() -> None:
    line = Line()
    for _ in range(3):
        line.hear(bytes(byte | (byte.bit_count() % 2) << 7 for byte in line.slip().encode()) + b"\r")
        line.seconds.seconds += 3
    assert (line.scans, line.told) == ([], 1)


def test_at_the_right_speed_every_slip_is_a_scan() -> None:
    line = Line()
    slips = [line.slip() for _ in range(60)]
    for slip in slips:
        line.hear(heard(f"{slip}\r\n".encode(), 9600, 9600))
    assert (line.scans, line.told) == (slips, 0)


@pytest.mark.parametrize("seed", range(3))
def test_in_minutes_of_noise_every_slip_comes_up_and_nothing_else_does(seed: int) -> None:
    line = Line(seed)
    line.noisy()
    slips = [line.slip() for _ in range(30)]
    for slip in slips:
        for _ in range(20):
            line.hear(line.noise(line.chance.randrange(1, 200)), pause=line.chance.random() < 0.5)
            line.seconds.seconds += 0.5
        line.hear(b"\r" + slip.encode() + b"\r")
    assert (line.scans, line.told) == (slips, 1)


def test_letters_among_many_other_bytes_are_a_code_by_chance() -> None:
    """The twin: whatever reads as a code, in half an hour."""
    line = Line()
    texts = [text for _ in range(8000) for text in Splitter().take(line.noise(30) + b"\r")]
    assert any(read_code(text).code for text in texts)


def test_let_through_half_a_minute_of_noise_would_be_hundreds_of_slips() -> None:
    """The twin: what the splitter makes of it."""
    line = Line()
    for _ in range(300):
        line.hear(line.noise(20))
        line.seconds.seconds += 0.1
    assert line.split > 300
    assert len(line.scans) <= 1


@pytest.mark.parametrize(
    "text",
    [
        STRANGER[:-1] + ("X" if STRANGER[-1] != "X" else "Y"),
        printed(STRANGER)[:-3],
        "4006381333931",
        "12345",
        "https://example.com/menu?table=4",
        "WIFI:T:WPA;S:cafe;P:espresso;;",
        "crème brûlée",
        "[)>\x1e06\x1dP12345\x1dQ1\x1e\x04",
        "无咖啡因 优惠券",
        "×" * 3 + "12345678901",
        "9" * 7089,
    ],
)
def test_what_a_person_scans_that_is_no_slip_is_answered(text: str) -> None:
    line = Line()
    assert len(line.hear(text.encode() + b"\r\n")) == 1
    assert not line.sieve.is_noisy


@pytest.mark.parametrize("encoding", ["shift_jis", "gb2312", "latin-1"])
def test_so_is_text_in_another_encoding(encoding: str) -> None:
    text = {"shift_jis": "コーヒー無料券", "gb2312": "免费咖啡优惠", "latin-1": "Gâteau au café"}[encoding]
    assert len(Line().hear(text.encode(encoding) + b"\r\n")) == 1


def test_a_card_of_many_lines_is_one_scan() -> None:
    line = Line()
    assert line.hear(VISITING_CARD) == ["BEGIN:VCARD"]
    line.seconds.seconds += 3
    assert line.hear(VISITING_CARD) == ["BEGIN:VCARD"]
    assert line.told == 0


def test_slips_that_come_at_once_are_all_scans() -> None:
    line = Line()
    slips = [line.slip() for _ in range(8)]
    assert line.hear("".join(f"{slip}\r" for slip in slips).encode()) == slips


def test_a_glitch_when_it_gets_its_power_is_told_to_nobody() -> None:
    line = Line()
    line.hear(b"\xff\x00\x00\xf8\x80" * 10)
    assert (line.scans, line.told) == ([], 0)
    line.seconds.seconds += 3
    assert line.hear(b"4006381333931\r") == ["4006381333931"]


def test_a_device_that_talks_all_the_time_is_noise() -> None:
    line = Line()
    for weight in range(100, 400):
        line.hear(f"S S  0.{weight} kg\r\n".encode())
        line.seconds.seconds += 0.2
    assert line.told == 1
    assert len(line.scans) <= MOST_SCANS


def test_what_never_ends_is_noise_and_is_not_kept() -> None:
    line = Line()
    for _ in range(200):
        line.hear(b"x" * 1000, pause=False)
        line.seconds.seconds += 0.1
    assert (line.told, line.scans) == (1, [])
    assert len(line.splitter._held) == LONGEST_INPUT + 1


def test_it_is_told_again_only_after_it_had_been_well() -> None:
    line = Line()
    for round_ in range(1, 4):
        line.noisy()
        assert line.told == round_
        line.seconds.seconds += QUIET_S - 1
        slip = line.slip()
        assert line.hear(f"{slip}\r".encode()) == [slip]
        assert line.sieve.is_noisy
        line.seconds.seconds += 1
        assert line.hear(b"4006381333931\r") == ["4006381333931"]
        assert not line.sieve.is_noisy
        line.seconds.seconds += QUIET_S


def test_too_little_is_no_text_and_neither_is_what_nobody_writes() -> None:
    assert [
        text for text in ("abc", "xx\x86x", "\x80" * 40, "þ" * LEAST_BYTES, "ab\x01\x05cd") if reads_as_text(text)
    ] == []


class Played:
    """A port that plays back what was recorded, and then is silent; each read takes a tenth of a second."""

    def __init__(self, pieces: list[bytes], seconds: StillClock) -> None:
        self._pieces, self._seconds = pieces, seconds

    def read(self) -> bytes:
        self._seconds.seconds += 0.1
        return self._pieces.pop(0) if self._pieces else b""

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(("pieces", "noisy", "took_s"), [(0, False, 0.3), (1, False, 0.4), (200, True, 1.2)])
def test_whoever_only_looks_hears_noise_and_stops_soon(pieces: int, noisy: bool, took_s: float) -> None:
    line = Line()
    port = Played([line.noise() for _ in range(pieces)], line.seconds)
    assert hears_noise(port, line.sieve, line.seconds) is noisy
    assert line.seconds.seconds == pytest.approx(took_s)
