"""The audit: what could let a model recognise test windows, from the index table and the folds alone.

| finding | when | severity |
|---|---|---|
| shared samples | a test window overlaps a training window of its recording | leaky |
| touching windows | no gap to a training window; of the same trial, or of another | leaky, or a note |
| trial on both sides | a training window is of the same trial | leaky |
| subject on both sides | a training window is of the same subject, whatever that alone scores | subject-dependent |
| stimulus on both sides | the stimulus alone predicts labels above chance, or does not | leaky, or a note |
| stimulus confound | the same, where test subjects are not trained on | note |
| names of trials | the name of a trial predicts labels of new subjects better than its place and its stimulus | note |
| copied signals | signals of a test window are in a training window of another subject; in no fold | leaky, or a note |
| shared recordings, repeated signals | the same in another recording of the subject, or in one recording | the same |
| gap | the smallest time between training and test windows of a recording, and how long signals correlate | note |
| tested again | a window is tested more than once | note |
| not repeatable | a search ends after a time | note |
| declared | a step uses a whole recording or session, or several subjects | transductive, or leaky |

A stimulus that predicts the labels of new subjects is a note, not a leak: a model can only have learnt how subjects
respond to that stimulus, and the baseline that knows only the stimulus shows how far this goes. Where subjects are on
both sides as well, a model can recognise a subject's own response to a stimulus, which no baseline shows.

For regression, an identity predicts labels if the means of its training windows explain variance (R2) of the test
windows; the R2 of shuffled labels is 0 or below.

Everything is counted over all folds, for the training and validation parts against the test part, and again, with the
prefix "inner: ", for the training part against the validation part: a leak there selects the wrong model, and so
weighs the same. Only that subjects are on both sides is a note there, since the test subjects are new all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from bench.audit.gaps import Gaps
from bench.audit.overlap import Codes, Finding, Overlap, percent
from bench.audit.repeats import Repeats
from bench.audit.trial_names import TrialNames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd

    from bench.api import Fold, Rows
    from bench.audit.duplicates import Duplicate

Verdict = Literal["clean", "transductive", "subject-dependent", "leaky"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)  # the gravest last


@dataclass(frozen=True)
class Audit:
    """All findings, and the verdict: the severity of the gravest. Notes leave a row clean."""

    verdict: Verdict
    findings: tuple[Finding, ...]


def audit(
    table: pd.DataFrame,
    folds: Sequence[Fold],
    declared: Sequence[tuple[str, str]] = (),
    duplicates: Sequence[Duplicate] = (),
    correlation_times: Callable[[], Mapping[str, float]] = dict,
) -> Audit:
    """Audit folds.

    `declared` holds what plugins declare, with scopes, and `duplicates` what signals show. How long signals resemble
    themselves is computed only where recordings are on both sides.
    """
    codes = Codes(table)
    outer, inner, trial_names = Overlap(codes), Overlap(codes), TrialNames(table, codes)
    repeats, gaps = Repeats(table, duplicates), Gaps(codes, table)
    for fold in folds:
        train = np.concatenate([fold.train, fold.validation])
        outer.add(train, fold.test)
        trial_names.add(train, fold.test)
        repeats.add(train, fold.test)
        gaps.add(train, fold.test)
        inner.add(fold.train, fold.validation)
    findings = [
        *outer.findings(),
        *trial_names.findings(),
        *repeats.findings(),
        *gaps.findings(correlation_times() if gaps.same_recording else {}),
        *map(_inner, inner.findings()),
        *_declared(declared),
        *_sizes(codes, folds),
    ]
    severities = {"clean", *(found.severity for found in findings)}
    return Audit(max((one for one in VERDICTS if one in severities), key=VERDICTS.index), tuple(findings))


def _inner(found: Finding) -> Finding:
    severity = "note" if found.severity == "subject-dependent" else found.severity
    return Finding(f"inner: {found.name}", severity, found.text, found.share)


def _declared(declared: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    for text, scope in declared:
        subject = text[:1].upper() + text[1:]
        if scope in ("session", "recording"):
            yield Finding("declared", "transductive", f"{subject} uses the whole {scope} of the test subject.", 1.0)
        elif scope == "alone":
            yield Finding("declared", "note", f"{subject} uses whole recordings, each of which is one window.", 0.0)
        elif scope == "everything":
            yield Finding("declared", "leaky", f"{subject} uses data of several subjects, test subjects included.", 1.0)
        elif scope == "calibration":
            gives = "calibrates on a condition whose windows are scored, which gives their labels away."
            yield Finding("calibration", "leaky", f"{subject} {gives}", 1.0)
        elif scope == "time":
            ends = "ends after some seconds: how many trials that are depends on the machine and its load."
            yield Finding("not repeatable", "note", f"{subject} {ends}", 1.0)
        elif scope == "fold":
            yield Finding("declared", "note", f"{subject} has seen no test window.", 0.0)


def _sizes(codes: Codes, folds: Sequence[Fold]) -> Iterator[Finding]:
    """Notes on the sizes of parts, and on metrics that are undefined."""
    if not folds:
        yield Finding("sizes", "note", "There are no folds.", 0.0)
        return
    trained, validated, tested = (
        _span([len(rows) for rows in part], "window")
        + " of "
        + _span([_subjects(codes, rows) for rows in part], "subject")
        for part in zip(*((fold.train, fold.validation, fold.test) for fold in folds), strict=True)
    )
    used = np.zeros(len(codes), dtype=bool)
    for fold in folds:
        used[fold.test] = True
    share = float(used.mean()) if len(codes) else 0.0
    times = np.bincount(np.concatenate([fold.test for fold in folds]), minlength=len(codes))
    text = f"{_span([len(folds)], 'fold')}: fit {trained}, validate {validated}, test {tested}"
    yield Finding("sizes", "note", f"{text}; {percent(share)} of all windows are tested.", share)
    if (times > 1).any():
        again = float((times > 1).sum() / used.sum())
        text = f"{percent(again)} of tested windows are tested more than once, {times.max()} times at most"
        yield Finding("tested again", "note", f"{text}; their predictions are not independent.", again)
    single = sum(len(np.unique(codes.label[fold.test])) == 1 for fold in folds)
    if single:
        what, undefined = ("value", "r, CCC and R2 are") if codes.regression else ("class", "AUROC is")
        text = f"{single} of {len(folds)} folds test one {what} only, where {undefined} undefined."
        yield Finding(f"one {what}", "note", text, single / len(folds))
    alone = sum(len(np.unique(codes.label[np.concatenate([fold.train, fold.validation])])) == 1 for fold in folds)
    if alone and not codes.regression:
        text = f"{alone} of {len(folds)} folds train on one class only, which most models refuse."
        yield Finding("one class in training", "note", text, alone / len(folds))


def _subjects(codes: Codes, rows: Rows) -> int:
    return int(np.count_nonzero(np.bincount(codes.subject[rows])))


def _span(counts: Sequence[int], noun: str) -> str:
    low, high = min(counts), max(counts)
    number = f"{low}" if low == high else f"{low} to {high}"
    return f"{number} {noun}" if high == 1 else f"{number} {noun}s"
