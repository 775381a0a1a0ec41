"""The console's administration: who reads and who writes, what is shown before it is done (§3,
§9).
"""

from datetime import date, timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from cases.models import Case
from contacts import actions, care_invitations, emails
from contacts.models import (
    AdminEvent,
    ContactState,
    Licence,
    Offering,
    Organisation,
    Role,
    Site,
    User,
)
from core.tenancy import auth_scope
from tests import cast
from tests.web.test_query_budgets import LIMIT, require_fixed_number, statements


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def last_change() -> tuple[str, str, dict, dict]:
    event = AdminEvent.objects.order_by("-pk")[0]
    return event.verb, event.kind, event.before, event.after


WEEK = {"mon": "08:00-12:00, 13:00-17:00", "tue": "22:00–06:00"}
CALENDAR = {
    "name": "Berlin office",
    "zone": "Europe/Berlin",
    **WEEK,
    "holidays": "2026-12-24 Christmas Eve",
}


# --- Organisations


def test_a_customer_is_taken_in_with_its_first_site(as_maya):
    calendar = cast.calendar("Berlin", "Europe/Berlin")
    form_data = {
        "name": "Initech",
        "short_name": "initech",
        "site": "Head office",
        "calendar": calendar.pk,
    }
    answer = as_maya.post("/console/organisations/new/", form_data)
    assert (answer.status_code, answer["Location"]) == (302, "/console/organisations/initech/")
    organisation = Organisation.objects.get(short_name="initech")
    assert list(organisation.sites.values_list("name", "calendar", "is_main")) == [
        ("Head office", calendar.pk, True)
    ]
    page = text_of(as_maya.get("/console/organisations/initech/"))
    assert str(organisation.public_id) in page
    assert "No active licence" in page
    changes = text_of(as_maya.get("/console/changes/?kind=organisation"))
    assert "created the organisation" in changes


@pytest.mark.parametrize(
    ("short_name", "why"),
    [
        ("Initech", "small letters"),
        ("acme", "already exists"),
        ("new", "address of the console"),
        ("", "required"),
    ],
)
def test_a_short_name_is_checked_at_the_door_and_what_was_written_stays(
    short_name, why, as_maya, acme
):
    form_data = {
        "name": "Initech <Ltd>",
        "short_name": short_name,
        "site": "Main",
        "calendar": acme.sites.get().calendar_id,
    }
    answer = as_maya.post("/console/organisations/new/", form_data)
    assert answer.status_code == 422
    assert why in text_of(answer)
    assert 'value="Initech &lt;Ltd&gt;"' in text_of(answer)
    assert Organisation.objects.count() == 1


def test_a_customer_is_renamed_with_before_and_after(as_maya, acme):
    as_maya.post(
        "/console/organisations/acme/settings/", {"name": "Acme Shops", "short_name": "acme-shops"}
    )
    assert as_maya.get("/console/organisations/acme-shops/").status_code == 200
    assert last_change() == (
        "changed",
        "organisation",
        {"name": "Acme Retail", "short_name": "acme"},
        {"name": "Acme Shops", "short_name": "acme-shops"},
    )


def test_the_list_of_customers_goes_on_by_key_at_the_price_of_its_first_page(as_maya, acme):
    calendar = acme.sites.get().calendar
    few = statements(as_maya, "/console/organisations/")
    for number in range(60):
        organisation = Organisation.objects.create(
            short_name=f"shop-{number}", name=f"Shop {number % 7}"
        )
        Site.objects.create(organisation=organisation, name="Main", calendar=calendar, is_main=True)
    many = statements(as_maya, "/console/organisations/")
    assert len(many) == len(few) <= LIMIT
    seen, address = [], "/console/organisations/"
    while address:
        answer = as_maya.get(address)
        page = answer.context["page"]
        seen += [row.pk for row in page.rows]
        address = f"/console/organisations/?after={page.after}" if page.after else ""
    assert sorted(seen) == sorted(Organisation.objects.values_list("pk", flat=True))
    assert "shop-3" in text_of(as_maya.get("/console/organisations/?q=SHOP-3"))
    assert as_maya.get("/console/organisations/?after=x.y&q=%25").status_code == 200


def test_what_another_calendar_means_is_said_before_it_is_done(as_maya, acme, ana):
    site, other = acme.sites.get(), cast.calendar("Tokyo", "Asia/Tokyo")
    case = cast.file(ana)
    form_data = {"name": "Main office", "calendar": other.pk, "is_main": "on"}
    address = f"/console/organisations/acme/sites/{site.pk}/"
    answer = as_maya.post(address, form_data)
    assert answer.status_code == 422
    assert "1 open case of this site keeps the hours they were filed under" in text_of(answer)
    site.refresh_from_db()
    assert site.calendar.name == "Acme Retail office"
    assert as_maya.post(address, {**form_data, "sure": "on"}).status_code == 302
    site.refresh_from_db()
    assert site.calendar == other
    assert last_change()[2:] == ({"calendar": "Acme Retail office"}, {"calendar": "Tokyo"})
    assert case.terms.calendar_version.zone == "Europe/Berlin"
    assert cast.file(ana).terms.calendar_version.zone == "Asia/Tokyo"


def test_there_is_one_main_site_and_never_none(as_maya, acme):
    first = acme.sites.get()
    form_data = {"name": "Osaka", "calendar": first.calendar_id, "is_main": "on"}
    as_maya.post("/console/organisations/acme/sites/new/", form_data)
    assert list(acme.sites.filter(is_main=True).values_list("name", flat=True)) == ["Osaka"]
    osaka = acme.sites.get(name="Osaka")
    answer = as_maya.post(
        f"/console/organisations/acme/sites/{osaka.pk}/", {**form_data, "is_main": ""}
    )
    assert "make another one the main site instead" in text_of(answer)
    twice = as_maya.post("/console/organisations/acme/sites/new/", form_data)
    assert twice.status_code == 422


def test_a_site_of_another_customer_is_not_found_here(as_maya, acme, globex):
    address = f"/console/organisations/acme/sites/{globex.sites.get().pk}/"
    assert as_maya.get(address).status_code == 404


# --- Licences and offerings


def test_whom_the_end_of_a_licence_lapses_is_said_before_it_is_done(as_maya, acme, ana):
    licence = acme.licences.get()
    yesterday = timezone.localdate() - timedelta(days=1)
    address = f"/console/organisations/acme/licences/{licence.pk}/"
    form_data = {"starts_on": "2015-01-01", "ends_on": yesterday.isoformat()}
    answer = as_maya.post(address, form_data)
    assert answer.status_code == 422
    assert "These designations lapse within the hour" in text_of(answer)
    assert "Ana Albers" in text_of(answer)
    assert acme.licences.get().ends_on is None
    assert as_maya.post(address, {**form_data, "sure": "on"}).status_code == 302
    assert acme.licences.get().ends_on == yesterday
    assert last_change() == (
        "changed",
        "licence",
        {"ends_on": None},
        {"ends_on": yesterday.isoformat()},
    )
    from contacts import eligibility

    eligibility.review()
    ana.designation.refresh_from_db()
    assert ana.designation.state == ContactState.LAPSED


def test_a_licence_that_another_one_follows_ends_without_a_question(as_maya, acme):
    licence = acme.licences.get()
    end = timezone.localdate() + timedelta(days=30)
    Licence.objects.create(
        organisation=acme, product="Collaborate", starts_on=end + timedelta(days=1)
    )
    form_data = {"starts_on": "2015-01-01", "ends_on": end.isoformat()}
    assert (
        as_maya.post(f"/console/organisations/acme/licences/{licence.pk}/", form_data).status_code
        == 302
    )


@pytest.mark.parametrize(
    ("form_data", "why"),
    [
        (
            {"product": "PureCloud 2", "starts_on": "2026-01-01"},
            "runs from 2015-01-01 without an end already",
        ),
        (
            {"product": "Collaborate", "starts_on": "2026-02-01", "ends_on": "2026-01-01"},
            "at the earliest",
        ),
        ({"product": "Collaborat", "starts_on": "2026-02-01"}, "Select a valid choice"),
        ({"product": "Collaborate", "starts_on": "0026-02-01"}, "Preview again"),
    ],
)
def test_a_licence_that_cannot_be_is_refused_at_the_door(form_data, why, as_maya, acme):
    answer = as_maya.post("/console/organisations/acme/licences/new/", form_data)
    assert answer.status_code == 422
    assert why in text_of(answer)
    assert acme.licences.count() == 1


def test_an_offering_is_written_and_every_door_asks_by_it(as_maya, acme):
    calendar = cast.calendar("Berlin", "Europe/Berlin")
    form_data = {
        "key": "chat-de",
        "name": "Chat in German",
        "channel": "voice",
        "region": "DE",
        "calendar": calendar.pk,
        "severities": ["1", "2"],
        "products": "Chat, PureCloud 2",
        "position": "9",
    }
    assert as_maya.post("/console/offerings/new/", form_data).status_code == 302
    offering = Offering.objects.get(key="chat-de")
    assert (offering.region, offering.severities, offering.products) == (
        "DE",
        [1, 2],
        ["Chat", "PureCloud 2"],
    )
    Licence.objects.create(organisation=acme, product="Chat", starts_on=date(2020, 1, 1))
    address = f"/console/offerings/{offering.pk}/"
    fewer = {**form_data, "products": "PureCloud 2"}
    answer = as_maya.post(address, fewer)
    assert "Chat would no longer open anything. 1 customer holds it now" in text_of(answer)
    assert as_maya.post(address, {**fewer, "sure": "on"}).status_code == 302
    assert last_change()[2:] == (
        {"licences": ["Chat", "PureCloud 2"]},
        {"licences": ["PureCloud 2"]},
    )
    assert as_maya.post("/console/offerings/new/", form_data).status_code == 422


# --- Care's people


def test_somebody_is_invited_to_care_and_comes_by_the_letter(as_ada, mailoutbox):
    form_data = {
        "name": "Nia New",
        "email": "Nia@care.example",
        "role": "analyst",
        "zone": "UTC",
        "language": "en",
    }
    as_ada.post("/console/care/new/", form_data)
    nia = User.objects.get(email="nia@care.example")
    assert (nia.role, nia.has_usable_password()) == (Role.ANALYST, False)
    emails.send()
    link = next(word for word in mailoutbox[-1].body.split() if "/join/care/" in word)
    path = link.removeprefix("http://127.0.0.1:8000")
    client = Client()
    assert client.get(path).status_code == 200
    form = {"name": "Nia New", "zone": "Asia/Tokyo", "language": "en", "password": "short"}
    assert client.post(path, form).status_code == 422
    assert client.post(path, {**form, "password": cast.PASSWORD}).status_code == 302
    nia.refresh_from_db()
    assert (nia.zone, nia.check_password(cast.PASSWORD)) == ("Asia/Tokyo", True)
    assert client.get("/console/").status_code == 200
    assert Client().get(path).status_code == 404
    assert [event.verb for event in AdminEvent.objects.filter(kind="person of Care")] == [
        "joined",
        "invited",
    ]
    again = as_ada.post("/console/care/new/", form_data)
    assert "somebody's already" in text_of(again).replace("&#x27;", "'")


def test_a_link_to_care_ends_with_its_time_and_with_deactivation(as_ada, ada, time_machine):
    nia = actions.invite_to_care(
        by=ada, email="nia@care.example", name="Nia", role="analyst", zone="UTC"
    )
    token = care_invitations.token_of(nia)
    assert Client().get(f"/join/care/{token}x/").status_code == 404
    as_ada.post(f"/console/care/{nia.pk}/invitation/")
    assert (
        as_ada.post(
            f"/console/care/{nia.pk}/deactivation/", {"leaving-reason": "Never came"}
        ).status_code
        == 302
    )
    assert Client().get(f"/join/care/{token}/").status_code == 404
    as_ada.post(f"/console/care/{nia.pk}/reactivation/")
    assert Client().get(f"/join/care/{token}/").status_code == 200
    time_machine.move_to(timezone.now() + timedelta(days=15))
    assert Client().get(f"/join/care/{token}/").status_code == 404


def test_administrators_give_roles_and_nobody_their_own(as_ada, ada, kim):
    assert as_ada.post(f"/console/care/{kim.pk}/role/", {"role": "manager"}).status_code == 302
    assert last_change()[2:] == ({"role": "Analyst"}, {"role": "Manager"})
    answer = as_ada.post(f"/console/care/{ada.pk}/role/", {"role": "analyst"})
    assert answer.status_code == 422
    ada.refresh_from_db()
    assert ada.role == Role.ADMINISTRATOR
    assert as_ada.post(f"/console/care/{kim.pk}/role/", {"role": "contact"}).status_code == 422


def test_open_cases_are_named_and_given_away_or_left_by_choice(as_ada, acme, ana, kim, lee):
    from cases import actions as case_actions

    first, second = cast.file(ana, severity=2), cast.file(ana)
    for case in (first, second):
        case_actions.take(case, by=kim)
    address = f"/console/care/{kim.pk}/"
    assert first.code in text_of(as_ada.get(address))
    answer = as_ada.post(f"{address}deactivation/", {"leaving-reason": "Moves on"})
    assert answer.status_code == 422
    assert "Kim Kato has 2 open cases: say who takes them" in text_of(answer)
    kim.refresh_from_db()
    assert kim.is_active
    other = Client()
    other.force_login(kim)
    form_data = {"leaving-reason": "Moves on", "leaving-to": str(lee.pk)}
    assert as_ada.post(f"{address}deactivation/", form_data).status_code == 302
    assert set(Case.objects.values_list("assignee__name", flat=True)) == {"Lee Lind"}
    assert other.get("/console/").status_code == 302
    with auth_scope():
        assert not UserSession.objects.filter(user=kim).exists()
    left = as_ada.post(
        f"/console/care/{lee.pk}/deactivation/",
        {"leaving-reason": "Too", "leaving-unassigned": "on"},
    )
    assert left.status_code == 302
    assert set(Case.objects.values_list("assignee", flat=True)) == {None}


def test_managers_and_analysts_read_who_works_for_care_and_write_none_of_it(client, ada, kim, maya):
    for reader in (kim, maya):
        client.force_login(reader)
        assert client.get("/console/care/").status_code == 200
        assert client.get(f"/console/care/{ada.pk}/").status_code == 200
        assert client.get("/console/care/new/").status_code == 403
        for noun, form_data in (
            ("role", {"role": "analyst"}),
            ("deactivation", {"leaving-reason": "x"}),
            ("reactivation", {}),
            ("invitation", {}),
        ):
            assert client.post(f"/console/care/{ada.pk}/{noun}/", form_data).status_code == 403
    ada.refresh_from_db()
    assert (ada.role, ada.is_active) == (Role.ADMINISTRATOR, True)


def test_a_required_second_step_is_shown(as_ada, kim, settings):
    assert "required, not set up" not in text_of(as_ada.get("/console/care/"))
    settings.MFA_REQUIRED_ROLES = ["analyst"]
    assert "required, not set up" in text_of(as_ada.get("/console/care/"))


# --- All of it


def test_analysts_read_what_is_administered_and_write_none_of_it(client, acme, kim):
    client.force_login(kim)
    site, licence, calendar = acme.sites.get(), acme.licences.get(), acme.sites.get().calendar
    offering = Offering.objects.first()
    for address in (
        "administration/",
        "organisations/",
        "organisations/acme/",
        "calendars/",
        "offerings/",
        f"calendars/{calendar.pk}/",
        f"calendars/{calendar.pk}/versions/1/",
        "changes/",
    ):
        assert client.get(f"/console/{address}").status_code == 200, address
    for address in (
        "organisations/new/",
        "organisations/acme/settings/",
        "organisations/acme/sites/new/",
        f"organisations/acme/sites/{site.pk}/",
        "organisations/acme/licences/new/",
        f"organisations/acme/licences/{licence.pk}/",
        "calendars/new/",
        f"calendars/{calendar.pk}/edit/",
        "offerings/new/",
        f"offerings/{offering.pk}/",
    ):
        assert client.get(f"/console/{address}").status_code == 403, address
        assert (
            client.post(f"/console/{address}", {**CALENDAR, "short_name": "x"}).status_code == 403
        ), address
    assert not AdminEvent.objects.exists()


def test_areas_and_articles_are_journalled_with_before_and_after(as_maya):
    form_data = {
        "name": "Voice calls",
        "responsibility": "ours",
        "why": "We run it.",
        "position": "1",
        "is_active": "on",
    }
    as_maya.post("/console/areas/voice/", form_data)
    verb, kind, before, after = last_change()
    assert (verb, kind, after["name"]) == ("changed", "area", "Voice calls")
    assert before["name"] != "Voice calls"
    as_maya.post("/console/articles/calls-drop/withdrawal/")
    assert last_change() == ("withdrew", "article", {"shown": True}, {"shown": False})


def test_changes_are_found_by_kind_and_by_name(as_maya, maya, acme):
    cast_calendar = cast.calendar("Berlin", "Europe/Berlin")
    actions.save_calendar(
        cast_calendar, by=maya, name="Hamburg", zone="UTC", week=cast.OFFICE, holidays={}
    )
    actions.save_team(None, by=maya, name="Voice")
    assert "Hamburg" in text_of(as_maya.get("/console/changes/?kind=calendar"))
    assert "Hamburg" not in text_of(as_maya.get("/console/changes/?kind=team"))
    assert "Hamburg" not in text_of(as_maya.get("/console/changes/?q=voice"))
    assert "Hamburg" in text_of(as_maya.get("/console/changes/?q=hamb"))


PAGES = (
    "administration/",
    "calendars/",
    "offerings/",
    "care/",
    "organisations/acme/",
    "calendars/{calendar}/",
    "calendars/{calendar}/edit/",
    "care/{kim}/",
    "organisations/acme/sites/{site}/",
    "changes/",
)


def fifty_of_each(by, acme, kim):
    """Fifty more calendars, sites, offerings, licences, colleagues and teams."""
    site = acme.sites.get()
    for number in range(50):
        more = actions.save_calendar(
            None, by=by, name=f"Calendar {number}", zone="UTC", week=cast.OFFICE, holidays={}
        )
        actions.save_site(
            None, organisation=acme, by=by, name=f"Site {number}", calendar=site.calendar
        )
        actions.save_offering(
            None, by=by, key=f"way-{number}", name="Way", channel="voice", calendar=more
        )
        Licence.objects.create(organisation=acme, product=f"P{number}", starts_on=date(2020, 1, 1))
        person = cast.care(f"Kim {number}", f"kim-{number}@care.example", Role.ANALYST)
        actions.save_team(
            None, by=by, name=f"Team {number}", members=[person, kim], calendar=site.calendar
        )


def test_a_page_costs_few_statements_and_as_many_for_fifty_rows_as_for_one(
    subtests, as_ada, ada, acme, ana, kim
):
    from cases import actions as case_actions

    site = acme.sites.get()
    case_actions.take(cast.file(ana), by=kim)
    limits = {
        "/console/" + path.format(calendar=site.calendar_id, kim=kim.pk, site=site.pk): LIMIT
        for path in PAGES
    }
    # The policy in effect: the organisation's own, an offering's, or the default.
    limits["/console/organisations/acme/"] = LIMIT + 2
    require_fixed_number(subtests, as_ada, limits, lambda: fifty_of_each(ada, acme, kim))
