"""A register on a stage, for tests that need no settings of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from pos_recovery.locations import Home
from tests.till import MovableClock
from tests.tui.stage import Stage, on_stage


@pytest_asyncio.fixture
async def stage(home: Home, clock: MovableClock) -> AsyncIterator[Stage]:
    """A register at the PIN pad."""
    async with on_stage(home, clock) as open_stage:
        yield open_stage
