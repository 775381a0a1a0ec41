"""A reader whose session has ended under an open page loses no words, and nobody ends at an empty
answer.
"""

import pytest
from django.test import Client
from django.urls import get_resolver, resolve
from django.urls.resolvers import URLPattern

from caretrack.web.shared.methods import page_of
from tests import cast
from tests.pages import holds

SCRIPT = {
    "headers": {"hx-request": "true", "hx-current-url": "http://testserver/portal/cases/new/"}
}


def html_of(answer) -> str:
    return answer.content.decode()


def post_only_paths(patterns=None, before="/") -> list[str]:
    """Every address that takes forms alone, with something in place of its parameters."""
    paths = []
    for one in patterns or get_resolver().url_patterns:
        path = before + str(one.pattern)
        if not isinstance(one, URLPattern):
            paths += post_only_paths(one.url_patterns, path)
        elif getattr(one.callback, "is_post_only", False):
            parts = [
                "CT-0000001" if "case:" in part else "1" if part.startswith("<") else part
                for part in path.strip("/").split("/")
            ]
            paths.append(f"/{'/'.join(parts)}/")
    return paths


def test_the_marked_addresses_are_all_of_them():
    paths = post_only_paths()
    assert len(paths) > 40
    for path in ("/portal/drafts/", "/preview/", "/console/bulk/", "/portal/notices/all-read/"):
        assert path in paths


@pytest.mark.parametrize(
    "address",
    [
        "/portal/drafts/",
        "/portal/evidence/",
        "/preview/",
        "/console/bulk/",
        "/console/cases/CT-0000001/draft/",
        "/cases/CT-0000001/why/1/",
    ],
)
def test_a_script_gets_a_short_notice_instead_of_the_sign_in_page(db, address):
    for method in ("get", "post"):
        answer = getattr(Client(), method)(address, **SCRIPT)
        if answer.status_code == 405:
            continue
        assert answer.status_code == 401
        assert answer["HX-Retarget"] == "#session-notice"
        shown = html_of(answer)
        assert "You have been signed out. Your text is still here." in shown
        assert "<html" not in shown
        assert "password" not in shown.lower()
        assert holds(shown, 'href="/accounts/login/?next=/portal/cases/new/" target="_blank"')


def test_a_session_that_ended_by_a_change_of_scope_gets_the_same_notice(as_ana):
    session = as_ana.session
    session["caretrack_scope"] = "care"
    session.save()
    answer = as_ana.get("/portal/cases/new/suggestions/", **SCRIPT)
    assert answer.status_code == 401
    assert "You have been signed out." in html_of(answer)


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/portal/drafts/", "/portal/"),
        ("/portal/evidence/", "/portal/"),
        ("/portal/views/", "/portal/"),
        ("/portal/notices/all-read/", "/portal/notices/"),
        ("/preview/", "/"),
        ("/portal/cases/CT-0000001/watching/", "/portal/cases/CT-0000001/"),
        ("/portal/cases/CT-0000001/draft/", "/portal/cases/CT-0000001/"),
        ("/console/cases/CT-0000001/draft/", "/console/cases/CT-0000001/"),
        ("/console/cases/CT-0000001/here/", "/console/cases/CT-0000001/"),
        ("/console/bulk/", "/console/"),
        ("/console/evidence/", "/console/"),
        ("/console/rca/CT-0000001/submission/", "/console/rca/CT-0000001/"),
        ("/portal/cases/new/", "/portal/cases/new/"),
    ],
)
def test_after_signing_in_the_reader_is_on_the_page_of_the_form(db, address, page):
    answer = Client().post(address, {"text": "words"})
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={page}")


def test_no_form_leads_to_an_address_that_shows_nothing(db):
    for path in post_only_paths():
        page = page_of(path)
        assert page != path
        assert not getattr(resolve(page).func, "is_post_only", False)


def test_an_address_for_forms_alone_shows_a_way_on(as_ana, as_kim, ana):
    case = cast.file(ana)
    for path in (f"/portal/cases/{case.code}/watching/", "/portal/drafts/", "/console/bulk/"):
        answer = as_kim.get(path)
        assert answer.status_code in (403, 405)
    as_kim.force_login(ana)
    answer = as_kim.get(f"/portal/cases/{case.code}/watching/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert holds(html_of(answer), f'href="/portal/cases/{case.code}/"')


def test_every_address_for_forms_alone_shows_a_page_to_those_who_come_by_a_link(as_ada):
    for path in post_only_paths():
        answer = as_ada.get(path)
        assert answer.content, path
        assert answer.status_code in (403, 404, 405), path


def test_a_sign_in_that_was_to_lead_to_such_an_address_leads_to_its_page(db, ana):
    ana.set_password("a long sentence of ours")
    ana.save()
    answer = Client().post(
        "/accounts/login/?next=/portal/drafts/",
        {"login": ana.email, "password": "a long sentence of ours", "next": "/portal/drafts/"},
    )
    assert (answer.status_code, answer["Location"]) == (302, "/portal/")


def test_a_change_of_theme_on_a_page_that_answered_a_form_leads_to_a_page(as_kim):
    answer = as_kim.post(
        "/theme/", {"theme": "dark"}, HTTP_REFERER="http://testserver/console/bulk/"
    )
    assert answer["Location"] == "/console/"
