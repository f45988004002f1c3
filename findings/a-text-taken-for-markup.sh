#!/usr/bin/env bash
# XlsxWriter 3.3.1: a cell's plain text that begins with <r> and ends with </r> is written into the workbook as markup of
# a rich string, not as text. What a reader finds in the cell is no longer what was written.
#
# The documentation of `write_string` names one check, for texts that are too long. The reason is in the way rich strings
# are handed on: they are made into such markup first and then go through the same table of shared strings.
#
# Expect: "<r><t>milk</t></r>" comes back as "milk"; with a blank in front of it, it comes back as it was written.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'xlsxwriter==3.3.1' 'openpyxl==3.1.5'
"$work/venv/bin/python" - "$work/book.xlsx" <<'PY'
import sys

import openpyxl
import xlsxwriter

written = ["<r><t>milk</t></r>", " <r><t>milk</t></r>", "<r>", "milk"]
with xlsxwriter.Workbook(sys.argv[1], {"strings_to_formulas": False}) as book:
    sheet = book.add_worksheet()
    for row, text in enumerate(written):
        sheet.write_string(row, 0, text)
read = [cell.value for (cell,) in openpyxl.load_workbook(sys.argv[1]).active.iter_rows()]
for before, after in zip(written, read, strict=True):
    print(f"XlsxWriter {xlsxwriter.__version__}: written {before!r}, read {after!r}")
assert read == ["milk", *written[1:]]
PY
