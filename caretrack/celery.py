"""Celery: one app, configured from Django's settings, with the sweeps on one page (`CELERY_BEAT_SCHEDULE`)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "caretrack.settings")

app = Celery("caretrack")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
