#!/usr/bin/env bash
# paramiko 5.1.0: one line of OpenSSH's known_hosts that begins with a mark (@revoked, @cert-authority) makes the whole
# file unreadable to `HostKeys.load`; a pattern (*.example.org) is read without a word and never matches.
#
# sshd(8) describes both in the format of that file, and ssh reads them. Unknown lines are otherwise skipped with a debug
# message, so whoever catches `SSHException` for a broken file finds that of a healthy one, too.
#
# Expect: a marked line raises; a pattern knows no host; ssh-keygen, where it is here, finds the host by that pattern.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'paramiko==5.1.0'
"$work/venv/bin/python" - "$work" <<'PY'
import shutil
import subprocess
import sys
from pathlib import Path

import paramiko

folder = Path(sys.argv[1])
key = paramiko.RSAKey.generate(2048)
line = f"{key.get_name()} {key.get_base64()}\n"


def loaded(text: str) -> object:
    (folder / "known_hosts").write_text(text)
    keys = paramiko.HostKeys()
    try:
        keys.load(str(folder / "known_hosts"))
    except paramiko.SSHException as error:
        return type(error).__name__
    except Exception as error:  # noqa: BLE001  whatever it is, it is named
        return type(error).__name__
    return keys.lookup("nights.example.org") is not None


plain = loaded(f"nights.example.org {line}")
marked = {mark: loaded(f"nights.example.org {line}{mark} old.example.org {line}") for mark in ("@revoked", "@cert-authority")}
pattern = loaded(f"*.example.org {line}")
print(f"paramiko {paramiko.__version__}: plain {plain}, with a marked line {marked}, by a pattern {pattern}")
assert plain is True
assert set(marked.values()) == {"InvalidHostKey"}
assert pattern is False
if shutil.which("ssh-keygen"):
    found = subprocess.run(
        ["ssh-keygen", "-F", "nights.example.org", "-f", str(folder / "known_hosts")], capture_output=True, check=False
    )
    print(f"ssh-keygen by the pattern: {'found' if found.returncode == 0 else 'not found'}")
    assert found.returncode == 0
PY
