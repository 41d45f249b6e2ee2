"""`SklearnModel` against scikit-learn used directly."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from bench import options
from bench.api import Range, SklearnModel
from bench.data.sources import Vectors
from bench.data.windows import INDEX, WindowSet
from bench.errors import PluginError, TaskError


@dataclass(frozen=True)
class GradientBoosting(SklearnModel):
    """The example of the documentation."""

    learning_rate: Annotated[float, Range(0.01, 1, log=True), "step size"] = 0.1

    def build(self, classes: int) -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(learning_rate=self.learning_rate, max_iter=10)


def model_of(estimator, **members):
    """A model whose `build` returns this estimator, unfitted."""
    methods = {"build": lambda self, classes: estimator(classes) if callable(estimator) else estimator, **members}
    return dataclass(frozen=True)(type("Model", (SklearnModel,), methods))()


def windows(values, labels=None, classes=()):
    index = {name: np.arange(len(values)) for name in INDEX}
    found = WindowSet(index, {"eda": Vectors(values, tuple(f"f{number}" for number in range(values.shape[1])))})
    return found if labels is None else found.labelled(np.asarray(labels), tuple(classes))


def table(count=120, columns=5, classes=3, seed=0):
    """Features in different units, of which the first two follow the class."""
    draw = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    values = draw.normal(size=(count, columns))
    values[:, 0] += labels
    values[:, 1] -= labels == 1
    return values * 10.0 ** np.arange(-2, columns - 2) + 3, labels


def fitted(model, values, labels, classes=(), seed=0):
    estimator = model.estimator(seed, "cpu")
    estimator.fit(windows(values, labels, classes), None)
    return estimator


NAMES = ("calm", "stressed", "amused")


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(
    ("make", "members"),
    [
        (lambda seed: LogisticRegression(), {}),
        (lambda seed: GaussianNB(), {"standardise": False}),
        (lambda seed: ExtraTreesClassifier(10, random_state=seed), {"standardise": False}),
        (lambda seed: HistGradientBoostingClassifier(max_iter=5, random_state=seed), {"accepts_missing": True}),
    ],
    ids=["logistic", "naive Bayes", "trees", "boosting"],
)
def test_predictions_equal_those_of_scikit_learn_used_directly(make, members, classes):
    values, labels = table(classes=classes)
    test, _ = table(40, classes=classes, seed=1)
    steps = [] if members.get("standardise") is False else [StandardScaler()]
    direct = make_pipeline(*steps, make(7)).fit(values, labels)
    found = fitted(model_of(make(None), **members), values, labels, NAMES[:classes], seed=7)
    np.testing.assert_array_equal(found.predict_proba(windows(test)), direct.predict_proba(test))


def test_the_example_of_the_documentation_equals_scikit_learn():
    values, labels = table()
    direct = HistGradientBoostingClassifier(learning_rate=0.3, max_iter=10, random_state=5)
    direct.fit(StandardScaler().fit_transform(values), labels)
    model = options.build(GradientBoosting, {"learning_rate": "0.3"}, "boosting")
    found = fitted(model, values, labels, NAMES, seed=5).predict_proba(windows(values))
    np.testing.assert_array_equal(found, direct.predict_proba(StandardScaler().fit_transform(values)))
    assert list(options.searchable(GradientBoosting, {})) == ["learning_rate"]


@pytest.mark.parametrize("absent", [0, 1, 2])
def test_a_class_that_is_absent_from_training_has_probability_zero(absent):
    values, labels = table()
    here = labels != absent
    direct = make_pipeline(StandardScaler(), LogisticRegression()).fit(values[here], labels[here])
    found = fitted(model_of(LogisticRegression()), values[here], labels[here], NAMES).predict_proba(windows(values))
    assert found.shape == (len(values), 3)
    assert (found[:, absent] == 0).all()
    np.testing.assert_array_equal(np.delete(found, absent, axis=1), direct.predict_proba(values))


def test_estimators_that_expect_classes_without_gaps_work_with_an_absent_class():
    class Strict(GaussianNB):
        def fit(self, values, labels):
            assert set(labels) == set(range(len(set(labels)))), "as XGBoost requires"
            return super().fit(values, labels)

    values, labels = table()
    here = labels != 1
    found = fitted(model_of(Strict()), values[here], labels[here], NAMES).predict_proba(windows(values))
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert (found[:, 1] == 0).all()


@pytest.mark.parametrize("standardise", [False, True])
def test_missing_features_are_imputed_with_medians_of_the_training_part_alone(standardise):
    values, labels = table()
    test, _ = table(40, seed=1)
    for each in (values, test):
        each[np.random.default_rng(2).random(each.shape) < 0.2] = np.nan
    values[:, 3], test[::2, 4] = np.nan, np.nan  # a column that is empty in training, and one with new gaps
    steps = [SimpleImputer(strategy="median", keep_empty_features=True), *([StandardScaler()] if standardise else [])]
    direct = make_pipeline(*steps, GaussianNB(var_smoothing=1e-3)).fit(values, labels)
    model = model_of(GaussianNB(var_smoothing=1e-3), standardise=standardise)
    found = fitted(model, values, labels, NAMES).predict_proba(windows(test))
    np.testing.assert_array_equal(found, direct.predict_proba(test))


@pytest.mark.parametrize("standardise", [False, True])
def test_an_estimator_that_accepts_missing_features_receives_them(standardise):
    values, labels = table()
    values[np.random.default_rng(2).random(values.shape) < 0.2] = np.nan
    values[:, 3] = np.nan
    seen = []

    class Watching(DecisionTreeClassifier):
        def fit(self, features, labels):
            seen.append(features)
            return super().fit(features, labels)

    model = model_of(Watching(), accepts_missing=True, standardise=standardise)
    found = fitted(model, values, labels, NAMES).predict_proba(windows(values))
    np.testing.assert_allclose(found.sum(axis=1), 1)
    expected = np.where(np.arange(5) == 3, 0.0, values)
    if standardise:
        expected = (expected - np.nanmean(expected, axis=0)) / np.where(
            np.arange(5) == 3, 1, np.nanstd(expected, axis=0)
        )
    np.testing.assert_allclose(seen[0], expected, rtol=1e-12)


def test_missing_features_are_refused_by_an_estimator_that_only_claims_to_accept_them():
    values, labels = table()
    values[0, 0] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN"):
        fitted(model_of(LogisticRegression(), accepts_missing=True), values, labels, NAMES)


def test_infinite_features_are_refused():
    values, labels = table()
    values[3, 1] = np.inf
    with pytest.raises(TaskError) as caught:
        fitted(model_of(LogisticRegression(), standardise=False), values, labels, NAMES)
    assert str(caught.value) == ("A feature is infinite or too large; remove it, or scale it in a preprocessing step.")


def test_invalid_parameters_are_reported_by_scikit_learn():
    values, labels = table()
    with pytest.raises(ValueError, match="The 'C' parameter of LogisticRegression must be a float"):
        fitted(model_of(LogisticRegression(C=-1.0)), values, labels, NAMES)


@pytest.mark.parametrize("classes", [2, 3])
def test_without_predict_proba_probabilities_come_from_the_decision_function(classes):
    values, labels = table(classes=classes)
    scaled = StandardScaler().fit_transform(values)
    direct = RidgeClassifier().fit(scaled, labels)
    decision = direct.decision_function(scaled)
    logits = np.stack([0 * decision, decision], axis=1) if classes == 2 else decision
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found = fitted(model_of(RidgeClassifier()), values, labels, NAMES[:classes]).predict_proba(windows(values))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_array_equal(found.argmax(axis=1), direct.predict(scaled))


def test_an_estimator_without_scores_is_refused_with_a_remedy():
    class Blunt(DecisionTreeClassifier):
        predict_proba = property()

    values, labels = table()
    with pytest.raises(PluginError) as caught:
        fitted(model_of(Blunt()), values, labels, NAMES).predict_proba(windows(values))
    assert str(caught.value) == (
        "Blunt has neither predict_proba nor decision_function; wrap it in "
        "sklearn.calibration.CalibratedClassifierCV, or choose another estimator."
    )


@pytest.mark.parametrize(
    "estimator",
    [
        lambda classes: ExtraTreesClassifier(5),
        lambda classes: make_pipeline(StandardScaler(), ExtraTreesClassifier(5)),
        lambda classes: BaggingClassifier(DecisionTreeClassifier(max_features=1), 3),
        lambda classes: CalibratedClassifierCV(ExtraTreesClassifier(5), cv=2),
    ],
    ids=["estimator", "pipeline", "ensemble", "wrapped"],
)
def test_the_seed_reaches_every_random_state(estimator):
    (values, labels), (test, _) = table(), table(seed=1)
    first, again, other = (
        fitted(model_of(estimator), values, labels, NAMES, seed).predict_proba(windows(test)) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            np.ones(9, dtype=int),
            (
                "All training windows are of the class 'stressed'; choose another target or a protocol whose training "
                "parts contain at least two classes."
            ),
        ),
        (np.zeros(0, dtype=int), "The training part has no windows."),
    ],
)
def test_a_training_part_without_two_classes_is_refused(labels, message):
    with pytest.raises(TaskError) as caught:
        fitted(model_of(LogisticRegression()), np.zeros((len(labels), 2)), labels, NAMES)
    assert str(caught.value) == message


@pytest.mark.parametrize("standardise", [False, True])
def test_regression_equals_that_of_scikit_learn(standardise):
    draw = np.random.default_rng(0)
    values, _ = table(80)
    target = 40 + 100 * values[:, 0] + draw.normal(size=80)
    model = model_of(Ridge(alpha=2.0), predicts=("numbers",), standardise=standardise)
    found = fitted(model, values, target).predict(windows(values))
    if not standardise:
        np.testing.assert_array_equal(found, Ridge(alpha=2.0).fit(values, target).predict(values))
        return
    scaled = StandardScaler().fit_transform(values)
    direct = Ridge(alpha=2.0).fit(scaled, (target - target.mean()) / target.std())
    np.testing.assert_allclose(found, direct.predict(scaled) * target.std() + target.mean(), rtol=1e-12)


def test_one_model_can_serve_classification_and_regression():
    def build(classes):
        return DecisionTreeClassifier(max_depth=3) if classes else DecisionTreeRegressor(max_depth=3)

    model = model_of(build, predicts=("classes", "numbers"))
    values, labels = table()
    assert fitted(model, values, labels, NAMES).predict_proba(windows(values)).shape == (120, 3)
    assert fitted(model, values, values[:, 0]).predict(windows(values)).shape == (120,)


def test_a_constant_regression_target_is_predicted_as_it_is():
    values, _ = table(30)
    model = model_of(Ridge(), predicts=("numbers",))
    np.testing.assert_allclose(fitted(model, values, np.full(30, 2.5)).predict(windows(values)), 2.5)


def test_parameters_that_depend_on_the_features_are_set_before_the_fit():
    values, labels = table()
    seen = []

    def adapt(self, estimator, features):
        seen.append(features)
        estimator.set_params(var_smoothing=1 / len(features))

    model = model_of(GaussianNB(), adapt=adapt, size=lambda self, fitted: fitted.theta_.size)
    estimator = fitted(model, values, labels, NAMES)
    np.testing.assert_array_equal(seen[0], StandardScaler().fit_transform(values))
    assert estimator.fitted.var_smoothing == 1 / 120
    assert estimator.parameters() == 3 * 5
    assert fitted(model_of(GaussianNB()), values, labels, NAMES).parameters() is None
