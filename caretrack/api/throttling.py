"""How often a token may ask."""

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from contacts.models import ApiToken


class TokenThrottle(SimpleRateThrottle):
    """So many requests a minute for each token."""

    scope = "token"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        return f"api-token-{request.auth.prefix}" if isinstance(request.auth, ApiToken) else None
