"""What a run tells of how far it is."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from bench import progress, session
from bench.api import TaskInfo
from bench.cli.output.estimate import Estimate, Kind
from bench.cli.output.progress import Bars
from bench.planning.grid import Grid
from bench.planning.reporter import Reporter
from bench.results.store import Store
from bench.running.run import results


def planned(key="a", tasks=10, search=0):
    """A plan with tasks of one cell: logistic regression of one modality, with a threshold."""
    resolved = SimpleNamespace(
        labels={"model": "logistic"}, fusion=SimpleNamespace(inner_folds=0, decides_late=False, needs_validation=False),
        cell=SimpleNamespace(modalities=("eda",), profile="small", calibrate=""), trials=search,
        label="logistic · none",
    )  # fmt: skip
    cell = SimpleNamespace(key=key, resolved=resolved, windows=SimpleNamespace(table=range(100)))
    return SimpleNamespace(pending=[(cell, str(number)) for number in range(tasks)], damaged=[])


def test_where_there_is_no_terminal_a_line_a_minute_says_how_far_a_run_is(capsys):
    now = 1000.0
    bars = Bars(lambda: now)
    now += 500  # of preparation
    with bars:
        bars.planned(planned())
        for number in range(10):
            now += 25
            bars.task(TaskInfo("a", "logistic · late", str(number), "done", seconds=20))
    told = capsys.readouterr()
    assert not told.out
    assert told.err.splitlines() == [
        "3 of 10 tasks in 1 min, about 3 min left (logistic · late)",
        "6 of 10 tasks in 2 min, about 2 min left (logistic · late)",
        "9 of 10 tasks in 4 min, about 0 min left (logistic · late)",
    ]


def test_a_log_gets_a_line_a_minute_while_a_task_takes_many(capsys):
    now = 0.0
    bars = Bars(lambda: now)
    with bars:
        for step in range(1, 4):
            now += 40
            bars.on_progress("features", step, 10)
        bars.planned(planned())
        for step in range(1, 6):
            now += 30
            bars.on_progress("training", step, 100)
    assert capsys.readouterr().err.splitlines() == [
        "features, 2 of 10",
        "0 of 10 tasks in 1 min (training, 2 of 100)",
        "0 of 10 tasks in 2 min (training, 4 of 100)",
    ]


def test_nothing_is_estimated_before_a_task_has_ended_here(capsys):
    now = 0.0
    bars = Bars(lambda: now)
    with bars:
        bars.planned(planned())
        assert bars.seconds_left() is None
        now += 100
        bars.task(TaskInfo("a", "logistic", "0", "elsewhere"))
        assert bars.seconds_left() is None
        bars.task(TaskInfo("a", "logistic", "1", "done", seconds=50))
        assert bars.seconds_left() == pytest.approx(800)
        now += 30
        assert bars.seconds_left() == pytest.approx(770)  # goes on between tasks
    assert capsys.readouterr().err == "1 of 10 tasks in 2 min (logistic)\n"


def test_trials_of_a_search_are_counted_and_say_how_long_it_takes(capsys):
    """Two of four tasks at a time, a trial of each in 10 s; in the second one, 30 of 50 trials are stored already."""
    now = 0.0
    bars = Bars(lambda: now)
    with bars:
        bars.planned(planned(tasks=4, search=50))
        bars.trials("a", "0", 0, 50)
        bars.trials("a", "1", 30, 50)
        assert bars.seconds_left() is None
        for trial in range(1, 13):
            now += 10
            bars.trials("a", "0", trial, 50)
            bars.trials("a", "1", 30 + trial, 50)
        left = 38 + 8 + 2 * 50  # trials
        assert bars.seconds_left() == pytest.approx(10 * left / 2)
        now += 80
        bars.trials("a", "0", 20, 50)
        bars.trials("a", "1", 50, 50)
        bars.task(TaskInfo("a", "logistic · none", "1", "done", seconds=200))
        assert bars.seconds_left() == pytest.approx(10 * (30 + 2 * 50) / 2)
        assert bars.trials_so_far() == (70, 200)
        bars.task(TaskInfo("a", "logistic · none", "2", "elsewhere"))  # nobody here counts its trials
        assert bars.trials_so_far() == (70, 150)
    assert capsys.readouterr().err.splitlines() == [
        "0 of 4 tasks, 41 of 200 trials in 1 min, about 14 min left (logistic · none)",
        "0 of 4 tasks, 53 of 200 trials in 2 min, about 13 min left (logistic · none)",
        "0 of 4 tasks, 62 of 200 trials in 3 min, about 14 min left (logistic · none)",
    ]


@pytest.mark.parametrize("how", [{}, {"search.sampler": "grid", "search.points": "2"}, {"search.patience": "1"},
                                 {"search.windows": "2000"}])  # fmt: skip
@pytest.mark.parametrize("isolation", ["auto", "inline"])
def test_a_run_reports_each_trial_of_its_searches_and_where_they_end(bench, isolation, how):
    class Seen(Reporter):
        def __init__(self):
            self.seen = {}

        def trials(self, cell, task, done, total):
            self.seen.setdefault((cell, task), []).append((done, total))

    seen = Seen()
    grid = Grid(profile="smoke", model=("svm",), fusion=("none",), modalities=("eda",), baselines=False, search=6,
                options=how)  # fmt: skip
    result = session.run(grid, out=bench.folder / "out", cache=bench.cache, report=seen, isolation=isolation)
    assert len(result.plan.tasks) == len(seen.seen) == 4
    for (cell, task), told in seen.seen.items():
        made = len(Store(bench.folder / "out").record(cell, task).search.trials)
        assert [done for done, _ in told] == list(range(made + 1))
        assert told[-1] == (made, made)
        assert all(done < total for done, total in told[:-1])


@pytest.mark.parametrize("seed", range(20))
def test_after_a_tenth_of_the_work_the_estimate_is_within_a_factor_of_one_and_a_half(seed):
    """Models that take a tenth of a second or a minute, in two places at a time, one task of each model first."""
    random = np.random.default_rng(seed)
    kinds, tasks = {}, []
    for model in range(random.integers(2, 5)):
        rate = 10 ** random.uniform(-1, 1.8)
        for row in range(random.integers(1, 6)):
            key = f"{model}-{row}"
            kinds[key] = Kind(str(model), float(random.integers(1, 6)))
            tasks += [(key, rate * kinds[key].size * random.uniform(0.8, 1.2)) for _ in range(20)]
    seen, first, rest = set(), [], []
    for key, seconds in tasks:
        (rest if kinds[key].name in seen else first).append((key, seconds))
        seen.add(kinds[key].name)
    free, ends = [0.0, 0.0], []
    for key, seconds in first + rest:
        place = int(np.argmin(free))
        free[place] += seconds + 0.05
        ends.append((free[place], key, seconds))
    total = max(free)
    estimate = Estimate(kinds, dict.fromkeys(kinds, 20), 0.0)
    for now, key, seconds in sorted(ends):
        estimate.end(key, seconds, now)
        if all(kinds[key].name in estimate.times for key in kinds) and total / 10 < now < 0.9 * total:
            assert 1 / 1.5 < estimate.seconds(now) / (total - now) < 1.5


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


@pytest.mark.parametrize(
    ("lost", "remark"),
    [
        ([()], ""),
        ([(), ("the machine a",)], "1 task ran again, since the machine a was lost.\n"),
        ([("the machine a",), ("the machine a",)], "2 tasks ran again, since the machine a was lost.\n"),
        (
            [("machine a", "Slurm job 7")],
            "1 task ran again, since machine a and Slurm job 7 were lost.\n",
        ),
        ([tuple("abcde")], "1 task ran again, since a, b, c and 2 more were lost.\n"),
    ],
)
def test_a_run_names_at_its_end_what_was_lost(lost, remark, capsys):
    infos = [TaskInfo("a", "logistic", str(number), "done", lost=names) for number, names in enumerate(lost)]
    assert list(results(SimpleNamespace(run=iter), infos, Reporter())) == infos
    assert capsys.readouterr() == ("", remark)
