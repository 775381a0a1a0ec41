"""`/portal/`: the customers' pages. A state change is a noun to POST to."""

from django.urls import path

from caretrack import notices, preferences
from caretrack.portal import case, cases, filing, home, organisation, watching

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("cases/", cases.cases, name="cases"),
    path("views/", cases.save_view, name="views"),
    path("views/<int:view>/name/", cases.rename_view, name="view_name"),
    path("views/<int:view>/removal/", cases.remove_view, name="view_removal"),
    path("cases/new/", filing.file, name="file"),
    path("cases/new/proposal/", filing.proposal, name="proposal"),
    path("cases/<case:number>/", case.show, name="case"),
    *(path(f"cases/<case:number>/{noun}/", case.act, {"noun": noun}, name=noun) for noun in case.ACTS),
    path("cases/<case:number>/watching/", watching.watching, name="watching"),
    path("cases/<case:number>/unwatching/", watching.unwatching, name="unwatching"),
    path("notices/", notices.notices, name="notices"),
    path("notices/all-read/", notices.all_read, name="notices_read"),
    path("notices/<int:notice>/", notices.opening, name="notice"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("organisation/", organisation.organisation, name="organisation"),
]
