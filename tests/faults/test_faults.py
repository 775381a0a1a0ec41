"""Real processes die by kill -9 while cases are played; then every promise is proven. `bin/faults` does more."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_what_is_killed_loses_no_promise_and_closes_nothing_without_its_notice():
    argv = [sys.executable, str(ROOT / "bin" / "faults"), "--cases", "24", "--kills", "16", "--seed", "3", "--json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["findings"] == []
    assert sum(told["kills"].values()) == 16
    assert told["mails"] > 24


def test_a_play_without_its_cases_is_refused_in_one_line():
    argv = [sys.executable, str(ROOT / "bin" / "faults"), "--cases", "3"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "at least 8 cases" in done.stderr
