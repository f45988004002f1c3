"""Which nights were told that a ledger put back from a backup does not know. Reads names and manifests only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from pos_recovery.export.places.night_folder import MARKER

_NIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})_([0-9]{6})")
_OnRecord = tuple[int, str, str]
"""Run, business day, SHA-256 of the manifest."""


def unknown(known: Sequence[_OnRecord], before: Iterable[_OnRecord], place: Path | None) -> tuple[str, ...]:
    """The names of nights that are not among the `known`, in the order of their runs.

    Args:
        known: On record in the backup.
        before: On record in the ledger that it replaces.
        place: The folder that nights are in; None: they cannot be looked for.
    """
    kept = {run: sha256 for run, _, sha256 in known}
    found = {f"{day}_{run:06d}": run for run, day, sha256 in before if kept.get(run) != sha256}
    for folder in _nights_in(place):
        run = int(folder.name[-6:])
        if kept.get(run) != _sha256(folder / MARKER):
            found[folder.name] = run
    return tuple(sorted(found, key=lambda name: (found[name], name)))


def _nights_in(place: Path | None) -> list[Path]:
    try:
        there = list(place.iterdir()) if place is not None else []
    except OSError:  # there is no such folder yet, or nobody may look
        return []
    return [each for each in there if _NIGHT.fullmatch(each.name) and (each / MARKER).is_file()]


def _sha256(file: Path) -> str | None:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return None
