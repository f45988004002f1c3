"""The register's screens. The only room that imports textual.

Attributes go down, messages come up. A screen that wants something posts a request (`requests`); the app grants it in a
thread and posts the answer back to the screen that asked. No widget touches the database.
"""
