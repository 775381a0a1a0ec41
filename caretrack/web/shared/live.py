"""What open pages ask every few seconds: did anything change?

The question is answered before sessions and people are read. A token, signed for a few minutes,
says who asks and about which case; the page renews it with its session. So it costs a look into the
cache, does not keep a session alive, and ends when somebody is signed out.
"""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from caretrack.web.shared.access import signed_in
from caretrack.web.shared.numbers import number_in
from cases import live
from cases.models import Case
from contacts.models import Role, User

PATH = "/live/"
SECONDS = 300
SALT = "caretrack.live"


def token_for(user: User, case_id: int | None = None, *, is_queue: bool = False) -> str:
    """Who asks about what, signed: a case, or the lists of Care."""
    asks = {"u": user.pk, "r": user.role, "o": user.organisation_id, "c": case_id}
    return signing.dumps({**asks, "q": is_queue and user.is_care}, salt=SALT)


def live_versions(get_response: Callable[[HttpRequest], HttpResponse]) -> object:
    """Answer the question of open pages; everything else goes on."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return _answer(request) if request.path == PATH else get_response(request)

    return middleware


def _answer(request: HttpRequest) -> HttpResponse:
    try:
        asks = signing.loads(request.GET.get("t", ""), salt=SALT, max_age=SECONDS)
    except signing.SignatureExpired:  # no refusal: the page asks for a new token
        return _plain(JsonResponse({"ended": True}))
    except signing.BadSignature:
        return _plain(HttpResponse(status=403))
    user = User(pk=asks["u"], role=Role(asks["r"]), organisation_id=asks["o"], is_active=True)
    case_id = asks["c"]
    if case_id:
        version = live.version_of_case(case_id, user)
    else:
        version = live.version_of_queue() if asks["q"] else 0
    bell = live.bell_of(user)
    if (str(version), bell) == (request.GET.get("v", ""), request.GET.get("b", "")):
        return _plain(HttpResponse(status=204))
    return _plain(JsonResponse({"version": version, "bell": bell}))


def _plain(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@login_required
@require_safe
def token(request: HttpRequest) -> HttpResponse:
    """A new token for a page that stays open; 404 where the reader may not read its case."""
    user, number = signed_in(request), number_in(request.GET.get("case"))
    case = get_object_or_404(Case.objects.visible_to(user), number=number) if number else None
    is_queue = request.GET.get("queue") == "1"
    return _plain(HttpResponse(token_for(user, case.pk if case else None, is_queue=is_queue)))
