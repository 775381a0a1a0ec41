"""“Why this time?”: the counted and the skipped stretches of a clock, each with its reason, for
both sides (§14).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sla import calendars
from sla.businesstime import ALWAYS, Pause, Reason, Stretch
from sla.models import Clock

WORDS = {
    Reason.OPEN: _("counted"),
    Reason.NIGHT: _("outside business hours"),
    Reason.WEEKEND: _("not a business day"),
    Reason.HOLIDAY: _("holiday"),
    Reason.SPECIAL_HOURS: _("closed by special hours"),
    Reason.PAUSE: _("paused"),
}
PAUSED = {
    "waiting_on_customer": _("waiting for the contact"),
    "resolution_proposed": _("a resolution was proposed"),
    "closed": _("the case was closed"),
    "customer_reply": _("answered, then ruled inadequate"),
    "asked_back": _("waiting for the applicant"),
    "on_hold": _("on hold"),
    "wait_suspended": _("no contact of the organisation could reply"),
}


@dataclass(frozen=True)
class Explanation:
    """Why a clock is due at its time: its stretches in order, and how much of them counts."""

    zone: str
    calendar: str
    stretches: list[Stretch]
    counted_seconds: int
    target_seconds: int | None
    until: datetime

    def reason(self, stretch: Stretch) -> str:
        """The reason of a stretch as text."""
        if stretch.reason is Reason.HOLIDAY:
            return (
                _("holiday: {name}").format(name=stretch.label)
                if stretch.label
                else str(WORDS[Reason.HOLIDAY])
            )
        if stretch.reason is Reason.SPECIAL_HOURS and stretch.label:
            return _("closed by special hours: {name}").format(name=stretch.label)
        if stretch.reason is Reason.OPEN and stretch.label:
            return _("counted, special hours: {name}").format(name=stretch.label)
        if stretch.reason is Reason.PAUSE:
            return str(PAUSED.get(stretch.label, WORDS[stretch.reason]))
        return str(WORDS[stretch.reason])


def explain(clock: Clock, now: datetime, until: datetime | None = None) -> Explanation:
    """The stretches of a clock from its start to its due time, or as far as they are known; or
    `until` an instant.

    The counted stretches add up exactly to the target of a clock with a known due time; a paused
    one is explained until `now`.
    """
    calendar = calendars.counted_on(clock.calendar_version_id, clock.is_around_the_clock)
    end = until or clock.due_at or clock.stopped_at or now
    pauses = [
        Pause(datetime.fromisoformat(start), datetime.fromisoformat(stop) if stop else None, why)
        for start, stop, why in clock.pauses
    ]
    stretches = calendar.stretches(clock.started_at, max(end, clock.started_at), pauses)
    around = calendar is ALWAYS
    return Explanation(
        zone="UTC" if around else clock.calendar_version.zone,
        calendar=gettext("24×7") if around else str(clock.calendar_version.calendar),
        stretches=stretches,
        counted_seconds=int(sum((s.end - s.start).total_seconds() for s in stretches if s.counted)),
        target_seconds=clock.target_seconds,
        until=end.astimezone(UTC),
    )
