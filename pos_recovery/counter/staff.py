"""People: their PINs, their roles, and the wait after too many wrong tries.

A PIN is 4 to 8 digits and is kept only as argon2id. It travels inside `Pin`, whose repr hides it, so that no log
line, traceback or exception can show it.

Five wrong tries lock a person out for a minute, and every further one for twice as long as the last, up to a day. The
count lives in the database and survives a restart; no clock that is set makes a wait longer (see `lockout_times`). A
right PIN counts only if the person is not locked at the moment it is accepted: a burst of parallel guesses gains
nothing, because the database puts them in a row, and parallel right ones are never punished.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from db.connection.engine import reading, transaction
from db.connection.errors import StoreDamaged
from db.statements import staff as rows
from db.tables.column_types import Role
from db.tables.facts import LockFact, StaffFact
from pos_recovery.counter.outcomes import LockedOut, NotAllowed, Person, SignInRefusal
from pos_recovery.rules.business_days import Clock
from pos_recovery.rules.keyboard_layouts import digits_typed
from pos_recovery.rules.lockout_times import Rests
from pos_recovery.rules.text_cleaning import NAME_LIMIT, clean

if TYPE_CHECKING:  # argon2 takes longer to load than most commands run
    from argon2 import PasswordHasher

SHORTEST_PIN, LONGEST_PIN = 4, 8
"""Digits."""
FREE_TRIES = 5
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(days=1)


class PinError(ValueError):
    """Not 4 to 8 digits. The message never holds what was typed."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A PIN on its way to being checked. Raises PinError unless it is 4 to 8 ASCII digits."""

    digits: str = field(repr=False)

    def __post_init__(self) -> None:
        if not (SHORTEST_PIN <= len(self.digits) <= LONGEST_PIN and self.digits.isascii() and self.digits.isdigit()):
            raise PinError("A PIN is 4 to 8 digits.")

    @classmethod
    def typed(cls, text: str) -> Pin:
        """The PIN that somebody typed, with digits of any script or without Shift where digits need it."""
        return cls(digits_typed(text))


def _wait_after(failures: int) -> timedelta:
    """How long a person waits after so many wrong tries in a row, five at the least."""
    doublings: int = min(max(failures - FREE_TRIES, 0), 20)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def draw_pin(random_below: Callable[[int], int] = secrets.randbelow) -> Pin:
    """Six random digits."""
    return Pin(f"{random_below(10**6):06d}")


def hash_pin(pin: Pin) -> str:
    """The PIN as argon2id, in PHC string form."""
    return _hasher().hash(pin.digits)


def _hasher() -> PasswordHasher:
    """argon2id with 19 MiB and two passes (OWASP's smallest set): a till has little memory and a queue in front.

    Ten thousand PINs fall to any hash once the file is stolen; what guards a PIN is the wait after wrong tries.
    """
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def _is_right(pin_hash: str, pin: Pin) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return bool(_hasher().verify(pin_hash, pin.digits))
    except InvalidHashError as error:
        raise StoreDamaged("(A PIN's hash in it is none.)") from error
    except VerificationError:
        return False


@dataclass(frozen=True, slots=True)
class Roster:
    """The people of one store."""

    engine: Engine
    store: str
    clock: Clock
    rests: Rests = field(default_factory=Rests)

    def people(self) -> tuple[StaffFact, ...]:
        """Everybody, those who left included."""
        with reading(self.engine) as connection:
            return rows.everyone(connection, self.store)

    def sign_in(self, number: int, pin: Pin) -> Person | SignInRefusal:
        """Who this is, if the PIN is right and they need not wait."""
        with reading(self.engine) as connection:
            person = rows.get(connection, self.store, number)
            if person is None or not person.active:
                return NotAllowed("no_such_person", f"Nobody with number {number} works here. Nothing was done.")
            lock = rows.lock_of(connection, self.store, person.id)
        return self._waits(lock, person.id, self.clock()) or self._settle(person, right=_is_right(person.pin_hash, pin))

    def _waits(self, lock: LockFact, number: int, now: datetime) -> LockedOut | None:
        """Whether a person must wait, and until when."""
        if lock.locked_until is None:
            return None
        length = _wait_after(lock.failures)
        if self.rests.is_over(number, lock.locked_until - length, length, now):
            return None
        return LockedOut(lock.locked_until)

    def _settle(self, person: StaffFact, *, right: bool) -> Person | SignInRefusal:
        """Let a checked PIN count, in the order in which the database takes them.

        A right one takes its place in that row too: answered from what was read before the hash was computed, one
        right guess in a parallel burst would always get through. With nothing to forgive, it costs no sync.
        """
        with transaction(self.engine) as connection:
            now = self.clock()  # after the turn has come: a wait that another guess began meanwhile is none ahead
            lock = rows.lock_of(connection, self.store, person.id)
            if (waits := self._waits(lock, person.id, now)) is not None:
                return waits
            if right:
                if lock.failures:
                    rows.forgive(connection, self.store, person.id)
                return Person(person.id, person.name, person.role)
            failures = rows.count_failure(connection, self.store, person.id)
            if failures < FREE_TRIES:
                sentence = "That PIN is not right. Nothing was done; please try again."
                return NotAllowed("wrong_pin", sentence, FREE_TRIES - failures)
            until = now + _wait_after(failures)
            rows.lock_until(connection, self.store, person.id, until)
            self.rests.know(person.id, now)
            return LockedOut(until)

    def add(self, name: str, role: Role, pin: Pin) -> StaffFact:
        """A new person with the next free number.

        Raises:
            ValueError: The name has nothing in it.
        """
        shown = clean(name, NAME_LIMIT)
        if not shown:
            raise ValueError("A person needs a name.")
        pin_hash = hash_pin(pin)
        with transaction(self.engine) as connection:
            number = rows.add(connection, self.store, shown, role, pin_hash)
        return StaffFact(store=self.store, id=number, name=shown, role=role, active=True, pin_hash=pin_hash)

    def disable(self, number: int) -> StaffFact | NotAllowed:
        """Nobody signs in as this person any more; what they did stays on record."""
        with transaction(self.engine) as connection:
            people = rows.everyone(connection, self.store)
            person = next((each for each in people if each.id == number), None)
            if person is None:
                return NotAllowed("no_such_person", f"Nobody with number {number} works here. Nothing was changed.")
            leads = [each for each in people if each.active and each.role is Role.SHIFT_LEAD]
            if leads == [person]:
                return NotAllowed(
                    "last_lead", f"{person.name} is the only shift lead. Add another first; nothing was changed."
                )
            rows.disable(connection, self.store, number)
        return StaffFact(
            store=self.store, id=number, name=person.name, role=person.role, active=False, pin_hash=person.pin_hash
        )

    def reset_pin(self, number: int, pin: Pin) -> StaffFact | NotAllowed:
        """A new PIN; any wait after wrong tries is over."""
        pin_hash = hash_pin(pin)
        with transaction(self.engine) as connection:
            person = rows.get(connection, self.store, number)
            if person is None or not person.active:
                return NotAllowed("no_such_person", f"Nobody with number {number} works here. Nothing was changed.")
            rows.set_pin(connection, self.store, number, pin_hash)
        return person
