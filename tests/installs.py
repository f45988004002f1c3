"""A copy of the program as an installer leaves it: an environment of its own, with the packages that are asked for.

The environment is Python's `venv`; its packages are links to those the tests run with, and the program's own metadata
says what a built wheel would. So an installation with a package missing, older or in pieces costs no download.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import Distribution, distribution
from pathlib import Path
from subprocess import run
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.commands.shell import Done
from tests.till import LEAD_PIN

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]


@dataclass(frozen=True)
class Installed:
    """One environment."""

    folder: Path
    packages: Path
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def plain(cls, folder: Path, *, without: Iterable[str] = ()) -> Installed:
        """What `pip install .` gives, the counter; `without` packages that have none for some machine."""
        venv.create(folder, symlinks=True)
        packages = folder / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
        made = cls(folder, packages)
        for room in ("pos_recovery", "receipts", "db"):
            (packages / room).symlink_to(ROOT / room)
        made.tell(*PROJECT["dependencies"], *(f"{each}; extra == '{of}'" for of in EXTRAS for each in EXTRAS[of]))
        for each in _with_all_behind(tuple(PROJECT["dependencies"])):
            if each not in without:
                made.link(each)
        return made

    def tell(self, *requires: str) -> None:
        """The program's own metadata."""
        about = self.packages / "pos_recovery-0.1.0.dist-info"
        about.mkdir(exist_ok=True)
        lines = [
            "Metadata-Version: 2.4",
            "Name: pos-recovery",
            "Version: 0.1.0",
            *map("Requires-Dist: {}".format, requires),
        ]
        (about / "METADATA").write_text("\n".join(lines) + "\n")

    def came_from(self, url: str, **how: dict[str, Any] | str) -> None:
        """What PEP 610 has beside the program."""
        about = self.packages / "pos_recovery-0.1.0.dist-info" / "direct_url.json"
        about.write_text(json.dumps({"url": url, **how}))

    def add(self, *extras: str) -> None:
        """The packages of extras, and all behind them."""
        for each in _with_all_behind(tuple(each for extra in extras for each in EXTRAS[extra])):
            self.link(each)

    def link(self, name: str) -> None:
        """One package."""
        for part in _parts(distribution(name)):
            link = self.packages / part.name
            if not link.exists():
                link.symlink_to(part)

    def own(self, name: str) -> Path:
        """Copies of one package's files in place of the links, to be changed. Returns its dist-info."""
        for part in _parts(distribution(name)):
            link = self.packages / part.name
            link.unlink(missing_ok=True)
            shutil.copytree(part, link) if part.is_dir() else shutil.copy(part, link)
        return next(self.packages / part.name for part in _parts(distribution(name)) if part.suffix == ".dist-info")

    def __call__(self, *words: str, home: Path, **variables: str) -> Done:
        """Run one command."""
        return self.python("-m", "pos_recovery", "--home", str(home), *words, POS_RECOVERY_PIN=LEAD_PIN, **variables)

    def python(self, *words: str, **variables: str) -> Done:
        """Run its Python."""
        given = {each: value for each, value in os.environ.items() if not each.startswith(("POS_RECOVERY", "PYTHON"))}
        program = self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        fixed = {"LANG": "C.UTF-8"}
        done = run(
            [program, *words],
            env=given | fixed | variables,
            cwd=self.folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)


def _parts(of: Distribution) -> set[Path]:
    """What of a package lies in the folder of packages."""
    names = {file.parts[0] for file in of.files or () if file.parts[0] not in {"..", "__pycache__"}}
    return {Path(str(of.locate_file(name))) for name in names}


@cache
def _with_all_behind(asked: tuple[str, ...]) -> frozenset[str]:
    found: set[str] = set()
    waiting = [(Requirement(each), "") for each in asked]
    while waiting:
        wanted, extra = waiting.pop()
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(wanted.name)
        waiting += [
            (Requirement(each), of)
            for of in (("", *wanted.extras) if name not in found else wanted.extras)
            for each in distribution(name).requires or ()
        ]
        found.add(name)
    return frozenset(found)
