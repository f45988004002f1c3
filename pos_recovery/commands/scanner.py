"""The command of the scanner: one scan of the chart teaches the register how this machine hears it.

Nobody signs in: it gives no coupon and changes none, and whoever puts a scanner there looks after it. At a terminal the
chart stands there and the scan is read key by key, for its pace; elsewhere the chart is told, and what was typed comes
by `--text`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pos_recovery.commands.answering import Options, tell
from pos_recovery.system.exits import ExitCode
from pos_recovery.system.locations import find_home

if TYPE_CHECKING:
    from pos_recovery.scanners.keyboard_wedge import Lesson
    from pos_recovery.scanners.timed_keys import Typed

_BLACK_ON_WHITE, _AS_BEFORE = "\x1b[30;107m", "\x1b[0m"
PROMPT = "Scan this square with your scanner. Ctrl+C leaves everything as it is."


def learn(options: Options) -> int:
    """Learn the scanner from one scan, or tell the chart."""
    from pos_recovery.scanners import keyboard_wedge
    from pos_recovery.settings import settings_file as config

    home = find_home(options.home)
    config.load(home.settings)  # before anybody scans: what is wrong with it is said now
    if options.text is not None:
        lesson = keyboard_wedge.learn(options.text.rstrip("\r\n\t"))
    elif sys.stdin.isatty() and sys.stdout.isatty() and not options.json:
        lesson = _from_the_terminal()
    else:
        from receipts.drawing.preview import qr_half_blocks

        chart = keyboard_wedge.CHART
        tell(options, {"outcome": "scanner_chart", "text": chart}, f"{qr_half_blocks(chart)}\n{chart}")
        return ExitCode.DONE
    return _keep_and_tell(options, lesson)


def _keep_and_tell(options: Options, lesson: Lesson) -> int:
    from dataclasses import asdict

    from pos_recovery.scanners.keyboard_wedge import FallTogether, Learned, TypeNothing, written
    from pos_recovery.scanners.scanner_words import lesson_words, types_like
    from pos_recovery.settings import settings_file

    told: dict[str, object] = {"outcome": "scanner_not_learned", "words": lesson_words(lesson)}
    if isinstance(lesson, Learned):
        settings_file.keep(find_home(options.home), written(lesson.habits))
        told |= {"outcome": "scanner_learned", "types_like": types_like(lesson.habits), **asdict(lesson.habits)}
    elif isinstance(lesson, FallTogether):
        told |= {"why": "fall_together", "fall_together": list(lesson.groups)}
    elif isinstance(lesson, TypeNothing):
        told |= {"why": "type_nothing", "type_nothing": lesson.symbols}
    else:
        told |= {"why": "not_the_chart"}
    tell(options, told, lesson_words(lesson))
    return ExitCode.DONE if isinstance(lesson, Learned) else ExitCode.REFUSED


def _from_the_terminal() -> Lesson:
    from pos_recovery.scanners import keyboard_wedge
    from pos_recovery.scanners.timed_keys import typed_scan
    from receipts.drawing.preview import qr_half_blocks

    def ask() -> None:
        blocks = qr_half_blocks(keyboard_wedge.CHART).splitlines()
        square = (f"{_BLACK_ON_WHITE}{line}{_AS_BEFORE}" for line in blocks)
        sys.stdout.write("\n".join((*square, PROMPT, "")))
        sys.stdout.flush()

    typed = typed_scan(ask)
    return keyboard_wedge.learn(typed.text, pace_ms=round(_pace_s(typed) * 1000, 1), ending=typed.ending)


def _pace_s(typed: Typed) -> float:
    from statistics import median

    gaps = [after - before for before, after in zip(typed.at, typed.at[1:], strict=False)]
    return median(gaps) if gaps else 0.0
