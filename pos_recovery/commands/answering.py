"""What every command shares: telling an answer, asking for a PIN, signing in. Knows no particular command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pos_recovery.system.exits import ExitCode, Stopped, say
from pos_recovery.system.locations import PIN_VARIABLE, find_home

if TYPE_CHECKING:
    from pos_recovery.counter.outcomes import Person, SignInRefusal
    from pos_recovery.counter.staff import Pin
    from pos_recovery.opening.wiring import Counter

Options = argparse.Namespace


class UsageError(Exception):
    """The command was asked for in a way that cannot work; the message says how it can."""


class UntoldError(Exception):
    """The answer could not be written to stdout, so it was said on stderr. What it says is done all the same."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


def write_json(told: dict[str, Any]) -> None:
    """One JSON object on stdout, in ASCII: it survives any console and any pipe."""
    import json

    sys.stdout.write(json.dumps(told) + "\n")


def tell(options: Options, told: dict[str, Any], text: str) -> None:
    """The answer on stdout: one JSON object, or text for people. Raises OSError when it does not get there."""
    if options.json:
        write_json(told)
    else:
        sys.stdout.write(text.rstrip() + "\n")
    sys.stdout.flush()


def answer_with(options: Options, counter: Counter, answer: object, **more: Any) -> int:  # noqa: ANN401  JSON values
    """Tell an outcome; its exit code.

    Raises:
        UntoldError: It could only be said on stderr: a coupon that is on record is told one way or the other.
    """
    from pos_recovery.counter import outcome_words, outcomes

    house = counter.ledger.house
    text = outcome_words.sentence(answer, house.calendar.zone, counter.clock(), house.store)
    try:
        tell(options, outcome_words.as_json(answer) | more, text)
    except OSError as error:
        say(text)
        raise UntoldError(error) from error
    done = (
        outcomes.Issued
        | outcomes.Found
        | outcomes.Redeemed
        | outcomes.Goodwill
        | outcomes.Reversed
        | outcomes.VoidDone
        | outcomes.Reprinted
    )
    return ExitCode.DONE if isinstance(answer, done) else ExitCode.REFUSED


def open_for(options: Options) -> Counter:
    """The register these options mean, open."""
    from pos_recovery.opening.wiring import open_counter

    return open_counter(find_home(options.home))


def pin_given(question: str) -> Pin:
    """The PIN from the environment, else asked for on the terminal. Never from the command line."""
    from pos_recovery.counter.staff import Pin, PinError

    digits = os.environ.get(PIN_VARIABLE)
    if digits is None:
        if not sys.stdin.isatty():
            raise UsageError(f"a PIN is needed: set {PIN_VARIABLE}, or run this in a terminal")
        digits = _unseen(question)
    try:
        return Pin.typed(digits)
    except PinError as error:
        raise UsageError(str(error)) from None


def _unseen(question: str) -> str:
    """What is typed, without showing it.

    Python's `getpass` brings the echo back when something is raised, and a signal that ends the program raises nothing.
    """
    import getpass
    import signal

    def stop(number: int, _frame: object) -> None:
        raise Stopped(128 + number)

    numbers = [getattr(signal, name) for name in ("SIGHUP", "SIGQUIT", "SIGTERM") if hasattr(signal, name)]
    heard = [number for number in numbers if signal.getsignal(number) == signal.SIG_DFL]
    for number in heard:
        signal.signal(number, stop)
    try:
        return getpass.getpass(question)
    except EOFError:
        raise Stopped from None
    finally:
        for number in heard:
            signal.signal(number, signal.SIG_DFL)


def new_pin(options: Options) -> tuple[Pin, bool]:
    """A PIN for somebody: from standard input, asked for twice, or drawn. Also whether it was drawn."""
    from pos_recovery.counter.staff import Pin, PinError, draw_pin

    try:
        if options.pin_stdin:
            return Pin.typed(sys.stdin.readline().strip()), False
        if sys.stdin.isatty() and not options.json:
            typed = _unseen("New PIN, 4 to 8 digits (Enter draws one): ")
            if typed and typed != _unseen("Once more: "):
                raise UsageError("the two PINs differ; nothing was changed")
            if typed:
                return Pin.typed(typed), False
    except PinError as error:
        raise UsageError(str(error)) from None
    return draw_pin(), True


def _sign_in(options: Options, counter: Counter) -> Person | SignInRefusal:
    number = 1 if options.staff is None else options.staff
    return counter.roster.sign_in(number, pin_given(f"PIN of number {number}: "))


def as_person(options: Options, deed: Callable[[Counter, Person], int]) -> int:
    """Sign in, then do it; a refused sign-in is the answer."""
    from pos_recovery.counter.outcomes import Person

    counter = open_for(options)
    try:
        person = _sign_in(options, counter)
        if isinstance(person, Person):
            return deed(counter, person)
        return answer_with(options, counter, person)
    finally:
        counter.close()


def as_lead(options: Options, deed: Callable[[Counter], int]) -> int:
    """Sign in, and do it if this is a shift lead."""

    def lead_only(counter: Counter, person: Person) -> int:
        from pos_recovery.counter.outcomes import NotAllowed

        if person.leads:
            return deed(counter)
        sentence = "Only a shift lead looks after people and PINs. Nothing was changed."
        return answer_with(options, counter, NotAllowed("role", sentence))

    return as_person(options, lead_only)
