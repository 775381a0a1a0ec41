"""Every address of the product, door by door."""

from django.conf import settings
from django.urls import include, path, re_path, register_converter
from django.views.i18n import set_language

from caretrack import analyses, evidence, gallery, health, notices, preferences, views, why
from caretrack.codes import CaseCode
from caretrack.emergency.site import site as emergency
from caretrack.metrics.views import metrics
from caretrack.proof.views import evidence_pack
from caretrack.reports import views as reports

register_converter(CaseCode, "case")

urlpatterns = [
    path("", views.home, name="home"),
    path("notices/", notices.notices, name="notices"),
    path("notices/all-read/", notices.all_read, name="notices_read"),
    path("notices/<int:notice>/", notices.opening, name="notice"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("theme/", views.theme, name="theme"),
    path("language/", set_language, name="language"),
    path("preview/", views.preview, name="preview"),
    path("accounts/email/", views.kept_by_care),
    path("accounts/sessions/<int:session>/end/", views.end_session, name="end_session"),
    path("accounts/", include("allauth.urls")),
    path("", include("caretrack.entrance.urls")),
    path("help/", include("caretrack.help.urls")),
    path("portal/", include("caretrack.portal.urls")),
    path("console/", include("caretrack.console.urls")),
    path("insight/", include("caretrack.insight.urls")),
    path("api/v1/", include("caretrack.api.urls")),
    path("emergency/", emergency.urls),
    path("attachments/<int:pk>/", evidence.download, name="attachment"),
    path("analyses/<case:number>/<int:version>/file/", analyses.file, name="analysis_file"),
    re_path(
        r"^reports/(?P<organisation>[-\w]+)/report\.(?P<form>pdf|csv|xlsx)$",
        reports.file,
        name="report_file",
    ),
    path("cases/<case:number>/why/<int:clock>/", why.explanation, name="why"),
    path("cases/<case:number>/evidence-pack/", evidence_pack, name="evidence_pack"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
if settings.TRIAL:
    urlpatterns.append(path("outbox/", include("caretrack.outbox.urls")))
if settings.TRIAL or settings.DEBUG:
    urlpatterns.append(path("gallery/", gallery.gallery, name="gallery"))

handler400 = "caretrack.views.bad_request"
handler403 = "caretrack.views.forbidden"
handler404 = "caretrack.views.not_found"
handler500 = "caretrack.views.broken"
