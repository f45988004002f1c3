#!/usr/bin/env bash
# What stands behind an Esc in pasted text is pressed as keys.
#
# Between the marks of a bracketed paste, Textual 8.2.8 still looks for escape sequences. An Esc that begins none it knows
# gives back what it has read since as key presses, up to the next Esc or 32 characters: a part of the pasted text is not
# text but hot-keys, and comes before the rest, which is told as a paste at the end. Terminals that take control characters
# out of a paste hide it; not all do.
#
# Expect: of "ab", Esc and "]52;x" pasted, the keys ^ ] 5 2 ; x, and then a paste of "ab".
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"; "$work/venv/bin/pip" install --quiet textual==8.2.8
"$work/venv/bin/python" - <<'PY'
from textual import events
from textual._xterm_parser import XTermParser

parser = XTermParser()
data = "\x1b[200~ab\x1b]52;x\x1b[201~"
found = [*parser.feed(data), *parser.tick()]
keys = "".join(event.character or "" for event in found if isinstance(event, events.Key))
pasted = [event.text for event in found if isinstance(event, events.Paste)]
print("keys:", repr(keys), "pasted:", pasted, "last:", type(found[-1]).__name__)
assert keys == "^]52;x"
assert pasted == ["ab"]
assert isinstance(found[-1], events.Paste)
PY
