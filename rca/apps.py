from django.apps import AppConfig


class RcaConfig(AppConfig):
    name = "rca"
    verbose_name = "Root cause analyses owed to customers"

    def ready(self) -> None:
        from rca import erasure

        erasure.register()
