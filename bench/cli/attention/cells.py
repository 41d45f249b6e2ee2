"""Which cell has the attention that is asked for, and what its connections are like over folds."""

from __future__ import annotations

from collections import defaultdict
from statistics import mean
from typing import TYPE_CHECKING

from tabulate import tabulate

from bench.errors import UsageError
from bench.results import tasks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.results.store import Store


def only(store: Store, keys: Sequence[str], arguments: str) -> str:
    """The one cell that is meant, or what to type instead."""
    found = [key for key in keys if any(tasks.connections(store, key))]
    if len(found) == 1:
        return found[0]
    if found:
        listed = "; ".join(f"{key[:8]} ({store.read_cell(key).label})" for key in found)
        raise UsageError(
            f"--attention needs one cell, and {len(found)} of '{arguments}' have attention: {listed}. "
            "Name one by the first digits of its key."
        )
    if not any(any(tasks.done(store, key)) for key in keys):
        raise UsageError(f"No fold of '{arguments}' is done, so there is no attention yet; finish it with 'bench run'.")
    fusions = list(dict.fromkeys(store.read_cell(key).cell.fusion.name for key in keys))
    names = "', '".join(fusions)
    who = f"The fusions '{names}' have" if len(fusions) > 1 else f"The fusion '{names}' has"
    raise UsageError(
        f"{who} no attention between points in time; run one that has, as in "
        "'bench run --model attx --fusion attentive'."
    )


def table(store: Store, key: str) -> str:
    """Per connection how sure attention is, and in how many folds it has died; nothing where there is none."""
    entropies: dict[tuple[int, str], list[float]] = defaultdict(list)
    dead: dict[tuple[int, str], int] = defaultdict(int)
    for found in tasks.connections(store, key):
        for stage, connections in found.items():
            for name, measured in connections.items():
                entropies[int(stage), name].append(measured["entropy"])
                dead[int(stage), name] += measured["dead"] > 0
    rows = [
        [stage, name, f"{mean(each):.3f}", f"in {dead[stage, name]} of {len(each)} folds"]
        for (stage, name), each in sorted(entropies.items())
    ]
    headers = ["stage", "attention", "entropy (bits)", "dead"]
    return tabulate(rows, headers, tablefmt="simple", disable_numparse=True) if rows else ""
