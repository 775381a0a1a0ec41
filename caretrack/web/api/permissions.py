"""The scopes of a token. The actions check what its user may do."""

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from contacts.models import ApiToken

if TYPE_CHECKING:  # rest_framework.views imports its default permissions while it is being imported
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """`cases:read` to read, `cases:write` for everything else."""

    message = "This token's scopes do not allow that."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        token = request.auth
        if not isinstance(token, ApiToken):
            return False
        needed = "cases:read" if request.method in SAFE_METHODS else "cases:write"
        return needed in token.scopes
