"""`/console/macros/`: saved texts, and who may use them."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.console.forms import entry, select, words
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.methods import post_only
from cases import macros
from cases.models import Macro, MacroAudience
from contacts.models import Team
from core.errors import Refused


class MacroForm(django_forms.Form):
    name = django_forms.CharField(label="Name", max_length=60, widget=entry())
    audience = django_forms.ChoiceField(
        label="Available to", choices=MacroAudience.choices, widget=select()
    )
    team = django_forms.ModelChoiceField(
        Team.objects.none(), required=False, widget=select(), empty_label="No team"
    )
    text = words("Words", rows=10, help_text="Markdown, with the fields below.")

    def __init__(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.all()  # type: ignore[attr-defined]


@care_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The macros that the reader may use. A manager sees all of them."""
    user = signed_in(request)
    queryset = (
        Macro.objects.select_related("owner", "team")
        if user.is_manager
        else macros.macros_for(user)
    )
    rows = [(macro, macros.may_change(user, macro)) for macro in queryset[:500]]
    return render(request, "console/macros.html", {"rows": rows})


@care_only
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, macro: int | None = None) -> HttpResponse:
    """Create or change a macro."""
    user = signed_in(request)
    one = get_object_or_404(Macro, pk=macro) if macro else None
    if one is not None and not macros.may_change(user, one):
        raise Refused("Only its owner, or a manager, changes a macro.")
    initial: dict[str, Any] = {"audience": MacroAudience.OWN}
    if one is not None:
        initial = {
            "name": one.name,
            "audience": one.audience,
            "team": one.team_id,
            "text": one.text,
        }
    form = MacroForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            saved = macros.save(by=user, macro=one, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, f"“{saved.name}” is saved.")
            return redirect("console:macros")
    context = {"form": form, "macro": one, "fields": macros.FIELDS.items()}
    return render(request, "console/macro.html", context, status=422 if form.errors else 200)


@care_only
@post_only
def removal(request: HttpRequest, macro: int) -> HttpResponse:
    """Delete a macro."""
    one = get_object_or_404(Macro, pk=macro)
    macros.remove(one, by=signed_in(request))
    messages.success(request, f"“{one.name}” is deleted.")
    return redirect("console:macros")
