"""Password hashes get a table of their own, which only the log-in role of the database reads.

Everybody's sessions end once: they hang on `session_epoch` from here on, no longer on the hash.
"""

from django.db import migrations, models

import contacts.models.people

# The owner of the tables is bound by row-level security too, and has no policy.
MOVE = """
    ALTER TABLE contacts_user NO FORCE ROW LEVEL SECURITY;
    UPDATE contacts_user SET session_epoch = replace(gen_random_uuid()::text, '-', '');
    INSERT INTO contacts_credential (user_id, password, changed_at)
        SELECT id, password, now() FROM contacts_user WHERE password NOT LIKE '!%';
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    ALTER TABLE contacts_user FORCE ROW LEVEL SECURITY;
"""
MOVE_BACK = """
    ALTER TABLE contacts_user NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE contacts_credential NO FORCE ROW LEVEL SECURITY;
    UPDATE contacts_user u SET password = c.password FROM contacts_credential c WHERE c.user_id = u.id;
    ALTER TABLE contacts_credential FORCE ROW LEVEL SECURITY;
    ALTER TABLE contacts_user FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0012_erasing_who_somebody_was")]

    operations = [
        migrations.CreateModel(
            name="Credential",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="contacts.user",
                    ),
                ),
                ("password", models.CharField(max_length=128)),
                ("changed_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.AddField(
            "user",
            "session_epoch",
            models.CharField(
                default=contacts.models.people.new_session_epoch, editable=False, max_length=32
            ),
        ),
        migrations.RunSQL(MOVE, MOVE_BACK),
        migrations.RemoveField("user", "password"),
    ]
