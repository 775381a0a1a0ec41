from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "insight.reports"
    label = "reports"
    verbose_name = "Reports"

    def ready(self) -> None:
        from insight.reports import erasure

        erasure.register()
