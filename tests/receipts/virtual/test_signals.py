"""The bits of every status byte, as Epson's reference has them; and a host's parser of ours agrees."""

import pytest

from receipts.virtual.device import signals
from receipts.virtual.device.faults import Kind

READY: frozenset[Kind] = frozenset()


@pytest.mark.parametrize(
    ("state", "answers"),
    [
        (READY, (0x12, 0x12, 0x12, 0x12)),
        ({Kind.NEAR_END}, (0x12, 0x12, 0x12, 0x1E)),
        ({Kind.PAPER_OUT}, (0x1A, 0x32, 0x12, 0x7E)),
        ({Kind.COVER_OPEN}, (0x1A, 0x16, 0x12, 0x12)),
        ({Kind.JAM}, (0x1A, 0x52, 0x1A, 0x12)),
        ({Kind.HOT}, (0x1A, 0x52, 0x52, 0x12)),
        ({Kind.BROKEN}, (0x1A, 0x52, 0x32, 0x12)),
        ({Kind.OFFLINE}, (0x1A, 0x12, 0x12, 0x12)),
        ({Kind.COVER_OPEN, Kind.PAPER_OUT}, (0x1A, 0x36, 0x12, 0x7E)),
    ],
)
def test_real_time_status(state: set[Kind], answers: tuple[int, ...]) -> None:
    assert b"".join(signals.real_time(n, state) for n in (1, 2, 3, 4)) == bytes(answers)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (READY, "10000000"),
        ({Kind.NEAR_END}, "10000300"),
        ({Kind.PAPER_OUT}, "18000f00"),
        ({Kind.COVER_OPEN}, "38000000"),
        ({Kind.JAM}, "18080000"),
        ({Kind.HOT}, "18400000"),
        ({Kind.BROKEN}, "18200000"),
        ({Kind.OFFLINE}, "18000000"),
    ],
)
def test_automatic_status(state: set[Kind], status: str) -> None:
    assert signals.automatic(state).hex() == status


def test_every_kind_of_answer_can_be_told_apart_by_its_fixed_bits() -> None:
    for state in (set(), *({kind} for kind in Kind)):
        assert all(signals.real_time(n, state)[0] & 0x93 == 0x12 for n in (1, 2, 3, 4))
        first, *rest = signals.automatic(state)
        assert first & 0x93 == 0x10
        assert all(byte & 0x90 == 0 for byte in rest)
        assert signals.in_order(1, state)[0] & 0x90 == 0


def test_blocks_have_a_header_and_end_with_nul() -> None:
    assert signals.processed(b"ab12") == b"\x37\x22ab12\0"
    assert signals.identity(67, 576) == b"_VIRTUAL 576\0"
    assert signals.identity(66, 576) == b"_POS-RECOVERY\0"
    assert signals.went_offline({Kind.COVER_OPEN}, with_cause=True) == b"\x37\x23\x41\0"
    assert signals.went_offline({Kind.PAPER_OUT}, with_cause=False) == b"\x37\x23\0"
    assert signals.went_offline({Kind.OFFLINE}, with_cause=True) == b"", "not one of the causes it is for"
