"""What to type so that a copy has more, for every way in which one is installed."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from subprocess import run
from typing import Any

import pytest

from pos_recovery.system import install_command
from tests.installs import Installed

ASKED = "from pos_recovery.system.install_command import command; print(command(['night'], ['sftp'], anew={anew}))"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed.plain(tmp_path_factory.mktemp("installed") / "environment")


@pytest.fixture
def copy(shelf: Installed) -> Installed:
    """One for each test, as every installer leaves something else there."""
    for left in ("pipx_metadata.json", "uv-receipt.toml", "bin/pip"):
        (shelf.folder / left).unlink(missing_ok=True)
    shutil.rmtree(shelf.packages / "pip", ignore_errors=True)
    (shelf.packages / "pos_recovery-0.1.0.dist-info" / "direct_url.json").unlink(missing_ok=True)
    lines = (shelf.folder / "pyvenv.cfg").read_text().splitlines()
    (shelf.folder / "pyvenv.cfg").write_text("".join(f"{each}\n" for each in lines if not each.startswith("uv")))
    return shelf


def told_beside(copy: Installed) -> str:
    asked = "from pos_recovery.system.install_command import beside; print(beside(['fsspec', 'smbprotocol'], ['sftp']))"
    done = copy.python("-c", asked)
    assert done.code == 0, done.err
    return done.out.strip()


def told(copy: Installed, *, anew: bool = False) -> str:
    done = copy.python("-c", ASKED.format(anew=anew))
    assert done.code == 0, done.err
    return done.out.strip()


def with_pip(copy: Installed) -> None:
    (copy.folder / "bin" / "pip").touch()
    (copy.packages / "pip").mkdir(exist_ok=True)
    (copy.packages / "pip" / "__init__.py").touch()


@pytest.mark.parametrize(
    ("url", "how", "what"),
    [
        ("", {}, "'pos-recovery[night]'"),
        ("file:///opt/pos-recovery", {"dir_info": {}}, "'/opt/pos-recovery[night]'"),
        ("file:///opt/our%20till", {"dir_info": {"editable": False}}, "'/opt/our till[night]'"),
        ("file:///opt/till", {"dir_info": {"editable": True}}, "--editable '/opt/till[night]'"),
        (
            "https://git.example.com/till.git",
            {"vcs_info": {"vcs": "git", "commit_id": "f00", "requested_revision": "v1"}, "subdirectory": "register"},
            "'pos-recovery[night] @ git+https://git.example.com/till.git@v1#subdirectory=register'",
        ),
        (
            "https://git.example.com/till.git",
            {"vcs_info": {"vcs": "git", "commit_id": "f00"}},
            "'pos-recovery[night] @ git+https://git.example.com/till.git@f00'",
        ),
        (
            "file:///stick/pos_recovery-0.1.0-py3-none-any.whl",
            {"archive_info": {}},
            "'pos-recovery[night] @ file:///stick/pos_recovery-0.1.0-py3-none-any.whl'",
        ),
    ],
    ids=["index", "folder", "a space in its name", "editable", "a tag", "a commit", "wheel"],
)
def test_pip_is_told_where_it_came_from(copy: Installed, url: str, how: dict[str, Any], what: str) -> None:
    with_pip(copy)
    if url:
        copy.came_from(url, **how)
    assert told(copy) == f"{copy.folder}/bin/pip install {what}"


def test_packages_of_no_extra_are_installed_beside_it(copy: Installed) -> None:
    """uv builds a tool anew, so it is told all that is to stay; pip and pipx put them beside."""
    with_pip(copy)
    assert told_beside(copy) == f"{copy.folder}/bin/pip install fsspec smbprotocol"
    (copy.folder / "pipx_metadata.json").write_text(json.dumps({"main_package": {"suffix": ""}}))
    assert told_beside(copy) == f"pipx inject {copy.folder.name} fsspec smbprotocol"
    (copy.folder / "pipx_metadata.json").unlink()
    (copy.folder / "uv-receipt.toml").write_text('[tool]\nrequirements = [{ name = "pos-recovery" }]')
    assert told_beside(copy) == "uv tool install 'pos-recovery[sftp]' --with fsspec --with smbprotocol"


@pytest.mark.parametrize("left", ["", "{}", "[]", "{bad"])
def test_a_record_in_pieces_is_none(copy: Installed, left: str) -> None:
    with_pip(copy)
    (copy.packages / "pos_recovery-0.1.0.dist-info" / "direct_url.json").write_text(left)
    assert told(copy) == f"{copy.folder}/bin/pip install 'pos-recovery[night]'"


def test_what_is_broken_pip_is_told_to_install_again(copy: Installed) -> None:
    with_pip(copy)
    assert told(copy, anew=True) == f"{copy.folder}/bin/pip install --force-reinstall 'pos-recovery[night]'"


@pytest.mark.parametrize(("suffix", "words"), [("", ""), ("-harbour", " --suffix=-harbour")])
def test_pipx_is_told_all_that_it_is_to_keep(copy: Installed, suffix: str, words: str) -> None:
    """Its environment may be made by uv and hold no pip (pipx 1.18)."""
    (copy.folder / "pipx_metadata.json").write_text(json.dumps({"main_package": {"suffix": suffix}}))
    assert told(copy, anew=True) == f"pipx install --force{words} 'pos-recovery[night,sftp]'"


def test_uv_is_told_what_else_is_in_the_tool(copy: Installed) -> None:
    copy.came_from("file:///opt/till", dir_info={})
    receipt = '[tool]\nrequirements = [{ name = "pos-recovery" }, { name = "gcsfs", specifier = ">=2026" }]\n'
    (copy.folder / "uv-receipt.toml").write_text(receipt)
    assert told(copy) == "uv tool install '/opt/till[night,sftp]' --with 'gcsfs>=2026'"
    assert told(copy, anew=True) == "uv tool install --reinstall '/opt/till[night,sftp]' --with 'gcsfs>=2026'"


def test_an_environment_of_uv_has_no_pip(copy: Installed) -> None:
    with (copy.folder / "pyvenv.cfg").open("a") as file:
        file.write("uv = 0.13.9\n")
    python = copy.folder / "bin" / "python"
    assert told(copy) == f"uv pip install --python {python} 'pos-recovery[night]'"
    assert told(copy, anew=True) == f"uv pip install --python {python} --reinstall 'pos-recovery[night]'"


def test_an_environment_without_pip_is_filled_by_the_pip_beside_it(copy: Installed) -> None:
    words = told(copy).split()
    assert words[1:4] == ["-m", "pip", "--python"]
    assert not words[0].startswith(str(copy.folder))


def test_a_folder_that_was_never_installed_is_installed_as_it_is(copy: Installed) -> None:
    with_pip(copy)
    about = copy.packages / "pos_recovery-0.1.0.dist-info"
    about.rename(about.with_name("away"))
    try:
        assert told(copy) == f"{copy.folder}/bin/pip install --editable '{copy.packages}[night]'"
    finally:
        about.with_name("away").rename(about)


def test_the_python_of_the_system_is_filled_by_its_own_pip(copy: Installed) -> None:
    base = str(Path(getattr(sys, "_base_executable", sys.executable)))
    done = run(
        [base, "-c", ASKED.format(anew=False)],
        env={"PYTHONPATH": str(copy.packages)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip().removeprefix("sudo ").split(" -m ")[1].startswith("pip install ")
    assert done.stdout.strip().endswith(" 'pos-recovery[night]'")


def test_quotes_are_those_of_the_shell() -> None:
    words = [r"C:\Our Till\Scripts\pip.exe", "install", "pos-recovery[night]"]
    assert install_command.quoted(words, windows=True) == r'"C:\Our Till\Scripts\pip.exe" install "pos-recovery[night]"'
    assert install_command.quoted(["/opt/till/bin/pip", *words[1:]], windows=False) == (
        "/opt/till/bin/pip install 'pos-recovery[night]'"
    )


def test_without_quotes_a_shell_would_look_for_files(tmp_path: Path) -> None:
    """The twin: a file of that name would be what is installed."""
    (tmp_path / "pos-recoveryn").touch()
    line = install_command.quoted(["echo", "pos-recovery[night]"], windows=False)
    shown = [
        run(["sh", "-c", each], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        for each in (line, line.replace("'", ""))
    ]
    assert shown == ["pos-recovery[night]\n", "pos-recoveryn\n"]
