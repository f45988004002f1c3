"""Telling scans from noise: a wrong speed, a loose cable, or a device that is no scanner, on a serial scanner's port.

Letters that read as a code of ours are always a scan. Of all else, text that somebody may have scanned is one as well
(another shop's QR, a misread slip), as long as no more of it comes than a person can scan. Refuses to judge by a single
glitch: many devices send some bytes at another speed when they get their power, so noise is what goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

SHORTEST_SCAN = 4
"""Signs. Noise often falls into pieces of one to three."""
GOES_ON_S, TOGETHER_S = 1.0, 30.0
"""What cannot be read is noise once it has gone on for the first; it is counted together for the second."""
LEAST_BYTES = 8
"""Fewer are a plug that was touched. A slip of 38 signs sent at 115200 baud is four bytes to a port at 9600."""
ONE_SCAN_S = 0.5
"""What comes within it is one scan: a visiting card in a QR code has many lines."""
MOST_SCANS, SCANNED_WITHIN_S = 5, 10.0
"""Scans that are no code, at most. Nobody finds so many so quickly; scales and other devices talk all the time."""
SUSPECT_S = 2.0
"""For so long after something that cannot be read, text that is no code is taken for more of it."""
QUIET_S = 60.0
"""Without noise; what is read then says that all is well again."""
LONGEST_SYMBOL = 7089
"""Signs, in the largest QR code (ISO/IEC 18004). What goes on for longer without an ending is no scan."""

_MARKS = "\x02\x03\x04\x1c\x1d\x1e\x1f"
"""STX, ETX, EOT and the separators: in scans, or around them."""
_OTHER_ENCODINGS = ("shift_jis", "gb2312")
"""Of QR codes in Japan and China that are not UTF-8."""
_NEVER = float("-inf")


class Sieve:
    """Keeps back what is noise on one line. Remembers numbers, and nothing that was sent."""

    def __init__(self, is_code: Callable[[str], bool], seconds: Callable[[], float] = monotonic) -> None:
        """`is_code` says whether a text reads as a code of ours; `seconds` is a clock that only ever grows."""
        self.is_noisy = False
        """Whether what comes in is mostly noise. Codes are let through all the same."""
        self._is_code = is_code
        self._seconds = seconds
        self._unread, self._unread_since = 0, _NEVER
        """Bytes that cannot be read: how many, and from when on they are counted."""
        self._noise_at = _NEVER
        """When the last of them came; while it is noisy, the last of anything that is no code."""
        self._scans, self._scans_since, self._scan_at = 0, _NEVER, _NEVER
        """Scans that are no code: how many, from when on they are counted, and when the last one came."""
        self._unended = 0
        """Bytes since the last ending."""

    def let_through(self, data: bytes, texts: Sequence[str]) -> list[str]:
        """Which of the `texts` that ended in `data`, or in the pause behind it, are scans."""
        now = self._seconds()
        codes = [text for text in texts if _is_mostly_letters(text) and self._is_code(text)]
        others = [text for text in texts if text not in codes]
        unread = self._count_unread(data, texts, others, now)
        if self.is_noisy and texts and not unread and now - self._noise_at >= QUIET_S:
            self.is_noisy, self._scans = False, 0
        if unread or (others and self.is_noisy):
            self._noise_at = now
        if not others or now - self._noise_at < SUSPECT_S or now - self._scan_at < ONE_SCAN_S:
            return codes
        self._count_scan(now)
        return codes if self.is_noisy else [text for text in texts if text in codes or text == others[0]]

    def _count_unread(self, data: bytes, texts: Sequence[str], others: Sequence[str], now: float) -> int:
        """Bytes of these that nobody can have scanned; also those of what never ends, and endings that end nothing."""
        self._unended = 0 if texts else self._unended + len(data)
        unread = data.count(b"\0\0") + sum(len(text) for text in others if not reads_as_text(text))
        if self._unended > LONGEST_SYMBOL:
            unread, self._unended = unread + self._unended, 0
        if unread and now - self._unread_since > TOGETHER_S:
            self._unread, self._unread_since = 0, now
        self._unread += unread
        if unread and self._unread >= LEAST_BYTES and now - self._unread_since >= GOES_ON_S:
            self.is_noisy = True
        return unread

    def _count_scan(self, now: float) -> None:
        if now - self._scans_since > SCANNED_WITHIN_S:
            self._scans, self._scans_since = 0, now
        self._scans += 1
        self._scan_at = now
        if self._scans > MOST_SCANS:
            self.is_noisy, self._noise_at = True, now


def _is_mostly_letters(text: str) -> bool:
    """Of random bytes five in eight are none. Twelve letters among many of them are a code by chance: one in 32."""
    strange = sum("\x80" <= sign <= "\xff" or not (sign.isprintable() or sign in _MARKS) for sign in text)
    return strange * 4 <= len(text)


def reads_as_text(text: str) -> bool:
    """Whether somebody may have written this. What was no UTF-8 comes as Latin-1, and may be in another encoding."""
    signs = [sign for sign in text if sign not in _MARKS]
    if len(signs) < SHORTEST_SCAN:
        return False
    if _is_mostly_letters(text) and all(sign.isprintable() for sign in signs):
        return True
    return len(signs) >= LEAST_BYTES and any(_reads_in(text, encoding) for encoding in _OTHER_ENCODINGS)


def _reads_in(text: str, encoding: str) -> bool:
    """No QR code holds the half-width letters of Shift JIS, and any byte would do for one."""
    try:
        read = text.encode("latin-1").decode(encoding)
    except UnicodeError:
        return False
    return read.isprintable() and not any("\uff61" <= sign <= "\uff9f" for sign in read)
