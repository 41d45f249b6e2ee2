"""A cell for a machine without its data set: what is to be known of the data, and with which code it was planned."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.cells.keys import code_record
from bench.cells.resolved import ResolvedCell
from bench.errors import UsageError
from bench.results.environment import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.cells.cell import Cell, Weights
    from bench.registry import Registry


@dataclass(frozen=True)
class SentCell:
    """A cell whose prepared data travel, with its key and its code."""

    key: str
    cell: Cell
    data_key: str
    simulated: bool
    corpora: tuple[tuple[str, bool], ...]  # key, and whether it is simulated
    code: Mapping[str, Any]

    @classmethod
    def of(cls, resolved: ResolvedCell) -> SentCell:
        corpora = tuple((corpus.key, corpus.simulated) for corpus in resolved.corpora)
        return cls(
            resolved.key, resolved.cell, resolved.data_key, resolved.simulated, corpora, code_record(resolved)
        )  # fmt: skip

    def resolve(self, registry: Registry, weights: tuple[Weights, ...]) -> ResolvedCell:
        """The cell with the plugins of this machine; raise where their code is not that of the cell."""
        resolved = ResolvedCell(self.cell, registry)
        resolved.data_key, resolved.simulated, resolved.weights = self.data_key, self.simulated, weights
        resolved.stimulus_files = {}  # their vectors travel
        for corpus, (key, simulated) in zip(resolved.corpora, self.corpora, strict=True):
            corpus.key, corpus.simulated = key, simulated
        ours = code_record(resolved)
        other = [role for role in self.code if ours[role] != self.code[role]]
        if other or resolved.key != self.key:
            raise differs(f"another version of {self.named(other[0]) if other else 'a plugin'}")
        return resolved

    def named(self, role: str) -> str:
        """A role of the record of code in words."""
        if role == "core":
            return "affectbench"
        if role.startswith("step "):
            return f"the step '{role.removeprefix('step ')}'"
        return f"the {role} '{getattr(self.cell, role).name}'"


def libraries() -> dict[str, str]:
    """The versions on which numbers depend."""
    found = environment()
    return {"Python": found.python.rpartition(".")[0], **found.libraries}


def check_libraries(theirs: Mapping[str, str]) -> None:
    """Raise where this machine has other versions than the one that has planned a run."""
    ours = libraries()
    for name in sorted({*ours, *theirs}):
        if ours.get(name) != theirs.get(name):
            raise differs(f"{name} {ours.get(name, 'not at all')} instead of {theirs.get(name, 'none')}")


def differs(how: str) -> UsageError:
    return UsageError(
        f"The machine {platform.node()} has {how}, so its numbers could differ; install there what is installed where "
        "the run was started."
    )
