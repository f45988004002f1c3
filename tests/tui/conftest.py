"""A register on a stage, for tests that need no settings of their own; and one in a real terminal, for scanners."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from pos_recovery.system.locations import Home
from tests.till import MovableClock
from tests.tui.stage import Stage, on_stage

if TYPE_CHECKING:
    from tests.tui.real.real_counter import Counter


@pytest_asyncio.fixture
async def stage(home: Home, clock: MovableClock) -> AsyncIterator[Stage]:
    """A register at the PIN pad."""
    async with on_stage(home, clock) as open_stage:
        yield open_stage


@pytest.fixture(scope="module")
def counters(template: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Counter]]:
    """The program that serves all tests; another one where a test has left it anywhere but at the grid."""
    from tests.tui.real.real_counter import AT_THE_GRID, counter_open

    with ExitStack() as closing_later:
        running: list[Counter] = []

        def at_the_grid() -> Counter:
            if not running or AT_THE_GRID not in running[-1].rest() or "▌" in running[-1].screen:
                folder = tmp_path_factory.mktemp("counter") / "home"
                running.append(closing_later.enter_context(counter_open(template, folder)))
                running[-1].shown.wait_for(AT_THE_GRID)
            return running[-1]

        yield at_the_grid


@pytest.fixture
def counter(counters: Callable[[], Counter]) -> Counter:
    """At the grid, the lead signed in."""
    return counters()
