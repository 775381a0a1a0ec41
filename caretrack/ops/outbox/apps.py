from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "caretrack.ops.outbox"
    label = "outbox"
    verbose_name = "Mail of the trial, kept in the product"

    def ready(self) -> None:
        from caretrack.ops.outbox import erasure

        erasure.register()
