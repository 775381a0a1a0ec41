"""The size of an organisation's files is read from an index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0023_erasing_who_somebody_was")]

    operations = [
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(fields=["organisation"], include=["size"], name="attachment_sizes"),
        ),
    ]
