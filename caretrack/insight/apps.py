from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "caretrack.insight"
    label = "insight"
    verbose_name = "Insight"
