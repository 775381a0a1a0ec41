"""§7: the published table from three questions and the priority to a proposed severity."""

import pytest

from cases.choices import Severity
from cases.severity import DEFINITIONS, propose


@pytest.mark.parametrize(
    ("function_down", "workaround", "degraded", "priority", "severity"),
    [
        (True, False, "severely", 3, Severity.CRITICAL),
        (True, False, "hardly", 4, Severity.CRITICAL),
        (True, True, "severely", 1, Severity.HIGH),
        (False, False, "severely", 4, Severity.HIGH),
        (False, True, "severely", 3, Severity.HIGH),
        (False, False, "partly", 1, Severity.HIGH),
        (False, True, "partly", 1, Severity.MEDIUM),
        (False, False, "partly", 2, Severity.MEDIUM),
        (False, True, "partly", 4, Severity.MEDIUM),
        (False, False, "hardly", 1, Severity.LOW),
        (False, True, "hardly", 4, Severity.LOW),
    ],
)
def test_the_answers_add_up_to_a_severity(function_down, workaround, degraded, priority, severity):
    proposal = propose(
        function_down=function_down, workaround=workaround, degraded=degraded, priority=priority
    )
    assert proposal == severity


def test_every_severity_has_its_definition():
    assert set(DEFINITIONS) == set(Severity)
