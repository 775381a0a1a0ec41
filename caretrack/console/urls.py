"""`/console/`: Care's side. A change is a noun that one posts to."""

from django.urls import path

from caretrack.console import analyses, filing, views

app_name = "console"
urlpatterns = [
    path("", views.queue_page, name="queue"),
    path("cases/new/", filing.new, name="new"),
    path("cases/<case:number>/", views.case_page, name="case"),
    path("cases/<case:number>/journal/", views.journal_page, name="journal"),
    path("cases/<case:number>/<slug:noun>/", views.act, name="act"),
    path("rca/", analyses.owed, name="analyses"),
    path("rca/<case:number>/", analyses.editor, name="analysis"),
    path("rca/<case:number>/draft/", analyses.draft, name="draft"),
    path("rca/<case:number>/submission/", analyses.submission, name="submission"),
    path("rca/<case:number>/return/", analyses.return_to_author, name="return"),
    path("rca/<case:number>/publication/", analyses.publication, name="publication"),
    path("rca/<case:number>/initial/", analyses.initial, name="initial"),
    path("rca/<case:number>/versions/<int:version>/", analyses.version, name="version"),
]
