from django.apps import AppConfig
from django.conf import settings


class CareTrackConfig(AppConfig):
    name = "caretrack"
    verbose_name = "CareTrack's doors"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from caretrack import (
            checks,  # noqa: F401 (registers them)
            wiring,
        )
        from caretrack.ops.metrics import work
        from caretrack.web.api import schema  # noqa: F401 (describes the API's tokens)
        from caretrack.web.middleware import give_scope
        from caretrack.web.sign_in import listeners

        wiring.connect()
        user_logged_in.connect(give_scope, dispatch_uid="caretrack.give_scope")
        listeners.listen()
        if settings.METRICS_TOKEN:
            work.listen()
