"""The console lists customers by name, page after page; each page is one look at this index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0010_rights_on_teams_and_on_call")]

    operations = [
        migrations.AddIndex(
            model_name="organisation",
            index=models.Index(fields=["name", "id"], name="organisations_by_name"),
        ),
    ]
