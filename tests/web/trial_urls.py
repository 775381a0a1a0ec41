"""The product's addresses with those that only a trial has."""

from django.urls import include, path

from caretrack.urls import handler403, handler404, handler500, urlpatterns
from caretrack.web import gallery

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    *urlpatterns,
    path("outbox/", include("caretrack.web.outbox.urls")),
    path("gallery/", gallery.gallery, name="gallery"),
]
