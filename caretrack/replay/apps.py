from django.apps import AppConfig


class ReplayConfig(AppConfig):
    name = "caretrack.replay"
    label = "replay"
    verbose_name = "Replayed logs"
