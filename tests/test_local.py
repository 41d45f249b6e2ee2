"""The local executor: each job once, in threads, since jobs wait for processes of their own."""

import threading
import time

import pytest

from bench.api import TaskInfo, cores
from bench_local.local import Local


class Job:
    """Notes the thread that runs it, and gives one result after a moment."""

    def __init__(self, number, error=None):
        self.number, self.error, self.threads = number, error, []

    def __call__(self):
        self.threads.append(threading.current_thread())
        time.sleep(0.01)
        if self.error:
            raise self.error
        yield TaskInfo("cell", "label", str(self.number), "done", {"accuracy": self.number / 10})


def expected(count):
    return [TaskInfo("cell", "label", str(number), "done", {"accuracy": number / 10}) for number in range(count)]


@pytest.mark.parametrize("tasks", [0, 1, 2, 3])
@pytest.mark.parametrize("turned", [False, True])
def test_each_job_runs_once_and_yields_its_result_whatever_the_order(tasks, turned):
    jobs = [Job(number) for number in range(5)]
    results = list(Local(tasks).run(jobs[::-1] if turned else jobs))
    assert sorted(results, key=lambda result: result.task) == expected(5)
    assert all(len(job.threads) == 1 for job in jobs)
    used = {thread for job in jobs for thread in job.threads}
    assert len(used) <= (tasks or cores())
    assert (threading.main_thread() in used) == ((tasks or cores()) == 1)


@pytest.mark.parametrize(("tasks", "count"), [(1, 3), (4, 1), (2, 0)])
def test_one_task_at_a_time_or_one_job_stays_in_the_main_thread(tasks, count):
    jobs = [Job(number) for number in range(count)]
    assert list(Local(tasks).run(jobs)) == expected(count)
    assert {thread for job in jobs for thread in job.threads} <= {threading.main_thread()}


def test_one_task_at_a_time_starts_when_the_result_before_it_was_taken():
    jobs = [Job(0), Job(1)]
    results = Local(1).run(jobs)
    assert jobs[0].threads == []
    next(results)
    assert jobs[1].threads == []


@pytest.mark.parametrize("tasks", [1, 2])
@pytest.mark.parametrize("error", [ValueError("job 0"), SystemExit(3), KeyboardInterrupt()])
def test_what_a_job_raises_is_raised_and_later_jobs_do_not_start(tasks, error):
    jobs = [Job(0, error), *(Job(number) for number in range(1, 50))]
    with pytest.raises(type(error)) as caught:
        list(Local(tasks).run(jobs))
    assert caught.value is error
    assert not jobs[-1].threads


def test_jobs_do_not_start_after_the_caller_has_stopped_listening():
    jobs = [Job(number) for number in range(50)]
    results = Local(2).run(jobs)
    next(results)
    results.close()
    time.sleep(0.1)
    assert not jobs[-1].threads


def test_the_number_of_tasks_at_a_time_is_that_of_the_cores_by_default():
    assert Local().concurrency == cores()
    assert Local(3).concurrency == 3
