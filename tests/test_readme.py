"""The README does not lie: its commands run, its tables name every setting and exit code, its pictures are there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pos_recovery.commands.arguments import EXAMPLES
from pos_recovery.export.closing import systemd_timer
from pos_recovery.settings.schema import KEYS
from pos_recovery.system.exits import ExitCode
from pos_recovery.system.locations import DATABASE_VARIABLE, OUT_VARIABLE, PIN_VARIABLE

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.timeout(600)  # thirty programs, one after the other
def test_every_command_of_the_session_runs_in_a_fresh_home(tmp_path: Path) -> None:
    session = re.search(r"```console\n(.*?)```", README, re.DOTALL)
    assert session is not None
    lines = [line.removeprefix("$ ") for line in session.group(1).splitlines() if line.startswith("$ ")]
    assert len(lines) > 10
    program = tmp_path / "bin" / "pos-recovery"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pos_recovery "$@"\n')
    program.chmod(0o755)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("POS_RECOVERY")}
    environment |= {
        "PATH": f"{program.parent}{os.pathsep}{environment['PATH']}",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "POS_RECOVERY_HOME": str(tmp_path / "home"),
    }

    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(lines)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "is void" in ran.stdout
    assert "The sums prove." in ran.stdout
    assert "Verified: 1 night" in ran.stdout


@pytest.mark.parametrize("key", KEYS)
def test_every_setting_is_in_the_table(key: str) -> None:
    named = f"`[{key}.…]`" if key in {"reasons", "words"} else f"`{key}`"
    table = README.split("## Settings")[1].split("##")[0]

    assert named in table


@pytest.mark.parametrize("variable", [PIN_VARIABLE, OUT_VARIABLE, DATABASE_VARIABLE])
def test_every_variable_is_named_with_the_settings(variable: str) -> None:
    assert f"`{variable}`" in README.split("## Settings")[1].split("##")[0]


@pytest.mark.parametrize("code", list(ExitCode))
def test_every_exit_code_is_in_the_table(code: ExitCode) -> None:
    assert re.search(rf"^\| {code.value} \|", README, re.MULTILINE)


@pytest.mark.parametrize("command", [name.split()[0] for name in EXAMPLES if name])
def test_every_command_is_named(command: str) -> None:
    assert re.search(rf"`{command}\b|pos-recovery {command}\b", README)


@pytest.mark.parametrize("picture", re.findall(r"\]\((\.pictures/[a-z]+\.png)\)", README))
def test_every_picture_is_there(picture: str) -> None:
    assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")


def test_the_units_of_the_timer_are_shown_as_they_are_written() -> None:
    folder = Path("/home/cafe/.config/systemd/user")
    nightly = systemd_timer.Nightly(
        program=Path("/opt/pos-recovery/.venv/bin/pos-recovery"),
        home=Path("/home/cafe/.local/share/pos-recovery"),
        out="sftp://night@files.example.com/nights",
        hour=5,
        zone="Europe/London",
    )
    shown = README.split("<!-- units -->")[1].split("<!-- /units -->")[0]

    blocks = dict(re.findall(r"```[a-z]+\n# (pos-recovery-export\.[a-z]+)[^\n]*\n(.*?)```", shown, re.DOTALL))

    assert {name: text.rstrip() for name, text in blocks.items()} == {
        systemd_timer.SERVICE: systemd_timer.service_text(nightly, folder).rstrip(),
        systemd_timer.TIMER: systemd_timer.timer_text(nightly).rstrip(),
        systemd_timer.DESTINATION: systemd_timer.destination_text(nightly).rstrip(),
    }


def test_there_are_exactly_two_set_up_commands() -> None:
    assert len(re.findall(r"^python3 -m venv", README, re.MULTILINE)) == 2
