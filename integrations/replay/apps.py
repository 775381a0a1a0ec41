from django.apps import AppConfig


class ReplayConfig(AppConfig):
    name = "integrations.replay"
    label = "replay"
    verbose_name = "Replayed logs"
