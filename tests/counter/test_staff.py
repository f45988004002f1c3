"""People and their PINs: what is kept of a PIN, and what guessing costs."""

# ruff: noqa: RUF001  digits that only look like digits
from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import text

from db.connection.engine import open_engine, sqlite_url
from db.statements import staff
from db.tables.column_types import Role
from pos_recovery.counter.outcomes import LockedOut, NotAllowed, Person
from pos_recovery.counter.staff import FREE_TRIES, LONGEST_WAIT, Pin, PinError, Roster, draw_pin, hash_pin
from pos_recovery.rules.lockout_times import Rests
from pos_recovery.system.locations import Home
from tests.till import BARISTA, BARISTA_PIN, LEAD, LEAD_PIN, MovableClock, StillClock, Till

RIGHT = Pin(BARISTA_PIN)
WRONG = Pin("0000")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def roster(till: Till) -> Roster:
    return till.counter.roster


def guess(roster: Roster, times: int) -> list[object]:
    return [roster.sign_in(BARISTA.id, WRONG) for _ in range(times)]


def locked(roster: Roster, clock: MovableClock) -> timedelta:
    """Guess until locked; how long the wait is."""
    while not isinstance(answer := roster.sign_in(BARISTA.id, WRONG), LockedOut):
        continue
    return answer.until - clock()


# What is kept of a PIN


@pytest.mark.parametrize("digits", ["1234", "000000", "98765432"])
def test_a_pin_is_four_to_eight_digits(digits: str) -> None:
    assert Pin(digits).digits == digits


@pytest.mark.parametrize(
    "digits", ["", "123", "123456789", "12a4", "12 34", " 1234", "１２３４", "١٢٣٤", "²²²²", "-123"]
)
def test_anything_else_is_no_pin_and_is_not_repeated(digits: str) -> None:
    with pytest.raises(PinError) as refused:
        Pin(digits)
    assert str(refused.value) == "A PIN is 4 to 8 digits."


def test_a_pin_is_kept_as_argon2id_with_a_salt_of_its_own() -> None:
    first, second = hash_pin(RIGHT), hash_pin(RIGHT)
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second


def test_a_drawn_pin_has_six_digits_and_may_begin_with_zero() -> None:
    assert draw_pin(lambda below: 7).digits == "000007"
    assert len({draw_pin().digits for _ in range(50)}) > 40


def test_a_pin_shows_in_no_repr_no_traceback_and_no_log(till: Till, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = Pin("86420864")
    assert "8642" not in repr(secret) + str(secret) + f"{secret}"
    person = till.counter.roster.add("Cy", Role.BARISTA, secret)
    answer = till.counter.roster.sign_in(person.id, Pin("86420865"))
    assert "8642" not in repr(answer) + repr(person)
    assert "argon2" not in repr(person)
    with pytest.raises(ValueError, match="needs a name") as failed:
        till.counter.roster.add(" ", Role.BARISTA, secret)
    assert "8642" not in "".join(traceback.format_exception(failed.value)) + caplog.text


def test_a_pin_is_nowhere_in_the_files(till: Till, home: Home) -> None:
    secret = Pin("86420864")
    person = till.counter.roster.add("Cy", Role.BARISTA, secret)
    assert isinstance(till.counter.roster.sign_in(person.id, secret), Person)
    files = [path for path in home.folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"ledger.sqlite", "settings.toml"}
    assert any(b"argon2id" in path.read_bytes() for path in files)
    assert [path.name for path in files if secret.digits.encode() in path.read_bytes()] == []


def test_an_error_of_the_database_shows_no_hash(till: Till) -> None:
    """It may end up in the log, and four digits fall out of a stolen hash in seconds."""
    from db.connection.errors import StoreError

    with till.counter.engine.begin() as connection:
        connection.execute(text("CREATE TRIGGER broken BEFORE INSERT ON staff BEGIN SELECT RAISE(FAIL, 'broken'); END"))
    with pytest.raises(StoreError) as failed:
        till.counter.roster.add("Cy", Role.BARISTA, RIGHT)
    shown = "".join(traceback.format_exception(failed.value))
    assert "INSERT INTO staff" in shown
    assert "argon2id" not in shown


# Signing in


def test_the_right_pin_signs_in(roster: Roster) -> None:
    assert roster.sign_in(BARISTA.id, RIGHT) == BARISTA
    assert roster.sign_in(LEAD.id, Pin(LEAD_PIN)) == LEAD


def test_four_wrong_tries_cost_nothing_and_say_how_many_are_left(roster: Roster) -> None:
    answers = guess(roster, FREE_TRIES - 1)
    assert [(each.why, each.tries_left) for each in answers if isinstance(each, NotAllowed)] == [
        ("wrong_pin", 4),
        ("wrong_pin", 3),
        ("wrong_pin", 2),
        ("wrong_pin", 1),
    ]
    assert roster.sign_in(BARISTA.id, RIGHT) == BARISTA


def test_the_right_pin_wipes_the_slate(roster: Roster) -> None:
    for _ in range(3):
        guess(roster, FREE_TRIES - 1)
        assert roster.sign_in(BARISTA.id, RIGHT) == BARISTA


def test_the_fifth_wrong_try_locks_the_person_out_even_with_the_right_pin(roster: Roster, clock: MovableClock) -> None:
    answers = guess(roster, FREE_TRIES)
    assert answers[-1] == LockedOut(clock() + MINUTE)
    assert roster.sign_in(BARISTA.id, RIGHT) == LockedOut(clock() + MINUTE)
    assert roster.sign_in(LEAD.id, Pin(LEAD_PIN)) == LEAD
    clock.move(seconds=59)
    assert isinstance(roster.sign_in(BARISTA.id, RIGHT), LockedOut)
    clock.move(seconds=1)
    assert roster.sign_in(BARISTA.id, RIGHT) == BARISTA


def test_every_further_wrong_try_doubles_the_wait_up_to_a_day(roster: Roster, clock: MovableClock) -> None:
    waits = []
    for _ in range(14):
        waits.append(locked(roster, clock))
        clock.now += waits[-1]
    assert waits[:4] == [MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE]
    assert waits[10:] == [timedelta(minutes=1024), LONGEST_WAIT, LONGEST_WAIT, LONGEST_WAIT]


def test_guesses_during_the_wait_do_not_make_it_longer(roster: Roster, clock: MovableClock) -> None:
    locked(roster, clock)
    guess(roster, 20)
    clock.move(minutes=1)
    assert roster.sign_in(BARISTA.id, RIGHT) == BARISTA


def test_the_wait_survives_a_restart(open_till: Callable[..., Till], clock: MovableClock) -> None:
    before = open_till()
    locked(before.counter.roster, clock)
    before.counter.close()
    after = open_till().counter.roster
    assert isinstance(after.sign_in(BARISTA.id, RIGHT), LockedOut)
    clock.move(minutes=1)
    assert locked(after, clock) == 2 * MINUTE


@pytest.mark.parametrize("back", [timedelta(hours=5), timedelta(days=2), timedelta(days=365 * 40)], ids=str)
@pytest.mark.parametrize("restarted", [False, True])
def test_wrong_pins_while_the_clock_was_ahead_are_waited_for_by_nobody(
    open_till: Callable[..., Till], clock: MovableClock, back: timedelta, restarted: bool
) -> None:
    before = open_till().counter.roster
    locked(before, clock)
    clock.now -= back
    roster = open_till().counter.roster if restarted else before
    assert locked(roster, clock) == 2 * MINUTE
    assert isinstance(roster.sign_in(BARISTA.id, RIGHT), LockedOut)
    clock.move(minutes=2)
    assert roster.sign_in(BARISTA.id, RIGHT) == BARISTA


def test_a_wait_that_is_only_made_longer_would_last_as_long_as_the_clock_was_wrong(
    roster: Roster, clock: MovableClock
) -> None:
    """The twin: the later of the two times, as it is on record."""
    locked(roster, clock)
    with roster.engine.connect() as connection:
        ahead = staff.lock_of(connection, "harbour", BARISTA.id).locked_until
    clock.move(days=-2)
    locked(roster, clock)
    assert ahead is not None
    assert max(ahead, clock() + 2 * MINUTE) - clock() > timedelta(days=1)


def test_a_wait_is_over_after_its_length_of_a_clock_that_nobody_sets(roster: Roster, clock: MovableClock) -> None:
    still = StillClock()
    roster = replace(roster, rests=Rests(still))
    locked(roster, clock)
    for _ in range(2):
        still.seconds += 29.9
        clock.move(seconds=-20)
        assert isinstance(roster.sign_in(LEAD.id, Pin(LEAD_PIN)), Person)
        clock.move(seconds=20)
        assert isinstance(roster.sign_in(BARISTA.id, RIGHT), LockedOut)
    still.seconds += 0.2
    assert roster.sign_in(BARISTA.id, RIGHT) == BARISTA


@pytest.mark.parametrize("back", [timedelta(0), timedelta(days=2)], ids=str)
def test_a_new_pin_ends_a_wait_of_any_clock(roster: Roster, clock: MovableClock, back: timedelta) -> None:
    locked(roster, clock)
    clock.now -= back
    roster.reset_pin(BARISTA.id, Pin("5555"))
    assert roster.sign_in(BARISTA.id, Pin("5555")) == BARISTA


def test_a_wait_kept_in_memory_would_not_survive(home: Home, clock: MovableClock) -> None:
    """The twin: forget the table, as a restart would, and guessing starts anew."""
    engine = open_engine(sqlite_url(home.ledger))
    roster = Roster(engine, "harbour", clock)
    locked(roster, clock)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM sign_in_lock"))
    assert roster.sign_in(BARISTA.id, RIGHT) == BARISTA
    engine.dispose()


def test_right_pins_in_parallel_are_never_punished(roster: Roster) -> None:
    start = Barrier(8)

    def sign_in() -> object:
        start.wait()
        return roster.sign_in(BARISTA.id, RIGHT)

    with ThreadPoolExecutor(8) as tills:
        answers = [each.result() for each in [tills.submit(sign_in) for _ in range(8)]]
    assert answers == [BARISTA] * 8


def test_a_burst_of_parallel_guesses_gets_five_tries_and_no_more(roster: Roster, clock: MovableClock) -> None:
    start = Barrier(12)

    def sign_in(digits: str) -> object:
        start.wait()
        return roster.sign_in(BARISTA.id, Pin(digits))

    with ThreadPoolExecutor(12) as tills:
        answers = list(tills.map(sign_in, [f"{number:04d}" for number in range(12)]))
    assert sorted(each.tries_left or 0 for each in answers if isinstance(each, NotAllowed)) == [1, 2, 3, 4]
    assert [each for each in answers if isinstance(each, LockedOut)] == [LockedOut(clock() + MINUTE)] * 8


def test_a_right_guess_counts_only_if_nobody_was_locked_out_before_it_is_accepted(
    till: Till, clock: MovableClock
) -> None:
    """Five wrong guesses are recorded while the right one is still being hashed."""
    others = Roster(till.counter.engine, "harbour", clock)

    class Slow(Pin):
        """Its digits are asked for when the hash is computed: just then the others arrive."""

        def __getattribute__(self, name: str) -> object:
            if name == "digits" and object.__getattribute__(self, "digits") == BARISTA_PIN and not late:
                late.append(True)
                guess(others, FREE_TRIES)
            return object.__getattribute__(self, name)

    late: list[bool] = [True]
    pin = Slow(BARISTA_PIN)
    late.clear()
    assert isinstance(till.counter.roster.sign_in(BARISTA.id, pin), LockedOut)
    assert late


# Looking after people


def test_numbers_are_small_and_never_given_twice(roster: Roster) -> None:
    third = roster.add("  Cy \x07", Role.BARISTA, RIGHT)
    assert (third.id, third.name) == (3, "Cy")
    roster.disable(3)
    assert roster.add("Di", Role.SHIFT_LEAD, RIGHT).id == 4
    assert [(each.id, each.active) for each in roster.people()] == [(1, True), (2, True), (3, False), (4, True)]


def test_who_left_can_no_longer_sign_in_and_stays_on_record(roster: Roster) -> None:
    roster.disable(BARISTA.id)
    answer = roster.sign_in(BARISTA.id, RIGHT)
    assert isinstance(answer, NotAllowed)
    assert answer.why == "no_such_person"
    assert answer == roster.sign_in(BARISTA.id, WRONG)
    assert [each.name for each in roster.people()] == ["Ana", "Ben"]


def test_the_only_lead_cannot_be_let_go(roster: Roster) -> None:
    answer = roster.disable(LEAD.id)
    assert isinstance(answer, NotAllowed)
    assert answer.why == "last_lead"
    roster.add("Di", Role.SHIFT_LEAD, RIGHT)
    assert not isinstance(roster.disable(LEAD.id), NotAllowed)


def test_a_new_pin_ends_the_wait_and_the_old_pin(roster: Roster, clock: MovableClock) -> None:
    locked(roster, clock)
    assert not isinstance(roster.reset_pin(BARISTA.id, Pin("5555")), NotAllowed)
    assert roster.sign_in(BARISTA.id, Pin("5555")) == BARISTA
    assert isinstance(roster.sign_in(BARISTA.id, RIGHT), NotAllowed)


@pytest.mark.parametrize("number", [0, -1, 99, 10**30])
def test_nobody_answers_to_a_number_that_was_never_given(roster: Roster, number: int) -> None:
    for answer in (roster.sign_in(number, RIGHT), roster.disable(number), roster.reset_pin(number, RIGHT)):
        assert isinstance(answer, NotAllowed)
        assert answer.why == "no_such_person"
