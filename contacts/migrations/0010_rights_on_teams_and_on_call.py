"""Who works when, who is on call and what was changed about it is Care's alone; changes are added and never changed."""

from django.db import migrations

from contacts.tenancy_sql import AppendOnly, CaresOwn


class Migration(migrations.Migration):
    dependencies = [("contacts", "0009_teams_and_on_call")]

    operations = [
        CaresOwn(
            "contacts_teamturn",
            "contacts_workpattern",
            "contacts_oncallrota",
            "contacts_oncallplace",
            "contacts_oncallshift",
            "contacts_oncalloverride",
            "contacts_adminevent",
        ),
        AppendOnly("contacts_adminevent"),
    ]
