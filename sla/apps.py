from django.apps import AppConfig


class SlaConfig(AppConfig):
    name = "sla"
    verbose_name = "Policies, clocks and what they promise"

    def ready(self) -> None:
        from cases.signals import asked, recorded
        from contacts import signals as people
        from sla import credentials, erasing, paging, receivers

        recorded.connect(receivers.follow, dispatch_uid="sla.follow")
        recorded.connect(receivers.call_people, dispatch_uid="sla.call_people")
        people.recorded.connect(credentials.follow, dispatch_uid="sla.credentials")
        asked.connect(receivers.object_to_closing, dispatch_uid="sla.object_to_closing")
        asked.connect(paging.object_to_acknowledging, dispatch_uid="sla.object_to_acknowledging")
        asked.connect(receivers.object_to_reopening, dispatch_uid="sla.object_to_reopening")
        asked.connect(
            receivers.object_to_escalation_request, dispatch_uid="sla.object_to_escalation_request"
        )
        erasing.register()
