"""What a run tells of how far it is."""

from types import SimpleNamespace

from bench.api import TaskInfo
from bench.cli.progress import Bars


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
