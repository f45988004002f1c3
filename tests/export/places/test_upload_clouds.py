"""Nights on their way to Google and Azure, or to what answers for them here, with the keys where people have them."""

from __future__ import annotations

import base64
import hmac
import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from socket import create_server, gaierror
from subprocess import PIPE, Popen
from urllib.parse import quote, urlencode

import pytest
from obstore.exceptions import GenericError

from pos_recovery.export.places import azure
from pos_recovery.export.places.addresses import NoUseError, plain
from pos_recovery.export.places.credentials import NO_KEYS
from pos_recovery.export.places.night_folder import MARKER, AlreadyThere, Delivered, Differs, NotDelivered
from pos_recovery.export.places.object_store import PART, _in_our_words
from pos_recovery.export.places.upload import deliver
from tests.export.google_server import BUCKET, KEY, Google, serving
from tests.export.small_nights import NIGHT, contents, make_large_night, make_night

AZURITE = shutil.which("azurite-blob")
deliver_now = partial(deliver, sleep=lambda _: None, tries=1)


@pytest.fixture
def night(tmp_path: Path) -> Path:
    return make_night(tmp_path / "home")


@pytest.fixture
def other_night(tmp_path: Path) -> Path:
    """The same files, and another manifest."""
    other = make_night(tmp_path / "other")
    (other / MARKER).write_bytes((other / MARKER).read_bytes() + b" ")
    return other


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose home is empty, and who has set nothing."""
    for name in [name for name in os.environ if name.startswith(("GOOGLE_", "STORAGE_", "AZURE_", "FSSPEC_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.mark.parametrize(
    ("told", "kind", "why"),
    [
        ("<Code>RequestTimeTooSkewed<", NoUseError, "this machine's clock is wrong, and no request by it is taken"),
        ("<Code>NoSuchBucket<", FileNotFoundError, "the folder or bucket is not there"),
        ("dns error: failed to lookup", gaierror, "its name is not known to the network"),
        ("HttpError { kind: Timeout,", TimeoutError, "it did not answer in time"),
        ("HttpError { kind: Connect,", ConnectionError, "nobody answers there (ConnectionError)"),
        ("invalid peer certificate: X", NoUseError, "its certificate is none that this machine trusts"),
        ("http://169.254.169.254/latest", NoUseError, NO_KEYS),
        ("anything else, geheim", GenericError, "it did not work (GenericError)"),
    ],
)
def test_what_obstore_tells_in_its_text_only_is_told_in_plain_words(told: str, kind: type[Exception], why: str) -> None:
    with pytest.raises(kind) as raised, _in_our_words():
        raise GenericError(told)
    assert plain(raised.value) == why


# Google


@pytest.fixture
def google(nobody: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    with serving() as server:
        monkeypatch.setenv("GOOGLE_BASE_URL", f"http://127.0.0.1:{server.port}")
        monkeypatch.setenv("GOOGLE_BEARER_TOKEN", KEY)
        yield server


@pytest.mark.parametrize("scheme", ["gs", "gcs"])
def test_a_night_goes_to_google_and_stays_the_same(night: Path, google: Google, scheme: str) -> None:
    where = f"{scheme}://{BUCKET}/nights/{NIGHT}"
    assert deliver_now(night, f"{scheme}://{BUCKET}/nights") == Delivered(where)
    assert google.contents(f"nights/{NIGHT}") == contents(night)
    assert google.taken[-1] == MARKER
    assert deliver_now(night, f"{scheme}://{BUCKET}/nights") == AlreadyThere(where)
    assert sorted(google.taken) == sorted(contents(night))


def test_a_large_file_goes_to_google_in_parts(tmp_path: Path, google: Google) -> None:
    night = make_large_night(tmp_path / "home", 2 * PART + 1)
    assert isinstance(deliver_now(night, f"gs://{BUCKET}/nights"), Delivered)
    assert google.contents(f"nights/{NIGHT}")["coupons.csv"] == (night / "coupons.csv").read_bytes()
    assert google.taken == [MARKER]


def test_of_two_that_bring_google_a_night_of_their_own_one_publishes(
    night: Path, other_night: Path, google: Google
) -> None:
    google.meet_at = MARKER
    with ThreadPoolExecutor(2) as pool:
        bring = partial(deliver_now, destination=f"gs://{BUCKET}/nights")
        answers = list(pool.map(bring, (night, other_night)))
    assert sorted(type(each).__name__ for each in answers) == ["Delivered", "Differs"]
    assert google.taken.count(MARKER) == 1


def test_whom_google_does_not_let_in_knocks_once(night: Path, google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_BEARER_TOKEN", "geheim")
    where = f"gs://{BUCKET}/{NIGHT}"
    assert deliver(night, f"gs://{BUCKET}") == NotDelivered(where, "it does not let us in, or not write there")


def test_an_emulator_of_google_is_asked_without_a_key(
    night: Path, google: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", os.environ["GOOGLE_BASE_URL"].removeprefix("http://"))
    monkeypatch.delenv("GOOGLE_BASE_URL")
    answer = deliver(night, f"gs://{BUCKET}")
    assert answer == NotDelivered(f"gs://{BUCKET}/{NIGHT}", "it does not let us in, or not write there")


def test_a_sign_in_at_google_that_is_no_way_in_is_named(
    night: Path, nobody: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key.json").write_text('{"type": "external_account"}')
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    answer = deliver(night, f"gs://{BUCKET}")
    assert isinstance(answer, NotDelivered)
    assert answer.why.endswith("is no way in here; name a file of a service account")


# Azure


@dataclass
class Azurite:
    """Microsoft's own emulator, running."""

    port: int
    key: str

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/night"

    @property
    def connection(self) -> str:
        return f"DefaultEndpointsProtocol=http;AccountName=night;AccountKey={self.key};BlobEndpoint={self.endpoint};"

    def signature(self) -> str:
        """To do anything until the end of the century (Microsoft's manual, "Create an account SAS")."""
        told = {"sp": "rwlac", "ss": "b", "srt": "sco", "st": "", "se": "2099-12-31T00:00:00Z", "sip": "", "spr": "",
                "sv": "2018-11-09"}  # fmt: skip
        text = "".join(f"{value}\n" for value in ("night", *told.values()))
        signed = base64.b64encode(hmac.digest(base64.b64decode(self.key), text.encode(), "sha256")).decode()
        return urlencode({name: value for name, value in told.items() if value} | {"sig": signed}, quote_via=quote)


@pytest.fixture
def azurite(nobody: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Azurite]:
    if AZURITE is None:
        pytest.skip("Azurite is not installed")
    with create_server(("127.0.0.1", 0)) as free:
        server = Azurite(free.getsockname()[1], base64.b64encode(b"of the night").decode())
    monkeypatch.setenv("AZURITE_ACCOUNTS", f"night:{server.key}")
    command = [
        AZURITE,
        "--blobPort",
        str(server.port),
        "--location",
        str(tmp_path / "azurite"),
        "--skipApiVersionCheck",
    ]
    command += ["--disableTelemetry"]
    with Popen(command, stdout=PIPE) as process:
        try:
            assert process.stdout
            assert any(b"successfully listens" in line for line in process.stdout)
            made = HTTPConnection("127.0.0.1", server.port)
            made.request("PUT", f"/night/head-office?restype=container&{server.signature()}")
            assert made.getresponse().status == HTTPStatus.CREATED
            made.close()
            yield server
        finally:
            process.kill()


def test_a_night_goes_to_azure_by_any_key_and_any_name(
    night: Path, azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite.connection)
    assert deliver_now(night, "abfs://head-office/nights") == Delivered(f"abfs://head-office/nights/{NIGHT}")
    assert isinstance(deliver_now(night, "az://head-office/nights"), AlreadyThere)
    signed = f"BlobEndpoint={azurite.endpoint};SharedAccessSignature={azurite.signature()}"
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", signed)
    assert isinstance(deliver_now(night, "abfss://head-office/nights"), AlreadyThere)
    monkeypatch.delenv("AZURE_STORAGE_CONNECTION_STRING")
    monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", azurite.endpoint)
    for name, value in (("AZURE_STORAGE_ACCOUNT_KEY", azurite.key), ("AZURE_STORAGE_SAS_TOKEN", azurite.signature())):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            answer = deliver_now(night, "abfs://head-office@night.dfs.core.windows.net/nights")
        assert isinstance(answer, AlreadyThere), name


def test_of_two_that_bring_azure_a_night_of_their_own_one_publishes(
    night: Path, other_night: Path, azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite.connection)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(partial(deliver_now, destination="az://head-office"), (night, other_night)))
    assert sorted(type(each).__name__ for each in answers) == ["Delivered", "Differs"]


def test_a_large_file_goes_to_azure_in_parts(tmp_path: Path, azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite.connection)
    night = make_large_night(tmp_path / "home", 2 * PART + 1)
    assert isinstance(deliver_now(night, "az://head-office"), Delivered)
    (night / MARKER).write_bytes((night / MARKER).read_bytes() + b" ")
    assert isinstance(deliver_now(night, "az://head-office"), Differs)


@pytest.mark.parametrize(
    ("address", "told", "config"),
    [
        (
            "abfs://nights",
            "AccountName=a;AccountKey=a2V5==;EndpointSuffix=core.windows.net",
            {"account_name": "a", "account_key": "a2V5=="},
        ),
        (
            "az://nights",
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=k=;EndpointSuffix=core.chinacloudapi.cn",
            {"account_name": "a", "account_key": "k=", "endpoint": "https://a.blob.core.chinacloudapi.cn"},
        ),
        (
            "az://nights",
            "BlobEndpoint=https://a.blob.core.windows.net/;SharedAccessSignature=sv=1&sig=%2B",
            {"account_name": "a", "sas_key": "sv=1&sig=%2B", "endpoint": "https://a.blob.core.windows.net"},
        ),
        ("abfss://nights@a.dfs.core.windows.net/x", "", {"account_name": "a"}),
        ("abfs://a.dfs.core.windows.net/nights/x", "", {"account_name": "a"}),
        (
            "abfs://nights@a.blob.core.usgovcloudapi.net",
            "",
            {"account_name": "a", "endpoint": "https://a.blob.core.usgovcloudapi.net"},
        ),
    ],
)
def test_an_account_of_azure_is_told_by_the_address_or_a_connection_string(
    nobody: None, monkeypatch: pytest.MonkeyPatch, address: str, told: str, config: dict[str, str]
) -> None:
    if told:
        monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", told)
    assert azure.access(address).config == config


def test_who_has_signed_in_by_az_needs_no_key(nobody: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "az").write_text("#!/bin/sh\n")
    (tmp_path / "az").chmod(0o755)
    (tmp_path / ".azure").mkdir()
    (tmp_path / ".azure" / "azureProfile.json").write_text(json.dumps({"subscriptions": [{"id": "x"}]}), "utf-8-sig")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert azure.access("abfs://nights@a.dfs.core.windows.net").config["use_azure_cli"] == "true"
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "a2V5")
    assert "use_azure_cli" not in azure.access("abfs://nights@a.dfs.core.windows.net").config


def test_a_certificate_is_no_way_in_where_there_is_no_other(nobody: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", "/key.pem")
    with pytest.raises(NoUseError, match="AZURE_CLIENT_SECRET"):
        azure.access("abfs://nights@a.dfs.core.windows.net")
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sv=1")
    assert azure.access("abfs://nights@a.dfs.core.windows.net").config == {"account_name": "a"}


@pytest.mark.parametrize("told", ["nonsense", "AccountName=other;AccountKey=k", "BlobEndpoint=ftp://x"])
def test_a_connection_string_that_does_not_fit_is_said(
    nobody: None, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", told)
    with pytest.raises(NoUseError):
        azure.access("abfs://nights@a.dfs.core.windows.net")
