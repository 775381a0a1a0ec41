from django.apps import AppConfig


class SharedConfig(AppConfig):
    name = "caretrack.web.shared"
    label = "shared"
