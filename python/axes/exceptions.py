"""What Axes raises."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied


class AxesError(Exception):
    """Something that Axes could not do."""


class AxesStoreError(AxesError):
    """The database (or another store) could not do what Axes needed."""


class AxesBackendPermissionDenied(AxesError, PermissionDenied):
    """This attempt is refused; Django then asks no other backend."""


class AxesBackendRequestParameterRequired(AxesError, ValueError):
    """``authenticate`` was called without the request."""
