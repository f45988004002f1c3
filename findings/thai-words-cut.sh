#!/usr/bin/env bash
# BudouX 0.10.1's Thai model cuts inside words that its Japanese and Chinese models have no counterpart of: a slip that
# breaks its lines there tears a syllable from its consonant.
#
# The package presents its models as finding places where a line may break; for Thai these are no word boundaries as a
# dictionary has them. ICU, which has a Thai dictionary, cuts the same text between words.
#
# Expect: the pieces of one phrase, one of which begins in the middle of a word.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'budoux==0.10.1'
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import budoux

text = "สแกนรหัสด้านล่าง"  # scan, code, side, below
pieces = budoux.load_default_thai_parser().parse(text)
words = ["สแกน", "รหัส", "ด้าน", "ล่าง"]
ends = {len("".join(words[:number])) for number in range(1, len(words) + 1)}
cuts = [len("".join(pieces[:number])) for number in range(1, len(pieces))]
print(f"BudouX {version('budoux')}: {pieces}; cuts inside a word at {[cut for cut in cuts if cut not in ends]}")
assert "".join(pieces) == text
assert any(cut not in ends for cut in cuts)
PY
