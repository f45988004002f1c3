"""Nights on their way: to a system in memory that has bad days, to a real SFTP server."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from signal import SIGINT, default_int_handler, pthread_kill, signal
from socket import create_server
from threading import Barrier, Event, Thread, main_thread
from threading import enumerate as enumerate_threads
from time import monotonic
from typing import Any

import fsspec
import paramiko
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from pos_recovery.export.places.addresses import NoUseError, ShortError, TakenError
from pos_recovery.export.places.night_folder import AlreadyThere, Delivered, Differs, NotDelivered
from pos_recovery.export.places.open_place import check_place, open_place
from pos_recovery.export.places.upload import deliver
from pos_recovery.system.extras import LackingError
from tests.export.sftp_server import NAME, PASSWORD, Sftp
from tests.export.small_nights import NIGHT, contents, make_night

MARKER = "datapackage.json"
"""Where it is, head office takes the night for whole."""
REGISTERED: dict[str, type] = sys.modules["fsspec.registry"]._registry
"""The file systems fsspec has loaded."""


class Moody(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """A system that has bad days, as its class attributes say."""

    protocol = "moody"
    store: dict[str, Any] = {}  # noqa: RUF012  as in MemoryFileSystem
    pseudo_dirs: list[str] = [""]  # noqa: RUF012
    calls: list[str] = []  # noqa: RUF012
    trouble: list[Exception] = []  # noqa: RUF012
    """Raised by the next uploads, first come first."""
    cuts = 0
    """So many uploads lose their second half without a word."""
    tells_sizes = True

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.replace("moody://", "memory://")))

    def put_file(self, lpath: str, rpath: str, **options: object) -> None:
        type(self).calls.append(rpath.rpartition("/")[2])
        if self.trouble:
            raise self.trouble.pop(0)
        super().put_file(lpath, rpath, **options)
        if type(self).cuts:
            type(self).cuts -= 1
            whole = self.cat_file(rpath)
            self.pipe_file(rpath, whole[: len(whole) // 2])

    def info(self, path: str, **options: object) -> dict[str, Any]:
        told: dict[str, Any] = super().info(path, **options)
        return told if self.tells_sizes else {**told, "size": None}


@pytest.fixture
def moody() -> Iterator[type[Moody]]:
    """The class itself: an instance is made for every delivery."""

    class Today(Moody):
        store: dict[str, Any] = {}  # noqa: RUF012
        pseudo_dirs: list[str] = [""]  # noqa: RUF012
        calls: list[str] = []  # noqa: RUF012
        trouble: list[Exception] = []  # noqa: RUF012

    fsspec.register_implementation("moody", Today, clobber=True)
    yield Today
    REGISTERED.pop("moody")


@pytest.fixture
def night(tmp_path: Path) -> Path:
    return make_night(tmp_path / "home")


deliver_now = partial(deliver, sleep=lambda _: None)
"""Without waiting between tries."""


# Before anything is sent


@pytest.mark.parametrize(
    "damage", [lambda file: file.write_text("CouponCode\r\n"), Path.unlink], ids=["cut", "missing"]
)
def test_a_night_that_was_damaged_at_home_goes_nowhere(
    night: Path, moody: type[Moody], damage: Callable[[Path], object]
) -> None:
    damage(night / "coupons.csv")
    answer = deliver_now(night, "moody://b")
    assert isinstance(answer, NotDelivered)
    assert answer.why.startswith("coupons.csv ")
    assert moody.calls == []


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "a/b", "..", ".hidden", "", "datapackage.json"])
def test_a_manifest_cannot_send_files_from_elsewhere(night: Path, moody: type[Moody], path: str) -> None:
    resources = [{"path": path, "bytes": 1, "hash": "sha256:00"}]
    (night / "datapackage.json").write_text(json.dumps({"resources": resources}))
    answer = deliver_now(night, "moody://b")
    assert answer == NotDelivered(f"moody://b/{NIGHT}", "datapackage.json names a file that is not in its folder")
    assert moody.calls == []


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"resources": 3}', '{"resources": [{"path": 3}]}', "\udcff"])
def test_what_has_no_manifest_is_no_night(night: Path, moody: type[Moody], manifest: str) -> None:
    (night / "datapackage.json").write_bytes(manifest.encode(errors="surrogateescape"))
    answer = deliver_now(night, "moody://b")
    assert answer == NotDelivered(f"moody://b/{NIGHT}", "datapackage.json is no manifest of a night")
    assert moody.calls == []


@pytest.mark.parametrize(
    "name", ["..", "2026-11-21", "2026-11-21_000012 ", "2026-11-21_000012/x/..", "٢٠٢٦-11-21_000012"]
)
def test_only_nights_are_delivered(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no night's name"):
        deliver_now(tmp_path / f"{name}x", "moody://b")


# Remote systems


def test_the_manifest_comes_last_and_a_second_time_nothing_is_sent(night: Path, moody: type[Moody]) -> None:
    told: list[tuple[int, int]] = []
    where = f"moody://bucket/nights/{NIGHT}"
    assert deliver_now(night, "moody://bucket/nights/", progress=lambda *n: told.append(n)) == Delivered(where)
    assert moody.calls[-1] == "datapackage.json"
    assert sorted(moody.calls) == sorted(contents(night))
    assert {name: moody().cat_file(f"{where}/{name}") for name in contents(night)} == contents(night)
    assert deliver_now(night, "moody://bucket/nights") == AlreadyThere(where)
    assert len(moody.calls) == len(contents(night))
    total = sum(map(len, contents(night).values()))
    assert told == sorted(told)
    assert told[-1] == (total, total)
    assert len(told) > 2 * len(contents(night)), "large files are told in parts"


def test_an_upload_that_breaks_off_is_no_night_and_is_uploaded_again(night: Path, moody: type[Moody]) -> None:
    moody.trouble += [OSError(5, "?"), ConnectionResetError(104, "?"), OSError(5, "?")]
    assert deliver_now(night, "moody://b", tries=3) == NotDelivered(f"moody://b/{NIGHT}", "Input/output error")
    assert not moody().exists(f"moody://b/{NIGHT}/{MARKER}")
    assert isinstance(deliver_now(night, "moody://b"), Delivered)
    assert moody().exists(f"moody://b/{NIGHT}/{MARKER}")


def test_with_the_manifest_first_half_a_night_would_pass_as_whole(night: Path, moody: type[Moody]) -> None:
    """The twin: an upload in the other order, broken off after two files."""
    for name in sorted(contents(night), key=lambda name: name != "datapackage.json")[:2]:
        moody().put_file(str(night / name), f"moody://b/{NIGHT}/{name}")
    assert moody().exists(f"moody://b/{NIGHT}/{MARKER}")
    assert not moody().exists(f"moody://b/{NIGHT}/summary.json")


def test_the_waits_grow_and_the_last_word_is_told(night: Path, moody: type[Moody]) -> None:
    waits: list[float] = []
    moody.trouble += [OSError(28, "?")] * 9
    answer = deliver(night, "moody://b", tries=4, sleep=waits.append)
    assert answer == NotDelivered(f"moody://b/{NIGHT}", "No space left on device")
    assert waits == [2, 4, 8]


def test_who_is_not_let_in_knocks_once(night: Path, moody: type[Moody]) -> None:
    moody.trouble += [PermissionError(13, "geheim")] * 2
    answer = deliver_now(night, "moody://b")
    assert answer == NotDelivered(f"moody://b/{NIGHT}", "it does not let us in, or not write there")
    assert len(moody.calls) == 1


def test_for_whom_there_is_no_time_knocks_again(night: Path, moody: type[Moody]) -> None:
    """The twin: the same system, when it is busy."""
    moody.trouble += [OSError(16, "busy"), ConnectionError("nobody")]
    assert isinstance(deliver_now(night, "moody://b"), Delivered)


def test_no_wait_begins_that_would_end_after_the_deadline(night: Path, moody: type[Moody]) -> None:
    waits: list[float] = []
    moody.trouble += [OSError(28, "?")] * 9
    assert isinstance(deliver(night, "moody://b", deadline_s=1.9, sleep=waits.append), NotDelivered)
    assert waits == []


def test_a_file_that_arrived_short_is_sent_again(night: Path, moody: type[Moody]) -> None:
    moody.cuts = 1
    assert isinstance(deliver_now(night, "moody://b"), Delivered)
    assert {name: moody().cat_file(f"moody://b/{NIGHT}/{name}") for name in contents(night)} == contents(night)
    moody.cuts = 99
    answer = deliver_now(night, "moody://c")
    assert isinstance(answer, NotDelivered)
    assert answer.why == "summary.json did not arrive whole: 1 of 2 bytes"
    assert not moody().exists(f"moody://c/{NIGHT}/{MARKER}")


def test_without_a_look_at_the_size_it_would_pass(night: Path, moody: type[Moody]) -> None:
    """The twin: the same system, when it does not tell sizes."""
    moody.cuts, moody.tells_sizes = 1, False
    assert isinstance(deliver_now(night, "moody://b"), Delivered)
    assert len(moody().cat_file(f"moody://b/{NIGHT}/summary.json")) == 1


def test_another_manifest_there_is_left_alone_and_the_beginning_of_ours_is_not(night: Path, moody: type[Moody]) -> None:
    marker = f"moody://b/{NIGHT}/datapackage.json"
    moody().pipe_file(marker, b'{"resources": []}')
    answer = deliver_now(night, "moody://b")
    assert answer == Differs(f"moody://b/{NIGHT}", "its manifest says something else")
    assert moody().cat_file(marker) == b'{"resources": []}'
    moody().pipe_file(marker, (night / "datapackage.json").read_bytes()[:100])
    assert isinstance(deliver_now(night, "moody://b"), Delivered)


def test_the_memory_file_system_of_fsspec_itself_will_do(night: Path) -> None:
    assert isinstance(deliver_now(night, "memory://nights/2026"), Delivered)
    assert isinstance(deliver_now(night, "memory://nights/2026"), AlreadyThere)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no thread a signal")
def test_an_interrupt_is_not_swallowed_and_ends_the_upload(night: Path, moody: type[Moody]) -> None:
    noticed = Event()

    def interrupt(*_: int) -> None:
        if not noticed.is_set():  # the upload ends by itself: a second one would find nobody who expects it
            pthread_kill(main_thread().ident or 0, SIGINT)  # which waits for this one
            noticed.wait(10)

    others = set(enumerate_threads())  # a server that another test has given up may still be waited for
    before = signal(SIGINT, default_int_handler)  # a runner of tests may have had its own way with it
    try:
        with pytest.raises(KeyboardInterrupt):
            deliver_now(night, "moody://b", progress=interrupt)
    finally:
        signal(SIGINT, before)
    uploads = [each for each in set(enumerate_threads()) - others if each.name == "deliver"]
    noticed.set()
    for each in uploads:
        each.join(10)
    assert len(uploads) == 1
    assert moody.calls == ["summary.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no thread a signal")
def test_an_interrupt_while_the_upload_only_begins_ends_it_too(
    night: Path, moody: type[Moody], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread runs, and whoever started it has not come back from that."""
    begun: list[Thread] = []

    class Interrupted(Thread):
        def start(self) -> None:
            begun.append(self)
            super().start()
            raise KeyboardInterrupt

    monkeypatch.setattr("pos_recovery.export.places.upload.Thread", Interrupted)
    waits = Event()
    with pytest.raises(KeyboardInterrupt):
        deliver_now(night, "moody://b", progress=lambda *_: waits.wait(10))
    waits.set()
    begun[0].join(10)
    assert moody.calls in ([], ["summary.json"])


# SFTP


def test_a_night_goes_to_an_sftp_server_and_stays_the_same(night: Path, sftp: Sftp) -> None:
    where = f"sftp://127.0.0.1:{sftp.port}/nights/{NIGHT}"
    assert deliver_now(night, sftp.url) == Delivered(where)
    assert contents(sftp.root / "nights" / NIGHT) == contents(night)
    assert deliver_now(night, sftp.url) == AlreadyThere(where)


@pytest.mark.parametrize("file", ["coupons.parquet", "datapackage.json"])
def test_a_connection_lost_in_the_middle_is_made_again(night: Path, sftp: Sftp, file: str) -> None:
    sftp.cut_at = file
    answer = deliver_now(night, sftp.url, tries=1)
    assert isinstance(answer, NotDelivered)
    assert contents(sftp.root / "nights" / NIGHT).get(MARKER) != contents(night)[MARKER]
    sftp.cut_at = file
    assert isinstance(deliver_now(night, sftp.url), Delivered)
    assert contents(sftp.root / "nights" / NIGHT) == contents(night)


def test_a_server_that_hangs_is_left_alone_after_the_deadline(night: Path, sftp: Sftp) -> None:
    sftp.going_on.clear()
    since = monotonic()
    answer = deliver_now(night, sftp.url, deadline_s=0.7)
    assert monotonic() - since < 5
    assert answer == NotDelivered(f"sftp://127.0.0.1:{sftp.port}/nights/{NIGHT}", "it did not finish in time")


def test_a_server_that_is_not_known_is_told_no_password(night: Path, sftp: Sftp) -> None:
    (Path.home() / ".ssh" / "known_hosts").unlink()
    answer = deliver_now(night, sftp.url)
    assert isinstance(answer, NotDelivered)
    assert "not among the known hosts" in answer.why
    assert sftp.logins == []


def test_paramiko_as_it_is_mostly_used_would_tell_anybody_the_password(sftp: Sftp) -> None:
    """The twin."""
    (Path.home() / ".ssh" / "known_hosts").unlink()
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect("127.0.0.1", sftp.port, NAME, PASSWORD)
    assert sftp.logins == [PASSWORD]


def test_a_wrong_password_is_tried_once(night: Path, sftp: Sftp) -> None:
    answer = deliver_now(night, sftp.url.replace("p%40ss", "guess"))
    assert isinstance(answer, NotDelivered)
    assert len(sftp.logins) == 1
    assert answer.why == "it does not let us in (AuthenticationException)"


def test_nobody_at_the_door_is_told_in_plain_words(night: Path, sftp: Sftp) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    answer = deliver_now(night, sftp.url.replace(f":{sftp.port}/", f":{port}/"), tries=2)
    assert answer == NotDelivered(
        f"sftp://127.0.0.1:{port}/nights/{NIGHT}", "nobody answers there (NoValidConnectionsError)"
    )


def test_of_two_that_publish_at_once_one_does(tmp_path: Path, sftp: Sftp) -> None:
    """Both have seen that nobody had."""
    sftp.meeting = Barrier(2, timeout=30)

    def publish(said: str) -> str:
        (tmp_path / said).mkdir()
        (tmp_path / said / MARKER).write_text(said)
        with closing(open_place(sftp.url, NIGHT)) as place:
            place.make()
            try:
                place.send(tmp_path / said / MARKER, lambda _: None)
            except (TakenError, ShortError):  # by how far the first one is
                return ""
        return said

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(publish, ("one", "other")))
    assert sorted(map(bool, done)) == [False, True]
    assert (sftp.root / "nights" / NIGHT / MARKER).read_text() == "".join(done)


def test_opened_without_asking_for_a_new_file_both_would(tmp_path: Path, sftp: Sftp) -> None:
    """The twin: any other file is written over, and whoever is last has it."""
    file = tmp_path / "report.html"
    with closing(open_place(sftp.url, NIGHT)) as one, closing(open_place(sftp.url, NIGHT)) as other:
        one.make()
        for place, said in ((one, "one"), (other, "other")):
            file.write_text(said)
            assert place.send(file, lambda _: None)
    assert (sftp.root / "nights" / NIGHT / file.name).read_text() == "other"


# Words


NOT_WHOLE = "`pos-recovery export` needs the extra {0}, of which .* is not whole .*; type this, then try again: .*{0}.*"


@pytest.mark.parametrize(
    ("scheme", "module", "why"),
    [
        (
            "gs",
            "obstore",
            NOT_WHOLE.format("cloud"),
        ),
        (
            "smb",
            "smbclient",
            "addresses with smb:// need more packages; type this, then try again: .*",
        ),
        ("ftp", "fsspec", "addresses with ftp:// need more packages; type this, then try again: .*"),
        ("s4", "fsspec", "nothing is known about addresses that begin with s4://"),
        (
            "smb",
            "fsspec",
            "addresses with smb:// need more packages; type this, then try again: .*",
        ),
        (
            "s3",
            "obstore",
            NOT_WHOLE.format("cloud"),
        ),
        (
            "sftp",
            "paramiko",
            NOT_WHOLE.format("sftp"),
        ),
        (
            "az",
            "obstore",
            NOT_WHOLE.format("cloud"),
        ),
    ],
)
def test_a_missing_package_is_named(
    night: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, module: str, why: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, f"fsspec.implementations.{scheme}", raising=False)
    monkeypatch.delitem(REGISTERED, scheme, raising=False)
    answer = deliver(night, f"{scheme}://name:geheim@place/nights")
    assert isinstance(answer, NotDelivered)
    assert re.fullmatch(why, answer.why)
    assert "geheim" not in repr(answer)
    with pytest.raises((NoUseError, LackingError)) as refused:  # a timer is not even written
        check_place(f"{scheme}://name:geheim@place/nights")
    assert str(refused.value) == answer.why


@pytest.mark.parametrize(
    ("destination", "why"),
    [
        ("carrier-pigeon://name:geheim@roof", "nothing is known about addresses that begin with carrier-pigeon://"),
        ("simplecache::moody://name:geheim@b", "that is neither a folder nor a URL such as sftp://host/nights"),
        ("moody://b::memory://name:geheim@b", "that is no address of one place"),
        ("sftp:/name:geheim@host/nights", "that is neither a folder nor a URL such as sftp://host/nights"),
        ("name:geheim@host:/nights", "that is neither a folder nor a URL such as sftp://host/nights"),
        ("file://nights", "a folder is written file:///folder, with three slashes"),
        ("", "no destination is given"),
        (
            "sftp://name:geheim@192.168.001.040/nights",
            "its host is read differently from one machine to the next; write 192.168.1.40",
        ),
        (
            "smb://name:geheim@0x7f.1:445/nights",
            "its host is no address that every machine reads alike; write it as four numbers, 192.0.2.40",
        ),
    ],
)
def test_an_address_that_will_not_do_is_told_before_anything_is_done(
    moody: type[Moody], destination: str, why: str
) -> None:
    with pytest.raises(NoUseError) as refused:
        check_place(destination)
    assert str(refused.value) == why


@pytest.mark.parametrize("destination", ["carrier-pigeon://name:geheim@roof", "moody://b::memory://name:geheim@b"])
def test_it_is_told_at_once_when_a_night_is_on_its_way_too(night: Path, moody: type[Moody], destination: str) -> None:
    answer = deliver(night, destination)
    with pytest.raises(NoUseError) as refused:
        check_place(destination)
    assert isinstance(answer, NotDelivered)
    assert answer.why == str(refused.value)
    assert "geheim" not in repr(answer)


@pytest.mark.parametrize("address", ["abfs://nights", "az://nights/2026", "adl://nights"])
def test_an_account_that_is_not_told_is_asked_for_once(
    night: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str
) -> None:
    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    answer = deliver(night, address)
    assert isinstance(answer, NotDelivered)
    assert answer.why == "the address, the account or its keys are incomplete or mistyped"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("s3://", "the address names no bucket"),
        ("gs:///nights", "the address names no bucket"),
        ("az://?x", "the address names no bucket"),
        ("abfs://account.dfs.core.windows.net", "the address names no bucket"),
        ("s3://arn:aws:s3:us-west-2:1:accesspoint/x", "an access point is named by its alias here, not by its ARN"),
        ("s3a://a:b@bucket", "an address of a bucket takes no keys; the README names where they may stand"),
        ("gcs://a@bucket", "an address of a bucket takes no keys; the README names where they may stand"),
    ],
)
def test_an_address_that_is_none_of_a_bucket_is_told_before_anything_is_done(address: str, why: str) -> None:
    with pytest.raises(NoUseError) as refused:
        check_place(address)
    assert str(refused.value) == why


@pytest.mark.parametrize("destination", ["/srv/nights", "nights", "file:///srv/nights", "memory://b", "moody://b"])
def test_an_address_that_will_do_is_let_pass(moody: type[Moody], destination: str) -> None:
    check_place(destination)


@pytest.mark.parametrize(
    "address",
    [
        "name:geheim@host/nights",
        "name:gehe%69m@host/nights",
        "name:geheim@1@host/nights",
        "name:geheim/1@host/nights",
        "name:geheim?1@host/nights",
        "name:geheim#1@host/nights",
        "host/nights?password=geheim",
        "host/nights?password=geheim@1",
        "geheim@host",
    ],
)
def test_no_word_of_a_password_is_said(night: Path, moody: type[Moody], address: str) -> None:
    url = f"moody://{address}"
    moody.trouble += [RuntimeError(f"cannot reach {url}")]
    answers = [deliver_now(night, url, tries=1), deliver_now(night, url)]
    assert not any(secret in repr(answers) for secret in ("gehe", "name:"))
    assert isinstance(answers[0], NotDelivered)
