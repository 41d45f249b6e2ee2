"""What of the training part a held-out window could be recognised by, from the index table and the folds alone.

| finding | when | severity |
|---|---|---|
| shared samples | a held-out window overlaps a training window of its recording | leaky |
| touching windows | no gap to a training window; of the same trial, or of another | leaky, or a note |
| trial on both sides | a training window is of the same trial | leaky |
| subject on both sides | the person alone predicts labels above chance, or does not | leaky, or a note |
| stimulus on both sides | the stimulus alone predicts labels above chance, or does not | leaky, or a note |
| stimulus confound | the same, where people are unseen | note |
| declared | a step looked at a whole recording or session, or at several people | transductive, or leaky |

A stimulus that predicts labels of unseen people is a note, not a leak: what a model can have learnt is
the response to that stimulus which people share, and the baseline that knows the stimulus only, beside
the row, shows how far it goes. Where people are on both sides as well, a model can recognise a person's
own response to a stimulus, which no baseline shows.

Where labels are numbers, a thing predicts them if the means of its training windows leave less squared error than
the mean of the whole training part: their R2 on held-out windows, 0 or below for numbers that are shuffled.

Everything is counted over all folds, for what is trained on (validation included) against the test
part, and again, named "inner: ", for the fitted part against the validation part: what leaks there
selects the wrong model, and so weighs the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from bench.audit.overlap import Finding, Index, Overlap, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from bench.api import Fold, Rows

Verdict = Literal["clean", "transductive", "leaky"]


@dataclass(frozen=True)
class Audit:
    """The verdict is that of the gravest finding; notes leave it clean."""

    verdict: Verdict
    findings: tuple[Finding, ...]


def audit(table: pd.DataFrame, folds: Sequence[Fold], declared: Sequence[tuple[str, str]] = ()) -> Audit:
    """What speaks against believing scores on these folds; `declared` are steps and their scopes."""
    index = Index(table)
    outer, inner = Overlap(index), Overlap(index)
    for fold in folds:
        outer.add(np.concatenate([fold.train, fold.validation]), fold.test)
        inner.add(fold.train, fold.validation)
    findings = [
        *outer.findings(),
        *(Finding(f"inner: {found.name}", found.severity, found.text, found.share) for found in inner.findings()),
        *_declared(declared),
        *_sizes(index, folds),
    ]
    severities = {found.severity for found in findings}
    verdict: Verdict = "leaky" if "leaky" in severities else "transductive" if "transductive" in severities else "clean"
    return Audit(verdict, tuple(findings))


def _declared(declared: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    for what, scope in declared:
        who = what[:1].upper() + what[1:]
        if scope in ("session", "recording"):
            yield Finding("declared", "transductive", f"{who} uses the whole {scope} of the held-out person.", 1.0)
        elif scope == "alone":
            yield Finding("declared", "note", f"{who} uses whole recordings, each of which is one window.", 0.0)
        elif scope == "everything":
            yield Finding("declared", "leaky", f"{who} uses data of several people, the held-out ones included.", 1.0)
        elif scope == "fold":
            yield Finding("declared", "note", f"{who} has seen no held-out window.", 0.0)


def _sizes(index: Index, folds: Sequence[Fold]) -> Iterator[Finding]:
    """Notes on how large the parts are, and on what cannot be scored."""
    if not folds:
        yield Finding("sizes", "note", "There are no folds.", 0.0)
        return
    trained, validated, tested = (
        _span([len(rows) for rows in part], "window")
        + " of "
        + _span([_people(index, rows) for rows in part], "subject")
        for part in zip(*((fold.train, fold.validation, fold.test) for fold in folds), strict=True)
    )
    used = np.zeros(len(index), dtype=bool)
    for fold in folds:
        used[fold.test] = True
    share = float(used.mean()) if len(index) else 0.0
    text = f"{_span([len(folds)], 'fold')}: fit {trained}, validate {validated}, test {tested}"
    yield Finding("sizes", "note", f"{text}; {percent(share)} of all windows are tested.", share)
    single = sum(len(np.unique(index.label[fold.test])) == 1 for fold in folds)
    if single:
        what, undefined = ("value", "r, CCC and R2 are") if index.numbers else ("class", "AUROC is")
        text = f"{single} of {len(folds)} folds test one {what} only, where {undefined} undefined."
        yield Finding(f"one {what}", "note", text, single / len(folds))


def _people(index: Index, rows: Rows) -> int:
    return int(np.count_nonzero(np.bincount(index.subject[rows])))


def _span(counts: Sequence[int], noun: str) -> str:
    low, high = min(counts), max(counts)
    number = f"{low}" if low == high else f"{low} to {high}"
    return f"{number} {noun}" if high == 1 else f"{number} {noun}s"
