"""Real processes die and hang while cases are played; then every promise is proven.

`bin/faults` does more.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GENEROUS_RATIO = 4.0  # `bin/faults --web 200` measures; this finds a request that waits


def faults(*arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(ROOT / "bin" / "faults"), *arguments]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def test_what_breaks_loses_no_promise_and_closes_nothing_without_its_notice():
    counts = (
        "--cases",
        "24",
        "--kills",
        "12",
        "--hangs",
        "3",
        "--slow-mail",
        "2",
        "--full-disk",
        "1",
    )
    done = faults(*counts, "--seed", "3", "--json")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    results = json.loads(done.stdout.splitlines()[-1])
    assert results["findings"] == []
    assert sum(results["kills"].values()) == 12
    assert results["hangs"] == {"broker": 1, "worker 1": 1, "mail": 1}
    assert results["slow_mail"] == {"slow": 1, "deferring": 1}
    assert results["full_disk"] == {"full": 1} or results["skipped"] == ["full_disk"]
    assert results["mails"] > 24
    assert results["refused"] > 0


def test_pages_answer_while_the_broker_or_the_mail_server_hangs():
    done = faults("--web", "12", "--json")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    results = json.loads(done.stdout.splitlines()[-1])
    assert results["wrong_answers"] == []
    measured = ("portal list", "case page", "console queue", "API list", "open a Critical case")
    slow = {
        (kind, condition): ratio
        for kind in measured
        for condition, ratio in results["ratios"][kind].items()
        if ratio > GENEROUS_RATIO
    }
    assert slow == {}, results["medians_ms"]


@pytest.mark.parametrize("arguments", [("--cases", "3"), ("--hangs", "-1"), ("--slow-mail", "-1")])
def test_a_play_that_makes_no_sense_is_refused_in_one_line(arguments):
    done = faults(*arguments)
    assert done.returncode == 2
    assert "at least 8 cases" in done.stderr
