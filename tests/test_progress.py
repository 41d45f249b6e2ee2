"""What a run tells of how far it is."""

import threading
from types import SimpleNamespace

from bench import progress
from bench.api import TaskInfo
from bench.cli.progress import Bars
from bench.planning.reporter import Reporter
from bench.running.run import results


def test_where_there_is_no_terminal_a_line_a_minute_says_how_far_a_run_is(capsys):
    now = 1000.0
    bars = Bars(lambda: now)
    now += 500  # of preparation
    with bars:
        bars.planned(
            SimpleNamespace(pending=[(SimpleNamespace(key="a"), str(number)) for number in range(10)], damaged=[])
        )
        for number in range(10):
            now += 25
            bars.task(TaskInfo("a", "logistic · late", str(number), "done"))
    told = capsys.readouterr()
    assert not told.out
    assert told.err.splitlines() == [
        "3 of 10 tasks in 1 min, about 3 min left (logistic · late)",
        "6 of 10 tasks in 2 min, about 2 min left (logistic · late)",
        "9 of 10 tasks in 4 min, about 0 min left (logistic · late)",
    ]


def test_steps_of_tasks_that_run_at_the_same_time_are_added_up():
    seen = []

    class Seen(Reporter):
        def on_progress(self, text, done, total):
            seen.append((text, done, total))

    class Both:
        def run(self, jobs):
            ready = threading.Barrier(2)

            def other():
                ready.wait()  # after the first steps of the main thread
                progress.notify("two", 3, 10)
                progress.notify("two", 10, 10)

            thread = threading.Thread(target=other)
            thread.start()
            progress.notify("one", 1, 10)
            ready.wait()
            thread.join()
            progress.notify("one", 2, 10)
            return iter(())

    assert list(results(Both(), [], Seen())) == []
    assert seen == [("one", 1, 10), ("two", 4, 20), ("two", 11, 20), ("one", 2, 10)]
