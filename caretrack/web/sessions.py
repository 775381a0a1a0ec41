"""Sessions: only the sign-in role of the database reads and writes them.

A session holds who is signed in and the scope of their requests. No other scope can read or write
one. The shared cache holds a session for a minute to save the statement. Its content is signed
(`core.signed_cache`), so write access to the cache lets nobody sign in.
"""

from typing import Any

from django.contrib.sessions.backends import db
from django.core.cache import cache

from core.tenancy import auth_scope

# A session that ended while the cache was away may reappear with it, for at most this long.
CACHED_SECONDS = 60


class SessionStore(db.SessionStore):
    """Django's database sessions in the sign-in scope, with a short copy in the cache."""

    def load(self) -> dict[str, Any]:
        cached = cache.get(_name(self.session_key)) if self.session_key else None
        if isinstance(cached, dict):
            return cached
        with auth_scope():
            data: dict[str, Any] = super().load()
        if data:
            cache.set(_name(self.session_key), data, CACHED_SECONDS)
        return data

    def exists(self, session_key: str) -> bool:
        with auth_scope():
            return bool(super().exists(session_key))

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()  # this saves the session
            return
        with auth_scope():
            super().save(must_create=must_create)
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        cache.set(_name(self.session_key), data, CACHED_SECONDS)

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is None:
            return
        with auth_scope():
            super().delete(key)
        cache.delete(_name(key))

    @classmethod
    def clear_expired(cls) -> None:
        with auth_scope():
            super().clear_expired()


def _name(session_key: str | None) -> str:
    return f"session:{session_key}"
