"""Customers and their sites, saved by Care's managers; each change is recorded with before and
after (§3, §9).
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from contacts.actions.base import require_text
from contacts.admin_log import record_change
from contacts.models import Organisation, Site, WorkCalendar
from contacts.models.people import User
from contacts.permissions import require_manager
from core.errors import Refused

KIND, SITE = "organisation", "site"
RESERVED = ("new", "choices")  # paths of the console


@transaction.atomic
def make_organisation(
    *, by: User, name: str, short_name: str, calendar: WorkCalendar, site: str = "Main office"
) -> Organisation:
    """Create an organisation with its first site, which gives the time zone and hours of its
    service targets (§9).

    Raises ValidationError for a short name that is taken or cannot be part of a URL.
    """
    require_manager(by)
    organisation = Organisation(
        name=require_text(name, "the organisation's name", 200), short_name=_short(short_name)
    )
    organisation.full_clean()
    organisation.save()
    record_change(
        by=by, kind=KIND, key=organisation.pk, name=organisation.name, after=_snapshot(organisation)
    )
    save_site(None, organisation=organisation, by=by, name=site, calendar=calendar, is_main=True)
    return organisation


@transaction.atomic
def change_organisation(
    organisation: Organisation, *, by: User, name: str, short_name: str
) -> Organisation:
    """Rename a customer. The short name is part of its pages' URLs, and applicants type it (§1)."""
    require_manager(by)
    held = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    before = _snapshot(held)
    held.name, held.short_name = (
        require_text(name, "the organisation's name", 200),
        _short(short_name),
    )
    held.full_clean()
    held.save(update_fields=["name", "short_name"])
    record_change(
        by=by, kind=KIND, key=held.pk, name=held.name, before=before, after=_snapshot(held)
    )
    return held


def _short(short_name: str) -> str:
    short_name = short_name.strip()
    if short_name in RESERVED:
        raise ValidationError(
            {"short_name": f"“{short_name}” is an address of the console: choose another one."}
        )
    return short_name


def _snapshot(organisation: Organisation) -> dict[str, Any]:
    return {"name": organisation.name, "short_name": organisation.short_name}


@transaction.atomic
def save_site(
    site: Site | None,
    *,
    organisation: Organisation,
    by: User,
    name: str,
    calendar: WorkCalendar,
    is_main: bool = False,
) -> Site:
    """Add a site or change one. Cases filed from now on use its new hours; earlier cases retain
    theirs (§9).

    A new main site replaces the current one. Refused where the organisation would have no main
    site, and for a calendar without hours.
    """
    require_manager(by)
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    held = (
        Site.objects.select_for_update().get(pk=site.pk)
        if site is not None
        else Site(organisation=organisation)
    )
    if held.organisation_id != organisation.pk:
        raise Refused("This site is another organisation's.")
    before = _site_snapshot(held) if site is not None else None
    if not calendar.versions.exists():
        raise Refused(f"The calendar “{calendar.name}” says no hours yet: write them first.")
    if held.is_main and not is_main:
        raise Refused("An organisation has a main site: make another one the main site instead.")
    others = organisation.sites.exclude(pk=held.pk)
    if is_main and not held.is_main:
        _end_main(by, organisation, held)
    held.name, held.calendar = require_text(name, "the site's name", 200), calendar
    held.is_main = is_main or not others.filter(is_main=True).exists()
    held.full_clean()
    held.save()
    record_change(
        by=by, kind=SITE, key=held.pk, name=_titled(held), before=before, after=_site_snapshot(held)
    )
    return held


def _end_main(by: User, organisation: Organisation, besides: Site) -> None:
    for other in Site.objects.filter(organisation=organisation, is_main=True).exclude(
        pk=besides.pk
    ):
        before = _site_snapshot(other)
        other.is_main = False
        other.save(update_fields=["is_main"])
        record_change(
            by=by,
            kind=SITE,
            key=other.pk,
            name=_titled(other),
            before=before,
            after=_site_snapshot(other),
        )


def _titled(site: Site) -> str:
    return f"{site.name} of {site.organisation.short_name}"


def _site_snapshot(site: Site) -> dict[str, Any]:
    return {
        "organisation": site.organisation.short_name,
        "name": site.name,
        "calendar": site.calendar.name,
        "main": site.is_main,
    }
