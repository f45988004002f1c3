"""A folder of kilobytes that unpacks to gigabytes is refused in words, and takes no memory that others need."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pos_recovery.export.verify import sandbox
from pos_recovery.export.verify.verify import verify
from tests.export.written_nights import mend, trade

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is measured by Linux's means")
LONG = 450 << 20
MOST_KB = 512 << 10
MEASURED = """
import resource, subprocess, sys
done = subprocess.run([sys.executable, *sys.argv[1:]], capture_output=True, text=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.returncode, done.stderr.strip() or "-")
print(done.stdout)
"""
"""Of a process between: who is started takes over the most that its starter has held."""
TWIN = """
import resource, sys
from pathlib import Path
from pos_recovery.export.facts import same_rows
from pos_recovery.export.verify.verify import verify
resource.setrlimit(resource.RLIMIT_DATA, (3 << 29, 3 << 29))
same_rows._MEMORY = "4GB"
print(verify(Path(sys.argv[1])).is_verified)
"""


def varint(value: int, digits: int = 0) -> bytes:
    """As Parquet's description has a number (Thrift's compact protocol), in so many bytes at least."""
    value, told = value << 1, b""
    while value >= 0x80 or len(told) + 1 < digits:
        told, value = told + bytes([value & 0x7F | 0x80]), value >> 7
    return told + bytes([value])


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three nights, and in the second one a text of 450 MB, of which the file says that it is short."""
    folder = tmp_path_factory.mktemp("hostile") / "nights"
    trade(folder)
    night = sorted(folder.iterdir())[1]
    path, table = night / "coupons.parquet", pq.read_table(night / "coupons.parquet")
    place, rows = table.schema.get_field_index("Note"), len(table)
    ends = pa.py_buffer(struct.pack(f"<{rows + 1}i", *[0] * rows, LONG))
    note = pa.StringArray.from_buffers(rows, ends, pa.py_buffer(bytes(LONG)))
    packed = table.set_column(place, table.schema.field("Note"), note)
    pq.write_table(packed, path, compression="zstd", use_dictionary=False, write_statistics=False)
    group = pq.read_metadata(path).row_group(0)
    data = path.read_bytes()
    for told in (group.column(place).total_uncompressed_size, group.total_byte_size):
        assert data.count(varint(told)) == 1
        data = data.replace(varint(told), varint(1_000, len(varint(told))))
    path.write_bytes(data)
    assert len(data) < 1 << 15
    mend(night)
    return folder


def measured(*words: str) -> tuple[int, str, str, str]:
    """What a Python held at most, in KiB; its exit code, what it complained of, and what it said."""
    done = subprocess.run([sys.executable, "-c", MEASURED, *words], capture_output=True, text=True, check=True)
    first, _, said = done.stdout.partition("\n")
    held, code, complaint = first.split(" ", 2)
    return int(held), code, complaint, said


def test_a_small_file_that_unpacks_to_much_is_refused_within_the_limit(
    hostile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    held, code, complaint, said = measured("-m", "pos_recovery", "verify", str(hostile), "--json")
    assert (code, complaint) == ("1", "-")
    told = json.loads(said)
    second = sorted(each.name for each in hostile.iterdir())[1]
    assert (told["outcome"], told["nights"]) == ("not_verified", 3)
    assert {each["code"] for each in told["problems"] if each["night"] == second} <= {"too_big", "unreadable"}
    assert not any(each["night"] < second for each in told["problems"] if each["night"]), "the others are looked at"
    assert held < MOST_KB
    assert list(tmp_path.iterdir()) == [], "what it put on disk meanwhile is gone"


def test_by_one_process_without_a_bound_it_would_take_all_there_is(hostile: Path) -> None:
    """The twin, which the system refuses more than 1.5 GiB."""
    held, _, _, said = measured("-c", TWIN, str(hostile))
    assert held > MOST_KB
    assert said.strip() in {"False", ""}


def test_an_honest_folder_is_verified_by_such_a_process_as_by_any(tmp_path: Path) -> None:
    trade(tmp_path)
    assert verify(tmp_path, each=sandbox.each) == verify(tmp_path)


def held_at(size: int) -> int:
    """Work that holds so many bytes; one that is too large is ended before it answers."""
    kept = bytearray(size)
    if size > sandbox.HELD_BYTES:
        time.sleep(60)
    return len(kept)


def fell(size: int) -> int:
    os.abort()
    return size


@pytest.mark.usefixtures("work_is_found")
def test_what_takes_too_much_is_lost_alone_and_all_others_are_answered() -> None:
    sizes = [1, sandbox.HELD_BYTES + (20 << 20), 2, 3]
    assert list(sandbox.each(held_at, sizes, lambda _: -1)) == [1, -1, 2, 3]
    assert list(sandbox.each(fell, [1, 2], lambda size: -size)) == [-1, -2]
