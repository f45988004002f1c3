"""What a serial port makes of bytes that were sent at another speed than it listens at: eight data bits, no parity."""

from __future__ import annotations

IDLE_BITS = 20
"""How long the line is quiet after what was sent, in bits of the sender."""


def heard(sent: bytes, sent_baud: int, heard_baud: int) -> bytes:
    """The bytes a port at `heard_baud` delivers. It waits for the line to fall, looks at the middle of each bit, and
    delivers a byte whether its stop bit is there or not, as a port does that was not told to mark errors.
    """
    line = [bit for byte in sent for bit in (0, *(byte >> place & 1 for place in range(8)), 1)] + [1] * IDLE_BITS
    ratio = sent_baud / heard_baud

    def level(at: float) -> int:
        """At this time, counted in bits of the listener."""
        place = int(at * ratio)
        return line[place] if place < len(line) else 1

    step, end, at, was, found = min(1.0, 1 / ratio) / 8, len(line) / ratio, 0.0, 1, bytearray()
    while at < end:
        if was and not level(at):
            found.append(sum(level(at + 1.5 + place) << place for place in range(8)))
            at += 9.5
            was = level(at)
        else:
            was = level(at)
            at += step
    return bytes(found)
