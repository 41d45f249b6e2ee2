"""Folds of a run: drawn once, from a copy of the index table, and refused where they break the contract."""

import json

import numpy as np
import pandas as pd
import pytest

from bench.checks.examples.windows import table
from bench.errors import PluginError
from bench.planning.folds import draw
from bench_splits.crossed import SubjectStimulusIndependent
from bench_splits.kfold import StimulusIndependent, SubjectIndependent, TrialKFold, WindowKFold
from bench_splits.subjects import Holdout, LeaveOneSubjectOut

ONE = ("run", "--profile", "smoke", "--modalities", "eda", "--fusion", "none", "--no-baselines")
DECLARED = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_protocols():
    return [Plugin("broken", "bench_broken.protocol:Broken", "It breaks the contract.")]
"""
PROTOCOL = """
from dataclasses import dataclass
import os
from itertools import count
import numpy as np
from bench.api import Fold, Protocol

@dataclass(frozen=True)
class Broken(Protocol):
    groups = {groups}

    def outer(self, table):
        persons, labels = table["subject"].to_numpy(), table["label"].to_numpy()
        rows, first = np.arange(len(table)), np.flatnonzero(persons == persons[0])
        rest = np.setdiff1d(rows, first)
        last = np.flatnonzero(persons == persons[-1])
{body}
"""
CHANGED = "It changes the table; work on a copy."
AGAIN = "derive random numbers from an option such as a seed."

FAULTS = {
    "relabels": ("table['label'] = 1 - labels; yield 'a', rest, first", CHANGED),
    "relabels in place": ("table.iloc[0, table.columns.get_loc('label')] = 7; yield 'a', rest, first", CHANGED),
    "renames": ("table['subject'] = 'P' + table['subject']; yield 'a', rest, first", CHANGED),
    "adds": ("table['mine'] = 1; yield 'a', rest, first", CHANGED),
    "draws": (
        "yield 'a', rest, np.random.default_rng().permutation(first)[:5]",
        f"The test rows of fold 'a' change in a second call; {AGAIN}",
    ),
    "renames folds": (
        "yield str(np.random.default_rng().integers(10**9)), rest, first",
        f"A second call yields folds with other names; {AGAIN}",
    ),
    "tests a fold twice": (
        "yield 'a', rest, first; yield 'b', rest, first",
        (
            "Fold 'b' tests row 0, which other folds have tested once already; test each row once, or return from "
            "repetitions() how often."
        ),
    ),
    "never ends": (
        "for number in count(): yield '.' * (3 + number), rest, first",
        (
            "Fold '....' tests row 0, which other folds have tested once already; test each row once, or return from "
            "repetitions() how often."
        ),
    ),
    "repeats a row": (
        "yield 'a', rest, np.repeat(first, 2)",
        "Fold 'a' contains a test row twice; list each row once.",
    ),
    "repeats a training row": (
        "yield 'a', np.repeat(rest, 2), first",
        "Fold 'a' contains a training row twice; list each row once.",
    ),
    "negative": (
        "yield 'a', rest, first - len(table)",
        "Fold 'a' has the test row -288, but the table has rows 0 to 287.",
    ),
    "outside": (
        "yield 'a', rest, np.append(first, len(table))",
        "Fold 'a' has the test row 288, but the table has rows 0 to 287.",
    ),
    "booleans": (
        "yield 'a', rest, persons == persons[0]",
        "The test rows of fold 'a' are an array of bool with 1 dimensions; yield an array of row numbers.",
    ),
    "trains on tests": (
        "yield 'a', rows, last",
        "Fold 'a' has 16 training rows that are also test rows.",
    ),
    "nothing to train on": ("yield 'a', rows[:0], rows", "Fold 'a' has no training rows; leave such folds out."),
    "nothing to test": ("yield 'a', rest, rows[:0]", "Fold 'a' has no test rows; leave such folds out."),
    "same names": (
        "yield 'a', rest, first; yield 'a', first, rest",
        "Two folds have the name 'a'; names must be distinct.",
    ),
    "by label": (
        "for c in (0, 1): test = np.flatnonzero(labels == c)[::2]; yield f'c{c}', np.setdiff1d(rows, test), test",
        (
            "Fold 'c0' chooses test rows by their labels, also where labels are shuffled; use labels only to spread "
            "classes evenly."
        ),
    ),
    "by person and label": (
        (
            "for p in np.unique(persons):\n"
            "            for c in (0, 1):\n"
            "                test = np.flatnonzero((labels == c) & (persons == p))\n"
            "                if len(test): yield f'{p}{c}', np.setdiff1d(rows, test), test"
        ),
        (
            "Fold 'P010' chooses test rows by their labels, also where labels are shuffled; use labels only to spread "
            "classes evenly."
        ),
    ),
}


WINDOWS = table()


def protocol(body, groups="()"):
    """A protocol whose `outer` has this body."""
    space = {"__name__": __name__}
    exec(PROTOCOL.format(body=f"        {body}", groups=groups), space)
    return space["Broken"]()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_protocol_is_named(fault):
    body, message = FAULTS[fault]
    with pytest.raises(PluginError) as caught:
        draw(protocol(body), WINDOWS)
    assert str(caught.value) == message
    pd.testing.assert_frame_equal(WINDOWS, table())


def test_groups_are_not_split_between_parts():
    with pytest.raises(PluginError) as caught:
        draw(protocol("yield 'a', rest, first[:5]; yield 'b', rows[5:], first[:5]", "('subject',)"), WINDOWS)
    assert str(caught.value) == (
        "Fold 'b' has rows of the subject 'P01' in its training and its test part, but subject is one of the "
        "protocol's groups."
    )


def test_rows_are_copied_when_a_fold_is_drawn():
    body = (
        "place = np.zeros(24, dtype=int)\n        for number in range(3):\n"
        "            place[:] = np.arange(24) + 24 * number\n            yield str(number), np.arange(72, 96), place"
    )
    assert [fold.test[0] for fold in draw(protocol(body), WINDOWS)] == [0, 24, 48]


@pytest.mark.parametrize("repeats", [1, 3])
def test_a_protocol_may_test_windows_as_often_as_its_option_repeats(repeats):
    drawn = draw(SubjectIndependent(repeats=repeats), WINDOWS)
    assert (np.bincount(np.concatenate([fold.test for fold in drawn])) == repeats).all()
    wrong = protocol("for number in range(2): yield str(number), rest, first")
    type(wrong).repetitions = lambda self: 2
    assert len(draw(wrong, WINDOWS)) == 2


@pytest.mark.parametrize(
    "sound",
    [LeaveOneSubjectOut(), Holdout(repeats=4), WindowKFold(stratified=True), TrialKFold(), SubjectIndependent(),
     StimulusIndependent(), SubjectStimulusIndependent(subjects=3, stimuli=4)],
    ids=lambda sound: type(sound).__name__,
)  # fmt: skip
@pytest.mark.parametrize("labels", ["classes", "of a subject", "of a stimulus", "rare", "numbers"])
def test_spreading_classes_is_not_choosing_by_label(sound, labels):
    random = np.random.default_rng(0)
    changed = {
        "classes": WINDOWS["label"],
        "of a subject": pd.factorize(WINDOWS["subject"])[0] % 3,
        "of a stimulus": pd.factorize(WINDOWS["stimulus"])[0] % 2,
        "rare": (random.random(len(WINDOWS)) < 0.1).astype(int),
        "numbers": random.normal(size=len(WINDOWS)),
    }
    assert draw(sound, WINDOWS.assign(label=changed[labels]))


# -------------------------------------------------------------------------------- in a run


@pytest.fixture
def broken(bench):
    """Runs a protocol whose `outer` has this body."""
    package = bench.package("bench-broken", DECLARED, protocol="")

    def run(body, *arguments):
        source = PROTOCOL.format(body=f"        {body}", groups="()")
        (package / "bench_broken" / "protocol.py").write_text(source)
        return bench.process(*ONE, "--protocol", "broken", *arguments, packages=(package,))

    return run


def test_a_run_refuses_a_protocol_with_a_fault_by_its_name(broken):
    broken("table['label'] = 1 - labels; yield 'a', rest, first").failure(
        "The protocol 'broken' breaks its contract: it changes the table; work on a copy."
    )
    broken("return iter(())").usage_error("The protocol 'broken' yields no folds for 'synthetic'.")


def test_stored_tasks_are_of_the_folds_that_are_audited(broken, bench, monkeypatch):
    def run(step, *arguments):
        monkeypatch.setenv("STEP", str(step))
        return broken("yield 'a', rest, first[:: int(os.environ['STEP'])]", *arguments)

    def predicted():
        return [len(pd.read_parquet(folder / "predictions.parquet")) for folder in bench.tasks().values()]

    run(1).ok()
    whole = predicted()
    run(1).ok()
    key = json.loads(bench.runs()[0].read_text())["items"][0]["key"]
    run(2).failure(
        f"The protocol 'broken' draws other folds now than those of the stored cell {key}, for example at random "
        "without a seed or with other versions of libraries; replace the stored results with --fresh, or name another "
        "folder with --out."
    )
    assert predicted() == whole
    run(2, "--fresh").ok()
    assert predicted() == [rows // 2 for rows in whole]
