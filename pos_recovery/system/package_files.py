"""The files shipped inside this package: words, reasons, phrases, a page. Reads them; keeps nothing, checks nothing.

By `pkgutil`, not `importlib.resources`: 2 ms to import against 14, on the way to the first paint.
"""

from __future__ import annotations

from typing import Any


def shipped_toml(path: str) -> dict[str, Any]:
    """The file at `path` inside this package, parsed. Raises FileNotFoundError when the installation is incomplete."""
    import tomllib

    return tomllib.loads(shipped_text(path))


def shipped_text(path: str) -> str:
    """The file at `path` inside this package, as it is. Raises FileNotFoundError when it was not installed."""
    import pkgutil

    content = pkgutil.get_data("pos_recovery", path)
    if content is None:
        raise FileNotFoundError(path)
    return content.decode()
