"""How a finished job leaves the house: one module per kind of connection, all behind one small door.

A transport sends bytes and says truthfully how far they got. It refuses to understand them, to retry, and to believe
that accepted bytes are paper.
"""

from typing import Protocol

from receipts.result import PrintResult


class Transport(Protocol):
    """One way to a printer; opened, used and closed inside `send`, so nothing is held between two slips."""

    @property
    def reads_back(self) -> bool:
        """Whether the printer can answer over this connection."""

    @property
    def hand_over_only(self) -> bool:
        """Whether the best this connection can ever prove is that something took every byte."""

    def send(self, data: bytes, name: str) -> PrintResult:
        """Send one job. `name` is for things that are kept under a name; others ignore it. Bad days are values."""


def describe_error(error: OSError) -> str:
    """An operating system's complaint in its own words, without numbers, paths or addresses."""
    return (error.strerror or str(error) or type(error).__name__).lower()
