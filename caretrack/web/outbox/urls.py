"""`/outbox/`, in the trial only."""

from django.urls import path

from caretrack.web.outbox import views

app_name = "outbox"

urlpatterns = [path("", views.mails, name="list"), path("<int:pk>/", views.mail, name="mail")]
