"""The register: what decides, what shows, and what is called. Imports nothing, so that asking for the version costs nothing."""

__version__ = "0.1.0"
