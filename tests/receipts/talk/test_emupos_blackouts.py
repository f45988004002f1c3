"""emupos loses its power behind a line that stays open: nothing is proved of a torn slip.

It keeps no mark and answers in order, so the questions alone have to show it. `tests/bench/blackouts.py` tries every
byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from receipts.printers.open_printer import Manner, open_printer
from receipts.talk.proof import FINEST_BYTES, Wholeness
from receipts.values.deadlines import Deadlines
from receipts.values.paper import PAPER_58
from tests.receipts import emupos
from tests.receipts.adapter import Blackout, network_box, serial_adapter
from tests.receipts.blackouts import last_answer_alone
from tests.receipts.simulation import small_page
from tests.receipts.talk.test_emupos import came_out, parts, pixels

Line = Callable[..., AbstractContextManager[str]]
PAGE = small_page()
KNOWN = Manner(level="processed", deadlines=Deadlines(stall=1.0, quiet=0.1, poll=0.1))
QUESTION_BYTES, HEADER_BYTES = 3, 8
A_PIECE = FINEST_BYTES + QUESTION_BYTES + HEADER_BYTES
"""The longest way from one question to the end of the next."""
PLACES = (60, 1_531, 3_002, 4_473, 7_300)


@pytest.fixture(scope="module")
def there(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[emupos.Emupos]:
    programs = emupos.installed(request.config.cache)
    with emupos.running(programs, tmp_path_factory.mktemp("emupos"), PAPER_58) as simulator:
        yield simulator


def torn_and_proved(there: emupos.Emupos, line: Line, folder: Path, at: int, loses: int) -> bool:
    """Whether a slip in which the power failed was proved, and is not whole."""
    before = there.receipts()
    with line(there.tcp_url, Blackout(at, loses)) as url:
        result = open_printer(url, folder, PAPER_58).print(PAGE, "slip", KNOWN)
    assert result.state in {"printed", "unknown"} or not result.bytes_sent
    return result.proof is not None and came_out(there, before) != pixels(parts(PAGE))


@pytest.mark.parametrize("line", [network_box, serial_adapter])
def test_a_line_that_stays_open_carries_a_slip(there: emupos.Emupos, line: Line, tmp_path: Path) -> None:
    before = there.receipts()
    with line(there.tcp_url) as url:
        assert open_printer(url, tmp_path, PAPER_58).print(PAGE, "slip", KNOWN).proof == "processed"
    assert came_out(there, before) == pixels(parts(PAGE))


@pytest.mark.parametrize("line", [network_box, serial_adapter])
@pytest.mark.parametrize("at", PLACES)
def test_a_slip_in_which_the_power_failed_is_not_proved(
    there: emupos.Emupos, line: Line, at: int, tmp_path: Path
) -> None:
    assert not torn_and_proved(there, line, tmp_path, at, A_PIECE)


def test_by_the_last_answer_alone_it_would_be(
    there: emupos.Emupos, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Wholeness, "compose", last_answer_alone)
    assert all(torn_and_proved(there, network_box, tmp_path, at, A_PIECE) for at in PLACES[1:3])
