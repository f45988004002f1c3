"""Statements by table. The connection comes first; nothing here commits."""
