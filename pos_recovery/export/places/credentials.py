"""Whose account a bucket is opened with: what is the same for all clouds, and Google's. See `amazon` and `azure`.

obstore (0.12.1) reads the variables of all three, and asks the machine itself where it is one of theirs (instance,
container, workload). The rest, where people have set it for other tools, is looked up here.

Refuses http to any other machine unless somebody has allowed it: on the way everybody could read a night.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pos_recovery.export.places.addresses import NoUseError

_LOOPBACK = re.compile(r"localhost|127(\.\d+){3}|::1")
_GOOGLES = (
    "GOOGLE_SERVICE_ACCOUNT",
    "GOOGLE_SERVICE_ACCOUNT_PATH",
    "GOOGLE_SERVICE_ACCOUNT_KEY",
    "GOOGLE_BEARER_TOKEN",
)
"""Where obstore looks before it does in Google's own file."""
_SIGN_INS = (None, "service_account", "authorized_user")
"""What it can read there; None: no such file, or not readable as one."""
_NO_KEY = "none"
"""What an emulator is told. With `skip_signature` obstore reads without a key, and looks for one to write."""
NO_KEYS = "no keys were found for it; the README names where they may stand"


@dataclass(frozen=True, slots=True)
class Access:
    """How to open a bucket, beside what obstore finds in the environment."""

    config: dict[str, str] = field(default_factory=dict)
    """By obstore's names. It goes before the environment."""
    keys: Callable[[], dict[str, Any]] | None = None
    """Gives keys that end, and is asked again when they do."""
    by_http: bool = False
    trusted: bytes | None = None
    """Further certificates, as PEM."""


def by_http(endpoint: str | None, allowing: str) -> bool:
    """Whether to speak http.

    Args:
        endpoint: The URL of a server; None: the cloud's own.
        allowing: The variable that allows it.

    Raises:
        NoUseError: It may not be, or that is no URL.
    """
    if endpoint is None:
        return False
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https"):
        raise NoUseError("the address of its server is no URL; write https://host")
    if parts.scheme == "https":
        return False
    if not _LOOPBACK.fullmatch(host) and os.environ.get(allowing, "").lower() not in ("1", "true"):
        raise NoUseError(
            f"its server speaks http, by which anybody on the way reads a night; use https, or set {allowing}=true"
        )
    return True


def trusted_file(file: str | None) -> bytes | None:
    """Certificates to trust besides the machine's own. Raises NoUseError."""
    if not file or Path(file).is_dir():
        return None
    try:
        return Path(file).expanduser().read_bytes()
    except OSError as error:
        raise NoUseError("the file of certificates that is set for it cannot be read") from error


def fsspec_set(kind: str) -> dict[str, str]:
    """What was set for a kind of address in fsspec's own configuration, by its names."""
    env = os.environ
    found: dict[str, Any] = {}
    folder = Path(env.get("FSSPEC_CONFIG_DIR") or Path.home() / ".config" / "fsspec")
    for file in sorted(folder.glob("*.json")):
        try:
            found |= json.loads(file.read_bytes()).get(kind, {})
        except (OSError, ValueError, AttributeError, TypeError):
            continue  # as where there is none
    prefix = f"FSSPEC_{kind.upper()}_"
    found |= {name.removeprefix(prefix).lower(): value for name, value in env.items() if name.startswith(prefix)}
    return {name: value for name, value in found.items() if isinstance(value, str) and value}


def google() -> Access:
    """What is needed for a bucket of Google's. Raises NoUseError."""
    env = os.environ
    file = Path(
        env.get("GOOGLE_APPLICATION_CREDENTIALS") or Path.home() / ".config/gcloud/application_default_credentials.json"
    )
    endpoint = env.get("GOOGLE_BASE_URL") or env.get("STORAGE_EMULATOR_HOST")
    config = {}
    if endpoint:
        config["base_url"] = endpoint if "://" in endpoint else f"http://{endpoint}"
    if env.get("STORAGE_EMULATOR_HOST"):
        config["bearer_token"] = _NO_KEY
    elif not any(env.get(name) for name in _GOOGLES) and _kind_of(file) not in _SIGN_INS:
        raise NoUseError(
            "the kind of sign-in in GOOGLE_APPLICATION_CREDENTIALS is no way in here; name a file of a service account"
        )
    return Access(config, None, by_http(config.get("base_url"), "GOOGLE_ALLOW_HTTP"))


def _kind_of(file: Path) -> str | None:
    try:
        kind: str | None = json.loads(file.read_bytes()).get("type")
    except (OSError, ValueError, AttributeError):
        return None
    return kind
