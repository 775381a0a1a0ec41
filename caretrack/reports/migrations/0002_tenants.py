"""Schedules are a tenant's rows that Care alone writes; exports are Care's own."""

from django.db import migrations

from contacts.tenancy_sql import CaresOwn, ReadOnlyForTenants, TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]

    operations = [
        TenantTable("reports_reportschedule"),
        TenantTable("reports_reportrecipient"),
        TenantReference("reports_reportrecipient", "schedule_id", "reports_reportschedule"),
        ReadOnlyForTenants("reports_reportschedule", "reports_reportrecipient"),
        CaresOwn("reports_export"),
    ]
