"""Who a person was can be erased: rows that never change may lose such words, and Care may take them."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from contacts.tenancy_sql import CareMayErase, OnlyErased


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0011_organisations_by_name"),
    ]

    operations = [
        OnlyErased(),
        pgtrigger.migrations.RemoveTrigger(
            model_name="adminevent",
            name="never_changed",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="certificate",
            name="never_changed",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="peopleevent",
            name="never_changed",
        ),
        migrations.AddField(
            model_name="peopleevent",
            name="is_erased",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="user",
            name="erased_at",
            field=models.DateTimeField(
                blank=True,
                help_text="Since then nothing says who this was; what they did stays.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="peopleevent",
            name="verb",
            field=models.CharField(
                choices=[
                    ("invited", "invited"),
                    ("invitation_withdrawn", "withdrew the invitation of"),
                    ("applied", "asked to become a Designated Contact"),
                    ("joined", "joined"),
                    ("training_begun", "began the training"),
                    ("quiz_taken", "took the quiz"),
                    ("certified", "earned a certificate"),
                    ("form_submitted", "submitted the form"),
                    ("asked_back", "asked back about the form of"),
                    ("answered_back", "answered and submitted the form again"),
                    ("approved", "approved"),
                    ("declined", "declined"),
                    ("readmitted", "gave another try to"),
                    ("suspended", "suspended"),
                    ("reinstated", "reinstated"),
                    ("lapsed", "let lapse"),
                    ("revoked", "revoked"),
                    ("primary_made", "made the primary contact"),
                    ("access_ended", "ended the access of"),
                    ("access_restored", "restored the access of"),
                    ("roster_changed", "changed the roster of"),
                    ("changed", "changed the details of"),
                    ("erased", "erased the personal details of"),
                ],
                max_length=30,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adminevent",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    IF (to_jsonb(NEW) - ARRAY['name', 'before', 'after']) = (to_jsonb(OLD) - ARRAY['name', 'before', 'after']) AND true\n        AND only_erased(to_jsonb(OLD) - 'is_erased', to_jsonb(NEW) - 'is_erased')\n    THEN RETURN NEW; END IF;\n    RAISE EXCEPTION 'never_changed: rows of % are not changed', TG_TABLE_NAME;\n",
                    hash="6bfe51a3a2e4e0b4ed1fcbddef98c7c254c4b8f5",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_92cdd",
                    table="contacts_adminevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adminevent",
            trigger=pgtrigger.compiler.Trigger(
                name="never_removed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="88f5657a05c7f2a5dadafe99fe73c47e45b3b44c",
                    operation="DELETE",
                    pgid="pgtrigger_never_removed_feccd",
                    table="contacts_adminevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="certificate",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    IF (to_jsonb(NEW) - ARRAY['holder']) = (to_jsonb(OLD) - ARRAY['holder']) AND true\n        AND only_erased(to_jsonb(OLD) - 'is_erased', to_jsonb(NEW) - 'is_erased')\n    THEN RETURN NEW; END IF;\n    RAISE EXCEPTION 'never_changed: rows of % are not changed', TG_TABLE_NAME;\n",
                    hash="bd6ffe1492c6bbe591b11448ed58356c5522fe1f",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_fb39b",
                    table="contacts_certificate",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="certificate",
            trigger=pgtrigger.compiler.Trigger(
                name="never_removed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="88a6085ec7dc432772c37826a6b750b5369482cc",
                    operation="DELETE",
                    pgid="pgtrigger_never_removed_64a10",
                    table="contacts_certificate",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="peopleevent",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    IF (to_jsonb(NEW) - ARRAY['particulars', 'is_erased']) = (to_jsonb(OLD) - ARRAY['particulars', 'is_erased']) AND NEW.is_erased\n        AND only_erased(to_jsonb(OLD) - 'is_erased', to_jsonb(NEW) - 'is_erased')\n    THEN RETURN NEW; END IF;\n    RAISE EXCEPTION 'never_changed: rows of % are not changed', TG_TABLE_NAME;\n",
                    hash="e9a11f6394a7b315e8771a8e9cfdb22d74c8febf",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_5f7c8",
                    table="contacts_peopleevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="peopleevent",
            trigger=pgtrigger.compiler.Trigger(
                name="never_removed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="6f5f118e60f00ad0f3e45127cb50be5570bf2c95",
                    operation="DELETE",
                    pgid="pgtrigger_never_removed_0ab19",
                    table="contacts_peopleevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("erased_at__isnull", True), ("is_active", False), _connector="OR"
                ),
                name="erased_means_closed",
            ),
        ),
        CareMayErase("contacts_peopleevent", "particulars", "is_erased"),
        CareMayErase("contacts_adminevent", "name", "before", "after"),
        CareMayErase("contacts_certificate", "holder"),
    ]
