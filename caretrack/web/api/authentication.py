"""Authentication by hashed tokens.

The middleware looked the token up before and set the scope of the request.
"""

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from caretrack.web.api.throttling import limit_unknown_tokens
from caretrack.web.sign_in import security_events
from contacts.models import ApiToken, User

HEADER = "Bearer "
SEEN_EVERY = timedelta(minutes=1)  # so that not every request writes a row


def token_of(request: HttpRequest) -> ApiToken | None:
    """The usable token of the request, or None.

    Needs the sign-in scope.
    """
    header = request.headers.get("Authorization", "")
    prefix = ApiToken.prefix_of(header.removeprefix(HEADER)) if header.startswith(HEADER) else None
    if prefix is None:
        return None
    token = ApiToken.objects.select_related("user").filter(prefix=prefix).first()
    now = timezone.now()
    if (
        token is None
        or token.digest != ApiToken.digest_of(header.removeprefix(HEADER))
        or not token.is_usable(now)
    ):
        return None
    _note_use(token, now)
    return token


def _note_use(token: ApiToken, now: datetime) -> None:
    if token.last_used_at is None or now - token.last_used_at > SEEN_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer ct_…`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        token = getattr(request._request, "api_token", None)
        if token is not None:
            return token.user, token
        if request.headers.get("Authorization"):
            security_events.unknown_token(request._request)
            limit_unknown_tokens(request._request)
            raise AuthenticationFailed("This token is unknown, expired or revoked.")
        return None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="caretrack"'
