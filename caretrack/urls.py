"""Every URL of the product, by audience."""

from django.conf import settings
from django.urls import include, path, re_path, register_converter
from django.views.i18n import set_language

from caretrack.ops import health
from caretrack.ops.metrics.views import metrics
from caretrack.web import gallery, views
from caretrack.web.emergency.site import site as emergency
from caretrack.web.managers.evidence_packs import evidence_pack
from caretrack.web.shared import (
    attachment_download,
    explanation,
    live,
    notifications,
    preferences,
    rca_view,
)
from caretrack.web.shared import service_reports as reports
from caretrack.web.shared.converters import CaseCode

register_converter(CaseCode, "case")

urlpatterns = [
    path("", views.home, name="home"),
    path("notices/", notifications.notices, name="notices"),
    path("notices/all-read/", notifications.all_read, name="notices_read"),
    path("notices/<int:notice>/", notifications.opening, name="notice"),
    path("live/token/", live.token, name="live_token"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("theme/", views.theme, name="theme"),
    path("language/", set_language, name="language"),
    path("preview/", views.preview, name="preview"),
    path("accounts/email/", views.email_is_managed_by_care),
    path("accounts/sessions/<int:session>/end/", views.end_session, name="end_session"),
    path("accounts/", include("allauth.urls")),
    path("", include("caretrack.web.accounts.urls")),
    path("help/", include("caretrack.web.help.urls")),
    path("portal/", include("caretrack.web.portal.urls")),
    path("console/", include("caretrack.web.console.urls")),
    path("insight/", include("caretrack.web.managers.urls")),
    path("api/v1/", include("caretrack.web.api.urls")),
    path("emergency/", emergency.urls),
    path("attachments/<int:pk>/", attachment_download.download, name="attachment"),
    path("analyses/<case:number>/<int:version>/file/", rca_view.file, name="analysis_file"),
    re_path(
        r"^reports/(?P<organisation>[-\w]+)/report\.(?P<form>pdf|csv|xlsx)$",
        reports.file,
        name="report_file",
    ),
    path("cases/<case:number>/why/<int:clock>/", explanation.explanation, name="why"),
    path("cases/<case:number>/evidence-pack/", evidence_pack, name="evidence_pack"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
if settings.TRIAL:
    urlpatterns.append(path("outbox/", include("caretrack.web.outbox.urls")))
if settings.TRIAL or settings.DEBUG:
    urlpatterns.append(path("gallery/", gallery.gallery, name="gallery"))

handler400 = "caretrack.web.views.bad_request"
handler403 = "caretrack.web.views.forbidden"
handler404 = "caretrack.web.views.not_found"
handler500 = "caretrack.web.views.broken"
