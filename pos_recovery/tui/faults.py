"""What went wrong in a thread, as a screen says it. A bug of ours goes to the log under a reference; a PIN never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_recovery.tui import answers

if TYPE_CHECKING:
    from pos_recovery.locations import Home


def fault_of(error: BaseException, home: Home) -> answers.Fault:
    """Whatever was raised, in words; what nobody foresaw is logged in `home`."""
    from db.errors import StoreError
    from pos_recovery import ownership
    from pos_recovery.config import ConfigError
    from pos_recovery.exits import explain_bug

    if isinstance(error, ConfigError):
        if error.where == "set-up":
            return answers.Fault(error.problem, error.key)
        return answers.Fault(str(error), "settings")
    if isinstance(error, StoreError):
        return answers.Fault(ownership.explained(error, home))
    return answers.Fault(explain_bug(error, home), ours=True)
