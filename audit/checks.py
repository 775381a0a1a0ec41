"""All checks of one installation, or of one case, by name; a check without findings has passed."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from audit import event_logs as cases
from audit import figures as figures
from audit import gate as rca
from audit import promises as sla
from cases import event_log
from cases.models import Case
from contacts import people_log as people
from sla import clocks, credentials

Only = Collection[int] | None


@dataclass(frozen=True)
class Check:
    """One check: what it proves, and the function that finds exceptions, one sentence each."""

    name: str
    holds: str
    find: Callable[[Only], Iterator[str]]
    of_cases: bool = True  # False: about people, so the audit of one case leaves it out


@dataclass
class Result:
    """The result of an audit: the checks in order, each with its findings."""

    cases: int
    findings: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        return not any(self.findings.values())


def _messages(find: Callable[[Only], Iterator[tuple[int, str]]]) -> Callable[[Only], Iterator[str]]:
    return lambda only: (finding for _, finding in find(only))


CHECKS = (
    Check(
        "journal",
        "No event was changed, removed or added behind the journal's back.",
        event_log.breaks,
    ),
    Check(
        "words",
        "What people wrote is what the journal has the digest of.",
        _messages(cases.words_that_differ),
    ),
    Check(
        "files", "Every attachment is there, as it was sent.", _messages(cases.files_that_differ)
    ),
    Check("clocks", "Every clock is what the journal says.", clocks.verify),
    Check("breaches", "Every missed promise is a fact.", _messages(sla.breaches_without_fact)),
    Check(
        "notices",
        "Every closure for silence had its notice, sent in time.",
        _messages(sla.closures_without_notice),
    ),
    Check(
        "rca",
        "No Critical case closed without its root cause analysis.",
        _messages(rca.closings_past_the_gate),
    ),
    Check(
        "people",
        "The journals of people are unbroken.",
        lambda only: people.breaks(),
        of_cases=False,
    ),
    Check(
        "credentials",
        "Every credential clock is what the journal says.",
        lambda only: credentials.verify(),
        of_cases=False,
    ),
    Check(
        "figures",
        "Every figure is what clocks and journals say.",
        lambda only: figures.figures_that_differ(),
        of_cases=False,
    ),
)


def run(only: Only = None, *, heard: Callable[[Check], None] = lambda check: None) -> Result:
    """Run every check, over all cases or the given ones; `heard` is called before each.

    Needs Care's scope.
    """
    result = Result(Case.objects.count() if only is None else len(only))
    for check in CHECKS:
        if only is None or check.of_cases:
            heard(check)
            result.findings[check.name] = list(check.find(only))
    return result
