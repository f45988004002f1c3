"""Whether the counter can be installed without a compiler: a wheel of every package, for each platform it is for.

    python -m tests.bench.wheels [3.13 …]

Asks the package index by pip, a hundred times a version of Python, into a folder that is deleted. Measures nothing.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from subprocess import run

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.installs import PROJECT

PLATFORMS = {
    "Windows, x86-64": (("win_amd64",), "win32", "AMD64"),
    "Windows, ARM": (("win_arm64",), "win32", "ARM64"),
    "Linux, x86-64": (("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"), "linux", "x86_64"),
    "Linux, ARM": (("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"), "linux", "aarch64"),
    "macOS, x86-64": (("macosx_11_0_x86_64", "macosx_10_13_x86_64"), "darwin", "x86_64"),
    "macOS, ARM": (("macosx_11_0_arm64",), "darwin", "arm64"),
}
"""Name, tags of wheels, and what environment markers say there."""


def wanted(sys_platform: str, machine: str, python: str) -> Iterator[str]:
    """Every package of the counter there, as a requirement with its bounds. What is behind one is asked of this one."""
    names = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}
    there = {"sys_platform": sys_platform, "platform_machine": machine, "platform_system": names[sys_platform]}
    there |= {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "os_name": "nt" if "win32" in sys_platform else "posix",
    }
    waiting, seen = [(Requirement(each), "") for each in PROJECT["dependencies"]], set()
    while waiting:
        each, extra = waiting.pop()
        name = canonicalize_name(each.name)
        if name in seen or (each.marker is not None and not each.marker.evaluate(there | {"extra": extra})):
            continue
        seen.add(name)
        yield f"{each.name}{each.specifier}"
        try:
            behind = distribution(name).requires or ()
        except PackageNotFoundError:  # Windows' own, which need nothing
            continue
        waiting += [(Requirement(more), of) for more in behind for of in ("", *each.extras)]


def main() -> None:
    """Say what has none."""
    lacking = 0
    for python in sys.argv[1:] or ["3.13"]:
        for name, (tags, sys_platform, machine) in PLATFORMS.items():
            packages = list(wanted(sys_platform, machine, python))
            without = [each for each in packages if not has_wheel(each, tags, python)]
            lacking += len(without)
            print(f"Python {python}, {name}: {len(packages)} packages, {', '.join(without) or 'a wheel of each'}")  # noqa: T201
    sys.exit(1 if lacking else 0)


def has_wheel(package: str, tags: tuple[str, ...], python: str) -> bool:
    """Whether pip finds one."""
    with tempfile.TemporaryDirectory() as folder:
        asked = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--dest",
            folder,
        ]
        asked += [word for tag in tags for word in ("--platform", tag)]
        return run([*asked, "--python-version", python, package], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    main()
