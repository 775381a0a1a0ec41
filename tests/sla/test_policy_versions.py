"""§14: a policy's versions are immutable; a case retains its own."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from sla import policy_files
from sla.models import Policy, PolicyTarget, PolicyVersion
from tests import cast


def test_the_shipped_policy_holds_the_numbers_of_the_vendors_page(db):
    version = Policy.objects.get(key="customer-care").versions.get()
    targets = {(t.promise, t.severity): (t.amount, t.unit) for t in version.targets.all()}
    assert targets["response", 1] == (10, "minutes")
    assert targets["response", 2] == (1, "business_hours")
    assert targets["response", 3] == (2, "business_hours")
    assert targets["response", 4] == (1, "business_days")
    assert targets["restore", 1] == (4, "hours")
    assert targets["restore", 2] == (2, "business_days")
    assert targets["restore", 3] == (5, "business_days")
    assert ("restore", 4) not in targets
    assert (targets["rca", 1], targets["rca", 2]) == ((2, "business_days"), (5, "business_days"))
    assert (version.customer_response_days, version.notice_days, version.closure_days) == (3, 1, 3)
    assert (version.credential_hours, version.reopen_window_days) == (48, 10)


def test_loading_it_again_changes_nothing(db):
    version, is_new = policy_files.load()
    assert (version.number, is_new) == (1, False)


def test_a_published_version_never_changes(db):
    for change in (
        lambda: PolicyVersion.objects.update(closure_days=1),
        lambda: PolicyTarget.objects.update(amount=1),
        lambda: PolicyTarget.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_case_is_pinned_to_the_version_in_force_when_it_was_filed(ana, tmp_path):
    before = cast.file(ana)
    edited = tmp_path / "p.toml"
    edited.write_text(
        policy_files.SHIPPED.read_text().replace("closure_days = 3", "closure_days = 5")
    )
    policy_files.load(edited)
    assert before.terms.policy_version.number == 1
    assert cast.file(ana).terms.policy_version.number == 2


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("closure_days = 3 ", "", "missing closure_days"),
        ('unit = "minutes"', 'unit = "moons"', "is no target"),
        ("effective_at = 2015-01-01T00:00:00Z", 'effective_at = "soon"', "must be an instant"),
        ("[response]", "[response", "Expected"),
    ],
)
def test_a_file_that_is_no_policy_is_refused_in_one_line_with_exit_code_2(
    old, new, why, db, tmp_path
):
    bad = tmp_path / "bad.toml"
    bad.write_text(policy_files.SHIPPED.read_text().replace(old, new))
    with pytest.raises(CommandError, match=why) as refused:
        call_command("load_policy", str(bad))
    assert refused.value.returncode == 2
