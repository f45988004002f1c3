"""The virtual printer for a person to play with: shows every slip, tells what happens, takes commands while it runs.

It goes on when its standard input ends, so it can also run unattended; `quit`, Ctrl+C, SIGTERM and SIGHUP end it. With
`json` it prints one object per line instead. Trap: a thread blocked in Python's own reading of standard input can abort
the interpreter at its end, so lines are read from the descriptor.
"""

import contextlib
import json as json_format
import math
import os
import queue
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from receipts.values.paper import Paper
from receipts.virtual.device.faults import Event, Fault, Kind, parse
from receipts.virtual.device.machine import Machine
from receipts.virtual.device.mechanism import DOTS_PER_MM
from receipts.virtual.device.roll import Slip
from receipts.virtual.serving.show import Album, picture, picture_without_colours
from receipts.virtual.serving.tcp_server import Server

HELP = """\
  what goes wrong                                   and how it ends
  paper-out [MM]  the paper ends, now or after MM   reload     a full roll
  near-end [MM]   the roll is nearly used up        no near-end
  open [MM]       somebody opens the cover          close
  jam             the cutter sticks, next cut       no jam
  hot, broken, offline [MM]                         no hot, no broken, …
  mute [N]        no answers, now or after N bytes  no mute
  late S, garbage N, garbled, drop N: answers late, noisy, noise, lost
  busy            another register has it           free
  cut-cable [N]   the cable is pulled               the next to connect
  power-cut [N]   the power fails                   on
  blackout [N]    the same, and the line stays open: what is sent is lost

  feed            the feed button       speed N     mm of paper a second
  clear           end every fault       status      how it is
  help            this                  quit        switch it off for good"""

_UNDO = {"close": Kind.COVER_OPEN, "free": Kind.BUSY, "on": Kind.POWER_CUT}
_SENTENCES = {
    "connected": "A register has connected.",
    "disconnected": "The register has gone.",
    "reloaded": "A full roll is in.",
    "power-on": "It is switched on.",
    Kind.PAPER_OUT: "Out of paper. It keeps what it has and prints on after `reload`.",
    Kind.NEAR_END: "The roll is nearly used up.",
    Kind.COVER_OPEN: "The cover is open. `close` it to print on.",
    Kind.JAM: "The cutter is stuck. `clear` it to print on.",
    Kind.OFFLINE: "Offline, and it does not say why.",
    Kind.HOT: "The head is too hot.",
    Kind.BROKEN: "An error that only switching off and on ends: `power-cut`, then `on`.",
    Kind.MUTE: "It does not answer any more.",
    Kind.CUT_CABLE: "The cable is out. The next register that connects plugs it in.",
    Kind.POWER_CUT: "The power has failed. `on` switches it on again.",
    Kind.BLACKOUT: "The power has failed, and the line stays open. `on` switches the printer on again.",
    Kind.BUSY: "Another register has it now. `free` it to go on.",
    "no paper-out": "There is paper.",
    "no near-end": "There is paper enough.",
    "no open": "The cover is closed.",
    "no jam": "The cutter is free.",
}
_TOLD_BY_THE_SLIP = frozenset({"cut", "torn"})

_News = tuple[list[Event], list[Slip]]


@dataclass(frozen=True, slots=True)
class _Ended:
    """Somebody wants it to end."""


def run(  # noqa: PLR0913  (what the command line offers)
    *,
    port: int,
    paper: Paper,
    speed_mm_s: float,
    buffer_bytes: int,
    roll_mm: float,
    process_id: bool,
    auto_status: bool = True,
    silent_when_open: bool = False,
    macros: bool = True,
    folder: Path,
    faults: tuple[str, ...],
    json: bool,
    colours: bool = True,
    stdin: TextIO,
    stdout: TextIO,
) -> int:
    """Serve a printer on `port` of this computer until somebody ends it; then 0.

    Raises:
        OSError: the port is in use or not allowed; the message says so.
        ValueError: a fault, a speed or a size that cannot be; the message is fit for a person.
    """
    struck = [parse(text) for text in faults]
    machine = Machine(
        paper, speed_mm_s=speed_mm_s, buffer_bytes=buffer_bytes, roll_mm=roll_mm, process_id=process_id,
        auto_status=auto_status, silent_when_open=silent_when_open, macros=macros,
    )  # fmt: skip
    heard: queue.SimpleQueue[_News | str | _Ended] = queue.SimpleQueue()
    with Server(machine, port, news=lambda events, slips: heard.put((events, slips))) as server, _ending(heard):
        console = _Console(server, paper, folder, stdout, json=json, colours=colours)
        try:
            console.greet()
            for fault in struck:
                server.do(_striking(fault))
            threading.Thread(target=_read_lines, args=(stdin, heard.put), name="commands", daemon=True).start()
            while console.heeds(heard):
                pass
        except BrokenPipeError:  # nobody looks any more
            return 0
    return 0


class _Console:
    """What is said about one printer, and what is done to it."""

    def __init__(
        self, server: Server, paper: Paper, folder: Path, stdout: TextIO, *, json: bool, colours: bool
    ) -> None:
        self._server = server
        self._paper = paper
        self._folder = folder
        self._stdout = stdout
        self._json = json
        self._colours = colours
        self._album = Album(folder)
        self._began = time.monotonic()

    def greet(self) -> None:
        if self._json:
            self._object(
                outcome="virtual_printer", url=self._server.url, port=self._server.port, paper=self._paper.name,
                folder=str(self._folder),
            )  # fmt: skip
            return
        self._line(f"A {self._paper.name} printer is ready. Its address in the settings: {self._server.url}")
        self._line(f"Slips are kept in {self._folder}.")
        self._line("Type `help` for what you can do to it, `quit` to end.")

    def heeds(self, heard: "queue.SimpleQueue[_News | str | _Ended]") -> bool:
        """Wait for one thing and see to it; False: it was the end."""
        try:
            # On Windows a lock does not notice Ctrl+C, so it is let go twice a second.
            thing = heard.get(timeout=0.5 if os.name == "nt" else None)
        except queue.Empty:
            return True
        match thing:
            case _Ended() | "quit":
                self._tell_the_rest(heard)
                return False
            case str(command):
                self._do(command)
            case (events, slips):
                self._tell(events, slips)
        return True

    def _tell(self, events: list[Event], slips: list[Slip]) -> None:
        for event in events:
            if event.what in _TOLD_BY_THE_SLIP:
                continue
            if self._json:
                self._object(event=event.what, seconds=self._seconds(event.at_s))
            else:
                self._line(_SENTENCES.get(event.what, f"{event.what.removeprefix('no ')} is over."), stamped=True)
        for slip in slips:
            self._show(slip)

    def _tell_the_rest(self, heard: "queue.SimpleQueue[_News | str | _Ended]") -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                if isinstance(thing := heard.get_nowait(), tuple):
                    self._tell(*thing)

    def _show(self, slip: Slip) -> None:
        try:
            file, trouble = str(self._album.keep(slip, self._paper.dpi)), ""
        except OSError as error:
            file, trouble = "", f"not kept: {error.strerror or error}"
        mm = slip.rows / DOTS_PER_MM
        if self._json:
            told: dict[str, object] = {"event": "slip", "seconds": self._seconds(slip.at_s), "file": file, "mm": mm}
            told |= {"ending": slip.ending, "blank": slip.is_blank, "pieces": 1 + len(slip.seams)}
            self._object(**told, **({"trouble": trouble} if trouble else {}))
            return
        if self._stdout.isatty() and _can_draw(self._stdout):
            draw = picture if self._colours else picture_without_colours
            self._line(draw(slip, shutil.get_terminal_size().columns - 1))
        how = {"torn": "torn off by the power failure", "full": "cut off"}.get(slip.ending, "cut")
        on = f", in {1 + len(slip.seams)} pieces" if slip.seams else ""
        self._line(f"A slip of {mm:.0f} mm, {how}{on}: {trouble or file}", stamped=True)

    def _do(self, command: str) -> None:
        word, _, rest = command.partition(" ")
        try:
            answer = self._done(word, rest.strip())
        except ValueError as error:
            answer = f"{error}"
        if answer and self._json:
            self._object(answer=answer)
        elif answer:
            self._line(answer)

    def _done(self, word: str, rest: str) -> str:
        """Carry out one command; what there is to say about it."""
        do = self._server.do
        match word:
            case "":
                return ""
            case "help" | "?":
                return HELP
            case "status":
                return do(_described)
            case "reload":
                do(lambda machine, now: machine.reload(now, _number(rest) if rest else None))
            case "clear":
                do(lambda machine, now: machine.mend_all(now))
            case "feed":
                do(lambda machine, now: machine.press_feed(now))
            case "speed":
                speed = _number(rest)
                do(lambda machine, now: machine.set_speed(speed, now))
            case "no" | "close" | "free" | "on":
                kind = _UNDO.get(word) or parse(rest).kind
                do(lambda machine, now: machine.mend(kind, now))
            case _ if word not in set(Kind):
                raise ValueError(f"no such command: {word!r}; `help` lists them")
            case _:
                do(_striking(parse(f"{word} {rest}")))
        return ""

    def _seconds(self, at_s: float) -> float:
        return round(max(at_s - self._began, 0.0), 3)

    def _object(self, **values: object) -> None:
        print(json_format.dumps(values, ensure_ascii=False), file=self._stdout, flush=True)

    def _line(self, text: str, *, stamped: bool = False) -> None:
        print(f"{time.strftime('%H:%M:%S')}  {text}" if stamped else text, file=self._stdout, flush=True)


def _striking(fault: Fault) -> Callable[[Machine, float], None]:
    return lambda machine, now: machine.strike(fault, now)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise ValueError(f"a number above 0 is needed, not {text!r}")
    return number


def _described(machine: Machine, _now: float) -> str:
    """How it is, in one line."""
    if not machine.is_powered:
        return "switched off"
    parts = [machine.status.condition.value.replace("_", " ")]
    parts.append("a register is connected" if machine.is_connected else "nobody is connected")
    parts.append(f"{machine.paper_left_mm / 1000:.1f} m of paper left")
    if machine.present.rows:
        parts.append(f"{machine.present.rows / DOTS_PER_MM:.0f} mm printed and not cut")
    if machine.bytes_missing:
        parts.append(f"{machine.bytes_missing} bytes of a picture are missing")
    if machine.unknown_commands:
        parts.append(f"{machine.unknown_commands} unknown commands skipped")
    return " · ".join(parts)


def _can_draw(stdout: TextIO) -> bool:
    try:
        "▀".encode(stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _read_lines(stdin: TextIO, put: Callable[[str], None]) -> None:
    """Put every line of standard input; return when it ends."""
    for line in _lines(stdin):
        put(" ".join(line.split()))


def _lines(stdin: TextIO) -> Iterator[str]:
    try:
        descriptor = stdin.fileno()
    except (OSError, ValueError, AttributeError):  # closed, or only made of text
        if stdin is not None and not stdin.closed:
            yield from stdin
        return
    begun = b""
    while True:
        try:
            read = os.read(descriptor, 4096)
        except OSError:
            return
        *whole, begun = (begun + read).split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)
        if not read:
            yield begun.decode(errors="replace")
            return


@contextlib.contextmanager
def _ending(heard: "queue.SimpleQueue[_News | str | _Ended]") -> Iterator[None]:
    """Ctrl+C, SIGTERM and SIGHUP end it as `quit` does, between two lines; only a main thread can be told."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    signals = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = [signal.signal(each, lambda _number, _frame: heard.put(_Ended())) for each in signals]
    try:
        yield
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)
