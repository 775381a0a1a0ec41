from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ContactsConfig(AppConfig):
    name = "contacts"
    verbose_name = "Organisations, sites, licences and people"

    def ready(self) -> None:
        from core import table_rights

        # Sent after every migration of every package has run, so every table is there.
        post_migrate.connect(table_rights.apply, sender=self, dispatch_uid="core.table_rights")
