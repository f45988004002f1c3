"""What a printer says, told apart: for any split of the bytes, any status in between, any noise."""

from __future__ import annotations

from itertools import pairwise, product

from hypothesis import given, settings
from hypothesis import strategies as st

from receipts.talk.replies import PROOF_LETTERS, Answer, Automatic, Event, InOrder, ProcessId, Replies
from receipts.values.status import Condition, Status

WELL = b"\x10\x00\x00\x00"
NO_PAPER = b"\x18\x00\x0c\x00"
PROOF = b"\x37\x22QSUW\x00"
NAME = b"\x5fTM-T88V\x00"


def heard(*pieces: bytes) -> list[Event]:
    replies = Replies()
    return [event for piece in pieces for event in replies.feed(piece)]


automatic = st.tuples(
    st.integers(0, 127).map(lambda value: value & 0x6C | 0x10),
    *[st.integers(0, 127).map(lambda value: value & 0x6F)] * 3,
).map(bytes)
answers = st.integers(0, 127).map(lambda value: bytes([value & 0x6C | 0x12]))
in_order = st.sampled_from([b"\x00", b"\x03", b"\x0c", b"\x0f"])
proofs = st.lists(st.sampled_from(list(PROOF_LETTERS)), min_size=4, max_size=4).map(
    lambda letters: b"\x37\x22" + bytes(letters) + b"\0"
)
names = st.binary(min_size=1, max_size=20).map(
    lambda text: b"\x5f" + bytes(byte & 0x7F or 0x41 for byte in text) + b"\0"
)
messages = st.one_of(automatic, answers, in_order, proofs, names, st.sampled_from([b"\x11", b"\x13"]))


@given(st.lists(messages, max_size=20), st.data())
def test_any_split_of_the_bytes_says_the_same(said: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(said)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    edges = [0, *cuts, len(whole)]
    pieces = [whole[start:end] for start, end in pairwise(edges)]
    assert heard(*pieces) == heard(whole) == [event for each in said for event in heard(each)]


@given(st.lists(proofs, min_size=1, max_size=3), automatic, answers, st.data())
def test_a_status_in_the_middle_of_a_proof_loses_neither(
    said: list[bytes], status: bytes, answer: bytes, data: st.DataObject
) -> None:
    whole = b"".join(said)
    at = data.draw(st.integers(0, len(whole)))
    between = data.draw(st.sampled_from([status, answer, status + answer]))
    events = heard(whole[:at] + between + whole[at:])
    assert [event for event in events if isinstance(event, ProcessId)] == heard(whole)
    assert [event for event in events if not isinstance(event, ProcessId)] == heard(between)


def test_an_id_with_other_letters_would_be_torn_by_a_status_in_its_middle() -> None:
    """The twin: "0123" holds bytes that could begin a status, so our IDs never do."""
    assert ProcessId(b"0123") not in heard(b"\x37\x2201" + WELL + b"23\x00")
    assert all(letter & 0x11 == 0x11 for letter in PROOF_LETTERS)


@settings(max_examples=300)
@given(st.binary(max_size=40))
def test_after_any_noise_the_second_proof_is_heard(noise: bytes) -> None:
    """Noise may cost the message it runs into, never more: a byte without any meaning ends whatever it began."""
    assert heard(noise + b"\xff" + PROOF)[-1] == ProcessId(b"QSUW")


@given(st.binary(max_size=60))
def test_noise_without_our_letters_never_proves_anything(noise: bytes) -> None:
    clean = bytes(byte for byte in noise if byte not in PROOF_LETTERS)
    assert not any(event == ProcessId(b"QSUW") for event in heard(clean))


def test_a_proof_with_a_letter_too_few_or_too_many_is_none() -> None:
    assert heard(b"\x37\x22QSU\x00") == []
    assert heard(b"\x37\x22QSUWY\x00") == []


def test_a_lost_byte_of_a_status_costs_this_status_only() -> None:
    for lost in range(4):
        short = WELL[:lost] + WELL[lost + 1 :]
        assert heard(short + PROOF)[-1] == ProcessId(b"QSUW")


def test_every_status_bit_has_its_word() -> None:
    told = {
        b"\x10\x00\x00\x00": Condition.READY,
        b"\x18\x00\x00\x00": Condition.OFFLINE,
        b"\x38\x00\x00\x00": Condition.COVER_OPEN,
        b"\x18\x08\x00\x00": Condition.CUTTER,
        b"\x18\x20\x00\x00": Condition.TROUBLE,
        b"\x18\x40\x00\x00": Condition.TROUBLE,
        b"\x10\x00\x03\x00": Condition.NEAR_END,
        b"\x18\x00\x0f\x00": Condition.NO_PAPER,
    }
    for said, condition in told.items():
        (event,) = heard(said)
        assert isinstance(event, Automatic)
        assert event.status.condition is condition


def test_an_answer_means_what_was_asked() -> None:
    (event,) = heard(b"\x1e")
    assert isinstance(event, Answer)
    assert event.status(1) == Status(offline=True)
    assert event.status(2) == Status(cover_open=True)
    assert event.status(3) == Status(cutter=True, trouble=True)
    assert event.status(4) == Status(near_end=True)
    (event,) = heard(b"\x72")
    assert isinstance(event, Answer)
    assert event.status(4) == Status(paper_out=True)


def test_every_pair_of_messages_is_told_apart() -> None:
    single = (WELL, NO_PAPER, PROOF, NAME, b"\x12", b"\x16", b"\x00", b"\x0c", b"\x11", b"\x13")
    for first, second in product(single, repeat=2):
        assert heard(first + second) == heard(first) + heard(second)
    assert heard(b"\x0c") == [InOrder(0x0C)]
