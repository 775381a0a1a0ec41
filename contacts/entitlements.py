"""The one rule that every door asks before it lets a case in (§3)."""

from dataclasses import dataclass
from datetime import datetime

from contacts.errors import Refused
from contacts.models import Channel, Offering, Organisation


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
    offerings = list(Offering.objects.filter(channel=channel).select_related("calendar"))
    if not offerings:
        return Entitlement(False, None, f"Care offers no way in by {Channel(channel).label.lower()}.", _PORTAL)
    held = set(organisation.licences.in_force(at.date()).values_list("product", flat=True))
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
    opened = [o for o in takes if o.calendar is None or o.calendar.current.is_open(at)]
    if not opened:
        return Entitlement(False, takes[0], f"{takes[0].name} is closed now.", _PORTAL)
    return Entitlement(True, opened[0])


def require(organisation: Organisation, channel: Channel | str, severity: int | None, at: datetime) -> Offering:
    """The offering that lets the organisation in, or Refused with what is missing and where to go instead (§3)."""
    answer = ask(organisation, channel, severity, at)
    if not answer.allowed or answer.offering is None:
        raise Refused(answer.refusal)
    return answer.offering


_PORTAL = "Please open the case in the web portal: it is there around the clock."
_SELF_SUPPORT = "Self-support, with articles and e-learning, is open to everyone."
