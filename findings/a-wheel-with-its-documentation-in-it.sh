#!/usr/bin/env bash
# A step of the last number makes a package forty times as large, and none of what was added is code.
#
# uniseg 0.10.1's wheel holds its built documentation, pages, pictures and the fonts they are set in, in the folder of the
# module, so that every installation carries it: 10.7 of 10.9 MB. The wheel of 0.10.0 has none of it, and the code is of
# the same size in both. Whoever packs a program with all it needs finds it in the size of what is shipped, or not at all.
#
# Expect: nothing under uniseg/docs in 0.10.0; in 0.10.1 more than nine tenths of what the wheel unpacks to, most of it fonts.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
for version in 0.10.0 0.10.1; do
  "$work/venv/bin/pip" download --quiet --no-deps --only-binary :all: --dest "$work" "uniseg==$version"
done
"$work/venv/bin/python" - "$work" <<'PY'
import sys
import zipfile
from pathlib import Path

FONTS = (".ttf", ".woff", ".woff2", ".eot")
code = {}
for version in ("0.10.0", "0.10.1"):
    (wheel,) = Path(sys.argv[1]).glob(f"uniseg-{version}-*.whl")
    with zipfile.ZipFile(wheel) as opened:
        sizes = {entry.filename: entry.file_size for entry in opened.infolist()}
    whole = sum(sizes.values())
    code[version] = sum(size for name, size in sizes.items() if name.endswith(".py"))
    docs = sum(size for name, size in sizes.items() if name.startswith("uniseg/docs/"))
    fonts = sum(size for name, size in sizes.items() if name.startswith("uniseg/docs/") and name.endswith(FONTS))
    print(
        f"uniseg {version}: unpacked {whole / 1e6:.2f} MB, code {code[version] / 1e6:.2f},"
        f" documentation {docs / 1e6:.2f}, of which fonts {fonts / 1e6:.2f}"
    )
    if version == "0.10.0":
        assert docs == 0
    else:
        assert docs > 0.9 * whole
        assert fonts > docs / 2
assert 0.9 < code["0.10.1"] / code["0.10.0"] < 1.1
PY
