"""Pre-training in a run: what it may see, who shares it, and the same numbers however it ran."""

import os
import signal
import time

import numpy as np
import pytest

from bench.cells.data import load
from bench.data.cache import Cache
from bench.leaderboard.comparison import comparisons
from bench.leaderboard.pairs import pretrained, tables
from bench.leaderboard.summary import summarise
from bench.planning.grid import Grid
from bench.planning.plan import RunSettings, make_plan
from bench.planning.reporter import Reporter
from bench.pretraining import weight_files
from bench.pretraining.jobs import OwnWindows, PretrainContext, pretraining_job
from bench.registry import Registry
from bench.results.store import Store
from bench.running.fold_desk import FoldDesk
from bench.running.isolation import Isolation
from bench.running.opened_cell import OpenCell
from bench.worker.fit_plan import FitPlan, FitTask
from bench.worker.networks import branches

DATA = "synthetic(n_subjects=5, minutes=4)"
SMALL = "synthetic(n_subjects=3, minutes=4)"
MODEL = "transformer(width=2, layers=1, heads=1, feedforward=4, hidden=4, epochs=1, fuse_epochs=1, pretrain_epochs=2)"
TINY = ("--model", MODEL, "--preprocess", "zscore | resample(16)", "--modalities", "ecg,eda", "--no-baselines",
        "--profile", "smoke")  # fmt: skip
OTHER = """
from dataclasses import dataclass
from bench.api import Plugin, hookimpl
from bench_synthetic.dataset import Synthetic

@dataclass(frozen=True)
class Elsewhere(Synthetic):
    people: int = 3
    minutes: float = 3
    seed: int = 77

@hookimpl
def bench_datasets():
    return [Plugin("elsewhere", "elsewhere:Elsewhere", "Other simulated people, whom nobody evaluates.")]
"""


def folds(tmp_path, protocol, fusion="none", model="", pretrain=(DATA,)):
    """For each fold of each cell: the harness's side of it, and what is fitted."""
    grid = Grid(
        dataset=(DATA,), modalities=("ecg", "eda"), model=(MODEL[:-1] + model + ")",), fusion=(fusion,),
        protocol=(protocol,), profile="smoke", preprocess="zscore | resample(16)", baselines=False, pretrain=pretrain,
    )  # fmt: skip
    for planned in make_plan(grid, Registry(), RunSettings(tmp_path, tmp_path / "cache"), Reporter()).cells:
        loaded = load(planned.resolved, Cache(tmp_path / "cache"), lambda *_: None)
        opened = OpenCell(planned.resolved, loaded, planned.folds, tmp_path / "cache")
        for task in planned.tasks:
            desk = FoldDesk(opened, task, "cpu", Store(tmp_path), Isolation("inline"))
            yield desk, FitPlan(FitTask(desk.job.spec, desk.job.part, 0))


def jobs(desk, plan):
    """For each network, the pre-training of each branch, with the rows of the training part that it learns from."""
    task = FitTask(desk.job.spec, desk.job.part, 0)
    context = PretrainContext(desk.opened.resolved, desk.opened.cache)
    own = OwnWindows(desk.fold.name, 0, desk.known, desk.given)
    for name, request in plan.requests().items():
        for branch in branches(task, request):
            job = pretraining_job(context, desk.opened.resolved.model, branch, own, request.visible, {})
            assert [len(windows) for _, windows in job.inputs.corpora] == [len(request.visible)]
            assert all(not windows.index for _, windows in job.inputs.corpora)
            yield name, request.visible


def identity(table):
    return set(zip(table["subject"], table["trial"], table["start"], strict=True))


def seen(desk, rows):
    """The windows of the training part with these rows."""
    return identity({name: values[rows] for name, values in desk.known.index.items()})


@pytest.mark.parametrize("protocol", ["kfold(k=3)", "loso", "kfold-trial(k=3)"])
@pytest.mark.parametrize("fusion", ["none", "late-frozen", "early"])
def test_no_held_out_window_is_learnt_from(tmp_path, protocol, fusion):
    count = 0
    for desk, plan in folds(tmp_path, protocol, fusion):
        held = identity(desk.opened.data.table.iloc[desk.fold.test])
        rest = identity(desk.opened.data.table) - held
        for _, rows in jobs(desk, plan):
            assert seen(desk, rows) == rest
            count += 1
    assert count >= 3


def test_inner_test_parts_are_not_learnt_from_before_they_are_predicted(tmp_path):
    for desk, plan in folds(tmp_path, "subject-independent(k=2)", "late(rule=stacking, parts=2)"):
        found = list(jobs(desk, plan))
        for number, (inside, held) in enumerate(plan.inner):
            for name, rows in found:
                if name.endswith(f"without {number}"):
                    assert seen(desk, rows) == seen(desk, inside)
                    assert not seen(desk, rows) & seen(desk, held)


def test_a_head_can_learn_from_subjects_that_the_frozen_branches_have_not_seen(tmp_path):
    for _, plan in folds(tmp_path, "loso", "late-frozen(features=held-out)", pretrain=()):
        [want] = plan.requests().values()
        assert want.validation is not None
        subjects = set(want.train.subject), set(want.validation.subject)
        assert [len(each) for each in subjects] == [3, 1]
        assert not set.intersection(*subjects)


@pytest.mark.parametrize(
    ("exclude", "column", "protocol"), [("trials", 1, "kfold(k=40)"), ("subjects", 0, "kfold-trial(k=10)")]
)
def test_held_out_trials_or_subjects_can_be_kept_from_pretraining(tmp_path, exclude, column, protocol):
    """Folds of which windows, or trials, of the same subjects are trained on; pre-training sees those of others."""
    for desk, plan in list(folds(tmp_path, protocol, model=f", pretrain_exclude={exclude}"))[::5]:
        held = {row[column] for row in identity(desk.opened.data.table.iloc[desk.fold.test])}
        for _, rows in jobs(desk, plan):
            assert not held & {row[column] for row in seen(desk, rows)}


def test_where_nothing_is_left_to_learn_from_a_run_says_so_before_it_trains(bench):
    model = MODEL[:-1] + ", pretrain_exclude=subjects)"
    run = ("run", "--dataset", SMALL, *TINY, "--model", model, "--fusion", "none", "--protocol", "kfold(k=3)")
    bench(*run, "--pretrain", SMALL).usage_error(
        "Pre-training may not use held-out subjects, and under kfold none of 'synthetic' is left in 3 of 3 "
        "folds; name a second data set after --pretrain, or another protocol."
    )
    assert not bench.tasks()


@pytest.mark.slow
def test_folds_share_what_is_learnt_from_other_data_sets_and_rows_share_it_too(bench):
    package = bench.package("elsewhere", OTHER)
    run = ("run", "--dataset", SMALL, *TINY, "--fusion", "late-frozen", "--cache", "own")
    bench.process(*run, "--pretrain", "elsewhere", packages=(package,)).ok()
    records = [weight_files.record_of(path) for path in weight_files.files(bench.folder / "own")]
    assert sorted(record["modalities"] for record in records) == [["ecg"], ["eda"]]
    assert [corpus["name"] for record in records for corpus in record["corpora"]] == ["elsewhere", "elsewhere"]
    bench.process(*run, "--pretrain", f"elsewhere,{SMALL}", packages=(package,)).ok()
    mixed = [weight_files.record_of(path) for path in weight_files.files(bench.folder / "own")][2:]
    assert len(mixed) == 2 * 3  # each fold has its own training part
    for record in mixed:
        first, own = record["corpora"]
        assert (first["name"], own["name"]) == ("elsewhere", "synthetic(n_subjects=3, minutes=4)")
        assert first["fold"] is None
        assert own["fold"] in {"P01", "P02", "P03"}
        assert record["windows"]["training"] + record["windows"]["validation"] == first["windows"] + own["windows"]


def test_the_record_of_a_task_names_what_its_networks_began_with(bench):
    bench("run", "--dataset", SMALL, *TINY, "--fusion", "attentive", "--pretrain", SMALL, "--cache", "own").ok()
    keys = {path.stem for path in weight_files.files(bench.folder / "own")}
    assert len(keys) == 2 * 3
    for label, task in bench.tasks():
        assert label.startswith("transformer(")
        assert " pre-trained on synthetic · attentive" in label
        begins = bench.record(label, task)["training"]["all"]["start"]
        assert set(begins["pretrained"]) == {"ecg", "eda"}
        assert set(begins["pretrained"].values()) <= keys
        assert all(".stages." in name for name in begins["fresh"])


@pytest.mark.slow
def test_the_same_command_gives_the_same_numbers_in_one_process_or_two(bench):
    run = ("run", "--dataset", SMALL, *TINY, "--fusion", "late-frozen", "--pretrain", SMALL)
    bench(*run, "--cache", "one").ok()
    first = bench.contents("predictions.parquet")
    bench(*run, "--cache", "two", "--out", "other", "--jobs", "2").ok()
    assert bench.contents("predictions.parquet", "other") == first


@pytest.mark.slow
def test_a_run_killed_while_it_pretrains_goes_on_there_with_the_same_numbers(bench):
    long = MODEL.replace("pretrain_epochs=2", "pretrain_epochs=40")
    run = ("run", "--dataset", SMALL, *TINY, "--model", long, "--fusion", "none", "--modalities", "ecg",
           "--pretrain", SMALL)  # fmt: skip
    bench(*run, "--cache", "one", "--out", "undisturbed").ok()
    process = bench.start(*run, "--cache", "two")
    folder = bench.folder / "two" / weight_files.FOLDER
    deadline = time.monotonic() + 60
    while not list(folder.glob(".*.checkpoint")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    bench.end(process)
    assert list(folder.glob(".*.checkpoint"))
    assert not bench.tasks()
    bench(*run, "--cache", "two").ok()
    assert bench.contents("predictions.parquet") == bench.contents("predictions.parquet", "undisturbed")
    assert not list(folder.glob(".*.checkpoint"))


def test_weights_that_have_seen_the_evaluated_data_make_a_row_leaky(bench):
    bench("run", "--dataset", SMALL, *TINY, "--fusion", "none", "--pretrain", SMALL, "--cache", "own").ok()
    file = bench.folder / "mine.safetensors"
    ecg = next(
        path
        for path in weight_files.files(bench.folder / "own")
        if weight_files.record_of(path)["modalities"] == ["ecg"]
    )
    file.write_bytes(ecg.read_bytes())
    told = bench("run", "--dataset", SMALL, *TINY, "--fusion", "none", "--pretrain", file, "--out", "other").ok()
    assert "audit: leaky" in told.out
    assert (
        "The pre-training of mine.safetensors (on synthetic(n_subjects=3, minutes=4)) uses data of several subjects, "
        "test subjects included." in told.out
    )
    assert "pre-trained on synthetic" not in told.err  # the same steps
    again = bench("run", "--dataset", SMALL, *TINY, "--fusion", "none", "--pretrain", file, "--out", "another",
                  "--preprocess", "detrend | resample(16)", "--dry-run").ok()  # fmt: skip
    assert (
        again.err.count(f"{file} was pre-trained on synthetic(n_subjects=3, minutes=4) after the steps 'zscore | ") == 1
    )
    assert "this run uses 'detrend | resample(rate=16)', so the weights may not suit these signals." in again.err
    begins = [bench.record(*task, out="other")["training"]["all"] for task in bench.tasks("other")]
    assert sum("start" in told for told in begins) == 3  # those of ECG
    [label] = {label for label, _ in bench.tasks("other") if "pre-trained" in label}
    assert " pre-trained on synthetic(n_subjects=3, minutes=4) (simulated) (mine.safetensors) · none · ecg" in label
    listed = bench("weights", "show", file).ok().out
    assert "pre-trained on synthetic(n_subjects=3, minutes=4) (simulated), fold P" in listed
    assert "steps     synthetic(n_subjects=3, minutes=4): zscore | resample(rate=16)" in listed
    bench("run", "--dataset", SMALL, *TINY, "--fusion", "none", "--modalities", "eda", "--pretrain", file).usage_error(
        f"{file} holds weights for none of the modalities of this run; 'bench weights show FILE' says what a file has, "
        "and --modalities chooses."
    )


def test_a_row_says_by_how_much_pretraining_helped_beside_its_twin(bench):
    run = ("run", "--dataset", SMALL, *TINY, "--fusion", "none", "--modalities", "ecg")
    bench(*run).ok()
    bench(*run, "--pretrain", SMALL).ok()
    store = Store(bench.folder / "bench-results")
    [comparison] = comparisons(summarise(store, key) for key in store.cells())
    [pair] = pretrained(comparison)
    scores = [[person["auroc"] for person in row.summary.subjects.values()] for row in (pair.first, pair.second)]
    assert pair.test.estimate.mean == pytest.approx(np.mean(scores[0]) - np.mean(scores[1]))
    assert pair.columns_of_pretraining["Model"].endswith("pre-trained on synthetic")
    assert [title for title, _ in tables(comparison)] == ["Pre-trained against not"]


MISTAKES = {
    "the same people with other options": (
        ("--pretrain", "synthetic(n_subjects=6)"),
        (
            "'synthetic(n_subjects=6)' is the evaluated data set with other options, so that its held-out windows "
            "could be seen; write --pretrain 'synthetic(n_subjects=3, minutes=4)', which "
            "means the training part of each fold."
        ),
    ),
    "nothing in common": (
        ("--pretrain", "eegmmidb"),
        "The corpus 'eegmmidb' has eeg, and nothing that can be used for ecg and eda; leave it out of --pretrain.",
    ),
    "a file that is not there": (("--pretrain", "no.safetensors"), "There is no file no.safetensors."),
    "no network to pre-train": (
        ("--pretrain", SMALL, "--model", "attx"),
        "No network of attx can be pre-trained; leave out --pretrain, or add --model transformer.",
    ),
}


@pytest.mark.parametrize(("added", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_pretraining_that_makes_no_sense_is_refused_with_a_sentence(bench, added, message):
    bench("run", "--dataset", SMALL, *TINY, *added).usage_error(message)


FITTING = {
    "another width": (
        ("--model", MODEL.replace("width=2", "width=4")),
        2,
        "do not fit the model of this run: they are of model.width=2.",
    ),
    "another rate": (
        ("--preprocess", "zscore | resample(32)"),
        1,
        (
            "were pre-trained on ecg of 16 Hz, and it has 32 Hz here; a step 'resample(16)' at the end of --preprocess "
            "makes them fit."
        ),
    ),
}


def test_weights_that_do_not_fit_are_refused_and_say_why(bench):
    run = ("run", "--dataset", SMALL, *TINY, "--fusion", "none", "--protocol", "holdout")
    bench(*run, "--pretrain", SMALL, "--cache", "own").ok()
    file = bench.folder / "mine.safetensors"
    ecg = next(
        path
        for path in weight_files.files(bench.folder / "own")
        if weight_files.record_of(path)["modalities"] == ["ecg"]
    )
    file.write_bytes(ecg.read_bytes())
    for added, code, told in FITTING.values():
        ended = bench(*run, "--pretrain", file, "--out", "other", *added)
        assert ended.code == code
        assert f"The weights in {file} {told}" in ended.err
    bench(*run, "--pretrain", f"{file},{file}").usage_error(
        f"Both {file} and {file} hold weights for ecg; name one of them."
    )
    bench(*run, "--pretrain", f"{file},{SMALL}").usage_error(
        f"--pretrain takes data sets, or files of weights, not both: '{SMALL}' is a data set, and '{file}' a file."
    )


def test_the_evaluated_data_set_is_known_by_its_options_however_they_are_written(bench):
    told = bench(
        "run", "--dataset", SMALL, *TINY, "--pretrain", "synthetic( minutes=4,n_subjects=3 )", "--dry-run"
    ).ok()
    assert " pre-trained on synthetic · early · ecg+eda" in told.out


def test_a_file_that_holds_no_weights_is_refused(bench):
    (bench.folder / "x.safetensors").write_bytes(b"\x80\x04N.")
    bench("run", "--dataset", SMALL, *TINY, "--pretrain", "x.safetensors").usage_error(
        "x.safetensors holds no weights that 'bench run --pretrain' has made."
    )
