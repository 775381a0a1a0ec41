"""Pages of no single audience: the home page redirects by role."""

from urllib.parse import urlsplit

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _

from caretrack.web import signed_out
from caretrack.web.api import problems
from caretrack.web.bad_input import BAD
from caretrack.web.shared.access import signed_in
from caretrack.web.shared.costly_work import in_turn
from caretrack.web.shared.methods import page_of, post_only
from core.errors import Refused

SHORT = 20  # characters: a choice or a number, not something that was written
NOT_WRITTEN = {"csrfmiddlewaretoken", "form_key", "next"}


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Contacts go to the portal, managers to insight, everyone else of Care to the console."""
    user = signed_in(request)
    if not user.is_care:
        return redirect("portal:home")
    return redirect("insight:home" if user.is_manager else "console:queue")


@login_required
@post_only
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or the device's setting. Saved with the person."""
    user = signed_in(request)
    wanted = request.POST.get("theme", "")
    if wanted in {"auto", "light", "dark"}:
        user.theme = wanted
        user.save(update_fields=["theme"])
    back = request.META.get("HTTP_REFERER", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if is_ours else "home")


@login_required
@post_only
@in_turn
def preview(request: HttpRequest) -> HttpResponse:
    """Render the Markdown that somebody is writing. Nothing is saved."""
    text = request.POST.get("text") or request.POST.get("description") or ""
    return render(request, "parts/_preview.html", {"text": text[: settings.MESSAGE_MAX_CHARACTERS]})


@login_required
def email_is_managed_by_care(request: HttpRequest) -> HttpResponse:
    """People cannot change their own email address: it identifies them and receives notifications
    (§1).
    """
    raise Refused(_("Care manages your email address. Please ask them to change it."))


@login_required
@post_only
def end_session(request: HttpRequest, session: int) -> HttpResponse:
    """End the session of one device. The others stay."""
    get_object_or_404(UserSession, pk=session, user=signed_in(request)).end()
    messages.success(request, _("The device is signed out."))
    return redirect("usersessions_list")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request cannot be read: too large, too many fields, invalid characters.

    A browser that goes back still has what was entered. What could be read is shown to be copied.
    """
    if problems.is_for_programs(request):
        return problems.answer(
            400, "Bad request", "The request cannot be read. See the API's description."
        )
    with override(get_language_from_request(request)):
        is_too_large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent)
        context = {
            "is_too_large": is_too_large,
            "megabytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20,
            "back": page_it_came_from(request),
            "written": [] if is_too_large else written_in(request),
        }
        return HttpResponse(render_to_string("bad_request.html", context), status=400)


def page_it_came_from(request: HttpRequest) -> str:
    """The page of ours that the form was on. Empty if the browser does not say."""
    came_from = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()}):
        return ""
    parts = urlsplit(came_from)
    return page_of(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def written_in(request: HttpRequest) -> list[str]:
    """The texts of a form that was not taken, so that nobody has to write them again."""
    if request.method != "POST":
        return []
    return [
        BAD.sub("", text)
        for name, texts in request.POST.lists()
        if name not in NOT_WRITTEN and "password" not in name
        for text in texts
        if len(text) > SHORT or " " in text
    ]


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: the page does not exist or the reader may not see it. The response is the same."""
    if problems.is_for_programs(request):
        return problems.not_found(request)
    return render(request, "not_found.html", status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: Django's own refusals, such as an expired form."""
    if problems.is_for_programs(request):
        return problems.answer(403, "Forbidden", "This token may not do that.")
    if signed_out.is_for_a_script(request):
        return signed_out.notice(request)
    reason = _("This page was open for too long, or is not yours. Please go back and try again.")
    context = {
        "reason": reason,
        "written": written_in(request),
        "back": page_it_came_from(request),
    }
    return render(request, "refused.html", context, status=403)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: `CSRF_FAILURE_VIEW`."""
    return forbidden(request, PermissionError(reason))


def broken(request: HttpRequest) -> HttpResponse:
    """500: nothing was saved. The page does not use the database."""
    if problems.is_for_programs(request):
        return problems.answer(
            500,
            "Failed",
            "Something went wrong on our side and nothing was saved. Please try again.",
        )
    return HttpResponse(render_to_string("broken.html"), status=500)


def in_trial() -> bool:
    """Whether this is a trial, which shows its emails and the component gallery."""
    return bool(settings.TRIAL or settings.DEBUG)
