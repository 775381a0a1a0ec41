"""`/insight/`: Care's figures."""

from django.urls import path

from caretrack.insight import views

app_name = "insight"
urlpatterns = [
    path("", views.now, name="home"),
    path("open/", views.opened, name="open"),
    path("attainment/", views.attained, name="attainment"),
    path("flow/", views.flowing, name="flow"),
    path("cases/", views.cases, name="cases"),
]
