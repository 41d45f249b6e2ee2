"""`bench run --permute`: models that are trained again on labels that whole trials have exchanged."""

import json
import signal
import time

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from bench import session
from bench.errors import UsageError
from bench.leaderboard.publishing.consistency import contradictions
from bench.results.permutation_record import PermutationRecord, PermutedFold
from bench.results.serialization import sealed
from bench.running.permutation.arrangements import Arrangements
from bench.scoring.permutation import mean_over_subjects, permutation_p, permute_trials
from bench.worker import confinement

workers = pytest.mark.skipif(confinement.best() == "inline", reason="this platform has no workers")

N = 20
GRID = ("run", "--profile", "smoke", "--fusion", "none", "--modalities", "eda", "--no-baselines")
PERMUTED = (*GRID, "--permute", N)
ROW = "logistic · none · eda"
DIFFERENT = (
    "Trained again on the true labels, it predicts something else than before, so its score cannot be compared with "
    "those of permuted labels; 'bench audit --probe' says more."
)


def outcomes(bench, out="bench-results"):
    return [json.loads(path.read_text()) for path in sorted((bench.folder / out).rglob("permutations/s*.json"))]


def folds(bench, out="bench-results"):
    paths = sorted((bench.folder / out).rglob("permutations/*.npz"))
    return {path.name: PermutedFold.from_bytes(path.read_bytes()) for path in paths}


def assert_equal(some, others):
    assert some.keys() == others.keys()
    for name, fold in some.items():
        np.testing.assert_array_equal(fold.labels, others[name].labels)
        np.testing.assert_array_equal(fold.predictions, others[name].predictions)


# ------------------------------------------------------------------------------------- what is permuted


def test_trials_exchange_labels_alike_in_all_folds_and_rows_of_a_comparison():
    trial = np.repeat(np.arange(12), 3)
    table = pd.DataFrame({"subject": np.repeat(["a", "b"], 18), "trial": [f"t{each:02d}" for each in trial]})
    labels, other = trial % 2, trial % 3  # another fold may learn other labels from the same ratings
    one, again, shifted = (
        Arrangements.of("c", table, each).permuted(range(first, 30))
        for each, first in ((labels, 0), (other, 0), (labels, 9))
    )
    np.testing.assert_array_equal(one[9:], shifted)
    both = {(x, y) for x, y in zip((one * 10 + again).ravel(), np.tile(trial, 30), strict=True)}
    assert {pair for pair, _ in both} == {10 * (each % 2) + each % 3 for each in range(12)}  # they moved together
    assert not np.array_equal(one, Arrangements.of("d", table, labels).permuted(range(30)))
    assert all(np.array_equal(np.sort(each[:18]), np.sort(labels[:18])) for each in one)


def test_the_score_is_the_mean_over_subjects_of_auroc_or_of_rmse():
    subjects, nobody = np.array([0, 0, 0, 1, 1, 2]), np.zeros(6, int)
    labels, second = np.array([0, 1, 1, 0, 1, 1]), np.array([0.2, 0.1, 0.6, 0.3, 0.3, 0.9])
    found = mean_over_subjects(labels, np.stack([1 - second, second], axis=1), subjects, nobody, 2)
    assert found == pytest.approx((0.5 + 0.5) / 2)  # one of two pairs; a tie; one class only
    found = mean_over_subjects(np.array([1.0, 3, 5, 2, 2, 7]), np.full((6, 1), 3.0), subjects, nobody, 0)
    assert found == pytest.approx(np.mean([(8 / 3) ** 0.5, 1.0, 4.0]))


def test_p_is_uniform_where_labels_say_nothing_about_signals():
    """Nearest means of noise that trials share, trained on one half of the subjects and tested on the other."""
    random, found = np.random.default_rng(0), []
    subjects, trials = np.repeat(np.arange(6), 24), np.repeat(np.arange(36), 4)
    train = subjects < 3
    for _ in range(300):
        signals = random.normal(size=(36, 2))[trials] + 0.2 * random.normal(size=(144, 2))
        labels = np.concatenate([random.permutation([0, 0, 0, 1, 1, 1]) for _ in range(6)])[trials]

        def score(each, signals=signals):
            means = [signals[train & (each == number)].mean(axis=0) for number in (0, 1)]
            near = signals[~train] @ (means[1] - means[0])
            return mean_over_subjects(
                each[~train], np.stack([-near, near], 1), subjects[~train], 0 * subjects[~train], 2
            )

        permuted = [score(permute_trials(subjects, trials, labels, random)) for _ in range(19)]
        found.append(permutation_p(score(labels), np.array(permuted)) - random.uniform(0, 0.05))
    assert kstest(found, "uniform").pvalue > 0.01


# ----------------------------------------------------------------------------------------- rows


def test_a_row_with_an_effect_has_a_small_p_everywhere_and_a_row_without_has_none_of_it(bench):
    said = bench(*PERMUTED).ok()
    assert "  Perm. p  " in said.out
    assert f"in the best 5 % of {N} permutations (p = 0.048)." in " ".join(said.out.split())
    [found] = outcomes(bench)
    assert found["p"] == pytest.approx(1 / (1 + N), abs=1e-6)
    assert 0.3 < found["mean"] < 0.65 < found["score"]
    shown = bench("show", "--json").ok().json[0]
    assert shown["permutation"] == {
        name: value for name, value in found.items() if name not in ("schema", "record_sha256")
    }
    assert shown["command"].endswith(f"--permute {N}")
    assert shown["permutation"]["score"] == pytest.approx(shown["estimates"]["auroc"]["mean"], abs=1e-6)
    session.leaderboard(to="leaderboard", formats=("md", "html"))
    [path] = (bench.folder / "leaderboard" / "results").glob("*.jsonl")
    assert json.loads(path.read_text().splitlines()[1])["permutation"] == shown["permutation"]
    for page in ("README.md", "index.html"):
        text = (bench.folder / "leaderboard" / page).read_text()
        assert "Perm. p" in text
        assert "0.048" in text
    bench("leaderboard", "--to", "leaderboard", "--check").ok()
    frame = session.run(profile="smoke", fusion="none", modalities="eda", baselines=False, permute=N).to_frame()
    assert list(frame["permutation_p"]) == [found["p"]]
    other = bench(*GRID, "--model", "knn").ok()
    assert "Perm. p" not in other.out
    assert "permutation" not in bench("show", "--json").ok().json[0]


def test_numbers_are_permuted_too(bench):
    bench(*PERMUTED, "--target", "effort", "--model", "linear").ok()
    [found] = outcomes(bench)
    assert found["metric"] == "rmse"
    assert found["best_5_percent"] < found["mean"]
    assert (found["p"] < 0.06) == (found["score"] < found["best_5_percent"])


def test_a_row_without_an_effect_has_no_small_p(bench):
    data = "synthetic(mode=null, n_subjects=3, seed={})"
    found = []
    for seed in range(3):
        bench(*GRID, "--permute", 19, "--dataset", data.format(seed), "--out", f"null{seed}").ok()
        found += outcomes(bench, f"null{seed}")
    assert max(each["p"] for each in found) > 0.2
    assert min(each["p"] for each in found) > 0.05


@pytest.mark.slow
def test_p_of_rows_without_an_effect_is_uniform(bench):
    data = "synthetic(mode=null, n_subjects=3, seed={})"
    grid = ",".join(f"'{data.format(seed)}'" for seed in range(30)).replace("'", "")
    bench(*GRID, "--permute", 19, "--dataset", grid).ok()
    random = np.random.default_rng(0)
    assert kstest([each["p"] - random.uniform(0, 0.05) for each in outcomes(bench)], "uniform").pvalue > 0.01


def test_only_the_first_seed_is_permuted_and_baselines_are_not(bench):
    cells = bench(*PERMUTED, "--baselines", "--seed", "3,1", "--json").ok().json["cells"]
    assert [each["seed"] for each in outcomes(bench)] == [3]
    assert bench(*PERMUTED, "--seed", "3,1", "--dry-run", "--json").ok().json["permuted_fits"] == 0
    more = (*PERMUTED[:-1], N + 5, "--seed", "3,1", "--dry-run")
    assert "Permutations of labels: 20 fits more." in bench(*more).ok().out  # 5 in each of 4 folds
    assert {cell["model"] for cell in cells if "permutation" in cell} == {"logistic"}
    assert len(cells) > 5


# -------------------------------------------------------------------------------------- refusals


REFUSALS = {
    ("--model", "attx"): (
        "--permute for attx · none · eda: --permute trains a model hundreds of times, which takes too long for a "
        "network; leave the network out with --model, or judge its row by the interval."
    ),
    ("--search", 2): (
        "--permute for logistic · none · eda: the true labels have chosen its options, so they would have "
        "an advantage over permuted ones; leave out --search and name options with -o."
    ),
    ("--dataset", "synthetic(n_subjects=3, minutes=1, sessions=1, trial_seconds=20, gap_seconds=0)"): (
        "--permute for logistic · none · eda: subject P01 has 2 of at least 3 trials, so its labels cannot be "
        "permuted. Leave the subject out, or judge the row by its interval instead."
    ),
    ("--model", "majority"): "all rows are baselines; name a model with --model.",
}


@pytest.mark.parametrize("arguments", REFUSALS)
def test_rows_that_cannot_be_permuted_are_refused_before_anything_is_trained(bench, arguments):
    bench(*PERMUTED, *arguments).usage_error(f"Nothing is left to permute: {REFUSALS[arguments]}")
    assert not bench.tasks()


def test_labels_that_folds_learn_from_subjects_that_they_test_are_refused_and_others_are_not(bench, stand_in):
    folder = stand_in("amigos", subjects=3, seconds=12)
    grid = (*GRID, "--permute", 19, "--dataset", "amigos", "--model", "knn", "--data", folder.parent)
    said = bench(*grid, "--protocol", "kfold-trial")
    assert said.code == 2
    assert said.err.splitlines()[-1] == (
        "Error: Nothing is left to permute: --permute for knn · none · eda: folds learn their classes from ratings of "
        "subjects that they also test, so exchanged labels would follow from other classes; hold whole subjects out, "
        "as in --protocol loso."
    )
    bench(*grid, "--protocol", "loso").ok()
    assert len(outcomes(bench)) == 1


def test_fewer_permutations_than_p_needs_are_refused(bench):
    assert "5 is not in the range 19<=x<=100000." in bench(*GRID, "--permute", 5).err
    with pytest.raises(UsageError, match=r"^permute takes 0, or 19 to 100000 permutations, not 5\.$"):
        session.Session(permute=5)


def test_a_refused_row_is_named_and_the_others_go_on(bench):
    said = bench(*PERMUTED, "--model", "logistic,attx(width=2, reduction=2, epochs=1)").ok()
    assert "Refused: --permute for attx" in said.err
    assert len(outcomes(bench)) == 1
    assert len({label for label, _ in bench.tasks()}) == 2
    assert sum("–" in line.split("no")[-1] for line in said.out.splitlines() if line.startswith("attx")) == 1


# ---------------------------------------------------------------------- what is stored, and resuming


def test_a_second_run_does_nothing_and_a_larger_number_adds_to_what_is_there(bench):
    bench(*PERMUTED, "--permute", 40, "--out", "whole").ok()
    bench(*PERMUTED).ok()
    paths = sorted(bench.folder.glob("bench-results/cells/*/permutations/*"))
    then = {path: path.stat().st_mtime_ns for path in paths if path.suffix == ".npz"}
    bench(*PERMUTED).ok()
    assert {path: path.stat().st_mtime_ns for path in then} == then
    bench(*PERMUTED, "--permute", 40).ok()
    assert_equal(folds(bench), folds(bench, "whole"))
    assert outcomes(bench) == outcomes(bench, "whole")


def test_damage_is_made_anew_and_fresh_tasks_forget_their_permutations(bench):
    bench(*PERMUTED).ok()
    before, outcome = folds(bench), outcomes(bench)
    first, *_ = bench.folder.glob("bench-results/cells/*/permutations/*.npz")
    first.write_bytes(first.read_bytes()[:-9] + b"x" * 9)
    bench(*PERMUTED).ok()
    assert_equal(folds(bench), before)
    bench(*GRID, "--fresh").ok()
    assert not folds(bench)
    assert not outcomes(bench)
    bench(*PERMUTED, "--isolation", "inline").ok()
    assert_equal(folds(bench), before)
    assert outcomes(bench) == outcome


def test_an_outcome_that_its_predictions_do_not_give_is_not_published(bench):
    bench(*PERMUTED).ok()
    [path] = bench.folder.glob("bench-results/cells/*/permutations/s0.json")
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"p": 0.5}))
    bench("leaderboard", "--to", "leaderboard").failure(
        f"Cannot read {path.relative_to(bench.folder)}: its values are not those that were written; delete it, and run "
        "the row with --permute again."
    )
    del record["record_sha256"]
    path.write_text(json.dumps(sealed(record | {"p": 0.5})))
    bench("leaderboard", "--to", "leaderboard").failure(
        f"Cannot publish {path.parent.relative_to(bench.folder)}: the outcome is not the one of the stored "
        "predictions; restore the folder, or delete it and do the run again with --permute."
    )


def test_a_p_that_no_count_gives_is_a_contradiction(summary_of):
    def told(**changed):
        values = {"seed": 0, "metric": "auroc", "permutations": 20, "score": 0.7, "p": 2 / 21, "mean": 0.5,
                  "best_5_percent": 0.6}  # fmt: skip
        summary = summary_of([0.6, 0.8], "auroc", permutation=PermutationRecord(**(values | changed)))
        return [each for each in contradictions(summary) if "permutations" in each]

    assert told() == []
    assert told(p=0.01) == ["p of its permutations is 0.01, which 20 permutations cannot give"]
    assert told(p=0.0) == ["p of its permutations is 0, which 20 permutations cannot give"]
    assert told(score=0.9) == ["the score of its permutations is 0.9, and the scores of subjects give 0.7"]
    assert told(metric="accuracy") == ["its permutations are scored by accuracy"]


@workers
@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_stopped_keeps_finished_folds_and_goes_on_from_there(bench, kill):
    command = (*GRID, "--permute", 120, "--jobs", "1")
    process = bench.start(*command)
    limit = time.monotonic() + 100
    while not list(bench.folder.rglob("permutations/*.npz")) and process.poll() is None:
        assert time.monotonic() < limit
        time.sleep(0.02)
    process.send_signal(kill)
    said = bench.end(process)
    assert said.code != 0
    kept = {path: path.stat().st_mtime_ns for path in bench.folder.rglob("permutations/*.npz")}
    assert 1 <= len(kept) < 4
    assert not outcomes(bench)
    bench(*command).ok()
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert len(folds(bench)) == 4
    assert len(outcomes(bench)) == 1
    assert not list(bench.folder.rglob("*partial*"))


# ----------------------------------------------------------------------------------------- plugins

MODEL = """
import os
from dataclasses import dataclass
import numpy as np
from bench.api import Model

fits = []

@dataclass(frozen=True)
class Moody(Model):
    mood: str = "crash"

    def estimator(self, seed, device):
        return Fitted(self.mood)

class Fitted:
    def __init__(self, mood):
        self.mood = mood

    def fit(self, train, validation):
        fits.append(1)
        if len(fits) > 1 and self.mood == "crash":
            os._exit(7)
        if len(fits) > 1 and self.mood == "raise":
            raise RuntimeError("once is enough")
        self.again = len(fits) > 1 and self.mood == "chance"

    def predict_proba(self, windows):
        level = windows.features()[:, :1] > 0
        second = np.where(level, 0.9, 0.1) if not self.again else np.full((len(windows), 1), 0.5)
        return np.hstack([1 - second, second])
"""
DECLARED = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_models():
    return [Plugin("moody", "bench_moody.model:Moody", "It fits once as it should.")]
"""
MOODS = {
    "crash": (
        "A plugin has ended the process of this fold, with exit code 7; run it with --isolation inline to debug it."
    ),
    "raise": "RuntimeError: once is enough (bench_moody/model.py:25)",
    "chance": DIFFERENT,
}


@workers
def test_what_a_plugin_does_to_permutations_is_a_failure_of_its_own(bench):
    packages = (bench.package("bench-moody", DECLARED, model=MODEL),)
    grid = (*GRID, "--jobs", 1, "--calibrate", "none", "--model", "logistic,moody,moody(mood=raise),moody(mood=chance)")
    bench.process(*grid, packages=packages).ok()
    before = bench.contents("record.json")
    said = bench.process(*grid, "--permute", N, packages=packages)
    assert said.code == 1
    for mood, message in MOODS.items():
        model = "moody" if mood == "crash" else f"moody(mood={mood})"
        assert f"Failed: {model} · none · eda, 000-P01.s0.permuted: {message}" in said.err
    assert bench.contents("record.json") == before
    assert len(outcomes(bench)) == 1
    failed = sorted({path.name for path in bench.folder.rglob("failed/*.json")})
    assert failed == [f"{number:03d}-P{number + 1:02d}.s0.permuted.json" for number in range(4)]
