"""Lines of the settings file that the register writes itself: the others, and all comments, stay as they are.

tomlkit, which keeps what it does not understand; the standard library reads TOML and writes none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pos_recovery.config import ConfigError, check
from pos_recovery.export.durable import write_whole

if TYPE_CHECKING:
    from pos_recovery.locations import Home

_ITS_OWNERS = 0o600


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
