"""The labels of clocks, once for each language.

A list renders hundreds of clocks without a catalogue lookup for each.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from sla.models import ClockOutcome
from sla.models.clock import AFTER_REOPENING, FOR_CUSTOMERS, ClockKindChoices


@dataclass(frozen=True)
class ClockLabels:
    """All labels of a clock in one language. `{…}` are placeholders."""

    labels: dict[str, str]
    customers: dict[str, str]
    after_reopening: dict[str, str]
    stopped: dict[str, str]
    paused_why: dict[str, str]
    over: str
    missed: str
    missed_by: str
    missed_before: str
    in_time: str
    longest: str
    paused: str
    not_counted: str
    measured_no_target: str
    over_since: str
    owed: str
    due: str
    around_the_clock: str
    business_time: str
    left: str
    so_far: str
    was_due: str
    of_used: str
    why: str

    def for_customer(self, kind: str, ordinal: int = 1) -> str:
        """The same for a reader of the customer."""
        return self.customers.get(kind) or self.label(kind, ordinal)

    def label(self, kind: str, ordinal: int) -> str:
        """The label of a clock of a kind: of the first one, or of one after a reopening."""
        return (self.after_reopening.get(kind) if ordinal > 1 else None) or self.labels[kind]


def clock_labels() -> ClockLabels:
    """The labels in the reader's language."""
    return labels_in(translation.get_language() or "en")


@lru_cache(maxsize=8)
def labels_in(language: str) -> ClockLabels:
    """The labels in one language."""
    with translation.override(language):
        return ClockLabels(
            labels={kind.value: str(kind.label) for kind in ClockKindChoices},
            customers={kind.value: str(label) for kind, label in FOR_CUSTOMERS.items()},
            after_reopening={kind.value: str(label) for kind, label in AFTER_REOPENING.items()},
            # The label of a stopped clock for both sides, by its outcome.
            stopped={
                ClockOutcome.MET: pgettext("a clock", "met"),
                ClockOutcome.BREACHED: pgettext("a clock", "missed"),
                ClockOutcome.MEASURED: pgettext("a clock", "measured"),
                ClockOutcome.ANSWERED: pgettext("a clock", "answered"),
                ClockOutcome.RAN_OUT: pgettext("a clock", "ran out"),
                ClockOutcome.CANCELLED: pgettext("a clock", "no longer needed"),
            },
            paused_why={
                "waiting_on_customer": _("waiting for the contact"),
                "resolution_proposed": _("a resolution is proposed"),
                "closed": _("the case is closed"),
                "customer_reply": pgettext("a clock", "answered"),
                "asked_back": _("waiting for the applicant"),
                "wait_suspended": _("no contact can reply now"),
                "on_hold": _("on hold"),
            },
            over=pgettext("a clock", "over"),
            missed=pgettext("a clock", "missed"),
            missed_by=_("missed by {time}"),
            missed_before=_("missed before its target changed"),
            in_time=_("{count} in time"),
            longest=_("the longest after {time}"),
            paused=_("paused: {why}"),
            not_counted=_("not counted now"),
            measured_no_target=_("measured, no target"),
            over_since=_("over since {time}"),
            owed=_("due again after the next resolution"),
            due=pgettext("a clock", "due"),
            around_the_clock=pgettext("{time} …", "24×7"),
            business_time=pgettext("{time} …", "of business time"),
            left=_("{time} left"),
            so_far=_("{time} so far"),
            was_due=_("was due {at}"),
            of_used=_("{used} of {target} used"),
            why=_("Why this time?"),
        )
