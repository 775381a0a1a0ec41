from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "caretrack.outbox"
    label = "outbox"
    verbose_name = "Mail of the trial, kept in the product"

    def ready(self) -> None:
        from caretrack.outbox import erasing

        erasing.register()
