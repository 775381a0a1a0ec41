from django.apps import AppConfig


class SlaConfig(AppConfig):
    name = "sla"
    verbose_name = "Policies, clocks and what they promise"

    def ready(self) -> None:
        from sla import erasure

        erasure.register()
