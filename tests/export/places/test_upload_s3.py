"""Nights on their way to an S3 server that is real but for its owner, with the keys where people have them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from socket import create_server

import fsspec
import pytest
from fsspec.config import conf

from pos_recovery.export.places.night_folder import AlreadyThere, Delivered, Differs, NotDelivered
from pos_recovery.export.places.upload import deliver
from tests.export.s3_server import BUCKET, S3, serving
from tests.export.small_nights import NIGHT, contents, make_night

URL = f"s3://{BUCKET}/nights"
WHERE = f"{URL}/{NIGHT}"
LARGE = 17 << 20

deliver_now = partial(deliver, sleep=lambda _: None)
"""Without waiting between tries."""


@pytest.fixture
def night(tmp_path: Path) -> Path:
    return make_night(tmp_path / "home")


@pytest.fixture
def large_night(tmp_path: Path) -> Path:
    night = make_night(tmp_path / "home")
    (night / "coupons.csv").write_bytes(content := bytes(LARGE))
    digest = hashlib.sha256(content).hexdigest()
    resource = {"name": "coupons.csv", "path": "coupons.csv", "bytes": LARGE, "hash": f"sha256:{digest}"}
    (night / "datapackage.json").write_text(json.dumps({"resources": [resource]}))
    return night


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """A server whose keys are in the environment, and nobody else's are."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.delitem(conf, "s3", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # nobody beyond this machine is asked for keys
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")  # of the library itself, which would wait between them
    with serving() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.secret)
        yield server


def test_a_night_comes_whole_with_its_manifest_last_and_a_second_time_nothing_is_sent(night: Path, s3: S3) -> None:
    assert deliver_now(night, URL) == Delivered(WHERE)
    assert s3.contents(f"nights/{NIGHT}") == contents(night)
    assert s3.sent[-1] == "datapackage.json"
    assert deliver_now(night, URL) == AlreadyThere(WHERE)
    assert sorted(s3.sent) == sorted(contents(night)), "each once"


def test_another_night_of_the_same_name_is_left_as_it_is(night: Path, tmp_path: Path, s3: S3) -> None:
    other = make_night(tmp_path / "other", more="other")
    assert deliver_now(other, URL) == Delivered(WHERE)
    assert deliver_now(night, URL) == Differs(WHERE, "its manifest says something else")
    assert s3.contents(f"nights/{NIGHT}") == contents(other)


def test_keys_and_server_may_stand_in_the_configuration_of_fsspec(
    night: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = os.environ["AWS_ENDPOINT_URL"]
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setitem(conf, "s3", {"endpoint_url": server, "key": s3.key, "secret": s3.secret})
    assert deliver_now(night, URL) == Delivered(WHERE)


def test_a_server_that_breaks_off_has_no_night_and_gets_it_the_next_time(night: Path, s3: S3) -> None:
    s3.cut_at = "datapackage.json"
    answer = deliver_now(night, URL, tries=1)
    assert isinstance(answer, NotDelivered)
    assert answer.why.startswith("nobody answers there (")  # which word of the library's follows depends on the moment
    assert s3.cut_at in s3.sent
    assert set(contents(night)) - set(s3.contents(f"nights/{NIGHT}")) == {s3.cut_at}
    s3.cut_at = ""
    assert deliver_now(night, URL) == Delivered(WHERE)
    assert s3.contents(f"nights/{NIGHT}") == contents(night)


def test_a_server_that_hangs_is_left_alone_after_the_deadline(night: Path, s3: S3) -> None:
    s3.going_on.clear()
    assert deliver_now(night, URL, deadline_s=0.7) == NotDelivered(WHERE, "it did not finish in time")


def test_a_large_file_goes_in_parts_so_that_memory_stays_small(large_night: Path, s3: S3) -> None:
    told = [0]
    assert deliver_now(large_night, URL, progress=lambda done, _: told.append(done)) == Delivered(WHERE)
    assert s3.sent == ["coupons.csv"] * 3 + ["datapackage.json"]
    assert s3.contents(f"nights/{NIGHT}")["coupons.csv"] == bytes(LARGE)
    assert max(later - earlier for earlier, later in pairwise(told)) == 8 << 20


def test_s3fs_alone_would_hold_it_in_memory_whole(large_night: Path, s3: S3) -> None:
    """The twin: it takes parts of 50 MiB, ten at a time; up to 100 MiB it takes all at once."""
    system, _ = fsspec.core.url_to_fs(URL, skip_instance_cache=True)
    system.put_file(str(large_night / "coupons.csv"), f"{WHERE}/coupons.csv")
    assert s3.sent == ["coupons.csv"]


def test_a_large_file_that_breaks_off_leaves_no_parts_to_pay_for(large_night: Path, s3: S3) -> None:
    s3.cut_at = "coupons.csv"
    assert isinstance(deliver_now(large_night, URL, tries=1), NotDelivered)
    assert s3.contents("nights") == {}
    assert not s3.bucket.multiparts


@pytest.mark.parametrize("wrong", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_wrong_keys_are_tried_once_and_not_repeated(
    night: Path, s3: S3, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], wrong: str
) -> None:
    monkeypatch.setenv(wrong, "geheim")
    answer = deliver(night, URL)
    assert answer == NotDelivered(WHERE, "it does not let us in, or not write there")
    assert capfd.readouterr() == ("", "")
    assert s3.sent == []


def test_without_keys_nobody_is_asked(night: Path, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert deliver(night, URL) == NotDelivered(WHERE, "it does not let us in (NoCredentialsError)")


def test_a_bucket_that_is_not_there_is_told_and_not_made(night: Path, s3: S3) -> None:
    answer = deliver_now(night, "s3://head-ofice/nights", tries=2)
    assert answer == NotDelivered(f"s3://head-ofice/nights/{NIGHT}", "the folder or bucket is not there")
    assert s3.contents("nights") == {}


def test_keys_in_an_address_are_no_way_in_and_are_not_said(night: Path, s3: S3) -> None:
    answer = deliver_now(night, f"s3://{s3.key}:{s3.secret}@{BUCKET}/nights", tries=1)
    assert answer == NotDelivered(WHERE, "it did not work (ParamValidationError)")


def test_nobody_at_the_door_is_told_in_plain_words(night: Path, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
    answer = deliver_now(night, URL, tries=1)
    assert answer == NotDelivered(WHERE, "nobody answers there (EndpointConnectionError)")
