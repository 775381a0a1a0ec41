"""Templates of recurring requests, and what a similar case begins with (§4).

A template belongs to an organisation: its Designated Contacts choose it when they open a case. Its
maker and the primary contact delete it.
"""

import json
from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from cases.case_details import DETAIL_NAMES, details_of
from cases.choices import Severity
from cases.filing_drafts import LONGEST
from cases.models import Case, FilingTemplate
from cases.severity import Impact
from contacts.models import User
from contacts.permissions import is_designated_contact, is_primary_contact
from core.errors import Refused

MOST = 30
# What belongs to one case alone is in no template: conversations, files, and who is on duty.
FIELDS = (
    "title",
    "description",
    "site",
    "area",
    "function_down",
    "workaround",
    "degraded",
    "priority",
    *DETAIL_NAMES,
)
# The answers that certainly led to a proposed severity (§7). High has several reasons.
ANSWERS = {
    Severity.CRITICAL: {"function_down": "yes", "workaround": "no"},
    Severity.MEDIUM: {"function_down": "no", "degraded": Impact.PARTLY.value},
    Severity.LOW: {"function_down": "no", "degraded": Impact.HARDLY.value},
}


def listed(user: User) -> list[FilingTemplate]:
    """The templates that this person may start a case from, by name. One statement."""
    if not is_designated_contact(user):
        return []
    return list(_of_organisation(user).select_related("user"))


def one(user: User, key: int | None) -> FilingTemplate | None:
    """A template of this person's organisation; None where it was deleted or belongs to others."""
    return _of_organisation(user).filter(pk=key).first() if key else None


def _of_organisation(user: User) -> QuerySet[FilingTemplate]:
    return FilingTemplate.objects.filter(organisation_id=user.organisation_id or 0, deleted_at=None)


def similar_to(case: Case) -> dict[str, str]:
    """The form of a case that is like this one: what stays the same, without its words.

    A case stores no answers about the impact, only the severity that they led to.
    """
    return {
        "site": str(case.site_id),
        "area": case.area,
        "priority": str(case.priority),
        **ANSWERS.get(Severity(case.proposed_severity), {}),
        **details_of(case),
    }


def fields_of(case: Case) -> dict[str, str]:
    """The form of a template that is made from a case, with its words."""
    return {"title": case.title, "description": case.description, **similar_to(case)}


@transaction.atomic
def save(*, by: User, name: str, fields: Mapping[str, str]) -> FilingTemplate:
    """Save a form as a template of the organisation. Refused for a name in use and for too many."""
    if not is_designated_contact(by) or by.organisation_id is None:
        raise Refused("Only an active Designated Contact can save templates.")
    name = " ".join(name.replace("\0", "").split())[:60]
    if not name:
        raise Refused("Please give the template a name.")
    stored = {key: fields[key] for key in FIELDS if fields.get(key)}
    if len(json.dumps(stored, ensure_ascii=False)) > LONGEST:
        raise Refused("This is too long for a template.")
    if _of_organisation(by).count() >= MOST:
        raise Refused(
            "Your organisation has {count} templates already. Please delete one first.", count=MOST
        )
    template = FilingTemplate(
        organisation_id=by.organisation_id,
        user=by,
        name=name,
        fields=stored,
        created_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError:
        raise Refused("Your organisation has a template named “{name}”.", name=name) from None
    return template


def may_delete(template: FilingTemplate, by: User) -> bool:
    """Whether this person may delete the template."""
    if template.organisation_id != by.organisation_id or not is_designated_contact(by):
        return False
    return template.user_id == by.pk or is_primary_contact(by)


def delete(template: FilingTemplate, *, by: User) -> None:
    """Delete a template. Cases that began with it are unaffected."""
    if not may_delete(template, by):
        raise Refused("Only the person who saved a template and the primary contact delete it.")
    template.name, template.fields, template.deleted_at = "–", {}, timezone.now()
    template.save(update_fields=["name", "fields", "deleted_at"])


def sweep(limit: int = 10_000) -> int:
    """Remove the rows of deleted templates. Returns their number."""
    gone = FilingTemplate.objects.filter(deleted_at__isnull=False).values("pk")[:limit]
    return FilingTemplate.objects.filter(pk__in=gone).delete()[0]
