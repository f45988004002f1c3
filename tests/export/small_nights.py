"""Small nights to send about."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from pos_recovery.export.places.night_folder import AlreadyThere, Delivered, Differs, open_part, settle

NIGHT = "2026-11-21_000012"


def make_night(parent: Path, name: str = NIGHT, more: str = "") -> Path:
    """A finished night in `parent`; what it tells differs with `more`."""
    night = parent / name
    night.mkdir(parents=True)
    contents = {
        "coupons.csv": b"CouponCode\r\n7KQ4-M2XD-9RTC\r\n" * 40,
        "coupons.parquet": bytes(range(256)) * 4_400,  # two blocks of copying
        "report.html": f"<p>{more}</p>".encode(),
        "summary.json": b"{}",
    }
    for file, content in contents.items():
        (night / file).write_bytes(content)
    resources = [
        {"name": file, "path": file, "bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
        for file, content in contents.items()
    ]
    (night / "datapackage.json").write_text(json.dumps({"resources": resources}))
    return night


def make_large_night(parent: Path, size: int) -> Path:
    """A night in `parent` whose one table has so many bytes."""
    night = make_night(parent)
    (night / "coupons.csv").write_bytes(content := bytes(size))
    digest = hashlib.sha256(content).hexdigest()
    resource = {"name": "coupons.csv", "path": "coupons.csv", "bytes": size, "hash": f"sha256:{digest}"}
    (night / "datapackage.json").write_text(json.dumps({"resources": [resource]}))
    return night


def bring(night: Path, there: Path, between: Callable[[], object] = lambda: None) -> Delivered | AlreadyThere | Differs:
    """Write a night into a folder as an export does: a part beside its place, which then gets its name.

    Args:
        night: Which.
        there: The folder.
        between: Called before each write, of which a file has two.
    """
    part = open_part(there / night.name)
    try:
        for file, content in contents(night).items():
            with (part / file).open("wb", buffering=0) as writing:
                for half in (content[: len(content) // 2], content[len(content) // 2 :]):
                    between()
                    writing.write(half)
        return settle(part, there / night.name)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder."""
    return {each.name: each.read_bytes() for each in folder.iterdir()}
