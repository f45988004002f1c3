"""Rules of time zones for tests, as a system and as a package have them: those that are installed, and old ones.

`OLD` holds files of tzdata 2025.2 (PyPI; tz 2025b, which is in the public domain): by them Vancouver still changes its
clocks, and Casablanca does for Ramadan. New ones are copied from the package that is installed.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from subprocess import run
from typing import Any
from zoneinfo import ZoneInfo

import tzdata

ROOT = Path(__file__).parents[1]
OLD = Path(__file__).with_name("zones_2025b")
NEW = Path(tzdata.__path__[0]) / "zoneinfo"
NEW_VERSION = tzdata.IANA_VERSION
ZONES = ("UTC", "America/Vancouver", "Africa/Casablanca")


def old_zone(name: str) -> ZoneInfo:
    """By the old rules."""
    with (OLD / name).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def as_system(folder: Path, zones: Path, version: str | None) -> Path:
    """A folder as a system has it. No version: one that does not tell it."""
    for name in ZONES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(zones / name, folder / name)
    if version is not None:
        (folder / "tzdata.zi").write_text(f"# version {version}\n# This zic input file is in the public domain.\n")
    return folder


def as_package(folder: Path, zones: Path | None, version: str) -> Path:
    """A folder for PYTHONPATH with another package tzdata in it. `zones` None: somebody has taken them out."""
    package = folder / "tzdata"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f'IANA_VERSION = "{version}"\n')
    (package / "zones").write_text("\n".join(ZONES))
    if zones is not None:
        as_system(package / "zoneinfo", zones, None)
        for inner in (package / "zoneinfo", *(each for each in (package / "zoneinfo").iterdir() if each.is_dir())):
            (inner / "__init__.py").touch()
    return folder


def told_by(code: str, system: Path | str, package: Path | None = None, **variables: str) -> Any:  # noqa: ANN401  JSON
    """What a new process prints as JSON, whose system and whose package have these rules. None: the installed one."""
    path = os.pathsep.join(map(str, filter(None, (package, ROOT))))
    environment = {**os.environ, "PYTHONTZPATH": str(system), "PYTHONPATH": path, **variables}
    done = run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
