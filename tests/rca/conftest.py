"""An outage of Ana's whose resolution is proposed, and its analysis."""

import pytest

from rca.models import Analysis
from tests import cast
from tests.cast import utc


@pytest.fixture
def monday(time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    return time_machine


@pytest.fixture
def outage(ana, kim, monday):
    return cast.proposed(ana, kim, severity=1)


@pytest.fixture
def analysis(outage):
    return Analysis.objects.get(case=outage)
