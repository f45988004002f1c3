"""Printers on the loopback with faults that printers have. Each is a real socket; none answers."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SMALL_BUFFER = 1024
"""Bytes a listening printer takes in without being read: less than a slip, so that the sender has to wait."""


@contextmanager
def _listening() -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener


def _url(listener: socket.socket) -> str:
    return f"tcp://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def switched_off() -> Iterator[str]:
    """The URL of a port that refuses: held by nobody who listens, and by nobody else meanwhile."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield _url(holder)


@contextmanager
def cuts_in_the_middle() -> Iterator[str]:
    """The URL of a printer that takes a little of every job and then hangs up."""
    with _listening() as listener:

        def serve() -> None:
            while True:
                try:
                    job, _ = listener.accept()
                except OSError:
                    return
                with job:
                    job.recv(_SMALL_BUFFER)
                    job.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        with _served_by(serve, listener):
            yield _url(listener)


@contextmanager
def waits_for_a_word() -> Iterator[tuple[str, threading.Event]]:
    """The URL of a printer that holds every job until the event is set, then takes all of it."""
    word = threading.Event()
    with _listening() as listener:

        def serve() -> None:
            while True:
                try:
                    job, _ = listener.accept()
                except OSError:
                    return
                with job:
                    word.wait()
                    while job.recv(65536):
                        pass

        with _served_by(serve, listener):
            try:
                yield _url(listener), word
            finally:
                word.set()


@contextmanager
def _served_by(serve: Callable[[], None], listener: socket.socket) -> Iterator[None]:
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
