"""The settings file: one TOML file, read and checked before anything else happens, and the lines written back to it.

The environment may stand in for any key (`POS_RECOVERY_PRINTER=...`). What is wrong is said in one line that names
the file, the key and the nearest valid value. A coupon has no strings attached, so keys and sentences that would
attach some are refused by name.

Types are checked by pydantic-core in `checks`, imported late because it takes long to load beside the first paint;
`schema.Settings` is what the rest of the program sees. pydantic-settings was tried and left out: it cannot be handed an
environment, it overlooks variables with a typing error, and it says neither file nor nearest value.

Lines are written by tomlkit, which keeps what it does not understand: the others, and all comments, stay as they are.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pos_recovery.rules.spelling import nearest
from pos_recovery.rules.text_cleaning import clean
from pos_recovery.settings.schema import KEYS, PREFIX, ConfigError, NotSetUpError, Settings
from pos_recovery.system.durable_files import write_whole
from pos_recovery.system.locations import DATABASE_VARIABLE, HOME_VARIABLE, OUT_VARIABLE, PIN_VARIABLE, Home
from pos_recovery.system.ownership import words

_NOT_SETTINGS = {DATABASE_VARIABLE, HOME_VARIABLE, OUT_VARIABLE, PIN_VARIABLE}
_ITS_OWNERS = 0o600


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
    from pos_recovery.settings.checks import checked

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


def keep(home: Home, values: Mapping[str, str | float]) -> None:
    """Write these lines: whole, or not at all. A line is added where there was none, before the first table.

    Raises:
        ConfigError: The file cannot be read or written, or would not be right with these values.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    where = str(home.settings)
    try:
        text = home.settings.read_bytes().decode("utf-8-sig")
        document = tomlkit.parse(text)
        document.update(values)
        check(document.unwrap(), where, {})
        write_whole(home.settings.resolve(), tomlkit.dumps(document).encode(), _ITS_OWNERS)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(where, None, f"cannot be written ({reason}); nothing was changed") from error
    except (UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError(where, None, f"cannot be read: {error}; nothing was changed") from error
