from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("sla", "0006_queue_places_tenants")]

    operations = [
        migrations.RemoveField(
            model_name="caseterms",
            name="nearest_due_at",
        ),
        migrations.RemoveField(
            model_name="caseterms",
            name="nearest_is_around_the_clock",
        ),
        migrations.RemoveField(
            model_name="caseterms",
            name="nearest_kind",
        ),
        migrations.RemoveField(
            model_name="caseterms",
            name="nearest_mark",
        ),
    ]
