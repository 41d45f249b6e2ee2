"""What pre-training has seen of the evaluated subjects, for the audit, and warnings about foreign weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.errors import BenchError
from bench.pretraining.weight_files import record_of
from bench.specs import parse_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.cells.resolved import ResolvedCell


def pretraining_scopes(cell: ResolvedCell) -> Iterator[tuple[str, str]]:
    """Each pre-training, and `everything` where test subjects may have been part of it."""
    name = cell.cell.dataset.name
    for corpus, resolved in zip(cell.cell.corpora, cell.corpora, strict=True):
        if corpus.own:
            yield f"pre-training on '{name}', limited to the training part of each fold,", "fold"
        elif shares_subjects(cell, resolved.dataset.subject_pool):
            yield f"pre-training on '{corpus.dataset.name}', which shares subjects with '{name}',", "everything"
    for weights in cell.cell.weights:
        names = [str(corpus["name"]) for corpus in record_of(Path(weights.file))["corpora"]]
        seen = any(contains_subjects(cell, parse_spec(found).name) for found in names)
        text = f"the pre-training of {Path(weights.file).name} (on {', '.join(names)})"
        yield text, "everything" if seen else "fold"


def contains_subjects(cell: ResolvedCell, name: str) -> bool:
    """Whether the data set of that name shares subjects with the evaluated one, as far as is known here."""
    if name == cell.cell.dataset.name:
        return True
    try:
        return shares_subjects(cell, cell.registry.get("dataset", name).load().subject_pool)
    except BenchError:
        return False


def shares_subjects(cell: ResolvedCell, subjects: str) -> bool:
    return bool(subjects) and subjects == cell.dataset.subject_pool


def other_steps(cell: ResolvedCell) -> Iterator[str]:
    """A warning for each file of weights that was pre-trained with another preprocessing than that of this run."""
    here = (*cell.cell.steps, *cell.cell.scalings)
    for weights in cell.cell.weights:
        record: dict[str, Any] = record_of(Path(weights.file))
        modalities = {name for branch in record["modalities"] for name in str(branch).split("+")}
        ours = [step.label(cell.registry) for step in here if not step.modalities or modalities & {*step.modalities}]
        for corpus, chain in record.get("preprocess", {}).items():
            theirs = list(map(str, chain))
            if [label for label in theirs if label in ours] != ours or (not ours and theirs):
                yield (
                    f"{weights.file} was pre-trained on {corpus} after the steps '{' | '.join(theirs)}'; this run uses "
                    f"'{' | '.join(ours)}', so the weights may not suit these signals."
                )
                break
