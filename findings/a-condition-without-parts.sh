#!/usr/bin/env bash
# A file that obstore writes only where none is yet (mode="create") is held in memory whole, even by a call that asks for
# parts of one megabyte, two at a time.
#
# obstore 0.12.1 says under `mode` that a condition goes without parts. What comes of `use_multipart=True`, `chunk_size` and
# `max_concurrency` beside it is not said: they are taken without a word and do nothing. Whoever adds the condition to a
# call that was careful with memory has a program that needs as much of it as its largest file is long, or twice that.
#
# Expect: 128 MiB written by two fresh processes to a local folder; without the condition the memory grows by less than half
# of the file, with it by more than the whole.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'obstore==0.12.1'
"$work/venv/bin/python" - "$work" <<'PY'
import subprocess
import sys
from pathlib import Path

SIZE = 128 << 20
WRITE = """
import resource, sys
from pathlib import Path
import obstore
from obstore.store import LocalStore

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

source, folder, mode = sys.argv[1:]
store, before = LocalStore(folder), peak()
obstore.put(store, "copy", Path(source), mode=mode, use_multipart=True, chunk_size=1 << 20, max_concurrency=2)
print(peak() - before)
"""

work = Path(sys.argv[1])
source = work / "source"
with source.open("wb") as file:
    file.truncate(SIZE)
grown = {}
for mode in ("overwrite", "create"):
    folder = work / mode
    folder.mkdir()
    command = [sys.executable, "-W", "error", "-c", WRITE, source, folder, mode]
    grown[mode] = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert (folder / "copy").stat().st_size == SIZE
    print(f"mode={mode!r}: {SIZE >> 20} MiB written, memory grew by {grown[mode] >> 20} MiB")
assert grown["overwrite"] < SIZE / 2
assert grown["create"] > SIZE
PY
