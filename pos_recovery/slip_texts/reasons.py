"""The reasons: what goes wrong at a counter, and the playbook that turns it around. Nine are shipped.

A reason is a word on a key, a sentence to say, and five lines of what to do, written before the bad moment and not in
it. The store's own come from the tables `[reasons.<id>]` of its settings file: a line said differently, a reason
hidden, a reason added. The ids are what coupons and the night file carry, so a hidden reason stays known.

Refused: more reasons than the grid has places, two on one key, a playbook with a hole in it, and anything to sell.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from pos_recovery.rules.spelling import hint
from pos_recovery.slip_texts.no_strings import sales_talk, strings_attached
from pos_recovery.slip_texts.slip_words import text_fault
from pos_recovery.system.package_files import shipped_toml

# ReasonsError (ValueError)    a reason in the settings that the counter cannot use


class ReasonsError(ValueError):
    """The reasons in the settings cannot be used. One line: table and key, what is wrong, the nearest valid value."""


GRID_PLACES: Final = 12
KEYS: Final = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "0")
"""The keys of the grid in the order of its places; the last two places have none: arrows, mouse or touch."""

PLAYBOOK: Final = ("listen", "acknowledge", "act", "thank", "explain")
_REQUIRED: Final = ("name", "say", *PLAYBOOK)
_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,23}")
_NAME_COLUMNS: Final = 14
_LONGEST: Final = {"say": 90} | dict.fromkeys((*PLAYBOOK, "never"), 70)  # two lines and one, on a card of 80 columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason and its playbook, every line checked and short enough for its place on the card."""

    id: str
    """What coupons and the night file carry; never shown."""
    key: str | None = None
    """The key that picks it, one of `KEYS`; None when hidden or beyond the tenth place."""
    name: str
    """On the grid; at most 14 terminal columns."""
    say: str
    """Spoken to the guest as it stands; shown in quotes."""
    listen: str
    acknowledge: str
    act: str
    thank: str
    explain: str
    never: str = "Never offer to sell anything now."
    remade_default: bool = False
    """Whether the item is usually made again on the spot: what the card proposes."""
    hidden: bool = False
    """Off the grid, and still known to old coupons."""

    @property
    def playbook(self) -> tuple[tuple[str, str], ...]:
        """The five steps in order, as pairs of step and line."""
        return tuple((step, getattr(self, step)) for step in PLAYBOOK)


_SETTABLE: Final = tuple(field.name for field in fields(Reason) if field.name != "id")


def load_reasons(overrides: Mapping[str, Mapping[str, object]] | None = None) -> tuple[Reason, ...]:
    """Every reason: first those on the grid, in the order of their places, then the hidden ones.

    Args:
        overrides: the tables under `[reasons]` of the settings file, by id. A shipped reason may change any of its
            values; one of the store's own needs a name, a sentence to say and the five lines. Without a key it
            takes the next free one.

    Raises:
        ReasonsError: a value no counter can use.
    """
    if not overrides:
        return _shipped()
    reasons = {reason.id: reason for reason in _shipped()}
    for id_, own in overrides.items():
        reasons[id_] = _own(id_, own, reasons.get(id_))
    return _seated(reasons.values())


def on_grid(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The reasons a barista can pick, in the order of their places."""
    return tuple(reason for reason in reasons if not reason.hidden)


@functools.cache
def _shipped() -> tuple[Reason, ...]:
    tables = shipped_toml("slip_texts/reasons.toml")
    return tuple(Reason(id=id_, **{**table, "key": str(table["key"])}) for id_, table in tables.items())


def _own(id_: str, own: object, shipped: Reason | None) -> Reason:
    where = f"reasons.{id_}"
    known = tuple(reason.id for reason in _shipped())
    if not _ID.fullmatch(id_):
        raise ReasonsError(f"{where}: an id is at most 24 of a-z, 0-9 and _, with a letter first{hint(id_, known)}")
    if not isinstance(own, Mapping):
        raise ReasonsError(f"{where} must be a table, not {own!r}")
    if unknown := next((key for key in own if key not in _SETTABLE), None):
        raise ReasonsError(f"{where}.{unknown}: no such key{hint(unknown, _SETTABLE)}")
    values = {key: _checked(key, value, f"{where}.{key}") for key, value in own.items()}
    if shipped:
        return replace(shipped, **values)
    if missing := [key for key in _REQUIRED if key not in values]:
        raise ReasonsError(
            f"{where} is a reason of your own and lacks {', '.join(missing)}{hint(id_, known, or_all=False)}"
        )
    return Reason(id=id_, **values)


def _checked(key: str, value: object, where: str) -> Any:  # noqa: ANN401 - a key's text or a bool, as `Reason` declares them
    if key in {"remade_default", "hidden"}:
        if not isinstance(value, bool):
            raise ReasonsError(f"{where} must be true or false, not {value!r}")
        return value
    if key == "key":
        if isinstance(value, bool) or str(value) not in KEYS:
            raise ReasonsError(f"{where} must be one of {', '.join(KEYS)}, not {value!r}")
        return str(value)
    if fault := text_fault(value, _LONGEST.get(key), lines=1):
        raise ReasonsError(f"{where} {fault}")
    text = unicodedata.normalize("NFC", str(value).strip())
    if key == "name" and (columns := _columns(text)) > _NAME_COLUMNS:
        raise ReasonsError(f"{where} is {columns} columns wide, {_NAME_COLUMNS} fit on the key")
    if key in {"say", *PLAYBOOK} and (phrase := strings_attached(text) or sales_talk(text)):
        raise ReasonsError(f"{where}: {phrase!r} asks or sells something; a recovery has no strings")
    return text


def _columns(text: str) -> int:
    """Terminal columns: two for a wide character (UAX #11), none for a mark drawn over another."""
    return sum(
        2 if unicodedata.east_asian_width(c) in "WF" else unicodedata.category(c) not in {"Mn", "Cf"} for c in text
    )


def _seated(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    reasons = tuple(reasons)
    shown = on_grid(reasons)
    if not shown:
        raise ReasonsError("reasons: all of them are hidden; a barista needs at least one")
    if len(shown) > GRID_PLACES:
        raise ReasonsError(
            f"reasons: {len(shown)} are shown and the grid has {GRID_PLACES} places; hide some with hidden = true"
        )
    by_key: dict[str, Reason] = {}
    for reason in shown:
        if reason.key and (other := by_key.setdefault(reason.key, reason)) is not reason:
            free = ", ".join(key for key in KEYS if key not in {each.key for each in shown})
            raise ReasonsError(
                f"reasons: {other.id!r} and {reason.id!r} are both on key {reason.key}; free: {free or 'none'}"
            )
    free_keys = iter([key for key in KEYS if key not in by_key])
    placed = [reason if reason.key else replace(reason, key=next(free_keys, None)) for reason in shown]
    placed.sort(key=lambda reason: KEYS.index(reason.key) if reason.key else len(KEYS))
    return (*placed, *(replace(reason, key=None) for reason in reasons if reason.hidden))
