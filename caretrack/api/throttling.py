"""How often a token may ask."""

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from contacts.models import ApiToken

if TYPE_CHECKING:  # rest_framework.views imports its default throttles while it is being imported
    from rest_framework.views import APIView


class TokenThrottle(SimpleRateThrottle):
    """So many requests a minute for each token."""

    scope = "token"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        return f"api-token-{request.auth.prefix}" if isinstance(request.auth, ApiToken) else None
