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
from cases.choices import Severity
from cases.macro_effects import ME, SENT_AS, MacroEffects, receiver
from cases.mentions import assignees
from cases.models import Article, Macro, MacroAudience
from contacts.models import Team, User
from core.errors import Refused


class MacroForm(django_forms.Form):
    name = django_forms.CharField(label="Name", max_length=60, widget=entry())
    audience = django_forms.ChoiceField(
        label="Available to", choices=MacroAudience.choices, widget=select()
    )
    team = django_forms.ModelChoiceField(
        Team.objects.none(), required=False, widget=select(), empty_label="No team"
    )
    folder = django_forms.CharField(
        label="Folder", max_length=60, required=False, widget=entry(list="folders")
    )
    text = words(
        "Text", rows=10, help_text="Markdown, with the fields beside it.", has_toolbar=True
    )
    send_as = django_forms.ChoiceField(
        label="The message is", required=False, choices=SENT_AS.items(), widget=select()
    )
    assign = django_forms.CharField(
        label="Assign to",
        max_length=150,
        required=False,
        widget=entry(placeholder="me, a colleague or a team"),
    )
    add = django_forms.CharField(label="Add tags", max_length=400, required=False, widget=entry())
    remove = django_forms.CharField(
        label="Take tags off", max_length=400, required=False, widget=entry()
    )
    severity = django_forms.TypedChoiceField(
        label="Set the severity",
        required=False,
        choices=[("", "Leave it"), *Severity.choices],
        coerce=int,
        empty_value=None,
        widget=select(),
    )
    reason = django_forms.CharField(
        label="Reason for the severity",
        max_length=400,
        required=False,
        widget=entry(),
        help_text="The contact reads it.",
    )
    article = django_forms.ModelChoiceField(
        Article.objects.none(),
        label="Article",
        required=False,
        widget=select(),
        empty_label="No article",
        to_field_name="slug",
        help_text="Its link follows the text.",
    )

    def clean_assign(self) -> str:
        typed = self.cleaned_data["assign"].strip()
        if not typed or typed.casefold() == ME:
            return typed.casefold()
        matches = assignees(typed)
        if len(matches) != 1:
            raise django_forms.ValidationError(
                f"“{typed}” is not the name of one colleague or one team."
            )
        return f"{'team' if isinstance(matches[0], Team) else 'person'}:{matches[0].pk}"

    def effects(self) -> MacroEffects:
        """What the macro does besides its text."""
        data = self.cleaned_data
        return MacroEffects(
            assign=data["assign"],
            add=_tags(data["add"]),
            remove=_tags(data["remove"]),
            severity=data["severity"],
            reason=data["reason"].strip() if data["severity"] else "",
            send_as=data["send_as"],
            article=data["article"].slug if data["article"] else "",
        )

    def __init__(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.all()  # type: ignore[attr-defined]
        self.fields["article"].queryset = (  # type: ignore[attr-defined]
            Article.objects.filter(is_published=True).select_related("current")
        )


def _tags(typed: str) -> list[str]:
    return [tag for tag in (tag.strip().lower() for tag in typed.split(",")) if tag]


def _initial(macro: Macro | None, by: User) -> dict[str, Any]:
    if macro is None:
        return {"audience": MacroAudience.OWN}
    effects = MacroEffects.from_stored(macro.effects)
    to = receiver(effects.assign, by) if effects.assign not in ("", ME) else None
    return {
        "name": macro.name,
        "audience": macro.audience,
        "team": macro.team_id,
        "folder": macro.folder,
        "text": macro.text,
        "send_as": effects.send_as,
        "assign": to.name if to else effects.assign if effects.assign == ME else "",
        "add": ", ".join(effects.add),
        "remove": ", ".join(effects.remove),
        "severity": effects.severity,
        "reason": effects.reason,
        "article": effects.article,
    }


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
    queryset = macros.with_uses(queryset).order_by("folder", "name", "pk")
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
    form = MacroForm(request.POST or None, initial=_initial(one, user))
    if request.method == "POST" and form.is_valid():
        data = {name: form.cleaned_data[name] for name in ("name", "text", "audience", "team")}
        try:
            saved = macros.save(
                by=user,
                macro=one,
                folder=form.cleaned_data["folder"],
                effects=form.effects(),
                **data,
            )
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
