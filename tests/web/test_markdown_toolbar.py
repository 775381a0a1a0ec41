"""The Markdown toolbar stands over every long text that Care writes, each with its own text."""

import re

import pytest

from cases import actions, macros
from cases.models import Article
from contacts.models import Course
from tests import cast

pytestmark = pytest.mark.django_db


def toolbars(client, address):
    """The texts that have a toolbar. Each exists once, and the page has the script."""
    html = client.get(address).content.decode()
    assert "js/markdown" in html
    names = re.findall(r'data-markdown-for="([^"]+)"', html)
    for name in names:
        assert len(re.findall(rf'<textarea[^>]*\bid="{name}"', html)) == 1, name
        assert f'aria-controls="{name}"' in html
    return names


def test_every_editor_of_care_has_it(client, ana, kim, maya):
    case = cast.file(ana, severity=1)
    actions.answer(case, by=kim, text="We look.")
    actions.propose_resolution(case, by=kim, text="Fixed.")
    side = actions.open_side_conversation(
        case, by=kim, subject="Port", recipients=["noc@carrier.example"], text="Hello."
    )
    macro = macros.save(by=kim, name="Thanks", text="Thank you.", audience="all")
    client.force_login(kim)
    assert toolbars(client, f"/console/macros/{macro.pk}/") == ["id_text"]
    assert toolbars(client, "/console/macros/new/") == ["id_text"]
    assert "note_text" in toolbars(client, f"/console/cases/{case.code}/")
    path = f"/console/cases/{case.code}/side-conversations/{side.pk}/"
    assert toolbars(client, path) == ["message_text"]
    rca = toolbars(client, f"/console/rca/{case.code}/")
    assert {"draft_summary", "draft_root_cause"} <= set(rca)
    client.force_login(maya)
    article = Article.objects.first()
    assert toolbars(client, f"/console/articles/{article.slug}/") == ["id_body", "id_body_ja"]
    version = Course.objects.get().current
    path = f"/console/courses/{version.pk}/lessons/{version.lessons.first().pk}/"
    assert toolbars(client, path) == ["id_body", "id_body_ja"]
