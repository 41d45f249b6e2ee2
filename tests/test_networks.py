"""Networks in a run: tasks that are trained together, what is kept of them, and the same numbers however they ran."""

import os
import signal
import time

import pytest

TINY = ("--dataset", "synthetic(n_subjects=3, minutes=4)", "--model", "attx(width=2, reduction=2, epochs=2)",
        "--preprocess", "attx(rate=32)", "-o", "window.hop=10", "--no-baselines", "--profile", "smoke")  # fmt: skip
PEOPLE = 3


def predictions(bench, *arguments):
    """Those of every task of a fresh run."""
    bench("run", *TINY, "--fresh", *arguments).ok()
    return bench.contents("predictions.parquet")


def test_every_usual_fusion_suits_a_staged_model(bench):
    told = bench("run", *TINY, "--dry-run", "--json").ok().json
    cells = [row["cell"].partition(" · ")[2] for row in told["cells"]]
    assert sorted(cells) == [
        "attentive · ecg+eda", "early · ecg+eda", "feature · ecg+eda", "late · ecg+eda", "middle · ecg+eda",
        "none · ecg", "none · eda",
    ]  # fmt: skip
    assert not told["refused"]


def test_a_model_without_branches_is_compared_under_the_fusions_that_suit_it(bench):
    told = bench("run", "--profile", "smoke", "--no-baselines", "--dry-run", "--json").ok().json
    assert {row["cell"].split(" · ")[1] for row in told["cells"]} == {"none", "early", "late"}
    assert not told["refused"]


def test_a_fusion_inside_networks_is_refused_for_a_model_without_branches(bench):
    bench("run", "--profile", "smoke", "--fusion", "attentive", "--modalities", "ecg,eda").usage_error(
        "Nothing is left to run: synthetic · logistic · attentive · ecg+eda · loso: attentive joins branches inside "
        "a network, and logistic is not a staged model; use --fusion early or late."
    )


NOWHERE = """
from dataclasses import dataclass
from bench.api import Plugin, hookimpl
from bench.checks.examples.staged import TwoStages

@dataclass(frozen=True)
class Nowhere(TwoStages):
    exchange_stages = ()

@hookimpl
def bench_models():
    return [Plugin("nowhere", "meeting_nowhere:Nowhere", "Branches that meet nowhere.")]
"""


def test_branches_that_meet_nowhere_exchange_nothing(bench):
    package = bench.package("meeting-nowhere", NOWHERE)
    bench.process(
        "run", "--model", "nowhere", "--fusion", "middle", "--profile", "smoke", packages=(package,)
    ).usage_error(
        "Nothing is left to run: synthetic · nowhere · middle · ecg+eda+bvp+eeg · loso: middle joins branches at the "
        "ends of stages, and those of nowhere meet nowhere (it has no exchange_stages); use --fusion feature, early "
        "or late."
    )


def test_numbers_do_not_depend_on_how_tasks_are_dealt_out(bench):
    together = predictions(bench, "--fusion", "attentive")
    assert len(together) == PEOPLE
    assert predictions(bench, "--fusion", "attentive", "--jobs", "2") == together


def test_late_fusion_learns_from_networks_that_have_not_seen_what_they_say(bench):
    averaged = predictions(bench, "--fusion", "late")
    stacked = predictions(bench, "--fusion", "late(rule=stacking, parts=2)")
    assert len(stacked) == 2 * len(averaged) == 2 * PEOPLE  # those of the run before lie beside
    assert len(set(stacked.values())) == 2 * PEOPLE


def test_a_task_alone_gives_what_it_gave_among_others(bench):
    before = predictions(bench, "--fusion", "feature")
    [(key, folder), *_] = bench.tasks().items()
    for file in folder.iterdir():
        file.unlink()
    bench("run", *TINY, "--fusion", "feature").ok()
    assert bench.contents("predictions.parquet")[key] == before[key]


def test_weights_are_kept_and_checkpoints_are_not(bench):
    bench("run", *TINY, "--fusion", "late,middle").ok()
    cells = bench.folder / "bench-results" / "cells"
    kept = sorted({path.name for path in cells.glob("*/weights/*/*")})
    assert kept == ["all.safetensors", "ecg.safetensors", "eda.safetensors"]
    assert len(list(cells.glob("*/weights/*"))) == 2 * PEOPLE
    assert not list(cells.glob("*/checkpoints/*"))


def test_a_record_says_how_each_network_learnt(bench):
    bench("run", *TINY, "--fusion", "attentive").ok()
    [(label, task), *_] = bench.tasks()
    record = bench.record(label, task)
    told = record["training"]["all"]
    assert record["device"] == told["device"] == "cpu"
    assert told["precision"] == "fp32"
    [phase] = told["phases"]
    assert (phase["name"], phase["stopping"], len(phase["loss"])) == ("fit", "last", 2)
    assert set(told["connections"]) == {"1", "2"}
    for connections in told["connections"].values():
        assert set(connections) == {"ecg_to_eda", "eda_to_ecg"}
        for measured in connections.values():
            assert 0 <= measured["entropy"] <= 1
            assert measured["dead"] == 0


def test_a_search_chooses_options_of_networks(bench):
    bench("run", *TINY, "--fusion", "feature", "--search", "2", "--protocol", "holdout").ok()
    [(label, task)] = bench.tasks()
    found = bench.record(label, task)["search"]
    assert set(found["options"]) == {"model.learning_rate", "model.batch", "model.class_weight"}  # the width was typed
    assert len(found["trials"]) == 2


def test_another_precision_is_another_row(bench):
    bench("run", *TINY, "--fusion", "feature").ok()
    bench("run", *TINY, "--fusion", "feature", "--precision", "bf16").ok()
    assert {label for label, _ in bench.tasks()} == {
        "attx(width=2, reduction=2) · feature · ecg+eda",
        "attx(width=2, reduction=2) bf16 · feature · ecg+eda",
    }


def test_what_needs_a_gpu_is_refused_without_one(bench):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    bench("run", *TINY, "--device", "cuda").usage_error(
        "PyTorch finds no CUDA device on this machine; use --device cpu, or auto to take what there is."
    )
    bench("run", *TINY, "--precision", "tf32").usage_error(
        "tf32 is a precision of CUDA devices; use --precision fp32 or bf16 on a CPU."
    )


def test_options_reach_the_plugin_that_has_them_where_two_share_a_name(bench):
    told = bench("run", *TINY, "-o", "attx.patience=3", "-o", "attx.order=2", "--dry-run", "--fusion", "feature").ok()
    assert "patience=3" in told.out


def test_an_option_that_no_plugin_of_a_shared_name_has_is_named(bench):
    bench("run", *TINY, "-o", "attx.epoch=3").usage_error(
        "No plugin 'attx' has the option 'epoch'; 'bench info attx' shows those there are."
    )


def test_an_option_that_every_text_gives_itself_is_refused(bench):
    bench("run", *TINY, "-o", "model.epochs=3").usage_error(
        "'-o model.epochs' changes nothing: 'epochs' is given in parentheses wherever it would count; "
        "leave out one of the two."
    )
    assert bench("run", *TINY, "--model", "attx", "-o", "model.epochs=3", "--dry-run").ok()  # it counts for one


def test_a_run_killed_inside_a_fold_goes_on_there_with_the_same_numbers(bench):
    longer = (each.replace("epochs=2)", "epochs=150)") for each in TINY)  # so that a fold takes seconds
    grid = ("run", *longer, "--fusion", "feature", "--calibrate", "none")
    bench(*grid).ok()
    undisturbed = bench.contents("predictions.parquet")
    for folder in bench.tasks().values():
        for file in folder.iterdir():
            file.unlink()
    process = bench.start(*grid)
    waiting = (bench.folder / "bench-results" / "cells").glob
    while not list(waiting("*/checkpoints/*/*.safetensors")) and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    bench.end(process)
    assert list(waiting("*/checkpoints/*/*.safetensors"))
    bench(*grid).ok()
    assert bench.contents("predictions.parquet") == undisturbed
