from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "caretrack.ops"
    label = "ops"
