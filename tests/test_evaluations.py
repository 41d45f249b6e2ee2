"""How many evaluations of the same test windows a store holds, which conclusions say beside the best row."""

import json
import shutil
from dataclasses import replace

import pytest

from bench.leaderboard.comparison import comparisons
from bench.leaderboard.conclusion import conclusion

RUN = ("run", "--profile", "smoke", "--modalities", "eda", "--fusion", "none", "--protocol", "holdout",
       "--isolation", "inline")  # fmt: skip


def published(bench):
    """Of each published row: model, hop of windows and evaluations."""
    bench("leaderboard", "--to", "leaderboard").ok()
    found = {}
    for path in (bench.folder / "leaderboard" / "results").iterdir():
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()[1:]):
            found[row["model"], row["cell"]["window"]["hop"], row["baseline"]] = row.get("evaluations")
    return found


def test_finished_rows_and_seeds_of_the_same_windows_are_counted(bench):
    first = bench(*RUN, "--seed", "0,1").ok()
    assert "The only row after 2 evaluations of these windows, logistic on eda, has " in " ".join(first.out.split())
    bench(*RUN, "--no-baselines", "--model", "knn").ok()
    bench(*RUN, "--no-baselines", "--preprocess", "zscore", "--search", "2").ok()  # other signals of the same windows
    bench(*RUN, "--no-baselines", "-o", "window.hop=10").ok()
    assert "evaluations" not in bench("show", "--json").ok().out  # rows do not depend on what else there is
    found = published(bench)
    assert {count for (_, hop, _), count in found.items() if hop == 5} == {4}
    assert found["logistic", 10.0, False] == 1
    run = bench.runs()[0].stem
    assert "after 4 evaluations of these windows" in " ".join(bench("show", run).ok().out.split())
    [folder] = [path for (label, name), path in bench.tasks().items() if label.startswith("knn")]
    shutil.rmtree(folder)  # a row that is not finished
    assert "after 3 evaluations of these windows" in " ".join(bench("show", run).ok().out.split())
    assert published(bench)["logistic", 5.0, False] == 3
    for path in bench.folder.glob("bench-results/cells/*/cell.json"):
        if json.loads(path.read_text())["cell"]["window"]["hop"] == 10:
            path.write_text("damaged")  # which is no reason not to show others
    assert "after 3 evaluations of these windows" in " ".join(bench("show", run).ok().out.split())


@pytest.mark.parametrize(
    ("evaluations", "expected"),
    [
        ((None, None), "The best of 2 rows, logistic on eda, has"),  # of older versions
        ((7, None), "The best of 2 rows after 7 evaluations of these windows, logistic on eda, has"),
        ((1, 1), "The best of 2 rows after 2 evaluations of these windows, logistic on eda, has"),  # of two stores
    ],
)
def test_a_conclusion_says_after_how_many_evaluations_a_row_is_the_best(summary_of, evaluations, expected):
    rows = [
        replace(summary_of([0.7, 0.8, score], "auroc"), key=key * 16, evaluations=count)
        for key, score, count in zip("01", (0.9, 0.6), evaluations, strict=True)
    ]
    [comparison] = comparisons(rows)
    assert conclusion(comparison).startswith(expected)


def test_a_conclusion_names_rows_that_predict_one_class(summary_of):
    usual = summary_of([0.7, 0.8, 0.9], "auroc", key="0" * 16, confusion=((3, 1), (2, 4)))
    never = [replace(usual, key=key * 16, model=f"svm(C={key})", confusion=((4, 0), (6, 0))) for key in "12"]
    [comparison] = comparisons([usual, *never])
    assert (
        "2 rows predict one class for all windows at a threshold of one half: 'calm' (svm(C=1) · eda, svm(C=2) · eda)."
    ) in conclusion(comparison)
    [comparison] = comparisons([usual])
    assert "one class" not in conclusion(comparison)
