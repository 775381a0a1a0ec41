"""What the dashboard and the alerts name is there, and all that is there is shown."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from insight import aggregation
from tests import cast
from tests.scrape import ask, families

ROOT = Path(__file__).parents[2]
WHAT = re.compile(r"\bcaretrack_\w+")


@pytest.fixture
def names(ana, as_watcher, time_machine):
    """Every name that /metrics gives a number to, where everything has happened once."""
    cast.file(ana)
    aggregation.run(timezone.now() + timedelta(hours=1))
    ask()
    return {sample.name for family in families().values() for sample in family.samples}


def dashboard():
    return json.loads((ROOT / "deploy" / "grafana" / "caretrack.json").read_text("utf-8"))


def expressions():
    return [
        target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", ())
    ]


def test_the_dashboard_names_what_is_there_and_all_of_it(names):
    named = {name for expression in expressions() for name in WHAT.findall(expression)}
    assert named <= names, named - names
    for name in names:
        assert {name, re.sub("_(count|sum|bucket)$", "_count", name)} & named, (
            f"no panel shows {name}"
        )


def test_the_alerts_name_what_is_there(names):
    text = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text("utf-8")
    named = set(WHAT.findall(text))
    assert len(named) > 10
    assert named <= names, named - names


def test_labels_that_the_dashboard_and_the_alerts_choose_by_are_there(names):
    alerts = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text("utf-8")
    known = {
        (name, label): {sample.labels[label] for sample in family.samples if sample.name == name}
        for family in families().values()
        for name in {sample.name for sample in family.samples}
        for label in next(sample.labels for sample in family.samples if sample.name == name)
    }
    chosen = 0
    for name, selector in re.findall(
        r"(caretrack_\w+)\{([^}]*)\}", "\n".join([alerts, *expressions()])
    ):
        for label, sign, values in re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', selector):
            if label != "job":
                assert (name, label) in known, f"{name} has no {label}"
                if label not in ("status", "outcome") and sign in (
                    "=",
                    "=~",
                ):  # of those, not every value is here
                    assert set(values.split("|")) <= known[name, label], (
                        f"{name} has no {label} {values}"
                    )
                    chosen += 1
    assert chosen > 5


def test_the_dashboard_is_whole():
    board = dashboard()
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert {variable["name"] for variable in board["templating"]["list"]} == {"datasource", "job"}
    taken = set()
    for panel in panels:
        if panel["type"] == "row":
            continue
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["fieldConfig"]["defaults"]["unit"]
        index = panel["gridPos"]
        squares = {
            (x, y)
            for x in range(index["x"], index["x"] + index["w"])
            for y in range(index["y"], index["y"] + index["h"])
        }
        assert not squares & taken
        assert index["x"] + index["w"] <= 24
        taken |= squares
