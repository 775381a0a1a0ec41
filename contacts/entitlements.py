"""The one rule that decides whether a channel accepts a case (§3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext, gettext_lazy

from contacts.models import CalendarVersion, Channel, Licence, Offering, Organisation, WorkCalendar
from contacts.regions import EVERYWHERE
from core.errors import Refused
from core.translations import localized


@dataclass(frozen=True)
class Entitlement:
    """Whether a channel is open; if not, what is missing and where to go instead.

    `licence` is the one that opens it; None where none is required or none matches.
    """

    allowed: bool
    offering: Offering | None
    missing: str = ""
    instead: str = ""
    licence: Licence | None = None

    @property
    def refusal(self) -> str:
        return f"{self.missing} {self.instead}".strip()


@dataclass(frozen=True)
class Held:
    """Care's offerings and an organisation's licences, read once; answers for every channel
    (§3).
    """

    organisation: Organisation
    offerings: Sequence[Offering]
    licences: Sequence[Licence]

    def ask(
        self, channel: Channel | str, severity: int | None, at: datetime, region: str = EVERYWHERE
    ) -> Entitlement:
        """Whether the organisation may use `channel` for a case of `severity` (None: unknown) at
        `at`.

        Where an offering has an edition for the `region` of the site, that edition decides.
        """
        offerings = [offering for offering in self.offerings if offering.channel == channel]
        if not offerings:
            way = str(Channel(channel).label).lower()
            missing = gettext("Care offers no support by {channel}.").format(channel=way)
            return Entitlement(False, None, missing, str(_PORTAL))
        answers = [self._answer(offering, severity, at) for offering in _near(offerings, region)]
        return max(answers, key=lambda answer: (answer.allowed, *_how_far(answer)))

    def everything(
        self, at: datetime, region: str = EVERYWHERE
    ) -> list[tuple[Offering, Entitlement]]:
        """Every offering in the edition nearest to `region`, with its entitlement at `at`."""
        edition: dict[str, str] = {}
        for offering in _near(self.offerings, region):
            edition.setdefault(offering.channel, offering.region)
        shown = [
            offering
            for offering in self.offerings
            if edition.get(offering.channel, offering.region) == offering.region
        ]
        return [(offering, self._answer(offering, None, at)) for offering in shown]

    def _answer(self, offering: Offering, severity: int | None, at: datetime) -> Entitlement:
        opening = [
            licence
            for licence in self.licences
            if licence.product in offering.products and licence.is_in_force(at.date())
        ]
        if offering.products and not opening:
            wanted = ", ".join(offering.products)
            missing = gettext("{name} has none of the licences for this channel ({products}).")
            sentence = missing.format(name=self.organisation.name, products=wanted)
            return Entitlement(False, None, sentence, str(_SELF_SUPPORT))
        licence = max(opening, key=lambda one: one.ends_on or date.max) if opening else None
        if severity is not None and offering.severities and severity not in offering.severities:
            missing = gettext("{name} takes Severity 1 (Critical) only.").format(
                name=localized(offering, "name")
            )
            return Entitlement(False, None, missing, str(_PORTAL), licence)
        hours = hours_of(offering)
        if hours is not None and not hours.is_open(at):
            missing = gettext("{name} is closed now.").format(name=localized(offering, "name"))
            return Entitlement(False, offering, missing, str(_PORTAL), licence)
        return Entitlement(True, offering, licence=licence)


def held(organisation: Organisation) -> Held:
    """Every offering with its current hours, and every licence that the organisation ever had."""
    latest = (
        CalendarVersion.objects.filter(calendar=OuterRef("calendar"))
        .order_by("-number")
        .values("pk")[:1]
    )
    offerings = Offering.objects.annotate(hours_id=Subquery(latest))
    return Held(organisation, list(offerings), list(organisation.licences.all()))


def ask(
    organisation: Organisation,
    channel: Channel | str,
    severity: int | None,
    at: datetime,
    region: str = EVERYWHERE,
) -> Entitlement:
    """Whether the organisation may use `channel` for a case of `severity` (None: unknown) at `at`
    (§3).
    """
    return held(organisation).ask(channel, severity, at, region)


def require(
    organisation: Organisation,
    channel: Channel | str,
    severity: int | None,
    at: datetime,
    region: str = EVERYWHERE,
) -> Offering:
    """The offering that accepts the case. Raises Refused with what is missing and where to go
    instead (§3).
    """
    answer = ask(organisation, channel, severity, at, region)
    if not answer.allowed or answer.offering is None:
        raise Refused(answer.refusal)
    return answer.offering


def hours_of(offering: Offering) -> CalendarVersion | None:
    """The offering's current hours; None means 24×7."""
    if offering.calendar_id is None:
        return None
    key = getattr(offering, "hours_id", None)  # annotated by `held`
    return _version(key) if key else WorkCalendar.objects.get(pk=offering.calendar_id).current


@lru_cache(maxsize=256)
def _version(key: int) -> CalendarVersion:
    """A version never changes, so one copy a process is enough."""
    return CalendarVersion.objects.get(pk=key)


_PORTAL = gettext_lazy("Please open the case in the web portal, which is available 24×7.")
_SELF_SUPPORT = gettext_lazy("Self-support, with articles and e-learning, is open to everyone.")


def _near(offerings: Sequence[Offering], region: str) -> list[Offering]:
    """The edition of the region, then offerings for everywhere; other regions' editions only where
    there is nothing else.
    """
    near = [o for o in offerings if o.region == region]
    anywhere = [o for o in offerings if o.region == EVERYWHERE and o not in near]
    return [*near, *anywhere] or list(offerings)


def _how_far(answer: Entitlement) -> tuple[bool, bool]:
    """How many conditions an organisation met: the nearest refusal is the most useful one."""
    return answer.offering is not None, answer.licence is not None
