"""`/help/`: self-support for everyone, without sign-in (§3)."""

from django.urls import path

from caretrack.web.help import views

app_name = "help"

urlpatterns = [
    path("", views.shelf, name="home"),
    path("search/", views.results, name="results"),
    path("<slug:slug>/", views.article, name="article"),
    path("<slug:slug>/vote/", views.vote, name="vote"),
]
