from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ReplayedLog",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("mapping", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=200)),
                ("first_number", models.BigIntegerField()),
                ("histories", models.PositiveIntegerField()),
                ("ends_at", models.DateTimeField()),
                ("begun_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("sha256", "mapping"), name="one_replay_a_log")
                ],
            },
        ),
    ]
