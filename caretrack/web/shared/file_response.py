"""Responses that are files: saved by the browser, never shown as a page, and in no cache."""

from django.http.response import HttpResponseBase


def as_file(response: HttpResponseBase, name: str) -> HttpResponseBase:
    """The response as a download with this name."""
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
