"""The portal's lists: what waits for whom, all cases, and who «we» are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from caretrack import clockviews
from caretrack.clockviews import ClockView
from caretrack.paging import cases_after
from caretrack.people import customers_only, signed_in
from caretrack.portal.entitlements import region_of_site, site_of, sites_of
from cases import drafting
from cases.models import Case, CaseEvent
from cases.querysets import CaseQuerySet
from cases.verbs import Facing, Severity, State, Verb
from contacts import entitlements
from contacts.models import Channel, Offering, Organisation, User
from contacts.permissions import is_designated_contact

SHOWN = 50
RECENT = timedelta(days=30)
FILTERS = {"open": "Open", "yours": "Your turn", "ours": "With us", "closed": "Closed", "all": "All"}


@dataclass(frozen=True)
class Row:
    """A case in a list: what happened last, and the promise that comes next."""

    case: Case
    last: CaseEvent | None
    clock: ClockView | None

    @property
    def says(self) -> str:
        """What happened last, in words."""
        if self.last is None:
            return ""
        return f"{self.last.by.name} {Verb(self.last.verb).label}"


def rows(cases: Sequence[Case], now: datetime) -> list[Row]:
    """The cases as rows, in two queries however many there are."""
    clocks = clockviews.of_cases(cases, now, only_running=True)
    keys = [case.last_event for case in cases]  # type: ignore[attr-defined]
    events = {event.case_id: event for event in CaseEvent.objects.filter(pk__in=keys).select_related("by")}
    return [
        Row(case, events.get(case.pk), clockviews.nearest(clocks[case.pk], cares=not case.is_contacts_turn))
        for case in cases
    ]


def listed(user: User) -> CaseQuerySet:
    """The cases this person may see, each with the key of its last contact-facing event."""
    last = CaseEvent.objects.filter(case=OuterRef("pk"), facing=Facing.CONTACT).order_by("-seq").values("pk")[:1]
    return Case.objects.visible_to(user).annotate(last_event=Subquery(last))


@customers_only
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Your turn first, then what is with us, then what was closed lately."""
    user, now = signed_in(request), timezone.now()
    cases = listed(user)
    yours = list(cases.contacts_turn().order_by("severity", "opened_at", "id")[: SHOWN + 1])
    ours = list(
        cases.being_worked()
        .exclude(pk__in=cases.contacts_turn().values("pk"))
        .order_by("severity", "opened_at", "id")[: SHOWN + 1]
    )
    closed = list(cases.filter(closed_at__gte=now - RECENT).order_by("-closed_at", "-id")[:10])
    by_case = {row.case.pk: row for row in rows([*yours[:SHOWN], *ours[:SHOWN], *closed], now)}
    return render(
        request,
        "portal/home.html",
        {
            "yours": [by_case[case.pk] for case in yours[:SHOWN]],
            "more_yours": len(yours) > SHOWN,
            "ours": [by_case[case.pk] for case in ours[:SHOWN]],
            "more_ours": len(ours) > SHOWN,
            "closed": [by_case[case.pk] for case in closed],
            "may_file": is_designated_contact(user),
            "drafts": drafting.mine(user),
            "phone": _phone(user, now),
        },
    )


def _phone(user: User, now: datetime) -> Offering | None:
    """The number to call when it is Critical; None where the organisation has none."""
    assert user.organisation is not None
    region = region_of_site(site_of(user, sites_of(user)))
    answer = entitlements.ask(user.organisation, Channel.PHONE, Severity.CRITICAL, now, region)
    return answer.offering if answer.allowed else None


@customers_only
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """Every case of the organisation, by state and by words of the title or a number."""
    user = signed_in(request)
    state = request.GET.get("state", "open")
    state = state if state in FILTERS else "open"
    text = request.GET.get("q", "").replace("\0", "").strip()[:200]
    found = _found(listed(user), state, text)
    page = cases_after(found, request.GET.get("after", ""))
    return render(
        request,
        "portal/cases.html",
        {
            "page": page, "rows": rows(page.rows, timezone.now()), "state": state, "text": text, "filters": FILTERS,
            "query": urlencode({"state": state, **({"q": text} if text else {})}),
            "may_file": is_designated_contact(user), "drafts": drafting.mine(user),
        },
    )  # fmt: skip


def _found(cases: Any, state: str, text: str) -> Any:
    if state == "yours":
        cases = cases.contacts_turn()
    elif state == "ours":
        cases = cases.filter(state__in=[State.NEW, State.IN_PROGRESS, State.INVESTIGATING])
    elif state == "open":
        cases = cases.being_worked()
    elif state == "closed":
        cases = cases.filter(state=State.CLOSED)
    number = text.upper().removeprefix("CT-")
    if number.isdigit() and number.isascii() and len(number) <= 18:
        return cases.filter(number=int(number))
    return cases.filter(title__icontains=text) if text else cases


@customers_only
@require_safe
def organisation(request: HttpRequest) -> HttpResponse:
    """People, licences, ways in with their hours, and the id that Care asks for first."""
    user = signed_in(request)
    ours = get_object_or_404(Organisation, pk=user.organisation_id)
    licences = list(ours.licences.all())
    today = timezone.localdate()
    held = {
        licence.product
        for licence in licences
        if licence.starts_on <= today and (licence.ends_on is None or licence.ends_on >= today)
    }
    offerings = list(Offering.objects.select_related("calendar").prefetch_related("calendar__versions"))
    return render(
        request,
        "portal/organisation.html",
        {
            "organisation": ours,
            "people": ours.people.filter(is_active=True).select_related("designation", "site").order_by("name", "pk"),
            "sites": [
                (site, _latest(site.calendar))
                for site in ours.sites.select_related("calendar").prefetch_related("calendar__versions")
            ],
            "licences": [(licence, licence.product in held) for licence in licences],
            "offerings": [
                (offering, not offering.products or bool(held & set(offering.products)), _latest(offering.calendar))
                for offering in offerings
            ],
        },
    )


def _latest(calendar: Any) -> Any:
    """The newest of prefetched versions."""
    return max(calendar.versions.all(), key=lambda version: version.number, default=None) if calendar else None
