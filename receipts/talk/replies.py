"""What a printer says back, told apart: bytes in, events out. Pure, and right for any split of the bytes.

A printer sends answers, unsolicited status and proofs over one wire without any framing. They can be told apart by
their first byte alone (Epson, TM-T88III specification, appendix G; a fixed bit pattern each):

    0xx1xx10  answer to a real-time status request (DLE EOT n); which n, only the one who asked knows
    0xx1xx00  automatic status (GS a): this byte and three of the pattern 0xx0xxxx
    0xx0xxxx  answer to something executed in order; of GS r 1 only 00, 03, 0C and 0F
    37 22 d d d d 00  process ID response (GS ( H function 48); other blocks begin with 35 37 3B 3D 5F and end in 00
    11, 13    flow control on serial lines

Status may come in the middle of a process ID response. That stays readable because the IDs we draw (`PROOF_LETTERS`)
hold no byte that could begin a status. What fits nowhere is noise: it is dropped and counted, and the next byte begins
anew, so a lost or invented byte costs one message and never the rest of the stream. Twelve signs of ASCII pass for the
answer to a status request (26:>RVZ^rvz~, as in "220 ready" or "RFB"), so who hears noise believes no answer that came
with it: that is `session`'s business.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from receipts.values.status import Status

PROOF_LETTERS = b"QSUWYqsuwy"
"""What a process ID may be made of: bits 4 and 0 set, so no letter looks like a status or like a block's beginning."""

_SENSOR_VALUES = frozenset({0x00, 0x03, 0x0C, 0x0F})
"""All that GS r 1 can answer."""
_FIRST_LETTER = 0x20
_FLOW_CONTROL = frozenset({0x11, 0x13})
_BLOCK_BEGINS = frozenset(b"\x35\x37\x3b\x3d\x5f")
_LONGEST_BLOCK = 80
_PROCESS_ID = b"\x37\x22"
_ID_BLOCK_LENGTH = 7
_AUTOMATIC_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """To DLE EOT n."""

    value: int

    @property
    def is_letter(self) -> bool:
        """Whether it could be text as well. Of a printer that is well none is."""
        return self.value >= _FIRST_LETTER

    def status(self, question: int) -> Status:
        """What it means as the answer to DLE EOT `question` (1 to 4)."""
        bit = self.value.__and__
        match question:
            case 1:
                return Status(offline=bool(bit(0x08)))
            case 2:
                return Status(cover_open=bool(bit(0x04)))
            case 3:
                return Status(cutter=bool(bit(0x08)), trouble=bool(bit(0x64)))
            case _:
                return Status(near_end=bool(bit(0x0C)), paper_out=bool(bit(0x60)))


@dataclass(frozen=True, slots=True)
class Automatic:
    """The printer's whole status, sent unasked at every change."""

    status: Status


@dataclass(frozen=True, slots=True)
class InOrder:
    """To GS r 1: everything sent before it has been worked through."""

    value: int


@dataclass(frozen=True, slots=True)
class ProcessId:
    """Everything sent before this ID is on paper."""

    letters: bytes


Event = Answer | Automatic | InOrder | ProcessId


class Replies:
    """Takes bytes as they come and gives events as they are complete."""

    def __init__(self) -> None:
        self.noise = 0
        """How many bytes were none of what a printer says."""
        self._block = bytearray()
        self._automatic = bytearray()

    def feed(self, received: bytes) -> list[Event]:
        """The events that `received` completes, in order."""
        return [event for byte in received for event in self._take(byte)]

    def _take(self, byte: int) -> Iterator[Event]:
        if self._automatic:
            if not _fits(byte, 0x90, 0x00):
                self.noise += len(self._automatic)
                self._automatic.clear()  # a byte was lost; this one begins something else
            else:
                self._automatic.append(byte)
                if len(self._automatic) == _AUTOMATIC_LENGTH:
                    yield Automatic(_automatic(self._automatic))
                    self._automatic.clear()
                return
        if self._block and not self._ends_status(byte):
            yield from self._take_block(byte)
            return
        if byte in _BLOCK_BEGINS:
            self._block = bytearray([byte])
        elif _fits(byte, 0x93, 0x10):
            self._automatic = bytearray([byte])
        elif _fits(byte, 0x93, 0x12):
            yield Answer(byte)
        elif byte in _SENSOR_VALUES:
            yield InOrder(byte)
        elif byte not in _FLOW_CONTROL:
            self.noise += 1

    def _ends_status(self, byte: int) -> bool:
        """Whether, inside a process ID response, a status has begun."""
        return self._block[:1] == _PROCESS_ID[:1] and (_fits(byte, 0x93, 0x10) or _fits(byte, 0x93, 0x12))

    def _take_block(self, byte: int) -> Iterator[Event]:
        if byte == 0:
            block, self._block = bytes(self._block) + b"\0", bytearray()
            if len(block) == _ID_BLOCK_LENGTH and block.startswith(_PROCESS_ID):
                yield ProcessId(block[2:6])
        elif byte & 0x80 or len(self._block) >= _LONGEST_BLOCK or self._begins_anew(byte):
            self.noise += len(self._block) + (byte not in _BLOCK_BEGINS)
            self._block = bytearray([byte] if byte in _BLOCK_BEGINS else [])
        else:
            self._block.append(byte)

    def _begins_anew(self, byte: int) -> bool:
        """A block that an invented byte began, or whose end was lost: no ID of ours holds a block's first byte."""
        if self._block[:1] != _PROCESS_ID[:1]:
            return False
        return byte in _BLOCK_BEGINS or (len(self._block) == 1 and not _fits(byte, 0xF0, 0x20))


def _fits(byte: int, mask: int, pattern: int) -> bool:
    return byte & mask == pattern


def _automatic(data: bytearray) -> Status:
    first, errors, paper, _ = data
    return Status(
        offline=bool(first & 0x08),
        cover_open=bool(first & 0x20),
        cutter=bool(errors & 0x08),
        trouble=bool(errors & 0x64),
        near_end=bool(paper & 0x03),
        paper_out=bool(paper & 0x0C),
    )
