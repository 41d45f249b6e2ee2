"""`bench run`, from what is typed to what is stored: rows, resuming, seeds, files, replays, plugins that fail."""

import json
import re
import tomllib

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, roc_auc_score

from bench.results.serialization import sealed

GRID = ("run", "--profile", "smoke", "--modalities", "eda,bvp", "--no-baselines")
ONE = (*GRID, "--fusion", "none", "--modalities", "eda")
PEOPLE = ["000-P01.s0", "001-P02.s0", "002-P03.s0", "003-P04.s0"]
ETA = "logistic · none · eda"

FRAIL = """
from dataclasses import dataclass
import os
import numpy as np
from bench.api import Model

@dataclass(frozen=True)
class Frail(Model):
    def estimator(self, seed, device):
        if os.environ.get("FRAIL") == str(seed):
            raise RuntimeError("it does not converge")
        return self

    def fit(self, train, validation):
        pass

    def predict_proba(self, windows):
        return np.full((len(windows), 2), 0.5)
"""
NOT_CONVERGED = "RuntimeError: it does not converge (bench_frail/model.py:11)"
FRAIL_DECLARED = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_models():
    return [Plugin("frail", "bench_frail.model:Frail", "It fails in one fold.")]
"""
LISTENER = """
from bench.api import hookimpl

def note(*words):
    with open("events.txt", "a") as file:
        print(*words, sep=" | ", file=file)

@hookimpl
def bench_run_started(run):
    note("started", run.id, run.out, len(run.cells), run.tasks)

@hookimpl
def bench_task_finished(run, task):
    note("task", run.id, task.label, task.task, task.status, round(task.metrics["accuracy"], 6))

@hookimpl
def bench_run_finished(run):
    note("finished", run.id)
    raise ValueError("no tracker here")
"""


def predictions(bench, out="bench-results"):
    return {task: pd.read_parquet(folder / "predictions.parquet") for task, folder in bench.tasks(out).items()}


# ------------------------------------------------------------------------------------ rows and tasks


def test_a_grid_gives_a_row_for_each_modality_fusion_and_baseline(bench):
    said = bench("run", "--profile", "smoke", "--modalities", "eda,bvp").ok()
    lines = said.out.splitlines()
    assert lines[1:5] == [
        "synthetic(n_subjects=4, minutes=8) · stress · loso",
        "4 simulated subjects, 8 stimuli, 256 windows, 4 folds, seeds 0, profile smoke",
        "windows of 10 s every 5 s; preprocessing: statistics",
        "audit: clean",
    ]
    start = next(number for number, line in enumerate(lines) if line.startswith("Model "))
    table = lines[start : lines.index("", start)]
    rows = [re.split(r"\s{2,}", line.strip()) for line in table]
    assert rows[0] == ["Model", "Fusion", "Modalities", "AUROC", "Balanced acc.", "Accuracy", "Chance",
                       "Gain over single", "Beats baselines", "Key"]  # fmt: skip
    models, baselines = rows[2:6], rows[6:]
    assert {tuple(row[:3]) for row in models} == {
        ("logistic", "none", "eda"),
        ("logistic", "none", "bvp"),
        ("logistic", "early", "eda+bvp"),
        ("logistic", "late", "eda+bvp"),
    }
    assert {name for row in baselines for name in row[0].split(", ")} >= {
        "majority", "prior", "always-positive", "subject-identity", "time-in-session", "relative-time", "stimulus-mean",
    }  # fmt: skip
    assert all(row[-2] == "baseline" for row in baselines)
    for part in (models, baselines):
        scores = [float(row[3].partition(" ")[0]) for row in part]
        assert scores == sorted(scores, reverse=True)
    assert re.fullmatch(r"Run \d{8}-\d{6}-\d+-\d{3} is stored in bench-results\.", lines[-2])
    assert lines[-1] == "Next: 'bench show', 'bench leaderboard'."
    assert said.err == ""
    assert len(bench.tasks()) == 4 * sum(len(row[0].split(", ")) for row in rows[2:])


def test_chains_that_differ_are_named_with_their_models_and_show_tells_keys(bench):
    models = ("--model", "logistic,attx(width=2, reduction=2, epochs=1)")
    bench("run", "--profile", "smoke", "--modalities", "eda", "--fusion", "none", "--no-baselines", *models).ok()
    lines = bench("show").ok().out.splitlines()
    [head] = [line for line in lines if line.startswith("windows of")]
    chains = "attx(rate=32) for attx; attx(rate=32) | statistics for logistic"
    assert head == f"windows of 10 s every 5 s; preprocessing: {chains}"
    start = next(number for number, line in enumerate(lines) if line.startswith("Model"))
    assert lines[start].split()[-1] == "Key"
    keys = {line.split()[-1] for line in lines[start + 2 :][:2]}
    assert keys == {folder.parents[1].name[:8] for folder in bench.tasks().values()}


def test_each_task_predicts_one_person_and_each_window_is_predicted_once(bench):
    bench(*ONE).ok()
    found = predictions(bench)
    assert [task for _, task in found] == PEOPLE
    for (_, task), table in found.items():
        assert set(table["subject"]) == {task[4:7]}
    whole = pd.concat(found.values())
    assert len(whole) == 256
    assert not whole.duplicated(["subject", "session", "start"]).any()
    assert np.allclose(whole[["p.calm", "p.stressed"]].sum(axis=1), 1)


def test_a_second_run_does_no_task_again_and_prints_the_same(bench):
    first, then = bench(*GRID).ok(), bench.times()
    second = bench(*GRID).ok()
    assert second.table == first.table
    assert bench.times() == then
    assert len(bench.runs()) == 2


def test_fresh_does_every_task_again_with_the_same_bits(bench):
    bench(*GRID, "--model", "forest", "-o", "forest.trees=10").ok()
    then, before = bench.times(), bench.contents("predictions.parquet")
    bench(*GRID, "--model", "forest", "-o", "forest.trees=10", "--fresh").ok()
    now = bench.times()
    assert now.keys() == then.keys()
    assert all(now[task] > then[task] for task in then)
    assert bench.contents("predictions.parquet") == before


def test_two_processes_find_the_numbers_of_one(bench):
    grid = (*GRID, "--fusion", "none,late", "--model", "forest", "-o", "forest.trees=10")
    alone = bench.process(*grid, "--out", "alone").ok()
    together = bench.process(*grid, "--out", "together", "--jobs", "2").ok()
    assert bench.contents("predictions.parquet", "alone") == bench.contents("predictions.parquet", "together")
    assert bench("show", "--json", "--out", "alone").ok().out == bench("show", "--json", "--out", "together").ok().out
    assert alone.table == together.table


def test_another_seed_adds_tasks_to_the_same_cells(bench):
    grid = (*ONE, "--model", "forest", "-o", "forest.trees=10")
    bench(*grid, "--seed", "0").ok()
    then = bench.times()
    [cell] = bench(*grid, "--seed", "0,1", "--json").ok().json["cells"]
    now = bench.times()
    assert {task: now[task] for task in then} == then
    assert sorted({name for _, name in now} - {name for _, name in then}) == [name[:-1] + "1" for name in PEOPLE]
    found = predictions(bench)
    label = next(iter(found))[0]
    assert any(not found[label, name].equals(found[label, name[:-1] + "1"]) for name in PEOPLE)
    folds = [
        np.mean([
            accuracy_score(table["label"], table["p.stressed"] > table["p.calm"])
            for table in (found[label, f"{name[:-1]}{seed}"] for seed in (0, 1))
        ])
        for name in PEOPLE
    ]  # fmt: skip
    assert cell["seeds"] == [0, 1]
    np.testing.assert_allclose(cell["metrics"]["accuracy"]["folds"], folds, atol=1e-6)


def test_options_make_another_cell(bench):
    bench(*ONE).ok()
    bench(*ONE, "-o", "model.C=0.5").ok()
    bench(*ONE, "--model", "logistic(C=0.5)").ok()
    assert {label for label, _ in bench.tasks()} == {ETA, "logistic(C=0.5) · none · eda"}
    assert len(bench.tasks()) == 8


# ---------------------------------------------------------------------------------------- the record


def test_the_record_says_what_was_run_on_what_and_at_what_cost(bench, monkeypatch, tmp_path):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))  # of its own, so that these are the only features in it
    bench(*ONE, "-o", "model.C=0.5", "-o", "window.hop=10").ok()
    record = bench.record("logistic(C=0.5) · none · eda", "001-P02.s0")
    cell = record["cell"]
    assert (cell["profile"], cell["target"], cell["modalities"]) == ("smoke", "stress", ["eda"])
    options = {"C": 0.5, "class_weight": "none"}
    assert cell["model"] == {"kind": "model", "name": "logistic", "options": options, "fixed": []}
    assert cell["window"] == {"length": 10.0, "hop": 10.0, "whole": False}
    assert (cell["dataset"]["options"]["n_subjects"], cell["dataset"]["options"]["minutes"]) == (4, 8.0)
    assert (record["task"], record["fold"], record["seed"], record["device"]) == ("001-P02.s0", "P02", 0, "cpu")
    assert re.fullmatch(r"[0-9a-f]{16}", record["data"])
    assert set(record["code"]) == {"core", "dataset", "features", "fusion", "model", "protocol"}
    assert all(re.fullmatch(r"[0-9a-f]{16}", code["digest"]) for code in record["code"].values())
    assert record["code"]["model"]["distribution"] == "affectbench"
    assert record["environment"]["libraries"]["numpy"] == np.__version__
    assert {"python", "system", "cpu", "cpu_capability", "blas", "cores", "commit", "bench"} <= set(
        record["environment"]
    )
    assert record["cost"].keys() >= {"fit_seconds", "predict_seconds", "search_seconds", "peak_memory_mb"}
    assert all(value >= 0 for value in record["cost"].values())
    assert record["search"] is None
    [names] = {path.read_text() for path in (tmp_path / "cache").glob("features/*/names.json")}
    assert record["parameters"] == len(json.loads(names)) + 1  # a weight per feature, and the intercept


def test_metrics_of_a_task_are_those_of_scikit_learn(bench):
    bench(*ONE).ok()
    for (label, task), table in predictions(bench).items():
        record, guess = bench.record(label, task), table["p.stressed"] > table["p.calm"]
        expected = {
            "accuracy": accuracy_score(table["label"], guess),
            "balanced_accuracy": balanced_accuracy_score(table["label"], guess),
            "macro_f1": f1_score(table["label"], guess, average="macro"),
            "auroc": roc_auc_score(table["label"], table["p.stressed"]),
        }
        assert {name: record["metrics"][name] for name in expected} == pytest.approx(expected)
        assert record["windows"] == {"train": 256 - len(table), "test": len(table)}


def test_a_fold_of_several_people_keeps_the_metrics_of_each(bench):
    bench(*ONE, "--protocol", "subject-independent").ok()
    found = predictions(bench)
    assert len(found) == 2
    for (label, task), table in found.items():
        subjects = bench.record(label, task)["subjects"]
        assert len(subjects) == 2
        for person, rows in table.groupby("subject"):
            expected = accuracy_score(rows["label"], rows["p.stressed"] > rows["p.calm"])
            assert subjects[person]["accuracy"] == pytest.approx(expected)


# ------------------------------------------------------------------------------------ grids in files


def test_a_saved_grid_runs_as_it_was_typed(bench):
    typed = (*GRID, "--model", "logistic,svm(C=2)", "--seed", "1", "-o", "late.rule=vote", "--fusion", "none,late")
    said = bench(*typed, "--save", "grid.toml").ok()
    assert said.out == "Wrote grid.toml; run it with 'bench run --from grid.toml'.\n"
    assert not (bench.folder / "bench-results").exists()
    assert tomllib.loads((bench.folder / "grid.toml").read_text()) == {
        "dataset": ["synthetic"],
        "target": [],
        "modalities": ["eda", "bvp"],
        "preprocess": "",
        "model": ["logistic", "svm(C=2)"],
        "fusion": ["none", "late"],
        "protocol": ["loso"],
        "seed": [1],
        "profile": "smoke",
        "search": 0,
        "baselines": False,
        "pretrain": [],
        "precision": "fp32",
        "compile": False,
        "deterministic": False,
        "calibrate": "threshold",
        "objective": "",
        "options": {"late.rule": "vote"},
    }
    bench(*typed, "--out", "typed").ok()
    bench("run", "--from", "grid.toml", "--out", "saved").ok()
    assert bench.contents("predictions.parquet", "typed") == bench.contents("predictions.parquet", "saved")


def test_what_is_typed_changes_what_a_file_says(bench):
    bench(*ONE, "--save", "grid.toml").ok()
    bench("run", "--from", "grid.toml", "--model", "knn", "-o", "knn.k=3").ok()
    assert {label for label, _ in bench.tasks()} == {"knn(k=3) · none · eda"}


FILES = [
    ('modle = ["svm"]\n', ("There is no key of a grid (in grid.toml) 'modle'; did you mean 'model'? Known: baselines, "
     "calibrate, compile, dataset, deterministic, fusion, modalities, model, objective, options, precision, "
     "preprocess, pretrain, profile, protocol, search, seed, target.")),
    ('profile = "huge"\n', "There is no profile 'huge'. Known: paper, small, smoke."),
    ("seed = []\n", "A run needs one seed or more, as in --seed 0,1,2."),
]  # fmt: skip


@pytest.mark.parametrize(("content", "message"), FILES)
def test_a_file_that_is_no_grid_is_refused(bench, content, message):
    (bench.folder / "grid.toml").write_text(content)
    bench("run", "--from", "grid.toml").usage_error(message)


def test_a_suite_runs_its_grids(bench):
    cells = bench("run", "--suite", "traps", "--profile", "smoke", "--dry-run", "--json").ok().json["cells"]
    assert {cell["verdict"] for cell in cells} == {"leaky", "subject-dependent", "clean"}
    assert (
        sum("+" in cell["cell"] for cell in cells) == 8
    )  # four traps, each under two protocols; baselines look at nothing


# ------------------------------------------------------------------------------------------- replays


def test_a_record_of_a_run_is_replayed(bench):
    bench(*GRID).ok()
    [run] = bench.runs()
    said = bench("run", "--from", run, "--out", "again").ok()
    assert said.err == f"Replaying {run}; nothing differs now.\n"
    assert bench.contents("predictions.parquet", "again") == bench.contents("predictions.parquet")


def test_a_record_of_a_task_is_replayed_with_its_seed(bench):
    bench(*GRID, "--seed", "3").ok()
    record = bench.tasks()[ETA, "001-P02.s3"] / "record.json"
    said = bench("run", "--from", record, "--out", "again").ok()
    assert said.err == f"Replaying {record}; nothing differs now.\n"
    before, again = bench.contents("predictions.parquet"), bench.contents("predictions.parquet", "again")
    assert again == {task: before[task] for task in before if task[0] == ETA}


def test_published_results_are_replayed_with_the_seeds_of_each_row(bench):
    bench(*GRID, "--fusion", "none,late", "--seed", "0,2").ok()
    bench(*GRID, "--fusion", "late", "--model", "knn").ok()
    bench("leaderboard", "--to", "leaderboard").ok()
    [path] = (bench.folder / "leaderboard" / "results").iterdir()
    said = bench("run", "--from", path, "--out", "again").ok()
    assert said.err == f"Replaying {path}; nothing differs now.\n"
    assert bench.contents("predictions.parquet", "again") == bench.contents("predictions.parquet")
    header, *rows = path.read_text().splitlines()
    old = [json.loads(line) | {"schema": 1} for line in (header, rows[0])]
    for values in old:
        del values["record_sha256"]
    del old[0]["rows_sha256"]
    old[1] |= {"environment": None, "code": None}
    (bench.folder / "old.jsonl").write_text("\n".join(map(json.dumps, old)))
    said = bench("run", "--from", "old.jsonl", "--out", "once more").ok()
    assert said.err.splitlines() == [
        "Replaying old.jsonl; these differ now:",
        "  environment: not recorded",
        "  code: not recorded",
    ]


def test_the_record_of_a_run_has_the_command_as_typed(bench):
    bench(*ONE, "-o", "model.C=0.5").ok()
    [run] = bench.runs()
    assert json.loads(run.read_text())["argv"] == [*ONE, "-o", "model.C=0.5"]


def test_a_replay_says_what_differs_now(bench):
    bench(*ONE).ok()
    path = bench.tasks()[ETA, PEOPLE[0]] / "record.json"
    record = json.loads(path.read_text())
    python, model, data = record["environment"]["python"], record["code"]["model"]["digest"], record["data"]
    numpy, torch = (record["environment"]["libraries"][name] for name in ("numpy", "torch"))
    record["environment"]["python"] = "3.9.0"
    record["environment"]["libraries"]["numpy"] = "1.20.0"
    record["environment"]["libraries"]["torch"] = "1.0"
    record["code"]["model"]["digest"] = "0" * 16
    record["data"] = "f" * 16
    del record["cell"]["model"]["options"]["C"]  # as if the model had it only now
    del record["record_sha256"]
    (bench.folder / "old.json").write_text(json.dumps(sealed(record)))
    said = bench("run", "--from", "old.json", "--out", "again").ok()
    assert said.err.splitlines() == [
        "Replaying old.json; these differ now:",
        f"  environment: libraries.numpy: 1.20.0 then, {numpy} now",
        f"  environment: libraries.torch: 1.0 then, {torch} now",
        f"  environment: python: 3.9.0 then, {python} now",
        f"  code: model.digest: {'0' * 16} then, {model} now",
        "  options: model 'logistic': C not recorded, 1.0 now",
        f"  data: {'f' * 16} then, {data} now",
    ]


def test_a_record_that_was_edited_is_not_replayed(bench):
    bench(*ONE).ok()
    for path in (bench.runs()[0], bench.tasks()[ETA, PEOPLE[0]] / "record.json"):
        path.write_text(path.read_text().replace('"C": 1.0', '"C": 2.0'))
        bench("run", "--from", path, "--out", "again").usage_error(
            f"{path} is not a record (its values are not those that were written); a record is "
            "bench-results/runs/NAME.json, record.json of a task, or leaderboard/results/NAME.jsonl."
        )


NO_RECORDS = ["[]", "{}", "nonsense", '{"items": []}', '{"cell": {}, "seed": 0}', "null"]


@pytest.mark.parametrize("content", NO_RECORDS)
def test_what_is_no_record_is_refused_in_one_sentence(bench, content):
    (bench.folder / "record.json").write_text(content)
    said = bench("run", "--from", "record.json")
    assert (said.code, said.out) == (2, "")
    assert re.fullmatch(
        r"Error: record.json is not a record \(.*\); a record is bench-results/runs/NAME.json, record.json of a task, "
        r"or leaderboard/results/NAME.jsonl.\n",
        said.err,
    )


@pytest.mark.parametrize(
    ("extra", "name"),
    [(("--model", "svm"), "model"), (("--seed", "1"), "seed"), (("-o", "model.C=1"), "option"),
     (("--no-baselines",), "baselines")],
)  # fmt: skip
def test_a_record_is_replayed_as_it_was_or_not_at_all(bench, extra, name):
    bench(*ONE).ok()
    [run] = bench.runs()
    bench("run", "--from", run, *extra).usage_error(
        f"--from {run} replays a record as it was; leave out --{name}, or run the grid of a TOML file with it."
    )


# ----------------------------------------------------------------------------------- before training


def test_a_dry_run_shows_cells_refusals_audit_and_work_and_trains_nothing(bench):
    said = bench(*ONE, "--model", "logistic,majority", "--fusion", "none,late", "--dry-run").ok()
    lines = said.out.splitlines()
    assert lines[:2] == ["synthetic · stress · loso", "audit: clean"]
    rows = [re.split(r"\s{2,}", line) for line in lines[2:6]]
    assert rows[0] == ["key", "cell", "tasks", "stored", "fits", "windows", "verdict"]
    assert [row[1:] for row in rows[2:]] == [
        ["logistic · none · eda", "4", "0", "16", "256", "clean"],
        ["majority · none", "4", "0", "16", "256", "clean"],
    ]
    assert lines[6:] == [
        (
            "Refused: synthetic · logistic · late · eda · loso: late joins two modalities or more, and only eda is "
            "here; use --fusion none."
        ),
        (
            "Refused: synthetic · majority · late · eda · loso: majority learns from no modality, so there is nothing "
            "to fuse; use --fusion none."
        ),
        "8 tasks to do, 32 fits. Nothing was trained.",
    ]
    assert not bench.tasks()
    assert not bench.runs()


def once_per_fold(modalities):
    return (
        f"Features of {modalities} are computed once per fold (4 times), since 'standardise' learns its scale in each "
        "fold; a step that scales each recording by itself, such as 'zscore', needs one pass."
    )


@pytest.mark.parametrize(
    ("preprocess", "options", "sentences"),
    [
        ("standardise | statistics", (), [once_per_fold("ecg and eda")]),
        ("ecg: standardise; statistics", (), [once_per_fold("ecg")]),
        ("zscore | statistics", (), []),
        ("standardise | statistics", ("--protocol", "holdout"), []),  # one fold: one pass as well
        ("standardise", ("--model", "attx"), []),  # signals are scaled as they are read
    ],
)
def test_a_dry_run_says_where_features_are_computed_once_per_fold(bench, preprocess, options, sentences):
    command = ("run", "--modalities", "ecg,eda", "--profile", "smoke", "--preprocess", preprocess, *options)
    lines = bench(*command, "--dry-run").ok().out.splitlines()
    assert [line for line in lines if line.startswith("Features of ")] == sentences
    assert bench(*command, "--dry-run", "--json").ok().json["per_fold"] == sentences


def test_a_fusion_that_nobody_named_is_not_refused_where_there_is_nothing_to_fuse(bench):
    usual = ("run", "--profile", "smoke", "--no-baselines", "--dry-run", "--json", "--modalities")
    told = bench(*usual, "eda").ok().json
    assert [cell["cell"] for cell in told["cells"]] == ["logistic · none · eda"]
    assert told["refused"] == []
    assert len(bench(*usual, "eda,bvp").ok().json["cells"]) > 2


WORK = [
    # options -> fits of one cell with 4 folds, by hand; each fold has three fits more for the threshold
    (("--fusion", "early"), 4 * 4),
    (("--fusion", "early", "--calibrate", "none"), 4),
    (("--fusion", "late"), 4 * 2 * 4),
    (("--fusion", "late(rule=stacking, parts=4)"), 4 * 2 * (1 + 4) * 4),
    (("--fusion", "late", "--search", "5"), 4 * 2 * (1 + 5 * 3 + 3)),
    (("--fusion", "early", "--seed", "0,1,2"), 4 * 3 * 4),
    (("--fusion", "none", "--model", "attx", "--modalities", "eda"), 4),
]


@pytest.mark.parametrize(("options", "fits"), WORK)
def test_a_dry_run_counts_the_fits(bench, options, fits):
    told = bench(*GRID, *options, "--dry-run", "--json").ok().json
    assert [cell["fits"] for cell in told["cells"]] == [fits]
    assert told["seconds"] is None


def test_a_dry_run_after_a_run_estimates_the_time_by_the_tasks_stored(bench):
    bench(*ONE).ok()
    told = bench(*ONE, "--seed", "0,1", "--dry-run", "--json").ok().json
    assert [(cell["tasks"], cell["stored"], cell["fits"]) for cell in told["cells"]] == [(8, 4, 16)]
    costs = [bench.record(ETA, name)["cost"] for name in PEOPLE[:3]]
    each = np.mean([cost["fit_seconds"] + cost["predict_seconds"] + cost["search_seconds"] for cost in costs])
    assert told["seconds"] == pytest.approx(4 * each)
    text = bench(*ONE, "--seed", "0,1", "--dry-run").ok().out
    assert text.endswith(
        f"4 tasks to do, 16 fits, about {4 * each:.0f} s by the times of stored tasks. Nothing was trained.\n"
    )


def test_a_run_as_json_tells_its_cells_refusals_and_failures(bench):
    told = bench(*ONE, "--fusion", "none,early", "--json").ok().json
    assert [cell["fusion"] for cell in told["cells"]] == ["none"]
    assert told["refused"] == [
        {"label": "synthetic · logistic · early · eda · loso",
         "reason": "early joins two modalities or more, and only eda is here; use --fusion none"}
    ]  # fmt: skip
    assert told["failed"] == []
    assert told["run"] == bench.runs()[0].stem
    assert bench("show", "--json").ok().json == told["cells"]


def test_strict_refuses_what_leaks_before_anything_is_trained(bench):
    bench(*ONE, "--protocol", "kfold", "--out", "lax").ok()
    folds = predictions(bench, "lax")
    whole = pd.concat([table.assign(fold=task) for (_, task), table in folds.items()])
    shared = 0
    for _, recording in whole.groupby("recording"):
        for row in recording.itertuples():
            others = recording[recording["fold"] != row.fold]
            shared += bool(((others["start"] < row.stop) & (others["stop"] > row.start)).any())
    bench(*ONE, "--protocol", "kfold", "--strict").usage_error(
        f"--strict refuses kfold on synthetic, which is leaky: {100 * shared / len(whole):.0f} % of test windows "
        "share samples with a training window."
    )
    assert not bench.tasks()


def test_strict_refuses_subjects_on_both_sides(bench):
    refused = bench(*ONE, "--protocol", "kfold-trial", "--strict")
    assert (refused.code, refused.err.startswith(
        "Error: --strict refuses kfold-trial on synthetic, which is subject-dependent: 100 % of test "
        "windows are of subjects in the training part")) == (2, True)  # fmt: skip


def test_strict_lets_pass_what_is_clean(bench):
    bench(*ONE, "--strict").ok()


# ------------------------------------------------------------------------------------------- plugins


def test_listeners_hear_of_the_run_and_of_each_task_and_may_fail(bench, install):
    install(bench.package("bench-ear", LISTENER))
    said = bench(*ONE, "--jobs", "1").ok()
    run = bench.runs()[0].stem
    accuracy = {task: bench.record(ETA, task)["metrics"]["accuracy"] for task in PEOPLE}
    assert (bench.folder / "events.txt").read_text().splitlines() == [
        f"started | {run} | bench-results | 1 | 4",
        *(f"task | {run} | {ETA} | {task} | done | {round(value, 6)}" for task, value in accuracy.items()),
        f"finished | {run}",
    ]
    assert said.err == "bench_ear: bench_run_finished raised ValueError: no tracker here\n"


def test_a_failing_task_leaves_the_others_alone_and_is_tried_again(bench, install, monkeypatch):
    install(bench.package("bench-frail", FRAIL_DECLARED, model=FRAIL))
    grid = (*ONE, "--model", "frail,logistic")
    monkeypatch.setenv("FRAIL", str(bench.seed("P02")))
    said = bench(*grid, "--jobs", "1")
    assert said.code == 1
    stored, then = bench.tasks(), bench.times()
    cell = stored["frail · none · eda", "000-P01.s0"].parents[1]
    assert said.err.splitlines() == [
        f"Failed: frail · none · eda, 001-P02.s0: {NOT_CONVERGED}",
        "",
        "1 task failed; the same command tries it again. Tracebacks:",
        f"  bench-results/cells/{cell.name}/failed/001-P02.s0.json",
    ]
    assert len(stored) == 7
    assert ("frail · none · eda", "001-P02.s0") not in stored
    failure = json.loads((cell / "failed" / "001-P02.s0.json").read_text())
    assert failure["message"] == NOT_CONVERGED
    assert 'raise RuntimeError("it does not converge")' in failure["traceback"]
    shown = bench("show")
    assert shown.ok().err == (
        f"Not finished: frail · none · eda ({cell.name}); 1 task failed, 001-P02.s0: {NOT_CONVERGED}\n"
    )
    monkeypatch.delenv("FRAIL")
    bench(*grid).ok()
    assert {task for task, time in bench.times().items() if then.get(task) != time} == {
        ("frail · none · eda", "001-P02.s0")
    }
    assert not list(cell.glob("failed/*"))
