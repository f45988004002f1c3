"""From scanners to the redeem screen: what one types is kept from every screen; every scan waits for its turn.

The detector stands in front of the bindings (`App.on_event`, which Textual reaches before any screen, focus or priority
binding). Silence is noticed by a timer, but decided in the app's own queue, behind every key that was read before: a
busy loop is late with its timers, never out of order. A serial scanner is heard in a thread of its own, which only
posts messages; they come in by the same door as keys.

Not `App.set_timer`: in Textual 8.2.8 a timer that fires once never fires when the machine is busy for that long at the
moment it starts (`Timer._run` skips what is late, and a late first time is its last), and one of 0 s divides by zero.
The keys held back would stay there until the next one.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.events import Event, Key, Paste
from textual.message import Message
from textual.notifications import Notification, Notify

from pos_recovery.rules.codes import Reading
from pos_recovery.scanners.detector_limits import Terms
from pos_recovery.scanners.keyboard_wedge import Habits, holds_chart, learn
from pos_recovery.scanners.scan_detector import LONGEST_RUN, Detector, Scan
from pos_recovery.tui.base.counter_screen import RegisterScreen, show_status
from pos_recovery.tui.faults import fault_of
from pos_recovery.tui.key_events import is_modifier, read_typed, stroke_of, text_of
from pos_recovery.tui.undo_keys import PutBack, TakenBack, remember

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import App

    from pos_recovery.scanners.scanner_url import ScannerUrl
    from pos_recovery.scanners.serial_port import Port, ScannerNews, SerialScanner
    from pos_recovery.tui.content.session import Session

LATER = "A slip was scanned. It comes up as soon as this is finished."
MOST_WAITING = 20
"""Slips that wait, at most: as many guests as can be told apart at a counter, and not more than a person closes."""
FULL = f"{MOST_WAITING} slips wait already. This one is untouched: please scan it again when they are done."
PATIENCE_S = 600.0
"""A guest waits for somebody to sign in, not for the next day."""
SIGNED_OUT = "A slip was scanned. It comes up once somebody has signed in."


@dataclass
class Silence(Message, bubble=False):
    """No key has come for a while."""

    strokes: int
    """How many there had been."""


@dataclass
class Scanned(Event, bubble=False):
    """A serial scanner has read something. An event, because somebody stands there and scans."""

    text: str


class Scanning:
    """The register's end of its scanners."""

    def __init__(self, app: App[None], session: Session, terms: Terms, clock: Callable[[], float]) -> None:
        """`terms` say what a scan is; `clock` gives seconds that only ever grow."""
        self._clock = clock
        self._is_away = self._is_noisy = False
        self._notice: Notification | None = None
        """Says that a scan waits; taken away when none does any more."""
        self.most_waiting = MOST_WAITING
        """As the constant; told apart in tests."""
        self._full: Notification | None = None
        """Says that no more can wait."""
        self._app = app
        self._session = session
        self.waiting = session.waiting_scans
        self._terms = terms
        self._detector: Detector[Event] = Detector(terms, self._read)
        self._let_through: deque[tuple[Event, PutBack]] = deque(maxlen=LONGEST_RUN)
        """The latest keys that screens were given, each with what undoes it and all that came after it."""
        self._strokes = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._has_stalled = False
        """Whether the program was held up since the last stroke, for longer than it waits for the next."""
        self._stalled_s = 0.0
        """What stalls have added to the times of the strokes that are held."""
        self._last_struck_at = 0.0
        self._serial: SerialScanner | None = None

    def listen(self, url: str, open_port: Callable[[ScannerUrl], Port] | None = None) -> None:
        """Hear the serial scanner at `url` until `stop`; empty: there is none."""
        if not url:
            return
        from pos_recovery.scanners.noise import Sieve
        from pos_recovery.scanners.scanner_url import check_scanner_url
        from pos_recovery.scanners.serial_port import SerialPort, SerialScanner

        address = check_scanner_url(url)
        self._serial = SerialScanner(
            lambda: (open_port or SerialPort)(address),
            lambda text: self._app.post_message(Scanned(text)),
            self._tell,
            Sieve(self._is_slip, self._clock),
        )
        self._serial.start()

    def stop(self) -> None:
        """The register closes."""
        if self._serial is not None:
            self._serial.stop()

    def _tell(self, news: ScannerNews) -> None:
        """In the scanner's thread: a notice is a message, too."""
        from pos_recovery.scanners.scanner_words import BACK, NOISE, trouble
        from pos_recovery.scanners.serial_port import ScannerBack, ScannerNoise, ScannerTrouble

        if isinstance(news, ScannerTrouble):
            self._is_away = self._session.scanner_lost = True
            is_ours = not isinstance(news.error, OSError)
            sentence = fault_of(news.error, self._session.home).sentence if is_ours else trouble(news.why)
            self._app.notify(sentence, severity="warning", timeout=20, markup=False)
        elif isinstance(news, ScannerBack):
            self._is_away, self._session.scanner_lost = False, self._is_noisy
            self._app.notify(BACK, timeout=8, markup=False)
        else:
            self._is_noisy = isinstance(news, ScannerNoise)
            self._session.scanner_lost = self._is_away or self._is_noisy
            if self._is_noisy:
                self._app.notify(NOISE, severity="warning", timeout=20, markup=False)
                self._app.call_later(self._forget_noise)

    def _forget_noise(self) -> None:
        """What waits and is no code was noise as well, before that was known."""
        for text in [each for each in self.waiting if not self._is_slip(each)]:
            del self.waiting[text]
        show_status(self._app)

    @property
    def undecided(self) -> bool:
        """Whether keys are held back at this moment."""
        return self._detector.patience is not None

    async def take(
        self, event: Key | Paste | Scanned | Silence, let_through: Callable[[Event], Awaitable[None]]
    ) -> None:
        """Something came, or nothing more from the keyboard: what a person typed goes on to the screens, in order."""
        for decided in self._decided(event):
            if isinstance(decided, Scan):
                self._scanned(decided)
            else:
                if isinstance(decided, Key) and decided.character is not None and self._app.screen_stack:
                    self._let_through.append((decided, remember(self._app)))
                await let_through(decided)
        self._set_alarm()

    def _scanned(self, scan: Scan[Event]) -> None:
        """A scan. What its first letters did, before it was known, is undone when they have done it."""
        if self._teaches(scan):
            return
        text = text_of(scan.text, self._habits.read)
        put_back = self._undoing(scan)
        if put_back is None:
            self.received(text)
        else:
            (self._app.focused or self._app.screen).post_message(TakenBack(put_back, text))

    def _undoing(self, scan: Scan[Event]) -> PutBack | None:
        """What undoes the letters of a scan that were let through; None: none were. Whatever came before it stays."""
        put_back = next((undo for key, undo in self._let_through if key is scan.first), None)
        self._let_through.clear()
        return put_back

    def learned(self) -> None:
        """The scanner is known, or known anew: people's keys wait as long as its pace needs."""
        today = self._session.now().astimezone(self._session.zone).date()
        self._detector.terms = self._terms.at_pace(self._habits.pace_ms / 1000, self._habits.beginnings(today))

    def _teaches(self, scan: Scan[Event]) -> bool:
        """Whether it is of the square that teaches how the scanner types, or of anything where that is awaited."""
        from pos_recovery.tui.screens.scanner import ScannerScreen

        screen = self._app.screen
        awaited = isinstance(screen, ScannerScreen)
        if not awaited and (not holds_chart(scan.text) or any(each.holds_scans for each in self._screens)):
            return False
        lesson = learn(scan.text, pace_ms=round((scan.pace or 0.0) * 1000, 1), ending=_ending(scan))
        put_back = self._undoing(scan)
        if isinstance(screen, ScannerScreen):
            screen.taught(lesson)
        else:
            if put_back is not None:
                put_back()
            self._app.push_screen(ScannerScreen(lesson))
        return True

    def taken_back(self, message: TakenBack) -> None:
        """A scan whose letters were let through: they have done what they do, and it is undone."""
        message.put_back()
        self.received(message.text)

    @property
    def _habits(self) -> Habits:
        """What is known of this register's scanner."""
        return self._session.counter.ledger.scanner.habits if self._session.counter else Habits()

    def _read(self, text: str) -> Reading:
        return read_typed(text, self._habits.read)

    def _decided(self, event: Key | Paste | Scanned | Silence) -> list[Event | Scan[Event]]:
        if isinstance(event, Scanned):
            return [Scan(event.text)]
        if isinstance(event, Silence):
            return self._detector.silence(math.inf) if event.strokes == self._strokes else []
        if is_modifier(event):
            return []
        self._strokes += 1
        if isinstance(event, Paste):
            is_code = self._read(event.text).code is not None
            return [*self._detector.silence(math.inf), Scan(event.text) if is_code else event]
        return self._detector.take(stroke_of(event, self._struck_at(event.time), self._app))

    def _struck_at(self, read_at: float) -> float:
        """When a key was struck, as far as can be known: at the latest where silence would have been noticed in time.

        Never closer to the key before than that, so that nobody's typing is made to look quicker than it was.
        """
        patience = self._detector.patience
        if patience is None:
            self._stalled_s, self._has_stalled = 0.0, False
        elif self._has_stalled:
            longer_s = read_at - self._stalled_s - self._last_struck_at - patience
            self._stalled_s += max(0.0, longer_s)
            self._has_stalled = longer_s <= 0.0
        self._last_struck_at = read_at - self._stalled_s
        return self._last_struck_at

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        patience = self._detector.patience
        if patience is not None:
            self._wait(patience)

    def _wait(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(seconds, self._ring, loop, loop.time() + seconds)

    def _ring(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        """Silence, if it can be told from a stall: an alarm that is late says nothing of the keyboard.

        Whatever held the program up has kept it from reading keys as well, and they are given the time to be read.
        """
        if loop.time() - due > self._terms.late:
            self._has_stalled = True
            self._wait(self._terms.grace)
            return
        self._has_stalled = False
        # The way the driver's keys come, and so behind those that were read before.
        asyncio.run_coroutine_threadsafe(self._post(Silence(self._strokes)), loop)

    async def _post(self, silence: Silence) -> None:
        self._app.post_message(silence)

    def received(self, text: str) -> None:
        """A scan, from wherever: to the redeem screen, or into the queue where everybody sees that it waits.

        The same text again, while it waits or is on the screen, is a scanner that sends twice.
        """
        if text in self.waiting or any(screen.shows_scan(text) for screen in self._screens):
            return
        if len(self.waiting) >= self.most_waiting and not self._makes_room_for(text):
            if self._full is None or self._full.has_expired:
                self._full = Notification(FULL, severity="warning", timeout=8)
                self._app.post_message(Notify(self._full))
            return
        self.waiting[text] = self._clock()
        self.proceed()
        if self.waiting and (self._notice is None or self._notice.has_expired):
            self._notice = Notification(LATER if self._session.person else SIGNED_OUT, timeout=8)
            self._app.post_message(Notify(self._notice))
        show_status(self._app)

    def _makes_room_for(self, text: str) -> bool:
        """What waits and is no code gives way to one that is."""
        other = next((each for each in self.waiting if not self._is_slip(each)), None)
        if other is None or not self._is_slip(text):
            return False
        del self.waiting[other]
        return True

    def _is_slip(self, text: str) -> bool:
        """Whether it reads as a code of this store. In any thread."""
        counter = self._session.counter
        return counter is not None and bool(counter.ledger.read(text).candidates)

    def proceed(self) -> None:
        """Bring up the next scan, if nothing is under way that must not lose its screen.

        One that has waited for too long is forgotten: its guest is not there any more.
        """
        for text, made_at in list(self.waiting.items()):
            if self._clock() - made_at > PATIENCE_S:
                del self.waiting[text]
        if not self.waiting or self._session.person is None or any(screen.holds_scans for screen in self._screens):
            return
        text = next(iter(self.waiting))
        del self.waiting[text]
        self._open(text)
        if self._notice is not None and not self.waiting:
            self._app._unnotify(self._notice)  # noqa: SLF001  in public all of them can be taken away, or none
            self._notice = None
        show_status(self._app)

    def _open(self, text: str) -> None:
        """On the redeem screen that is open already, or on one over whatever is there."""
        from pos_recovery.tui.screens.redeem import RedeemScreen

        app = self._app
        if not any(isinstance(screen, RedeemScreen) for screen in app.screen_stack):
            spare = self._session.take_spare(RedeemScreen)
            app.push_screen(spare or RedeemScreen(text))  # it looks up what it was made with by itself
            if spare is not None:
                spare.scanned(text)
            return
        while not isinstance(app.screen, RedeemScreen):
            app.pop_screen()
        app.screen.scanned(text)

    @property
    def _screens(self) -> list[RegisterScreen]:
        return [screen for screen in self._app.screen_stack if isinstance(screen, RegisterScreen)]


def _ending(scan: Scan[Event]) -> str:
    """The name of what ended a scan; a serial scanner's is not known."""
    if scan.pace is None:
        return ""
    if scan.ending is None:
        return "none"
    key = scan.ending.key if isinstance(scan.ending, Key) else ""
    return "enter" if key in {"enter", "ctrl+m", "ctrl+j"} else "tab" if key in {"tab", "ctrl+i"} else "other"
