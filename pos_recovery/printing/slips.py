"""From a coupon to the slip the guest holds: the words, filled in. Pure."""

from __future__ import annotations

from datetime import date

from pos_recovery.rules import codes
from pos_recovery.settings.schema import Settings
from pos_recovery.slip_texts.slip_words import Words, date_line
from pos_recovery.slip_texts.web_site import bare_site
from receipts.drawing.slip import Slip

EXAMPLE_CODE = "XXXXXXXXXXXX"
"""Stands on a preview, where no coupon exists yet. Its check symbol fails, so it can never be one."""


def qr_text(code: str, web_site: str) -> str:
    """What the QR holds: the guest's web address ending in the code, or the code alone.

    All upper case but the scheme: capitals are QR's alphanumeric mode, which makes a smaller symbol with larger
    modules. A scheme in capitals is the same to RFC 3986 (3.1), but the cameras of some telephones show it as text and
    open nothing.
    """
    site = bare_site(web_site)
    return f"https://{site.upper()}/C/{code}" if site else code


def compose(settings: Settings, words: Words, *, reason: str, code: str, expires_on: date, copy: int = 1) -> Slip:
    """The slip of one coupon. `copy` above 1 marks a reprint."""
    contact = []
    if settings.phone:
        contact.append(words.phone.format(phone=settings.phone))
    if settings.web_site:
        contact.append(words.web.format(web=bare_site(settings.web_site)))
    return Slip(
        language=words.language,
        headline=words.headline,
        apology=words.apology_for(reason),
        offer=words.offer,
        valid=words.valid.format(date=date_line(expires_on, words.language)),
        scan_hint=words.scan_hint,
        code=codes.printed(code),
        qr_text=qr_text(code, settings.web_site),
        store=settings.store_name,
        back_title=words.back_title,
        back_text=f"{words.back_text} {words.back_thanks}",
        contact=tuple(contact),
        copy_mark=words.copy.format(n=copy) if copy > 1 else None,
    )
