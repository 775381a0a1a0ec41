"""The proposed severity, by the published table of the three questions and the priority (§7)."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from cases.choices import Priority, Severity


class Impact(StrEnum):
    """How much the work is affected."""

    HARDLY = "hardly"
    PARTLY = "partly"
    SEVERELY = "severely"


DEFINITIONS = {
    Severity.CRITICAL: _(
        "A critical business function cannot be performed, and there is no workaround."
    ),
    Severity.HIGH: _("Work goes on, but it is degraded or severely limited."),
    Severity.MEDIUM: _(
        "Work is largely unaffected; something of less weight is unusable or hard to use."
    ),
    Severity.LOW: _("The service works; the effect is trivial, or information is needed."),
}


CONTRADICTION = _(
    "You said that a function is unusable without a workaround, and that your work is hardly "
    "degraded. Please check both answers: together they decide the severity."
)


def contradicts(*, function_down: object, workaround: object, degraded: object) -> bool:
    """Whether the answers contradict each other, so that the contact is asked again (§7).

    What the business cannot do without is down and there is no way around it: then work is not
    hardly degraded. Missing answers contradict nothing.
    """
    return function_down is True and workaround is False and degraded == Impact.HARDLY


def propose(
    *, function_down: bool, workaround: bool, degraded: Impact | str, priority: int
) -> Severity:
    """The proposed severity from the contact's answers; Care assigns the actual one (§7).

    A critical function that is down is Critical without a workaround, and High with one. Otherwise
    the impact decides, and the highest priority raises a partly affected case to High.
    """
    if function_down:
        return Severity.HIGH if workaround else Severity.CRITICAL
    degraded = Impact(degraded)
    if degraded == Impact.SEVERELY:
        return Severity.HIGH
    if degraded == Impact.PARTLY:
        return Severity.HIGH if priority == Priority.HIGHEST and not workaround else Severity.MEDIUM
    return Severity.LOW
