"""Who else on the machine may read a night, and what a killed export leaves where nobody looks."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pos_recovery.export.closing import close_day as closes
from pos_recovery.export.places import night_folder
from pos_recovery.system.durable_files import held
from tests.export.offices import HeadOffice
from tests.export.small_nights import NIGHT, bring, make_night
from tests.till import Till

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(night: Path) -> set[int]:
    """Of a night's files, and of its folder."""
    return {each.stat().st_mode & 0o777 for each in (night, *night.iterdir())}


MEANT = [
    (0o755, {0o700, 0o600}), (0o777, {0o700, 0o600}), (0o700, {0o700, 0o600}), (0o705, {0o700, 0o600}),
    (0o750, {0o750, 0o640}), (0o770, {0o750, 0o640}), (0o2750, {0o750, 0o640}), (0o2775, {0o750, 0o640}),
]  # fmt: skip
"""Of the folder that nights go to, and of a night in it."""


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize(("above", "right"), MEANT, ids=lambda each: oct(each) if isinstance(each, int) else "")
def test_a_night_is_its_owners_and_a_groups_where_the_folder_is_for_one(
    tmp_path: Path, above: int, right: set[int]
) -> None:
    there = tmp_path / "there"
    there.mkdir()
    there.chmod(above)
    bring(make_night(tmp_path / "made"), there)
    assert modes(there / NIGHT) == right


def test_a_folder_that_the_umask_of_the_unit_made_is_for_a_group(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        bring(make_night(tmp_path / "made"), tmp_path / "there")
    finally:
        os.umask(before)
    assert modes(tmp_path / "there" / NIGHT) == {0o750, 0o640}


def test_left_to_the_umask_everybody_could_read_a_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin."""
    monkeypatch.setattr(night_folder, "_close_to_others", lambda part: part.chmod(0o777 & ~umask_now()))
    before = os.umask(0o022)
    try:
        bring(make_night(tmp_path / "made"), tmp_path / "there")
    finally:
        os.umask(before)
    assert modes(tmp_path / "there" / NIGHT) == {0o755, 0o644}


def umask_now() -> int:
    now = os.umask(0)
    os.umask(now)
    return now


def test_while_it_is_written_nobody_else_sees_into_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        assert night_folder.open_part(tmp_path / NIGHT).stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)


LEFT = (".2026-11-20_000011.part-0a1b2c3d", ".2026-11-14_000001.part-99999999")
STRANGE = (".2026-11-20_000011.part-mine", "film.part", ".2026-11-20.part-0a1b2c3d", "2026-11-20_000011.part-0a1b2c3d")


@pytest.fixture
def left(office: HeadOffice) -> Path:
    """Parts that a killed export left, of this run and others; what is not ours; and one still being written into."""
    folder = office.folder / "nights"
    for name in (*LEFT, *STRANGE, ".2026-11-19_000010.part-00000000"):
        (folder / name).mkdir(parents=True)
        (folder / name / "coupons.csv").write_text("7KQ4-M2XD-9RTC")
    spool = office.folder / "on their way" / "2026-11-20_000011"
    spool.mkdir(parents=True)
    return folder


def there(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir() if "part" in each.name}


def test_what_a_killed_export_left_is_taken_away_by_the_next_and_nothing_else(
    till: Till, office: HeadOffice, left: Path
) -> None:
    till.clock.move(days=1)
    with held(left / ".2026-11-19_000010.part-00000000") as free:
        assert free
        office.night()
    assert there(left) == {*STRANGE, ".2026-11-19_000010.part-00000000"}
    assert not (office.folder / "on their way").exists()
    office.night()
    assert there(left) == set(STRANGE), "whoever held it has ended"


@pytest.mark.parametrize("name", ["_clear"])
def test_without_a_look_for_them_parts_of_other_runs_would_stay(
    till: Till, office: HeadOffice, left: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The twin."""
    nothing: Callable[[object], None] = lambda _: None  # noqa: E731
    monkeypatch.setattr(closes, name, nothing)
    till.clock.move(days=1)
    office.night()
    assert LEFT[0] in there(left)
