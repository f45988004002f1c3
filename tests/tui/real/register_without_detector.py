"""The register as `pos-recovery` starts it, except that it believes in no scanners: for the twin of `test_real_scans`.

python -m tests.tui.real.register_without_detector --home HOME
"""

import sys
from pathlib import Path

from pos_recovery.scanners.detector_limits import Terms
from pos_recovery.system.locations import Home
from pos_recovery.tui.app import RegisterApp
from pos_recovery.tui.environment import Environment

UNBELIEVING = Terms(least=10_000, slow=0.0, slowest=0.0, hotkeys=0.0, deed=0.0)

if __name__ == "__main__":
    home = Home(Path(sys.argv[sys.argv.index("--home") + 1]))
    RegisterApp(home, Environment(scan_terms=UNBELIEVING)).run()
