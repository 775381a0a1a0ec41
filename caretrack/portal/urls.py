"""`/portal/`: the customers' pages. A state change is a noun to POST to."""

from django.urls import path

from caretrack.portal import case, filing, lists

app_name = "portal"

urlpatterns = [
    path("", lists.home, name="home"),
    path("cases/", lists.cases, name="cases"),
    path("cases/new/", filing.file, name="file"),
    path("cases/new/proposal/", filing.proposal, name="proposal"),
    path("cases/<case:number>/", case.show, name="case"),
    *(path(f"cases/<case:number>/{noun}/", case.act, {"noun": noun}, name=noun) for noun in case.ACTS),
    path("organisation/", lists.organisation, name="organisation"),
]
