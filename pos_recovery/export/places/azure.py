"""What people have set for Azure's tools where obstore (0.12.1) does not look: connection strings, `az login`."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pos_recovery.export.places.addresses import NoUseError
from pos_recovery.export.places.credentials import Access, by_http, fsspec_set, trusted_file

_EMULATOR = "http://127.0.0.1:10000/devstoreaccount1"
"""What `UseDevelopmentStorage=true` stands for, by Microsoft's manual of Azurite."""
_FSSPEC = {
    "account_name": "account_name", "account_key": "account_key", "sas_token": "sas_key", "client_id": "client_id",
    "client_secret": "client_secret", "tenant_id": "tenant_id",
}  # fmt: skip


def access(url: str) -> Access:
    """What is needed for a container of Azure. Raises NoUseError."""
    env = os.environ
    config = {_FSSPEC[name]: value for name, value in fsspec_set("abfs").items() if name in _FSSPEC}
    host = re.split("[/?#]", url.partition("://")[2])[0].rpartition("@")[2]
    account = account_of(host)
    told = fsspec_set("abfs").get("connection_string") or env.get("AZURE_STORAGE_CONNECTION_STRING")
    if told:
        config |= _connection(told)
    if account:
        if account[1] != config.get("account_name", account[1]):
            raise NoUseError("the address and the connection string name two accounts")
        config["account_name"] = account[1]
        if account[2] != "core.windows.net":
            config.setdefault("endpoint", f"https://{account[1]}.blob.{account[2]}")
    for name, ours in {"AZURE_STORAGE_ACCOUNT": "account_name", "AZURE_STORAGE_KEY": "account_key"}.items():
        if env.get(name) and ours not in config and not env.get(f"AZURE_STORAGE_{ours.upper()}"):
            config[ours] = env[name]
    if not _has_keys(config, env):
        config |= _sign_in(env)
    endpoint = config.get("endpoint") or env.get("AZURE_STORAGE_ENDPOINT") or env.get("AZURE_ENDPOINT")
    if endpoint:
        config["endpoint"] = endpoint
    return Access(config, None, by_http(endpoint, "AZURE_ALLOW_HTTP"), trusted_file(env.get("REQUESTS_CA_BUNDLE")))


def account_of(host: str) -> re.Match[str] | None:
    """The account (1) and the cloud (2) of a host such as `account.dfs.core.windows.net`; None: it is none."""
    return re.fullmatch(r"([a-z0-9]+)\.(?:dfs|blob)\.(.+)", host.lower())


def _connection(told: str) -> dict[str, str]:
    """A connection string, by obstore's names."""
    parts = {key.strip().lower(): value for key, _, value in (each.partition("=") for each in told.split(";"))}
    if parts.get("usedevelopmentstorage", "").lower() == "true":
        return {"use_emulator": "true", "account_name": "devstoreaccount1", "endpoint": _EMULATOR}
    names = {"accountname": "account_name", "accountkey": "account_key", "sharedaccesssignature": "sas_key"}
    config = {ours: parts[name] for name, ours in names.items() if parts.get(name)}
    endpoint = parts.get("blobendpoint", "").rstrip("/")
    suffix = parts.get("endpointsuffix", "core.windows.net")
    if not endpoint and suffix != "core.windows.net" and "account_name" in config:
        endpoint = f"{parts.get('defaultendpointsprotocol', 'https')}://{config['account_name']}.blob.{suffix}"
    if endpoint:
        config["endpoint"] = endpoint
        config.setdefault("account_name", (urlsplit(endpoint).hostname or "").partition(".")[0])
    if "account_name" not in config:
        raise NoUseError("AZURE_STORAGE_CONNECTION_STRING names no account")
    return config


_KEYS = re.compile(
    "AZURE_STORAGE_.*(KEY|TOKEN|SECRET)|AZURE_CLIENT_SECRET|AZURE_FEDERATED_TOKEN_FILE|AZURE_USE_AZURE_CLI"
)
"""Variables that are a way in."""


def _has_keys(config: dict[str, str], env: Mapping[str, str]) -> bool:
    ours = {"account_key", "sas_key", "client_secret", "use_emulator"}
    return bool(config.keys() & ours) or any(_KEYS.fullmatch(name) and env[name] for name in env)


def _sign_in(env: Mapping[str, str]) -> dict[str, str]:
    """Where there is no key. Of the machine itself obstore asks then."""
    if env.get("AZURE_CLIENT_CERTIFICATE_PATH"):
        raise NoUseError("AZURE_CLIENT_CERTIFICATE_PATH is no way in here; set AZURE_CLIENT_SECRET, or use az login")
    return {"use_azure_cli": "true"} if _signed_in_by_az(env) else {}


def _signed_in_by_az(env: Mapping[str, str]) -> bool:
    folder = Path(env.get("AZURE_CONFIG_DIR") or Path.home() / ".azure")
    try:
        signed_in = json.loads((folder / "azureProfile.json").read_text(encoding="utf-8-sig"))["subscriptions"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return bool(signed_in) and shutil.which("az") is not None
