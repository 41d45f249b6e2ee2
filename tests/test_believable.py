"""What the harness is for, end to end: an effect is found, no effect is not, and each trap is seen for what it is."""

import numpy as np
import pytest
from scipy import stats

# Others cover the lines that these go through; tracing what libraries do here would take half as long again.
pytestmark = pytest.mark.no_cover

CHANCE = 0.5


def rows(bench, *arguments):
    """(model label, fusion, modalities) -> summary."""
    told = bench("run", *arguments, "--json").ok().json
    return {
        (cell["protocol"], cell["fusion"], "+".join(cell["cell"]["modalities"])): cell
        for cell in told["cells"]
        if not cell["baseline"]
    }


def interval(row, metric="balanced_accuracy"):
    return row["estimates"][metric]["low"], row["estimates"][metric]["high"]


def test_fusion_beats_each_single_modality_where_evidence_is_complementary(bench):
    found = rows(bench, "--no-baselines")
    single = [row["metrics"]["accuracy"]["mean"] for (_, fusion, _), row in found.items() if fusion == "none"]
    late = found["loso", "late", "ecg+eda+bvp+eeg"]
    assert len(single) == 4
    assert late["metrics"]["accuracy"]["mean"] > max(single) + 0.05
    assert all(interval(row)[0] > CHANCE for row in found.values())
    assert {row["audit"]["verdict"] for row in found.values()} == {"clean"}


def test_where_there_is_no_effect_no_interval_excludes_chance(bench):
    found = rows(bench, "--dataset", "synthetic", "-o", "dataset.mode=null", "--no-baselines")
    assert len(found) == 6
    for row in found.values():
        assert row["chance"]["accuracy"] == row["chance"]["balanced_accuracy"] == CHANCE
        for metric, chance in row["chance"].items():
            low, high = interval(row, metric)
            assert low <= chance <= high


def test_over_many_worlds_without_an_effect_the_scores_of_each_row_are_at_chance(bench):
    """Worlds are independent, as people who train each other's models are not quite: so this interval is exact."""
    worlds = ",".join(f"synthetic(mode=null,n_subjects=4,minutes=8,seed={seed})" for seed in range(8))
    told = bench("run", "--dataset", worlds, "--modalities", "eda,bvp", "--fusion", "none,early,late",
                 "--no-baselines", "--json").ok().json  # fmt: skip
    rows = {}
    for cell in told["cells"]:
        key = cell["fusion"], tuple(cell["cell"]["modalities"])
        rows.setdefault(key, []).append(cell["metrics"]["balanced_accuracy"]["mean"])
    assert len(rows) == 4
    for means in rows.values():
        assert len(means) == 8
        assert stats.ttest_1samp(means, CHANCE).pvalue > 0.05 / len(rows)


@pytest.mark.slow
def test_thirty_trials_of_nested_search_find_nothing_where_there_is_nothing(bench):
    worlds = ",".join(f"synthetic(mode=null,n_subjects=8,seed={seed})" for seed in range(3))
    told = bench("run", "--dataset", worlds, "--modalities", "eda", "--fusion", "none", "--model", "knn",
                 "--protocol", "subject-independent(k=4)", "--search", 30, "--no-baselines",
                 "--json").ok().json  # fmt: skip
    people = [scores["balanced_accuracy"] for cell in told["cells"] for scores in cell["subjects"].values()]
    assert len(people) == 24
    low, high = stats.t.interval(0.95, len(people) - 1, np.mean(people), stats.sem(people))
    assert low <= CHANCE <= high


@pytest.mark.parametrize(
    ("mode", "strict"),
    [
        ("trial-identity", "kfold-trial"),
        ("stimulus-identity", "stimulus-independent"),
        ("subject-shortcut", "subject-independent"),
    ],
)
def test_random_folds_fall_for_the_trap_and_are_called_leaky_while_the_strict_twin_is_not_and_at_chance(
    bench, mode, strict
):
    found = rows(bench, "--dataset", f"synthetic(mode={mode})", "--model", "knn(k=1)", "--fusion", "early",
                 "--protocol", f"kfold,{strict}", "--no-baselines")  # fmt: skip
    trapped, sound = found["kfold", "early", "ecg+eda+bvp+eeg"], found[strict, "early", "ecg+eda+bvp+eeg"]
    assert trapped["metrics"]["balanced_accuracy"]["mean"] > 0.8
    assert trapped["audit"]["verdict"] == "leaky"
    low, high = interval(sound)
    assert low <= CHANCE <= high
    assert sound["audit"]["verdict"] == ("clean" if strict == "subject-independent" else "subject-dependent")


@pytest.mark.parametrize("mode", ["effect", "subject-shortcut"])
def test_people_on_both_sides_are_subject_dependent_whether_labels_are_skewed_by_person_or_balanced(bench, mode):
    found = rows(bench, "--dataset", f"synthetic(mode={mode})", "--modalities", "eda", "--fusion", "none",
                 "--protocol", "kfold-trial", "--no-baselines")  # fmt: skip
    assert found["kfold-trial", "none", "eda"]["audit"]["verdict"] == "subject-dependent"


def test_a_step_that_sees_the_whole_session_makes_the_row_transductive(bench):
    found = rows(bench, "--modalities", "eda", "--fusion", "none", "--preprocess", "zscore", "--no-baselines")
    assert found["loso", "none", "eda"]["audit"]["verdict"] == "transductive"
