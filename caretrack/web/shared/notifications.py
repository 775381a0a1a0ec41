"""`/notices/`, in portal and console: a person's notifications, unread or read, with links to the
cases.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from caretrack.web.shared.access import signed_in
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.numbers import is_key
from cases.notifications import in_app
from core.pagination import Page

SIZE = 30


def address(request: HttpRequest) -> str:
    """The URL of the reader's notifications."""
    return "/notices/" if signed_in(request).is_care else "/portal/notices/"


@login_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Notifications, newest first. Unread ones are highlighted."""
    queryset, after = in_app.notices_of(signed_in(request)), request.GET.get("after", "")
    is_first = not is_key(after)
    if not is_first:
        queryset = queryset.filter(id__lt=int(after))
    rows = list(queryset.defer("text")[: SIZE + 1])
    page = Page(rows[:SIZE], str(rows[SIZE - 1].pk) if len(rows) > SIZE else "", is_first)
    return render(request, "notices/list.html", {"page": page, "here": address(request)})


@login_required
@post_only
def opening(request: HttpRequest, notice: int) -> HttpResponse:
    """Open a notification: mark it as read and show its case."""
    user = signed_in(request)
    read = in_app.read(user, notice)
    if read is None:
        raise Http404
    return redirect("console:case" if user.is_care else "portal:case", read.case.code)


@login_required
@post_only
def all_read(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    in_app.read_all(signed_in(request))
    messages.success(request, _("All notifications are marked as read."))
    return redirect(address(request))
