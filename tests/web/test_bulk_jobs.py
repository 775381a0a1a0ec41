"""A bulk action over a whole list: chosen once, previewed, run as a job, reported."""

import csv
import io

import pytest
from django.db import connection, transaction
from django.utils import timezone

from cases import actions, bulk_actions, bulk_jobs
from cases.models import BulkJob, BulkJobState, Case, CaseEvent, Notification
from cases.notifications import in_app
from cases.tasks import continue_bulk_jobs
from contacts.models import QueuedEmail
from core.errors import Refused
from tests import cast
from tests.cast import utc
from tests.web.test_query_budgets import require_fixed_number

pytestmark = pytest.mark.django_db


@pytest.fixture
def monday(time_machine):
    """Monday 2 March 2026, 09:00 UTC."""
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    return time_machine


@pytest.fixture
def cases(ana, ben, kim, monday):
    """Two cases that can be asked about, and one with a proposed resolution."""
    return [cast.file(ana), cast.proposed(ben, kim), cast.file(ben)]


@pytest.fixture
def desk(client, kim):
    client.force_login(kim)
    return client


def choose(desk, **data):
    answer = desk.post("/console/bulk/jobs/", {"noun": "tags", **data})
    assert answer.status_code == 302, answer.content
    return BulkJob.objects.latest("pk")


def previewed(desk, job, **inputs):
    assert desk.post(f"/console/bulk/jobs/{job.pk}/preview/", inputs).status_code == 302
    assert bulk_jobs.work(job.pk) is False
    job.refresh_from_db()
    assert job.state == BulkJobState.PREVIEWED
    return job


def finished(desk, job):
    run = {"previewed": job.inputs_digest}
    stale = desk.post(f"/console/bulk/jobs/{job.pk}/start/", {"previewed": "of another tab"})
    assert stale.status_code == 403
    assert "Other inputs were previewed meanwhile" in stale.content.decode()
    assert desk.post(f"/console/bulk/jobs/{job.pk}/start/", run).status_code == 302
    bulk_jobs.work(job.pk)
    job.refresh_from_db()
    return job


def test_a_list_is_fixed_at_the_click_previewed_run_and_reported(desk, cases, ana, kim, lee):
    size = desk.get("/console/bulk/size/", {"back": "view=open"}).json()
    assert size == {"label": "All 3 of this list", "is_possible": True}
    job = choose(desk, noun="information", back="view=open")
    late = cast.file(ana)  # joins the list after the click
    events = CaseEvent.objects.count()
    assert desk.post(f"/console/bulk/jobs/{job.pk}/preview/", {"text": ""}).status_code == 422
    assert desk.post(f"/console/bulk/jobs/{job.pk}/start/").status_code == 403, "no preview yet"
    job = previewed(desk, job, text="Which phones?")
    body = desk.get(f"/console/bulk/jobs/{job.pk}/").content.decode()
    assert "2 of 3 cases will be done" in " ".join(body.split())
    assert "1 case</strong>" in body, "the reason is counted"
    assert CaseEvent.objects.count() == events, "a preview changes nothing"
    job = finished(desk, job)
    assert (job.state, job.sums["run:done"], job.sums["run:refused"]) == ("finished", 2, 1)
    last = [cast.verbs(case)[-1] for case in cases]
    assert last == ["information_requested", "resolution_proposed", "information_requested"]
    assert cast.verbs(late) == ["filed"]
    body = desk.get(f"/console/bulk/jobs/{job.pk}/").content.decode()
    assert cases[1].code in body
    assert cases[0].code not in body, "the report begins with the refused cases"
    assert cases[0].code in desk.get(f"/console/bulk/jobs/{job.pk}/?only=all").content.decode()
    answer = desk.get(f"/console/bulk/jobs/{job.pk}/report/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    report = {row["Case"]: row for row in csv.DictReader(io.StringIO(text))}
    assert report[cases[0].code]["Outcome"] == "Done"
    assert report[cases[1].code]["Outcome"] == "Refused"
    assert report[cases[1].code]["Reason"] != ""
    email = QueuedEmail.objects.get(recipient=kim, key=f"bulk-job:{job.pk}")
    assert email.subject == "Your bulk job is finished: 2 of 3 cases"
    assert desk.post(f"/console/bulk/jobs/{job.pk}/start/").status_code == 403, "a job starts once"
    desk.force_login(lee)
    assert desk.get(f"/console/bulk/jobs/{job.pk}/").status_code == 404
    assert "Give them to" not in desk.get("/console/bulk/jobs/").content.decode()


def test_after_a_crash_the_job_goes_on_and_changes_no_case_twice(
    desk, cases, kim, monday, monkeypatch
):
    job = previewed(desk, choose(desk), add="osaka", remove="")
    bulk_jobs.start(job, by=kim, previewed=job.inputs_digest)
    act, calls = bulk_actions.BY_NOUN["tags"].act, []

    def crash(case, by, inputs):
        calls.append(case.pk)
        if len(calls) == 2:
            act(case, by, inputs)
            raise SystemExit("the worker was killed after the change, before its commit")
        return act(case, by, inputs)

    dying = bulk_actions.BulkAction("tags", "tag", "Tag", crash)
    monkeypatch.setitem(bulk_actions.BY_NOUN, "tags", dying)
    with pytest.raises(SystemExit), transaction.atomic():
        bulk_jobs.work(job.pk)  # within the test's transaction a crash takes all of it back
    job.refresh_from_db()
    assert job.is_under_way
    assert bulk_jobs.left_behind(utc("2026-03-02 09:01")) == []
    monday.move_to(utc("2026-03-02 09:05"), tick=False)
    assert bulk_jobs.left_behind(utc("2026-03-02 09:05")) == [job.pk]
    monkeypatch.setattr("cases.tasks.continue_bulk_job.delay", bulk_jobs.work)
    continue_bulk_jobs()
    job.refresh_from_db()
    assert (job.state, job.done) == ("finished", 3)
    assert [cast.verbs(case).count("tagged") for case in cases] == [1, 1, 1]


def test_a_job_is_cancelled_in_between_and_a_person_has_one_running_job(desk, cases, kim, maya):
    job = previewed(desk, choose(desk), add="osaka", remove="")
    bulk_jobs.start(job, by=kim, previewed=job.inputs_digest)
    bulk_jobs.work(job.pk, seconds=0)  # one case
    other = previewed(desk, choose(desk), add="tokyo", remove="")
    with pytest.raises(Refused, match="a bulk job that is running"):
        bulk_jobs.start(other, by=kim, previewed=other.inputs_digest)
    assert desk.post(f"/console/bulk/jobs/{job.pk}/cancellation/").status_code == 302
    assert desk.post(f"/console/bulk/jobs/{job.pk}/cancellation/").status_code == 302
    assert bulk_jobs.work(job.pk) is False
    job.refresh_from_db()
    assert (job.state, job.done, job.why) == ("cancelled", 1, "Cancelled by Kim Kato.")
    assert sum(cast.verbs(case).count("tagged") for case in cases) == 1
    body = " ".join(desk.get(f"/console/bulk/jobs/{job.pk}/").content.decode().split())
    assert "1 of 3 cases done, 0 refused, 2 not changed." in body
    assert QueuedEmail.objects.filter(subject__contains="was cancelled").count() == 1
    bulk_jobs.start(other, by=kim, previewed=other.inputs_digest)
    kim.is_active = False
    kim.save(update_fields=["is_active"])
    assert bulk_jobs.work(other.pk) is False
    other.refresh_from_db()
    assert (other.state, other.done) == ("cancelled", 0)
    assert {job.pk for job in bulk_jobs.visible_to(maya)} == {job.pk, other.pk}, (
        "a manager sees all"
    )


def test_the_bell_shows_that_a_job_ended_until_its_report_is_read(desk, cases, kim, maya, ana):
    def is_listed_for(person):
        desk.force_login(person)
        return "Bulk jobs that ended" in desk.get("/notices/").content.decode()

    Notification.objects.update(read_at=timezone.now())
    for earlier in range(2):
        job = previewed(desk, choose(desk), add="osaka", remove="")
        assert is_listed_for(kim) is bool(earlier), "a job that is not started notifies nobody"
        bulk_jobs.start(job, by=kim, previewed=job.inputs_digest)
        bulk_jobs.work(job.pk)
    assert in_app.unread(kim) == "2"
    assert not is_listed_for(maya), "it is about one's own jobs"
    desk.get(f"/console/bulk/jobs/{job.pk}/")
    assert in_app.unread(kim) == "2", "somebody else's look at the report changes nothing"
    desk.force_login(ana)
    assert "Bulk jobs that ended" not in desk.get("/portal/notices/").content.decode()
    desk.force_login(kim)
    html = " ".join(desk.get("/notices/").content.decode().split())
    assert "is finished: 3 of 3 cases done</a>" in html
    assert f'href="/console/bulk/jobs/{job.pk}/"' in html
    desk.get(f"/console/bulk/jobs/{job.pk}/")
    assert in_app.unread(kim) == "1"
    desk.post("/notices/all-read/")
    assert in_app.unread(kim) == ""
    assert not is_listed_for(kim)


def test_all_cases_of_the_other_list_too_and_no_more_than_a_job_takes(desk, cases, ana, kim):
    actions.accept(cast.proposed(ana, kim), by=ana)
    listed = desk.get("/console/cases/?state=closed").content.decode()
    assert 'name="origin" value="cases"' in listed
    assert "data-whole-list" not in listed, "one page is the whole list"
    job = choose(desk, origin="cases", back="state=closed", noun="assignment")
    assert (job.total, job.list_address) == (1, "/console/cases/?state=closed")
    assert job.state == BulkJobState.PREVIEWING, "nothing to fill in"
    job = choose(desk, origin="cases", back="q=calls+drop&state=open")
    assert job.total == 3
    assert BulkJob.objects.count() == 1, "what was never started is replaced"
    sizes = [desk.get("/console/bulk/size/", {"origin": "cases", "back": "customer=nobody-here"})]
    assert sizes[0].json()["is_possible"] is False
    with pytest.raises(Refused, match=r"more than 2,000 cases.*Filter the list"):
        bulk_jobs.choose(
            by=kim, noun="tags", keys=range(2001), list_name="Queue", list_address="/console/"
        )
    assert desk.post("/console/bulk/jobs/", {"noun": "nothing"}).status_code == 403


def test_a_job_costs_as_many_statements_for_many_cases_as_for_few(subtests, desk, cases, ana):
    job = previewed(desk, choose(desk), add="osaka", remove="")

    def more():
        for _ in range(20):
            cast.file(ana)
        desk.post(f"/console/bulk/jobs/{job.pk}/cancellation/")
        previewed(desk, choose(desk), add="osaka", remove="")

    address = f"/console/bulk/jobs/{job.pk}/"
    require_fixed_number(subtests, desk, {address: 9, "/console/cases/": 8}, more)
    assert Case.objects.count() == 23
    assert connection.in_atomic_block
