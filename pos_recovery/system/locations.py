"""Where things are kept. Returns paths and creates nothing.

Everything of one register lives in one folder, its home: the settings, the ledger, the pictures of slips, the log.
`--home` names it, else POS_RECOVERY_HOME, else the platform's folder for data of programs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "POS_RECOVERY_HOME"
PIN_VARIABLE = "POS_RECOVERY_PIN"
OUT_VARIABLE = "POS_RECOVERY_OUT"
"""Where night files go, when `export` is not told: an address with a password is seen by nobody here."""
DATABASE_VARIABLE = "POS_RECOVERY_DATABASE"
"""Which database they are told from, likewise."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one register, and what is in it."""

    folder: Path

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.folder / "settings.toml"

    @property
    def ledger(self) -> Path:
        """The database."""
        return self.folder / "ledger.sqlite"

    @property
    def slips(self) -> Path:
        """Pictures of slips, where the printer is `preview:`."""
        return self.folder / "slips"

    @property
    def nights(self) -> Path:
        """Nights for head office, unless they are wanted elsewhere."""
        return self.folder / "nights"

    @property
    def on_their_way(self) -> Path:
        """Nights that go to another system, until they are there."""
        return self.folder / "nights-on-their-way"

    @property
    def exporting(self) -> Path:
        """Locked by the one program that closes a day; empty."""
        return self.folder / "export.lock"

    @property
    def printing(self) -> Path:
        """Locked by the one program that is printing; empty."""
        return self.folder / "printing.lock"

    @property
    def setting_up(self) -> Path:
        """Locked by the one program that makes or upgrades the ledger; empty."""
        return self.folder / "setup.lock"

    @property
    def last_word(self) -> Path:
        """What the printer last said to the program that holds the lock: one word, for those who find it taken."""
        return self.folder / "printing.condition"

    @property
    def last_backup(self) -> Path:
        """Where and when the last backup was made: a note for the doctor."""
        return self.folder / "last-backup.json"

    @property
    def log(self) -> Path:
        """What engineers read when something went wrong."""
        return self.folder / "pos-recovery.log"


def find_home(option: str | None = None) -> Home:
    """The home folder: the `--home` option, else the environment, else the platform's data folder."""
    named = option or os.environ.get(HOME_VARIABLE)
    if named:
        return Home(Path(named).expanduser().absolute())
    from platformdirs import user_data_path

    return Home(user_data_path("pos-recovery", appauthor=False))
