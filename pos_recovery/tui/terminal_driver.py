"""Textual's driver for a real terminal, fenced: one that goes away, is not UTF-8, or is left. Unix only.

A terminal whose window or connection is gone should send SIGHUP. It does so only to the session it controls: under a
supervisor, in a container or behind `setsid` the register hears nothing. Traps in Textual 8.2.8's driver:

* Its input thread takes "nothing more will ever come" for "nothing yet" and asks again at once: a whole core, for good.
  An error while reading would be shown as a traceback with local variables, a PIN perhaps among them. One byte that is
  no UTF-8 is such an error (an é from a terminal of another encoding), and so is a key as kitty's protocol spells it
  out when it is told to: `ESC[97:65;2u`, `ESC[1;1:3A`.
* Its output thread dies at the first byte that cannot be written, and whoever writes the thirty-first piece after it
  waits for ever: that is the register itself, while it closes.
* What Python still holds for such a terminal is tried again as the program ends, and its exit code becomes 120.
* It does what SIGTSTP asks for between any two steps of its own. If one of them is just about to write, it waits for
  itself for ever.
* It takes every SIGCONT for the end of a SIGTSTP. After a SIGSTOP, or from systemd, which sends one after each SIGTERM,
  it would start a second time and take the raw mode for what the terminal was before: it would stay raw for good.
* It leaves the mouse counted in pixels, and the pointer in the shape it had over a button.

So whoever writes is never told, and once a second the system is asked whether the terminal is there. If it is not, the
register is closed as a person closes it: what is on record stays, what is not is not, and the printer is let go.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO, cast

from pos_recovery.system.exits import ExitCode
from pos_recovery.tui.content.session import Session

if TYPE_CHECKING:
    from textual.app import App
    from textual.driver import Driver

LOOK_EACH_S = 1.0
NO_MOUSE_PIXELS, USUAL_POINTER = "\x1b[?1016l", "\x1b]22;\x07"


class Outlet:
    """What is written goes to this file; once that cannot take it, nowhere."""

    def __init__(self, file: TextIO, stand_ins: Mapping[int, str] | None = None) -> None:
        """`stand_ins` are written in place of the signs this terminal cannot show."""
        self._file = file
        self._stand_ins = stand_ins
        self.fileno = file.fileno

    def write(self, text: str) -> None:
        """Never raises."""
        try:
            self._file.write(text.translate(self._stand_ins) if self._stand_ins else text)
        except OSError:
            self._give_up()

    def flush(self) -> None:
        """Never raises."""
        try:
            self._file.flush()
        except OSError:
            self._give_up()

    def _give_up(self) -> None:
        """What Python still holds goes nowhere too, and so does what others write to this file."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


if sys.platform != "win32":
    import signal
    from codecs import getincrementaldecoder
    from selectors import EVENT_READ, SelectSelector

    from textual._xterm_parser import XTermParser
    from textual.drivers.linux_driver import LinuxDriver

    class RegisterDriver(LinuxDriver):
        """Textual's, and it closes the register when its terminal is gone."""

        def __init__(self, app: App[Any], **options: Any) -> None:  # noqa: ANN401  they are Textual's
            super().__init__(app, **options)
            self._abilities = Session.of(app).abilities
            self._file = cast("Any", Outlet(cast("TextIO", self._file), self._abilities.stand_ins))
            self._is_readable = True
            self._is_asleep = False
            app.set_interval(LOOK_EACH_S, self._look)

        @property
        def _has_terminal(self) -> bool:
            """Not before it begins, while it sleeps, or when it was started in the background."""
            return self._writer_thread is not None and self._writer_thread.is_alive()

        def stop_application_mode(self) -> None:
            """As Textual's, and whatever else was switched on. Asleep, it has done so, and others have it now."""
            if self._has_terminal:
                self.write(NO_MOUSE_PIXELS + USUAL_POINTER)
                super().stop_application_mode()

        def _sigtstp_application(self, *_: object) -> None:
            self._loop.call_soon_threadsafe(self._sleep)

        def _sigcont_application(self, *_: object) -> None:
            if not (self._is_asleep or getattr(self._app, "leaves", False)):
                self._loop.call_soon_threadsafe(self._begin_anew)

        def _sleep(self) -> None:
            """Give the terminal back until somebody wakes the register."""
            if self._has_terminal:
                self.suspend_application_mode()
            self._is_asleep = True
            os.kill(os.getpid(), signal.SIGSTOP)
            self._is_asleep = False
            if not getattr(self._app, "leaves", False):
                self._begin_anew()

        def _begin_anew(self) -> None:
            """Awake, whoever sent it to sleep: with the terminal as it is found now."""
            if self._has_terminal:
                self.suspend_application_mode()
            self._must_signal_resume = True
            self.resume_application_mode()

        def run_input_thread(self) -> None:
            """What is typed, in the terminal's own encoding, until it cannot be read any more."""
            parser = XTermParser(self._debug)
            decode = getincrementaldecoder(self._abilities.typed_in)(errors="replace").decode
            with SelectSelector() as selector:
                selector.register(self.fileno, EVENT_READ)
                while self._is_readable and not self.exit_event.is_set():
                    keys = decode(self._read()) if selector.select(0.1) else ""
                    for key in keys or (None,):
                        parser = self._understood(parser, key)

        def _read(self) -> bytes:
            """Empty: nothing will ever come any more."""
            try:
                typed = os.read(self.fileno, 4096)
            except OSError:
                typed = b""
            self._is_readable = bool(typed)
            return typed

        def _understood(self, parser: XTermParser, key: str | None) -> XTermParser:
            """Hand on what this key means, None if time passed without one; the parser for the next key."""
            try:
                for event in parser.tick() if key is None else parser.feed(key):
                    self.process_message(event)
            except (ValueError, OverflowError):
                return XTermParser(self._debug)  # it is forgotten, and so is what has broken over it
            return parser

        def _look(self) -> None:
            if not (self._is_readable and os.isatty(self.fileno)):
                self._app.exit(return_code=ExitCode.UNAVAILABLE)  # without a word: nobody is there to read it


def fenced(chosen: type[Driver]) -> type[Driver]:
    """Ours in the place of the driver it fences; any other is left as it is."""
    return RegisterDriver if sys.platform != "win32" and chosen is LinuxDriver else chosen
