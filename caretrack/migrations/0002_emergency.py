"""The log of Django's own admin is Care's alone."""

from django.db import migrations

from contacts.tenancy_sql import CaresOwn


class Migration(migrations.Migration):
    dependencies = [("caretrack", "0001_accounts"), ("admin", "__latest__")]

    operations = [CaresOwn("django_admin_log")]
