"""`/preferences/`, in portal and console: zone, language, theme, and notification preferences."""

from datetime import time
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from caretrack.web.shared.access import signed_in
from caretrack.web.shared.field_choices import zones
from caretrack.web.shared.key_bindings import (
    BINDINGS,
    BY_NAME,
    KEY_SETS,
    STANDARD,
    KeyBinding,
    clashes,
    is_key,
    keys_of_set,
)
from caretrack.web.shared.readers import language_of
from contacts import actions
from contacts.models import User
from contacts.notification_preferences import (
    CARES,
    CUSTOMERS,
    DIGEST,
    EMAIL,
    FIXED,
    PORTAL,
    NotificationKind,
    label_for,
)

CHANNELS = [
    (EMAIL, _("Email immediately")),
    (DIGEST, _("In the daily digest")),
    (PORTAL, _("In CareTrack only")),
]
# Why the reader cannot turn off a kind of notification.
WHY_FIXED = {
    NotificationKind.CLOSURE: _(
        "Always by email immediately, at any hour. A case is closed without a reply only after "
        "this notification was really sent, so it cannot be delayed or turned off."
    ),
}


class KeyField(forms.CharField):
    """The key of one command: empty for the usual one of the set."""

    def __init__(self, binding: KeyBinding) -> None:
        super().__init__(
            label=binding.label,
            required=False,
            max_length=30,
            widget=forms.TextInput(
                attrs={
                    "class": "form-control",
                    "autocomplete": "off",
                    "placeholder": binding.key,
                }
            ),
        )
        self.hides_optional = True

    def clean(self, value: Any) -> str:
        key = " ".join(str(super().clean(value)).split())
        if key and not is_key(key):
            raise forms.ValidationError(
                _("Write a key as: x, Ctrl+Alt+x, or two after each other: g x.")
            )
        return key


class PreferencesForm(forms.Form):
    """What people may change about themselves. Care maintains their address and role."""

    language = forms.ChoiceField(
        label=_("Language of pages and notifications"),
        choices=[("en", "English"), ("ja", "日本語")],
    )
    zone = forms.ChoiceField(
        label=_("Your time zone"),
        choices=zones,
    )
    theme = forms.ChoiceField(
        label=_("Theme"),
        choices=[("auto", _("As the device says")), ("light", _("Light")), ("dark", _("Dark"))],
    )
    quiet_from = forms.TimeField(
        label=_("Quiet from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quiet_until = forms.TimeField(
        label=_("Quiet until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    digest_hour = forms.TypedChoiceField(
        label=_("Daily digest at"),
        coerce=int,
        choices=[(hour, f"{hour:02d}:00") for hour in range(24)],
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.kinds = [kind for kind in (CARES if user.is_care else CUSTOMERS) if kind not in FIXED]
        super().__init__(*args, **kwargs)
        for name in ("quiet_from", "quiet_until"):
            self.fields[name].hides_optional = True  # type: ignore[attr-defined]
        for kind in self.kinds:
            label = label_for(kind, is_care=user.is_care)
            self.fields[f"news_{kind}"] = forms.ChoiceField(label=label, choices=CHANNELS)
        self.has_keys = user.is_care
        if self.has_keys:
            self.fields["key_set"] = forms.ChoiceField(
                label=_("Keys"), choices=KEY_SETS, required=False
            )
            for binding in BINDINGS:
                self.fields[f"key_{binding.name}"] = KeyField(binding)

    @property
    def keys(self) -> list[Any]:
        return [self[f"key_{binding.name}"] for binding in BINDINGS] if self.has_keys else []

    def chosen_keys(self) -> dict[str, Any]:
        """The settings as `caretrack.web.shared.key_bindings` reads them: only what differs."""
        chosen = self.cleaned_data["key_set"]
        usual = keys_of_set(chosen)
        own = {name: self.cleaned_data[f"key_{name}"] for name in usual}
        own = {name: key for name, key in own.items() if key and key != usual[name]}
        return {"set": chosen, "own": own} if own or chosen != STANDARD else {}

    def _clean_keys(self, cleaned_data: dict[str, Any]) -> None:
        usual = keys_of_set(cleaned_data.get("key_set") or STANDARD)
        keys = {name: cleaned_data.get(f"key_{name}") or key for name, key in usual.items()}
        for one, other in clashes(keys):
            field = other if cleaned_data.get(f"key_{other}") else one
            taken = BY_NAME[one if field == other else other]
            self.add_error(
                f"key_{field}", _("“{label}” has this key already.").format(label=taken.label)
            )

    def clean(self) -> dict[str, Any]:
        cleaned_data = super().clean() or {}
        start, end = cleaned_data.get("quiet_from"), cleaned_data.get("quiet_until")
        if (
            "quiet_from" in cleaned_data
            and "quiet_until" in cleaned_data
            and (start is None) != (end is None)
        ):
            self.add_error(
                "quiet_until" if end is None else "quiet_from",
                _("Quiet hours need a beginning and an end."),
            )
        elif start is not None and start == end:
            self.add_error("quiet_until", _("Quiet hours end at another time than they begin."))
        if self.has_keys:
            self._clean_keys(cleaned_data)
        return cleaned_data

    @property
    def about_you(self) -> list[Any]:
        return [self[name] for name in ("language", "zone", "theme")]

    @property
    def news(self) -> list[Any]:
        return [self[f"news_{kind}"] for kind in self.kinds]

    @property
    def hours(self) -> list[Any]:
        return [self[name] for name in ("quiet_from", "quiet_until", "digest_hour")]


def _initial(user: User) -> dict[str, Any]:
    return {
        "language": user.language,
        "zone": user.zone,
        "theme": user.theme,
        "quiet_from": _time(user.quiet_from),
        "quiet_until": _time(user.quiet_until),
        "digest_hour": user.digest_hour,
        "key_set": (user.key_settings or {}).get("set", STANDARD),
        **{f"key_{name}": key for name, key in (user.key_settings.get("own") or {}).items()},
        **{f"news_{kind}": user.notice_channels.get(kind, EMAIL) for kind in NotificationKind},
    }


def _time(at: time | None) -> str:
    return f"{at:%H:%M}" if at else ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Show and save the preferences. They apply from now on."""
    user = signed_in(request)
    form = PreferencesForm(request.POST or None, user=user, initial=_initial(user))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if not user.is_care:  # people of an organisation have an event log (§1)
            actions.change_details(user, by=user, language=data["language"], zone=data["zone"])
        for name in ("language", "zone", "theme", "quiet_from", "quiet_until", "digest_hour"):
            setattr(user, name, data[name])
        user.notice_channels = {
            str(kind): data[f"news_{kind}"] for kind in form.kinds if data[f"news_{kind}"] != EMAIL
        }
        if data.get("key_set"):
            user.key_settings = form.chosen_keys()
            user.save(update_fields=["key_settings"])
        user.save(
            update_fields=[
                "language",
                "zone",
                "theme",
                "quiet_from",
                "quiet_until",
                "digest_hour",
                "notice_channels",
            ]
        )
        with override(language_of(user)):  # the new language, if it changed
            messages.success(request, gettext("Saved. This applies from now on."))
        return redirect(request.path)
    fixed = (
        []
        if user.is_care
        else [(kind.label, WHY_FIXED[kind]) for kind in CUSTOMERS if kind in FIXED]
    )
    return render(
        request,
        "preferences.html",
        {"form": form, "fixed": fixed},
        status=422 if form.errors else 200,
    )
