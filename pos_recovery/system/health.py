"""One thing that looking a register over has found."""

from __future__ import annotations

from dataclasses import dataclass

from pos_recovery.system.exits import ExitCode


@dataclass(frozen=True, slots=True)
class Finding:
    """One part, and how it is."""

    part: str
    detail: str
    code: ExitCode = ExitCode.DONE
    worth_a_look: bool = False
    """Nothing is broken, but somebody should know."""

    @property
    def well(self) -> bool:
        """Whether nothing needs doing."""
        return self.code is ExitCode.DONE

    @property
    def symbol(self) -> str:
        """A mark that says the same without colour."""
        return "✘" if not self.well else "▲" if self.worth_a_look else "✔"
