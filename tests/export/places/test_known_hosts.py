"""Which server is known is read as `ssh` reads it, and it is asked for a key of a kind that is known."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from io import StringIO
from itertools import product
from pathlib import Path

import paramiko
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pos_recovery.export.places import known_hosts
from pos_recovery.export.places.known_hosts import Known, known
from pos_recovery.export.places.night_folder import Delivered, NotDelivered
from pos_recovery.export.places.upload import deliver
from tests.export.sftp_server import Sftp
from tests.export.small_nights import make_night

KEYGEN = shutil.which("ssh-keygen")


def ed25519() -> paramiko.PKey:
    """paramiko makes keys of the other kinds only."""
    private = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return paramiko.Ed25519Key.from_private_key(StringIO(private.decode()))


KINDS: dict[str, Callable[[], paramiko.PKey]] = {
    "ed25519": ed25519, "ecdsa": paramiko.ECDSAKey.generate, "rsa": partial(paramiko.RSAKey.generate, 2048),
}  # fmt: skip
KEYS = {kind: make() for kind, make in KINDS.items()}
ONE, OTHER = KEYS["ed25519"], KEYS["ecdsa"]
deliver_now = partial(deliver, sleep=lambda _: None, tries=1)


def line(hosts: str, key: paramiko.PKey = ONE, mark: str = "") -> str:
    return f"{mark}{hosts} {key.get_name()} {key.get_base64()} somebody@somewhere\n"


def told(sftp: Sftp, text: str, night: Path) -> object:
    """What comes of a delivery with these lines in the file of known hosts."""
    (Path.home() / ".ssh" / "known_hosts").write_text(text)
    return deliver_now(night, sftp.url)


@pytest.fixture
def every(sftp: Sftp) -> Sftp:
    """A server with a key of each kind."""
    sftp.key, *sftp.others = KEYS.values()
    return sftp


@pytest.fixture
def night(tmp_path: Path) -> Path:
    return make_night(tmp_path / "home")


@pytest.mark.parametrize("kind", KEYS)
def test_a_server_is_asked_for_a_key_of_the_kind_that_is_known(every: Sftp, night: Path, kind: str) -> None:
    assert isinstance(told(every, every.known_host(KEYS[kind]), night), Delivered)


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_asked_as_paramiko_would_it_shows_one_that_is_not(
    every: Sftp, night: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin."""
    monkeypatch.setattr(Known, "first", lambda _, algorithms: algorithms)
    answer = told(every, every.known_host(KEYS[kind]), night)
    assert isinstance(answer, NotDelivered)
    assert answer.why.startswith("its ssh-ed25519 key is not among the known hosts")
    assert every.logins == []


def test_of_several_known_keys_any_one_will_do(every: Sftp, night: Path) -> None:
    changed = every.known_host(paramiko.ECDSAKey.generate())
    assert isinstance(told(every, changed + every.known_host(KEYS["rsa"]) + every.known_host(OTHER), night), Delivered)


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_that_changed_is_refused_before_the_password(every: Sftp, night: Path, kind: str) -> None:
    """Also where the server has keys of other kinds, of which nothing is known."""
    key = KINDS[kind]()
    answer = told(every, every.known_host(key), night)
    assert isinstance(answer, NotDelivered)
    assert answer.why == f"its {key.get_name()} key is not among the known hosts; compare it, then add it"
    assert every.logins == []


@pytest.mark.parametrize("hosts", ["*", "[127.0.0.1]:*"])
def test_a_revoked_key_is_refused_wherever_else_it_stands(every: Sftp, night: Path, hosts: str) -> None:
    answer = told(every, every.known_host(ONE) + line(hosts, ONE, "@revoked "), night)
    assert isinstance(answer, NotDelivered)
    assert answer.why == "its ssh-ed25519 key is marked as revoked among the known hosts; ask who runs it"
    assert every.logins == []


def test_paramiko_by_itself_cannot_read_a_file_with_a_mark_in_it(tmp_path: Path) -> None:
    """The twin: nor does it know a pattern."""
    (tmp_path / "known").write_text(line("*.example"))
    assert not paramiko.HostKeys(str(tmp_path / "known")).check("a.example", ONE)
    (tmp_path / "known").write_text(line("a.example") + line("*", ONE, "@revoked "))
    with pytest.raises(paramiko.hostkeys.InvalidHostKey):
        paramiko.HostKeys(str(tmp_path / "known"))
    assert ONE.asbytes() in known([tmp_path / "known"], "a.example", None).revoked


def test_what_a_certificate_authority_vouches_for_is_not_known(every: Sftp, night: Path) -> None:
    answer = told(every, line("*", ONE, "@cert-authority "), night)
    assert isinstance(answer, NotDelivered)
    assert "not among the known hosts" in answer.why


@pytest.mark.parametrize(
    "hosts",
    ["127.0.0.1", "[127.0.0.1]:{port}", "[127.0.0.?]:{port}", "one.example,[127.0.0.1]:{port}", "[127.0.*]:*", "*"],
)
def test_a_server_is_known_by_any_name_that_ssh_would_take(every: Sftp, night: Path, hosts: str) -> None:
    text = line(hosts.format(port=every.port), KEYS["rsa"])
    assert isinstance(told(every, "# ours\n\n" + text.replace(" ", "\t", 1), night), Delivered)


@pytest.mark.skipif(KEYGEN is None, reason="OpenSSH's programs are not installed")
def test_a_hashed_name_is_known(every: Sftp, night: Path) -> None:
    file = Path.home() / ".ssh" / "known_hosts"
    file.write_text(line("other.example") + every.known_host(KEYS["rsa"]))
    subprocess.run([str(KEYGEN), "-q", "-H", "-f", str(file)], check=True, capture_output=True)
    assert "127.0.0.1" not in file.read_text()
    assert isinstance(told(every, file.read_text(), night), Delivered)


HOSTS = [
    "a.example", "A.Example", "*.example", "?.example", "*.example,!a.example", "!b.example,*", "[a.example]:2222",
    "[*.example]:2222", "a.example,b.example", "[::1]:2222", "::1", "a+b.example", "[ab].example", "*", "!*", "a",
    "|1|not base64|x", "|2|a|b", "|1|", "",
]  # fmt: skip
NAMES = ["a.example", "b.example", "[a.example]:2222", "[b.example]:2222", "::1", "[::1]:2222", "a+b.example", "a"]


@pytest.mark.skipif(KEYGEN is None, reason="OpenSSH's programs are not installed")
def test_names_are_found_as_ssh_keygen_finds_them(tmp_path: Path) -> None:
    file = tmp_path / "known"
    for hosts in HOSTS:
        file.write_text(line(hosts))
        for name in NAMES:
            asked = [str(KEYGEN), "-F", name, "-f", str(file)]
            there = subprocess.run(asked, capture_output=True, check=False).returncode == 0
            assert known_hosts._is_of(hosts, name) is there, (hosts, name)


def test_what_is_no_line_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "known"
    good = line("a.example")
    wrong = [
        "a.example", "a.example ssh-rsa", "a.example ssh-rsa not/base64!", "@mark", "@mark a.example", "\x00\xff",
        "a.example 1024 35 1234567890", "#" + good.strip(), *map("".join, product("@|!*", repeat=2)),
    ]  # fmt: skip
    file.write_bytes("\n".join([*wrong, good]).encode("latin-1"))
    found = known([tmp_path / "missing", tmp_path, file], "a.example", 22)
    assert ONE.asbytes() in found.keys
    assert "ssh-ed25519" in found.kinds
    assert found.revoked == frozenset()


def test_a_port_with_keys_of_its_own_is_not_known_by_those_of_the_host(tmp_path: Path) -> None:
    file = tmp_path / "known"
    file.write_text(line("a.example", ONE) + line("[a.example]:2222", OTHER))
    assert known([file], "a.example", 2222).keys == {OTHER.asbytes()}
    assert known([file], "a.example", 2223).keys == {ONE.asbytes()}
    assert known([file], "A.Example", None).keys == {ONE.asbytes()}
