"""A night gets its name in a folder: whole or not at all, and never in the place of something else."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from subprocess import run

import pytest

from pos_recovery.export.places.addresses import local_folder
from pos_recovery.export.places.night_folder import AlreadyThere, Delivered, Differs, open_part, settle
from tests.export.small_nights import NIGHT, bring, contents, make_night

ROOT = Path(__file__).parents[3]


@pytest.fixture
def night(tmp_path: Path) -> Path:
    return make_night(tmp_path / "home")


@pytest.mark.parametrize("form", ["{}", "file://{}", "file://localhost{}"])
def test_a_folder_may_be_written_as_a_path_or_as_a_url(tmp_path: Path, form: str) -> None:
    there = tmp_path / "head office" / "nights"
    assert local_folder(form.format(str(there) if form == "{}" else there.as_uri().removeprefix("file://"))) == there


def test_a_night_comes_whole_into_a_folder_and_a_second_time_finds_itself(night: Path, tmp_path: Path) -> None:
    there = tmp_path / "head office" / "nights"
    for answer in (Delivered(str(there / NIGHT)), AlreadyThere(str(there / NIGHT))):
        assert bring(night, there) == answer
        assert contents(there / NIGHT) == contents(night)
        assert [each.name for each in there.iterdir()] == [NIGHT]


def test_another_night_of_the_same_name_is_left_as_it_is(night: Path, tmp_path: Path) -> None:
    other = make_night(tmp_path / "there", more="other")
    before = contents(other)
    assert bring(night, other.parent) == Differs(str(other), "its manifest says something else")
    assert contents(other) == before


@pytest.mark.parametrize("change", ["altered", "shorter", "missing", "no manifest", "empty", "file", "dangling link"])
def test_what_is_not_the_night_is_told_and_left_alone(night: Path, tmp_path: Path, change: str) -> None:
    there = tmp_path / "there"
    final = shutil.copytree(night, there / NIGHT)
    file = final / "coupons.csv"
    match change:
        case "altered":
            file.write_bytes(b"x" * file.stat().st_size)
        case "shorter":
            file.write_bytes(file.read_bytes()[:-1])
        case "missing":
            file.unlink()
        case "no manifest":
            (final / "datapackage.json").unlink()
        case _:
            shutil.rmtree(final)
            if change == "empty":
                final.mkdir()
            elif change == "file":
                final.write_text("mine")
            else:
                final.symlink_to("nowhere")
    before = contents(final) if final.is_dir() else final.is_symlink()
    assert isinstance(bring(night, there), Differs)
    assert (contents(final) if final.is_dir() else final.is_symlink()) == before
    assert [each.name for each in there.iterdir()] == [NIGHT]


def test_a_plain_rename_would_replace_an_empty_folder_of_somebody_else(night: Path, tmp_path: Path) -> None:
    """The twin: why `settle` asks first."""
    (tmp_path / NIGHT).mkdir()
    night.rename(tmp_path / NIGHT)
    assert (tmp_path / NIGHT / "coupons.csv").exists()


@pytest.mark.parametrize("part", ["home", NIGHT, f".{NIGHT}x.part-1", f"elsewhere/.{NIGHT}.part-1"])
def test_only_parts_are_settled_because_a_part_may_be_removed(tmp_path: Path, part: str) -> None:
    with pytest.raises(ValueError, match="is no part of"):
        settle(tmp_path / part, tmp_path / NIGHT)


def test_a_part_gets_its_name_and_a_second_one_of_the_same_night_is_removed(night: Path, tmp_path: Path) -> None:
    final = tmp_path / "there" / NIGHT
    for answer in (Delivered(str(final)), AlreadyThere(str(final))):
        part = open_part(final)
        shutil.copytree(night, part, dirs_exist_ok=True)
        assert settle(part, final) == answer
        assert [each.name for each in final.parent.iterdir()] == [NIGHT]
    part = open_part(final)
    shutil.copytree(make_night(tmp_path / "other", more="other"), part, dirs_exist_ok=True)
    assert isinstance(settle(part, final), Differs)
    assert part.exists(), "whoever wrote it decides"


def test_an_empty_folder_of_somebody_else_is_not_replaced(night: Path, tmp_path: Path) -> None:
    final = tmp_path / "there" / NIGHT
    part = open_part(final)
    shutil.copytree(night, part, dirs_exist_ok=True)
    final.mkdir()
    assert isinstance(settle(part, final), Differs)
    assert contents(final) == {}


def test_what_crashes_left_of_this_night_is_removed_and_of_others_is_not(night: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    for left in (f".{NIGHT}.part-0a1b2c3d", ".2026-11-20_000011.part-0a1b2c3d", "notes"):
        (there / left).mkdir(parents=True)
        (there / left / "coupons.csv").write_text("half")
    assert isinstance(bring(night, there), Delivered)
    assert {each.name for each in there.iterdir()} == {NIGHT, ".2026-11-20_000011.part-0a1b2c3d", "notes"}


def test_killed_at_any_step_no_half_night_is_there_and_the_next_delivery_is_whole(tmp_path: Path) -> None:
    night = make_night(tmp_path / "home")
    words = [sys.executable, "-m", "tests.export.killed_delivery", str(night), str(tmp_path / "there")]
    lives = json.loads(run(words, check=True, capture_output=True, text=True, timeout=60, cwd=ROOT).stdout)
    assert len(lives) > 25
    assert not any(life["seen"] == "half" for life in lives)
    assert {life["seen"] for life in lives} == {"nothing", "whole"}
    assert {life["then"] for life in lives} == {"Delivered", "AlreadyThere"}
    assert all(life["left"] == [NIGHT] for life in lives)


def test_killed_while_writing_under_its_final_name_half_a_night_would_be_there(tmp_path: Path) -> None:
    """The twin: a courier that copies straight to the place."""
    night = make_night(tmp_path / "home")
    words = [sys.executable, "-m", "tests.export.killed_delivery", str(night), str(tmp_path / "there"), "straight"]
    lives = json.loads(run(words, check=True, capture_output=True, text=True, timeout=60, cwd=ROOT).stdout)
    assert any(life["seen"] == "half" for life in lives)


@pytest.mark.parametrize("name", ["..", "2026-11-21", "2026-11-21_000012 ", "٢٠٢٦-11-21_000012"])
def test_only_nights_are_settled(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no night's name"):
        settle(tmp_path / f".{NIGHT}.part-1", tmp_path / name)
    with pytest.raises(ValueError, match="no night's name"):
        open_part(tmp_path / name)
