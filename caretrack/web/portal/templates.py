"""Templates of recurring requests: saved from a case, and deleted. The filing form chooses them."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from caretrack.web.shared.access import customers_only, signed_in
from caretrack.web.shared.methods import post_only
from cases import filing_templates
from cases.models import Case


@customers_only
@post_only
def from_case(request: HttpRequest, number: int) -> HttpResponse:
    """Save what a case was opened with as a template of the organisation."""
    user = signed_in(request)
    case = get_object_or_404(Case.objects.visible_to(user), number=number)
    template = filing_templates.save(
        by=user, name=request.POST.get("name", ""), fields=filing_templates.fields_of(case)
    )
    text = _("Saved as the template “{name}” for your organisation.")
    messages.success(request, text.format(name=template.name))
    return redirect("portal:case", case.code)


@customers_only
@post_only
def removal(request: HttpRequest, template: int) -> HttpResponse:
    """Delete a template."""
    user = signed_in(request)
    one = filing_templates.one(user, template)
    if one is None:
        raise Http404
    name = one.name
    filing_templates.delete(one, by=user)
    messages.success(request, _("The template “{name}” is deleted.").format(name=name))
    return redirect("portal:file")
