"""The card beside the questions: proposed severity, service targets, and the contact on duty if
Critical.
"""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from caretrack.web.portal.entitlements import region_of_site
from caretrack.web.portal.forms import FilingForm, proposed
from cases.choices import Severity
from cases.severity import DEFINITIONS
from contacts import entitlements, roster
from contacts.entitlements import Held
from contacts.models import Channel, Site, User
from sla import calendars, policy_selection


def severity_card(user: User, form: FilingForm, held: Held | None = None) -> dict[str, Any]:
    """The proposed severity, its definition, and the targets if the case were opened now (§7, §9,
    §11).
    """
    severity = proposed(answers(form))
    if severity is None:
        return {"severity": None}
    now = timezone.now().replace(microsecond=0)
    site = form.sites.get(str(form["site"].value() or "")) or next(iter(form.sites.values()), None)
    assert user.organisation is not None
    version = policy_selection.version_for(
        user.organisation, now, Channel.PORTAL, severity, region_of_site(site)
    )
    terms = calendars.terms_of(version.pk)
    card: dict[str, Any] = {
        "severity": severity,
        "definition": DEFINITIONS[severity],
        "lines": _promises(severity, terms, site, now),
    }
    if severity == Severity.CRITICAL:
        held = held or entitlements.held(user.organisation)
        phone = held.ask(Channel.PHONE, severity, now, region_of_site(site))
        target = terms.response[Severity.CRITICAL]
        card |= {
            "phone": phone.offering if phone.allowed else None,
            "calls_within": target.seconds if target else None,
            "on_duty": roster.on_duty(user.organisation, now),
            "critical_fields": [form[name] for name in FilingForm.CRITICAL],
        }
    return card


def answers(form: FilingForm) -> dict[str, Any]:
    """The answers so far, from the request or from the form's defaults. Invalid ones are None."""
    values: dict[str, Any] = {}
    for name in form.SEVERITY_FIELDS:
        try:
            values[name] = (
                form.fields[name].clean(form[name].value())
                if form[name].value() is not None
                else None
            )
        except Exception:
            values[name] = None
    return values


def with_duty(user: User, data: Any) -> Any:
    """The data with the person on duty now, if a Critical case does not name one yet (§6)."""
    data = data.copy()
    is_critical = data.get("function_down") == "yes" and data.get("workaround") == "no"
    missing = [name for name in FilingForm.CRITICAL if data.get(name) is None]
    if not is_critical or not missing:
        return data
    for field, value in zip(
        FilingForm.CRITICAL, roster.named_for(user, timezone.now()), strict=True
    ):
        if field in missing:
            data[field] = value
    return data


def _promises(
    severity: Severity, terms: Any, site: Site | None, now: datetime
) -> list[tuple[str, Any]]:
    if site is None:
        return []
    hours_id: int = site.hours_id  # type: ignore[attr-defined]  # from entitlements.sites_of
    lines = []
    for label, targets in (
        (_("First response by"), terms.response),
        (_("Service restored by"), terms.restore),
    ):
        target = targets[severity]
        if target is not None:
            calendar = calendars.counted_on(hours_id, target.around_the_clock)
            lines.append((label, calendar.after(now, timedelta(seconds=target.seconds))))
    return lines
