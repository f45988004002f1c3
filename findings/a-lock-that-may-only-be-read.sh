#!/usr/bin/env bash
# A lock file of another owner that may be read but not written locks nobody, and does not say why.
#
# flock(2) needs no right to write: a descriptor that was opened for reading locks as well. filelock 4.3.1 opens its file
# for writing all the same, so after one run by root (sudo) everybody else gets PermissionError from `acquire`, at once and
# whatever the time-out, for a file that locks perfectly. Needs root, to be somebody else for a moment; elsewhere it says so.
#
# Expect: flock on a descriptor for reading: locked; filelock: PermissionError.
set -euo pipefail
[ "$(id -u)" -eq 0 ] || { echo "needs root"; exit 0; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"; "$work/venv/bin/pip" install --quiet filelock==4.3.1
chmod 755 "$work"; touch "$work/printing.lock"; chmod 644 "$work/printing.lock"
"$work/venv/bin/python" - "$work/printing.lock" <<'PY'
import fcntl
import os
import sys

from filelock import FileLock

path = sys.argv[1]
os.seteuid(65534)
descriptor = os.open(path, os.O_RDONLY)
fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
print("flock on a descriptor for reading: locked")
os.close(descriptor)
try:
    FileLock(path).acquire(timeout=1)
except PermissionError as error:
    print("filelock:", type(error).__name__)
else:
    raise SystemExit("filelock took the lock: this has changed")
PY
