"""The pre-trained weights that the networks of a cell started from, for `bench show`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from bench.results import tasks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bench.cells.cell import Cell
    from bench.results.store import Store

DIGITS, KEYS = 8, 6  # that are printed


def starts(store: Store, key: str) -> Iterator[dict[str, Any]]:
    """Per network of finished tasks: keys of weights by modality, and parameters that they do not contain."""
    for task in tasks.done(store, key):
        for log in (store.record(key, task).training or {}).values():
            if log.get("start"):
                yield log["start"]


def table(store: Store, key: str, typed: str) -> str:
    """A table of the initial weights per modality, with the command to show them; empty if there are none."""
    from tabulate import tabulate

    begun = list(starts(store, key))
    if not begun:
        return ""
    cell = store.read_cell(key).cell
    keys: dict[str, dict[str, None]] = defaultdict(dict)  # in the order of folds
    fresh: dict[str, set[str]] = defaultdict(set)
    for start in begun:
        for modality, weights in start["pretrained"].items():
            keys[modality][weights] = None
        for name in start["fresh"]:
            fresh[name.split(".")[1]].add(name)
    rows = [[name, shortened(list(keys[name])), len(fresh[name]) or "none"] for name in sorted({*keys, *fresh})]
    headers = ["modality", "begins with the weights", "parameters of stages without"]
    learnt = f"pre-trained on {' + '.join(corpora(cell))}"
    return (
        f"{learnt}\n{tabulate(rows, headers, tablefmt='simple', disable_numparse=True)}{following(cell, keys, typed)}"
    )


def following(cell: Cell, keys: Mapping[str, Iterable[str]], typed: str) -> str:
    """The command to show the weights; those given as a file need not be in the cache."""
    if cell.weights:
        return f"\nNext: 'bench weights show {cell.weights[0].file}'."
    every = [key for of_modality in keys.values() for key in of_modality]
    return f"\nNext: 'bench weights show {every[0][:DIGITS]}{typed}'." if every else ""


def corpora(cell: Cell) -> Iterator[str]:
    """Data sets and files, as typed."""
    for corpus in cell.corpora:
        yield corpus.dataset.name + (" (of each fold its training part)" if corpus.own else "")
    for weights in cell.weights:
        yield weights.file


def shortened(keys: list[str]) -> str:
    more = f" and {len(keys) - KEYS} more" if len(keys) > KEYS else ""
    return ", ".join(key[:DIGITS] for key in keys[:KEYS]) + more or "none"
