"""Applications, invitations and certificates, without sign-in.

No answer reveals who has an account.
"""

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.accounts.forms import AcceptanceForm, ApplicationForm, CertificateNumberForm
from contacts import actions, care_invitations
from contacts.models import Certificate, Invitation, Organisation
from core.errors import Refused
from core.tenancy import auth_scope, organisation_scope

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """Apply to become a Designated Contact.

    The answer is always the same; an email says the rest.
    """
    first = {"short_name": request.GET.get("organisation", ""), "language": get_language()}
    form = ApplicationForm(request.POST or None, initial=first)
    if request.method != "POST" or not form.is_valid():
        return render(
            request, "accounts/apply.html", {"form": form}, status=422 if form.errors else 200
        )
    if not _may_try(request, "apply"):
        form.add_error(None, _("Too many attempts. Please try again in an hour."))
        return render(request, "accounts/apply.html", {"form": form}, status=429)
    try:
        actions.apply(**form.cleaned_data)
    except Refused as refused:
        form.add_error(None, refused.reason)
        return render(request, "accounts/apply.html", {"form": form}, status=422)
    return render(request, "accounts/applied.html", {"email": form.cleaned_data["email"]})


def _zone_of(organisation: Organisation, invitation: Invitation) -> str:
    """The zone of the invited person's site; a script replaces it by that of the browser.

    The token of the invitation proves that the organisation is theirs.
    """
    with organisation_scope(organisation.pk):
        sites = list(organisation.sites.order_by("-is_main", "pk"))
        own = [site for site in sites if site.pk == invitation.site_id]
        return (own or sites)[0].hours.zone if sites else "UTC"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: choose a password and sign in."""
    key = Invitation.key_of(token)
    with auth_scope():
        invitation = Invitation.objects.filter(pk=key).first() if key else None
        organisation = (
            Organisation.objects.filter(pk=invitation.organisation_id).first()
            if invitation
            else None
        )
    if invitation is None or organisation is None or not invitation.is_open(timezone.now()):
        was_used = invitation is not None and invitation.accepted_at is not None
        return render(request, "accounts/dead_link.html", {"was_used": was_used}, status=404)
    first = {
        "name": invitation.name,
        "language": invitation.language,
        "zone": _zone_of(organisation, invitation),
    }
    form = AcceptanceForm(request.POST or None, initial=first)
    context = {"form": form, "invitation": invitation, "organisation": organisation}
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/accept.html", context, status=422 if form.errors else 200)
    try:
        user = actions.accept_invitation(invitation.pk, **form.cleaned_data)
    except Refused as refused:
        form.add_error(None, refused.reason)
    except ValidationError as error:
        form.add_error("password" if not hasattr(error, "error_dict") else None, error)
    else:
        login(request, user, backend=BACKEND)
        with override(user.language):
            messages.success(request, _("Welcome, {name}.").format(name=user.name))
        return redirect("home")
    return render(request, "accounts/accept.html", context, status=422)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join_care(request: HttpRequest, token: str) -> HttpResponse:
    """A new person of Care chooses a password and signs in."""
    person = care_invitations.person_of(token)
    if person is None:
        return render(
            request, "accounts/dead_link.html", {"was_used": False, "is_care": True}, status=404
        )
    first = {"name": person.name, "language": person.language, "zone": person.zone}
    form = AcceptanceForm(request.POST if request.method == "POST" else None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.join_care(token, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.reason)
        except ValidationError as error:
            form.add_error("password" if not hasattr(error, "error_dict") else None, error)
        else:
            login(request, user, backend=BACKEND)
            messages.success(request, f"Welcome, {user.name}.")
            return redirect("home")
    context = {"form": form, "person": person}
    return render(request, "accounts/join_care.html", context, status=422 if form.errors else 200)


@require_safe
def look_up(request: HttpRequest) -> HttpResponse:
    """Enter the number of a certificate to verify it."""
    form = CertificateNumberForm(request.GET or None)
    if form.is_valid():
        return redirect(
            "accounts:certificate", form.cleaned_data["number"].strip().upper().replace(" ", "")
        )
    return render(request, "accounts/look_up.html", {"form": form})


@require_safe
def certificate(request: HttpRequest, certificate: str) -> HttpResponse:
    """A certificate, for anybody who has its number (§1)."""
    if not _may_try(request, "certificate"):
        return render(
            request,
            "refused.html",
            {"reason": _("Too many attempts. Please try again in an hour.")},
            status=429,
        )
    with auth_scope():
        issued = (
            Certificate.objects.filter(number=certificate.upper()[:20])
            .select_related("version__course")
            .first()
        )
        newest = issued.version.course.current if issued else None
    if issued is None:
        context = {
            "form": CertificateNumberForm({"number": certificate[:30]}),
            "not_found": certificate[:30],
        }
        return render(request, "accounts/look_up.html", context, status=404)
    return render(request, "accounts/certificate.html", {"certificate": issued, "newest": newest})


def _may_try(request: HttpRequest, action: str) -> bool:
    """Whether this address is below the limit: numbers and short names must not be guessed."""
    return bool(ratelimit.consume(request, action=action))
