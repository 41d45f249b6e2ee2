"""Reports of a run while it works."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import TaskInfo
    from bench.planning.plan import Plan


class Reporter:
    """Override what should be shown. This one prints warnings only."""

    def on_progress(self, text: str, done: int, total: int) -> None:
        """A part of the preparation is done."""

    def planned(self, plan: Plan) -> None:
        """The plan is complete, and nothing has been trained."""

    def task(self, info: TaskInfo) -> None:
        """A task has ended."""

    def trials(self, cell: str, task: str, done: int, total: int) -> None:
        """The search of a task, here on this machine, has done so many trials; it may be called from any thread."""

    def permuting(self, folds: Sequence[str]) -> None:
        """Tasks have ended, and models are to be trained on permuted labels in folds of these cells, a key for each."""

    def warn(self, text: str) -> None:
        """Something that the user should know."""
        print(text, file=sys.stderr)  # noqa: T201 - the default where nobody overrides it
