"""Where steps run: in this process, or where whoever plans a run has them run."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bench.data.steps import run_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.data.unlabelled import StepJob, Stepped

_runners: list[Callable[[StepJob], Stepped]] = [run_steps]


@contextlib.contextmanager
def steps_run_by(runner: Callable[[StepJob], Stepped]) -> Iterator[None]:
    """Have steps run by this function."""
    _runners.append(runner)
    try:
        yield
    finally:
        _runners.remove(runner)


def step_runner() -> Callable[[StepJob], Stepped]:
    return _runners[-1]
