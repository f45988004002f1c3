"""The register: what decides, what shows, and what is called. Imports nothing: asking for the version is free."""

__version__ = "0.1.0"
