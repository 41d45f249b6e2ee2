"""The local executor: each job once, in this process or in several, and nobody left behind."""

import multiprocessing
import os
import sys
from pathlib import Path

import pytest

from bench.api import TaskInfo
from bench.errors import TaskError
from bench_local.local import Local

JOBS = '''
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from bench.api import TaskInfo

@dataclass(frozen=True)
class Job:
    """Leaves a mark with its process, and then does what it is told."""
    folder: str
    number: int
    does: str = "ends"

    def __call__(self):
        with open(Path(self.folder) / f"{self.number}", "a") as file:
            file.write(f"{os.getpid()}\\n")
        if self.does == "raises":
            raise ValueError(f"job {self.number}")
        if self.does == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.does == "waits":
            signal.pause()
        return [TaskInfo("cell", "label", str(self.number), "done", {"accuracy": self.number / 10})]
'''


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    """Makes jobs that other processes can import."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "jobs_of_a_test.py").write_text(JOBS)
    monkeypatch.syspath_prepend(tmp_path / "modules")
    from jobs_of_a_test import Job

    (tmp_path / "marks").mkdir()
    yield lambda *does: [Job(str(tmp_path / "marks"), number, what) for number, what in enumerate(does)]
    sys.modules.pop("jobs_of_a_test", None)


def processes(tmp_path):
    """Which processes did which job."""
    return {int(mark.name): [int(line) for line in mark.read_text().split()]
            for mark in (tmp_path / "marks").iterdir()}  # fmt: skip


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def expected(count):
    return [TaskInfo("cell", "label", str(number), "done", {"accuracy": number / 10}) for number in range(count)]


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("turned", [False, True])
def test_each_job_is_done_once_and_its_result_given_whatever_the_order(tmp_path, jobs, workers, turned):
    given = jobs(*["ends"] * 5)
    results = list(Local(workers).run(given[::-1] if turned else given))
    assert sorted(results, key=lambda result: result.task) == expected(5)
    done = processes(tmp_path)
    assert sorted(done) == [0, 1, 2, 3, 4]
    assert all(len(pids) == 1 for pids in done.values())
    if workers > 1:
        workers_seen = {pids[0] for pids in done.values()}
        assert os.getpid() not in workers_seen
        assert len(workers_seen) <= workers
        assert all(map(gone, workers_seen))
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(("workers", "count"), [(1, 3), (4, 1), (2, 0)])
def test_one_worker_or_one_job_stays_in_this_process(tmp_path, jobs, workers, count):
    assert list(Local(workers).run(jobs(*["ends"] * count))) == expected(count)
    assert {pid for pids in processes(tmp_path).values() for pid in pids} <= {os.getpid()}


def test_in_one_process_a_job_starts_when_the_one_before_it_has_been_told(tmp_path, jobs):
    results = Local(1).run(jobs("ends", "ends"))
    assert processes(tmp_path) == {}
    next(results)
    assert sorted(processes(tmp_path)) == [0]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_job_raises_is_raised_and_leaves_no_process_behind(tmp_path, jobs, workers):
    with pytest.raises(ValueError, match=r"^job 0$"):
        list(Local(workers).run(jobs("raises", *["waits" if workers > 1 else "ends"] * 4)))
    assert multiprocessing.active_children() == []
    pids = {pid for pids in processes(tmp_path).values() for pid in pids} - {os.getpid()}
    assert all(map(gone, pids))
    assert (len(pids) > 0) == (workers > 1)


def test_whoever_stops_listening_leaves_no_process_behind(tmp_path, jobs):
    results = Local(2).run(jobs("ends", "waits", "waits"))
    next(results)
    results.close()
    assert multiprocessing.active_children() == []
    assert all(gone(pid) for pids in processes(tmp_path).values() for pid in pids)


def test_a_worker_that_is_killed_is_one_sentence(tmp_path, jobs):
    with pytest.raises(TaskError) as caught:
        list(Local(2).run(jobs("dies", "waits", "ends")))
    assert str(caught.value) == (
        "A worker process was killed from outside, perhaps for want of memory. What had been stored is kept: "
        "the same command goes on from there; give it fewer --jobs."
    )
    assert multiprocessing.active_children() == []
    assert all(gone(pid) for pids in processes(tmp_path).values() for pid in pids)


def test_workers_leave_ctrl_c_to_their_parent(tmp_path, jobs):
    (Path(tmp_path) / "modules" / "asking.py").write_text(
        "import signal\n\ndef ask():\n    return [signal.getsignal(signal.SIGINT) is signal.SIG_IGN]\n"
    )
    from asking import ask

    assert list(Local(2).run([ask, ask])) == [True, True]
    assert list(Local(1).run([ask])) == [False]
    sys.modules.pop("asking", None)
