"""A scanner on a serial port: bytes in, whole scans out, and whatever becomes of the port holds nobody up.

One thread opens the port, listens, and begins again when the scanner is missing, taken or unplugged. What was scanned
is handed over as text, and refusing it is redemption's business; only noise is kept back (see `noise`). It
refuses to join what was torn apart: half a scan of a scanner that was unplugged is forgotten, and so is what was
scanned before the port was open.

pyserial is imported in the thread, when the first port is opened.
"""

from __future__ import annotations

import contextlib
import errno
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from pos_recovery.rules.codes import LONGEST_INPUT
from pos_recovery.scanners.noise import Sieve
from pos_recovery.scanners.scanner_url import ScannerUrl

if TYPE_CHECKING:
    from serial import Serial

PAUSE_S = 0.1
"""A scan without an ending is over when nothing has come for so long. At 9600 baud a letter takes 1 ms, and scanners
that wait between letters do so for 50 ms at the most."""
LISTEN_S, QUIET_READS = 2.0, 3
"""To whoever only looks: how long, and after how many reads without anything no longer."""
AGAIN_S = 1.0
"""Seconds between two tries to open the port: whoever plugs a scanner in is heard before they can lift it."""

_ENDINGS = re.compile(rb"[\r\n\t\0]")


class Why(Enum):
    """What keeps a scanner from being heard."""

    MISSING = auto()
    """It is not there, or no longer."""
    NOT_ALLOWED = auto()
    """The system does not let this login open the port."""
    TAKEN = auto()
    """Another program has it."""
    NOT_A_PORT = auto()
    """What is there is no serial port."""
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class ScannerTrouble:
    """The scanner cannot be heard. Told once, until it is heard again."""

    why: Why
    error: Exception
    """As it was raised; no `OSError` is a bug of ours."""


@dataclass(frozen=True, slots=True)
class ScannerBack:
    """It is heard again."""


@dataclass(frozen=True, slots=True)
class ScannerNoise:
    """What it sends is mostly noise. Codes in it are handed over. Told once, until it is clear again."""


@dataclass(frozen=True, slots=True)
class ScannerClear:
    """There was no noise for a while, and something was read."""


ScannerNews = ScannerTrouble | ScannerBack | ScannerNoise | ScannerClear


class Splitter:
    """Tells scans apart in what comes from one open port. Pure."""

    def __init__(self) -> None:
        self._held = bytearray()
        """The scan that is coming in. One byte more than the longest is kept, so that it stays too long to be read."""

    def take(self, data: bytes) -> list[str]:
        """The next bytes, wherever they were cut apart. Returns the scans that ended in them."""
        *ended, rest = _ENDINGS.split(data)
        scans = []
        for part in ended:
            self._hold(part)
            scans += self.pause()
        self._hold(rest)
        return scans

    def pause(self) -> list[str]:
        """Nothing more is coming. Returns the scan that this ends, if one was coming in."""
        text = _text(bytes(self._held))
        self._held.clear()
        return [text] if any(char.isprintable() and not char.isspace() for char in text) else []

    def _hold(self, part: bytes) -> None:
        self._held += part[: LONGEST_INPUT + 1 - len(self._held)]


def _text(raw: bytes) -> str:
    """What is too long is decoded so that it does not become shorter."""
    if len(raw) <= LONGEST_INPUT:
        with contextlib.suppress(UnicodeDecodeError):
            return raw.decode("utf-8")
    return raw.decode("latin-1")


class Port(Protocol):
    """An open port, used by one thread."""

    def read(self) -> bytes:
        """What has come in; waits for it as long as a scan may pause. Empty: nothing has.

        Raises:
            OSError: The scanner is gone.
        """

    def close(self) -> None:
        """Give the port back. Never raises."""


class SerialPort:
    """A port opened by pyserial: 8 data bits, no parity, locked against other programs, older input thrown away."""

    def __init__(self, url: ScannerUrl, pause_s: float = PAUSE_S) -> None:
        """Open it.

        Raises:
            OSError: Not there, not allowed, in use, or no serial port.
        """
        from serial import Serial

        try:
            self._port: Serial = Serial(url.port, url.baud, timeout=pause_s, exclusive=True)
        except _terminal_errors() as error:  # pyserial lets these through
            raise OSError(*error.args) from error

    def read(self) -> bytes:
        """See `Port`."""
        first = self._port.read(1)
        return first + self._port.read(self._port.in_waiting) if first else b""

    def close(self) -> None:
        """See `Port`."""
        with contextlib.suppress(Exception):  # it may be gone in any way
            self._port.close()


def _terminal_errors() -> tuple[type[Exception], ...]:
    if sys.platform == "win32":
        return ()
    import termios

    return (termios.error,)


_WHY = {
    errno.ENOENT: Why.MISSING,
    errno.ENODEV: Why.MISSING,
    errno.ENXIO: Why.MISSING,
    errno.EIO: Why.MISSING,
    errno.EACCES: Why.NOT_ALLOWED,
    errno.EPERM: Why.NOT_ALLOWED,
    errno.EAGAIN: Why.TAKEN,
    errno.EBUSY: Why.TAKEN,
    errno.ENOTTY: Why.NOT_A_PORT,
    errno.EISDIR: Why.NOT_A_PORT,
}
_WHY_ON_WINDOWS = {"FileNotFoundError": Why.MISSING, "PermissionError": Why.TAKEN}
"""There pyserial only quotes the system's error, and a port that is open elsewhere is one without permission."""


def why_not_open(error: Exception) -> Why:
    """What kept a port from opening: the system's own number, which pyserial hides an exception deep at times."""
    cause: BaseException | None = error
    while cause is not None:
        number = next(iter(cause.args), None)
        if number in _WHY:
            return _WHY[number]
        cause = cause.__context__
    return next((why for name, why in _WHY_ON_WINDOWS.items() if name in str(error)), Why.OTHER)


def hears_noise(port: Port, sieve: Sieve, seconds: Callable[[], float] = monotonic) -> bool:
    """Whether noise comes in at an open port: listens for `LISTEN_S` at most, and no longer where nothing comes.

    Raises:
        OSError: The scanner is gone.
    """
    scans, ends, quiet = Splitter(), seconds() + LISTEN_S, 0
    while not sieve.is_noisy and quiet < QUIET_READS and seconds() < ends:
        data = port.read()
        quiet = 0 if data else quiet + 1
        sieve.let_through(data, scans.take(data))
    return sieve.is_noisy


class SerialScanner:
    """Start it, be told, stop it."""

    def __init__(
        self,
        open_port: Callable[[], Port],
        hand_over: Callable[[str], object],
        tell: Callable[[ScannerNews], object],
        sieve: Sieve,
        *,
        again_s: float = AGAIN_S,
        wait: Callable[[threading.Event, float], object] = threading.Event.wait,
    ) -> None:
        """Make a scanner nobody listens to yet.

        Args:
            open_port: Opens the port, or raises; called in the thread, as all of these are.
            hand_over: Gets each scan, without its ending. Must not block.
            tell: Gets the trouble and its end. Must not block.
            sieve: Keeps back what is noise; it remembers through all ports that are opened.
            again_s: Seconds between two tries to open the port.
            wait: Waits for so long, or until the event is set.
        """
        self._open_port = open_port
        self._hand_over = hand_over
        self._tell = tell
        self._sieve = sieve
        self._again_s = again_s
        self._wait = wait
        self._stopped = threading.Event()
        self._in_trouble = False
        self._in_noise = False
        self._thread = threading.Thread(target=self._work, name="serial-scanner", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self, wait_s: float = 0.5) -> None:
        """Say no more, and let go of the port. A system that is stuck opening it is left to itself after `wait_s`."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(wait_s)

    # ------------------------------------------------------------- in the thread

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                port = self._open_port()
            except Exception as error:  # noqa: BLE001  the edge of the thread: whatever breaks is told, and tried again
                self._broke(why_not_open(error), error)
            else:
                self._listen(port)
            self._wait(self._stopped, self._again_s)

    def _listen(self, port: Port) -> None:
        """Until the scanner is gone; a port that opens proves nothing, one that can be read does."""
        scans = Splitter()
        try:
            while not self._stopped.is_set():
                data = port.read()
                self._is_heard()
                for text in self._sieve.let_through(data, scans.take(data) if data else scans.pause()):
                    if not self._stopped.is_set():
                        self._hand_over(text)
                self._tell_noise()
        except Exception as error:  # noqa: BLE001  see above
            self._broke(Why.MISSING, error)
        finally:
            port.close()

    def _broke(self, why: Why, error: Exception) -> None:
        if not self._in_trouble and not self._stopped.is_set():
            self._in_trouble = True
            self._tell(ScannerTrouble(why, error))

    def _tell_noise(self) -> None:
        if self._in_noise != self._sieve.is_noisy and not self._stopped.is_set():
            self._in_noise = self._sieve.is_noisy
            self._tell(ScannerNoise() if self._in_noise else ScannerClear())

    def _is_heard(self) -> None:
        if self._in_trouble and not self._stopped.is_set():
            self._in_trouble = False
            self._tell(ScannerBack())
