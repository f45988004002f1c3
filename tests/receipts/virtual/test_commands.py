"""Every command has its length, wherever the bytes are split, and nothing a host can send is an error."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receipts.virtual.device.commands import Command, Reader, Rows, Text, Token

ESC, GS, FS, DLE = b"\x1b", b"\x1d", b"\x1c", b"\x10"

WITHOUT_ARGUMENTS = [ESC + each for each in (b"@", b"2", b"<", b"L", b"S", b"i", b"m", b"v", b"\x0c")]
WITH_ONE = [ESC + bytes((each,)) for each in b" !%-3=?AEGJKMRTUVadertu{"] + [
    *(GS + bytes((each,)) for each in b"!/BEHITabfhrw"),
    *(FS + bytes((each,)) for each in b"!-CW"),
]
WITH_TWO = [ESC + b"$", ESC + b"\\", ESC + b"c", *(GS + bytes((each,)) for each in b"$LPW\\"), FS + b"S", FS + b"p"]

COMMANDS: list[tuple[bytes, Command]] = [
    *((code, Command(code, b"")) for code in WITHOUT_ARGUMENTS),
    *((code + b"\x1b", Command(code, b"\x1b")) for code in WITH_ONE),
    *((code + b"\x1d\x10", Command(code, b"\x1d\x10")) for code in WITH_TWO),
    (ESC + b"p\0\x19\xfa", Command(ESC + b"p", b"\0\x19\xfa")),
    (ESC + b"W" + bytes(8), Command(ESC + b"W", bytes(8))),
    (ESC + b"D\x08\x10\x18\0", Command(ESC + b"D", b"\x08\x10\x18")),
    (ESC + b"D" + bytes(range(1, 33)), Command(ESC + b"D", bytes(range(1, 33)))),
    (ESC + b"*\x00\x03\x00abc", Command(ESC + b"*", b"\x00abc")),
    (ESC + b"*\x21\x02\x00abcdef", Command(ESC + b"*", b"\x21abcdef")),
    (ESC + b"&\x03\x41\x42\x02aaaaaa\x01bbb", Command(ESC + b"&", b"")),
    (ESC + b"(A\x03\x00abc", Command(ESC + b"(A", b"abc")),
    (GS + b"(k\x03\x001C\x06", Command(GS + b"(k", b"1C\x06")),
    (GS + b"(H\x06\x0000abcd", Command(GS + b"(H", b"00abcd")),
    (GS + b"(L\x02\x0002", Command(GS + b"(L", b"02")),
    (GS + b"8L\x0b\0\0\0000p0\x01\x011\x08\x00\x01\x00\xff", Command(GS + b"(L", b"0p0\x01\x011\x08\x00\x01\x00\xff")),
    (GS + b"*\x01\x02" + b"\x1b" * 16, Command(GS + b"*", b"\x1b" * 16)),
    (GS + b"^\x01\x02\x03", Command(GS + b"^", b"\x01\x02\x03")),
    (GS + b"z0\x01\x02", Command(GS + b"z", b"0\x01\x02")),
    (GS + b"g0\x00\x01\x00", Command(GS + b"g", b"0\x00\x01\x00")),
    (GS + b"Q0\x00\x02\x00\x03\x00\x1b\x1b\x1b\x1b\x1b\x1b", Command(GS + b"Q", b"\x1b" * 6)),
    (GS + b"C0\x04\x01", Command(GS + b"C0", b"\x04\x01")),
    (GS + b"C1abcdef", Command(GS + b"C1", b"abcdef")),
    (GS + b"C2ab", Command(GS + b"C2", b"ab")),
    (GS + b"C;1;65535;1;1;1;", Command(GS + b"C;", b"")),
    *((GS + b"V" + how, Command(GS + b"V", how)) for how in (b"\0", b"\1", b"0", b"1")),
    *((GS + b"V" + how, Command(GS + b"V", how)) for how in (b"A\x10", b"B\x1b", b"a\0", b"b\0", b"g\0", b"h\0")),
    (GS + b"k\x04CODE39\0", Command(GS + b"k", b"\x04CODE39")),
    (GS + b"k\x49\x05{BABC", Command(GS + b"k", b"\x49{BABC")),
    (FS + b"?ab", Command(FS + b"?", b"ab")),
    (FS + b"&", Command(FS + b"&", b"")),
    (FS + b".", Command(FS + b".", b"")),
    (FS + b"2ab" + b"\x1b" * 72, Command(FS + b"2", b"ab" + b"\x1b" * 72)),
    (FS + b"g1\x00aaaa\x02\x00\x1b\x1b", Command(FS + b"g", b"\x1b\x1b")),
    (FS + b"g2\x00aaaa\x02\x00", Command(FS + b"g", b"")),
    (FS + b"q\x02\x01\x00\x01\x00" + bytes(8) + b"\x01\x00\x02\x00" + bytes(16), Command(FS + b"q", b"")),
    *((DLE + b"\x04" + bytes((n,)), Command(DLE + b"\x04", bytes((n,)))) for n in (1, 2, 3, 4)),
    (DLE + b"\x04\x07\x01", Command(DLE + b"\x04", b"\x07\x01")),
    (DLE + b"\x05\x02", Command(DLE + b"\x05", b"\x02")),
    (DLE + b"\x14\x01\x00\x05", Command(DLE + b"\x14", b"\x01\x00\x05")),
    (DLE + b"\x14\x08\x01\x03\x14\x01\x06\x02\x08", Command(DLE + b"\x14", b"\x08\x01\x03\x14\x01\x06\x02\x08")),
    *((each, Command(each, b"")) for each in (b"\n", b"\t", b"\r", b"\x0c", b"\x18")),
]  # fmt: skip


def read(*parts: bytes, rows: int = 1000) -> list[Token]:
    """Everything the parts say, read as each of them comes."""
    reader = Reader()
    tokens: list[Token] = []
    for part in parts:
        reader.put(part)
        while (token := reader.take(rows)) is not None:
            tokens.append(token)
    return _joined(tokens)


def _joined(tokens: list[Token]) -> list[Token]:
    """Neighbouring texts and rows as one: where they are split says nothing."""
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if isinstance(token, Text) and isinstance(last, Text):
            joined[-1] = Text(last.data + token.data)
        elif isinstance(token, Rows) and isinstance(last, Rows):
            joined[-1] = last._replace(data=last.data + token.data)
        else:
            joined.append(token)
    return joined


@pytest.mark.parametrize(("data", "expected"), COMMANDS, ids=lambda each: each.hex() if isinstance(each, bytes) else "")
def test_a_command_ends_where_its_length_says_however_it_is_split(data: bytes, expected: Command) -> None:
    stream = data + b"end"
    for at in range(len(stream)):
        assert read(stream[:at], stream[at:]) == [expected, Text(b"end")]
    assert read(*(bytes((byte,)) for byte in stream)) == [expected, Text(b"end")]


@pytest.mark.parametrize(("mode", "doubled"), [(b"\0", 0), (b"\1", 1), (b"\2", 2), (b"\3", 3), (b"0", 0), (b"3", 3)])
def test_raster_rows_come_out_as_their_bytes_come_in(mode: bytes, doubled: int) -> None:
    reader = Reader()
    reader.put(b"\x1dv0" + mode + b"\x03\x00\x02\x00" + b"abcde")
    assert reader.take(10) == Rows(3, doubled, b"abc")
    assert reader.take(10) is None
    reader.put(b"f")
    assert reader.take(10) == Rows(3, doubled, b"def")
    reader.put(b"next")
    assert reader.take(10) == Text(b"next")


def test_no_more_rows_are_taken_than_are_wanted_and_the_rest_keeps_its_room_in_the_buffer() -> None:
    reader = Reader()
    reader.put(b"\x1dv0\0\x02\x00\x05\x00" + b"aabbccddee")
    assert reader.take(0) is None
    assert reader.rows_ready == 5
    assert reader.take(2) == Rows(2, 0, b"aabb")
    assert len(reader) == reader.rows_ready * 2 == 6


def test_a_row_wider_than_any_buffer_is_gathered_piece_by_piece() -> None:
    reader = Reader()
    reader.put(b"\x1dv0\0\xff\xff\x01\x00")
    assert reader.take(1) is None
    for _ in range(0xFFFF - 1):
        reader.put(b"x")
        assert reader.take(1) is None
        assert len(reader) == 0
    reader.put(b"x")
    assert reader.take(1) == Rows(0xFFFF, 0, b"x" * 0xFFFF)


@pytest.mark.parametrize("empty", [b"\x00\x00\x05\x00", b"\x05\x00\x00\x00"])
def test_an_image_without_rows_or_columns_takes_no_data(empty: bytes) -> None:
    assert read(b"\x1dv0\0" + empty + b"text") == [Text(b"text")]


def test_an_unknown_command_is_skipped_counted_and_what_follows_prints() -> None:
    reader = Reader()
    reader.put(b"\x1b\x07\x1d\x01A\x01B")
    assert reader.take(1) == Text(b"A")
    assert reader.take(1) == Text(b"B")
    assert reader.unknown == 3


def test_a_four_gigabyte_image_is_announced_and_does_not_eat_the_memory() -> None:
    reader = Reader()
    reader.put(b"\x1d8L\xff\xff\xff\xff")
    for _ in range(40):
        reader.put(bytes(65536))
        assert reader.take(1) is None
    assert len(reader) == 0


def test_clearing_forgets_a_half_read_command() -> None:
    reader = Reader()
    reader.put(b"\x1dv0\0\x02\x00\x05\x00abc")
    reader.take(9)
    assert reader.bytes_missing == 7
    reader.clear()
    reader.put(b"text")
    assert reader.take(9) == Text(b"text")


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Commands, halves of commands and noise."""
    known = st.sampled_from([data for data, _ in COMMANDS] + [b"\x1dv0\0\x02\x00\x03\x00abcdef", b"\x1d(k", b"\x1b"])
    return b"".join(draw(st.lists(st.one_of(known, st.binary(max_size=12)), max_size=12)))


@given(streams(), st.lists(st.integers(0, 400), max_size=6))
def test_any_bytes_mean_the_same_however_they_are_split(data: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    parts = [data[start:end] for start, end in pairwise(edges)]
    assert read(*parts) == read(data)
    assert read(*parts, rows=1) == read(data)
