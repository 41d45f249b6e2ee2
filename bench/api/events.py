"""What listeners to run events receive."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class RunInfo:
    """A run."""

    id: str
    out: str  # the results folder
    cells: Sequence[str]  # labels of the rows
    tasks: int  # the number of tasks to run


@dataclass(frozen=True)
class TaskInfo:
    """The result of one task."""

    cell: str  # content key of the cell
    label: str  # label of the cell
    task: str
    status: Literal["done", "failed", "elsewhere"]  # elsewhere: another process had finished it
    metrics: Mapping[str, float] = field(default_factory=dict)
    message: str = ""  # why it failed
    seconds: float = 0.0
