"""One page with live, true numbers, for those who answer for the whole."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from caretrack.insight import figures
from caretrack.people import care_only, signed_in


@care_only
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Counted now. Replayed histories are apart unless `?history=1` asks for them."""
    counted = figures.counted(signed_in(request), now=timezone.now(), history=request.GET.get("history") == "1")
    return render(request, "insight/home.html", figures.shown(counted))
