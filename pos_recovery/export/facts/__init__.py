"""A night's files, out of the ledger: what they rest on, the tables, the manifest, the workbook."""
