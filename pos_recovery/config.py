"""The settings of one register: one TOML file, checked before anything else happens.

The environment may stand in for any key (`POS_RECOVERY_PRINTER=...`). What is wrong is said in one line that names
the file, the key and the nearest valid value. A coupon has no strings attached, so keys and sentences that would
attach some are refused by name.

Types are checked by pydantic-core in `config_checks`, imported late because it takes long to load beside the first
paint; `Settings` is what the rest of the program sees. pydantic-settings was tried and left out: it cannot be handed an
environment, it overlooks variables with a typing error, and it says neither file nor nearest value.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from pathlib import Path
from typing import Any

from pos_recovery.locations import DATABASE_VARIABLE, HOME_VARIABLE, OUT_VARIABLE, PIN_VARIABLE, Home
from pos_recovery.ownership import words
from pos_recovery.texts import clean

PREFIX = "POS_RECOVERY_"
_NOT_SETTINGS = {DATABASE_VARIABLE, HOME_VARIABLE, OUT_VARIABLE, PIN_VARIABLE}
PAPERS = (58, 80)


class ConfigError(Exception):
    """The settings cannot be used. One line: where, which key, what is wrong, the nearest valid value."""

    def __init__(self, where: str, key: str | None, problem: str) -> None:
        super().__init__(": ".join(part for part in (where, key, problem) if part))
        self.where = where
        self.key = key
        self.problem = problem


class NotSetUpError(ConfigError):
    """There is no settings file yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting, checked. The comments of the settings file say what each is for."""

    store_id: str = "1"
    store_name: str
    timezone: str
    currency: str
    register: str = "1"
    printer: str = "preview:"
    paper: int = 58
    language: str = "en"
    phone: str = ""
    web_site: str = ""
    valid_days: int = 90
    day_starts: time = time(4)
    drink_cost: str = "0"
    allowance: int = 10
    cap: int = 40
    goodwill_cap: int = 5
    baristas_may_redeem: bool = False
    names_in_nights: bool = False
    sign_out_after_s: int = 180
    sound: bool = False
    scanner: str = ""
    scanner_prefix: str = ""
    scanner_suffix: str = ""
    scanner_keys: str = ""
    scanner_pace_ms: float = 0.0
    scanner_ending: str = ""
    fonts: tuple[str, ...] = ()
    reasons: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


KEYS = tuple(each.name for each in fields(Settings))


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in `path`, with the environment on top.

    Raises:
        NotSetUpError: There is no such file.
        ConfigError: It cannot be read, or something in it is wrong.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")  # Notepad writes a byte order mark
    except FileNotFoundError:
        raise NotSetUpError(str(path), None, "not there yet; run `pos-recovery setup`") from None
    except OSError as error:
        whose = words(Home(path.parent)) if isinstance(error, PermissionError) else ""
        raise ConfigError(str(path), None, f"cannot be read ({error.strerror}). {whose}".rstrip(". ")) from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), None, f"cannot be read: {error}") from error
    try:
        written = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(str(path), None, f"is not TOML: {error}") from error
    return check(written, str(path), environ)


def check(written: Mapping[str, Any], where: str, environ: Mapping[str, str]) -> Settings:
    """Check settings as read from `where`, with the environment on top. Raises ConfigError."""
    for key in written:
        _known(where, key)
    for name in environ:
        if name.startswith(PREFIX) and name not in _NOT_SETTINGS:
            _known("environment", name, name.removeprefix(PREFIX).lower(), PREFIX)
    from pos_recovery.config_checks import checked

    return checked(written, where, environ)


def _known(where: str, shown: str, key: str | None = None, prefix: str = "") -> None:
    """Raise ConfigError unless the key is one of ours; say so when it would attach strings."""
    name = key or shown
    if name in KEYS:
        return
    shown = clean(shown, 60)
    if any(
        word in name for word in ("spend", "purchase", "order_value", "minimum", "upsell", "advert", "promo", "hours")
    ):
        raise ConfigError(
            where, shown, "no strings: a coupon is good for one drink and asks for nothing; remove this key"
        )
    near = nearest(name, KEYS)
    suggestion = f"; nearest: {prefix + near.upper() if prefix else near}" if near else ""
    raise ConfigError(where, shown, f"no such setting{suggestion}")


def nearest(given: str, valid: tuple[str, ...] | frozenset[str] | set[str]) -> str | None:
    """The valid value most like `given`, if any is like it at all."""
    folded = {value.casefold(): value for value in sorted(valid)}
    close = difflib.get_close_matches(given.casefold(), folded, n=1, cutoff=0.5)
    return folded[close[0]] if close else None
