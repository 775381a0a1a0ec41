"""A case is filed in an area that exists, or in none: teams are chosen by it (§8)."""

import pytest

from cases.models import Area, Case
from core.errors import Refused
from tests import cast


@pytest.mark.parametrize("written", ["Voice", "voice", " Voice "])
def test_an_area_is_given_by_its_name_or_its_key(ana, written):
    assert cast.file(ana, area=written).area == Area.objects.get(key="voice").name


@pytest.mark.parametrize("written", ["No such area", "VOICE!", "Voice, Chat"])
def test_any_other_text_is_refused_and_nothing_is_filed(ana, written):
    with pytest.raises(Refused, match="There is no area"):
        cast.file(ana, area=written)
    assert not Case.objects.exists()


def test_an_area_that_is_no_longer_used_is_refused(ana):
    Area.objects.filter(key="voice").update(is_active=False)
    with pytest.raises(Refused, match="There is no area"):
        cast.file(ana, area="voice")


def test_no_area_is_allowed(ana):
    assert cast.file(ana, area="").area == ""
