"""Warnings about pre-training that learnt nothing, at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.cli.weights.chosen import typed
from bench.cli.weights.file import read
from bench.cli.weights.started import starts
from bench.pretraining import weight_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bench.results.store import Store


def warnings(store: Store, cells: Iterable[str], out: Path, cache: Path | None) -> Iterator[str]:
    """A sentence for each modality in which pre-training did not beat the imputation baselines."""
    made = {path.stem: path for path in weight_files.files(cache or out / "cache")}
    begun = {item for cell in cells for start in starts(store, cell) for item in start["pretrained"].items()}
    for modality in sorted({modality for modality, _ in begun}):
        found = [read(made[key]) for of, key in begun if of == modality and key in made]
        judged = [each.better(modality) for each in found if modality in each.errors]
        if not all(judged):
            yield (
                f"Pre-training did not beat the imputation baselines for {modality} in {judged.count(False)} of "
                f"{len(judged)} weights; 'bench weights list{typed(out, cache)}' shows both errors."
            )
