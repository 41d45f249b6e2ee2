"""The executor for Slurm: with processes in place of Slurm jobs, and with a controller and two machines of one core.

The machines are daemons of this one.
"""

import contextlib
import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from importlib import util
from pathlib import Path

import pytest

from bench.worker import confinement

pytestmark = [
    pytest.mark.skipif(
        util.find_spec("submitit") is None, reason="needs the package submitit: pip install 'affectbench[slurm]'"
    ),
    pytest.mark.skipif(confinement.best() == "inline", reason="this platform has no workers"),
]

SLURM = ("--executor", "slurm", "-o", "slurm.cluster=local")
ROW = ("run", "--profile", "smoke", "--no-baselines", "--modalities", "eda", "--fusion", "none", "--calibrate", "none")
SLOW = """
import os
import time
from dataclasses import dataclass
from typing import Annotated
import numpy as np
from bench.api import Model

@dataclass(frozen=True)
class Slow(Model):
    seconds: Annotated[float, "that it takes"] = 3

    def estimator(self, seed, device):
        return self

    def fit(self, train, validation):
        time.sleep(self.seconds)

    def predict_proba(self, windows):
        return np.full((len(windows), 2), 0.5)
"""
DECLARED = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_models():
    return [Plugin("slow", "bench_slow.model:Slow", "It takes its time.")]
"""


def processes(bench, name):
    """The processes below the folder of a test whose command holds this text."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended
            ours = f"TMPDIR={bench.folder}".encode() in (place / "environ").read_bytes()
            if ours and name.encode() in (place / "cmdline").read_bytes().replace(b"\0", b" "):
                found.append(int(place.name))
    return found


def until(condition, seconds=60):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)


@pytest.fixture
def slow(bench):
    return bench.package("bench-slow", DECLARED, model=SLOW)


@pytest.mark.parametrize("cluster", ["local", "debug"])
def test_slurm_jobs_give_the_bytes_of_one_machine(bench, cluster):
    run = (*ROW, "--model", "knn(k=3)", "--fusion", "none,late", "--modalities", "eda,bvp")
    bench.process(*run, "--out", "here").ok()
    bench.process(*run, "--executor", "slurm", "-o", f"slurm.cluster={cluster}", "-o", "slurm.bundle=5").ok()
    assert bench.contents("predictions.parquet") == bench.contents("predictions.parquet", "here")
    assert len(bench.tasks()) == 12
    assert not list((bench.folder / "bench-slurm").glob("results-*"))


@pytest.mark.parametrize("sent", [signal.SIGUSR2, signal.SIGKILL], ids=["preempted", "killed"])
def test_a_job_that_is_preempted_or_lost_goes_on_after_the_last_task_that_it_has_finished(bench, slow, sent):
    process = bench.start(*ROW, "--model", "slow", *SLURM, packages=(slow,), TMPDIR=str(bench.folder))
    until(lambda: len(bench.tasks()) > 0)
    for each in processes(bench, "submitit.core._submit"):
        os.kill(each, sent)
    written = bench.times()
    expected = r"1 task ran again, since the Slurm job \d+ was lost\.\n" if sent == signal.SIGKILL else ""
    assert re.fullmatch(expected, bench.end(process).ok().err)
    assert len(bench.tasks()) == 4
    assert bench.times().items() >= written.items()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGUSR2])
def test_a_signal_to_all_processes_of_a_job_is_left_to_the_one_that_runs_the_tasks(bench, slow, sent):
    """Slurm sends both. A fold whose process had ended would be a failure of its task."""
    process = bench.start(*ROW, "--model", "slow(seconds=1)", packages=(slow,), TMPDIR=str(bench.folder))
    until(lambda: len(bench.tasks()) > 0)
    for each in processes(bench, "bench.worker"):
        os.kill(each, sent)
    bench.end(process).ok()
    assert len(bench.tasks()) == 4


def test_a_job_that_is_always_lost_fails_and_names_its_log(bench, slow):
    run = (*ROW, "--model", "slow(seconds=100)", "--protocol", "holdout", *SLURM, "-o", "slurm.retries=0")
    process = bench.start(*run, packages=(slow,), TMPDIR=str(bench.folder))
    until(lambda: processes(bench, "submitit.core._submit"))
    for each in processes(bench, "submitit.core._submit"):
        os.kill(each, signal.SIGKILL)
    ended = bench.end(process)
    assert ended.code == 1
    assert "The Slurm job of this task has ended 1 times before the task (" in ended.err
    assert f"its log is in {bench.folder}/bench-slurm/logs." in ended.err


def test_ctrl_c_cancels_slurm_jobs(bench, slow):
    run = (*ROW, "--model", "slow(seconds=100)", *SLURM)
    process = bench.start(*run, packages=(slow,), TMPDIR=str(bench.folder))
    until(lambda: processes(bench, "submitit.core._submit"))
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    assert bench.end(process).code == 130
    until(lambda: not [*processes(bench, "bench.worker"), *processes(bench, "submitit")])


def test_ctrl_c_on_a_terminal_prints_one_sentence_though_it_reaches_the_processes_of_submitit_as_well(bench, slow):
    run = (*ROW, "--model", "slow(seconds=100)", *SLURM)
    process = bench.start(*run, packages=(slow,), TMPDIR=str(bench.folder))
    until(lambda: processes(bench, "submitit.core._submit"))
    time.sleep(3)
    os.killpg(process.pid, signal.SIGINT)
    bench.end(process).ends(130, "Interrupted. What was finished is stored; the same command goes on from there.")
    until(lambda: not [*processes(bench, "bench.worker"), *processes(bench, "submitit")])
    assert "KeyboardInterrupt" in (bench.folder / "bench-slurm" / "logs" / "processes.err").read_text()


def test_it_keeps_the_contract_of_executors(bench):
    said = bench.process("check", "slurm", "-o", "executor.cluster=local").ok().out
    assert "9 of 9 checks passed." in said


def test_a_machine_without_slurm_is_refused_before_data_are_prepared(bench, tmp_path):
    bench.process(*ROW, "--executor", "slurm", PATH=str(tmp_path)).usage_error(
        "There is no Slurm on this machine: the command 'srun' is missing; type this on a machine of the cluster, or "
        "try -o slurm.cluster=local."
    )


DAEMONS = ("munged", "slurmctld", "slurmd")
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])  # where Debian has daemons
CONFIGURATION = """
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=5
KillWait=2
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName=one NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=1 RealMemory=1000
NodeName=two NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=1 RealMemory=1000
PartitionName=all Nodes=one,two Default=YES MaxTime=60 State=UP
"""


class Controller:
    """Slurm in a folder, started anew for each test; jobs are requeued as on most clusters."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))
        self.folder.chmod(0o755)  # munge wants a socket that all users can reach
        (self.folder / "state").mkdir()
        (self.folder / "key").write_bytes(os.urandom(1024))
        (self.folder / "key").chmod(0o400)
        self.configuration = self.folder / "slurm.conf"
        self.configuration.write_text(
            CONFIGURATION.format(host=socket.gethostname(), user=getpass.getuser(), folder=self.folder, ports=ports(3))
        )
        self.environment = {"SLURM_CONF": str(self.configuration), "PATH": PATH}
        self.daemons = {}
        files = {"key-file": "key", "socket": "munge.socket", "pid-file": "pid", "seed-file": "seed"}
        self.start("munged", *(f"--{name}={self.folder / file}" for name, file in files.items()), "--foreground")
        until((self.folder / "munge.socket").exists)
        self.start("slurmctld", "-D")
        for name in ("one", "two"):
            self.start("slurmd", "-D", "-N", name, name=name)
        until(lambda: self.say("sinfo", "--noheader", "--format=%t %D").strip() == "idle 2")

    def start(self, *command, name=""):
        """A daemon, in place of one that was killed."""
        with (self.folder / f"{name or command[0]}.txt").open("a") as log:
            self.daemons[name or command[0]] = subprocess.Popen(
                command, env=os.environ | self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def say(self, *command):
        """What a command of Slurm prints; nothing, while the controller does not answer."""
        environment = os.environ | self.environment
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout

    def jobs(self):
        """Slurm jobs that have not ended: their state and their machine, by their number."""
        lines = self.say("squeue", "--noheader", "--array", "--format=%i %T %N").splitlines()
        return {number: found for number, *found in map(str.split, lines)}

    def running(self, *machine):
        """Jobs that run, on this machine or on any."""
        return [number for number, found in self.jobs().items() if {"RUNNING", *machine} <= set(found)]

    def kill(self, machine):
        """SIGKILL for the daemon of a machine and for all that it has started."""
        inside = [f"SLURMD_NODENAME={machine}".encode(), f"SLURM_CONF={self.configuration}".encode()]
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has just ended
                environment = (place / "environ").read_bytes().split(b"\0")
                if all(each in environment for each in inside):
                    os.kill(int(place.name), signal.SIGKILL)
        self.daemons[machine].kill()

    def close(self):
        self.say("scancel", "--full", f"--user={getpass.getuser()}")
        with contextlib.suppress(AssertionError):
            until(lambda: not self.jobs(), seconds=10)
        for each in reversed(self.daemons.values()):
            each.kill()
            each.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def ports(count):
    """Ports that nobody listens at."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@pytest.fixture
def controller():
    if any(shutil.which(each, path=PATH) is None for each in DAEMONS):
        pytest.skip("needs Slurm: apt-get install slurmctld slurmd slurm-client munge")
    with contextlib.closing(Controller()) as made:
        yield made


QUEUED = ("--executor", "slurm", "-o", "slurm.bundle=1")


def start(bench, controller, slow, *arguments):
    return bench.start(*ROW, *QUEUED, *arguments, packages=(slow,), TMPDIR=str(bench.folder), **controller.environment)


def left(bench):
    """What Slurm jobs that have ended have left in the shared folder, beside their logs."""
    return [
        path.name for path in (bench.folder / "bench-slurm").rglob("*.*") if path.suffix in {".pkl", ".result", ".jobs"}
    ]


def test_two_machines_give_the_bytes_of_one_and_a_job_whose_machine_dies_runs_on_the_other_one(bench, controller, slow):
    run = ("--model", "knn(k=3),slow", "-o", "slow.seconds=2")
    bench.process(*ROW, *run, "--out", "here", packages=(slow,)).ok()
    process = start(bench, controller, slow, *run)
    until(lambda: len(bench.tasks()) > 1 and controller.running("one") and controller.running("two"))
    controller.kill("two")
    ended = bench.end(process).ok()
    assert "sacct" not in ended.err
    assert bench.contents("predictions.parquet") == bench.contents("predictions.parquet", "here")
    assert not left(bench)


def test_a_job_that_is_queued_again_goes_on_after_the_last_task_that_it_has_finished(bench, controller, slow):
    process = start(bench, controller, slow, "--model", "slow", "-o", "slurm.bundle=4")
    until(lambda: len(bench.tasks()) > 0)
    written, [job] = bench.times(), controller.running()
    controller.say("scontrol", "requeue", job)
    until(lambda: controller.jobs() == {job: ["PENDING"]})
    controller.say("scontrol", "update", f"JobId={job}", "StartTime=now")  # Slurm would wait for two minutes
    bench.end(process).ok()
    assert len(bench.tasks()) == 4
    assert bench.times().items() >= written.items()


def test_a_controller_that_is_killed_and_started_again_loses_nothing(bench, controller, slow):
    process = start(bench, controller, slow, "--model", "slow(seconds=10)")
    until(controller.running)
    time.sleep(6)  # until it has saved which jobs it has
    controller.daemons["slurmctld"].kill()
    controller.daemons["slurmctld"].wait()
    time.sleep(1)
    controller.start("slurmctld", "-D")
    bench.end(process).ok()
    assert len(bench.tasks()) == 4


def test_a_run_takes_what_the_jobs_of_a_killed_one_have_finished_and_cancels_the_others(bench, controller, slow):
    run = ("--model", "slow", "-o", "slow.seconds=4")
    bench.process(*ROW, *run, "--out", "here", packages=(slow,)).ok()
    process = start(bench, controller, slow, *run)
    until(lambda: len(controller.running()) == 2)
    process.kill()
    bench.end(process)
    assert not bench.tasks()
    returned = bench.folder / "bench-slurm" / "results"
    until(lambda: len(list(returned.glob("*.result"))) == 2)
    until(controller.running)
    first = controller.jobs()
    process = start(bench, controller, slow, *run)
    until(lambda: len(bench.tasks()) == 2, seconds=20)
    until(lambda: not first.keys() & controller.jobs().keys(), seconds=20)
    bench.end(process).ok()
    assert bench.contents("predictions.parquet") == bench.contents("predictions.parquet", "here")
    assert not left(bench)


def test_a_job_that_the_user_cancels_is_not_run_again(bench, controller, slow):
    process = start(bench, controller, slow, "--model", "slow", "--protocol", "holdout", "-o", "slow.seconds=100")
    until(controller.running)
    controller.say("scancel", *controller.running())
    ended = bench.end(process)
    assert ended.code == 1
    assert "ended 1 times before the task (state CANCELLED)" in ended.err
    assert not controller.jobs()


def test_an_array_that_the_user_cancels_is_not_run_again(bench, controller, slow):
    """Slurm lists its jobs that had not begun by the number of the array alone."""
    process = start(bench, controller, slow, "--model", "slow(seconds=100)")
    until(lambda: len(controller.running()) == 2)
    controller.say("scancel", f"--user={getpass.getuser()}")
    ended = bench.end(process)
    assert (ended.code, len(controller.jobs())) == (1, 0)
    assert "ended 1 times before the task (state CANCELLED)" in ended.err


@pytest.mark.parametrize(
    ("sent", "code"),
    [((signal.SIGINT,), 130), ((signal.SIGINT,) * 3, 130), ((signal.SIGTERM,), 143), ((signal.SIGHUP,), 129)],
    ids=["once", "thrice", "ended", "terminal closed"],
)
def test_ctrl_c_and_other_ends_of_the_command_cancel_the_jobs(bench, controller, slow, sent, code):
    process = start(bench, controller, slow, "--model", "slow", "-o", "slow.seconds=100")
    until(lambda: len(controller.running()) == 2)
    for each in sent:
        process.send_signal(each)
        time.sleep(0.02)
    assert bench.end(process).code == code
    until(lambda: not controller.jobs() and not processes(bench, "bench.worker"), seconds=20)


def test_what_slurm_refuses_is_said_in_its_words(bench, controller, slow):
    ended = bench.end(start(bench, controller, slow, "--model", "slow", "-o", "slurm.partition=none"))
    assert ended.code == 2
    assert (
        "Error: Slurm has refused the tasks (Batch job submission failed: Invalid partition name specified); 'sinfo' "
        "lists partitions, and -o slurm.partition, account, minutes, cpus, gpus and memory are what is asked for."
    ) in ended.err
