"""The product's addresses with those that only a trial has."""

from django.urls import include, path

from caretrack import gallery
from caretrack.urls import handler403, handler404, handler500, urlpatterns

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    *urlpatterns,
    path("outbox/", include("caretrack.outbox.urls")),
    path("gallery/", gallery.gallery, name="gallery"),
]
