"""Every address of the product, pages and API, called as another organisation's contact, as a
colleague, as nobody.

A new address is walked without a change here; a new kind of parameter makes the test fail until it
is said what of Ana's it stands for.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.utils import timezone
from django.utils.http import urlencode

from caretrack.web.emergency.site import site as emergency
from cases import (
    actions,
    bulk_jobs,
    contact_drafts,
    filing_drafts,
    filing_templates,
    macros,
    pending_messages,
    reply_drafts,
    saved_views,
)
from cases.files import staging
from cases.knowledge import articles
from cases.models import Article, Attachment, Notification, SavedView
from contacts import actions as people
from contacts.models import ApiToken, Course, Role
from core.tenancy import auth_scope
from insight import aggregation
from insight.reports import exporting, schedules
from rca import actions as rca
from rca.models import Analysis, CorrectiveAction
from routing import actions as routing_actions
from routing import alerts
from sla import actions as policies
from sla import policy_migration
from sla.models import Clock, Policy
from tests import cast

SECRET = "zebra-7f31"  # is in everything of Ana's; nobody else may ever see it
SAID = {
    "text": "x",
    "reason": "x",
    "title": "x",
    "description": "x",
    "severity": "2",
    "priority": "3",
    "summary": "x",
    "reached": "true",
    "granted": "true",
    "findings": "x",
    "reproduction": "x",
    "degraded": "hardly",
    "theme": "dark",
    "function_down": "false",
    "name": "x",
    "query": "q=x",
    "workaround": "true",
    "kind": "relates_to",
    "other": "1",
    "score": "3",
    "comment": "x",
}


@pytest.fixture
def anas(ana, kim, maya):
    """A case of Ana's with something of every kind on it, and what each parameter of an address
    stands for.
    """
    case = cast.file(ana, severity=1, title=f"{SECRET} title")
    case = actions.answer(case, by=kim, text=f"{SECRET} answer").case
    case = actions.attach(
        case, by=ana, upload=SimpleUploadedFile(f"{SECRET}.txt", f"{SECRET} log".encode())
    ).case
    case = actions.propose_resolution(case, by=kim, text=f"{SECRET} summary").case
    analysis = Analysis.objects.get(case=case)
    rca.send_initial(analysis, by=kim, text=f"{SECRET} initial")
    rca.save_draft(analysis, by=kim, sections=cast.document(SECRET))
    rca.submit(analysis, by=kim)
    rca.publish(analysis, by=maya)
    remark = rca.comment(analysis, by=maya, text=f"{SECRET} comment")
    rca.request_documentation(
        case, by=ana, wants=f"{SECRET} wants", recipients=[ana], talk=f"{SECRET} talk"
    )
    actions.watch(case, by=ana)
    saved_views.save(by=ana, audience="portal", name=f"{SECRET} view", query="q=1")
    case.refresh_from_db()
    things = anas_people(ana, maya) | cares_own(case, kim, maya)
    staged = staging.stage(by=ana, upload=SimpleUploadedFile(f"{SECRET}-staged.txt", b"waits"))
    contact_drafts.save(case, by=ana, noun="answer", fields={"text": f"{SECRET} begun"})
    draft = filing_drafts.save(by=ana, fields={"title": f"{SECRET} draft"}, staged=[staged.pk])
    template = filing_templates.save(by=ana, name=f"{SECRET} template", fields={"title": SECRET})
    actions.note(case, by=kim, text=f"{SECRET} note")
    reply = reply_drafts.save(case, by=kim, noun="answer", text=f"{SECRET} reply")
    saved = staging.stage(
        by=kim, upload=SimpleUploadedFile(f"{SECRET}-cares.txt", b"waits"), case=case
    )
    message = pending_messages.hold(
        case, by=kim, noun="answer", text=f"{SECRET} waits", seconds=600
    )
    side = actions.open_side_conversation(
        case,
        by=kim,
        subject=f"{SECRET} port",
        recipients=["noc@carrier.example"],
        text=f"{SECRET} question",
    )
    reminder = actions.set_reminder(
        case, by=kim, due_at=timezone.now() + timedelta(days=1), note=f"{SECRET} remind"
    )
    job = bulk_jobs.choose(
        by=kim, noun="tags", keys=[case.pk], list_name=f"{SECRET} list", list_address="/console/"
    )
    note = people.add_customer_note(case.organisation, by=kim, text=f"{SECRET} about them")
    macro = macros.save(by=kim, name=f"{SECRET} macro", text=f"{SECRET} words", audience="all")
    assert reply is not None
    assert saved.pk != staged.pk
    articles.vote(
        Article.objects.get(slug="calls-drop"), helpful=False, comment=f"{SECRET} words", person=ana
    )
    return case, {
        **things,
        "slug": "calls-drop",
        "area": "voice",
        "draft": str(draft.pk),
        "template": str(template.pk),
        "staged": str(staged.pk),
        "number": case.code,
        "code": str(case.number),
        "pk": str(Attachment.objects.get(case=case).pk),
        "clock": str(Clock.objects.filter(case=case).first().pk),
        "version": "1",
        "notice": str(Notification.objects.filter(recipient=ana).first().pk),
        "macro": str(macro.pk),
        "message": str(message.pk),
        "side": str(side.pk),
        "side_message": str(side.messages.get().pk),
        "reminder": str(reminder.pk),
        "job": str(job.pk),
        "name": "queue",
        "note": str(note.pk),
        "action": str(CorrectiveAction.objects.get(analysis=analysis).pk),
        "comment": str(remark.pk),
        "view": str(SavedView.objects.get(person=ana).pk),
        "noun": "answer",
        "key": "MQ-abc",
        "content_type_id": "1",
        "object_id": str(case.pk),
        "app_label": "cases",
        "url": "nowhere",
        "uidb36": "1",
        "id": "1",
    }


def anas_people(ana, maya):
    """An applicant, an invitation, a turn, a try at the quiz and a certificate of Ana's
    organisation.
    """
    people.make_primary(ana.designation, by=maya)
    invitation = people.invite(
        ana.organisation, by=ana, email="ivy@acme.example", name=f"{SECRET} Ivy"
    )
    turn = people.add_to_roster(
        ana, by=ana, weekdays=[0], starts="08:00", ends="17:00", phone=f"{SECRET} 1"
    )
    applicant = cast.applicant(ana.organisation, f"{SECRET} Ivo", "ivo@acme.example")
    version = Course.objects.get().current
    with auth_scope():
        device = UserSession.objects.create(
            user=ana, ip="127.0.0.1", user_agent=f"{SECRET} browser", session_key="anas"
        )
    return {
        "person": str(applicant.user_id),
        "application": str(applicant.pk),
        "invitation": str(invitation.pk),
        "turn": str(turn.pk),
        "attempt": str(applicant.user.quiz_attempts.get().pk),
        "organisation": "acme",
        "site": str(ana.organisation.sites.get().pk),
        "licence": str(ana.organisation.licences.get().pk),
        "position": "1",
        "session": str(device.pk),
        # These open to anybody who has them, so here they lead to nothing of Ana's.
        "token": "no-such-token",
        "certificate": "RR-NOSU-CHNU-MBER",
        "lesson": str(version.lessons.first().pk),
        "question": str(version.questions.first().pk),
    }


def cares_own(case, kim, maya):
    """A team, a rota with hours and a swap, a page about Ana's case, and Acme's settings."""
    team = people.save_team(None, by=maya, name="Voice", members=[kim])
    rota = routing_actions.save_rota(
        None,
        by=maya,
        name="Nights",
        zone="UTC",
        begins_on=timezone.now().date(),
        hands_over="09:00",
        minutes=5,
        people=[kim],
    )
    shift = routing_actions.add_shift(
        rota, by=maya, weekdays=range(7), starts="00:00", ends="24:00"
    )
    now = timezone.now()
    swap = routing_actions.add_swap(
        rota, by=maya, person=kim, starts_at=now, ends_at=now + timedelta(days=1)
    )
    lee = cast.care("Lou Lind", "lou@care.example", "analyst")
    routing_actions.save_rota(
        rota,
        by=maya,
        name="Nights",
        zone="UTC",
        begins_on=now.date(),
        hands_over="09:00",
        minutes=5,
        people=[kim, lee],
    )
    night = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    swap_request = routing_actions.ask_swap(
        rota, by=kim, colleague=lee, night=(night, night + timedelta(hours=8))
    )
    site = case.organisation.sites.get()
    people.save_calendar(
        site.calendar, by=maya, name=f"{SECRET} office", zone="UTC", week=cast.OFFICE, holidays={}
    )
    people.save_site(
        site,
        organisation=case.organisation,
        by=maya,
        name=f"{SECRET} site",
        calendar=site.calendar,
        is_main=True,
    )
    policy = Policy.objects.get()
    policies.choose_for_organisation(case.organisation, by=maya, policy=policy)
    content = replace(policies.policies.newest(policy), notice_days=2)
    draft = policies.save_draft(policy, by=maya, written=content)
    run = policy_migration.begin(policy, by=maya, written=content, customer=case.organisation)
    policy_migration.work(run.pk)
    assert draft.policy_id == run.policy_id
    offering = people.save_offering(
        None, by=maya, key="here", name="For everyone", channel="voice", position=99
    )
    schedule = schedules.schedule(
        case.organisation,
        by=maya,
        covers="week",
        weekday=0,
        hour=8,
        zone="UTC",
        people=[case.contact],
    )
    export = exporting.ask(by=maya, query="what=opened", form="csv", name=f"{SECRET} list", total=1)
    aggregation.run(now + timedelta(hours=1))
    return {
        "form": "csv",
        "schedule": str(schedule.pk),
        "export": str(export.pk),
        "policy": str(policy.pk),
        "run": str(run.pk),
        "calendar": str(site.calendar_id),
        "offering": str(offering.pk),
        "team": str(team.pk),
        "rota": str(rota.pk),
        "shift": str(shift.pk),
        "swap": str(swap.pk),
        "swap_request": str(swap_request.pk),
        "alarm": str(alerts.open_alert(case, team_id=None, why="a test").pk),
    }


# The pages for emergencies are the same ones for each of a hundred tables, behind one gate. One
# reader calls them all; that all of them ask the gate is a test of its own.
EMERGENCY = "/emergency/"
ONE_TABLE = ("/emergency/contacts/user/", "/emergency/cases/attachment/")


def pages(values):
    """Every address, and of the pages for emergencies those of two tables."""
    for address in addresses(values):
        deeper = address.startswith(EMERGENCY) and address.count("/") > 3
        if not deeper or address.startswith(ONE_TABLE):
            yield address


def addresses(values, patterns=None, prefix=""):
    """Every address, with Ana's things for its parameters."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + _filled(pattern, values)
        if isinstance(pattern, URLResolver):
            yield from addresses(values, pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and not route.endswith(".*"):
            yield "/" + route


def _filled(pattern, values) -> str:
    """The route or regular expression of a pattern as a plain address."""
    route = str(pattern.pattern)
    for name in pattern.pattern.regex.groupindex:
        assert name in values, f"say in this test what of Ana's “{name}” in {route} stands for"
    for part, name in _parameters(route):
        route = route.replace(
            part,
            ("CT-" if part.startswith("(?P<code>") and "CT-" not in route else "") + values[name],
        )
    return route.strip("^$").replace("\\", "")


def _parameters(route):
    start = 0
    while (start := route.find("<", start)) != -1:
        end = route.find(">", start)
        name = route[start + 1 : end].rpartition(":")[2]
        if route[max(0, start - 3) : start] == "(?P":
            close, depth = start - 3, 0
            for close in range(start - 3, len(route)):
                depth += {"(": 1, ")": -1}.get(route[close], 0)
                if depth == 0:
                    break
            yield route[start - 3 : close + 1], name
        else:
            yield route[start : end + 1], name
        start = end


# What belongs to a person, not their organisation: a colleague may save views and watch cases.
OWNED_BY = {
    "cases_watch": "watcher_id",
    "cases_savedview": "person_id",
    "cases_notification": "recipient_id",
}
TABLES = (
    "cases_case",
    "cases_caseevent",
    "cases_caseupdate",
    "cases_attachment",
    "cases_caselink",
    "sla_clock",
    "rca_analysis",
    "rca_rcaversion",
    "contacts_designatedcontact",
    "contacts_site",
    "contacts_licence",
    "contacts_invitation",
    "contacts_peopleevent",
    "contacts_rosterentry",
    "contacts_lessonread",
    "contacts_quizattempt",
    "contacts_certificate",
    "contacts_queuedemail",
    "cases_contactdraft",
    "cases_filingdraft",
    "cases_filingtemplate",
    "cases_sentform",
    "cases_stagedfile",
    "cases_articlevote",
    "sla_queueentry",
    "cases_readmark",
    "routing_alert",
    "routing_alertstep",
    "cases_replydraft",
    "cases_presence",
    "sla_caseterms",
    "sla_organisationpolicy",
    "sla_policymigrationrow",
    "cases_bulkjobrow",
    "rca_acknowledgement",
    "rca_correctiveaction",
    "rca_saving",
    "rca_comment",
    "rca_documentationrequest",
    "rca_recipient",
    "rca_meeting",
    "rca_attendee",
    "insight_fact",
    "insight_opencount",
    "reports_reportschedule",
    "reports_reportrecipient",
    *OWNED_BY,
)


def fingerprint(case):
    """Everything Ana has, as one value."""
    values = []
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"""SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t
                    WHERE organisation_id = %s AND {OWNED_BY.get(table, "%s::bigint")} = %s""",
                [
                    case.organisation_id,
                    *([] if table in OWNED_BY else [case.contact_id]),
                    case.contact_id,
                ],
            )
            values.append((table, cursor.fetchone()))
        cursor.execute(  # a person's own theme is theirs to change
            """SELECT md5(string_agg(concat_ws('|', id, email, name, role, is_active,
                session_epoch), ',' ORDER BY id))
               FROM contacts_user WHERE organisation_id = %s""",
            [case.organisation_id],
        )
        values.append(("contacts_user", cursor.fetchone()))
        with auth_scope():
            cursor.execute(
                "SELECT count(*) FROM usersessions_usersession WHERE session_key = 'anas'"
            )
            values.append(("usersessions_usersession", cursor.fetchone()))
    return values


def token_client(user) -> Client:
    scopes = ["cases:read", "cases:write"]
    _, text = ApiToken.issue(
        user, name="t", scopes=scopes, expires_at=timezone.now() + timedelta(hours=1)
    )
    return Client(headers={"Authorization": f"Bearer {text}"})


def shown(answer) -> str:
    """What an answer shows, files included."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode("utf-8", "replace")


def fill_in(client, address):
    """A form, as a page sends it without files."""
    form = "application/x-www-form-urlencoded"
    return client.post(address, urlencode(SAID), content_type=form)


def send_json(client, address):
    return client.post(address, SAID, content_type="application/json")


def walk(client, routes, case):
    """Call everything; nothing of Ana's may be shown or changed, and nothing may break.

    The API takes JSON too, which no page reads.
    """
    before, seen = fingerprint(case), 0
    for address in routes:
        if address in {"/accounts/logout/"}:
            continue
        calls = [Client.get, fill_in]
        if address.startswith("/api/"):
            calls.append(send_json)
        for call in calls:
            answer = call(client, address)
            assert answer.status_code < 500, f"{address} breaks: {answer.status_code}"
            assert SECRET not in shown(answer), f"{address} shows another organisation's words"
            seen += 1
    assert fingerprint(case) == before, "something of another organisation's was changed"
    return seen


def test_another_organisations_contact_reaches_nothing(anas, ben):
    case, values = anas
    client = Client(raise_request_exception=False)
    client.force_login(ben)
    assert walk(client, addresses(values), case) > 1500


class Gate(Exception):
    """A person who opened a page for emergencies was asked to identify themselves."""


def test_every_page_for_emergencies_asks_who_opens_it(anas, monkeypatch):
    def ask(request):
        raise Gate

    monkeypatch.setattr(emergency, "has_permission", ask)
    open_to_all = {f"/emergency/{page}/" for page in ("login", "logout", "jsi18n")}
    routes = {address for address in addresses(anas[1]) if address.startswith(EMERGENCY)}
    assert len(routes) > 400
    for address in routes - open_to_all:
        view = resolve(address)
        with pytest.raises(Gate):
            view.func(RequestFactory().get(address), *view.args, **view.kwargs)


def test_another_organisations_program_reaches_nothing(anas, ben):
    case, values = anas
    assert walk(token_client(ben), pages(values), case) > 700


def test_nobody_reaches_nothing(anas):
    case, values = anas
    assert walk(Client(raise_request_exception=False), pages(values), case) > 700


def test_a_colleague_reads_and_changes_nothing(anas, cole):
    case, values = anas
    client = Client(raise_request_exception=False)
    client.force_login(cole)
    before = fingerprint(case)
    for address in pages(values):
        if address != "/accounts/logout/":
            assert fill_in(client, address).status_code < 500, address
    changed = {now[0] for now, then in zip(fingerprint(case), before, strict=True) if now != then}
    assert changed <= {"contacts_lessonread"}  # what a colleague has read is their own
    assert SECRET in client.get(f"/portal/cases/{case.code}/").content.decode()


# What somebody on the way, or no longer a contact, may do: learn, and see their status.
THEIR_OWN = {
    "contacts_lessonread",
    "contacts_quizattempt",
    "contacts_designatedcontact",
    "contacts_peopleevent",
}


@pytest.mark.parametrize("state", ["in_training", "lapsed", "revoked"])
def test_who_is_on_the_way_or_no_longer_a_contact_reads_nothing_of_the_organisations(
    anas, acme, state
):
    case, values = anas
    ivy = cast.contact(acme, "Ivy", "ivy2@acme.example", state=state)
    client, machine = Client(raise_request_exception=False), token_client(ivy)
    client.force_login(ivy)
    before = fingerprint(case)
    for address in pages(values):
        if address == "/accounts/logout/":
            continue
        for answer in (client.get(address), fill_in(client, address), machine.get(address)):
            assert answer.status_code < 500, f"{address} breaks: {answer.status_code}"
            assert SECRET not in shown(answer), (
                f"{address} shows the organisation's words to somebody {state}"
            )
    changed = {now[0] for now, then in zip(fingerprint(case), before, strict=True) if now != then}
    assert changed <= THEIR_OWN


def test_the_walk_can_fail(anas, ana):
    """Ana herself sees her texts: the marker the other tests look for is really on the pages."""
    case, values = anas
    client = Client()
    client.force_login(ana)
    seen = [address for address in pages(values) if SECRET in shown(client.get(address))]
    assert {f"/portal/cases/{case.code}/", f"/attachments/{values['pk']}/"} <= set(seen)
    with pytest.raises(AssertionError, match="another organisation"):
        walk(client, pages(values), case)


def test_care_sees_it_all(anas):
    case, _ = anas
    client = Client()
    client.force_login(cast.care("Noor", "noor@care.example", Role.ANALYST))
    assert SECRET in client.get(f"/console/cases/{case.code}/").content.decode()
