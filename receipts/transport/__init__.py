"""How a finished job leaves the house: one module per kind of connection, all behind one small door.

A line moves bytes, both ways where it can, and says truthfully how many were taken. It refuses to understand them, to
retry, and to believe that accepted bytes are paper: that is `receipts.talk.session`'s business. Nothing here blocks for
longer than the seconds it is given, whatever the device does; the library that opens a device never reads or writes.
"""

from typing import Protocol


class NothingLeftError(OSError):
    """The job broke off, and it is certain that not one byte of it can reach paper."""


class Line(Protocol):
    """An open connection to one printer, for one job. Used by one thread; always closed."""

    def exchange(self, data: bytes, wait_s: float) -> tuple[int, bytes]:
        """Give as much of `data` as is taken now, and fetch whatever has come in.

        Returns as soon as either happened, and after `wait_s` seconds when neither did. With empty `data` it only
        listens. A line that cannot read returns b"" and does not wait for it.

        Returns:
            How many bytes of `data` were taken, from its beginning; and what came in.

        Raises:
            OSError: the connection broke, or the other side closed it. Bytes taken before may have arrived.
            NothingLeftError: as above, and none has.
        """

    def finish(self) -> str:
        """The job is whole: hand it over. Returns where it is now, in a few words for the log.

        Raises:
            OSError: as for `exchange`.
        """

    def close(self) -> None:
        """Give the connection back, whatever happened. Never raises, never waits."""


class Transport(Protocol):
    """One way to one printer; nothing is held between two jobs."""

    @property
    def reads_back(self) -> bool:
        """Whether the printer can answer over this connection."""

    @property
    def hand_over_only(self) -> bool:
        """Whether the best this connection can ever prove is that something took every byte."""

    def open(self, name: str) -> Line:
        """Open it within the transport's own deadline. `name` is for things kept under a name; others ignore it.

        Raises:
            OSError: nobody there, in use, not allowed. Its text is fit for a person.
            ValueError: `name` cannot be used.
        """


def describe_error(error: OSError) -> str:
    """An operating system's complaint in its own words, without numbers, paths or addresses, as part of a sentence.

    Only a capital that begins it goes: names of queues and of CUPS stay as they are written.
    """
    words = error.strerror or str(error) or type(error).__name__
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
