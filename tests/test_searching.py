"""How a search looks for options: samplers, pruners, batches and budgets, what it records, and what it refuses."""

import json
import shutil
from typing import Literal

import numpy as np
import optuna
import pytest
from scipy import stats
from scipy.stats import qmc

from bench import options
from bench.api import Range, When
from bench.cells.cell import Cell
from bench.cells.searching import Searching, searching_of
from bench.errors import UsageError
from bench.options import Option
from bench.results.store import Store
from bench.running.opened_cell import open_cell
from bench.running.search.journal import Journal
from bench.running.search.samplers import Space, at, values, within
from bench.running.search.study import TrialJournal
from bench.worker.fit import fit
from bench.worker.search import SearchSpec, apply

BASE = ("run", "--profile", "smoke", "--modalities", "eda", "--fusion", "none", "--no-baselines", "--calibrate", "none",
        "--protocol", "holdout")  # fmt: skip
SVM = (*BASE, "--model", "svm", "--search", "9")
PENALTY = Option("C", float, 1.0, Range(0.01, 100, log=True))
LEAF = Option("leaf", int, 3, Range(1, 9))
RULE = Option("rule", Literal["average", "stacking"], "average")
PARTS = Option("parts", int, 3, Range(2, 4), when=When("rule", "stacking"))


def search_of(bench, out="bench-results"):
    [(task, _)] = bench.tasks(out).items()
    return bench.record(*task, out)["search"]


def space(explored, how=None, **defaults):
    return Space(explored, defaults, how or Searching())


@pytest.fixture(scope="module")
def searches(shared_bench):
    """By sampler: the results of a search that nobody disturbed."""

    def made(*how):
        out = shared_bench.folder / "-".join(how)
        words = [word for each in how for word in ("-o", f"search.{each}")]
        if not out.exists():
            shared_bench(*SVM, *words, "--out", out, "--cache", shared_bench.cache).ok()
        return out, words

    return made


HOW = [("sampler=tpe",), ("sampler=gp",), ("sampler=cmaes",), ("sampler=random",), ("sampler=grid",), ("sampler=qmc",),
       ("sampler=tpe", "batch=4"), ("sampler=tpe", "pruner=hyperband"), ("sampler=tpe", "smaller=0.05")]  # fmt: skip


@pytest.mark.parametrize("how", HOW, ids="-".join)
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_every_search_goes_on_from_what_a_killed_process_left(bench, searches, how, share):
    out, words = searches(*how)
    shutil.copytree(out, bench.folder / "bench-results")
    before = search_of(bench), bench.contents("predictions.parquet")
    [journal] = bench.folder.glob("bench-results/cells/*/search/*.journal")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[: int(share * len(lines))]))
    for folder in bench.tasks().values():
        shutil.rmtree(folder)
    bench(*SVM, *words).ok()
    assert (search_of(bench), bench.contents("predictions.parquet")) == before


def test_samplers_choose_differently_after_the_same_first_trials(searches):
    found = {}
    for sampler in ("tpe", "gp", "cmaes", "random", "grid", "qmc"):
        out, _ = searches(f"sampler={sampler}")
        [file] = out.glob("cells/*/tasks/*/record.json")
        trials = json.loads(file.read_text())["search"]["trials"]
        assert len(trials) == 9
        found[sampler] = [trial["options"] for trial in trials]
    for sampler in ("tpe", "gp", "cmaes"):  # what they model needs scores first
        assert found[sampler][:5] == found["random"][:5]
    assert all(found[one] != found[other] for one in found for other in found if one != other)
    assert found["random"][0] == found["qmc"][0] == {"model.C": 1.0, "model.gamma": 1.0, "model.class_weight": "none"}


def test_a_search_need_not_start_at_the_defaults(bench):
    bench(*SVM, "--search", "1", "-o", "search.defaults=false").ok()
    assert search_of(bench)["trials"][0]["options"]["model.C"] != 1.0


def test_a_sequence_is_that_of_sobol_with_the_seed_of_the_fold():
    found = space({"model.C": PENALTY, "model.leaf": LEAF}, Searching(sampler="qmc", defaults=False))
    points = qmc.Sobol(2, seed=5).random(8)
    for number, (first, second) in enumerate(points):
        known = found.known(number, 5)
        assert known["model.C"] == pytest.approx(10 ** (4 * first - 2))
        assert known["model.leaf"] == round(1 + 8 * second)


def test_values_of_a_grid_reach_from_end_to_end():
    assert values(PENALTY, 5) == pytest.approx([0.01, 0.1, 1, 10, 100])
    assert values(LEAF, 5) == [1, 3, 5, 7, 9]
    assert values(LEAF, 100) == list(range(1, 10))
    assert values(RULE, 5) == ("average", "stacking")
    assert [at(RULE, share) for share in (0, 0.49, 0.5, 1)] == ["average", "average", "stacking", "stacking"]


def test_what_is_sampled_may_be_less_than_what_is_allowed():
    narrow = Option("C", float, 100.0, Range(0, 1e6, sampled=(1, 10)))
    assert values(narrow, 2) == [1, 10]
    assert within(100.0, narrow) == 10
    assert options.parse(narrow, "1e5", "it") == 1e5


def test_an_option_counts_only_beside_the_values_that_it_needs():
    found = space({"fusion.rule": RULE, "fusion.parts": PARTS}, Searching(sampler="grid", points=3))
    assert found.grid == [
        {"fusion.rule": "average"},
        {"fusion.rule": "stacking", "fusion.parts": 2},
        {"fusion.rule": "stacking", "fusion.parts": 3},
        {"fusion.rule": "stacking", "fusion.parts": 4},
    ]
    fixed = space({"fusion.parts": PARTS}, **{"fusion.rule": "average"})
    assert not fixed.counts("fusion.parts", PARTS, {})
    fixed = space({"fusion.parts": PARTS}, **{"fusion.rule": "stacking"})
    assert fixed.counts("fusion.parts", PARTS, {})


def test_trials_of_a_run_leave_out_what_does_not_count(bench):
    late = [word if word not in ("none", "eda") else {"none": "late", "eda": "eda,bvp"}[word] for word in BASE[:7]]
    bench(*late, *BASE[7:], "--model", "logistic", "--search", "8", "-o", "search.sampler=random").ok()
    for trial in search_of(bench)["trials"]:
        needs = trial["options"]["fusion.rule"] in ("weighted", "stacking")
        assert ("fusion.parts" in trial["options"]) == needs


def test_a_grid_that_is_smaller_than_the_budget_ends_the_search_and_each_point_comes_once(bench):
    bench(*BASE, "--model", "knn", "--search", "50", "-o", "search.sampler=grid", "-o", "search.points=3",
          "-o", "search.pruner=none").ok()  # fmt: skip
    tried = [trial["options"] for trial in search_of(bench)["trials"]]
    assert sorted((trial["model.k"], trial["model.weights"]) for trial in tried) == [
        (k, weights) for k in (1, 10, 101) for weights in ("distance", "uniform")
    ]


def test_a_grid_that_nobody_could_finish_is_refused(bench):
    said = bench(*BASE, "--model", "boosting", "--search", "5", "-o", "search.sampler=grid", "-o", "search.points=60")
    assert said.code == 1
    assert "points; fix some of them, as in -o model." in said.err
    assert "or take fewer values of each with -o search.points." in said.err


def test_patience_and_windows_end_a_search_early(bench):
    bench(*SVM, "--search", "40", "-o", "search.patience=3", "--out", "patient").ok()
    trials = search_of(bench, "patient")["trials"]
    scores = [trial["score"] if trial["state"] == "COMPLETE" else -1 for trial in trials]
    assert len(trials) < 40
    assert len(trials) - 1 - scores.index(max(scores)) == 3
    bench(*SVM, "-o", "search.windows=1000", "-o", "search.pruner=none", "--out", "few").ok()
    found = search_of(bench, "few")
    each = found["trials"][0]["windows"]
    assert found["budget"] == {"trials": len(found["trials"]), "windows": each * len(found["trials"])}
    assert each * (len(found["trials"]) - 1) < 1000 <= each * len(found["trials"])


def test_a_search_that_ends_after_seconds_is_noted_as_not_repeatable(bench):
    grid = (*SVM, "-o", "search.seconds=0.001")
    assert "The search ends after some seconds" in bench(*grid).ok().out
    assert len(search_of(bench)["trials"]) == 1
    assert search_of(bench)["budget"]["seconds"] == 0.001
    assert "+ search 9 (seconds=0.001)" in bench("show").ok().out


def test_pruners(bench, searches):
    for pruner in ("none", "hyperband"):
        out, _ = searches("sampler=random", f"pruner={pruner}")
        [file] = out.glob("cells/*/tasks/*/record.json")
        states = [trial["state"] for trial in json.loads(file.read_text())["search"]["trials"]]
        assert ("PRUNED" in states) == (pruner == "hyperband")


def test_networks_of_a_batch_have_the_scores_of_trials_one_by_one(bench):
    grid = (*BASE, "--model", "attx(width=2, reduction=2)", "--search", "4", "-o", "search.sampler=random",
            "-o", "search.pruner=none", "--dataset", "synthetic(n_subjects=3, minutes=4)")  # fmt: skip
    bench(*grid, "--out", "single").ok()
    bench(*grid, "-o", "search.batch=3", "--out", "batch").ok()
    one, other = search_of(bench, "single"), search_of(bench, "batch")
    assert one["trials"] == other["trials"]
    assert {"model.learning_rate", "model.batch", "model.class_weight"} == set(one["trials"][0]["options"])
    assert one["trials"][0]["parameters"] > 0
    assert one["trials"][0]["windows"] == 2 * 2 * 32  # two epochs of the windows of one subject, in two inner parts


def test_networks_that_fall_behind_train_no_further(bench):
    grid = (*BASE, "--model", "attx(width=2, reduction=2, epochs=9)", "--search", "10", "--objective", "log_loss",
            "-o", "search.sampler=random", "-o", "search.batch=5",
            "--dataset", "synthetic(n_subjects=3, minutes=4)")  # fmt: skip
    bench(*grid, "-o", "search.pruner=none", "--out", "all").ok()
    bench(*grid, "--out", "some").ok()
    whole, pruned = search_of(bench, "all")["trials"], search_of(bench, "some")["trials"]
    states = {trial["state"] for trial in pruned}
    assert states == {"COMPLETE", "PRUNED"}
    for one, other in zip(whole, pruned, strict=True):
        assert one["options"] == other["options"]
        epochs = other["windows"] / one["windows"] * 9
        if other["state"] == "COMPLETE":
            assert other == one  # what paused goes on as if it had not
        else:
            assert epochs in (1, 3)
    assert search_of(bench, "some")["budget"]["windows"] < search_of(bench, "all")["budget"]["windows"]


DECLARED = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_models():
    return [Plugin("touchy", "touchy.model:Touchy", "It cannot be fitted where it is too strong.")]
"""
TOUCHY = """
from dataclasses import dataclass
from typing import Annotated
import numpy as np
from bench.api import Model, Range
from bench.errors import TaskError

@dataclass(frozen=True)
class Touchy(Model):
    strength: Annotated[float, Range(0, 1), "made up"] = 1.0
    most: float = 0.5

    def estimator(self, seed, device):
        return self

    def fit(self, train, validation):
        if self.strength > self.most:
            raise TaskError("It is too strong.")

    def predict_proba(self, windows):
        return np.tile([1 - self.strength, self.strength], (len(windows), 1))

    def parameters(self):
        return round(100 * self.strength)
"""


def test_a_trial_that_cannot_be_fitted_fails_alone(bench):
    package = bench.package("touchy", DECLARED, model=TOUCHY)
    grid = (*BASE, "--model", "touchy", "--search", "6")
    bench.process(*grid, packages=(package,)).ok()
    found = search_of(bench)
    assert found["trials"][0]["state"] == "FAIL"
    assert found["trials"][0]["failure"] == "It is too strong."
    assert found["options"]["model.strength"] <= 0.5
    said = bench.process(*grid, "-o", "model.most=-1", "--out", "none", packages=(package,))
    assert said.code == 1
    assert "All 6 trials of the search failed. The first: It is too strong." in said.err


def test_the_smaller_of_nearly_equal_models_is_chosen(tmp_path):
    size = Option("size", int, 9, Range(1, 9))
    scores = {9: 0.80, 5: 0.79, 3: 0.78, 1: 0.60}
    for smaller, best in ((0.0, 9), (0.015, 5), (0.02, 3), (1.0, 1)):
        wanted = SearchSpec(4, {}, how=Searching(sampler="grid", points=4, smaller=smaller))
        study = TrialJournal(Journal(tmp_path / f"{smaller}"), {"model.size": size}, {"model.size": 9}, wanted, 0)
        sizes = sorted(scores)
        study.space.__dict__["grid"] = [{"model.size": each} for each in sizes]
        while trials := study.ask():
            [trial] = trials
            study.tell(0, scores[trial["model.size"]], {"parameters": trial["model.size"]}, pruned=False)
        assert study.best().params == {"model.size": best}


ON_TEST = (
    "--search-on test is refused: the best of many trials on test windows scores better there than on anybody else, "
    "and no interval tells by how much. Trials are scored on inner parts of the training windows, split as the "
    "protocol splits; leave out --search-on."
)
REFUSED = [
    (("--search-on", "test"), ON_TEST),
    (("--search-on", "train"), "--search-on takes inner, not 'train'."),
    (("-o", "search.sampler=foo"), "the search: 'sampler' takes tpe, gp, cmaes, random, grid, qmc, not 'foo'."),
    (("-o", "search.samplr=gp"), "The search has no option 'samplr'; did you mean 'sampler'?"),
    (("-o", "search.batch=0"), "the search: 'batch' takes a whole number from 1 to 256, not 0."),
    (("-o", "search.smaller=0.1", "-o", "search.sampler=cmaes"), "-o search.smaller weighs two objectives"),
    (("-o", "search.smaller=0.1", "-o", "search.pruner=hyperband"), "-o search.smaller weighs two objectives"),
]  # fmt: skip


FIXED = "svm(C=2, gamma=1, class_weight=none)"
GRID = ("-o", "search.sampler=grid")
NO_GRID = (
    "-o search.points changes nothing: it is the number of values in a grid; add -o search.sampler=grid, or leave "
    "it out."
)
DEFAULTS = (
    "-o search.defaults changes nothing: a grid has the same points with the default options first or not; leave "
    "it out."
)
PATIENCE = "-o search.patience=8 changes nothing: it never ends a search of 9 trials; take less, or search longer."
ALL_SET = (
    f"--search has nothing to explore: {FIXED} has no option with a range or choices that is not set; leave out "
    "--search, or let it choose one."
)
WITHOUT_EFFECT = [
    (("-o", "search.points=7"), NO_GRID),
    ((*GRID, "-o", "search.defaults=false"), DEFAULTS),
    (("-o", "search.batch=10"), "-o search.batch=10 is more than --search 9 has trials; take fewer, or search longer."),
    (("-o", "search.patience=8"), PATIENCE),
    (("--model", FIXED), ALL_SET),
]


@pytest.mark.parametrize(("typed", "message"), WITHOUT_EFFECT)
def test_what_would_change_nothing_is_refused(bench, typed, message):
    bench(*SVM, *typed).usage_error(message)


def test_a_row_with_nothing_to_explore_is_named_and_counts_as_one_fit(bench):
    told = bench(*SVM, "--model", f"svm,{FIXED}", "--calibrate", "none", "--dry-run", "--json").ok()
    assert told.err == "--search has nothing to explore in svm(C=2) · none · eda, which is fitted as it is.\n"
    assert {row["cell"]: row["fits"] for row in told.json["cells"]} == {
        "svm · none · eda": 1 + 3 * 9,
        "svm(C=2) · none · eda": 1,
    }


@pytest.mark.parametrize(("typed", "message"), REFUSED)
def test_what_makes_no_sense_is_refused_with_the_reason(bench, typed, message):
    said = bench(*SVM, *typed)
    assert said.code == 2
    assert message in said.err


def test_options_of_a_search_need_one(bench):
    bench(*BASE, "-o", "search.batch=4").usage_error(
        "-o search.batch is about a search, and there is none; add one, as in --search 20."
    )


def test_a_usual_search_has_the_key_that_it_had():
    for typed in ({}, {"sampler": "tpe", "batch": "1"}):
        assert searching_of(typed).typed() == {}
    with pytest.raises(UsageError):
        searching_of({"points": "1"})
    assert Cell.__dataclass_fields__["searching"].default_factory() == {}


def test_a_search_with_options_is_repeated_from_its_record_and_its_command(bench):
    bench(*SVM, "-o", "search.sampler=qmc", "-o", "search.batch=3").ok()
    [file] = bench.folder.glob("bench-results/cells/*/cell.json")
    command = json.loads(file.read_text())["command"]
    assert "-o search.sampler=qmc -o search.batch=3" in command
    told = bench(*SVM, "-o", "search.sampler=qmc", "-o", "search.batch=3", "--dry-run", "--json").ok().json
    assert told["cells"][0]["stored"] == 1
    [run] = bench.folder.glob("bench-results/runs/*.json")
    assert bench("run", "--from", run, "--dry-run", "--json").ok().json["cells"][0]["stored"] == 1


def test_the_commands_show_what_folds_have_chosen(bench, searches):
    out, _ = searches("sampler=random", "pruner=none")
    found = json.loads(bench("search", "show", "--out", out, "--json").ok().out)
    [row] = found
    [search] = row["tasks"].values()
    assert row["trials"] == 9
    assert row["optimism"]["mean"] == pytest.approx(search["score"] - search["outer"], abs=1e-9)
    assert sum(row["importances"].values()) == pytest.approx(1)
    shown = bench("search", "show", "--out", out).ok().out
    assert ["9", f"{100 * search['score']:.1f}", f"{100 * search['outer']:.1f}"] in [
        line.split()[1:4] for line in shown.splitlines()
    ]
    assert f"model.C={search['options']['model.C']:.3g}" in shown
    assert "Optimism, which is inner minus outer: " in shown
    best = bench("search", "best", "--out", out).ok()
    assert f"svm(C={search['options']['model.C']:.3g}"[:8] in best.out
    assert "--modalities eda" in best.out
    assert "--search" not in best.out
    assert "use them on other data only" in best.err
    bench("search", "plot", "--out", out, "--to", "search.svg").ok()
    picture = (bench.folder / "search.svg").read_text()
    assert "<svg" in picture


def test_many_rows_are_one_table_and_a_named_row_has_its_folds(bench):
    two = (*BASE, "--search", "8", "-o", "search.pruner=none", "--model")
    bench(*two, "svm,knn").ok()
    few = bench("search", "show").ok().out
    bench(*two, "svm,knn,logistic,boosting").ok()
    told = bench("search", "show").ok().out
    plain = bench("search", "show", "--json").ok().json
    assert told.splitlines()[2].split() == ["row", "trials", "inner", "outer", "optimism", "matters", "most", "key"]
    table = {line[-8:]: line for line in told.splitlines()[4:8]}
    assert table.keys() == {row["key"][:8] for row in plain}
    for row in plain:
        [search] = row["tasks"].values()
        gap = f"{100 * row['optimism']['mean']:+.1f}"
        assert table[row["key"][:8]].startswith(row["cell"])
        assert ["8", f"{100 * search['score']:.1f}", f"{100 * search['outer']:.1f}", gap] == (
            table[row["key"][:8]].removeprefix(row["cell"]).split()[:4]
        )
        option, share = max(row["importances"].items(), key=lambda each: each[1])
        assert f" {option} {100 * share:.0f} %" in table[row["key"][:8]]
        folds = bench("search", "show", row["key"][:8]).ok().out
        assert "000-fold-01.s0" in folds
        assert "matters most" not in folds
    assert "000-fold-01.s0" not in told
    assert "'bench search show KEY' shows the options and folds of a row." in told
    assert few.count("matters most") == 1
    assert few.count("000-fold-01.s0") == 2
    assert max(map(len, bench.terminal("search", "show"))) <= 80


def test_an_export_has_all_trials_as_optuna_knows_them(bench, searches):
    out, _ = searches("sampler=random", "pruner=none")
    bench("search", "export", "--out", out, "--to", "all.db").ok()
    bench("search", "export", "--out", out, "--to", "all.db").usage_error("all.db exists; name another file with --to.")
    storage = optuna.storages.RDBStorage(f"sqlite:///{bench.folder / 'all.db'}")
    [name] = optuna.get_all_study_names(storage)
    assert name.endswith(", 000-fold-01.s0")
    found = optuna.load_study(study_name=name, storage=storage).trials
    [row] = json.loads(bench("search", "show", "--out", out, "--json").ok().out)
    [search] = row["tasks"].values()
    assert [(each.params, each.value) for each in found] == [
        (each["options"], each["score"]) for each in search["trials"]
    ]
    storage.remove_session()
    storage.engine.dispose()
    assert [path.name for path in bench.folder.glob("*.db*")] == ["all.db"]


def test_rows_without_a_search_are_named_as_such(bench):
    bench(*BASE, "--model", "svm").ok()
    bench("search", "show").usage_error(
        "No finished task of 'latest' has searched; 'bench run --search 20' searches, and 'bench show' names keys."
    )


@pytest.mark.slow
def test_the_optimism_of_the_record_is_that_of_selecting_on_test_windows(bench):
    """Where nothing depends on the label, outer scores are at chance, and the best inner score is as far above as the
    best score on test windows would be: parts of the same size, and the same number of trials."""
    worlds = ",".join(f"synthetic(mode=null, n_subjects=8, minutes=4, seed={seed})" for seed in range(6))
    bench(*BASE[:-1], "subject-independent(k=2)", "--model", "svm", "--search", "50", "-o", "search.pruner=none",
          "--dataset", worlds).ok()  # fmt: skip
    store = Store(bench.folder / "bench-results")
    inner, outer, on_test = [], [], []
    for (_, task), folder in bench.tasks().items():
        key = folder.parents[1].name
        search = store.record(key, task).search
        opened = open_cell(str(store.root), str(bench.cache), key, here=True)
        split = opened.data.cut(opened.folds[int(task.partition("-")[0])])
        spec, labels = opened.spec("cpu"), split.table["label"].to_numpy()
        scores = []
        for trial in search.trials:
            found = fit(apply(spec, trial["options"]), split.part.numbered(), 0).predict(split.test).argmax(axis=1)
            scores.append(np.mean([(found[labels == each] == each).mean() for each in (0, 1)]))
        inner.append(search.score)
        outer.append(search.outer)
        on_test.append(max(scores))
    low, high = stats.t.interval(0.95, len(outer) - 1, np.mean(outer), stats.sem(outer))
    assert low < 0.5 < high
    optimism = np.subtract(inner, outer)
    low, high = stats.t.interval(0.95, len(optimism) - 1, optimism.mean(), stats.sem(optimism))
    assert low < np.mean(on_test) - 0.5 < high
    assert optimism.mean() > 0.02
