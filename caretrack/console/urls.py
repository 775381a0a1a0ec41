"""`/console/`: Care's side. A change is a noun that one posts to."""

from django.urls import path

from caretrack.console import (
    analyses,
    applications,
    case,
    courses,
    filing,
    inserting,
    library,
    macros,
    people,
    views,
    writing,
)
from caretrack.portal import people as portal_people

app_name = "console"
urlpatterns = [
    path("", views.queue_page, name="queue"),
    path("cases/new/", filing.new, name="new"),
    path("cases/<case:number>/", case.page, name="case"),
    path("cases/<case:number>/journal/", case.journal, name="journal"),
    path("cases/<case:number>/conversation/", case.conversation, name="conversation"),
    path("cases/<case:number>/customer/", case.customer, name="customer"),
    path("cases/<case:number>/severity/preview/", case.severity_preview, name="severity_preview"),
    path("cases/<case:number>/here/", writing.here, name="here"),
    path("cases/<case:number>/draft/", writing.draft, name="reply_draft"),
    path("cases/<case:number>/draft/<int:draft>/removal/", writing.draft_removal, name="reply_draft_removal"),
    path("cases/<case:number>/macros/", inserting.macro_list, name="insert_macro"),
    path("cases/<case:number>/articles/", inserting.article_list, name="insert_article"),
    path("cases/<case:number>/<slug:noun>/", case.act, name="act"),
    path("colleagues/", inserting.colleague_list, name="colleagues"),
    path("evidence/", writing.stage, name="evidence"),
    path("evidence/<int:staged>/removal/", writing.staged_removal, name="evidence_removal"),
    path("macros/", macros.listed, name="macros"),
    path("macros/new/", macros.edit, name="new_macro"),
    path("macros/<int:macro>/", macros.edit, name="macro"),
    path("macros/<int:macro>/removal/", macros.removal, name="macro_removal"),
    path("applications/", applications.waiting, name="applications"),
    path("applications/<int:application>/", applications.show, name="application"),
    path("applications/<int:application>/why/", applications.explanation, name="application_why"),
    *(
        path(f"applications/<int:application>/{noun}/", applications.act, {"noun": noun}, name=f"application-{noun}")
        for noun in applications.ACTS
    ),
    path("organisations/", people.organisations, name="organisations"),
    path("organisations/<slug:organisation>/people/", people.people, name="people"),
    path("invitations/<int:invitation>/withdrawal/", people.withdrawal, name="invitation_withdrawal"),
    path("people/<int:person>/", people.person, name="person"),
    *(
        path(f"people/<int:person>/{noun}/", people.act, {"noun": noun}, name=f"person-{noun}")
        for noun in portal_people.ACTS
    ),
    path("courses/", courses.listed, name="courses"),
    path("courses/<int:version>/", courses.version, name="course_version"),
    path("courses/<int:version>/settings/", courses.settings, name="course_settings"),
    path("courses/<int:version>/publication/", courses.publication, name="course_publication"),
    path("courses/<int:version>/draft/", courses.draft, name="course_draft"),
    path("courses/<int:version>/lessons/new/", courses.lesson, name="course_lesson_new"),
    path("courses/<int:version>/lessons/<int:lesson>/", courses.lesson, name="course_lesson"),
    path("courses/<int:version>/lessons/<int:lesson>/removal/", courses.lesson_removal, name="course_lesson_removal"),
    path("courses/<int:version>/questions/new/", courses.question, name="course_question_new"),
    path("courses/<int:version>/questions/<int:question>/", courses.question, name="course_question"),
    path(
        "courses/<int:version>/questions/<int:question>/removal/",
        courses.question_removal,
        name="course_question_removal",
    ),
    path("articles/", library.article_list, name="articles"),
    path("articles/new/", library.new_article, name="new_article"),
    path("articles/<slug:slug>/", library.article, name="article"),
    path("articles/<slug:slug>/withdrawal/", library.withdrawal, name="withdrawal"),
    path("articles/<slug:slug>/versions/<int:version>/", library.difference, name="difference"),
    path("areas/", library.area_list, name="areas"),
    path("areas/new/", library.area, name="new_area"),
    path("areas/<slug:area>/", library.area, name="area"),
    path("rca/", analyses.owed, name="analyses"),
    path("rca/<case:number>/", analyses.editor, name="analysis"),
    path("rca/<case:number>/draft/", analyses.draft, name="draft"),
    path("rca/<case:number>/submission/", analyses.submission, name="submission"),
    path("rca/<case:number>/return/", analyses.return_to_author, name="return"),
    path("rca/<case:number>/publication/", analyses.publication, name="publication"),
    path("rca/<case:number>/initial/", analyses.initial, name="initial"),
    path("rca/<case:number>/versions/<int:version>/", analyses.version, name="version"),
]
