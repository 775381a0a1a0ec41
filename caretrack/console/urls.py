"""`/console/`: Care's side. A change is a noun that one posts to."""

from django.urls import path

from caretrack.console import analyses, filing, library, views

app_name = "console"
urlpatterns = [
    path("", views.queue_page, name="queue"),
    path("cases/new/", filing.new, name="new"),
    path("cases/<case:number>/", views.case_page, name="case"),
    path("cases/<case:number>/journal/", views.journal_page, name="journal"),
    path("cases/<case:number>/<slug:noun>/", views.act, name="act"),
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
