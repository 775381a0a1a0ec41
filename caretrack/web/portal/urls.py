"""`/portal/`: the pages of customers. A state change is a noun to POST to."""

from django.urls import path

from caretrack.web.portal import (
    case,
    case_export,
    cases,
    documentation,
    drafts,
    entitlements,
    filing,
    home,
    onboarding,
    organisation,
    rca,
    search,
    templates,
    training,
    watching,
)
from caretrack.web.shared import notifications, people_pages, preferences, upload_staging
from caretrack.web.shared import service_reports as reports

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", search.page, name="search"),
    path("cases/", cases.cases, name="cases"),
    path("views/", cases.save_view, name="views"),
    path("views/<int:view>/name/", cases.change_view, name="view_name"),
    path("views/<int:view>/removal/", cases.remove_view, name="view_removal"),
    path("cases/export/", case_export.export, name="cases_export"),
    path("cases/new/", filing.file, name="file"),
    path("cases/new/proposal/", filing.proposal, name="proposal"),
    path("cases/new/suggestions/", filing.suggestions, name="suggestions"),
    path("cases/new/area/", filing.area, name="area"),
    path("templates/<int:template>/removal/", templates.removal, name="template_removal"),
    path("cases/<case:number>/template/", templates.from_case, name="case_template"),
    path("drafts/", drafts.save, name="drafts"),
    path("drafts/<int:draft>/removal/", drafts.removal, name="draft_removal"),
    path("cases/<case:number>/draft/", drafts.save_reply, name="reply_draft"),
    path(
        "cases/<case:number>/draft/<int:draft>/removal/",
        drafts.reply_removal,
        name="reply_draft_removal",
    ),
    path("documentation/draft/", drafts.save_request, name="request_draft"),
    path(
        "documentation/draft/<int:draft>/removal/",
        drafts.request_removal,
        name="request_draft_removal",
    ),
    path("evidence/", upload_staging.stage, name="evidence"),
    path("evidence/<int:staged>/removal/", upload_staging.removal, name="evidence_removal"),
    path("entitlements/", entitlements.show, name="entitlements"),
    path("cases/<case:number>/", case.show, name="case"),
    path("cases/<case:number>/colleagues/", case.colleagues, name="colleagues"),
    path("cases/<case:number>/print/", case.printed, name="print"),
    path("cases/<case:number>/rca/", rca.newest, name="rca"),
    path("cases/<case:number>/rca/<int:version>/", rca.version, name="rca_version"),
    path("cases/<case:number>/rca/<int:version>/print/", rca.printed, name="rca_print"),
    path(
        "cases/<case:number>/rca/<int:version>/difference/", rca.difference, name="rca_difference"
    ),
    path(
        "cases/<case:number>/rca/<int:version>/acknowledgement/",
        rca.acknowledgement,
        name="rca_acknowledgement",
    ),
    path("documentation/", documentation.ask, name="documentation"),
    path("cases/<case:number>/meeting/", documentation.calendar_file, name="meeting_file"),
    *(
        path(f"cases/<case:number>/{noun}/", case.act, {"noun": noun}, name=noun)
        for noun in case.ACTS
    ),
    path("report/", reports.own, name="report"),
    path("organisation/people/", people_pages.people, name="people"),
    path("organisation/people/<int:person>/", people_pages.person, name="person"),
    *(
        path(
            f"organisation/people/<int:person>/{noun}/",
            people_pages.act,
            {"noun": noun},
            name=f"person-{noun}",
        )
        for noun in people_pages.ACTS
    ),
    path(
        "organisation/invitations/<int:invitation>/withdrawal/",
        people_pages.withdrawal,
        name="invitation_withdrawal",
    ),
    path("roster/", people_pages.roster_page, name="roster"),
    path("roster/<int:turn>/removal/", people_pages.turn_removal, name="turn_removal"),
    path("joining/", onboarding.status, name="joining"),
    path("joining/form/", onboarding.form, name="joining_form"),
    path("joining/why/", onboarding.explanation, name="joining_why"),
    path("training/", training.course, name="training"),
    path("training/lessons/<int:position>/", training.lesson, name="lesson"),
    path("training/lessons/<int:position>/reading/", training.reading, name="reading"),
    path("training/quiz/", training.quiz, name="quiz"),
    path("training/attempts/<int:attempt>/", training.result, name="attempt"),
    path("cases/<case:number>/watching/", watching.watching, name="watching"),
    path("cases/<case:number>/unwatching/", watching.unwatching, name="unwatching"),
    path(
        "cases/<case:number>/followers/<int:person>/removal/",
        watching.follower_removal,
        name="follower_removal",
    ),
    path("notices/", notifications.notices, name="notices"),
    path("notices/all-read/", notifications.all_read, name="notices_read"),
    path("notices/<int:notice>/", notifications.opening, name="notice"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("organisation/", organisation.organisation, name="organisation"),
]
