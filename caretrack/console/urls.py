"""`/console/`: Care's side. A change is a noun that one posts to."""

from django.urls import path

from caretrack.console import (
    analyses,
    applications,
    changes,
    courses,
    filing,
    library,
    oncall,
    people,
    teams,
    views,
)
from caretrack.console.queue import bulk
from caretrack.console.queue import views as queue
from caretrack.portal import people as portal_people

app_name = "console"
urlpatterns = [
    path("", queue.queue_page, name="queue"),
    path("news/", queue.news, name="news"),
    path("next/", queue.next_best, name="next"),
    path("bulk/", bulk.bulk, name="bulk"),
    path("views/", queue.save_view, name="views"),
    path("views/<int:view>/removal/", queue.remove_view, name="view_removal"),
    path("cases/new/", filing.new, name="new"),
    path("cases/<case:number>/", views.case_page, name="case"),
    path("cases/<case:number>/preview/", queue.preview, name="preview"),
    path("cases/<case:number>/journal/", views.journal_page, name="journal"),
    path("cases/<case:number>/handover/", teams.handover, name="handover"),
    path("cases/<case:number>/alarms/", oncall.alarms, name="alarms"),
    path("cases/<case:number>/<slug:noun>/", views.act, name="act"),
    path("applications/", applications.waiting, name="applications"),
    path("applications/<int:application>/", applications.show, name="application"),
    path("applications/<int:application>/why/", applications.explanation, name="application_why"),
    *(
        path(f"applications/<int:application>/{noun}/", applications.act, {"noun": noun}, name=f"application-{noun}")
        for noun in applications.ACTS
    ),
    path("organisations/choices/", queue.organisations, name="organisation_choices"),
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
    path("teams/", teams.listed, name="teams"),
    path("teams/new/", teams.new, name="team_new"),
    path("teams/<int:team>/", teams.team, name="team"),
    path("teams/<int:team>/hours/", teams.hours, name="team_hours"),
    path("my-hours/", teams.own, name="own_hours"),
    path("analysts/<int:person>/", teams.analyst, name="analyst"),
    path("on-call/", oncall.listed, name="on_call"),
    path("on-call/new/", oncall.new, name="rota_new"),
    path("on-call/<int:rota>/", oncall.rota, name="rota"),
    path("on-call/<int:rota>/edit/", oncall.edit, name="rota_edit"),
    path("on-call/<int:rota>/shifts/", oncall.shifts, name="rota_shifts"),
    path("on-call/<int:rota>/swaps/", oncall.swaps, name="rota_swaps"),
    path("on-call/<int:rota>/webhook/", oncall.webhook, name="rota_webhook"),
    path("on-call/<int:rota>/drill/", oncall.drill, name="rota_drill"),
    path("on-call/shifts/<int:shift>/removal/", oncall.shift_removal, name="shift_removal"),
    path("on-call/swaps/<int:swap>/removal/", oncall.swap_removal, name="swap_removal"),
    path("on-call/pages/<int:alarm>/", oncall.page, name="page"),
    path("on-call/pages/<int:alarm>/acknowledgement/", oncall.acknowledgement, name="acknowledgement"),
    path("changes/", changes.listed, name="changes"),
    path("rca/", analyses.owed, name="analyses"),
    path("rca/<case:number>/", analyses.editor, name="analysis"),
    path("rca/<case:number>/draft/", analyses.draft, name="draft"),
    path("rca/<case:number>/submission/", analyses.submission, name="submission"),
    path("rca/<case:number>/return/", analyses.return_to_author, name="return"),
    path("rca/<case:number>/publication/", analyses.publication, name="publication"),
    path("rca/<case:number>/initial/", analyses.initial, name="initial"),
    path("rca/<case:number>/versions/<int:version>/", analyses.version, name="version"),
]
