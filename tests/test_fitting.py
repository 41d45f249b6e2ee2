"""Fitting under each fusion, against scikit-learn and rules worked by hand, with estimators that tell what they saw."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler

from bench.api import Fusion, Model, SklearnModel
from bench.data.part import Part
from bench.data.sources import Vectors
from bench.data.windows import INDEX, WindowSet
from bench.errors import PluginError, TaskError
from bench.worker.fit import fit
from bench.worker.fit_plan import FitSpec
from bench_classical.classifiers import Logistic
from bench_classical.frequencies import Majority
from bench_early.early import Early
from bench_late.late import Late
from bench_none.none import NoFusion
from bench_splits.kfold import TrialKFold
from bench_splits.subjects import LeaveOneSubjectOut

PEOPLE, TRIALS, WINDOWS = 6, 4, 3


def part(modalities=("eda", "bvp", "ecg"), classes=2, labels=None, seed=0):
    """Windows whose first feature follows the label, in each modality a little differently."""
    person, trial, window = (axis.ravel() for axis in np.indices((PEOPLE, TRIALS, WINDOWS)))
    label = trial % classes if labels is None else np.asarray(labels(person, trial, window))
    table = pd.DataFrame(
        {
            "subject": [f"P{number}" for number in person],
            "session": "1",
            "trial": [f"P{a}/1/T{b}" for a, b in zip(person, trial, strict=True)],
            "stimulus": [f"S{number}" for number in trial],
            "start": window * 5.0,
            "stop": window * 5.0 + 10,
            "label": label,
        }
    )
    random = np.random.default_rng(seed)
    sources = {}
    for place, modality in enumerate(modalities):
        values = random.normal(size=(len(table), 2 + place))
        values[:, 0] += label / (1 + place)
        sources[modality] = Vectors(values, tuple(f"{modality}.{column}" for column in range(2 + place)))
    windows = WindowSet({name: table[name].to_numpy() for name in INDEX if name in table}, sources)
    return Part.of(table, windows, ("calm", "tense", "glad")[:classes])


def halves(whole):
    """The first four people, and the others' windows."""
    inside = whole.table["subject"].isin(["P0", "P1", "P2", "P3"]).to_numpy()
    return whole.take(np.flatnonzero(inside)), whole.windows.take(np.flatnonzero(~inside))


def spec(model, fusion, protocol=None):
    return FitSpec(model, fusion, protocol or LeaveOneSubjectOut())


def reference(train, labels, test):
    """Standardised logistic regression, as scikit-learn has it."""
    scaler = StandardScaler().fit(train)
    fitted = LogisticRegression(max_iter=2000).fit(scaler.transform(train), labels)
    return fitted.predict_proba(scaler.transform(test))


# -------------------------------------------------------------------------------- estimators that tell


@dataclass
class Telling:
    """Predicts what it is told to, and keeps what it was given."""

    model: Any
    seed: int
    device: str

    def fit(self, train, validation):
        self.seen = set(zip(train.trial, train.start, strict=True))
        self.model.fits.append((train.modalities, self.seed, train, validation))

    def predict_proba(self, windows):
        asked = set(zip(windows.trial, windows.start, strict=True))
        self.model.asked.append((windows.modalities, windows, bool(asked & self.seen)))
        return self.model.rule(windows)


def by_level(windows):
    """Probabilities that follow the first feature."""
    high = 1 / (1 + np.exp(0.5 - windows.features()[:, 0]))
    return np.column_stack([1 - high, high])


@dataclass(frozen=True)
class Teller(Model):
    rule: Any = by_level
    fits: list[Any] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)

    def estimator(self, seed, device):
        return Telling(self, seed, device)


@dataclass(frozen=True)
class Validating(Teller):
    validates: ClassVar[bool] = True


# -------------------------------------------------------------------------------- without fusion, and early


def test_one_modality_alone_is_scikit_learns_model_of_its_features():
    train, test = halves(part(("eda",)))
    found = fit(spec(Logistic(), NoFusion()), train, 0).predict(test)
    expected = reference(train.windows.features(), train.labels, test.features())
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
def test_early_fusion_is_scikit_learns_model_of_all_features_side_by_side(classes):
    train, test = halves(part(classes=classes))
    names = train.windows.modalities
    found = fit(spec(Logistic(), Early()), train, 0).predict(test)
    expected = reference(
        np.hstack([train.windows.features(name) for name in names]),
        train.labels,
        np.hstack([test.features(name) for name in names]),
    )
    np.testing.assert_allclose(found, expected, atol=1e-6)


# -------------------------------------------------------------------------------- late


def members(train, test):
    return {
        name: reference(train.windows.features(name), train.labels, test.features(name))
        for name in train.windows.modalities
    }


def test_the_average_is_that_of_one_model_per_modality():
    train, test = halves(part(classes=3))
    found = fit(spec(Logistic(), Late()), train, 0).predict(test)
    np.testing.assert_allclose(found, np.mean(list(members(train, test).values()), axis=0), atol=1e-6)


def test_a_vote_counts_members_and_the_average_settles_ties():
    train, test = halves(part(("eda", "bvp"), classes=3))
    found = fit(spec(Logistic(), Late("vote")), train, 0).predict(test)
    told = list(members(train, test).values())
    for row in range(len(test)):
        expected = [0.0, 0.0, 0.0]
        for probabilities in told:
            expected[int(np.argmax(probabilities[row]))] += 1
            for place in range(3):
                expected[place] += probabilities[row][place] / 2
        np.testing.assert_allclose(found[row], np.array(expected) / 3, atol=1e-6)


def test_a_vote_of_three_worked_by_hand():
    votes = {"a": np.array([[0.6, 0.4]]), "b": np.array([[0.55, 0.45]]), "c": np.array([[0.05, 0.95]])}
    # two votes against one, though the average (0.4, 0.6) says otherwise: (2 + 0.4, 1 + 0.6) / 4
    np.testing.assert_allclose(Late("vote").combine(votes, None), [[0.6, 0.4]])
    del votes["b"]  # a tie: the average (0.325, 0.675) decides: (1 + 0.325, 1 + 0.675) / 3
    np.testing.assert_allclose(Late("vote").combine(votes, None), [[1.325 / 3, 1.675 / 3]])


def probabilities(*wins):
    return np.array([[0.9, 0.1] if win == 0 else [0.1, 0.9] for win in wins])


@pytest.mark.parametrize(
    ("votes", "shares"),
    [
        # recall of class 0 and 1, their mean, above one half: 1 -> 0.5; (1 + 0.5) / 2 -> 0.25
        ({"a": probabilities(0, 0, 1, 1), "b": probabilities(0, 0, 0, 1)}, [2 / 3, 1 / 3]),
        ({"a": probabilities(0, 0, 1, 1), "b": probabilities(1, 1, 0, 0)}, [1, 0]),  # worse than chance weighs nothing
        ({"a": probabilities(0, 0, 0, 0), "b": probabilities(1, 1, 0, 0)}, [1 / 2, 1 / 2]),  # nobody is better
    ],
)
def test_weights_are_how_far_a_member_is_above_chance(votes, shares):
    late = Late("weighted")
    learnt = late.learn(votes, np.array([0, 0, 1, 1]))
    np.testing.assert_allclose(learnt, shares)
    test = {"a": np.array([[0.2, 0.8]]), "b": np.array([[0.7, 0.3]])}
    np.testing.assert_allclose(
        late.combine(test, learnt), [[shares[0] * 0.2 + shares[1] * 0.7, shares[0] * 0.8 + shares[1] * 0.3]]
    )


def held_out(train, protocol, parts):
    """Each modality's predictions of inner parts by models of the others, by hand, and the truth."""
    rows = np.arange(len(train.labels))
    votes = {name: [] for name in train.windows.modalities}
    truth = []
    for inside, held in protocol.inner(train.table, rows, parts):
        truth.extend(train.labels[held])
        for name, found in votes.items():
            values = train.windows.features(name)
            found.append(reference(values[inside], train.labels[inside], values[held]))
    return {name: np.concatenate(found) for name, found in votes.items()}, np.array(truth)


def test_weights_come_from_held_out_parts():
    train, test = halves(part())
    votes, truth = held_out(train, LeaveOneSubjectOut(), 3)
    above = np.array([max(0, balanced_accuracy_score(truth, found.argmax(axis=1)) - 0.5) for found in votes.values()])
    assert above.sum() > 0
    expected = sum(share * told for share, told in zip(above / above.sum(), members(train, test).values(), strict=True))
    found = fit(spec(Logistic(), Late("weighted")), train, 0).predict(test)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("parts", [2, 4])
def test_stacking_is_a_regression_on_log_odds_of_held_out_parts(parts):
    train, test = halves(part())
    votes, truth = held_out(train, LeaveOneSubjectOut(), parts)

    def odds(told):
        return np.column_stack([np.log(found[:, 1] / found[:, 0]) for found in told.values()])

    expected = LogisticRegression().fit(odds(votes), truth).predict_proba(odds(members(train, test)))
    found = fit(spec(Logistic(), Late("stacking", parts)), train, 0).predict(test)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_stacking_keeps_a_column_for_a_class_that_it_never_saw():
    whole = part(classes=3, labels=lambda person, trial, window: trial % 2)
    train, test = halves(whole)
    found = fit(spec(Logistic(), Late("stacking")), train, 0).predict(test)
    assert found.shape == (len(test), 3)
    assert (found[:, 2] == 0).all()


@dataclass(frozen=True)
class Overwrites(LeaveOneSubjectOut):
    """Changes the table and the rows that it is given once it has split them."""

    def inner(self, table, rows, parts):
        found = list(super().inner(table, rows.copy(), parts))
        table["label"] = 0
        rows[:] = 0
        return iter(found)


@pytest.mark.parametrize("fusion", [Early(), Late("stacking")], ids=str)
def test_nothing_but_the_protocol_sees_what_it_changes_in_an_inner_split(fusion):
    train, test = halves(part())
    tables, labels = train.table.copy(), train.labels.copy()
    expected = fit(spec(Validating(), fusion), train, 0).predict(test)
    found = fit(spec(Validating(), fusion, Overwrites()), train, 0).predict(test)
    np.testing.assert_array_equal(found, expected)
    pd.testing.assert_frame_equal(train.table, tables)
    np.testing.assert_array_equal(train.labels, labels)


@pytest.mark.parametrize("rule", ["weighted", "stacking"])
@pytest.mark.parametrize(
    ("protocol", "group"), [(LeaveOneSubjectOut(), "subject"), (TrialKFold(), "trial")], ids=["people", "trials"]
)
def test_what_a_rule_learns_from_was_predicted_by_models_that_saw_nothing_of_its_group(rule, protocol, group):
    train, _ = halves(part())
    teller = Teller()
    fit(spec(teller, Late(rule), protocol), train, 0)
    inner = teller.fits[:-3]  # the last three are the members that stay
    assert len(inner) == len(teller.asked) == 9  # three parts, three modalities
    predicted = {}
    for (modalities, _, fitted, _), (asked_of, asked, saw_it) in zip(inner, teller.asked, strict=True):
        assert modalities == asked_of
        assert not saw_it
        assert not set(getattr(fitted, group)) & set(getattr(asked, group))
        assert len(fitted) + len(asked) == len(train.labels)
        predicted.setdefault(modalities, []).extend(zip(asked.trial, asked.start, strict=True))
    everything = sorted(zip(train.windows.trial, train.windows.start, strict=True))
    for rows in predicted.values():  # and each window once
        assert sorted(rows) == everything
    for _, _, fitted, _ in teller.fits[-3:]:
        assert len(fitted) == len(train.labels)


@pytest.mark.parametrize("rule", ["average", "vote"])
def test_rules_that_learn_nothing_fit_each_member_once(rule):
    train, _ = halves(part())
    teller = Teller()
    fit(spec(teller, Late(rule)), train, 0)
    assert [modalities for modalities, *_ in teller.fits] == [("eda",), ("bvp",), ("ecg",)]
    assert teller.asked == []


def test_a_rule_that_needs_inner_parts_says_so_where_there_are_none():
    whole = part()
    train = whole.take(np.flatnonzero((whole.table["subject"] == "P0").to_numpy()))
    with pytest.raises(TaskError) as caught:
        fit(spec(Teller(), Late("stacking")), train, 0)
    assert str(caught.value) == (
        "This fusion needs inner splits, and the training part cannot be split by the protocol's groups."
    )


# -------------------------------------------------------------------------------- what is refused

BAD_SHAPE = "Predictions have the shape {}; expected ({}, 2)."
NO_PROBABILITIES = "Predictions are not probabilities: each row must be finite, not negative, and sum to 1."


def constant(*row):
    return lambda windows: np.tile(row, (len(windows), 1))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (constant(0.5, 0.6), NO_PROBABILITIES),
        (constant(1.5, -0.5), NO_PROBABILITIES),
        (constant(np.nan, np.nan), NO_PROBABILITIES),
        (constant(np.inf, 0.0), NO_PROBABILITIES),
        (constant(0.2, 0.3, 0.5), BAD_SHAPE.format("({0}, 3)", "{0}")),
        (lambda windows: np.full(len(windows), 0.5), BAD_SHAPE.format("({0},)", "{0}")),
        (lambda windows: np.full((1, 2), 0.5), BAD_SHAPE.format("(1, 2)", "{0}")),
    ],
)
@pytest.mark.parametrize("fusion", [Early(), Late(), Late("stacking"), Late("weighted")], ids=str)
def test_predictions_that_are_no_probabilities_are_refused(rule, message, fusion):
    train, test = halves(part())
    inner = fusion.inner_folds  # of which the first is predicted first, by models of the other people
    count = len(next(LeaveOneSubjectOut().inner(train.table, np.arange(len(train.labels)), inner))[1]) if inner else 24
    with pytest.raises(PluginError) as caught:
        fit(spec(Teller(rule), fusion), train, 0).predict(test)
    assert str(caught.value) == message.format(count)


@dataclass(frozen=True)
class Summing(Fusion):
    """A fusion that forgets to divide."""

    def combine(self, probabilities, learnt):
        return sum(probabilities.values())


def test_a_fusion_whose_decisions_are_no_probabilities_is_refused():
    train, test = halves(part())
    with pytest.raises(PluginError) as caught:
        fit(spec(Teller(), Summing()), train, 0).predict(test)
    assert str(caught.value) == NO_PROBABILITIES


@pytest.mark.parametrize("fusion", [Early(), Late(), Late("stacking")], ids=str)
def test_a_training_part_of_one_class_is_refused(fusion):
    train, _ = halves(part(labels=lambda person, trial, window: np.ones_like(trial)))
    teller = Teller()
    with pytest.raises(TaskError) as caught:
        fit(spec(teller, fusion), train, 0)
    assert str(caught.value) == "The training part holds only the class 'tense', so nothing can be learnt from it."
    assert teller.fits == []


def test_an_empty_training_part_is_refused():
    whole = part()
    with pytest.raises(TaskError) as caught:
        fit(spec(Teller(), Early()), whole.take(np.array([], dtype=np.intp)), 0)
    assert str(caught.value) == "The training part holds no windows, so nothing can be learnt from it."


def test_a_baseline_of_who_and_when_needs_no_second_class():
    train, test = halves(part((), labels=lambda person, trial, window: np.ones_like(trial)))
    assert fit(spec(Majority(), NoFusion()), train, 0).predict(test).tolist() == [[0.0, 1.0]] * len(test)


@pytest.mark.parametrize(
    ("model", "fusion"), [(Validating(), Early()), (Teller(), Late("stacking"))], ids=["validation", "stacking"]
)
def test_an_inner_part_of_one_class_is_refused_before_it_is_fitted(model, fusion):
    """Person P0 alone has the second class, so whatever holds P0 out leaves one class."""
    whole = part(labels=lambda person, trial, window: (person == 0).astype(int))
    train = whole.take(np.flatnonzero(whole.table["subject"].isin(["P0", "P1"]).to_numpy()))
    with pytest.raises(TaskError) as caught:
        fit(spec(model, fusion), train, 0)
    assert str(caught.value).replace("'tense'", "'calm'") == (
        "The inner training part holds only the class 'calm', so nothing can be learnt from it."
    )
    assert model.fits == []


# -------------------------------------------------------------------------------- validation, seeds, size


@pytest.mark.parametrize(
    ("protocol", "group"), [(LeaveOneSubjectOut(), "subject"), (TrialKFold(), "trial")], ids=["people", "trials"]
)
@pytest.mark.parametrize("fusion", [Early(), Late()], ids=["early", "late"])
def test_a_model_that_validates_gets_a_part_that_is_grouped_as_the_protocol_is(protocol, group, fusion):
    train, _ = halves(part())
    model = Validating()
    fit(spec(model, fusion, protocol), train, 0)
    assert len(model.fits) == (3 if fusion == Late() else 1)
    for _, _, fitted, validation in model.fits:
        assert len(validation) > 0
        assert len(fitted) + len(validation) == len(train.labels)
        assert not set(getattr(fitted, group)) & set(getattr(validation, group))
        truth = dict(zip(zip(train.windows.trial, train.windows.start, strict=True), train.labels, strict=True))
        for given in (fitted, validation):
            assert given.labels.tolist() == [truth[key] for key in zip(given.trial, given.start, strict=True)]
            assert given.classes == train.classes


def test_a_model_that_does_not_validate_gets_everything_and_no_validation_part():
    train, _ = halves(part())
    model = Teller()
    fit(spec(model, Early()), train, 0)
    ((_, _, fitted, validation),) = model.fits
    assert len(fitted) == len(train.labels)
    assert validation is None


def seeds(modalities, fusion, seed):
    teller = Teller()
    fit(spec(teller, fusion), halves(part(modalities))[0], seed)
    return {names[0]: number for names, number, *_ in teller.fits}


@pytest.mark.parametrize("fusion", [Late(), Late("stacking")], ids=["average", "stacking"])
def test_members_draw_from_seeds_of_their_own_whoever_else_is_there(fusion):
    three = seeds(("eda", "bvp", "ecg"), fusion, 1)
    assert len(set(three.values())) == 3
    assert seeds(("bvp", "eda"), fusion, 1) == {name: three[name] for name in ("eda", "bvp")}
    other = seeds(("eda", "bvp", "ecg"), fusion, 2)
    assert not set(other.values()) & set(three.values())
    assert all(0 <= number < 2**31 for number in three.values())


def test_the_seed_of_a_single_model_is_one_that_every_library_takes():
    for seed in (0, 1, 2**32 - 1, 2**40 + 5):
        ((_, number),) = seeds(("eda",), NoFusion(), seed).items()
        assert 0 <= number < 2**31


def test_a_model_under_late_fusion_is_the_model_that_it_would_be_alone():
    train, _ = halves(part())
    together, alone = Teller(), Teller()
    fit(spec(together, Late()), train, 0)
    only = Part.of(train.table, train.windows.only("bvp"), train.classes)
    fit(spec(alone, Late()), only, 0)
    (mine,) = [made for made in together.fits if made[0] == ("bvp",)]
    (its,) = alone.fits
    assert mine[1] == its[1]
    assert np.array_equal(mine[2].features(), its[2].features())


@dataclass(frozen=True)
class NaiveBayes(SklearnModel):
    """A model that does not state its size."""

    def build(self, classes):
        return GaussianNB()


def test_parameters_are_counted_over_all_members_where_each_tells():
    train, _ = halves(part())
    sizes = [2 + 1, 3 + 1, 4 + 1]  # weights and an intercept
    assert fit(spec(Logistic(), Late()), train, 0).parameters == sum(sizes)
    assert fit(spec(Logistic(), Early()), train, 0).parameters == 9 + 1
    assert fit(spec(Teller(), Late()), train, 0).parameters is None
    assert fit(spec(NaiveBayes(), Late()), train, 0).parameters is None


def test_fitting_leaves_the_part_as_it_was():
    train, test = halves(part())
    before = {name: train.windows.features(name).copy() for name in train.windows.modalities}
    for fusion in (Early(), Late("stacking")):
        fit(replace(spec(Logistic(), fusion)), train, 0).predict(test)
    for name, values in before.items():
        assert np.array_equal(train.windows.features(name), values)
