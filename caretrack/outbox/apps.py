from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "caretrack.outbox"
    label = "outbox"
    verbose_name = "Mail of the trial, kept in the product"
