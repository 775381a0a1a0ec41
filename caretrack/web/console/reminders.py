"""`/console/reminders/`: a person's own follow-up reminders."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.console.reminder_forms import ReminderChangeForm
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.methods import post_only
from cases import actions, reminders
from cases.actions.reminding import MOST_OPEN
from cases.models import Reminder, ReminderState
from contacts.models import User
from core.errors import Refused

SHOWN_PAST = 20


def _own(user: User, key: int) -> Reminder:
    own = Reminder.objects.filter(by=user, state=ReminderState.OPEN).select_related("case")
    reminder: Reminder = get_object_or_404(own, pk=key)
    return reminder


@care_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The open reminders of the reader, the next one first, and the last ones that are over."""
    own = Reminder.objects.filter(by=signed_in(request)).select_related("case__organisation")
    context = {
        "reminders": own.filter(state=ReminderState.OPEN)[:MOST_OPEN],
        "past": own.exclude(state=ReminderState.OPEN).order_by("-due_at", "-id")[:SHOWN_PAST],
        "most": MOST_OPEN,
        "days": reminders.DAYS,
    }
    return render(request, "console/reminders.html", context)


@care_only
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, reminder: int) -> HttpResponse:
    """Change an open reminder."""
    user = signed_in(request)
    one = _own(user, reminder)
    initial = {"due_at": timezone.localtime(one.due_at, user.tzinfo), "note": one.note}
    form = ReminderChangeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_reminder(one.pk, by=user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, "The reminder is saved.")
            return redirect("console:reminders")
    context = {"reminder": one, "form": form}
    return render(request, "console/reminder.html", context, status=422 if form.errors else 200)


@care_only
@post_only
def removal(request: HttpRequest, reminder: int) -> HttpResponse:
    """Delete an open reminder."""
    user = signed_in(request)
    actions.remove_reminder(_own(user, reminder).pk, by=user)
    messages.success(request, "The reminder is deleted.")
    return redirect("console:reminders")
