#!/usr/bin/env bash
# DuckDB 2.0.1 draws a progress bar into the standard output of a program that was given by `python -c`, terminal or not.
#
# Whether somebody watches is judged by whether the main module has a file, not by what stdout is. A program in a file is
# left alone; the same statements behind `-c`, as a supervisor, a pipeline or a test starts them, put a bar into whatever
# reads the answers, but only when a statement takes longer than two seconds: it goes unseen until the day of much data.
#
# Expect: from a file, one line; by -c, a bar before it.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"; "$work/venv/bin/pip" install --quiet duckdb==2.0.1
cat > "$work/slow.py" <<'PY'
import duckdb

con = duckdb.connect()
con.execute("SET threads = 1")
con.execute("CREATE TABLE t AS SELECT range AS x FROM range(3000000)")
con.execute("SELECT sum(sqrt(a.x + b.range)) FROM t AS a, range(150) AS b").fetchall()
print("done")
PY
"$work/venv/bin/python" "$work/slow.py" > "$work/file.txt"
"$work/venv/bin/python" -c "$(cat "$work/slow.py")" > "$work/dash_c.txt"
echo "from a file: $(wc -l < "$work/file.txt") line, $(wc -c < "$work/file.txt") bytes"
echo "by -c: $(wc -c < "$work/dash_c.txt") bytes, with a percent sign in $(grep -c % "$work/dash_c.txt") of its lines"
[ "$(cat "$work/file.txt")" = done ] && grep -q % "$work/dash_c.txt"
