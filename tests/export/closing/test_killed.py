"""kill -9 at any step of an export: the whole night is there or none, and the next export gets it right.

Each death leaves its own ledger and its own folders. Then a new program closes the day again, and what stands there is
held against a night that nobody disturbed, byte for byte. `pytest --hypothesis-profile=many` kills before every step;
otherwise before those that are not like the ones beside them.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from subprocess import PIPE, Popen
from threading import Lock

import pytest
from hypothesis import settings
from sqlalchemy import Engine, text

from db.connection.engine import reading, sqlite_url
from pos_recovery.export.closing.outcomes import Exported, InTheWay
from pos_recovery.export.places.addresses import NoUseError
from pos_recovery.export.places.night_folder import amiss, read_night
from tests.export.killed_export import Life, open_elsewhere
from tests.export.offices import HeadOffice, content
from tests.postgres import Server
from tests.rules.test_generated_input import USUAL
from tests.till import Till

SATURDAY, SUNDAY, MONDAY = (date(2026, 11, day) for day in (14, 15, 16))
FIRST, SECOND = "2026-11-14_000001", "2026-11-15_000002"
FEW = 4
"""Steps of a kind: all of them are died before."""
MANY = settings.get_profile("many").max_examples <= USUAL
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor SIGKILL"),
    pytest.mark.timeout(3_600 if MANY else 300),  # each closes a day some thirty times
]


@dataclass
class Ground:
    """Where lives begin: Saturday is closed, Sunday is over. Each life gets a copy."""

    ledger: str
    """A file, or a database of the server."""
    nights: Path
    """What is delivered already."""
    now: str
    folder: Path
    """For the lives."""
    copy_ledger: Callable[[str, Path], str]
    """Given that and a folder, makes another one. Returns its URL."""
    remote: bool
    _lives: Iterator[int] = field(default_factory=partial(count, 1))
    _copying: Lock = field(default_factory=Lock)

    def life(self) -> Life:
        folder = self.folder / f"life {next(self._lives)}"
        folder.mkdir(parents=True)
        shutil.copytree(self.nights, folder / "nights")
        out = f"elsewhere://{folder}/nights" if self.remote else str(folder / "nights")
        with self._copying:  # of a database a server makes one copy at a time
            url = self.copy_ledger(self.ledger, folder)
        return Life(url, str(folder), out, str(SUNDAY), self.now)


@dataclass
class Graveyard:
    """The program whose children die."""

    mortal: Popen[str]

    def let_live(self, life: Life) -> tuple[bool, list[str]]:
        assert self.mortal.stdin
        assert self.mortal.stdout
        self.mortal.stdin.write(json.dumps(asdict(life)) + "\n")
        self.mortal.stdin.flush()
        survived, steps = json.loads(self.mortal.stdout.readline())
        return survived, steps


@contextmanager
def open_graveyard(ground: Ground) -> Iterator[Graveyard]:
    command = [sys.executable, "-m", "tests.export.killed_export"]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=Path(__file__).parents[3]) as mortal:
        assert mortal.stdin
        mortal.stdin.write(json.dumps(asdict(ground.life())) + "\n")
        yield Graveyard(mortal)
        with suppress(BrokenPipeError):
            mortal.communicate()


def some_of(till: Till) -> None:
    codes = [till.code(note="=1+1"), till.code(), till.code()]
    till.redeem(codes[0])
    till.redeem(codes[0])
    till.void(codes[1])


def copy_file(ledger: str, folder: Path) -> str:
    """A ledger that nobody has open is one file."""
    return sqlite_url(Path(shutil.copy(ledger, folder / "ledger.db")))


@pytest.fixture
def two_days(till: Till) -> Till:
    """A register whose Sunday is over."""
    for _ in range(2):
        some_of(till)
        till.clock.move(days=1)
    return till


@pytest.fixture
def over(two_days: Till, office: HeadOffice) -> HeadOffice:
    """Its office, which has closed Saturday."""
    office.night(SATURDAY)
    return office


def ground_of(office: HeadOffice, ledger: str, copy: Callable[[str, Path], str], *, remote: bool = False) -> Ground:
    return Ground(ledger, office.folder / "nights", office.clock().isoformat(), office.folder / "lives", copy, remote)


def file_ground(office: HeadOffice, *, remote: bool = False) -> Ground:
    assert office.file
    office.engine.dispose()  # the last one out takes the WAL along
    return ground_of(office, str(office.file), copy_file, remote=remote)


def telling(steps: list[str], since: int = 0) -> list[int]:
    """Before which steps to die, counted from 1: all of which there are few; first, middle and last of others."""
    if MANY:
        return list(range(1, len(steps) + 1))
    alike: dict[str, list[int]] = defaultdict(list)
    for number, step in enumerate(steps, 1):
        if number > since:
            alike[step].append(number)
    chosen = [all_ if len(all_) <= FEW else [all_[0], all_[len(all_) // 2], all_[-1]] for all_ in alike.values()]
    return sorted(number for numbers in chosen for number in numbers)


def seen(final: Path, *, remote: bool = False) -> str:
    """What head office finds under a night's name. In a remote place a night without its manifest is none."""
    try:
        return "half" if amiss(read_night(final)) else "whole"
    except NoUseError:
        return "half" if final.exists() and not remote else "nothing"


def on_record(engine: Engine) -> list[tuple[int, str]]:
    with reading(engine) as connection:
        return [(run, str(day)) for run, day in connection.execute(text("SELECT run, business_day FROM export_run"))]


@dataclass
class Tally:
    """What came of the deaths."""

    right: dict[str, bytes]
    """What is to stand there in the end."""
    remote: bool
    known: set[str] = field(default_factory=set)
    """What deaths have left that a later export was seen to put right."""

    kills: int = 0
    nothing: int = 0
    whole: int = 0
    unrecorded: int = 0
    lock: Lock = field(default_factory=Lock)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills: {self.nothing} left no night, {self.whole} a whole one; {self.unrecorded} no run; "
            f"{len(self.known)} exports put it right"
        )


def check_deaths(ground: Ground, since: str | None = None) -> Tally:
    """Kill before each step, or each from some step on, two at a time; look; close the day again; look again."""
    with open_graveyard(ground) as one, open_graveyard(ground) as other:
        undisturbed = ground.life()
        survived, steps = one.let_live(undisturbed)
        assert survived
        tally = Tally(content(Path(undisturbed.folder) / "nights" / SECOND), ground.remote)
        free: SimpleQueue[Graveyard] = SimpleQueue()
        for each in (one, other):
            free.put(each)

        def die(dies_before: int) -> None:
            life = replace(ground.life(), dies_before=dies_before)
            where = (dies_before, steps[max(0, dies_before - 3) : dies_before])
            graveyard = free.get()
            survived, told = graveyard.let_live(life)
            free.put(graveyard)
            assert not survived, where
            assert told == steps[:dies_before], where
            check_death(life, tally, where)
            shutil.rmtree(life.folder)

        with ThreadPoolExecutor(2) as pool:
            for _ in pool.map(die, telling(steps, steps.index(since) if since else 0)):
                pass  # or it raises
    return tally


def check_death(life: Life, tally: Tally, where: object) -> None:
    nights, spool = (Path(life.folder) / name for name in ("nights", "on their way"))
    office = life.office()
    found, runs = seen(nights / SECOND, remote=tally.remote), on_record(office.engine)
    assert found in ("nothing", "whole"), where
    assert len(runs) == 2 or found == "nothing", where
    left = str((runs, found, delivered(office.engine), names(nights) if not tally.remote else "", names(spool)))
    with tally.lock:
        tally.kills += 1
        tally.nothing += found == "nothing"
        tally.whole += found == "whole"
        tally.unrecorded += len(runs) == 1
        is_new = left not in tally.known
        tally.known.add(left)
    if MANY or is_new:
        again = office.close(SUNDAY)
        assert isinstance(again, Exported), (again, where)
        assert again.again is (len(runs) == 2), where
        assert on_record(office.engine) == [(1, str(SATURDAY)), (2, str(SUNDAY))], where
        assert delivered(office.engine) == 2, where
        assert names(nights) == [FIRST, SECOND], where
        assert names(spool) == [], where
        assert content(nights / SECOND) == tally.right, where
    office.engine.dispose()


def names(folder: Path) -> list[str]:
    """What is in it, without what was drawn by lot."""
    return sorted(each.name.partition(".part-")[0] for each in folder.iterdir()) if folder.exists() else []


def delivered(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(text("SELECT count(*) FROM export_delivery")).scalar_one())


def tell(tally: Tally, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert tally.nothing
    assert tally.whole
    assert tally.unrecorded
    with capsys.disabled():
        sys.stdout.write(f"\n{what}: {tally}\n")


def test_killed_at_any_step_an_export_leaves_a_whole_night_or_none_and_the_next_gets_it_right(
    over: HeadOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(check_deaths(file_ground(over)), "into a folder", capsys)


def test_killed_on_its_way_elsewhere_a_night_is_whole_or_none_and_the_next_gets_it_right(
    over: HeadOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    open_elsewhere()
    tell(check_deaths(file_ground(over, remote=True), "INSERT INTO export_run"), "elsewhere", capsys)


def test_killed_at_any_step_an_export_of_a_server_does_as_well(
    two_days: Till,
    moved: Callable[[Till], Engine],
    postgres_server: Server,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hub = moved(two_days)
    office = HeadOffice(hub, None, tmp_path / "hub", two_days.clock)
    office.night(SATURDAY)
    hub.dispose()
    ground = ground_of(office, str(hub.url.database), lambda there, _: postgres_server.database(there))
    tell(check_deaths(ground, "INSERT INTO export_run"), "from a server", capsys)


@pytest.mark.parametrize("remote", [False, True])
def test_what_the_dead_left_goes_even_if_the_next_export_closes_another_day(
    over: HeadOffice, till: Till, remote: bool
) -> None:
    open_elsewhere()
    ground = file_ground(over, remote=remote)
    with open_graveyard(ground) as graveyard:
        _, steps = graveyard.let_live(ground.life())
        recorded = steps.index("INSERT INTO export_run") + 1
        for dies_before in (recorded, steps.index("INSERT INTO export_delivery") + 1, len(steps)):
            life = replace(ground.life(), dies_before=dies_before)
            graveyard.let_live(life)
            office = replace(life, now=(till.clock() + timedelta(days=1)).isoformat()).office()
            outcome = office.close(MONDAY)
            assert isinstance(outcome, Exported), (outcome, dies_before)
            following = ["2026-11-16_000002"] if dies_before == recorded else [SECOND, "2026-11-16_000003"]
            nights = Path(life.folder) / "nights"
            assert [each.name for each in sorted(nights.iterdir())] == [FIRST, *following], dies_before
            assert names(Path(life.folder) / "on their way") == [], dies_before
            office.engine.dispose()


def test_named_before_it_is_recorded_a_night_would_stand_in_the_way(over: HeadOffice, till: Till) -> None:
    """The twin: killed between name and record, it leaves a night that nobody knows, and no day can be closed there."""
    ground = file_ground(over)
    with open_graveyard(ground) as graveyard:
        survived, steps = graveyard.let_live(replace(ground.life(), careless=True))
        assert survived
        life = replace(ground.life(), careless=True, dies_before=steps.index("INSERT INTO export_run") + 1)
        assert graveyard.let_live(life)[0] is False
    office = replace(life, now=(till.clock() + timedelta(days=1)).isoformat()).office()
    nights = Path(life.folder) / "nights"
    assert seen(nights / SECOND) == "whole"
    assert on_record(office.engine) == [(1, str(SATURDAY))]
    assert office.close(MONDAY) == InTheWay(str(nights / SECOND), unknown=True)
    office.engine.dispose()
