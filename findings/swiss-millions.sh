#!/usr/bin/env bash
# Babel 2.19.0: Swiss German numbers from a million up are written without any mark between the thousands; below a million
# with one. 2.18.0 wrote them all with marks.
#
# CLDR's newer data has the plain apostrophe where it had the curly one. In a number pattern the plain one quotes, and
# Babel takes pairs of quotes out of the finished number: one mark stays, two cancel each other.
#
# Expect: 2.18.0 groups both; 2.19.0 groups thousands and not millions.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
for version in 2.18.0 2.19.0; do
  python3 -m venv "$work/$version"
  "$work/$version/bin/pip" install --quiet "babel==$version"
  "$work/$version/bin/python" - <<'PY'
import babel
from babel.numbers import format_decimal

told = [format_decimal(number, locale="de_CH") for number in (1234.5, 1234567.5)]
print(f"Babel {babel.__version__}: {told}")
assert told == (["1’234.5", "1’234’567.5"] if babel.__version__ == "2.18.0" else ["1'234.5", "1234567.5"])
PY
done
