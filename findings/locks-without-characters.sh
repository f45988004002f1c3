#!/usr/bin/env bash
# Under Num Lock, Enter has no character, though nothing but a lamp has changed.
#
# Where a terminal speaks kitty's keyboard protocol, Textual 8.2.8 gives Enter and Tab their characters only where no
# modifier is reported, and a lock is reported as one. Whoever tells keys by `Key.character` (a scanner's Enter, say) meets
# None on every machine with Num Lock on, which is most with a number pad; and a bare Shift, which is a key of its own
# there, is None as well. The key's name is the same each time.
#
# Expect: enter '\r' without, enter None with Num Lock (129) and with Caps Lock (65); left_shift None.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"; "$work/venv/bin/pip" install --quiet textual==8.2.8
"$work/venv/bin/python" - <<'PY'
from textual._xterm_parser import XTermParser


def key(data: str) -> tuple[str, str | None]:
    (event,) = XTermParser().feed(data)
    return event.key, event.character


sent = {"Enter": "\x1b[13u", "under Num Lock": "\x1b[13;129u", "under Caps Lock": "\x1b[13;65u", "Shift": "\x1b[57441;2u"}
for name, data in sent.items():
    print(f"{name:16} {key(data)}")
assert [key(data) for data in sent.values()] == [
    ("enter", "\r"), ("enter", None), ("enter", None), ("left_shift", None)
]
PY
