"""What people have set for Amazon's tools where obstore (0.12.1) does not look: `~/.aws`, and where a bucket is.

A profile that signs in elsewhere (SSO, a role) is asked of the `aws` command, as only that can.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from configparser import ConfigParser, Error
from datetime import datetime
from pathlib import Path
from typing import Any

from pos_recovery.export.places.addresses import NoUseError
from pos_recovery.export.places.credentials import NO_KEYS, Access, by_http, fsspec_set, trusted_file

_PROGRAM_S = 60.0
_REGION_S = 5.0
_FSSPEC = {
    "key": "access_key_id", "secret": "secret_access_key", "token": "session_token",
    "endpoint_url": "aws_endpoint_url_s3",
}  # fmt: skip


def access(bucket: str) -> Access:
    """What is needed for a bucket of S3, or of a server that speaks like it.

    Raises:
        NoUseError: What is set does not fit together.
    """
    env = os.environ
    config = {_FSSPEC[name]: value for name, value in fsspec_set("s3").items() if name in _FSSPEC}
    profile = _profile(env)
    keys = None
    if "access_key_id" not in config and not (env.get("AWS_ACCESS_KEY_ID") or env.get("AWS_WEB_IDENTITY_TOKEN_FILE")):
        found = _keys_of(profile, env)
        if callable(found):
            keys = found
        else:
            config |= found
    endpoint = config.get("aws_endpoint_url_s3") or _endpoint(profile, env)
    trusted = trusted_file(env.get("AWS_CA_BUNDLE") or profile.get("ca_bundle") or env.get("REQUESTS_CA_BUNDLE"))
    region = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or profile.get("region")
    if region and region.startswith("cn-"):  # a world of its own, whose name obstore does not know
        endpoint = endpoint or f"https://s3.{region}.amazonaws.com.cn"
    http = by_http(endpoint, "AWS_ALLOW_HTTP")
    if not region or not endpoint:
        region = _region_of(bucket, endpoint or "https://s3.amazonaws.com", trusted) or region
    if region:
        config["region"] = region
    if endpoint:
        if re.search(r"addressing_style\s*=\s*virtual", profile.get("s3", "")):
            endpoint = endpoint.replace("://", f"://{bucket}.", 1)
            config["virtual_hosted_style_request"] = "true"
        config["aws_endpoint_url_s3"] = endpoint
    return Access(config, keys, http, trusted)


def _profile(env: Mapping[str, str]) -> dict[str, str]:
    """The profile in use, of both of Amazon's files; what `services` says of S3's endpoint with it."""
    home = Path.home() / ".aws"
    name = env.get("AWS_PROFILE") or env.get("AWS_DEFAULT_PROFILE") or "default"
    settings = _read(env.get("AWS_CONFIG_FILE"), home / "config")
    secrets = _read(env.get("AWS_SHARED_CREDENTIALS_FILE"), home / "credentials")
    section = name if name == "default" and settings.has_section(name) else f"profile {name}"
    both = [(settings, section), (secrets, name)]
    profile = {key: value for file, each in both if file.has_section(each) for key, value in file.items(each)}
    if not profile and name != "default":
        raise NoUseError("the profile that AWS_PROFILE names is not in ~/.aws")
    services = f"services {profile.get('services', '')}"
    if settings.has_section(services):
        of_s3 = re.search(r"^\s*endpoint_url\s*=\s*(\S+)", settings.get(services, "s3", fallback=""), re.MULTILINE)
        if of_s3:
            profile["endpoint_url"] = of_s3[1]
    return profile


def _read(told: str | None, usual: Path) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=False, delimiters=("=",), comment_prefixes=("#", ";"))
    try:
        parser.read(Path(told).expanduser() if told else usual, encoding="utf-8")
    except (Error, UnicodeDecodeError) as error:
        raise NoUseError("a file in ~/.aws cannot be read as such") from error
    return parser


def _keys_of(profile: dict[str, str], env: Mapping[str, str]) -> dict[str, str] | Callable[[], dict[str, Any]]:
    if "role_arn" in profile and "web_identity_token_file" in profile:
        names = ("role_arn", "role_session_name", "web_identity_token_file")
        return {name: profile[name] for name in names if name in profile}
    if profile.keys() & {"role_arn", "sso_session", "sso_start_url", "login_session"}:
        command = shutil.which("aws")
        if command is None:
            raise NoUseError(
                "the profile in ~/.aws signs in by SSO or a role, for which the aws command is needed; install that, "
                "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        return _handed_out([command, "configure", "export-credentials", "--format", "process"])
    if "aws_access_key_id" in profile:
        names = ("access_key_id", "secret_access_key", "session_token")
        return {name: profile[f"aws_{name}"] for name in names if f"aws_{name}" in profile}
    if "credential_process" in profile:
        import shlex

        return _handed_out(shlex.split(profile["credential_process"]))
    if env.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true" and not any("AWS_CONTAINER_" in name for name in env):
        raise NoUseError(NO_KEYS)
    return {}


def _handed_out(command: list[str]) -> Callable[[], dict[str, Any]]:
    """Keys that another program prints (`credential_process` of Amazon's files)."""
    from subprocess import DEVNULL, SubprocessError, run

    def ask() -> dict[str, Any]:
        try:
            done = run(command, stdin=DEVNULL, capture_output=True, check=True, timeout=_PROGRAM_S)  # noqa: S603  theirs
            told = json.loads(done.stdout)
            ends = told.get("Expiration")
            return {
                "access_key_id": told["AccessKeyId"], "secret_access_key": told["SecretAccessKey"],
                "token": told.get("SessionToken"), "expires_at": datetime.fromisoformat(ends) if ends else None,
            }  # fmt: skip
        except (OSError, SubprocessError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NoUseError(f"{Path(command[0]).name} hands out no keys; see whether you are signed in") from error

    first = [ask()]  # asked now, because obstore would tell what went wrong in words of its own
    return lambda: first.pop() if first else ask()


def _endpoint(profile: dict[str, str], env: Mapping[str, str]) -> str | None:
    told = env.get("AWS_ENDPOINT_URL_S3") or env.get("AWS_ENDPOINT_URL") or env.get("AWS_ENDPOINT")
    return told or profile.get("endpoint_url")


def _region_of(bucket: str, endpoint: str, trusted: bytes | None) -> str | None:
    """Where a bucket is, which any S3 server may be asked without a key (HeadBucket, `x-amz-bucket-region`)."""
    from ssl import create_default_context
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    try:
        tls = create_default_context()
        if trusted is not None:
            tls.load_verify_locations(cadata=trusted.decode())
        request = Request(f"{endpoint.rstrip('/')}/{bucket}", method="HEAD")  # noqa: S310  http(s), as was looked at
        with urlopen(request, timeout=_REGION_S, context=tls) as answer:  # noqa: S310
            headers = answer.headers
    except HTTPError as error:
        headers = error.headers
    except (OSError, ValueError):
        return None  # then it is tried where it was said to be
    region: str | None = headers.get("x-amz-bucket-region")
    return region
