"""What `check --deploy` shows an operator: everything that can be acted on, and nothing else."""

import os
import subprocess
import sys

import pytest
from django.db import OperationalError, connections
from drf_spectacular.generators import SchemaGenerator

from caretrack import checks
from tests.ops.test_environment import FULL, ROOT

READY = {
    **FULL,
    "CARETRACK_TRUSTED_PROXIES": "1",
    "CARETRACK_FROM_EMAIL": "CareTrack <care@care.example>",
}


def check_deploy(**variables):
    """Run the command in production's mode; what it prints."""
    result = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    return result.stdout + result.stderr


def test_a_well_set_up_installation_has_nothing_to_act_on():
    assert check_deploy(**READY) == "System check identified no issues (2 silenced).\n"


def test_what_an_operator_forgot_is_named():
    printed = check_deploy(**FULL)
    assert "CARETRACK_TRUSTED_PROXIES is 0: all visitors share the proxy's address" in printed
    assert "which does not exist" in printed
    assert "identified 2 issues" in printed


def test_plain_http_is_named_with_what_it_costs():
    printed = check_deploy(
        **{**READY, "CARETRACK_BASE_URL": "http://care.test", "CARETRACK_ALLOW_HTTP": "1"}
    )
    for identifier in ("security.W004", "security.W008", "security.W012", "security.W016"):
        assert identifier in printed


@pytest.mark.parametrize(
    ("version", "is_safe"),
    [
        ("14.23", False),
        ("15.13", False),
        ("15.14", True),
        ("15.18", True),
        ("16.9", False),
        ("16.10", True),
        ("17.5", False),
        ("17.6", True),
        ("18.0", True),
        ("19.1", True),
    ],
)
def test_a_postgresql_with_known_holes_in_row_level_security_is_not_safe(version, is_safe):
    major, minor = map(int, version.split("."))
    assert checks.is_safe_version(major, minor) is is_safe


def test_the_database_check_names_the_version_and_what_to_install(db, monkeypatch):
    assert checks.database_version(databases=["default"]) == []
    monkeypatch.setitem(connections["default"].__dict__, "pg_version", 160009)
    (problem,) = checks.database_version(databases=["default"])
    assert problem.id == "caretrack.E001"
    assert "PostgreSQL 16.9 is too old" in problem.msg
    assert "15.14, 16.10, 17.6, 18.0" in problem.hint


def test_a_database_that_is_away_is_no_finding(monkeypatch):
    class Away:
        @property
        def pg_version(self):
            raise OperationalError

    monkeypatch.setattr(checks, "connections", {"default": Away()})
    assert checks.database_version(databases=["default"]) == []


def test_every_operation_of_the_api_asks_for_the_token():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    scheme = schema["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    assert len(operations) > 20
    assert all({"token": []} in operation["security"] for operation in operations)
