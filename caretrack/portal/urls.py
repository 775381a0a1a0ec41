"""`/portal/`: the customers' pages. A state change is a noun to POST to."""

from django.urls import path

from caretrack.portal import case, drafts, entitlements, evidence, filing, lists

app_name = "portal"

urlpatterns = [
    path("", lists.home, name="home"),
    path("cases/", lists.cases, name="cases"),
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
    *(path(f"cases/<case:number>/{noun}/", case.act, {"noun": noun}, name=noun) for noun in case.ACTS),
    path("organisation/", lists.organisation, name="organisation"),
]
