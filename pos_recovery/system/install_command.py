"""How this copy was installed, and what to type so that it has more: for pip, pipx and uv, from an index or a folder.

Goes by what each of them leaves behind: `pipx_metadata.json` and `uv-receipt.toml` in the environment, `uv` in its
`pyvenv.cfg`, `direct_url.json` (PEP 610) beside the package. Refuses to run any of it.

Of pipx, `install --force` and not `inject`: what was injected is not written down, so that its `reinstall` and its
`upgrade` lose the extra; what is broken it mends (pipx 1.18, by pip and by uv). Of uv, `tool install` writes its
receipt anew, so what was put in `--with` it is said again, and what is broken it lets be, unless told (uv 0.13).
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

_NAME = "pos-recovery"
_PLAIN = re.compile(r"[A-Za-z0-9_.:/\\=+-]+")
"""What no shell takes for anything else."""


def command(extras: Iterable[str], kept: Iterable[str] = (), *, anew: bool = False) -> str:
    """What to type so that this copy has `extras`.

    Args:
        extras: What it lacks.
        kept: What it has; pipx and uv would forget it unless told again.
        anew: Install again what is there, because it is broken.
    """
    where = Path(sys.prefix)
    by_pipx, by_uv = ((where / name).is_file() for name in ("pipx_metadata.json", "uv-receipt.toml"))
    wanted = {*extras, *(kept if by_pipx or by_uv else ())}
    editable, what = _source(f"[{','.join(sorted(wanted))}]")  # its folder may be gone: then the installer says so
    if by_pipx:
        return quoted(["pipx", "install", "--force", *_suffix(where), *editable, what])
    if by_uv:
        return quoted(["uv", "tool", "install", *(["--reinstall"] if anew else []), *editable, what, *_with(where)])
    return quoted([*_as_owner(), *_into_it(where, anew=anew), *editable, what])


def beside(packages: Iterable[str], kept: Iterable[str], *, anew: bool = False) -> str:
    """What to type so that this copy finds other packages, which no extra brings.

    Args:
        packages: Their names.
        kept: The extras it has; uv would forget them unless told again.
        anew: Install again what is there, because it is broken.
    """
    where = Path(sys.prefix)
    if (where / "pipx_metadata.json").is_file():
        return quoted(["pipx", "inject", *(["--force"] if anew else []), where.name, *packages])
    if (where / "uv-receipt.toml").is_file():
        editable, what = _source(f"[{','.join(sorted(kept))}]")
        more = (word for each in packages for word in ("--with", each))
        return quoted(
            ["uv", "tool", "install", *(["--reinstall"] if anew else []), *editable, what, *_with(where), *more]
        )
    return quoted([*_as_owner(), *_into_it(where, anew=anew), *packages])


def _source(extras: str) -> tuple[list[str], str]:
    """Whether it is installed as the folder it is, and what an installer is told, with these extras."""
    try:
        told = distribution(_NAME).read_text("direct_url.json")
    except PackageNotFoundError:  # a folder that was never installed
        return ["--editable"], f"{Path(__file__).parent.parent.parent}{extras}"
    if told is None:
        return [], f"{_NAME}{extras}"
    try:
        direct: dict[str, Any] = json.loads(told)
        url = str(direct["url"])
    except (ValueError, LookupError, TypeError):  # a file in pieces
        return [], f"{_NAME}{extras}"
    if "dir_info" in direct:
        folder = url2pathname(unquote(urlsplit(url).path) if os.name != "nt" else urlsplit(url).path)
        return ["--editable"] if direct["dir_info"].get("editable") else [], f"{folder}{extras}"
    if "vcs_info" in direct:
        told_of = direct["vcs_info"]
        url = f"{told_of['vcs']}+{url}@{told_of.get('requested_revision') or told_of['commit_id']}"
    part = f"#subdirectory={direct['subdirectory']}" if "subdirectory" in direct else ""
    return [], f"{_NAME}{extras} @ {url}{part}"


def _suffix(where: Path) -> list[str]:
    """What pipx was told to put behind the program's name."""
    suffix = json.loads((where / "pipx_metadata.json").read_text("utf-8"))["main_package"].get("suffix")
    return [f"--suffix={suffix}"] if suffix else []


def _with(where: Path) -> Iterator[str]:
    """What else was put into a tool of uv's."""
    import tomllib

    for each in tomllib.loads((where / "uv-receipt.toml").read_text("utf-8"))["tool"]["requirements"]:
        if each["name"] != _NAME:
            yield from ("--with", each["name"] + each.get("specifier", ""))


def _into_it(where: Path, *, anew: bool) -> list[str]:
    installer = list(_installer(where))
    again = [] if not anew else ["--reinstall"] if installer[0] == "uv" else ["--force-reinstall"]
    return [*installer, *again]


def _installer(where: Path) -> Iterator[str]:
    """What installs into the environment that this Python runs in."""
    windows = os.name == "nt"
    program = where / ("Scripts/pip.exe" if windows else "bin/pip")
    in_environment = sys.prefix != sys.base_prefix
    if find_spec("pip") is None and in_environment and _is_uvs(where):
        yield from ("uv", "pip", "install", "--python", sys.executable)
    elif find_spec("pip") is None and in_environment:
        base = getattr(sys, "_base_executable", sys.executable)
        yield from (base, "-m", "pip", "--python", sys.executable, "install")
    elif in_environment and program.is_file():
        yield from (str(program), "install")
    else:
        yield from (sys.executable, "-m", "pip", "install")
        if not in_environment and Path(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED").is_file():
            yield "--break-system-packages"  # as it must have been installed (PEP 668)


def _is_uvs(where: Path) -> bool:
    try:
        return re.search(r"^uv\s*=", (where / "pyvenv.cfg").read_text("utf-8"), re.MULTILINE) is not None
    except OSError:
        return False


def _as_owner() -> list[str]:
    """Somebody else's environment, as one of root's under /opt, is changed by its owner."""
    if not hasattr(os, "geteuid") or os.access(sysconfig.get_path("purelib"), os.W_OK):
        return []
    owner = Path(sysconfig.get_path("purelib")).stat().st_uid
    return ["sudo"] if owner == 0 else ["sudo", "-u", f"#{owner}"]


def quoted(words: Iterable[str], *, windows: bool = os.name == "nt") -> str:
    """One line, quoted for the shells of a system: cmd knows no single quotes."""
    if windows:
        return " ".join(each if _PLAIN.fullmatch(each) else f'"{each}"' for each in words)
    return " ".join(map(shlex.quote, words))
