from django.apps import AppConfig


class RcaConfig(AppConfig):
    name = "rca"
    verbose_name = "Root cause analyses owed to customers"

    def ready(self) -> None:
        from cases.signals import asked, recorded
        from rca import erasing, receivers

        asked.connect(receivers.object_to_closing, dispatch_uid="rca.object_to_closing")
        recorded.connect(receivers.open_analysis, dispatch_uid="rca.open_analysis")
        recorded.connect(receivers.update_at_closing, dispatch_uid="rca.update_at_closing")
        erasing.register()
