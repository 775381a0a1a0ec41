from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "caretrack.reports"
    label = "reports"
    verbose_name = "Reports"

    def ready(self) -> None:
        from caretrack.reports import erasing

        erasing.register()
