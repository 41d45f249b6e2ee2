"""Pre-training that taught nothing, which a run says at its end."""

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
    """A sentence for each modality of these cells in which hidden values are told no better than by a guess."""
    made = {path.stem: path for path in weight_files.files(cache or out / "cache")}
    begun = {item for cell in cells for start in starts(store, cell) for item in start["pretrained"].items()}
    for modality in sorted({modality for modality, _ in begun}):
        found = [read(made[key]) for of, key in begun if of == modality and key in made]
        judged = [each.better(modality) for each in found if modality in each.kept]
        if not all(judged):
            yield (
                f"Pre-training taught little about {modality}: in {judged.count(False)} of {len(judged)} weights, "
                "hidden values are told no better than by a guess that has learnt nothing; "
                f"'bench weights list{typed(out, cache)}' shows both."
            )
