"""`bench show CELL --attention SUBJECT`: what is exported and drawn, and what is refused."""

import json
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from bench.api import Signal
from bench.cli.attention.picture import picture
from bench.cli.attention.received import received
from bench.cli.attention.view import View, view
from bench.results.store import Store
from bench.results.task_record import COMPLETE, SearchRecord
from bench.running.opened_cell import open_cell
from bench.training.predictor import Predictor

RUN = (
    "run", "--dataset", "synthetic(n_subjects=2,minutes=4)", "--modalities", "ecg,eda", "--profile", "smoke",
    "--model", "attx(width=2,reduction=1,epochs=1,projection=4,hidden=4)", "--no-baselines",
    "--preprocess", "resample(rate=16) | standardise",
)  # fmt: skip
ELEMENT, STEP, MIDDLE = "attentive", "attentive(attention=step)", "middle"


@pytest.fixture(scope="module")
def ran(shared_bench):
    """One run with two kinds of attention and a fusion without any."""
    shared_bench.process(*RUN, "--fusion", f"{ELEMENT},{STEP},{MIDDLE}").ok()
    return shared_bench.folder / "bench-results"


@pytest.fixture(scope="module")
def keys(ran):
    """Fusion -> key of its cell."""
    store = Store(ran)
    chosen = {key: store.read_cell(key).cell.fusion for key in store.cells()}
    names = {"element": ELEMENT, "step": STEP}
    return {names.get(fusion.options.get("attention"), MIDDLE): key for key, fusion in chosen.items()}


@pytest.fixture
def show(bench, ran):
    """`bench show` on what has been run, or on another folder."""

    def call(*typed, out=ran):
        return bench("show", *typed, "--out", out)

    return call


@pytest.fixture
def copied(ran, tmp_path):
    """The results in a folder of their own, to be damaged."""
    shutil.copytree(ran, tmp_path / "copy")
    return Store(tmp_path / "copy")


def rewrite(store, key, task, change=lambda record: record, **columns):
    """Store a task with another record or other predictions."""
    record, predictions = store.record(key, task), store.predictions(key, task)
    changed = {COMPLETE: predictions.assign(**columns).to_dict("list")}
    store.write_task(key, task, changed, change(record))


# ---------------------------------------------------------------------------------- what is exported


@pytest.mark.parametrize("fusion", [ELEMENT, STEP])
def test_what_is_exported_is_what_the_network_of_the_fold_says(show, ran, keys, bench, fusion):
    key, task = keys[fusion], "001-P02.s0"
    said = show(key, "--attention", "P02", "--export", "a.npz").ok()
    assert said.out == "Wrote a.npz with 32 windows of P02.\n"
    found = np.load(bench.folder / "a.npz", allow_pickle=False)

    store = Store(ran)
    opened = open_cell(str(ran), str(bench.cache), key)
    [fold] = [fold for fold in opened.folds if fold.name == "P02"]
    split = opened.data.of_fold(fold)
    parts = opened.resolved
    network = Predictor.load(store.weights(key, task) / "all.safetensors", parts.model, parts.fusion)
    attention = network.attention(split.test)
    assert {name for name in found if name[0].isdigit()} == {
        f"{stage}/{name}" for stage in ("1", "2") for name in ("ecg_to_eda", "eda_to_ecg")
    }
    for stage, connections in attention.items():
        for name, values in connections.items():
            np.testing.assert_array_equal(found[f"{stage}/{name}"], values)
    for name in ("ecg", "eda"):
        np.testing.assert_array_equal(found[f"signal/{name}"], split.test.signals(name))
        assert found[f"rate/{name}"] == 16

    stored = store.predictions(key, task)
    np.testing.assert_allclose(found["p"], stored[["p.calm", "p.stressed"]], atol=1e-5)
    for name in ("subject", "session", "trial", "start", "stop", "label"):
        assert found[name].tolist() == stored[name].tolist()
    assert found["classes"].tolist() == ["calm", "stressed"]
    assert set(found["fold"]) == {"P02"}
    assert found["window"].tolist() == list(range(32))


def test_a_single_window_is_exported_alone_and_drawn_beside_it(show, keys, bench):
    show(keys[ELEMENT], "--attention", "P01", "--export", "all.npz").ok()
    said = show(keys[ELEMENT], "--attention", "P01", "--window", "7", "--export", "one.npz", "--to", "one.png").ok()
    assert said.out == "Wrote one.npz with 1 window of P01.\nWrote one.png.\n"
    whole, one = np.load(bench.folder / "all.npz"), np.load(bench.folder / "one.npz")
    assert set(whole) == set(one)
    for name, values in whole.items():
        wanted = values[7:8] if values.shape[:1] == (32,) else values
        if values.dtype.kind == "f":
            np.testing.assert_allclose(one[name], wanted, atol=1e-6)
        else:
            np.testing.assert_array_equal(one[name], wanted)
    again = show(keys[ELEMENT], "--attention", "P01", "--window", "7", "--export", "one.npz").ok()
    assert again.out == "Wrote one.npz with 1 window of P01, replacing the existing file.\n"
    assert sorted(path.name for path in bench.folder.iterdir()) == ["all.npz", "one.npz", "one.png"]


def test_windows_of_several_folds_come_one_fold_after_the_other(show, ran, keys, bench):
    """Each with the network that has not seen them."""
    store, key = Store(ran), keys[STEP]
    first = view(store, bench.cache, key, "P01")
    second = view(store, bench.cache, key, "P02")
    both = View(first.cell, "P01", range(64), 64, [*first.parts, *second.parts])
    np.testing.assert_array_equal(both.probabilities, [*first.probabilities, *second.probabilities])
    np.testing.assert_array_equal(both.attention["2"]["ecg_to_eda"][32:], second.attention["2"]["ecg_to_eda"])
    for number in (31, 32):
        np.testing.assert_allclose(both.one(number).probabilities[0], both.probabilities[number], atol=1e-6)


def test_a_network_is_opened_with_the_options_that_a_search_has_chosen(show, copied, keys, bench):
    key, task = keys[ELEMENT], "000-P01.s0"
    chosen = SearchRecord({"fusion.attention": "step"}, None)  # whose tensors have the same shapes
    rewrite(copied, key, task, lambda record: replace(record, search=chosen))
    show(key, "--attention", "P01", "--export", "a.npz", out=copied.root).ok()
    assert np.load(bench.folder / "a.npz")["1/ecg_to_eda"].shape == (32, 1, 40)


# ---------------------------------------------------------------------------------- what is drawn


@pytest.mark.parametrize(("fusion", "charts"), [(ELEMENT, 4), (STEP, 0)])
def test_a_picture_shows_each_signal_with_all_that_its_branch_receives(show, ran, keys, bench, fusion, charts):
    assert show(keys[fusion], "--attention", "P02").ok().out == "Wrote attention-synthetic-P02.png.\n"
    with Image.open(bench.folder / "attention-synthetic-P02.png") as image:
        assert image.format == "PNG"
        assert 1400 <= image.width <= 1800
        assert image.height > 600
    one = view(Store(ran), bench.cache, keys[fusion], "P02").one(None)
    figure = picture(one)
    assert len(figure.axes) == 1 + 2 * 2 + charts  # colours, signals and bars
    label = "calm" if one.column("label")[0] == 0 else "stressed"
    found = one.probabilities[0]
    predicted = ("calm", "stressed")[found.argmax()]
    when = (
        f"synthetic(n_subjects=2, minutes=4) · P02 · session {one.column('session')[0]} · "
        f"{one.column('start')[0]:g} to {one.column('stop')[0]:g} s · window 16 of 0 to 31 · SIMULATED"
    )
    assert figure.get_suptitle().splitlines() == [
        when,
        f"true class: {label} · predicted: {predicted} (calm {found[0]:.2f}, stressed {found[1]:.2f})",
        one.cell.label,
    ]
    assert " ".join(figure.get_supxlabel().split()) == (
        "ecg to eda: how much of what the branch of ecg has at the end of a stage is let through to the branch of eda. "
        "Where two compete, 0.5 prefers neither, and more prefers ecg. Beside each bar: its mean (lowest to highest). "
        "The network is that of fold 'P02', whose test part has this window. Scaled by the training part of the fold: "
        "ecg, eda. "
        "The signals are simulated."
    )
    figure.draw_without_rendering()
    for axes in figure.axes[1:]:  # the same time at the same place
        assert axes.get_xlim() == (0, 10)
        assert axes.get_position().intervalx == pytest.approx(figure.axes[1].get_position().intervalx)
    bars = figure.axes[2]
    assert [text.get_text() for text in bars.get_yticklabels()] == ["eda to ecg, stage 1", "eda to ecg, stage 2"]
    what = "mean over channels" if charts else "for all channels alike"
    assert bars.get_title(loc="left") == f"{what}, as colour, and as a line from its lowest to its highest"
    mean = one.attention["1"]["eda_to_ecg"][0].mean(axis=0)
    np.testing.assert_allclose(bars.images[0].get_array()[0], mean)
    assert bars.texts[0].get_text() == f"{mean.mean():.2f} ({mean.min():.2f} to {mean.max():.2f})"


class MadeUp(View):
    """A window of any modalities."""

    modalities = ("ecg", "eda", "eeg")
    seconds = 10.0
    probabilities = np.array([[0.25, 0.75]])

    def signal(self, modality):
        return Signal(np.random.default_rng(0).normal(size=(2, 640)), 64.0, "uV", ("one", "two"))


@pytest.mark.parametrize("channels", [1, 5])
def test_of_three_modalities_every_connection_is_drawn_and_one_that_receives_nothing_too(channels):
    values = np.full((1, channels, 40), 0.5)
    attention = {"1": {"ecg_to_eda": values, "eeg_to_eda": values}, "3": {"ecg_to_eeg": values, "ecg_to_eda": values}}
    made = MadeUp({}, "P01", [3], 9, [])
    found = {name: [each.title for each in parts] for name, parts in received(attention, made.modalities).items()}
    assert found == {
        "ecg": [],
        "eda": ["ecg to eda, stage 1", "ecg to eda, stage 3", "eeg to eda, stage 1"],
        "eeg": ["ecg to eeg, stage 3"],
    }
    labels = SimpleNamespace(dataset="wesad")
    cell = SimpleNamespace(classes=["low", "high"], simulated=False, labels=labels, label="attx")
    table = pd.DataFrame({"session": ["1"], "start": [0.0], "stop": [10.0], "label": [1]})
    part = type("Part", (), {"table": table, "fold": "f", "scaled": ()})
    drawn = type("Drawn", (MadeUp,), {"attention": attention})(cell, "P01", [3], 9, [part])
    figure = picture(drawn)
    figure.draw_without_rendering()  # a layout that does not fit would warn
    assert len(figure.axes) == 1 + 3 + 2 + 4 * (channels > 1)
    assert "SIMULATED" not in figure.get_suptitle()
    assert len(figure.axes[2].lines) > 0


# ---------------------------------------------------------------------------------- the table


def test_a_cell_tells_how_sure_attention_is_and_where_it_has_died(show, copied, keys):
    key, tasks = keys[ELEMENT], ["000-P01.s0", "001-P02.s0"]
    records = [copied.record(key, task) for task in tasks]
    found = [record.training["all"]["connections"] for record in records]
    for dead, task, record, of in zip((0.0, 0.25), tasks, records, found, strict=True):
        of["1"]["ecg_to_eda"]["dead"] = dead
        rewrite(copied, key, task, lambda _, record=record: record)
    out = show(key, out=copied.root).ok().out
    table = [line.split(maxsplit=3) for line in out.splitlines()[-4:]]
    expected = []
    for stage in ("1", "2"):
        for name in ("ecg_to_eda", "eda_to_ecg"):
            each = [of[stage][name] for of in found]
            dead = sum(one["dead"] > 0 for one in each)
            expected.append([stage, name, f"{np.mean([one['entropy'] for one in each]):.3f}", f"in {dead} of 2 folds"])
    assert table == expected
    assert expected[0][-1] == "in 1 of 2 folds"
    assert "entropy (bits)" not in show(keys[MIDDLE]).ok().out


# ---------------------------------------------------------------------------------- what is refused

REFUSED = [
    (("--window", "3"), "--window goes with --attention SUBJECT, which names the subject."),
    (("--to", "a.png"), "--to goes with --attention SUBJECT, which names the subject."),
    (("--export", "a.npz"), "--export goes with --attention SUBJECT, which names the subject."),
    (("--attention", "P01", "--json"),
     "--json prints scores; leave it out, or write the attention to a file with --export."),
    (("--attention", "P01", "--to", "a.jpg"), "--to takes the name of a PNG file, as in signals.png, not 'a.jpg'."),
    (("--attention", "P01", "--export", "a.csv"),
     "--export takes a file name such as attention.npz, not 'a.csv'."),
    (("--attention", "P9"), "Cell {key} has no held-out subject 'P9'. Known: P01, P02."),
    (("--attention", "P01", "--window", "32"),
     "--window takes a number from 0 to 31 for P01 in this cell, not 32."),
    (("--attention", "P01", "--window", "-1", "--export", "a.npz"),
     "--window takes a number from 0 to 31 for P01 in this cell, not -1."),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "message"), REFUSED, ids=lambda value: " ".join(value[:3]))
def test_what_makes_no_sense_is_refused_and_nothing_is_written(show, keys, bench, typed, message):
    show(keys[ELEMENT], *typed).usage_error(message.format(key=keys[ELEMENT][:8]))
    assert not list(bench.folder.iterdir())


def test_one_cell_with_attention_has_to_be_meant(show, keys, ran):
    run = json.loads(next((ran / "runs").glob("*.json")).read_text())["items"]
    listed = "; ".join(
        f"{key[:8]} ({Store(ran).read_cell(key).label})" for key in (item["key"] for item in run) if key != keys[MIDDLE]
    )
    show("--attention", "P01").usage_error(
        f"--attention needs one cell, and 2 of 'latest' have attention: {listed}. "
        "Name one by the first digits of its key."
    )


def test_a_fusion_without_attention_is_named(show, keys):
    show(keys[MIDDLE], "--attention", "P01").usage_error(
        "The fusion 'middle' has no attention between points in time; run one that has, as in "
        "'bench run --model attx --fusion attentive'."
    )


def test_a_run_without_attention_names_all_its_fusions(bench):
    bench("run", "--profile", "smoke", "--no-baselines", "--fusion", "early,late", "-o", "synthetic.n_subjects=2").ok()
    bench("show", "--attention", "P01").usage_error(
        "The fusions 'early', 'late' have no attention between points in time; run one that has, as in "
        "'bench run --model attx --fusion attentive'."
    )


def test_a_cell_of_which_nothing_is_done_says_so(show, copied, keys):
    shutil.rmtree(copied.cell(keys[ELEMENT]) / "tasks")
    show(keys[ELEMENT], "--attention", "P01", out=copied.root).usage_error(
        f"No fold of '{keys[ELEMENT]}' is done, so there is no attention yet; finish it with 'bench run'."
    )


def test_a_network_that_is_gone_is_told_with_how_to_get_it_again(show, copied, keys):
    folder = copied.weights(keys[ELEMENT], "000-P01.s0")
    shutil.rmtree(folder)
    show(keys[ELEMENT], "--attention", "P01", out=copied.root).failure(
        f"The network of fold '000-P01.s0' is not stored any more ({folder / 'all.safetensors'} is missing); "
        "do the run again with --fresh."
    )
    show(keys[ELEMENT], "--attention", "P02", out=copied.root).ok()


def test_a_network_that_is_damaged_is_named(show, copied, keys):
    path = copied.weights(keys[ELEMENT], "000-P01.s0") / "all.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    found = show(keys[ELEMENT], "--attention", "P01", out=copied.root)
    assert (found.code, found.out, found.err.count("\n")) == (1, "", 1)
    assert found.err.startswith(f"Error: {path} does not hold a network of this model and fusion (")


def test_windows_that_are_not_those_of_the_run_are_not_drawn(show, copied, keys):
    key, task = keys[ELEMENT], "000-P01.s0"
    rewrite(copied, key, task, start=lambda table: table["start"] + 1)
    show(key, "--attention", "P01", out=copied.root).failure(
        "Fold '000-P01.s0' does not hold out the same windows any more: data or code have changed since. "
        "Do the run again with --fresh."
    )


@pytest.mark.parametrize(("option", "name"), [("--to", "a.png"), ("--export", "a.npz")])
def test_a_file_that_cannot_be_written_is_named(show, keys, bench, option, name):
    show(keys[STEP], "--attention", "P01", option, f"nowhere/{name}").failure(
        f"Cannot write nowhere/{name} (No such file or directory); name another file with {option}."
    )
    assert not list(bench.folder.iterdir())
