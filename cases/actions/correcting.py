"""Correcting what a case was opened with: its title, area and site, and its contact."""

from dataclasses import dataclass

from django.db import transaction

from cases import event_log, events
from cases.actions.base import check_allowed, record_message, require_reason, require_text
from cases.actions.context import ActionContext, Refusal, require
from cases.choices import EventType
from cases.events import EventData
from cases.known_areas import known_area
from cases.models import Case, CaseEvent, Watch
from contacts.models import Site, User
from contacts.permissions import is_designated_contact
from core import current_time
from core.errors import Refused


@dataclass(frozen=True)
class Correction:
    """The corrected values; None leaves a value as it is. A site may be given by its name."""

    title: str | None = None
    area: str | None = None
    site: Site | str | None = None


def refusal_to_correct_details(context: ActionContext) -> Refusal | None:
    return context.not_care()


@transaction.atomic
def correct_details(
    case: Case,
    *,
    by: User,
    title: str | None = None,
    area: str | None = None,
    site: Site | str | None = None,
    text: str = "",
) -> CaseEvent:
    """Correct the title, the area or the site of a case, with an optional reason for the contact.

    None leaves a value as it is. Figures by area and site count what applied at their instant. The
    business hours of the case remain those of its opening (§14). An unassigned case is assigned
    again by its new area (§8).
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_correct_details(ActionContext(case, by)))
    event = _correct(case, Correction(title, area, site))
    check_allowed(case, EventType.DETAILS_CORRECTED, by)
    case.save(update_fields=("title", "area", "site"))
    return _record(case, event, by, text)


def _correct(case: Case, correction: Correction) -> events.DetailsCorrected:
    """Change the row, not saved yet. Refused where nothing would change."""
    changes: dict[str, str | int] = {}
    if correction.title is not None:
        title = require_text(correction.title, "a title", Case._meta.get_field("title").max_length)
        if title != case.title:
            changes |= {"title_before": case.title, "title_after": title}
            case.title = title
    if correction.area is not None and correction.area.strip() != case.area:
        area = known_area(correction.area)
        if area != case.area:
            changes |= {"area_before": case.area, "area_after": area}
            case.area = area
    if correction.site is not None:
        site = _site(case, correction.site)
        if site.pk != case.site_id:
            changes |= {
                "site_before": case.site_id,
                "site_after": site.pk,
                "site_name_before": case.site.name,
                "site_name_after": site.name,
            }
            case.site = site
    if not changes:
        raise Refused("Nothing would change.")
    return events.DetailsCorrected.read(changes)


def _site(case: Case, wanted: Site | str) -> Site:
    sites = Site.objects.filter(organisation_id=case.organisation_id)
    named = sites.filter(name=wanted) if isinstance(wanted, str) else sites.filter(pk=wanted.pk)
    site = named.first()
    if site is None:
        raise Refused("Choose a site of the case's own organisation.")
    return site


def refusal_to_change_contact(context: ActionContext) -> Refusal | None:
    return context.not_care()


@transaction.atomic
def change_contact(
    case: Case, contact: User | str, *, by: User, text: str = "", is_leaving: bool = False
) -> CaseEvent:
    """Make another active Designated Contact of the organisation the contact of the case.

    `contact` is the person, or their email address. From now on they get its notifications,
    reminders and closing notices; the former contact follows it if they may still read it. `text`
    is an optional reason, which the contacts read. `is_leaving` says that the former contact left.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_change_contact(ActionContext(case, by)))
    person, before = _contact(case, contact), case.contact
    if person.pk == before.pk:
        raise Refused("{name} is the contact of this case already.", name=person.name)
    check_allowed(case, EventType.CONTACT_CHANGED, by)
    case.contact = person
    case.save(update_fields=("contact",))
    Watch.objects.filter(case=case, watcher=person).delete()
    if before.is_active and before.reads_cases:
        Watch.objects.get_or_create(
            organisation_id=case.organisation_id,
            case=case,
            watcher=before,
            defaults={"since": current_time.now()},
        )
    event = events.ContactChanged(
        before=before.pk,
        after=person.pk,
        from_name=before.name,
        to_name=person.name,
        is_leaving=is_leaving or None,
    )
    return _record(case, event, by, text)


def _contact(case: Case, wanted: User | str) -> User:
    """The wanted person as they are now: one who may work the case for the organisation (§1)."""
    people = User.objects.filter(organisation_id=case.organisation_id)
    if isinstance(wanted, str):
        person = people.filter(email=wanted.strip().lower()).first()
    else:
        person = people.filter(pk=wanted.pk).first()
    if person is None or not is_designated_contact(person):
        raise Refused("Choose an active Designated Contact of the case's own organisation.")
    return person


def _record(case: Case, event: EventData, by: User, text: str) -> CaseEvent:
    if not text.strip():
        return event_log.record(case, event, by=by)
    return record_message(case, event, by=by, text=require_reason(text, "the reason"))
