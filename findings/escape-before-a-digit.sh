#!/usr/bin/env bash
# A scanner that is set to send Esc before its text loses the first digit to the Option key of a Mac.
#
# Textual 8.2.8 reads a terminal's bytes. Esc and a character that come together are Alt and that character, as terminals
# have it; but of Esc and a digit it makes what Option and the digit type on a Mac's US keyboard, on every system: Esc and
# 2 become the letter of a trade mark. A code that begins with a digit arrives as another text, while one that begins with
# a letter arrives whole. Seen with the parser alone, no terminal needed.
#
# Expect: "Esc 2 J 7" gives ™ J 7, "Esc K 2 J" gives K 2 J.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"; "$work/venv/bin/pip" install --quiet textual==8.2.8
"$work/venv/bin/python" - <<'PY'
from textual import events
from textual._xterm_parser import XTermParser


def typed(data: str) -> list[str | None]:
    parser = XTermParser()
    found = [*parser.feed(data), *parser.feed("")]
    return [event.character for event in found if isinstance(event, events.Key)]


for data in ("\x1b2J7\r", "\x1bK2J\r"):
    print(repr(data), "->", typed(data))
assert typed("\x1b2J7\r") == ["™", "J", "7", "\r"]
assert typed("\x1bK2J\r") == ["K", "2", "J", "\r"]
PY
