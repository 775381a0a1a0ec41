"""The one rule that every door asks before it lets a case in (§3)."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery

from contacts.errors import Refused
from contacts.models import CalendarVersion, Channel, Offering, Organisation


@dataclass(frozen=True)
class Entitlement:
    """Whether a way in is open; if it is not, what is missing and where to go instead."""

    allowed: bool
    offering: Offering | None
    missing: str = ""
    instead: str = ""

    @property
    def refusal(self) -> str:
        return f"{self.missing} {self.instead}".strip()


def ask(organisation: Organisation, channel: Channel | str, severity: int | None, at: datetime) -> Entitlement:
    """Whether the organisation may come in by `channel` with a case of `severity` (None: unknown) at `at` (§3)."""
    offerings = list(_with_licences_and_hours(organisation, at).filter(channel=channel))
    if not offerings:
        return Entitlement(False, None, f"Care offers no way in by {Channel(channel).label.lower()}.", _PORTAL)
    held = set(offerings[0].held)
    licensed = [o for o in offerings if not o.products or held & set(o.products)]
    if not licensed:
        wanted = ", ".join(offerings[0].products)
        return Entitlement(
            False,
            None,
            f"{organisation.name} holds none of the licences that open this channel ({wanted}).",
            _SELF_SUPPORT,
        )
    takes = [o for o in licensed if severity is None or not o.severities or severity in o.severities]
    if not takes:
        return Entitlement(False, None, f"{licensed[0].name} takes Severity 1 (Critical) only.", _PORTAL)
    opened = [o for o in takes if o.calendar_id is None or _hours(o).is_open(at)]
    if not opened:
        return Entitlement(False, takes[0], f"{takes[0].name} is closed now.", _PORTAL)
    return Entitlement(True, opened[0])


def require(organisation: Organisation, channel: Channel | str, severity: int | None, at: datetime) -> Offering:
    """The offering that lets the organisation in, or Refused with what is missing and where to go instead (§3)."""
    answer = ask(organisation, channel, severity, at)
    if not answer.allowed or answer.offering is None:
        raise Refused(answer.refusal)
    return answer.offering


def _with_licences_and_hours(organisation: Organisation, at: datetime) -> Any:
    """The offerings, each with the products held and the key of its calendar's newest version: one statement."""
    newest = CalendarVersion.objects.filter(calendar=OuterRef("calendar")).order_by("-number").values("pk")[:1]
    held = ArraySubquery(organisation.licences.in_force(at.date()).values("product"))
    return Offering.objects.annotate(held=held, hours_id=Subquery(newest))


def _hours(offering: Any) -> CalendarVersion:
    """The hours an offering keeps now; a calendar without any says so loudly."""
    return _version(offering.hours_id) if offering.hours_id else offering.calendar.current


@lru_cache(maxsize=512)
def _version(key: int) -> CalendarVersion:
    """A calendar version; it never changes, so one copy a process is enough."""
    return CalendarVersion.objects.get(pk=key)


_PORTAL = "Please open the case in the web portal: it is there around the clock."
_SELF_SUPPORT = "Self-support, with articles and e-learning, is open to everyone."
