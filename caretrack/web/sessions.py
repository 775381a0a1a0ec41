"""Sessions, read and written by the log-in role of the database alone.

A session says who is signed in and whose rows their requests may see. So neither a customer's
scope, nor Care's, nor a connection without a scope can read or write one. For a minute the shared
cache spares the statement; what it holds is signed (`core.signed_cache`), so nobody who can write
there can sign in.
"""

from typing import Any

from django.contrib.sessions.backends import db
from django.core.cache import cache

from core.tenancy import auth_scope

# A session that ended while the cache was away may be found there when it is back: for this long at
# most.
CACHED_SECONDS = 60


class SessionStore(db.SessionStore):
    """Django's sessions in the database, under the scope of the log-in, with a short copy in the
    cache.
    """

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
            self.create()  # which saves
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
