"""The register as `pos-recovery` starts it, on Textual's own driver: for the twin of `test_hang_up`.

python -m tests.tui.real.register_on_plain_driver --home HOME
"""

import sys
from pathlib import Path

from textual.drivers.linux_driver import LinuxDriver

from pos_recovery.system.locations import Home
from pos_recovery.tui.app import RegisterApp

if __name__ == "__main__":
    register = RegisterApp(Home(Path(sys.argv[sys.argv.index("--home") + 1])))
    register.driver_class = LinuxDriver
    sys.exit(register.run())
