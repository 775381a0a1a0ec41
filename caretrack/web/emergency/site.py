"""`/emergency/`: Django's admin, read-only, for administrators.

Rows change only through actions, on the administration pages. Here are the actions for emergencies,
which nobody should find by accident. Each requires a reason and is recorded in the admin log.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import messages
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.helpers import ActionForm
from django.core.paginator import Paginator
from django.db.models import Field, Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property

from caretrack.web.shared.access import signed_in
from cases.models import Notification
from cases.notifications import undelivered
from contacts import actions
from contacts.models import ApiToken, Credential, Role, User
from core.errors import Refused

OURS = ("contacts", "cases", "routing", "sla", "rca", "replay")
NEVER_SHOWN = {User: ("session_epoch",), ApiToken: ("digest",)}
NOT_HERE = (Credential,)  # no database role may read it here
SEARCHED: dict[str, tuple[str, ...]] = {
    "User": ("email", "name"),
    "Organisation": ("short_name", "name"),
    "Case": ("=number",),
    "Notification": ("=key", "=address"),
    "CaseEvent": ("=case__number",),
    "Clock": ("=case__number",),
}


class EmergencySite(AdminSite):
    """Only administrators have access, after the product's sign-in with its second factor."""

    site_title = site_header = "CareTrack, for emergencies"
    index_title = "All stored data, read only"
    site_url = "/console/administration/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and getattr(request.user, "role", "") == Role.ADMINISTRATOR

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one sign-in. A person who is signed in but not allowed gets a message."""
        if request.user.is_authenticated:
            raise Refused("These pages are for Care's administrators in an emergency.")
        return redirect(f"/accounts/login/?next={request.GET.get('next') or request.path}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_logout")

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        return redirect("account_change_password")


class FirstTenThousand(Paginator):
    """Counting a large table takes seconds, and nobody pages past ten thousand rows."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return len(rows[: self.MOST].values_list("pk", flat=True))


class Read(ModelAdmin):
    """Rows of one table, newest first, read-only."""

    list_per_page = 50
    show_full_result_count = False
    paginator = FirstTenThousand
    ordering = ("-pk",)
    actions: tuple[str, ...] = ()

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """The object of a URL.

        Django takes an empty `_to_field` for a column name, which fails.
        """
        return super().get_object(request, object_id, from_field or None)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class EmergencyReasonForm(ActionForm):
    """The reason, beside the choice of the action."""

    reason = forms.CharField(label="Why", max_length=300, required=False)


def _each(
    request: HttpRequest, chosen: QuerySet[Any], act: Callable[[Any, str], Any], done: str
) -> None:
    """Run the action on each row. A refusal stops no other row and is shown."""
    why = request.POST.get("reason", "").strip()
    for one in chosen[:50]:
        try:
            act(one, why)
        except Refused as refused:
            messages.error(request, f"{one}: {refused.reason}")
        else:
            messages.success(request, f"{one}: {done}")


class Address(ModelForm):
    reason = forms.CharField(label="Why", max_length=300, required=True)

    class Meta:
        model = User
        fields = ("email",)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()


class PeopleAdmin(Read):
    """People: change an address, remove a lost second factor, end every session."""

    form = Address
    list_display = ("name", "email", "role", "organisation", "is_active")
    list_select_related = ("organisation",)
    action_form = EmergencyReasonForm
    actions = ("remove_second_steps", "end_sessions")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [
            f.name for f in User._meta.fields if f.name not in ("id", "email", *NEVER_SHOWN[User])
        ]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["email", "reason", *self.get_readonly_fields(request, obj)]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        actions.change_address(
            User.objects.get(pk=obj.pk), by=signed_in(request), **form.cleaned_data
        )

    def remove_second_steps(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        by = signed_in(request)
        _each(
            request,
            chosen,
            lambda one, why: actions.remove_second_steps(one, by=by, reason=why),
            "removed",
        )

    def end_sessions(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        by = signed_in(request)
        _each(
            request,
            chosen,
            lambda one, why: actions.end_sessions(one, by=by, reason=why),
            "signed out",
        )

    remove_second_steps.short_description = "Remove second steps (lost device)"  # type: ignore[attr-defined]
    end_sessions.short_description = "Sign out everywhere and revoke tokens"  # type: ignore[attr-defined]


class NotificationAdmin(Read):
    """Notifications: send one again that failed permanently."""

    list_display = ("subject", "address", "channel", "state", "created_at", "last_error")
    action_form = EmergencyReasonForm
    actions = ("send_again",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return obj is None  # Django offers actions only where rows may change

    def send_again(self, request: HttpRequest, chosen: QuerySet[Notification]) -> None:
        by = signed_in(request)
        _each(
            request,
            chosen,
            lambda one, why: undelivered.send_again(one, by=by, reason=why),
            "queued again",
        )

    send_again.short_description = "Send again what failed"  # type: ignore[attr-defined]


site = EmergencySite(name="emergency")


def _register() -> None:
    """Register every table of ours. Fields with secrets are left out."""
    special: dict[type[Model], type[Read]] = {User: PeopleAdmin, Notification: NotificationAdmin}
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            if model in NOT_HERE:
                continue
            base = special.get(model, Read)
            hidden = NEVER_SHOWN.get(model, ())
            rows = (
                base
                if base is PeopleAdmin
                else type(f"{model.__name__}Rows", (base,), _shape(model, hidden))
            )
            site.register(model, rows)


def _shape(model: type[Model], hidden: tuple[str, ...]) -> dict[str, Any]:
    fields = [
        field
        for field in model._meta.fields
        if isinstance(field, Field) and field.name not in hidden
    ]
    plain = [
        f.name
        for f in fields
        if f.get_internal_type() not in ("TextField", "JSONField", "ArrayField")
    ]
    shown = [name for name in plain if not _field(model, name).is_relation][:7]
    options = {
        "exclude": hidden,
        "search_fields": SEARCHED.get(model.__name__, ()),
        "list_display": shown,
    }
    return {**options, "list_select_related": False}


def _field(model: type[Model], name: str) -> Any:
    return model._meta.get_field(name)


_register()
