"""What is made in a home belongs to its owner, though root may have made it: else the owner could not go on with it."""

from __future__ import annotations

import os
from pathlib import Path

from pos_recovery.locations import Home


def give_to_owner(home: Home, *made: Path) -> None:
    """Of files and folders that this program has just made. Raises OSError."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        owner = home.folder.stat()
        for each in made:
            os.chown(each, owner.st_uid, owner.st_gid)
