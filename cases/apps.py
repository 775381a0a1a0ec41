from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = "Cases, their journal and notices"

    def ready(self) -> None:
        from cases import erasure

        erasure.register()
