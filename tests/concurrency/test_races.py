"""Many tills on one file: whoever is first has won, everybody else is told so, and nobody is told to wait."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Barrier

import pytest
from sqlalchemy import text

from db.connection.engine import open_engine, sqlite_url, transaction
from db.upkeep.schema import HEAD
from pos_recovery.counter.outcomes import AlreadyRedeemed, Redeemed
from pos_recovery.system.locations import Home
from tests.till import BARISTA, LATE, LEAD, Till

CODES = 100
FEW_CODES = 12
TILLS = 8
THREADS = 16

REDEEM_ALL = """
import json, sys
from pathlib import Path
from pos_recovery.system.locations import Home
from tests.till import Till

home, register, *codes = sys.argv[1:]
till = Till.open(Home(Path(home)), seed=int(register) + 100, register=register)
print("ready", flush=True)
sys.stdin.readline()
print(json.dumps([type(till.redeem(code)).__name__ for code in codes]))
"""

REDEEM_IN_THREADS = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from db.connection.errors import StoreBusy
from pos_recovery.system.locations import Home
from tests.till import LEAD, Till

home, register, threads, *codes = sys.argv[1:]
till = Till.open(Home(Path(home)), seed=int(register) + 100, register=register)

def redeem(code, request):
    for _ in range(20):
        try:
            return till.counter.recovery.redeem(code, LEAD, request)
        except StoreBusy:
            pass
    raise StoreBusy

def redeem_all(thread):
    return [type(redeem(code, f"{register}:{thread}:{code}")).__name__ for code in codes]

print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(int(threads)) as pool:
    print(json.dumps(list(pool.map(redeem_all, range(int(threads))))))
"""


def in_processes(script: str, arguments: list[list[str]]) -> list[str]:
    """Start a process for each list of arguments, let them go all at once, and give back what each said last."""
    root = Path(__file__).parents[2]
    started = [
        Popen([sys.executable, "-c", script, *each], stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True, cwd=root)
        for each in arguments
    ]
    for each in started:
        assert each.stdout
        assert each.stdout.readline() == "ready\n", each.stderr and each.stderr.read()
    for each in started:
        assert each.stdin
        each.stdin.write("go\n")
        each.stdin.flush()
    answers = [each.communicate() for each in started]
    assert [(each.returncode, said[1]) for each, said in zip(started, answers, strict=True)] == [(0, "")] * len(started)
    return [said[0] for said in answers]


def in_threads(how_many: int, do: Callable[[int], object]) -> list[object]:
    """Let all of them go at once."""
    start = Barrier(how_many)

    def wait_then_do(number: int) -> object:
        start.wait()
        return do(number)

    with ThreadPoolExecutor(how_many) as threads:
        return list(threads.map(wait_then_do, range(how_many)))


def party(till: Till, how_many: int) -> list[str]:
    return [story.code for _ in range(how_many // 4) for story in till.issue(count=4).stories]


@pytest.fixture
def busy_till(open_till: Callable[..., Till]) -> Till:
    return open_till(cap=10_000)


def test_a_coupon_is_redeemed_once_by_eight_tills_at_the_same_time(busy_till: Till, home: Home) -> None:
    codes = party(busy_till, CODES)
    said = in_processes(REDEEM_ALL, [[str(home.folder), str(number), *codes] for number in range(1, TILLS + 1)])
    outcomes = [json.loads(each) for each in said]
    for answers in zip(*outcomes, strict=True):
        assert Counter(answers) == {"Redeemed": 1, "AlreadyRedeemed": TILLS - 1}
    assert busy_till.count("coupon_event") == CODES
    assert busy_till.count("refusal") == CODES * (TILLS - 1)


def test_a_coupon_is_redeemed_once_by_sixteen_threads_of_one_till(busy_till: Till) -> None:
    codes = party(busy_till, CODES)

    def redeem_all(number: int) -> list[object]:
        return [busy_till.counter.recovery.redeem(code, LEAD, f"{number}:{code}") for code in codes]

    said = in_threads(THREADS, redeem_all)
    for code, answers in zip(codes, zip(*said, strict=True), strict=True):
        winners = [each for each in answers if isinstance(each, Redeemed)]
        losers = [each for each in answers if isinstance(each, AlreadyRedeemed)]
        assert (len(winners), len(losers)) == (1, THREADS - 1)
        assert {each.redeemed.request_id for each in losers} == {winners[0].story.events[-1].request_id}
        assert winners[0].story.code == code
    assert busy_till.count("coupon_event") == CODES


def test_a_coupon_is_redeemed_once_by_sixteen_threads_of_each_of_eight_tills(busy_till: Till, home: Home) -> None:
    """Whoever is told that the ledger is busy, on a machine that is, tries again with the same request."""
    codes = party(busy_till, FEW_CODES)
    tills = [[str(home.folder), str(number), str(THREADS), *codes] for number in range(1, TILLS + 1)]
    outcomes = [answers for said in in_processes(REDEEM_IN_THREADS, tills) for answers in json.loads(said)]
    assert len(outcomes) == TILLS * THREADS
    for answers in zip(*outcomes, strict=True):
        assert Counter(answers) == {"Redeemed": 1, "AlreadyRedeemed": TILLS * THREADS - 1}
    assert busy_till.count("coupon_event") == FEW_CODES
    assert busy_till.count("refusal") == FEW_CODES * (TILLS * THREADS - 1)


def test_a_check_followed_by_a_write_would_redeem_twice(busy_till: Till, home: Home) -> None:
    """The twin: two tills look, both see an unused slip, both write it down."""
    with transaction(busy_till.counter.engine) as connection:
        connection.execute(text("CREATE TABLE naive_redemption (code TEXT, till INTEGER)"))
    both_have_looked = Barrier(2)

    def naive(number: int) -> bool:
        with closing(sqlite3.connect(home.ledger, isolation_level=None)) as connection:
            used = connection.execute("SELECT count(*) FROM naive_redemption WHERE code = 'X'").fetchone()[0]
            both_have_looked.wait()
            if not used:
                connection.execute("INSERT INTO naive_redemption VALUES ('X', ?)", (number,))
            return not used

    assert in_threads(2, naive) == [True, True]
    assert busy_till.count("naive_redemption") == 2


def test_the_same_scan_sent_eight_times_at_once_is_one_redemption_and_eight_good_answers(busy_till: Till) -> None:
    code = busy_till.code()
    answers = in_threads(8, lambda _: busy_till.redeem(code, "one scan"))
    assert [isinstance(each, Redeemed) for each in answers] == [True] * 8
    assert sorted(each.replay for each in answers if isinstance(each, Redeemed)) == [False] + [True] * 7
    assert busy_till.count("coupon_event") == 1


def test_a_key_pressed_eight_times_at_once_is_one_party(busy_till: Till) -> None:
    answers = in_threads(8, lambda _: {story.code for story in busy_till.issue(request="one press", count=3).stories})
    assert all(each == answers[0] for each in answers)
    assert busy_till.count("coupon") == busy_till.count("print_job") == 3


def test_a_redemption_and_a_void_at_once_leave_one_of_the_two(busy_till: Till) -> None:
    code = ""

    def do(number: int) -> object:
        return busy_till.void(code) if number else busy_till.redeem(code)

    for code in party(busy_till, 12):  # noqa: B007  `do` reads it
        names = sorted(type(each).__name__ for each in in_threads(2, do))
        assert names in (["AlreadyRedeemed", "Redeemed"], ["VoidDone", "Voided"])
    assert busy_till.count("coupon_event") == 12


def test_the_cap_holds_when_many_press_at_once(open_till: Callable[..., Till]) -> None:
    till = open_till(allowance=3, cap=5)
    in_threads(12, lambda number: till.counter.recovery.issue(LATE, BARISTA, f"press {number}"))
    assert till.count("coupon") == 5


UPGRADE = """
import sys
from pathlib import Path
from db.connection.engine import open_engine, sqlite_url
from pos_recovery.opening.wiring import bring_up_to_date

print("ready", flush=True)
sys.stdin.readline()
bring_up_to_date(open_engine(sqlite_url(Path(sys.argv[1]))))
"""


def test_three_programs_that_start_at_once_after_an_update_upgrade_once(home: Home) -> None:
    engine = open_engine(sqlite_url(home.ledger))
    with transaction(engine) as connection:
        for statement in (
            *(
                f"DROP TABLE {table}"
                for table in (
                    "currency",
                    "slip_font",
                    "printer_letters",
                    "print_request",
                    "export_delivery",
                    "export_balance",
                    "export_run",
                    "conflict",
                )
            ),
            "ALTER TABLE store DROP COLUMN day_starts",
            "DROP TABLE print_job",
            "DROP TABLE printer",
            "DROP TABLE sign_in_lock",
            "DROP INDEX ix_refusal_at",
            "ALTER TABLE refusal DROP COLUMN entry",
            "UPDATE alembic_version SET version_num = '0001'",
        ):
            connection.execute(text(statement))
    engine.dispose()
    in_processes(UPGRADE, [[str(home.ledger)]] * 3)
    Till.open(home).issue()
    assert [path.name for path in home.folder.glob("*before*")] == [f"ledger.before-{HEAD}.sqlite"]
