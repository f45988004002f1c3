"""Nights on their way to an S3 server that is real but for its owner, with the keys where people have them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from socket import create_server
from subprocess import Popen
from typing import TYPE_CHECKING

import obstore
import pytest
from obstore.exceptions import BaseError
from obstore.store import S3Store

from pos_recovery.export.places import amazon
from pos_recovery.export.places.credentials import NO_KEYS
from pos_recovery.export.places.night_folder import MARKER, AlreadyThere, Delivered, Delivery, Differs, NotDelivered
from pos_recovery.export.places.upload import deliver
from tests.export.s3_server import BUCKET, S3, make_certificate, serving
from tests.export.small_nights import NIGHT, contents, make_large_night, make_night

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

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
    return make_large_night(tmp_path / "home", LARGE)


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[S3]:
    """A server whose keys are in the environment, and nobody else's are. It speaks http, or what is asked for."""
    scheme = getattr(request, "param", "http")
    certificate = make_certificate(tmp_path) if scheme == "https" else None
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # nobody beyond this machine is asked for keys
    with serving(certificate) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"{scheme}://127.0.0.1:{server.port}")
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


def test_without_parts_obstore_would_hold_it_in_memory_whole(large_night: Path, s3: S3) -> None:
    """The twin: what it does with a file that it is to create only where there is none."""
    store = S3Store(BUCKET, region="us-east-1", client_options={"allow_http": True})
    obstore.put(store, "coupons.csv", large_night / "coupons.csv", mode="create", chunk_size=8 << 20)
    assert s3.sent == ["coupons.csv"]


def test_a_large_file_that_breaks_off_leaves_no_parts_to_pay_for(large_night: Path, s3: S3) -> None:
    s3.cut_at = "coupons.csv"
    assert isinstance(deliver_now(large_night, URL, tries=1), NotDelivered)
    assert s3.contents("nights") == {}
    assert not s3.bucket.multiparts


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_with_parts_on_their_way_there_is_no_night_and_the_next_brings_it(large_night: Path, s3: S3) -> None:
    s3.going_on.clear()
    program = f"from pathlib import Path; deliver(Path({str(large_night)!r}), {URL!r})"
    command = [sys.executable, "-c", f"from pos_recovery.export.places.upload import deliver; {program}"]
    with Popen(command, cwd=Path(__file__).parents[3]) as exporting:
        assert s3.began.wait(60)
        exporting.kill()
    s3.going_on.set()
    assert MARKER not in s3.contents(f"nights/{NIGHT}")
    assert deliver_now(large_night, URL) == Delivered(WHERE)
    assert s3.contents(f"nights/{NIGHT}")["coupons.csv"] == bytes(LARGE)


@pytest.mark.parametrize("wrong", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_wrong_keys_are_tried_once_and_not_repeated(
    night: Path, s3: S3, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], wrong: str
) -> None:
    monkeypatch.setenv(wrong, "geheim")
    answer = deliver(night, URL)
    assert answer == NotDelivered(WHERE, "it does not let us in, or not write there")
    assert capfd.readouterr() == ("", "")
    assert s3.asked == 1


def test_without_keys_nobody_is_asked(night: Path, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert deliver(night, URL) == NotDelivered(WHERE, NO_KEYS)
    assert s3.asked == 0


def test_a_bucket_that_is_not_there_is_told_and_not_made(night: Path, s3: S3) -> None:
    answer = deliver_now(night, "s3://head-ofice/nights", tries=2)
    assert answer == NotDelivered(f"s3://head-ofice/nights/{NIGHT}", "the folder or bucket is not there")
    assert s3.contents("nights") == {}


def test_keys_in_an_address_are_no_way_in_and_are_not_said(night: Path, s3: S3) -> None:
    answer = deliver_now(night, f"s3://{s3.key}:{s3.secret}@{BUCKET}/nights", tries=1)
    why = "an address of a bucket takes no keys; the README names where they may stand"
    assert answer == NotDelivered(f"s3://{BUCKET}/nights/{NIGHT}", why)


def test_nobody_at_the_door_is_told_in_plain_words(night: Path, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
    answer = deliver_now(night, URL, tries=1)
    assert answer == NotDelivered(WHERE, "nobody answers there (ConnectionError)")


# Two exporters, one place


def both(one: Path, other: Path, s3: S3, meet_at: str) -> list[Delivery]:
    """What they are told who bring a night at once, and meet when they send a file."""
    s3.meet_at = meet_at
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(partial(deliver_now, destination=URL), (one, other)))


@pytest.fixture
def other_night(tmp_path: Path) -> Path:
    """The same files, and another manifest."""
    other = make_night(tmp_path / "other")
    (other / MARKER).write_bytes((other / MARKER).read_bytes() + b" ")
    return other


@pytest.mark.parametrize("meet_at", [MARKER, "summary.json"])
def test_of_two_that_bring_a_night_of_their_own_one_publishes_and_the_other_is_told(
    night: Path, other_night: Path, s3: S3, meet_at: str
) -> None:
    """Both have seen that nobody had."""
    answers = both(night, other_night, s3, meet_at)
    assert sorted(type(each).__name__ for each in answers) == ["Delivered", "Differs"]
    assert s3.taken.count(MARKER) == 1
    published = (night, other_night)[isinstance(answers[0], Differs)]
    assert s3.contents(f"nights/{NIGHT}") == contents(published)


def test_nights_that_differ_in_a_file_are_not_mixed(night: Path, tmp_path: Path, s3: S3) -> None:
    other = make_night(tmp_path / "other", more="other")
    answers = both(night, other, s3, "report.html")
    assert Differs(WHERE, "report.html was there and says something else") in answers
    published = (night, other)[isinstance(answers[0], Differs)]
    assert s3.contents(f"nights/{NIGHT}") == contents(published)


def test_two_that_bring_the_same_are_both_right(night: Path, s3: S3) -> None:
    answers = both(night, night, s3, MARKER)
    assert sorted(type(each).__name__ for each in answers) == ["AlreadyThere", "Delivered"]
    assert s3.taken.count(MARKER) == 1


def test_without_the_condition_both_would_publish(night: Path, other_night: Path, s3: S3) -> None:
    """The twin: a server that does not know it, as old ones."""
    s3.conditions = "ignored"
    both(night, other_night, s3, MARKER)
    assert s3.taken.count(MARKER) == 2


@pytest.mark.parametrize("conditions", ["ignored", "refused"])
def test_a_server_that_does_not_know_the_condition_is_looked_at_first(
    night: Path, tmp_path: Path, s3: S3, conditions: str
) -> None:
    s3.conditions = conditions
    other = make_night(tmp_path / "other", more="other")
    assert deliver_now(other, URL) == Delivered(WHERE)
    half = {name: content for name, content in contents(other).items() if name != MARKER}
    s3.bucket.keys.pop(f"nights/{NIGHT}/{MARKER}")
    assert deliver_now(night, URL) == Differs(WHERE, "report.html was there and says something else")
    assert s3.contents(f"nights/{NIGHT}") == half
    s3.bucket.keys.pop(f"nights/{NIGHT}/report.html")
    assert deliver_now(night, URL) == Delivered(WHERE)
    assert s3.contents(f"nights/{NIGHT}") == contents(night)


def test_what_an_upload_that_broke_off_has_left_is_not_sent_again(large_night: Path, s3: S3) -> None:
    s3.cut_at = MARKER
    assert isinstance(deliver_now(large_night, URL, tries=1), NotDelivered)
    s3.cut_at = ""
    s3.sent.clear()
    assert deliver_now(large_night, URL) == Delivered(WHERE)
    assert s3.sent == [MARKER]


# Where keys are found


@pytest.fixture
def aws(s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of Amazon's files; no variable names a key."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    (tmp_path / ".aws").mkdir()
    return tmp_path / ".aws"


def pair(s3: S3) -> str:
    return f"aws_access_key_id = {s3.key}\naws_secret_access_key={s3.secret}\n"


@pytest.mark.parametrize(
    ("file", "section", "name"),
    [
        ("credentials", "default", ""), ("credentials", "night", "night"), ("config", "default", ""),
        ("config", "profile night", "night"), ("config", "profile default", ""),
    ],
)  # fmt: skip
def test_keys_may_stand_in_a_profile(
    night: Path, s3: S3, aws: Path, monkeypatch: pytest.MonkeyPatch, file: str, section: str, name: str
) -> None:
    (aws / file).write_text(f"[{section}]\n{pair(s3)}\n[other]\naws_access_key_id = wrong\n")
    if name:
        monkeypatch.setenv("AWS_PROFILE", name)
    assert deliver_now(night, URL) == Delivered(WHERE)


def test_obstore_alone_would_not_look_there(s3: S3, aws: Path) -> None:
    """The twin: it asks the machine, as if that were one of Amazon's."""
    (aws / "credentials").write_text(f"[default]\n{pair(s3)}")
    retries: RetryConfig = {"max_retries": 0}
    options: ClientConfig = {"allow_http": True, "connect_timeout": "1s", "timeout": "1s"}
    with pytest.raises(BaseError, match=r"169\.254\.169\.254"):
        obstore.get(S3Store(BUCKET, region="us-east-1", client_options=options, retry_config=retries), "x")
    assert s3.asked == 0


def test_server_and_region_may_stand_in_a_profile_too(
    night: Path, s3: S3, aws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = os.environ["AWS_ENDPOINT_URL"]
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    s3.region = "eu-south-2"
    (aws / "credentials").write_text(f"[default]\n{pair(s3)}")
    services = f"[services here]\ns3 =\n  addressing_style = path\n  endpoint_url = {server}\n"
    (aws / "config").write_text(f"[default]\nservices = here\nregion = eu-south-2\n{services}")
    assert deliver_now(night, URL) == Delivered(WHERE)


@pytest.mark.parametrize(
    "kind", ["credential_process = {}", "sso_session = us", "role_arn = arn:x\nsource_profile = b"]
)
def test_keys_may_be_handed_out_by_a_program(
    night: Path, s3: S3, aws: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Amazon's own command for a sign-in that is not ours to make; here it is one of the test's."""
    program = tmp_path / "bin" / "aws"
    program.parent.mkdir()
    keys = {"Version": 1, "AccessKeyId": s3.key, "SecretAccessKey": s3.secret, "Expiration": "2126-01-01T00:00:00Z"}
    program.write_text(f"#!/bin/sh\necho '{json.dumps(keys)}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    (aws / "config").write_text("[default]\n" + kind.format(program))
    assert deliver_now(night, URL) == Delivered(WHERE)
    program.write_text("#!/bin/sh\necho 'The SSO session has expired' >&2; exit 255\n")
    why = "aws hands out no keys; see whether you are signed in"
    assert deliver(night, URL) == NotDelivered(WHERE, why)


def test_what_a_profile_lacks_is_named(night: Path, s3: S3, aws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (aws / "config").write_text("[profile night]\nsso_session = us\n")
    monkeypatch.setenv("PATH", str(aws))
    monkeypatch.setenv("AWS_PROFILE", "night")
    answer = deliver(night, URL)
    assert isinstance(answer, NotDelivered)
    assert "the aws command is needed" in answer.why
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert deliver(night, URL) == NotDelivered(WHERE, "the profile that AWS_PROFILE names is not in ~/.aws")
    assert s3.asked == 0


@pytest.mark.parametrize("way", ["file", "variables"])
def test_keys_and_server_may_stand_in_the_configuration_of_fsspec(
    night: Path, s3: S3, aws: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    told = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "key": s3.key, "secret": s3.secret}
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    if way == "file":
        (Path.home() / ".config" / "fsspec").mkdir(parents=True)
        (Path.home() / ".config" / "fsspec" / "conf.json").write_text(json.dumps({"s3": told}))
    else:
        for name, value in told.items():
            monkeypatch.setenv(f"FSSPEC_S3_{name.upper()}", value)
    assert deliver_now(night, URL) == Delivered(WHERE)


def test_a_bucket_is_found_wherever_it_is(night: Path, s3: S3) -> None:
    s3.region = "eu-south-2"
    assert deliver_now(night, URL) == Delivered(WHERE)


def test_sought_where_it_is_not_it_would_not_be(night: Path, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: told a region, a server of one's own is not asked for another."""
    s3.region = "eu-south-2"
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert deliver(night, URL) == NotDelivered(WHERE, "the bucket is in another region; set AWS_REGION")


@pytest.mark.parametrize(
    ("profile", "config"),
    [
        (
            "region = cn-north-1",
            {"region": "cn-north-1", "aws_endpoint_url_s3": "https://s3.cn-north-1.amazonaws.com.cn"},
        ),
        (
            "region = eu-x\nendpoint_url = https://oss.example\ns3 =\n  addressing_style = virtual",
            {
                "region": "eu-x", "aws_endpoint_url_s3": "https://head-office.oss.example",
                "virtual_hosted_style_request": "true",
            },
        ),
        (
            "region = eu-x\nendpoint_url = https://minio.example/\naws_access_key_id = a\naws_secret_access_key = b",
            {
                "region": "eu-x", "aws_endpoint_url_s3": "https://minio.example/", "access_key_id": "a",
                "secret_access_key": "b",
            },
        ),
        (
            "region = eu-x\nendpoint_url = https://x\nrole_arn = arn:x\nweb_identity_token_file = /token",
            {
                "region": "eu-x", "aws_endpoint_url_s3": "https://x", "role_arn": "arn:x",
                "web_identity_token_file": "/token",
            },
        ),
    ],
)  # fmt: skip
def test_a_profile_tells_where_and_how(
    aws: Path, monkeypatch: pytest.MonkeyPatch, profile: str, config: dict[str, str]
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    (aws / "config").write_text(f"[default]\n{profile}\n")
    assert amazon.access(BUCKET).config == config


# On the way


def test_http_to_another_machine_has_to_be_allowed(night: Path, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://minio.invalid:{s3.port}")
    refused = "its server speaks http, by which anybody on the way reads a night; use https, or set AWS_ALLOW_HTTP=true"
    assert deliver(night, URL) == NotDelivered(WHERE, refused)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    answer = deliver_now(night, URL, tries=1)
    assert isinstance(answer, NotDelivered)
    assert answer.why != refused


@pytest.mark.parametrize("s3", ["https"], indirect=True)
def test_a_server_shows_a_certificate_that_is_trusted(
    night: Path, tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.region = "eu-south-2"  # which is asked for on the same terms
    assert deliver(night, URL) == NotDelivered(WHERE, "its certificate is none that this machine trusts")
    assert s3.asked == 0
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "certificate"))
    assert deliver_now(night, URL) == Delivered(WHERE)
