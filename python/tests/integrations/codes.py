"""The device that shows codes of the second factor."""

from __future__ import annotations

from base64 import b32decode
from dataclasses import dataclass

from django_otp.oath import totp

WRONG_CODE = "000000"
"""Right once in a million times."""


@dataclass
class Device:
    """``secret`` is what the site and the device know."""

    secret: str = "JBSWY3DPEHPK3PXP"

    @property
    def hexadecimal(self) -> str:
        return b32decode(self.secret).hex()

    @property
    def code(self) -> str:
        """What it shows now."""
        return f"{totp(b32decode(self.secret)):06}"
