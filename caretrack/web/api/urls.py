"""`/api/v1/`. A state change is a noun to POST to."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

from caretrack.web.api import problems, reminders, side_conversations, views

app_name = "api"

CASE = r"cases/CT-(?P<code>\d{1,18})"
SIDES = rf"{CASE}/side-conversations"
SIDE = rf"{SIDES}/(?P<side>\d{{1,18}})"
REMINDER = r"reminders/(?P<reminder>\d{1,18})"

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
    re_path(
        rf"^{SIDES}/$", side_conversations.SideConversations.as_view(), name="side-conversations"
    ),
    re_path(
        rf"^{SIDE}/$",
        side_conversations.SideConversationDetail.as_view(),
        name="side-conversation",
    ),
    re_path(
        rf"^{SIDE}/messages/$", side_conversations.SideMessages.as_view(), name="side-messages"
    ),
    re_path(
        rf"^{SIDE}/messages/(?P<side_message>\d{{1,18}})/retries/$",
        side_conversations.SideRetry.as_view(),
        name="side-retries",
    ),
    re_path(rf"^{SIDE}/replies/$", side_conversations.SideReplies.as_view(), name="side-replies"),
    re_path(rf"^{SIDE}/endings/$", side_conversations.SideEnding.as_view(), name="side-endings"),
    re_path(
        rf"^{SIDE}/reopenings/$",
        side_conversations.SideReopening.as_view(),
        name="side-reopenings",
    ),
    re_path(rf"^{CASE}/reminders/$", reminders.CaseReminders.as_view(), name="case-reminders"),
    path("reminders/", reminders.Reminders.as_view(), name="reminders"),
    re_path(rf"^{REMINDER}/$", reminders.ReminderDetail.as_view(), name="reminder"),
    re_path(rf"^{REMINDER}/changes/$", reminders.ReminderChanges.as_view(), name="changes"),
    re_path(rf"^{REMINDER}/removal/$", reminders.ReminderRemoval.as_view(), name="removal"),
    *(re_path(rf"^{CASE}/{noun}/$", views.act_view(noun), name=noun) for noun in views.ACTS),
    re_path(r"^.*$", problems.not_found),
]
