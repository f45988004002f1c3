"""The one macro a printer can learn (GS :) and carry out (GS ^): kept through ESC @, gone with the power.

Written from the manuals of several makers (Epson TM-T88III and TM-H5000II, Bixolon SRP-332II, Wincor TH230), which
agree: what is learned is carried out at the same time; GS : right after GS : forgets; GS ^ while learning forgets, too;
2048 bytes are kept. Refuses the waiting times and the button of GS ^: no host of ours asks for them.
"""

from collections import deque

from receipts.virtual.device.commands import Command, Rows, Text, Token

_MOST_BYTES = 2048
_BEGIN_OR_END, _CARRY_OUT = b"\x1d:", b"\x1d^"


class Macro:
    """What was learned, and what of it is still to be carried out.

    Args:
        is_known: whether this printer knows macros; the cheapest ones skip both commands.
    """

    def __init__(self, *, is_known: bool) -> None:
        self._is_known = is_known
        self._learned: tuple[Token, ...] = ()
        self._learning: list[Token] | None = None
        self._due: deque[Token] = deque()

    def next(self) -> Token | None:
        """What comes before anything from the buffer; None: nothing."""
        return self._due.popleft() if self._due else None

    def hear(self, token: Token) -> None:
        """Notice a token that has been read from the buffer."""
        match token:
            case _ if not self._is_known:
                return
            case Command(code, _) if code == _BEGIN_OR_END:
                if self._learning is None:
                    self._learning = []
                else:
                    self._learned, self._learning = tuple(self._learning), None
            case Command(code, args) if code == _CARRY_OUT:
                if self._learning is not None:
                    self._learned, self._learning = (), None
                self._due.extend(self._learned * args[0])
            case _ if self._learning is not None:
                self._learning.append(token)
                if sum(map(_size, self._learning)) > _MOST_BYTES:
                    self._learning.pop()

    def stop(self) -> None:
        """The buffers were cleared: what was begun is not carried out, and what was learned stays."""
        self._due.clear()

    def forget(self) -> None:
        """The power has failed."""
        self._learned, self._learning = (), None
        self.stop()


def _size(token: Token) -> int:
    match token:
        case Text(data) | Rows(data=data):
            return len(data)
        case Command(code, args):
            return len(code) + len(args)
