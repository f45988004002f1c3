"""How a printer says how it is: the bits of DLE EOT, GS a, GS r, GS I and the block responses.

The opposite of `receipts.talk.replies`, and written from the manuals without looking at it: two readings of one text,
so that a mistake in either shows. Source: Epson's ESC/POS command reference, DLE EOT, GS a, GS r, GS I, GS ( H, DLE
DC4.
"""

from collections.abc import Set as AbstractSet

from receipts.values.status import Status
from receipts.virtual.device.faults import Kind

STOPPING = frozenset({Kind.PAPER_OUT, Kind.COVER_OPEN, Kind.JAM, Kind.OFFLINE, Kind.HOT, Kind.BROKEN})
"""What makes a printer go offline."""
_ERRORS = frozenset({Kind.JAM, Kind.HOT, Kind.BROKEN})

_EOT_FIXED = 0x12
_ASB_FIXED = 0x10

CLEARED = b"\x37\x25\x00"
"""The answer to DLE DC4 8: the buffers are empty now."""


def understood(state: AbstractSet[Kind]) -> Status:
    """What a host can know of `state` at best."""
    return Status(
        offline=not state.isdisjoint(STOPPING),
        paper_out=Kind.PAPER_OUT in state,
        near_end=not state.isdisjoint({Kind.NEAR_END, Kind.PAPER_OUT}),
        cover_open=Kind.COVER_OPEN in state,
        cutter=Kind.JAM in state,
        trouble=not state.isdisjoint({Kind.HOT, Kind.BROKEN}),
    )


def real_time(n: int, state: AbstractSet[Kind]) -> bytes:
    """The one byte that answers DLE EOT `n`, 1 to 4."""
    bits = {
        1: ((0x08, STOPPING),),
        2: ((0x04, {Kind.COVER_OPEN}), (0x20, {Kind.PAPER_OUT}), (0x40, _ERRORS)),
        3: ((0x08, {Kind.JAM}), (0x20, {Kind.BROKEN}), (0x40, {Kind.HOT})),
        4: ((0x0C, {Kind.NEAR_END, Kind.PAPER_OUT}), (0x60, {Kind.PAPER_OUT})),
    }[n]
    return bytes((_EOT_FIXED + sum(bit for bit, kinds in bits if not state.isdisjoint(kinds)),))


def automatic(state: AbstractSet[Kind]) -> bytes:
    """The four bytes of automatic status back (GS a)."""
    bits: tuple[tuple[tuple[int, AbstractSet[Kind]], ...], ...] = (
        ((0x08, STOPPING), (0x20, {Kind.COVER_OPEN})),
        ((0x08, {Kind.JAM}), (0x20, {Kind.BROKEN}), (0x40, {Kind.HOT})),
        ((0x03, {Kind.NEAR_END, Kind.PAPER_OUT}), (0x0C, {Kind.PAPER_OUT})),
        (),
    )
    first, *rest = (sum(bit for bit, kinds in group if not state.isdisjoint(kinds)) for group in bits)
    return bytes((_ASB_FIXED + first, *rest))


def is_watched(before: bytes, after: bytes, watched: int) -> bool:
    """Whether a change between two `automatic` statuses is one that GS a `watched` asked for.

    Bit 1 watches going on and offline, bit 2 errors, bit 3 the paper sensors; other bits watch what never changes here.
    """
    return any(before[at] != after[at] and watched & bit for at, bit in ((0, 0x02), (1, 0x04), (2, 0x08)))


def in_order(n: int, state: AbstractSet[Kind]) -> bytes:
    """The byte that answers GS r `n`: 1 the paper sensors, 2 the drawer; nothing for others."""
    if n in {1, 49}:
        return automatic(state)[2:3]
    return b"\0" if n in {2, 50} else b""


def identity(n: int, width_dots: int) -> bytes:
    """The answer to GS I `n`: model, type and version bytes, or firmware, maker, model, serial as a block."""
    one = {1: 0x20, 49: 0x20, 2: 0x02, 50: 0x02, 3: 0x01, 51: 0x01}  # type bit 1: it has a cutter
    if n in one:
        return bytes((one[n],))
    names = {65: "1.0", 66: "POS-RECOVERY", 67: f"VIRTUAL {width_dots}", 68: "0000001"}
    return b"_" + names[n].encode() + b"\0" if n in names else b""


def processed(process_id: bytes) -> bytes:
    """The process-ID response: everything before the request has been printed."""
    return b"\x37\x22" + process_id + b"\0"


def went_offline(state: AbstractSet[Kind], *, with_cause: bool) -> bytes:
    """The offline response of GS ( H fn 49. The cause's bits differ by model; here 1 cover, 2 paper, 4 error."""
    causes: tuple[tuple[int, AbstractSet[Kind]], ...] = (
        (1, {Kind.COVER_OPEN}), (2, {Kind.PAPER_OUT}), (4, _ERRORS),
    )  # fmt: skip
    cause = sum(bit for bit, kinds in causes if not state.isdisjoint(kinds))
    if not cause:
        return b""
    return b"\x37\x23" + (bytes((0x40 + cause,)) if with_cause else b"") + b"\0"
