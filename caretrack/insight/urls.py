"""`/insight/`: Care's figures."""

from django.urls import path

from caretrack.insight import views

app_name = "insight"
urlpatterns = [path("", views.home, name="home")]
