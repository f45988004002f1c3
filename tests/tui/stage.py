"""The register on a stage: the real app under Pilot, a real ledger, a clock moved by hand and codes from a seed.

`until` and `settle` are the two places where a test waits: for a claim to become true, a bounded number of turns; and
until every thread has answered and every answer is on the screen. Nothing sleeps for a fixed time and hopes.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest
from textual.events import Key, Paste
from textual.message import Message
from textual.notifications import Notify
from textual.pilot import Pilot
from textual.widget import Widget

from pos_recovery.counter.outcomes import Person
from pos_recovery.opening.wiring import Counter
from pos_recovery.printing.print_queue import Rhythm
from pos_recovery.scanners.detector_limits import Terms
from pos_recovery.scanners.scanner_url import ScannerUrl
from pos_recovery.scanners.serial_port import Port
from pos_recovery.system.locations import Home
from pos_recovery.system.terminal import Abilities
from pos_recovery.tui.app import RegisterApp
from pos_recovery.tui.base.counter_screen import RegisterScreen
from pos_recovery.tui.environment import Environment
from pos_recovery.tui.screens.sign_in import welcome
from receipts.printers.discovery import Found
from tests.till import MovableClock, StillClock, Till
from tests.tui.screen_text import expect_goldens, screen_text

SMALL, LARGE = (80, 24), (120, 40)
TURNS, TURN_S = 2000, 0.01
CALM_TURNS = 5
"""Longer than the sixtieth of a second in which Textual paints."""
ENDINGS = {"enter": "\r", "ctrl+j": "\n", "tab": "\t"}
NAMED = {"space": " ", "plus": "+", "minus": "-", "slash": "/"}
"""Keys that have a name as well as a character."""


UNHURRIED = Rhythm(idle_s=3600.0, waiting_s=0.2, blind_s=0.2)
"""An idle register never looks at its printer, so that no screen changes while it is kept; a waiting slip hurries."""


STAYS_S = 3600.0
"""A notice goes by itself by the machine's clock, and eight seconds are soon over on a busy one: here it stays."""

UNHELD = Terms(hold=0.0, pause=0.0, deed=0.0, lead=0.0, escape=0.0, slow=0.0, slowest=0.0, hotkeys=0.0)
"""A key waits for nothing, where a test is about what it does. Tests of the scanner take the real terms."""
UNHURRIED_TYPING_S, SCANNED_EVERY_S, BETWEEN_S = 0.25, 0.01, 1.0


MODERN = Abilities()
"""A terminal that shows everything."""


async def until(pilot: Pilot[None], claim: Callable[[], bool]) -> None:
    """Wait until `claim` holds; fail with what is on the screen when it does not in time."""
    for _ in range(TURNS):
        if claim():
            return
        await asyncio.sleep(TURN_S)
    pytest.fail(f"it never came true; on the screen:\n{screen_text(pilot.app)}")


@dataclass
class Stage:
    """One running register."""

    app: RegisterApp
    pilot: Pilot[None]
    clock: MovableClock
    idle: StillClock
    _till: Till | None
    _struck_at: float = 0.0
    """When the last key was struck: typing has its own time, so that no slow machine turns it into a scan."""
    kept: dict[str, str] = field(default_factory=dict)
    """Screens to compare with their goldens when the curtain falls."""

    @property
    def till(self) -> Till:
        """Another register's way to the same ledger: to prepare what the screen finds, and to look at what it wrote."""
        assert self._till is not None, "this home is empty"
        return self._till

    @property
    def text(self) -> str:
        """The screen in front."""
        return screen_text(self.app)

    @property
    def front(self) -> str:
        """What the screen in front is called."""
        return type(self.app.screen).__name__.removesuffix("Screen")

    async def until(self, claim: Callable[[], bool]) -> None:
        """Wait until it is true."""
        await until(self.pilot, claim)

    async def until_shown(self, words: str) -> None:
        """Wait until these words are on the screen."""
        await until(self.pilot, lambda: words in self.text)

    async def settle(self) -> None:
        """Wait until nothing is under way any more: no thread, no message, no paint, no paper."""
        calm = 0
        while calm < CALM_TURNS:
            await asyncio.sleep(TURN_S)
            busy = [worker for worker in self.app.workers if not worker.is_finished]
            screens = self.app.screen_stack  # those behind a dialog are seen beside it
            pumps = (self.app, *(each for screen in screens for each in screen.walk_children(with_self=True)))
            printing = any(isinstance(screen, RegisterScreen) and screen.busy for screen in self.app.screen_stack)
            held = self.app.scanning.undecided
            calm = 0 if busy or printing or held or any(pump.message_queue_size for pump in pumps) else calm + 1
            await self.app.workers.wait_for_complete(busy)

    async def press(self, *keys: str) -> None:
        """Press keys one after another, each answered before the next."""
        for key in keys:
            self.strike(key)
            await self.settle()

    def strike(self, key: str) -> None:
        """Press a key and wait for nothing."""
        character = key if len(key) == 1 else (NAMED | ENDINGS).get(key)
        name = next((name for name, named in NAMED.items() if named == key), key)
        self._strike(name, character, UNHURRIED_TYPING_S)

    def _strike(self, name: str, character: str | None, after_s: float) -> None:
        stroke = Key(name, character)
        stroke.time = self._struck_at = self._struck_at + after_s
        self.app.post_message(stroke)

    async def scan(self, text: str, ending: str = "enter") -> None:
        """A scanner sends a text, and the register has taken it."""
        self.send_scan(text, ending)
        await self.settle()

    def send_scan(self, text: str, ending: str = "enter") -> None:
        """A scanner sends a text, 10 ms a character, with an ending; empty for one that sends none."""
        self._struck_at += BETWEEN_S
        for character in text:
            self._strike(character, character, SCANNED_EVERY_S)
        if ending:
            self._strike(ending, ENDINGS[ending], SCANNED_EVERY_S)
        self._struck_at += BETWEEN_S

    async def bounce(self, key: str, times: int = 2) -> None:
        """A key that bounces under a wet finger: again before anything was answered."""
        for _ in range(times):
            self.strike(key)
        await self.settle()

    async def paste(self, text: str) -> None:
        """Paste text where the focus is."""
        self.app.post_message(Paste(text))
        await self.settle()

    async def write(self, text: str) -> None:
        """Type text, whatever it does."""
        for character in text:
            self.strike(character)
        await self.settle()

    async def touch(self, target: str | type[Widget], at: tuple[int, int] = (0, 0)) -> None:
        """Touch a widget of the screen in front."""
        assert await self.pilot.click(target, offset=at), f"no finger reaches {target}:\n{self.text}"
        await self.settle()

    async def welcome(self, person: Person) -> None:
        """Somebody has signed in; most tests are not about PINs."""
        welcome(self.app, person)
        await self.settle()

    async def resize(self, size: tuple[int, int]) -> None:
        """Another size of terminal."""
        await self.pilot.resize_terminal(*size)
        await self.settle()

    async def _resize_only(self, size: tuple[int, int]) -> None:
        """Another size, and every widget in its place; a picture taken before that has lines of the old size."""
        await self.pilot.resize_terminal(*size)
        await self.until(lambda: self.app.screen._compositor.size == size)

    async def keep(self, name: str, *, hide: str = "$^", settled: bool = True) -> None:
        """Keep the screen at both sizes, to be compared with the goldens of this name.

        Digits in what `hide` matches were drawn by lot and stand as #. A screen that is not settled stays as it is
        because something outside has been told to wait.
        """
        for size in (LARGE, SMALL):
            await (self.resize(size) if settled else self._resize_only(size))
            shown = re.sub(hide, lambda found: re.sub(r"\d", "#", found[0]), self.text)
            self.kept[f"{name}-{size[0]}x{size[1]}"] = shown


def _looks_draw_their_own(counter: Counter) -> Counter:
    """A look at the printer draws an id. Were it drawn like the codes, those would depend on how often it looks."""
    chance = Random(3).getrandbits  # noqa: S311  a test's ids come from a seed
    return replace(counter, desk=replace(counter.desk, chance=chance))


@asynccontextmanager
async def on_stage(  # noqa: PLR0913  whatever a register can meet
    home: Home,
    clock: MovableClock,
    *,
    size: tuple[int, int] = SMALL,
    message_hook: Callable[[Message], None] | None = None,
    open_till: Callable[[Home], Till] | None = None,
    find_printers: Callable[[], tuple[Found, ...]] = tuple,
    scan_terms: Terms = UNHELD,
    open_scanner: Callable[[ScannerUrl], Port] | None = None,
    wait_for_counter: bool = True,
    abilities: Abilities = MODERN,
    **changes: Any,  # noqa: ANN401  settings have many types
) -> AsyncIterator[Stage]:
    """A register whose counter is open, at the PIN pad; or one that was just started, in a home that may be empty."""
    idle = StillClock()
    opened = open_till or (lambda home: Till.open(home, clock, seed=1, **changes))
    open_counter = (lambda home: _looks_draw_their_own(opened(home).counter)) if home.settings.exists() else None
    around = Environment(
        open_counter=open_counter,
        find_printers=find_printers,
        rhythm=UNHURRIED,
        scan_terms=scan_terms,
        open_scanner=open_scanner,
        abilities=abilities,
        idle_clock=idle,
    )
    app = RegisterApp(home, around)
    app.animation_level = "none"

    def hook(message: Message) -> None:
        if isinstance(message, Notify):
            message.notification.timeout = STAYS_S
        if message_hook is not None:
            message_hook(message)

    till = Till.open(home, clock, seed=2, register="2") if home.ledger.exists() else None
    stage = None
    try:
        async with app.run_test(size=size, notifications=True, message_hook=hook) as pilot:
            stage = Stage(app, pilot, clock, idle, till)
            if wait_for_counter:
                await stage.until(lambda: app.session.counter is not None)
                await stage.settle()
            yield stage
            app.exit()  # as a register is closed; else Textual takes widgets away from screens that are still opening
        expect_goldens(stage.kept)
    finally:
        if till is not None:
            till.counter.close()
