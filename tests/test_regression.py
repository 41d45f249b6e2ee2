"""Targets that are numbers: metrics against SciPy and scikit-learn, models by hand, and runs from options to pages."""

import html as html_module
import json
import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from bench.api import Fusion
from bench.audit import audit
from bench.audit.identity_baselines import IdentityRegressor
from bench.checks import datasets, fusions, models
from bench.checks.contract import contract
from bench.checks.examples.plugins import ExampleDataset, HalfSubjects, NearestNumber, NearestNumberRule
from bench.checks.examples.windows import numbered, table
from bench.data.index import index_of
from bench.data.part import Part
from bench.data.sources import Vectors
from bench.data.windows import WindowSet
from bench.errors import PluginError, TaskError
from bench.registry import Registry
from bench.scoring.regression import NAMES, scores
from bench.worker.fit import fit
from bench.worker.fit_plan import FitSpec
from bench_classical.frequencies import Mean
from bench_classical.identities import StimulusMean, SubjectIdentity, TrialMean
from bench_classical.regressors import Linear, SupportVectorRegression
from bench_classical.sessions import TimeInSession
from bench_early.early import Early
from bench_late.late import Late
from bench_splits.crossed import SubjectStimulusIndependent
from bench_splits.kfold import StimulusIndependent, SubjectIndependent, TrialKFold, WindowKFold
from bench_splits.parts import quantile_bins, strata_by_rank

RATINGS = st.floats(-100, 100, allow_nan=False, width=32)
PAIRS = st.integers(2, 40).flatmap(lambda n: st.tuples(*[arrays.arrays(float, n, elements=RATINGS)] * 2))


# ------------------------------------------------------------------------------------------- metrics


@given(PAIRS)
def test_metrics_are_those_of_scipy_and_scikit_learn(pair):
    truth, said = pair
    assume(truth.std() > 1e-3 and said.std() > 1e-3)
    found = scores(truth, said)
    assert tuple(found) == NAMES
    assert found["rmse"] == pytest.approx(root_mean_squared_error(truth, said))
    assert found["mae"] == pytest.approx(mean_absolute_error(truth, said))
    assert found["r"] == pytest.approx(stats.pearsonr(truth, said).statistic, abs=1e-9)
    assert found["r2"] == pytest.approx(r2_score(truth, said), rel=1e-6)


@given(PAIRS)
def test_concordance_is_correlation_times_how_well_means_and_spreads_agree(pair):
    truth, said = pair
    assume(truth.std() > 1e-3 and said.std() > 1e-3)
    found = scores(truth, said)
    shift = (truth.mean() - said.mean()) / math.sqrt(truth.std() * said.std())
    ratio = truth.std() / said.std()
    assert found["ccc"] == pytest.approx(found["r"] * 2 / (ratio + 1 / ratio + shift**2), abs=1e-9)
    assert abs(found["ccc"]) <= abs(found["r"]) + 1e-9
    assert scores(said, truth)["ccc"] == pytest.approx(found["ccc"], abs=1e-9)


@given(PAIRS, st.floats(0.1, 10), st.floats(-50, 50))
def test_errors_have_the_unit_of_the_target_and_the_rest_has_none(pair, scale, shift):
    truth, said = pair
    assume(truth.std() > 1e-2 and said.std() > 1e-2)
    one, other = scores(truth, said), scores(scale * truth + shift, scale * said + shift)
    for name in NAMES:
        factor = scale if name in ("rmse", "mae") else 1
        assert other[name] == pytest.approx(factor * one[name], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(
    ("truth", "said", "expected"),
    [
        ([1, 2, 3], [1, 2, 3], {"rmse": 0, "mae": 0, "r": 1, "ccc": 1, "r2": 1}),
        ([1, 2, 3], [3, 2, 1], {"rmse": math.sqrt(8 / 3), "mae": 4 / 3, "r": -1, "ccc": -1, "r2": -3}),
        ([1, 2, 3], [2, 4, 6], {"rmse": math.sqrt(14 / 3), "mae": 2, "r": 1, "ccc": 4 / 11, "r2": -6}),
        ([1, 2, 3], [2, 2, 2], {"rmse": math.sqrt(2 / 3), "mae": 2 / 3, "r": math.nan, "ccc": 0, "r2": 0}),
        ([0.1, 0.1, 0.1], [1, 2, 3], {"r": math.nan, "ccc": 0, "r2": math.nan}),
        ([0.1, 0.1, 0.1], [0.1, 0.1, 0.1], {"rmse": 0, "r": math.nan, "ccc": math.nan, "r2": math.nan}),
        ([2], [3], {"rmse": 1, "mae": 1, "r": math.nan, "ccc": 0, "r2": math.nan}),
        ([], [], dict.fromkeys(NAMES, math.nan)),
    ],
    ids=["right", "turned", "doubled", "constant prediction", "constant truth", "both constant", "one", "none"],
)
def test_metrics_of_cases_worked_by_hand(truth, said, expected):
    found = scores(np.array(truth, float), np.array(said, float))
    assert {name: found[name] for name in expected} == pytest.approx(expected, nan_ok=True)


# -------------------------------------------------------------------------------------------- models


def windows(values, labels, index=None, modality="eda"):
    """Windows with these features."""
    given = table() if index is None else index
    given = given.iloc[: len(labels)].assign(label=np.asarray(labels, float)).reset_index(drop=True)
    vectors = Vectors(np.asarray(values, float), tuple(f"f{place}" for place in range(np.shape(values)[1])))
    return Part.of(given, WindowSet(index_of(given), {modality: vectors}), ())


def said(model, given, asked=None, fusion=None):
    """What the model predicts, as a run asks it."""
    fitted = fit(FitSpec(model, fusion or Fusion(), HalfSubjects()), given, 0)
    return fitted.predict((asked or given).windows)[:, 0]


def planted(seed, weights=(2.0, -1.0, 0.0), error=0.0, count=120):
    random = np.random.default_rng(seed)
    values = random.normal(size=(count, len(weights))) * [1, 10, 100] + 5
    return windows(values, values @ weights + 3 + error * random.normal(size=count))


@pytest.mark.parametrize("seed", range(3))
def test_linear_finds_the_plane_that_was_planted(seed):
    given = planted(seed)
    np.testing.assert_allclose(said(Linear(), given.take(np.arange(60)), given), given.labels, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_linear_is_that_of_scikit_learn(seed):
    given = planted(seed, error=3.0)
    values, half = given.windows.features(), np.arange(60)
    theirs = LinearRegression().fit(values[half], given.labels[half]).predict(values)
    np.testing.assert_allclose(said(Linear(), given.take(half), given), theirs, atol=1e-8)


@pytest.mark.parametrize("copies", [1, 2, 5])
def test_a_feature_that_is_there_several_times_changes_nothing(copies):
    given = planted(0, error=3.0)
    values = given.windows.features()
    doubled = windows(np.hstack([values] + [values[:, :1]] * copies), given.labels)
    np.testing.assert_allclose(said(Linear(), doubled), said(Linear(), given), atol=1e-8)


def test_more_features_than_windows_give_the_weights_of_smallest_norm():
    random = np.random.default_rng(0)
    values, labels = random.normal(size=(60, 40)), random.normal(size=60)
    half = np.arange(20)
    scaled = (values - values[half].mean(axis=0)) / values[half].std(axis=0)
    weights = np.linalg.pinv(scaled[half], rcond=1e-10) @ (labels[half] - labels[half].mean())
    given = windows(values, labels)
    np.testing.assert_allclose(
        said(Linear(), given.take(half), given), scaled @ weights + labels[half].mean(), atol=1e-8
    )


@pytest.mark.parametrize("options", [{}, {"C": 10.0}, {"epsilon": 0.5}, {"gamma": 0.2}])
def test_svr_is_that_of_scikit_learn_on_standardised_features_and_numbers(options):
    given = planted(1, error=3.0)
    values, half = given.windows.features(), np.arange(60)
    gamma = options.get("gamma", 1.0) / 3  # of standardised features the variance is 1
    theirs = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), SVR(**{"C": 1.0, "epsilon": 0.1, **options, "gamma": gamma})),
        transformer=StandardScaler(),
    ).fit(values[half], given.labels[half])
    ours = said(SupportVectorRegression(**options), given.take(half), given)
    np.testing.assert_allclose(ours, theirs.predict(values), atol=1e-6)


@pytest.mark.parametrize("model", [Linear(), SupportVectorRegression()], ids=["linear", "svr"])
@pytest.mark.parametrize("unit", [0.01, 1000.0])
def test_another_unit_of_the_target_changes_nothing_but_the_unit(model, unit):
    given = planted(2, error=3.0)
    again = given.relabelled(unit * given.labels)
    apart = said(model, again) / unit - said(model, given)
    assert np.abs(apart).max() < 2e-3 * given.labels.std()  # how exactly the machine is solved


@pytest.mark.parametrize("model", [Linear(), SupportVectorRegression()], ids=["linear", "svr"])
def test_missing_features_are_medians_of_the_training_part(model):
    given, half = planted(3, error=3.0), np.arange(60)
    values = np.array(given.windows.features())
    holes, filled = values.copy(), values.copy()
    holes[70, 1], filled[70, 1] = np.nan, np.median(values[half, 1])
    found, expected = (said(model, given.take(half), windows(each, given.labels)) for each in (holes, filled))
    np.testing.assert_allclose(found, expected)


def test_a_training_part_without_windows_is_refused():
    with pytest.raises(TaskError, match=r"^The training part holds no windows, so nothing can be learnt from it\.$"):
        said(Linear(), planted(0).take(np.arange(0)))
    with pytest.raises(TaskError, match=r"^The training part has no windows\.$"):
        Linear().estimator(0, "cpu").fit(planted(0).take(np.arange(0)).labelled(), None)


INDEXED = pd.DataFrame({
    "subject": ["P1", "P1", "P1", "P2", "P2"], "session": "1", "trial": ["P1/1", "P1/1", "P1/2", "P2/1", "P2/1"],
    "stimulus": ["a", "a", "b", "a", ""], "recording": 0, "start": [0.0, 5.0, 100.0, 0.0, 100.0],
    "stop": [10.0, 15.0, 110.0, 10.0, 110.0],
})  # fmt: skip
ASKED = INDEXED.assign(subject=["P1", "P2", "P3", "P1", "P1"], trial=["P1/1", "P2/1", "x", "P1/2", "P1/2"],
                       stimulus=["a", "b", "c", "", "a"], start=[2.0, 101.0, 300.0, 130.0, 131.0])  # fmt: skip


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (Mean(), [4, 4, 4, 4, 4]),
        (SubjectIdentity(), [2, 7, 4, 2, 2]),
        (TrialMean(), [1.5, 7, 4, 3, 3]),
        (StimulusMean(), [3, 3, 4, 4, 3]),  # an empty stimulus says nothing
        (TimeInSession(), [3, 5.5, 4, 5.5, 4]),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, list) else "",
)
def test_baselines_are_means_of_what_they_recognise(model, expected):
    given = windows(np.zeros((5, 1)), [1, 2, 3, 6, 8], INDEXED)
    asked = windows(np.zeros((5, 1)), [0, 0, 0, 0, 0], ASKED)
    np.testing.assert_allclose(said(model, given, asked), expected)


def test_late_fusion_averages_the_numbers_of_its_members():
    given, some = numbered("features", ("ecg", "eda")), np.arange(40)
    alone = [only(given, name) for name in ("ecg", "eda")]
    members = [said(NearestNumber(), each.take(some), each) for each in alone]
    np.testing.assert_allclose(said(NearestNumber(), given.take(some), given, Late()), np.mean(members, axis=0))


def only(given, modality):
    return Part.of(given.table, given.windows.only(modality), ())


def test_early_fusion_gives_a_regression_all_features():
    given = numbered("features", ("ecg", "eda"))
    both = np.hstack([given.windows.features(name) for name in ("ecg", "eda")])
    np.testing.assert_allclose(
        said(Linear(), given, fusion=Early()), said(Linear(), windows(both, given.labels)), atol=1e-9
    )


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (lambda n: np.zeros((n, 1)), "Predictions have the shape (144, 1); expected (144,)."),
        (lambda n: np.zeros(n - 1), "Predictions have the shape (143,); expected (144,)."),
        (lambda n: np.full(n, np.nan), "Predictions are not numbers: each must be finite."),
    ],
    ids=["column", "short", "nan"],
)
def test_what_is_not_a_number_per_window_is_refused(found, message, monkeypatch):
    given = numbered("features")
    monkeypatch.setattr("bench.checks.examples.plugins.NearestNumberRule.predict", lambda _, asked: found(len(asked)))
    with pytest.raises(PluginError, match=f"^{re.escape(message)}$"):
        said(NearestNumber(), given)


# -------------------------------------------------------------------------------- folds and the audit


@pytest.fixture(scope="module")
def index():
    given = table()
    trial = pd.factorize(given["trial"])[0]
    return given.assign(label=np.random.default_rng(0).normal(size=trial.max() + 1)[trial])


@pytest.mark.parametrize(
    ("protocol", "column"),
    [
        (WindowKFold(), ""),
        (TrialKFold(), "trial"),
        (SubjectIndependent(), "subject"),
        (StimulusIndependent(), "stimulus"),
        (SubjectStimulusIndependent(), "subject"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_protocols_cut_numbers_as_they_cut_classes(index, protocol, column):
    held = [test for _, _, test in protocol.outer(index)]
    assert sorted(np.concatenate(held)) == list(range(len(index)))
    for _, train, test in protocol.outer(index):
        assert not set(train) & set(test)
        if column:
            assert not set(index[column].iloc[train]) & set(index[column].iloc[test])


def test_whole_trials_of_each_person_are_dealt_out_in_order_of_their_number(index):
    for _, _, test in TrialKFold(k=4).outer(index):
        for _, rows in index.iloc[test].groupby("subject"):
            assert rows["trial"].nunique() == 3
    means = [index["label"].iloc[test].mean() for _, _, test in TrialKFold(k=4).outer(index)]
    random = np.random.default_rng(0).permutation(index["label"].to_numpy()).reshape(4, -1).mean(axis=1)
    assert np.std(means) < np.std(random)


@given(st.integers(1, 60), st.integers(2, 10))
def test_fifths_are_as_large_as_each_other_and_as_there_are_parts(count, parts):
    found = np.bincount(quantile_bins(np.random.default_rng(count).permutation(count).astype(float), parts))
    assert len(found) <= 5
    assert found.max() - found.min() <= 1
    assert len(found) == 1 or found.min() >= min(parts, count // len(found))


def test_units_in_order_are_cut_into_strata_of_each_person():
    units, people = np.array([0, 0, 1, 2, 3, 4]), np.array([0, 0, 0, 0, 1, 1])
    found = strata_by_rank(units, people, np.array([5.0, 5.0, 1.0, 3.0, 2.0, 1.0]), 2)
    assert found[0] == found[1]  # windows of a trial
    assert found[2] == found[3] != found[0]
    assert found[4] == found[5] != found[0]


@pytest.mark.parametrize("seed", range(5))
def test_a_thing_that_says_nothing_is_not_called_predictive(seed):
    random = np.random.default_rng(seed)
    values, people = np.arange(300) % 10, np.arange(300) // 10
    found = IdentityRegressor(values, people, random.normal(size=300))
    found.add(np.arange(150), np.arange(150, 300))
    assert not found.score().predictive


def test_a_thing_that_gives_numbers_away_is_called_predictive_and_scored_against_the_mean():
    values, people = np.arange(300) % 10, np.arange(300) // 10
    labels = values + np.random.default_rng(0).normal(size=300)
    found, train, held = IdentityRegressor(values, people, labels), np.arange(150), np.arange(150, 300)
    assert found.add(train, held) == 150
    means = np.array([labels[train][values[train] == value].mean() for value in values[held]])
    expected = 1 - ((labels[held] - means) ** 2).sum() / ((labels[held] - labels[train].mean()) ** 2).sum()
    outcome = found.score()
    assert outcome.score.mean == pytest.approx(expected)
    assert outcome.predictive
    assert re.fullmatch(r"scores 0\.8\d \[0\.\d\d, 0\.\d\d\] in R2, where chance is 0\.00", str(outcome))


def test_values_that_are_not_known_or_not_trained_on_are_not_counted():
    found = IdentityRegressor(np.array([0, 0, -1, 1]), np.zeros(4, int), np.array([1.0, 2.0, 3.0, 4.0]))
    assert found.add(np.array([0, 2]), np.array([1, 3])) == 1


def test_the_audit_of_numbers_says_what_the_person_and_the_stimulus_give_away(index):
    person, stimulus = (pd.factorize(index[name])[0] for name in ("subject", "stimulus"))
    noise = np.random.default_rng(0).normal(size=len(index))
    whole = audit.audit(index.assign(label=person + noise), list(TrialKFold(k=4).folds(index)))
    [finding] = [each for each in whole.findings if each.name == "subject on both sides"]
    assert (whole.verdict, finding.severity) == ("subject-dependent", "subject-dependent")
    unseen = audit.audit(index.assign(label=stimulus + noise), list(SubjectIndependent().folds(index)))
    [finding] = [each for each in unseen.findings if each.name == "stimulus confound"]
    assert (unseen.verdict, finding.severity) == ("clean", "note")
    assert "in R2" in finding.text
    constant = audit.audit(index.assign(label=1.5), list(SubjectIndependent().folds(index)))
    [finding] = [each for each in constant.findings if each.name == "one value"]
    assert finding.text == "5 of 5 folds test one value only, where r, CCC and R2 are undefined."


# ---------------------------------------------------------------------------------------------- runs

GRID = ("run", "--profile", "smoke", "--modalities", "eda,bvp", "--target", "effort", "--model", "linear,svr")
BASELINES = {
    "mean",
    "subject-identity",
    "trial-mean",
    "stimulus-mean",
    "time-in-session",
    "relative-time",
    "trial-order",
}


@pytest.fixture(scope="module")
def ran(shared_bench):
    """One run that all tests only look at."""
    assert shared_bench.process(*GRID).code == 0
    return shared_bench


@pytest.fixture
def there(bench, ran, monkeypatch):
    """In the folder of that run."""
    monkeypatch.chdir(ran.folder)
    return ran


def test_rows_are_models_of_numbers_with_baselines_of_numbers(there):
    told = there("show", "--json").ok().json
    rows = {(row["model"], row["fusion"], *row["cell"]["modalities"]) for row in told}
    fusions = (("none", "eda"), ("none", "bvp"), ("early", "eda", "bvp"), ("late", "eda", "bvp"))
    models = {(model, *fusion) for model in ("linear", "svr") for fusion in fusions}
    assert rows == models | {(name, "none") for name in BASELINES}
    assert {row["baseline"] for row in told if row["model"] in BASELINES} == {True}
    assert {row["label_rule"] for row in told} == {"the rating 'effort', a number"}
    for row in told:
        assert (row["classes"], row["chance"], row["confusion"]) == ([], None, None)
        assert set(row["metrics"]) == set(NAMES) == set(row["pooled"]) == set(row["subjects"]["P01"])


def test_stored_predictions_are_one_number_per_window_and_metrics_are_theirs(there):
    for (label, task), folder in there.tasks().items():
        table, record = pd.read_parquet(folder / "predictions.parquet"), there.record(label, task)
        assert not [name for name in table if name.startswith("p.")]
        assert record["metrics"]["rmse"] == pytest.approx(root_mean_squared_error(table["label"], table["predicted"]))
        assert record["metrics"]["r2"] == pytest.approx(r2_score(table["label"], table["predicted"]))
        assert record["subjects"] == {record["fold"]: record["metrics"]}
        assert record["confusion"] is None
        assert table["label"].between(1, 9).all()


def test_pooled_metrics_and_intervals_over_folds_are_those_of_scipy(there):
    [row] = [row for row in there("show", "--json").ok().json if row["model"] == "svr"
             and row["fusion"] == "late"]  # fmt: skip
    tables = [pd.read_parquet(folder / "predictions.parquet") for (label, _), folder in there.tasks().items()
              if label == "svr · late · eda+bvp"]  # fmt: skip
    whole = pd.concat(tables)
    assert row["pooled"]["r"] == pytest.approx(stats.pearsonr(whole["label"], whole["predicted"]).statistic, abs=1e-6)
    folds = [root_mean_squared_error(each["label"], each["predicted"]) for each in tables]
    found = row["metrics"]["rmse"]
    assert found["folds"] == pytest.approx(folds, abs=1e-6)
    low, high = stats.t.interval(0.95, 3, np.mean(folds), stats.sem(folds))
    assert (found["low"], found["high"]) == pytest.approx((low, high), abs=1e-5)


def test_tables_show_errors_in_the_unit_of_the_target_best_first(there):
    lines = there("show").ok().out.splitlines()
    heads = next(line for line in lines if line.startswith("Model"))
    assert re.split(r"\s{2,}", heads.strip()) == ["Model", "Fusion", "Modalities", "RMSE", "r", "CCC", "R2",
                                                  "Gain over single", "Beats baselines", "Key"]  # fmt: skip
    rows = [re.split(r"\s{2,}", line.strip()) for line in lines[lines.index(heads) + 2 :] if line]
    rows = rows[: next(place for place, row in enumerate(rows) if len(row) == 1)]
    errors = [float(row[3].split(" ")[0]) for row in rows if row[-2] != "baseline"]
    assert errors == sorted(errors)
    assert 1 < errors[0] < 3  # on a scale from 1 to 9
    [mean] = [row for row in rows if "mean" in row[0].split(", ")]
    assert (mean[4], mean[5]) == ("–", "0.000")  # a constant has no correlation
    assert "RMSE in the unit of the target" in "\n".join(lines)
    assert "Per cent" not in "\n".join(lines)


def test_a_cell_is_shown_with_its_people(there):
    key = next(row["key"] for row in there("show", "--json").ok().json if row["model"] == "svr")
    said = there("show", key[:10]).ok().out
    assert re.search(r"^subject +rmse +r +ccc +r2$", said, re.MULTILINE)
    assert "confusion" not in said


def test_a_second_run_does_nothing_again_and_another_folder_gives_the_same_numbers(there, tmp_path):
    times = there.times()
    there(*GRID).ok()
    assert there.times() == times
    there(*GRID, "--fusion", "none", "--no-baselines", "--out", tmp_path / "again").ok()
    found = list((tmp_path / "again").rglob("predictions.parquet"))
    assert len(found) == 16
    for path in found:
        before = there.folder / "bench-results" / path.relative_to(tmp_path / "again")
        pd.testing.assert_frame_equal(pd.read_parquet(path), pd.read_parquet(before))


def test_the_leaderboard_shows_numbers_apart_from_classes(bench, ran):
    out = ran.folder / "bench-results"
    bench(
        "run", "--profile", "smoke", "--modalities", "eda", "--fusion", "none", "--no-baselines", "--out", "classes"
    ).ok()
    bench("leaderboard", "--to", "leaderboard", "--out", out, "--format", "md,html,json").ok()
    bench("leaderboard", "--to", "leaderboard", "--out", "classes", "--format", "md,html,json").ok()
    page = (bench.folder / "leaderboard" / "README.md").read_text()
    classes, numbers = page.partition("## How to read")[0].split("· effort · loso\n")
    assert "· stress · loso" in classes
    assert "| RMSE" not in classes.partition("· stress · loso\n")[2]
    assert "| RMSE" in numbers
    assert "Chance" not in numbers
    assert page.index("### Classification") < page.index("### Regression")
    assert "RMSE of the second minus that of the first" in numbers  # fusions in pairs
    html = (bench.folder / "leaderboard" / "index.html").read_text()
    assert html.index("· stress · loso") < html.index("· effort · loso")
    assert "Pearson's r" in html_module.unescape(html)
    bench("leaderboard", "--to", "leaderboard", "--format", "md,html,json", "--check").ok()


def test_a_row_beats_the_baselines_where_its_error_is_below_each_of_them(bench, ran):
    from bench.leaderboard.comparison import beats, rows
    from bench.leaderboard.summary import Summary

    shown = ran("show", "--json", "--out", ran.folder / "bench-results").ok().json
    better = next(row for row in shown if row["model"] == "linear")
    better = json.loads(json.dumps(better))
    for number, each in enumerate(better["subjects"].values()):
        each["rmse"] = 0.1 + 0.01 * number
    summaries = [Summary.from_json(row | {"train_seconds": 0.0}) for row in (*shown, better)]
    baselines = [summary for summary in summaries if summary.baseline]
    assert beats(summaries[-1], baselines, "rmse") == "yes"
    assert beats(baselines[0], baselines, "rmse") == "no"
    assert rows(summaries, "rmse", "")[0].summary.metrics["rmse"].mean == min(
        summary.metrics["rmse"].mean for summary in summaries if not summary.baseline
    )


REFUSED = [
    (("--model", "logistic", "--fusion", "none"),
     ("synthetic · logistic · none · eda · loso and 1 more: logistic predicts classes only, and effort is a number; "
     "use --model linear or svr.")),
    (("--model", "attx", "--fusion", "attentive"),
     ("synthetic · attx · attentive · eda+bvp · loso: attx predicts classes only, and effort is a number; "
     "use --model linear or svr.")),
    (("--model", "linear", "--fusion", "late(rule=vote)"),
     ("synthetic · linear · late(rule=vote) · eda+bvp · loso: late(rule=vote) joins classes only, and effort is a "
     "number; use --fusion early, late or none.")),
    (("--model", "linear", "--fusion", "feature"),
     ("synthetic · linear · feature · eda+bvp · loso: feature joins branches inside a network, and linear is not a "
     "staged model; use --fusion early or late.")),
    (("--model", "majority", "--fusion", "none"),
     ("synthetic · majority · none · loso: majority predicts classes only, and effort is a number; "
     "use --model linear or svr.")),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "reason"), REFUSED, ids=[" ".join(typed) for typed, _ in REFUSED])
def test_what_does_not_predict_numbers_is_refused_before_anything_runs(bench, typed, reason):
    said = bench("run", "--modalities", "eda,bvp", "--target", "effort", "--no-baselines", *typed)
    said.usage_error(f"Nothing is left to run: {reason}")
    assert not bench.tasks()


def test_what_predicts_numbers_alone_is_refused_for_classes(bench):
    said = bench("run", "--modalities", "eda", "--fusion", "none", "--model", "svr", "--no-baselines")
    assert said.code == 2
    assert "svr predicts numbers only, and stress is one of several classes; use --model " in said.err
    assert "logistic" in said.err


def test_a_search_lowers_the_error_on_inner_parts(bench):
    bench(*GRID, "--fusion", "none", "--no-baselines", "--search", "4", "--protocol", "holdout").ok()
    found = bench.record("svr · none · eda", "000-fold-01.s0")["search"]
    assert found["selection"] == "mean minus rmse over 3 inner parts, grouped as the protocol is"
    values = [trial["score"] for trial in found["trials"] if trial["state"] == "COMPLETE"]
    assert found["score"] == max(values) < 0
    assert set(found["options"]) == {"model.C", "model.epsilon", "model.gamma"}


def test_held_out_numbers_reach_nothing_that_is_learnt(bench):
    """The same fold with other numbers in its test part predicts the same."""
    from bench.running.opened_cell import open_cell

    bench(*GRID, "--fusion", "late", "--no-baselines", "--protocol", "holdout").ok()
    for key in {folder.parents[1].name for folder in bench.tasks().values()}:
        opened = open_cell(str(bench.folder / "bench-results"), str(bench.cache), key)
        fold = opened.folds[0]
        labels = opened.data.everything.labels.copy()
        labels[fold.test] = -1000 * labels[fold.test]
        changed = replace(opened.data, everything=opened.data.everything.relabelled(labels))
        first, second = (data.of_fold(fold) for data in (opened.data, changed))
        assert (second.table["label"] < 0).all()
        found = [fit(opened.spec("cpu"), each.part, 0).predict(each.test) for each in (first, second)]
        np.testing.assert_array_equal(*found)


WORLD = (
    "n_subjects=4,minutes=6,trial_seconds=15,gap_seconds=5,ecg_rate=64,eeg_rate=64,eeg_channels=1,bvp_rate=16,"
    "mode={},effect={},seed={}"
)


@pytest.mark.parametrize(
    ("mode", "effect", "seeds"), [("effect", 4, range(2)), ("null", 1, range(6))], ids=["planted", "null"]
)
def test_an_effect_is_found_where_there_is_one(bench, mode, effect, seeds):
    typed = ",".join(f"synthetic({WORLD.format(mode, effect, seed)})" for seed in seeds)
    told = bench("run", "--dataset", typed, "--target", "effort", "--modalities", "eda", "--fusion", "none",
                 "--model", "svr", "--no-baselines", "--json").ok().json  # fmt: skip
    r, r2 = (np.array([row["metrics"][name]["mean"] for row in told["cells"]]) for name in ("r", "r2"))
    if mode == "effect":
        assert r.min() > 0.5
        assert r2.min() > 0.2
    else:
        low, high = stats.t.interval(0.95, len(r) - 1, r.mean(), stats.sem(r))
        assert low < 0 < high
        assert r2.max() < 0


# --------------------------------------------------------------------------------- data sets in files


def test_each_listen_of_pmemo_has_the_rating_of_its_own_axis(bench, stand_in):
    stand_in("pmemo-2018", subjects=6, seconds=20)
    for axis in ("arousal", "valence"):
        typed = ("--dataset", "pmemo-2018", "--target", f"{axis}-rating", "--modalities", "eda", "--model", "linear")
        bench("run", *typed, "--fusion", "none", "--no-baselines", "--protocol", "kfold(k=2)", "--out", axis).ok()
        found = pd.concat(pd.read_parquet(folder / "predictions.parquet") for folder in bench.tasks(axis).values())
        assert set(found["session"].str.rpartition(" ")[2]) == {axis}
        cell = json.loads(next((bench.folder / axis / "cells").glob("*/cell.json")).read_text())
        assert cell["excluded_windows"] == {f"without a label for {axis}-rating": len(found)}


@pytest.mark.parametrize("name", ["pmemo-2019", "amigos", "dreamer", "ascertain"])
def test_data_sets_with_ratings_have_them_as_targets(bench, name):
    said = bench("info", name).ok().out
    assert "Regression targets: arousal-rating, valence-rating" in said


def test_info_says_what_models_and_fusions_predict(bench):
    for name, what in [("linear", "numbers"), ("logistic", "classes"), ("stimulus-mean", "classes and numbers"),
                       ("early", "classes and numbers"), ("attentive", "classes")]:  # fmt: skip
        assert f"\nPredicts: {what}\n" in bench("info", name).ok().out


# --------------------------------------------------------------------------------------------- checks


def wrong(base, **members):
    """A plugin of that kind, changed."""
    return type("Wrong", (base,), members)()


def rule(**members):
    return wrong(NearestNumber, estimator=lambda self, seed, device: wrong(NearestNumberRule, **members))


def voting(probabilities):
    found = next(iter(probabilities.values())).copy()
    found[0] += 1
    return found


BROKEN = [
    (models.predictions_are_known, wrong(NearestNumber, predicts=("ranks",)),
     "Its predicts is ('ranks',); write a tuple of classes and numbers."),
    (models.predictions_are_numbers, rule(predict=lambda self, windows: np.zeros((len(windows), 1))),
     "Predictions have the shape (144, 1); expected (144,)."),
    (models.predictions_are_numbers, rule(predict=lambda self, windows: np.zeros(len(windows))),
     "Trained on a constant target of 2.5, it predicts 0 to 0."),
    (fusions.regression_is_supported, wrong(Late, combine=lambda self, found, learnt: voting(found)),
     "Predictions for a window change by up to 1 with the order of windows; combine row by row."),
    (datasets.regression_targets_have_names, wrong(ExampleDataset, regression_targets={"stress": "stress"}),
     "'stress' is both a regression target and a target with classes; rename one of them."),
    (datasets.ratings_are_numbers, wrong(ExampleDataset, regression_targets={"effort": "effort"}),
     "No segment has the rating 'effort' of the regression target 'effort'; add it."),
    (datasets.ratings_are_numbers, wrong(
        ExampleDataset, regression_targets={"effort": "effort"}, load=lambda self, subject: [
        replace(found, segments=[replace(each, ratings={"effort": math.inf}) for each in found.segments])
        for found in ExampleDataset().load(subject)]),
     "The rating 'effort' of a segment is not finite; leave it out if it is unknown."),
]  # fmt: skip


@pytest.mark.parametrize(("check", "plugin", "message"), BROKEN, ids=[check.__name__ for check, _, _ in BROKEN])
def test_a_broken_promise_about_numbers_is_found(check, plugin, message):
    datasets.first_recordings.cache_clear()
    with pytest.raises(PluginError, match=f"^{re.escape(message)}$"):
        check(plugin)


@pytest.mark.parametrize("name", ["linear", "svr", "mean", "subject-identity", "late", "early", "synthetic"])
def test_what_predicts_or_has_numbers_keeps_its_contract(name):
    known = Registry()
    for found in known.find(name):
        for check in contract(found.kind, name, registry=known):
            check()
