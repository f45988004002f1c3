"""What a register takes from the world around it, so that a test can stand in for any of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pos_recovery.scanners.detector_limits import Terms
from pos_recovery.system.terminal import Abilities

if TYPE_CHECKING:
    from pos_recovery.opening.wiring import Counter
    from pos_recovery.printing.print_queue import Rhythm
    from pos_recovery.scanners.scanner_url import ScannerUrl
    from pos_recovery.scanners.serial_port import Port
    from pos_recovery.system.locations import Home
    from receipts.printers.discovery import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The real world, unless told otherwise."""

    open_counter: Callable[[Home], Counter] | None = None
    """How the counter is opened; None: `wiring.open_counter`, which is loaded after the first paint."""
    find_printers: Callable[[], tuple[Found, ...]] | None = None
    """How set-up finds printers; None: `receipts.printers.discovery.find_printers`, likewise."""
    rhythm: Rhythm | None = None
    """How often the print queue looks at the printer; None: `print_queue.RHYTHM`, likewise."""
    scan_terms: Terms = field(default_factory=Terms)
    """What tells a scanner from a person."""
    open_scanner: Callable[[ScannerUrl], Port] | None = None
    """How a serial scanner's port is opened; None: `serial_port.SerialPort`, likewise."""
    abilities: Abilities = field(default_factory=Abilities)
    """What the terminal can show; a modern one, unless told otherwise."""
    idle_clock: Callable[[], float] = time.monotonic
    """Seconds that only ever grow, for signing out."""
