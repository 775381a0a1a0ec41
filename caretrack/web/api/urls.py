"""`/api/v1/`. A state change is a noun to POST to."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

from caretrack.web.api import problems, views

app_name = "api"

CASE = r"cases/CT-(?P<code>\d{1,18})"

urlpatterns = [
    path(
        "schema/",
        SpectacularAPIView.as_view(permission_classes=[AllowAny], authentication_classes=[]),
        name="schema",
    ),
    path("cases/", views.CaseList.as_view(), name="cases"),
    re_path(rf"^{CASE}/$", views.CaseDetail.as_view(), name="case"),
    re_path(rf"^{CASE}/events/$", views.CaseEvents.as_view(), name="events"),
    re_path(rf"^{CASE}/clocks/$", views.CaseClocks.as_view(), name="clocks"),
    re_path(rf"^{CASE}/actions/$", views.CaseActions.as_view(), name="actions"),
    re_path(rf"^{CASE}/attachments/$", views.CaseAttachments.as_view(), name="attachments"),
    re_path(rf"^{CASE}/followers/$", views.CaseFollowers.as_view(), name="followers"),
    re_path(
        rf"^{CASE}/follower-removals/$",
        views.CaseFollowerRemovals.as_view(),
        name="follower-removals",
    ),
    *(re_path(rf"^{CASE}/{noun}/$", views.act_view(noun), name=noun) for noun in views.ACTS),
    re_path(r"^.*$", problems.not_found),
]
