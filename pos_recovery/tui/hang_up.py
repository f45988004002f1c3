"""Textual's driver for a real terminal, fenced against one that goes away. Unix only; no key passes through here.

A terminal whose window or connection is gone should send SIGHUP. It does so only to the session it controls: under a
supervisor, in a container or behind `setsid` the register hears nothing, and then three traps lie in Textual's driver:

* Its input thread takes "nothing more will ever come" for "nothing yet" and asks again at once: a whole core, for good.
  An error while reading would be shown as a traceback with local variables, a PIN perhaps among them.
* Its output thread dies at the first byte that cannot be written, and whoever writes the thirty-first piece after it
  waits for ever: that is the register itself, while it closes.
* What Python still holds for such a terminal is tried again as the program ends, and its exit code becomes 120.

So whoever writes is never told, and once a second the system is asked whether the terminal is there. If it is not, the
register is closed as a person closes it: what is on record stays, what is not is not, and the printer is let go.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, TextIO, cast

from pos_recovery.exits import ExitCode

if TYPE_CHECKING:
    from textual.app import App
    from textual.driver import Driver

LOOK_EACH_S = 1.0


class Outlet:
    """What is written goes to this file; once that cannot take it, nowhere."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.fileno = file.fileno

    def write(self, text: str) -> None:
        """Never raises."""
        try:
            self._file.write(text)
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
    from textual.drivers.linux_driver import LinuxDriver

    class RegisterDriver(LinuxDriver):
        """Textual's, and it closes the register when its terminal is gone."""

        def __init__(self, app: App[Any], **options: Any) -> None:  # noqa: ANN401  they are Textual's
            super().__init__(app, **options)
            self._file = cast("Any", Outlet(cast("TextIO", self._file)))
            self._is_readable = True
            app.set_interval(LOOK_EACH_S, self._look)

        def run_input_thread(self) -> None:
            """As Textual's, until the terminal cannot be read any more."""
            try:
                super().run_input_thread()
            except OSError:
                self._is_readable = False

        def _look(self) -> None:
            if not (self._is_readable and os.isatty(self.fileno)):
                self._app.exit(return_code=ExitCode.UNAVAILABLE)  # without a word: nobody is there to read it


def fenced(chosen: type[Driver]) -> type[Driver]:
    """Ours in the place of the driver it fences; any other is left as it is."""
    return RegisterDriver if sys.platform != "win32" and chosen is LinuxDriver else chosen
