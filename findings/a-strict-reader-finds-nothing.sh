#!/usr/bin/env bash
# DuckDB 2.0.1 reads a proper CSV file and finds no rows in it, without an error, where it was told two true things of it.
#
# RFC 4180 ends lines with CR LF. Whoever writes such files and says so (`new_line='\r\n'`) while asking for strictness
# (`strict_mode=true`) gets an empty table: the options hold each by itself, and together they lose every row. A count of
# rows beside the file is the only thing that notices.
#
# Expect: with both options 0 rows; with either alone, or with neither, 2.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"; "$work/venv/bin/pip" install --quiet duckdb==2.0.1
printf '"name","cups"\r\n"Ana",1\r\n"Ben",2\r\n' > "$work/cups.csv"
cat > "$work/read.py" <<'PY'
import sys

import duckdb

COLUMNS = "columns={'name': 'VARCHAR', 'cups': 'BIGINT'}"
STRICT, LINES = "strict_mode=true", "new_line='\\r\\n'"
found = {}
for options in ((), (STRICT,), (LINES,), (STRICT, LINES)):
    asked = ", ".join(("auto_detect=false", "header=true", COLUMNS, *options))
    rows = duckdb.sql(f"FROM read_csv('{sys.argv[1]}', {asked})").fetchall()
    found[options] = len(rows)
    print(f"{' and '.join(options) or 'neither'}: {len(rows)} rows")
sys.exit(list(found.values()) != [2, 2, 2, 0])
PY
"$work/venv/bin/python" "$work/read.py" "$work/cups.csv"
