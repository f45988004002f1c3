"""What the tests of core, database and command line stand on. See `till.py` for the till itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from pos_recovery.settings.schema import PREFIX
from pos_recovery.system.locations import Home
from tests import postgres
from tests.postgres import Server
from tests.till import MovableClock, Till, copy_of, make_template

settings.register_profile("many", max_examples=1_000)


def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: two for each core, four at most. Tests wait as long as they work: for printers, terminals, others."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(2 * cores, 4)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes come first, in whatever order: the last of them would be waited for."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside() -> Iterator[None]:
    """Whoever runs the tests may have a register of their own."""
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            environment.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_signal_ignored_from_outside() -> Iterator[None]:
    """Started by `nohup`, or behind an `&` of a script, a process ignores signals, and so does all that it starts."""
    numbers = [getattr(signal, name) for name in ("SIGHUP", "SIGINT", "SIGQUIT") if hasattr(signal, name)]
    ignored = [number for number in numbers if signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(scope="session", autouse=True)
def no_fonts_from_outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a machine's own fonts can draw differs from one to the next; a test that wants some says which."""
    folder = tmp_path_factory.mktemp("no-fonts")
    (folder / "fonts.conf").write_text(f"<fontconfig><cachedir>{folder}</cachedir></fontconfig>", encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FONTCONFIG_FILE", str(folder / "fonts.conf"))
        environment.setenv("XDG_DATA_DIRS", str(folder))
        yield


@pytest.fixture(scope="session")
def template(
    no_settings_from_outside: None, no_fonts_from_outside: None, tmp_path_factory: pytest.TempPathFactory
) -> Home:
    """A home that is set up; copy it, never write to it."""
    return make_template(tmp_path_factory.mktemp("template") / "home")


@pytest.fixture
def home(template: Home, tmp_path: Path) -> Home:
    """A home that is set up, with lead 1 (Ana) and barista 2 (Ben)."""
    return copy_of(template, tmp_path / "home")


@pytest.fixture
def clock() -> MovableClock:
    """Saturday 14 November 2026, 10:00 in Prague."""
    return MovableClock()


@pytest.fixture
def open_till(home: Home, clock: MovableClock) -> Iterator[Callable[..., Till]]:
    """Opens tills on the ledger of `home`, with settings of their own; closes them all."""
    tills: list[Till] = []

    def opened(**changes: Any) -> Till:  # noqa: ANN401  settings have many types
        tills.append(Till.open(home, clock, seed=len(tills) + 1, **changes))
        return tills[-1]

    yield opened
    for till in tills:
        till.counter.close()


@pytest.fixture
def till(open_till: Callable[..., Till]) -> Till:
    """One register with the settings as they come."""
    return open_till()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """PostgreSQL, started when the first test asks for it. Where it cannot be had, CI fails and others skip."""
    try:
        with postgres.serving() as server:
            yield server
    except postgres.NoServer as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


@pytest.fixture
def postgres_url(postgres_server: Server) -> str:
    """A database with all our tables and no rows."""
    return postgres_server.database()


@pytest.fixture
def empty_postgres_url(postgres_server: Server) -> str:
    """A database without tables."""
    return postgres_server.database("template0")
