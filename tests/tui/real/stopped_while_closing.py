"""The register, which comes to a stop in the middle of giving its terminal back: for `test_signals`.

python -m tests.tui.real.stopped_while_closing --home HOME
"""

import signal
import sys
import termios
from pathlib import Path

from textual.drivers.linux_driver import LinuxDriver

from pos_recovery.system.locations import Home
from pos_recovery.tui.app import RegisterApp
from pos_recovery.tui.terminal_restore import TerminalRestore


class HalfClosing(LinuxDriver):
    """Gives back how typing is treated, which comes first, and nothing else."""

    def stop_application_mode(self) -> None:
        assert self.attrs_before is not None
        termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
        signal.pause()


if __name__ == "__main__":
    register = RegisterApp(Home(Path(sys.argv[sys.argv.index("--home") + 1])))
    register.driver_class = HalfClosing
    with TerminalRestore(register):
        register.run()
