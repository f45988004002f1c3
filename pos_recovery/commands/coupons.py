"""The commands on coupons: issue, show, redeem, reverse, void, reprint.

A code whose check symbol fails is answered before any database is opened.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pos_recovery.commands.answering import Options, UsageError, answer_with, as_person, open_for, tell
from pos_recovery.system.exits import ExitCode, Stopped, explain_bug, say
from pos_recovery.system.locations import find_home
from pos_recovery.system.ownership import explained
from pos_recovery.system.terminal import abilities, shows_only_lines

if TYPE_CHECKING:
    from db.tables.facts import JobFact
    from pos_recovery.commands.print_watcher import Stopping
    from pos_recovery.counter.outcomes import Issued, Person, Story
    from pos_recovery.opening.wiring import Counter
    from receipts.values.status import Condition


_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def _request(options: Options) -> str:
    """The request id: as given, if it can be kept, or a new one."""
    from pos_recovery.opening.wiring import new_request_id

    if options.request_id is None:
        return new_request_id()
    if not _REQUEST_ID.fullmatch(options.request_id):
        raise UsageError("--request-id is 1 to 64 letters, digits, dots, colons, hyphens and underscores")
    return str(options.request_id)


def issue(options: Options) -> int:
    """Issue coupons and print their slips."""
    from db.tables.column_types import Entry
    from pos_recovery.commands.print_watcher import Stopping
    from pos_recovery.counter.outcomes import NotAllowed
    from pos_recovery.counter.recovery import MOST_AT_ONCE, Order, UnknownReasonError
    from pos_recovery.slip_texts.slip_fonts import spoken

    if not 1 <= options.count <= MOST_AT_ONCE:
        raise UsageError(f"--count is 1 to {MOST_AT_ONCE}, not {options.count}")
    request = _request(options)

    def give(counter: Counter, person: Person) -> int:
        language = options.language or counter.settings.language
        known = spoken(counter.settings.words)
        if language not in known:
            raise UsageError(f"no slip speaks {language!r}; choose one of {', '.join(known)}")
        order = Order(
            reason=options.reason,
            language=language,
            item=options.item,
            note=options.note,
            remade=options.remade,
            noticed_first=not options.asked,
            count=options.count,
        )
        with Stopping() as stopping:
            try:
                answer = counter.recovery.issue(
                    order, person, request, print_slips=not options.no_print, entry=Entry.COMMAND
                )
            except UnknownReasonError:
                raise UsageError(_no_such_reason(options.reason, counter)) from None
            if isinstance(answer, NotAllowed):
                return answer_with(options, counter, answer)
            wanted = [job for story, job in zip(answer.stories, answer.jobs, strict=False) if story.state == "issued"]
            printing = _print(counter, wanted, stopping)
            answer = replace(answer, stories=_as_they_stand(counter, answer.stories))
            code = _answer(options, counter, answer, printing, allowance=counter.settings.allowance)
            pictured = counter.settings.printer == "preview:" and not options.no_print
            if not options.json and pictured and code == ExitCode.DONE:
                _show_slips(counter, answer)
            return code

    return as_person(options, give)


def _as_they_stand(counter: Counter, stories: tuple[Story, ...]) -> tuple[Story, ...]:
    """The stories with their paper. As they were when that cannot be read: the codes must be told whatever happens."""
    try:
        return counter.board.again(stories)
    except Exception:  # noqa: BLE001  the coupon is on record: whatever breaks from here on, it is told
        return stories


def _show_slips(counter: Counter, answer: Issued) -> None:
    """Without a printer, the slip on a terminal that can show it, and where its picture is; into a pipe, only where."""
    shown = abilities(os.environ, sys.stdout.encoding)
    is_seen = sys.stdout.isatty() and shown.pictures and not shows_only_lines(os.environ)
    for story in answer.stories:
        if is_seen:
            sys.stdout.write(_drawn(counter, story, in_greys=shown.colours))
        sys.stdout.write(f"{counter.home.slips / story.code}.png\n")


def _drawn(counter: Counter, story: Story, *, in_greys: bool) -> str:
    """The slip as lines for this terminal, in greys or in reverse video."""
    import shutil

    from pos_recovery.printing.desk import PAPERS
    from receipts.drawing.page import lay_out
    from receipts.drawing.preview import half_blocks, reversed_text

    columns = min(96, shutil.get_terminal_size().columns)
    image = lay_out(counter.desk.slip(story.coupon), PAPERS[counter.settings.paper]).image
    if not in_greys:
        return reversed_text(image, columns) + "\n"
    return "".join(
        "".join(f"\x1b[38;2;{u};{u};{u};48;2;{low};{low};{low}m{char}" for char, u, low in line) + "\x1b[0m\n"
        for line in half_blocks(image, columns)
    )


def _no_such_reason(given: str, counter: Counter) -> str:
    from pos_recovery.rules.spelling import nearest

    near = nearest(given, counter.ledger.house.reasons)
    return f"no such reason: {given!r}{f'; nearest: {near}' if near else ''}. See `pos-recovery reasons`"


@dataclass(frozen=True, slots=True)
class _Printing:
    """How printing went, for the answer."""

    slips: tuple[JobFact, ...]
    """Those of which something is to be told; empty when nothing was to be printed."""
    condition: Condition
    stopped: int | None
    """How to exit when somebody wanted to stop meanwhile."""
    remarks: tuple[str, ...] = ()
    """What else a person should know of their paper."""
    fault: BaseException | None = None
    """What broke on the way to paper. The coupon is on record all the same, and the slips are as the record has them;
    none where it cannot be read."""

    @property
    def told(self) -> dict[str, str | bool]:
        """For the JSON object."""
        from pos_recovery.counter import outcome_words

        nobody_knows = self.fault is not None and not self.slips
        return {
            "printed": "unknown" if nobody_knows else outcome_words.paper(outcome_words.least_certain(self.slips)),
            "held_up": any(map(outcome_words.held_up, self.slips)),
            "printer_condition": self.condition.value,
            "other_letters": bool(self.remarks),
        }

    def say(self, counter: Counter) -> None:
        """Say what to do about each slip, if anything."""
        from pos_recovery.printing.printer_words import after_printing

        if self.fault is not None:
            say(self._what_broke(self.fault, counter))
            return
        untried = "stopped" if self.stopped is not None else "the printer is taken"
        for remark in self.remarks:
            say(remark)
        told = self._doubts if counter.settings.printer == "preview:" else self.slips
        for words in dict.fromkeys(after_printing(slip, self.condition, untried) for slip in told):
            if words:
                say(words)

    def _what_broke(self, fault: BaseException, counter: Counter) -> str:
        from db.connection.errors import StoreError

        if isinstance(fault, KeyboardInterrupt):
            reason = "it was stopped."
        elif isinstance(fault, StoreError):
            reason = explained(fault, counter.home)
        else:
            reason = explain_bug(fault, counter.home)
        if self._is_untouched:
            return f"The coupon is on record, and its slip is not printed yet. The reason: {reason}"
        return (
            "The coupon is on record. What became of its slip could not be written down: please look at the "
            f"printer; `pos-recovery printer jobs` shows it. The reason: {reason}"
        )

    @property
    def _is_untouched(self) -> bool:
        """Whether the record says of every slip that is not printed that no byte of it has left."""
        return bool(self._doubts) and all(slip.state.value == "pending" for slip in self._doubts)

    @property
    def _doubts(self) -> list[JobFact]:
        return [slip for slip in self.slips if slip.state.value != "printed"]

    def code(self, code: int) -> int:
        """The exit code: as it was, or done with the paper in doubt, whatever broke: it is never taken for not done."""
        if self.stopped is not None:
            return self.stopped
        return ExitCode.PAPER_UNPROVEN if self._doubts or self.fault is not None else code


def _answer(options: Options, counter: Counter, answer: object, printing: _Printing, **more: object) -> int:
    """The coupon first, then its paper."""
    try:
        code = answer_with(options, counter, answer, **printing.told, **more)
    finally:
        printing.say(counter)
    return printing.code(code)


def _print(counter: Counter, jobs: Sequence[int], stopping: Stopping) -> _Printing:
    """Bring these slips to paper. After one that has to wait the others wait too: the printer is the same."""
    from pos_recovery.commands.print_watcher import PrintWatcher

    watcher = PrintWatcher(stopping)
    slips: list[JobFact] = []
    remarks: list[str] = []
    try:
        for job in jobs:
            before = counter.desk.job(job)
            if stopping.code is not None:
                slips.append(before)
                continue
            after = counter.desk.print(job, watcher.watch)
            remarks.append(counter.desk.drawn_otherwise(after))
            slips.append(after if after.attempts > before.attempts else replace(after, last_error=None))
            if after.state.value == "pending":
                break
    except (Exception, KeyboardInterrupt) as fault:  # noqa: BLE001  the coupon is on record: it is told whatever breaks
        ended = ExitCode.STOPPED if isinstance(fault, KeyboardInterrupt) else stopping.code
        stopped = fault.code if isinstance(fault, Stopped) else ended
        return _Printing(_on_record(counter, jobs), watcher.condition, stopped, fault=fault)
    return _Printing(tuple(slips), watcher.condition, stopping.code, tuple(filter(None, remarks)))


def _on_record(counter: Counter, jobs: Sequence[int]) -> tuple[JobFact, ...]:
    """These slips as they stand; none when that cannot be read."""
    try:
        return tuple(counter.desk.job(job) for job in jobs)
    except Exception:  # noqa: BLE001  as above
        return ()


def show(options: Options) -> int:
    """Tell a coupon's story. Asks for no PIN: it changes nothing."""
    if _is_mistyped(options):
        return ExitCode.REFUSED
    counter = open_for(options)
    try:
        return answer_with(options, counter, counter.recovery.look_up(options.code))
    finally:
        counter.close()


def _is_mistyped(options: Options) -> bool:
    """Answer a code whose check symbol fails before any database is opened: it asks for no PIN and leaves no record."""
    from pos_recovery.settings import settings_file

    settings = settings_file.load(find_home(options.home).settings)
    if settings.scanner_habits.read(options.code).candidates:
        return False
    from datetime import UTC, datetime

    from pos_recovery.counter import outcome_words
    from pos_recovery.counter.outcomes import Mistyped
    from pos_recovery.rules import time_zones
    from pos_recovery.rules.text_cleaning import RAW_LIMIT, clean

    answer = Mistyped(clean(options.code, RAW_LIMIT))
    text = outcome_words.sentence(answer, time_zones.zone("UTC"), datetime.now(UTC))
    tell(options, outcome_words.as_json(answer), text)
    return True


def _deed(options: Options, do: Callable[[Counter, Person, str], object]) -> int:
    """A deed on one coupon: checked for typing errors first, then signed in, then done."""
    request = _request(options)
    if not getattr(options, "goodwill", False) and _is_mistyped(options):
        return ExitCode.REFUSED
    return as_person(options, lambda counter, person: answer_with(options, counter, do(counter, person, request)))


def redeem(options: Options) -> int:
    """Redeem a slip, exactly once."""
    from db.tables.column_types import Ending

    ending = Ending(options.ending) if options.ending else None
    return _deed(
        options,
        lambda counter, person, request: counter.recovery.redeem(
            options.code, person, request, ending=ending, goodwill=options.goodwill
        ),
    )


def reverse(options: Options) -> int:
    """Take back a redemption made by mistake today."""
    return _deed(
        options,
        lambda counter, person, request: counter.aftercare.reverse(
            options.code, person, request, why=options.note or ""
        ),
    )


def void(options: Options) -> int:
    """Cancel an unused coupon."""
    return _deed(
        options,
        lambda counter, person, request: counter.aftercare.void(options.code, person, request, note=options.note),
    )


def reprint(options: Options) -> int:
    """Print a slip again, marked as a copy."""
    from pos_recovery.commands.print_watcher import Stopping
    from pos_recovery.counter.outcomes import Reprinted

    request = _request(options)
    if _is_mistyped(options):
        return ExitCode.REFUSED

    def again(counter: Counter, person: Person) -> int:
        with Stopping() as stopping:
            answer = counter.aftercare.reprint(options.code, person, request)
            if not isinstance(answer, Reprinted):
                return answer_with(options, counter, answer)
            printing = _print(counter, [answer.job], stopping)
            answer = replace(answer, story=_as_they_stand(counter, (answer.story,))[0])
            return _answer(options, counter, answer, printing)

    return as_person(options, again)
