"""Classifiers against scikit-learn written directly, and baselines against cases worked by hand."""

import copy
import pickle
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from bench.errors import TaskError
from bench.tabular.imputation import MedianImputer
from bench_classical import bench_models
from bench_classical.classifiers import Boosting, Forest, Logistic, Neighbours, SupportVectors
from bench_classical.frequencies import AlwaysPositive, Majority, Prior, Stratified
from bench_classical.identities import StimulusMean, SubjectIdentity, TrialMean
from bench_classical.sessions import TimeInSession

CLASSIFIERS = (Logistic(), SupportVectors(), Forest(trees=20), Boosting(iterations=10), Neighbours())
BASELINES = (
    *(Majority(), Prior(), Stratified(), AlwaysPositive()),
    *(SubjectIdentity(), TrialMean(), StimulusMean(), TimeInSession()),
)
INDEX = ("subject", "session", "trial", "stimulus", "start", "stop")


@pytest.fixture(autouse=True)
def one_thread():
    """Tables this small are slower with more threads."""
    with threadpool_limits(1):
        yield


def texts(*values):
    return np.array(values, dtype=object)


@dataclass
class Part:
    """Windows of a table, of which a baseline may see the index and a classifier the features."""

    labels: np.ndarray
    values: np.ndarray | None = None
    classes: tuple[str, ...] = ("calm", "stress")
    subject: np.ndarray = field(default=None)
    session: np.ndarray = field(default=None)
    trial: np.ndarray = field(default=None)
    stimulus: np.ndarray = field(default=None)
    start: np.ndarray = field(default=None)
    stop: np.ndarray = field(default=None)

    def __post_init__(self):
        self.labels = np.asarray(self.labels)
        for name in INDEX[:4]:
            if getattr(self, name) is None:
                setattr(self, name, texts(*["1"] * len(self)))
        if self.start is None:
            self.start = np.arange(len(self)) * 10.0
        if self.stop is None:
            self.stop = self.start + 10.0

    def __len__(self):
        return len(self.labels)

    def features(self, modality=""):
        assert self.values is not None, "a baseline looked at features"
        return self.values

    def rows(self, rows):
        values = None if self.values is None else self.values[rows]
        index = {name: getattr(self, name)[rows] for name in INDEX}
        return replace(self, labels=self.labels[rows], values=values, **index)


def part(count=150, columns=6, classes=2, seed=0):
    """Classes that differ in their first columns, which have very different units."""
    draw = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    values = draw.normal(size=(count, columns))
    values[:, 0] += labels
    values[:, 1] -= labels == 1
    scale = 10.0 ** np.arange(-3, columns - 3)
    return Part(labels, values * scale + 5 * scale, tuple(f"class{number}" for number in range(classes)))


def fitted(model, train, seed=0):
    estimator = model.estimator(seed, "cpu")
    estimator.fit(train, None)
    return estimator


# ----------------------------------------------------------------------------------- classifiers


def scaled(classifier):
    return make_pipeline(StandardScaler(), classifier)


SAME = [
    (Logistic(), lambda seed: scaled(LogisticRegression(max_iter=2000))),
    (
        Logistic(C=0.01, class_weight="balanced"),
        lambda seed: scaled(LogisticRegression(C=0.01, class_weight="balanced")),
    ),
    (Forest(trees=30), lambda seed: scaled(RandomForestClassifier(30, random_state=seed))),
    (
        Forest(trees=10, max_features="all", min_leaf=5, class_weight="balanced"),
        lambda seed: scaled(
            RandomForestClassifier(
                10, max_features=None, min_samples_leaf=5, class_weight="balanced", random_state=seed
            )
        ),
    ),
    (Boosting(iterations=20), lambda seed: HistGradientBoostingClassifier(max_iter=20, random_state=seed)),
    (
        Boosting(learning_rate=0.3, iterations=5, leaves=4, min_leaf=3),
        lambda seed: HistGradientBoostingClassifier(
            learning_rate=0.3, max_iter=5, max_leaf_nodes=4, min_samples_leaf=3, early_stopping=False, random_state=seed
        ),
    ),
    (Neighbours(), lambda seed: scaled(KNeighborsClassifier())),
    (Neighbours(k=7, weights="distance"), lambda seed: scaled(KNeighborsClassifier(7, weights="distance"))),
]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(
    ("model", "pipeline"), SAME, ids=lambda value: repr(value) if hasattr(value, "estimator") else ""
)
def test_probabilities_are_those_of_a_pipeline_written_directly(model, pipeline, classes):
    train, test = part(classes=classes), part(60, classes=classes, seed=1)
    direct = pipeline(3).fit(train.values, train.labels)
    found = fitted(model, train, seed=3).predict_proba(test)
    np.testing.assert_array_equal(found, direct.predict_proba(test.values))


@pytest.mark.parametrize("options", [{}, {"C": 10.0, "class_weight": "balanced"}])
@pytest.mark.parametrize("classes", [2, 4])
def test_the_svm_is_the_sigmoid_of_the_decision_function_of_a_pipeline(options, classes):
    train, test = part(classes=classes), part(60, classes=classes, seed=1)
    direct = scaled(SVC(gamma="scale", **options)).fit(train.values, train.labels)
    decision = direct.decision_function(test.values)
    raw = np.exp(decision if classes > 2 else np.stack([0 * decision, decision], axis=1))
    found = fitted(SupportVectors(**options), train).predict_proba(test)
    np.testing.assert_allclose(found, raw / raw.sum(axis=1, keepdims=True), rtol=1e-12)
    if classes == 2:
        np.testing.assert_array_equal(found.argmax(axis=1), direct.predict(test.values))


def test_gamma_is_in_units_of_scikit_learns_scale():
    train, test = part(), part(60, seed=1)
    prepared = StandardScaler().fit(train.values)
    direct = SVC(gamma=3 / 6).fit(prepared.transform(train.values), train.labels)
    found = fitted(SupportVectors(gamma=3.0), train).predict_proba(test)
    decision = direct.decision_function(prepared.transform(test.values))
    np.testing.assert_allclose(found[:, 1], 1 / (1 + np.exp(-decision)), rtol=1e-9)


@pytest.mark.parametrize("model", CLASSIFIERS, ids=lambda model: type(model).__name__)
def test_classifiers_learn_what_can_be_learnt(model):
    train, test = part(400), part(400, seed=1)
    assert (fitted(model, train).predict_proba(test).argmax(axis=1) == test.labels).mean() > 0.65


@pytest.mark.parametrize("model", [*CLASSIFIERS, *BASELINES], ids=lambda model: type(model).__name__)
def test_one_seed_decides_all_and_fitting_leaves_the_data_as_they_are(model):
    train, test = part(), part(60, seed=1)
    before = copy.deepcopy(train)
    estimators = [fitted(model, train, seed=5) for _ in range(2)]
    estimators.append(pickle.loads(pickle.dumps(estimators[0])))
    first, *others = [estimator.predict_proba(test) for estimator in estimators]
    for other in others:
        np.testing.assert_array_equal(first, other)
    np.testing.assert_array_equal(train.values, before.values)
    np.testing.assert_array_equal(train.labels, before.labels)


@pytest.mark.parametrize("model", [Forest(trees=10), Stratified()], ids=lambda model: type(model).__name__)
def test_another_seed_gives_other_random_decisions(model):
    train, test = part(), part(60, seed=1)
    first, second = (fitted(model, train, seed=seed).predict_proba(test) for seed in (0, 1))
    assert (first != second).any()


@pytest.mark.parametrize("model", [*CLASSIFIERS, *BASELINES], ids=lambda model: type(model).__name__)
def test_a_row_depends_on_its_own_window_alone(model):
    train, test = part(), part(60, seed=1)
    estimator = fitted(model, train)
    whole = estimator.predict_proba(test)
    order = np.random.default_rng(0).permutation(60)
    np.testing.assert_allclose(estimator.predict_proba(test.rows(order)), whole[order], rtol=1e-10, atol=1e-14)
    for row in (0, 17, 59):
        np.testing.assert_allclose(estimator.predict_proba(test.rows([row])), whole[[row]], rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("model", CLASSIFIERS, ids=lambda model: type(model).__name__)
def test_a_training_part_with_one_class_is_refused_with_its_name(model):
    train = replace(part(10), labels=np.ones(10, dtype=int), classes=("calm", "stress"))
    with pytest.raises(TaskError) as caught:
        fitted(model, train)
    assert str(caught.value) == (
        "All training windows are of the class 'stress'; choose another target or a protocol whose training parts "
        "contain at least two classes."
    )


def test_an_empty_training_part_is_refused():
    with pytest.raises(TaskError, match=r"^The training part has no windows\.$"):
        fitted(Logistic(), part(0))


@pytest.mark.parametrize("model", CLASSIFIERS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("missing", [0, 1, 2, 3])
def test_a_class_that_is_not_in_the_training_part_has_a_column_of_zeros(model, missing):
    train = part(160, classes=4)
    train = train.rows(train.labels != missing)
    found = fitted(model, train).predict_proba(part(40, classes=4, seed=1))
    assert found.shape == (40, 4)
    assert (found[:, missing] == 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert (np.delete(found, missing, axis=1).max(axis=0) > 0).all()


@pytest.mark.parametrize("model", CLASSIFIERS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("where", ["training part", "other part", "both", "a whole column"])
def test_missing_features_are_the_median_of_the_training_part(model, where):
    train, test = part(), part(60, seed=1)
    draw = np.random.default_rng(2)
    for table in (train, test):
        if where in ("both", "training part" if table is train else "other part"):
            table.values[draw.random(table.values.shape) < 0.2] = np.nan
        if where == "a whole column":
            table.values[:, 2] = np.nan
    found = fitted(model, train).predict_proba(test)
    assert np.isfinite(found).all()
    if not isinstance(model, Boosting):  # it has a place of its own for what is missing
        imputer = SimpleImputer(strategy="median", keep_empty_features=True).fit(train.values)
        train.values, test.values = imputer.transform(train.values), imputer.transform(test.values)
        np.testing.assert_array_equal(found, fitted(model, train).predict_proba(test))


@given(
    training=arrays.arrays(np.float64, (7, 3), elements=st.sampled_from([np.nan, -1.0, 0.5, 2.0, 9.0])),
    other=arrays.arrays(np.float64, (4, 3), elements=st.sampled_from([np.nan, 3.0])),
)
def test_filled_values_are_those_of_scikit_learns_imputer(training, other):
    imputer = SimpleImputer(strategy="median", keep_empty_features=True).fit(training)
    for features in (training, other):
        np.testing.assert_array_equal(MedianImputer(training)(features), imputer.transform(features))


@pytest.mark.parametrize("model", CLASSIFIERS, ids=lambda model: type(model).__name__)
def test_constant_features_and_tiny_training_parts_do_no_harm(model):
    train = Part(np.array([0, 1, 1]), np.array([[1.0, 7.0], [2.0, 7.0], [3.0, 7.0]]))
    found = fitted(model, train).predict_proba(train)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    constant = replace(train, values=np.full((3, 2), 4.0))
    np.testing.assert_allclose(fitted(model, constant).predict_proba(constant).sum(axis=1), 1)


def test_a_logistic_regression_that_needs_many_steps_is_silent():
    train = part(60, columns=40)
    assert np.isfinite(fitted(Logistic(C=1e4), train).predict_proba(train)).all()


def test_parameters_count_what_has_been_learnt_or_stored():
    train = part()
    scaler = StandardScaler().fit(train.values)
    machine = SVC().fit(scaler.transform(train.values), train.labels)
    forest = RandomForestClassifier(20, random_state=0).fit(scaler.transform(train.values), train.labels)
    expected = {
        Logistic(): 6 + 1,
        SupportVectors(): machine.n_support_.sum() * (6 + 1) + 1,
        Forest(trees=20): sum(tree.tree_.node_count for tree in forest.estimators_),
        Boosting(iterations=3, leaves=2): 3 * 3,  # a root and two leaves
        Neighbours(): 150 * (6 + 1),
    }
    assert {model: fitted(model, train).parameters() for model in expected} == expected
    assert fitted(Logistic(), part(classes=3)).parameters() == 3 * (6 + 1)


# ------------------------------------------------------------------------------------- baselines

TRAIN = Part(
    labels=[0, 0, 1, 1, 1, 0, 1, 1],
    subject=texts("a", "a", "a", "a", "b", "b", "c", "c"),
    trial=texts("a/1", "a/1", "a/1", "a/2", "b/1", "b/1", "c/1", "c/2"),
    stimulus=texts("film", "film", "film", "talk", "talk", "film", "", ""),
    start=np.array([0.0, 10, 20, 100, 0, 10, 200, 230]),
)
TEST = Part(
    labels=[0, 0, 0, 0, 0],
    subject=texts("a", "b", "c", "d", ""),
    trial=texts("a/2", "b/1", "c/9", "zz", ""),
    stimulus=texts("talk", "film", "", "new", "aa"),
    start=np.array([5.0, 30.0, 130.0, 170.0, 5000.0]),
)
PRIOR = 5 / 8


@pytest.mark.parametrize(
    ("model", "stress"),
    [
        (Majority(), [1, 1, 1, 1, 1]),
        (Prior(), [PRIOR] * 5),
        (AlwaysPositive(), [1, 1, 1, 1, 1]),
        (SubjectIdentity(), [1 / 2, 1 / 2, 1, PRIOR, PRIOR]),
        (TrialMean(), [1, 1 / 2, PRIOR, PRIOR, PRIOR]),
        (StimulusMean(), [1, 1 / 4, PRIOR, PRIOR, PRIOR]),
        # The five that start at 0, 10, 20, 0 and 10 s are within 30 s of 5 s and of 30 s: both ends count.
        (TimeInSession(), [2 / 5, 2 / 5, 1, 1, PRIOR]),
        (TimeInSession(within=10), [1 / 4, 1, PRIOR, PRIOR, PRIOR]),
    ],
    ids=repr,
)
def test_baselines_worked_by_hand(model, stress):
    found = fitted(model, TRAIN).predict_proba(TEST)
    np.testing.assert_allclose(found, np.stack([1 - np.array(stress), stress], axis=1))


@pytest.mark.parametrize(("model", "strategy"), [(Majority(), "most_frequent"), (Prior(), "prior")])
@pytest.mark.parametrize("labels", [[0, 0, 1], [2, 1, 2], [0, 1], [1, 0, 2]])
def test_majority_and_prior_are_those_of_scikit_learn_ties_included(model, strategy, labels):
    direct = DummyClassifier(strategy=strategy).fit(np.zeros((len(labels), 1)), labels)
    train = Part(labels, classes=("x", "y", "z"))
    found = fitted(model, train).predict_proba(TEST)
    np.testing.assert_allclose(found[:, direct.classes_], direct.predict_proba(np.zeros((5, 1))))


def test_always_positive_takes_the_last_class_even_if_nobody_has_it():
    assert (
        fitted(AlwaysPositive(), Part([0, 0], classes=("a", "b", "c"))).predict_proba(TEST).tolist() == [[0, 0, 1]] * 5
    )


@pytest.mark.parametrize("model", BASELINES, ids=lambda model: type(model).__name__)
def test_a_baseline_accepts_a_training_part_with_one_class_and_one_without_windows(model):
    assert model.inputs == "index"
    for train in (TRAIN.rows(TRAIN.labels == 1), TRAIN.rows([])):
        np.testing.assert_allclose(fitted(model, train).predict_proba(TEST).sum(axis=1), 1)


def test_stratified_draws_each_class_as_often_as_the_training_part_holds_it():
    count = 20000
    train = Part(np.repeat([0, 1, 2], [100, 300, 600]), classes=("x", "y", "z"))
    many = Part(np.zeros(count, dtype=int), trial=texts(*(f"t{number % 40}" for number in range(count))))
    found = fitted(Stratified(), train).predict_proba(many)
    assert set(np.unique(found)) == {0.0, 1.0}
    np.testing.assert_allclose(found.mean(axis=0), [0.1, 0.3, 0.6], atol=0.015)
    drawn = found[:, 2]
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.03  # neighbours in time
    assert abs(np.corrcoef(drawn[40:], drawn[:-40])[0, 1]) < 0.03  # neighbours in a trial
    other = fitted(Stratified(), train, seed=1).predict_proba(many)[:, 2]
    assert abs(np.corrcoef(drawn, other)[0, 1]) < 0.03


def test_every_announced_model_exists_and_says_whether_it_is_a_baseline():
    import importlib

    plugins = bench_models()
    assert [plugin.name for plugin in plugins] == [
        "logistic", "svm", "forest", "boosting", "knn", "linear", "svr", "majority", "prior", "stratified",
        "always-positive", "mean", "subject-identity", "trial-mean", "stimulus-mean", "time-in-session",
        "relative-time", "trial-order",
    ]  # fmt: skip
    for plugin in plugins:
        module, name = plugin.target.split(":")
        model = getattr(importlib.import_module(module), name)()
        assert model.inputs == ("index" if plugin.tags == ("baseline",) else "features")


@st.composite
def tables(draw):
    """A training part with two classes at least, and another part, both with coarse entries and many ties."""
    parts = []
    for least in (2, 0):
        count = draw(st.integers(least, 12))
        labels = draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
        if least:
            labels[:2] = [0, 2]
        entries = {
            name: texts(*draw(st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=count, max_size=count)))
            for name in ("subject", "trial", "stimulus")
        }
        start = np.array(draw(st.lists(st.floats(0, 300), min_size=count, max_size=count)))
        values = draw(arrays.arrays(np.float64, (count, 2), elements=st.sampled_from([np.nan, -3.0, 0.0, 1.0, 1e3])))
        parts.append(Part(np.array(labels, dtype=int), values, ("x", "y", "z"), start=start, **entries))
    return parts


@settings(max_examples=30, deadline=None)
@given(parts=tables(), seed=st.integers(0, 2**32 - 1))
def test_rows_are_probabilities(parts, seed):
    train, test = parts
    for model in (Logistic(), SupportVectors(), Neighbours(k=3, weights="distance"), *BASELINES):
        if not len(test) and model not in BASELINES:
            continue  # scikit-learn predicts at least one row
        found = fitted(model, train, seed).predict_proba(test)
        assert found.shape == (len(test), 3)
        assert (found >= 0).all()
        assert (found <= 1).all()
        np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-9)
