"""What is said to a printer around a slip, as bytes: flush, status on and off, and what asks for proof.

The slip itself is `escpos.raster_job`'s or `text_job`'s, questions about the printer's state are `interview`'s.
"""

from __future__ import annotations

from receipts.escpos.job import BAND_HEADER_BYTES, LONGEST_BAND_ROWS
from receipts.talk.replies import PROOF_LETTERS
from receipts.values.paper import DOTS_PER_BYTE, PAPER_80
from receipts.values.result import Proof

FLUSH_BYTES = LONGEST_BAND_ROWS * PAPER_80.width_dots // DOTS_PER_BYTE + BAND_HEADER_BYTES
"""As many as the longest command this program ever sends; on a whole command line a printer ignores them."""

HEADER_FILL = bytes(BAND_HEADER_BYTES)
"""Before the first question: a torn header would else take it for the size of a picture."""
ASK = b"\x10\x04"
"""DLE EOT, and behind it which question."""
STATUS_ON, STATUS_OFF = b"\x1da\xff", b"\x1da\0"
"""GS a: speak unasked whenever anything changes; be quiet."""
WORKED_THROUGH = b"\x1dr\x01"
"""GS r 1: answered in order, once everything before it has been worked through."""
_KEEP = b"\x1d:"
_RESET_AND_CUT = b"\x1b@\x1dV\x42\0"
_PROCESS_ID = b"\x1d(H\x06\0\x30\x30"


def flush(*, cut: bool) -> bytes:
    """White for whatever an earlier job left half sent; `cut` takes the torn piece off, too."""
    return bytes(FLUSH_BYTES) + (_RESET_AND_CUT if cut else b"")


def proof_request(level: Proof | None, proof_id: bytes) -> bytes:
    """Asks for the best proof a printer of this level is known to give; None: for every one there is."""
    asked = b""
    if level in (None, "confirmed"):
        asked += _PROCESS_ID + proof_id
    if level in (None, "processed"):
        asked += WORKED_THROUGH
    return asked


def mark(kept: bytes) -> bytes:
    """GS :, have the printer keep `kept`, which it also answers now, and say it twice.

    In front, a mark is looked at no times: a printer that is still keeping what somebody begins stops with it.
    """
    return _look_at_mark(0) + _KEEP + kept + _KEEP + _look_at_mark(2)


def _look_at_mark(times: int) -> bytes:
    return b"\x1d^" + bytes((times, 0, 0))


SEE_MARK = _look_at_mark(1)
"""GS ^: say what is kept."""


def call_id(proof_id: bytes) -> bytes:
    """Another ID than this, whatever it is."""
    return related(proof_id, 1, 1, 1, 1)


def related(proof_id: bytes, *steps: int) -> bytes:
    """The ID whose letters are so many steps on; other steps, up to 9 a letter, make another ID."""
    letters = zip(proof_id, steps, strict=True)
    return bytes(PROOF_LETTERS[(PROOF_LETTERS.index(each) + step) % len(PROOF_LETTERS)] for each, step in letters)
