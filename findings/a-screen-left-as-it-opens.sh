#!/usr/bin/env bash
# A screen that is left in the same moment it is opened is mounted without the widgets that it composed.
#
# In Textual 8.2.8 `on_mount` follows `compose`, so programs look up there what they composed; `is_attached` and `is_running`
# say yes. But where a person was quicker than the machine (Enter and Esc while it is busy), the screen is already being
# taken away while it composes: its own children are there, theirs are not, and a lookup that cannot fail ends the program.
# Of what is public only `display` tells, which is documented as the style of that name and counts this in.
#
# Expect: left as it opens: attached True, running True, display False, children 1, grandchildren 0.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"; "$work/venv/bin/pip" install --quiet textual==8.2.8
"$work/venv/bin/python" - <<'PY'
import asyncio

from textual.app import App
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Label

seen = {}


class Page(Screen[None]):
    def compose(self):
        with Vertical(id="outer"):
            yield Label("inner", id="inner")

    def on_mount(self):
        told = (self.is_attached, self.is_running, self.display)
        seen[self.name] = (*told, len(self.query("#outer")), len(self.query("#inner")))


class Program(App[None]):
    def visit(self, name, stays):
        self.push_screen(Page(name=name))
        if not stays:
            self.pop_screen()


async def main():
    program = Program()
    async with program.run_test() as pilot:
        for name, stays in (("left as it opens", False), ("stays", True)):
            program.call_later(program.visit, name, stays)
            await pilot.pause()
            await pilot.pause()


asyncio.run(main())
for name, (attached, running, display, children, grandchildren) in seen.items():
    print(f"{name}: attached {attached}, running {running}, display {display}, children {children}, grandchildren {grandchildren}")
assert seen["stays"] == (True, True, True, 1, 1), seen
assert seen["left as it opens"] == (True, True, False, 1, 0), seen
PY
