"""Backups of a register: made while it runs, looked over before they count, and put back."""
