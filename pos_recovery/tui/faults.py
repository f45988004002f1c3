"""What went wrong in a thread, as a screen says it. A bug of ours goes to the log under a reference; a PIN never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_recovery.tui.messages import replies

if TYPE_CHECKING:
    from pos_recovery.system.locations import Home


def fault_of(error: BaseException, home: Home) -> replies.Fault:
    """Whatever was raised, in words; what nobody foresaw is logged in `home`."""
    from db.connection.errors import StoreError
    from pos_recovery.settings.schema import ConfigError
    from pos_recovery.system import ownership
    from pos_recovery.system.exits import explain_bug

    if isinstance(error, ConfigError):
        if error.where == "set-up":
            return replies.Fault(error.problem, error.key)
        return replies.Fault(str(error), "settings")
    if isinstance(error, StoreError):
        return replies.Fault(ownership.explained(error, home))
    return replies.Fault(explain_bug(error, home), ours=True)
