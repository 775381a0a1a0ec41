"""`/portal/`: the customers' pages. A state change is a noun to POST to."""

from django.urls import path

from caretrack import notices, preferences
from caretrack.portal import (
    case,
    cases,
    documentation,
    drafts,
    entitlements,
    evidence,
    filing,
    home,
    joining,
    organisation,
    people,
    rca,
    training,
    watching,
)
from caretrack.reports import views as reports

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("cases/", cases.cases, name="cases"),
    path("views/", cases.save_view, name="views"),
    path("views/<int:view>/name/", cases.rename_view, name="view_name"),
    path("views/<int:view>/removal/", cases.remove_view, name="view_removal"),
    path("cases/new/", filing.file, name="file"),
    path("cases/new/proposal/", filing.proposal, name="proposal"),
    path("cases/new/suggestions/", filing.suggestions, name="suggestions"),
    path("cases/new/area/", filing.area, name="area"),
    path("drafts/", drafts.save, name="drafts"),
    path("drafts/<int:draft>/removal/", drafts.removal, name="draft_removal"),
    path("evidence/", evidence.stage, name="evidence"),
    path("evidence/<int:staged>/removal/", evidence.removal, name="evidence_removal"),
    path("entitlements/", entitlements.show, name="entitlements"),
    path("cases/<case:number>/", case.show, name="case"),
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
    *(
        path(f"cases/<case:number>/{noun}/", case.act, {"noun": noun}, name=noun)
        for noun in case.ACTS
    ),
    path("report/", reports.own, name="report"),
    path("organisation/people/", people.people, name="people"),
    path("organisation/people/<int:person>/", people.person, name="person"),
    *(
        path(
            f"organisation/people/<int:person>/{noun}/",
            people.act,
            {"noun": noun},
            name=f"person-{noun}",
        )
        for noun in people.ACTS
    ),
    path(
        "organisation/invitations/<int:invitation>/withdrawal/",
        people.withdrawal,
        name="invitation_withdrawal",
    ),
    path("roster/", people.roster_page, name="roster"),
    path("roster/<int:turn>/removal/", people.turn_removal, name="turn_removal"),
    path("joining/", joining.standing, name="joining"),
    path("joining/form/", joining.form, name="joining_form"),
    path("joining/why/", joining.explanation, name="joining_why"),
    path("training/", training.course, name="training"),
    path("training/lessons/<int:position>/", training.lesson, name="lesson"),
    path("training/lessons/<int:position>/reading/", training.reading, name="reading"),
    path("training/quiz/", training.quiz, name="quiz"),
    path("training/attempts/<int:attempt>/", training.result, name="attempt"),
    path("cases/<case:number>/watching/", watching.watching, name="watching"),
    path("cases/<case:number>/unwatching/", watching.unwatching, name="unwatching"),
    path("notices/", notices.notices, name="notices"),
    path("notices/all-read/", notices.all_read, name="notices_read"),
    path("notices/<int:notice>/", notices.opening, name="notice"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("organisation/", organisation.organisation, name="organisation"),
]
