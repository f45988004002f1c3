"""A store's web site, as it stands on a slip and in its QR code. Pure."""

from __future__ import annotations

import re


def bare_site(web_site: str) -> str:
    """The web site without its scheme and trailing slashes, whatever way it was written."""
    return re.sub(r"^https?://", "", web_site.strip(), flags=re.IGNORECASE).rstrip("/")
