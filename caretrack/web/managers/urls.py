"""`/insight/`: Care's figures."""

from django.urls import path

from caretrack.web.managers import views, workload_views
from caretrack.web.shared import service_reports as reports

app_name = "insight"
urlpatterns = [
    path("", views.now, name="home"),
    path("open/", views.opened, name="open"),
    path("attainment/", views.attained, name="attainment"),
    path("flow/", views.flowing, name="flow"),
    path("workload/", workload_views.loads, name="workload"),
    path("workload/<int:person>/", workload_views.rebalance, name="rebalance"),
    path("cases/", views.cases, name="cases"),
    path("cases/export/", reports.export, name="export"),
    path("exports/", reports.exports, name="exports"),
    path("exports/<int:export>/", reports.export_file, name="export_file"),
    path("reports/<slug:organisation>/", reports.of_organisation, name="report"),
    path("reports/<slug:organisation>/schedules/", reports.new_schedule, name="schedules"),
    path(
        "reports/<slug:organisation>/schedules/<int:schedule>/removal/",
        reports.schedule_removal,
        name="schedule_removal",
    ),
]
