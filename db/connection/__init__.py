"""Engines, transactions and the one writer; and every foreign error as one of ours."""
