"""What the faults of a run explain: a second mail, or an action of a person that took long."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bin"))

from launch import hang
from tests.faults import outcome
from tests.faults.outcome import Acted


def fault(kind: str, who: str, at: float, until: float | None = None) -> dict:
    return {
        "fault": kind,
        "who": who,
        "what": "",
        "at": at,
        "until": at if until is None else until,
    }


# --- A message that was sent twice


@pytest.mark.parametrize("who", ["worker 1", "database", "mail"])
def test_a_kill_between_two_sendings_excuses_the_second(who):
    assert outcome.is_excused([100.0, 110.0], [fault("kill", who, 105.0)])


@pytest.mark.parametrize("who", ["broker", "beat"])
def test_neither_broker_nor_beat_explain_a_second_sending(who):
    assert not outcome.is_excused([100.0, 110.0], [fault("kill", who, 105.0)])


@pytest.mark.parametrize("kind", ["hang", "mail"])
def test_a_hang_or_a_slow_mail_server_alone_is_no_excuse(kind):
    assert not outcome.is_excused([100.0, 110.0], [fault(kind, "mail", 99.0, 105.0)])


def test_each_further_sending_needs_a_reason_of_its_own():
    assert not outcome.is_excused([100.0, 110.0, 120.0], [fault("kill", "worker 1", 105.0)])


def test_a_mail_server_that_hung_takes_later_what_a_dead_worker_had_sent():
    kill, hung = fault("kill", "worker 1", 101.0), fault("hang", "mail", 100.0, 106.0)
    assert not outcome.is_excused([106.0, 106.2], [kill])
    assert outcome.is_excused([106.0, 106.2], [kill, hung])


def test_a_commit_that_fails_on_a_full_disk_excuses_a_second_sending():
    assert outcome.is_excused([100.0, 103.0], [fault("disk", "database", 99.0, 102.0)])


# --- An action that took long


def test_an_action_that_waits_until_the_broker_is_back_is_a_finding():
    hung = fault("hang", "broker", 100.0, 105.0)
    prompt, waiting = Acted(101.0, 101.3, False), Acted(101.0, 105.1, False)
    under_hang = outcome.under_hung_broker([prompt, waiting, Acted(90.0, 91.0, False)], [hung])
    assert [one for one, _hang in under_hang] == [prompt, waiting]
    assert len(outcome.waited_for_the_broker(under_hang)) == 1


def test_an_action_that_another_fault_cut_off_is_not_counted():
    hung = fault("hang", "broker", 100.0, 105.0)
    assert outcome.under_hung_broker([Acted(101.0, 105.1, True)], [hung]) == []


# --- A process that hangs


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def becomes(pid: int, *, stopped: bool) -> bool:
    """Signals take effect when the process runs next: a moment is allowed for that."""
    until = time.monotonic() + 10
    while (state_of(pid) == "T") is not stopped:
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def sleeper():
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def test_a_process_hangs_within_the_block_and_goes_on_after_it(sleeper):
    with hang.hanging(sleeper.pid):
        assert becomes(sleeper.pid, stopped=True)
    assert becomes(sleeper.pid, stopped=False)


def test_a_process_that_somebody_else_started_is_left_alone():
    assert hang.begin(os.getppid(), parent=os.getpid()) is None
    assert state_of(os.getppid()) != "T"


def test_a_hang_ends_with_the_command_that_began_it(sleeper):
    program = f"from launch import hang; hang.begin({sleeper.pid}, parent={os.getpid()}); input()"
    command = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": "bin"},
    )
    assert becomes(sleeper.pid, stopped=True)
    command.send_signal(signal.SIGKILL)
    command.wait()
    assert becomes(sleeper.pid, stopped=False)
