"""Ratings become classes: the rules themselves, and that a fold learns them from its training part alone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.api import Threshold
from bench.cells.ratings import Ratings

PEOPLE = np.array(["a", "a", "b", "b"])
RATINGS = {"arousal": np.array([1.0, 3.0, 5.0, 9.0])}


@pytest.mark.parametrize(
    ("rule", "labels"),
    [("mean", [0, 0, 1, 1]), ("median", [0, 0, 1, 1]), ("subject-mean", [0, 1, 0, 1]), ("midpoint", [0, 0, 0, 1])],
)
def test_rules_by_hand(rule, labels):
    made = Threshold("arousal", rule, middle=5.0)
    assert made.label(PEOPLE, RATINGS, made.learn(PEOPLE, RATINGS)).tolist() == labels


def test_a_person_who_is_not_known_gets_the_mean_of_the_others_own_thresholds():
    made = Threshold("arousal", "subject-mean", middle=5.0)
    learnt = made.learn(PEOPLE, RATINGS)
    assert learnt == {"a": 2.0, "b": 7.0, "": 4.5}
    assert made.label(np.array(["c", "c"]), {"arousal": np.array([4.5, 4.6])}, learnt).tolist() == [0, 1]


@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=20),
    st.sampled_from(["mean", "median", "subject-mean"]),
    st.integers(1, 8),
    st.integers(-64, 64),
)
def test_labels_do_not_depend_on_the_scale(values, rule, scale, shift):
    people = np.array([f"p{place % 3}" for place in range(len(values))])
    made = Threshold("r", rule, middle=0.0)
    plain, moved = {"r": np.array(values, float)}, {"r": np.array(values, float) * 2.0**scale + shift * 2.0**scale}
    assert (
        made.label(people, plain, made.learn(people, plain)).tolist()
        == made.label(people, moved, made.learn(people, moved)).tolist()
        or rule != "median"  # a mean of thirds may round to either side of a rating that equals it
    )


def test_a_trial_counts_once_however_many_windows_it_has():
    table = pd.DataFrame({"subject": "a", "trial": ["x"] * 9 + ["y"], "rating.arousal": [1.0] * 9 + [9.0]})
    ratings = Ratings.of(Threshold("arousal", "mean", middle=0.0), table)
    assert ratings.labels(ratings.learn()).tolist() == [0] * 9 + [1]


# ----------------------------------------------------------------------------- folds

DECLARED = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_datasets():
    return [Plugin("rated", "rated_data.rated:Rated", "Three people who rate.")]
"""

RATED = '''
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from bench.api import Card, Dataset, Recording, Segment, Signal
from bench.api import Threshold

RATINGS = {"P1": (1.0, 2.0), "P2": (3.0, 4.0), "P3": (8.0, 9.0)}


@dataclass(frozen=True)
class Rated(Dataset):
    """Three people with two rated trials each; the third rates everything high."""

    scope: Annotated[str, "who teaches the threshold"] = "train"

    card = Card("rated", "here", "MIT", "none")
    modalities = ("eda",)
    targets = {"arousal": ("low", "high")}

    def subjects(self):
        return list(RATINGS)

    def load(self, subject):
        values = np.random.default_rng(int(subject[1])).normal(size=(1, 400))
        segments = [
            Segment(0.0, 20.0, "1", {}, ratings={"arousal": RATINGS[subject][0]}),
            Segment(20.0, 40.0, "2", {}, ratings={"arousal": RATINGS[subject][1]}),
            Segment(40.0, 60.0, "3", {}),
        ]
        return [Recording(subject, {"eda": Signal(values, 5.0)}, segments, excluded={"a trial nobody saw": 2})]

    def digest(self):
        return "1"

    def label_rule(self, target):
        return Threshold("arousal", "mean", 5.0, self.scope)
'''


@pytest.fixture
def rated(bench, install):
    install(bench.package("rated-data", DECLARED, rated=RATED))
    return bench


def truth(bench, *options):
    """Person held out -> label of each of its trials."""
    arguments = ("run", "--dataset", "rated", "--model", "majority", "--fusion", "none", "--no-baselines", *options)
    bench(*arguments).ok()
    found = {}
    for task in bench.tasks().values():
        table = pd.read_parquet(task / "predictions.parquet")
        found[table["subject"][0]] = table.groupby("trial")["label"].first().tolist()
    return found


def test_each_fold_learns_the_threshold_from_its_training_part(rated):
    # Without P3 the threshold is 2.5, without P2 it is 5, without P1 it is 6.
    assert truth(rated) == {"P1": [0, 0], "P2": [0, 0], "P3": [1, 1]}
    record = rated.record("majority · none", "002-P3.s0")
    assert record["label_rule"] == {"": 2.5}
    described = rated("run", "--dataset", "rated", "--model", "majority", "--fusion", "none", "--no-baselines",
                      "--dry-run").ok()  # fmt: skip
    assert "audit: clean" in described.out
    shown = rated("show").ok().out
    assert "labels: arousal is high above the mean of all ratings (fitted in each fold on its training part)" in shown
    assert "excluded: 9 windows without a label for arousal; a trial nobody saw: 6" in shown


def test_a_threshold_that_saw_everybody_makes_the_row_leaky(rated):
    found = rated("run", "--dataset", "rated(scope=everything)", "--model", "majority", "--fusion", "none",
                  "--no-baselines", "--dry-run").ok()  # fmt: skip
    assert "audit: leaky" in found.out
    assert "The threshold of arousal uses data of several subjects, test subjects included." in found.out
