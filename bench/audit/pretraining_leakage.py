"""Whom networks may know before they learn from labels: what the audit is told, and people are warned of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.errors import BenchError
from bench.pretraining.weight_files import record_of
from bench.specs import parse_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.cells.resolved import ResolvedCell


def pretraining_scopes(parts: ResolvedCell) -> Iterator[tuple[str, str]]:
    """What networks have learnt before labels, and whether held-out people can have been part of it."""
    name = parts.cell.dataset.name
    for corpus, made in zip(parts.cell.corpora, parts.corpora, strict=True):
        if corpus.own:
            yield f"pre-training on '{name}', of which each fold takes its training part alone,", "fold"
        elif common(parts, made.dataset.same_people):
            yield f"pre-training on '{corpus.dataset.name}', in which are people of '{name}',", "everything"
    for weights in parts.cell.weights:
        names = [str(corpus["name"]) for corpus in record_of(Path(weights.file))["corpora"]]
        seen = any(knows(parts, parse_spec(found).name) for found in names)
        text = f"the pre-training of {Path(weights.file).name} (on {', '.join(names)})"
        yield text, "everything" if seen else "fold"


def knows(parts: ResolvedCell, name: str) -> bool:
    """Whether people of the evaluated data set are in the data set of that name, as far as it is known here."""
    if name == parts.cell.dataset.name:
        return True
    try:
        return common(parts, parts.registry.get("dataset", name).load().same_people)
    except BenchError:
        return False


def common(parts: ResolvedCell, people: str) -> bool:
    return bool(people) and people == parts.dataset.same_people


def other_steps(parts: ResolvedCell) -> Iterator[str]:
    """A warning for each file of weights that was made behind another chain than that of this run."""
    here = (*parts.cell.steps, *parts.cell.scalings)
    for weights in parts.cell.weights:
        record: dict[str, Any] = record_of(Path(weights.file))
        modalities = {name for branch in record["modalities"] for name in str(branch).split("+")}
        ours = [step.label(parts.registry) for step in here if not step.modalities or modalities & {*step.modalities}]
        for corpus, chain in record.get("preprocess", {}).items():
            theirs = list(map(str, chain))
            if [label for label in theirs if label in ours] != ours or (not ours and theirs):
                yield (
                    f"{weights.file} was pre-trained on {corpus} behind '{' | '.join(theirs)}', and the steps here are "
                    f"'{' | '.join(ours)}': what its branches know of signals may not hold for these."
                )
                break
