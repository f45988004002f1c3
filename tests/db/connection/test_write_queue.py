"""The writers of one program stand in a queue: nobody is passed over, and nobody who left is called."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from signal import SIGINT, pthread_kill
from threading import Event, Thread, main_thread

import pytest

from db.connection.errors import StoreBusy
from db.connection.write_queue import Turn

PATIENT = 60.0


def until(true: Callable[[], bool]) -> None:
    while not true():
        pass


def test_whoever_waited_longest_is_next_even_if_the_last_one_wants_it_again_at_once() -> None:
    turn, order = Turn(PATIENT), list[int]()

    def take(number: int) -> None:
        with turn:
            order.append(number)

    with ThreadPoolExecutor(3) as threads:
        with turn:
            done = list[Future[None]]()
            for number in (1, 2, 3):
                done.append(threads.submit(take, number))
                until(lambda: turn.waiting == len(done))
        take(4)
        for each in done:
            each.result()
    assert order == [1, 2, 3, 4]


def test_left_to_sqlite_a_writer_is_passed_over_until_it_is_told_busy(tmp_path: Path) -> None:
    """The twin: one connection writes and writes again, the other only ever looks at the wrong moment."""
    ledger, over = tmp_path / "ledger.sqlite", Event()

    def open_it(wait_s: float) -> sqlite3.Connection:
        return sqlite3.connect(ledger, timeout=wait_s, isolation_level=None, check_same_thread=False)

    with closing(open_it(PATIENT)) as greedy, closing(open_it(0.2)) as modest:
        greedy.execute("CREATE TABLE written (n INTEGER)")
        greedy.execute("BEGIN IMMEDIATE")

        def write_on() -> None:
            while not over.is_set():
                greedy.executemany("INSERT INTO written VALUES (?)", [(n,) for n in range(1000)])
                greedy.execute("COMMIT")
                greedy.execute("BEGIN IMMEDIATE")

        writing = Thread(target=write_on)
        writing.start()
        told = list[str]()
        for _ in range(50):
            try:
                modest.execute("BEGIN IMMEDIATE")
                modest.execute("COMMIT")
            except sqlite3.OperationalError as error:
                told.append(str(error))
                break
        over.set()
        writing.join()
    assert told == ["database is locked"]


def test_who_waits_too_long_is_told_and_not_called_any_more() -> None:
    turn = Turn(0.05)
    with turn:
        with ThreadPoolExecutor(1) as threads, pytest.raises(StoreBusy):
            threads.submit(turn.__enter__).result()
        assert turn.waiting == 0
    with turn:
        pass


def test_who_is_interrupted_while_waiting_leaves_the_queue() -> None:
    turn, held, seen = Turn(PATIENT), Event(), Event()

    def hold_and_interrupt() -> None:
        with turn:
            held.set()
            until(lambda: turn.waiting == 1)
            pthread_kill(main_thread().ident or 0, SIGINT)
            seen.wait(PATIENT)

    holder = Thread(target=hold_and_interrupt)
    holder.start()
    held.wait(PATIENT)
    with pytest.raises(KeyboardInterrupt), turn:
        pass
    assert turn.waiting == 0
    seen.set()
    holder.join()
    with Turn(0.05), turn:
        pass
