"""A company's log under any policy: judged as the product would judge it, without a case filed
(§14).
"""

import json

import pytest
from django.core.management import CommandError, call_command

from cases.models import Case
from integrations.replay import simulate as simulation
from integrations.replay.management.commands.simulate_policy import settings_of
from integrations.replay.mapping import find
from integrations.replay.parse import read
from sla import policy_files
from sla.models import Clock
from tests.cast import utc
from tests.integrations.test_replay_log import log, replay, row  # noqa: F401 (log is a fixture)


def simulate(path, version="default", **options):
    call_command("simulate_policy", version, on=path, workers=1, **options)


def figures(capsys, path, version="default", **options) -> list[dict]:
    capsys.readouterr()
    simulate(path, version, json=True, **options)
    return json.loads(capsys.readouterr().out)


def promise(payload, kind, severity) -> dict:
    return next(
        one for one in payload["promises"] if (one["promise"], one["severity"]) == (kind, severity)
    )


def test_it_judges_as_a_replay_through_the_product_does(db, log, capsys):  # noqa: F811
    [figure] = figures(capsys, log, "customer-care:1")
    assert not Case.objects.exists()
    replay(log)
    for kind in ("response", "restore", "resolve", "rca"):
        clocks = Clock.objects.filter(kind=kind)
        assert (
            sum(one["clocks"] for one in figure["promises"] if one["promise"] == kind)
            == clocks.count()
        )
    met = Clock.objects.filter(kind="response", outcome="met").count()
    assert sum(one["met"] for one in figure["promises"] if one["promise"] == "response") == met
    inc1 = Clock.objects.get(kind="restore", case__external_ref="INC1")
    assert inc1.used_seconds <= promise(figure, "restore", 3)["p90"]
    assert figure["cases"] == Case.objects.exclude(kind="rca_follow_up").count()


def test_another_policy_stands_beside_the_first(db, log, capsys):  # noqa: F811
    one, other = figures(capsys, log, against="follow-the-sun")
    assert promise(one, "response", 3)["met"] < promise(other, "response", 3)["met"]
    assert (promise(one, "rca", 1)["breached"], one["cases"]) == (1, other["cases"])


def test_other_hours_stand_beside_the_first(db, log, capsys):  # noqa: F811
    one, other = figures(capsys, log, against_hours="mon-sun 00:00-24:00", zone="UTC")
    assert promise(one, "restore", 3)["p90"] < promise(other, "restore", 3)["p90"]
    assert other["setting"] == "default, mon-sun 00:00-24:00 UTC"


def test_a_promise_missed_before_its_severity_was_lowered_is_missed(tmp_path, db, capsys):
    rows = [
        row("INC1", "Active", "1/3/2016 09:00", priority="1 - Critical"),
        row("INC1", "Active", "1/3/2016 20:00", priority="4 - Low"),
        row("INC1", "Resolved", "1/3/2016 21:00", priority="4 - Low"),
    ]
    path = tmp_path / "log.csv"
    path.write_text("\n".join([",".join(rows[0]), *(",".join(one.values()) for one in rows)]))
    [figure] = figures(capsys, path)
    assert promise(figure, "restore", 4)["breached"] == 1


def test_more_processes_come_to_the_same(log, monkeypatch):  # noqa: F811
    monkeypatch.setattr(simulation, "CHUNK", 1)
    known = find("servicenow")
    histories = read(log, known)
    settings = settings_of(
        known,
        {
            "version": "default",
            "against": "follow-the-sun",
            "against_hours": None,
            "calendar": None,
            "hours": None,
            "zone": None,
        },
    )
    alone, together = (
        simulation.run(histories.replayable, settings, histories.ends_at, workers=n) for n in (1, 2)
    )
    assert [one.lines for one in alone] == [one.lines for one in together]


def test_the_table_names_promise_severity_share_median_and_ninetieth(db, log, capsys):  # noqa: F811
    simulate(
        log, against="follow-the-sun", hours="mon-fri 08:00-12:00,13:00-18:00; sat 09:00-13:00"
    )
    output = capsys.readouterr().out
    for text in (
        "First response",
        "3 Medium",
        "Met %",
        "90th pct",
        "incidents judged",
        "no target",
    ):
        assert text in output


@pytest.mark.parametrize(
    ("version", "options", "why"),
    [
        ("no-such", {}, "There is no policy 'no-such'"),
        ("customer-care:x", {}, "is no version"),
        ("customer-care:99", {}, "There is no version customer-care:99"),
        ("missing.toml", {}, "There is no policy"),
        ("default", {"hours": "monday"}, "is no hours"),
        ("default", {"hours": "fri-mon 08:00-17:00"}, "runs backwards"),
        ("default", {"hours": "mon-fri 08:00-25:00"}, "25:00"),
        ("default", {"zone": "Mars/Base", "hours": "mon 08:00-09:00"}, "Mars/Base"),
        ("default", {"calendar": "Nobody's"}, "There is no calendar"),
        ("default", {"mapping": "no-such"}, "There is no mapping"),
        ("default", {"against": "customer-care:0"}, "There is no version"),
    ],
)
def test_what_cannot_be_simulated_is_said_in_one_line_with_exit_code_2(
    version,
    options,
    why,
    db,
    log,  # noqa: F811
):
    with pytest.raises(CommandError, match=why) as refused:
        simulate(log, version, **options)
    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_log_is_refused_in_one_line(db, tmp_path):
    path = tmp_path / "empty.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(CommandError, match="there is no column"):
        simulate(path)
    with pytest.raises(CommandError, match="cannot be read"):
        simulate(tmp_path / "missing.csv")


def test_every_shipped_policy_can_be_read_without_a_database():
    for file in policy_files.SHIPPED.parent.glob("*.toml"):
        content, written = policy_files.read(file)
        assert content["effective_at"] <= utc("2016-01-01 00:00")
        assert written.target("response", 1) is not None
