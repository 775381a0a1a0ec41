"""What ends and restores designations automatically: the last licence, and training that must be
renewed (§1, §3).
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_noop

from contacts import emails, training
from contacts.actions import designations
from contacts.email_texts import EmailKind
from contacts.models import (
    Certificate,
    ContactState,
    CourseVersion,
    DesignatedContact,
    Licence,
    Offering,
    Organisation,
    QueuedEmail,
    StopReason,
    User,
)
from contacts.notification_preferences import NotificationPreferences
from core import current_time
from core.tenancy import care_scope
from core.translations import localized

logger = logging.getLogger(__name__)

BETWEEN_REMINDERS = timedelta(days=2)  # two steps that come due together are one reminder
REMIND_BEFORE = (timedelta(days=30), timedelta(days=7), timedelta(days=1))
# A day ends for everybody only when it has ended in the westernmost zone: who has access until
# 8 December has it until the end of their own 8 December.
OVER_EVERYWHERE = timedelta(hours=12)
ENOUGH = 2  # §1: an organisation should have at least this many active contacts


def customers() -> QuerySet[Any]:
    """Every current organisation, with the number of its active Designated Contacts as `active`."""
    active = Count(
        "designated_contacts",
        filter=Q(
            designated_contacts__state=ContactState.ACTIVE,
            designated_contacts__user__is_active=True,
        ),
    )
    return Organisation.objects.filter(is_historical=False).annotate(active=active)


def short_of_contacts() -> QuerySet[Any]:
    """Organisations with fewer than two active Designated Contacts (§1)."""
    return customers().filter(active__lt=ENOUGH)


def active_contacts(organisation: Organisation) -> int:
    """The number of people who may contact Care for the organisation now."""
    return DesignatedContact.objects.filter(
        organisation=organisation, state=ContactState.ACTIVE, user__is_active=True
    ).count()


def review() -> None:
    """Lapse, suspend and reinstate every designation that is due. A failure of one does not stop
    the others.

    Idempotent: a finished change is no longer due.
    """
    with care_scope():
        system, now = User.objects.system(), current_time.now()
        today, over = now.date(), (now - OVER_EVERYWHERE).date()
        due = [*_licences_ended(today), *_licences_back(today), *_not_renewed(over)]
    for key, act in due:
        try:
            with care_scope():
                _act(key, act, system)
        except Exception:
            logger.exception("the standing of designation %s could not be changed", key)
    with care_scope():
        _remind(today)


def _act(key: int, act: str, system: User) -> None:
    designation = DesignatedContact.objects.get(pk=key)
    if act == "lapse":
        designations.lapse(designation, by=system)
    elif act == "reinstate" and _must_renew_first(designation):
        designations.await_renewal(
            designation,
            by=system,
            reason=gettext_noop(
                "The organisation has a licence again. The training was not renewed in time: pass "
                "the current version to be reinstated immediately."
            ),
        )
    elif act == "reinstate":
        designations.reinstate(
            designation, by=system, reason=gettext_noop("The organisation has a licence again.")
        )
    else:
        designations.suspend(
            designation,
            by=system,
            stopped_by=StopReason.TRAINING,
            reason=gettext_noop(
                "The training was not renewed in time. Pass the current version to be reinstated "
                "immediately."
            ),
        )


def _must_renew_first(designation: DesignatedContact) -> bool:
    """Whether the training would suspend the contact again."""
    over = (current_time.now() - OVER_EVERYWHERE).date()
    return not training.is_certified(designation.user, over)


def _licensed(today: date) -> QuerySet[Licence]:
    """Licences in force that grant a channel."""
    return Licence.objects.in_force(today).filter(product__in=_granting())


def _granting() -> set[str]:
    return {
        product
        for products in Offering.objects.values_list("products", flat=True)
        for product in products
    }


def _licences_ended(today: date) -> Iterator[tuple[int, str]]:
    contacts = DesignatedContact.objects.filter(
        state__in=[ContactState.ACTIVE, ContactState.SUSPENDED], organisation__is_historical=False
    ).exclude(organisation__in=_licensed(today).values("organisation"))
    yield from ((key, "lapse") for key in contacts.order_by("pk").values_list("pk", flat=True))


def _licences_back(today: date) -> Iterator[tuple[int, str]]:
    contacts = DesignatedContact.objects.filter(
        state=ContactState.LAPSED,
        stopped_by=StopReason.LICENCE,
        organisation__in=_licensed(today).values("organisation"),
    )
    yield from ((key, "reinstate") for key in contacts.order_by("pk").values_list("pk", flat=True))


def _to_renew() -> tuple[CourseVersion | None, QuerySet[DesignatedContact]]:
    """The version whose renewal date applies, and the active contacts who hold neither it nor a
    newer one.
    """
    course = training.course_for_contacts()
    version = training.renewals_due(course) if course else None
    active = DesignatedContact.objects.filter(
        state=ContactState.ACTIVE, organisation__is_historical=False
    )
    if course is None or version is None:
        return None, active.none()
    holders = Certificate.objects.filter(
        version__course=course, version__number__gte=version.number
    ).values("user")
    return version, active.exclude(user__in=holders)


def _not_renewed(today: date) -> Iterator[tuple[int, str]]:
    version, people = _to_renew()
    if version is not None and version.renew_by is not None and version.renew_by < today:
        yield from ((key, "suspend") for key in people.order_by("pk").values_list("pk", flat=True))


def _remind(today: date) -> None:
    """Remind each contact who must renew, once for each step before the date."""
    version, people = _to_renew()
    if version is None or version.renew_by is None or version.renew_by < today:
        return
    step = min(
        (ahead for ahead in REMIND_BEFORE if version.renew_by - today <= ahead), default=None
    )
    if step is None:
        return
    recently = QueuedEmail.objects.filter(
        key__startswith=f"renew:{version.pk}:",
        created_at__gt=current_time.now() - BETWEEN_REMINDERS,
    ).values("recipient")
    people = people.exclude(user__in=recently).select_related("user").order_by("pk")
    for designation in people.iterator(chunk_size=500):
        preferences = NotificationPreferences.for_person(designation.user)
        emails.write(
            EmailKind.RENEW,
            organisation_id=designation.organisation_id,
            recipient=designation.user,
            key=f"renew:{version.pk}:{step.days}",
            send_at=preferences.quiet_ends(current_time.now()),
            course=localized(version.course, "name", designation.user.language),
            until=version.renew_by,
            link=f"{settings.BASE_URL}/portal/training/",
        )


def uncovered_from(licences: Iterable[Licence], today: date) -> date | None:
    """The first day from today on which none of these licences opens a channel; None where there is
    none (§1).
    """
    granting = _granting()
    opening = [licence for licence in licences if licence.product in granting]
    day = today
    while True:
        there = [one for one in opening if one.is_in_force(day)]
        if not there:
            return day
        if any(one.ends_on is None for one in there):
            return None
        day = max(one.ends_on for one in there if one.ends_on) + timedelta(days=1)


def who_would_lapse(organisation: Organisation) -> list[DesignatedContact]:
    """The contacts whose designation ends with the organisation's last licence (§1)."""
    contacts = DesignatedContact.objects.filter(
        organisation=organisation, state__in=[ContactState.ACTIVE, ContactState.SUSPENDED]
    )
    return list(contacts.select_related("user").order_by("user__name", "pk"))
