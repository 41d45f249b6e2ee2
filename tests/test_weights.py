"""`bench weights`: what files of pre-trained weights say, and how they come into a cache and out of it."""

import contextlib
import functools
import json
import operator
import os
import random
import subprocess
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner
from filelock import FileLock
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import save_file

from bench.cli import main
from bench.cli.weights import COMMANDS
from bench.cli.weights.curve import baselines, picture
from bench.cli.weights.file import read
from bench.cli.weights.words import shown_epochs, verdicts
from bench.errors import BenchError
from bench.pretraining import weight_files
from bench.pretraining.init_weights import differences
from bench.registry import Registry
from bench.results.store import Store

KEY, OTHER = "0123456789abcdef", "0123ffff00000000"
NONE = "holds no weights that 'bench run --pretrain' has made."
IN_PART = "does not say in full how its weights were pre-trained, so they are not used."


def record(key=KEY, **changes):
    """What the engine writes of a branch; the losses are of round numbers."""
    training = {
        "device": "cpu", "precision": "fp32", "remarks": [],
        "phases": [{"name": "pretrain ecg", "loss": [1.5, 0.75, 0.5], "validation_loss": [1.25, 1.0, 0.625]}],
        "validation_errors": {"ecg": {"network": 0.625, "zero": 1.0, "last value": 2.0, "linear": 0.75}},
    }  # fmt: skip
    corpora = [
        {"name": "wesad", "windows": 40, "subjects": 3, "hours": 0.5, "fold": None},
        {"name": "synthetic(n_subjects=6)", "windows": 10, "subjects": 1, "hours": 0.25, "fold": "P01"},
        {"name": "pspm", "windows": 0},
    ]
    return {
        "key": key, "modalities": ["ecg"], "model": {"class": "some.Network", "options": {"width": 4, "layers": 2}},
        "inputs": {"ecg": {"channels": 1, "samples": 320, "rate": 32.0}}, "corpora": corpora,
        "windows": {"training": 45, "validation": 5}, "seed": 0, "engine": {}, "training": training, **changes,
    }  # fmt: skip


TENSORS = {"encoders.ecg.stages.0.weight": np.ones((4, 1, 3), np.float32)}


def write(path, told=None, tensors=TENSORS):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, {"record": json.dumps(record() if told is None else told)})
    return path


@pytest.fixture
def cache(bench):
    """A cache with two weights, the first of which is the older one."""
    root = bench.folder / "some-cache"
    now = time.time()
    for place, key in enumerate((KEY, OTHER)):
        path = write(root / "pretrained" / f"{key}.safetensors", record(key))
        os.utime(path, (now - 100 + place, now - 100 + place))
    return root


# ------------------------------------------------------------------------------------------- list


def test_the_list_has_a_row_for_each_with_its_loss_beside_the_best_guess(bench, cache):
    lines = bench("weights", "list", "--cache", cache).ok().out.splitlines()
    cells = [line.split("  ") for line in lines[2:4]]
    assert [[cell.strip() for cell in row if cell.strip()] for row in cells] == [
        [key, "ecg", "wesad + synthetic(n_subjects=6), fold P01", "0.75", "3", "0.625", "0.75 (linear)", "yes",
         size(cache, key), time.strftime("%Y-%m-%d", time.localtime(time.time() - 100))]
        for key in (KEY, OTHER)
    ]  # fmt: skip
    assert lines[-1] == f"'bench weights show KEY --cache {cache}' tells all about one."


def size(cache, key):
    return f"{(cache / 'pretrained' / f'{key}.safetensors').stat().st_size / 1000:.1f} kB"


def test_programs_read_the_list(bench, cache):
    found = bench("weights", "list", "--cache", cache, "--json").ok().json
    assert found["cache"] == str(cache)
    row = found["weights"][0]
    assert (row["key"], row["windows"], row["validation_windows"], row["epochs"], row["hours"]) == (KEY, 45, 5, 3, 0.75)
    assert row["better"] == {"ecg": True}
    assert row["losses"] == record()["training"]["validation_errors"]


def test_where_there_are_none_the_list_says_what_makes_some(bench, monkeypatch):
    monkeypatch.delenv("BENCH_CACHE")
    told = bench("weights", "list", "--out", "elsewhere").ok().out
    makes = "'bench run --model transformer --pretrain synthetic' makes some"
    other = "and --cache or --out names another folder.\n"
    assert told == f"There are no pre-trained weights in elsewhere/cache; {makes}, {other}"
    bench("weights", "show", "0123", "--out", "elsewhere").usage_error(told.strip())
    assert bench("weights", "list", "--out", "elsewhere", "--json").ok().json["weights"] == []


def test_a_damaged_file_is_named_and_the_others_are_shown(bench, cache):
    bad = cache / "pretrained" / f"{'f' * 16}.safetensors"
    bad.write_bytes(b"no tensors")
    (cache / "pretrained" / f".{OTHER}.checkpoint").write_bytes(b"not finished")
    said = bench("weights", "list", "--cache", cache).ok()
    assert said.err == f"{bad} {NONE}\n"
    assert KEY in said.out
    assert OTHER in said.out


# ------------------------------------------------------------------------------------------- show


BETTER = (
    "ecg: the error on masked values of validation recordings is 0.625, lower than that of every imputation baseline "
    "(linear 0.75, zero 1, last value 2)."
)
NO_BETTER = (
    "ecg: the error on masked values of validation recordings is 0.8, not lower than that of the baseline 'linear' "
    "(linear 0.75, zero 1, last value 2). More epochs (model.pretrain_epochs) or more windows may help."
)
UNKNOWN = "There are no validation errors: recordings were too few, or model.pretrain_validation_share is 0."


def test_everything_is_told_in_words(bench, cache):
    lines = bench("weights", "show", "01234", "--cache", cache).ok().out.splitlines()
    path = cache / "pretrained" / f"{KEY}.safetensors"
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(path.stat().st_mtime))
    command = f"bench run --model transformer --pretrain {path}"
    assert lines == [
        f"{KEY}: ecg, pre-trained on wesad + synthetic(n_subjects=6), fold P01",
        f"  file      {path}, {size(cache, KEY)}, {made}",
        "  model     some.Network",
        "  options   width=4, layers=2",
        "  input     ecg: 1 channel, 320 samples at 32 Hz (10 s)",
        "  corpus    wesad: 40 windows of 3 subjects, 0.5 h",
        "  corpus    synthetic(n_subjects=6): 10 windows of 1 subject, 0.25 h; the training part of fold P01",
        "  corpus    pspm: no windows with these modalities",
        "  windows   45 for training, 5 of other recordings for validation",
        "  training  3 epochs, seed 0, fp32 on cpu",
        "",
        "Mean squared error of masked values per epoch",
        "epoch    training    validation",
        "-------  ----------  ------------",
        "1        1.5         1.25",
        "2        0.75        1",
        "3        0.5         0.625",
        "",
        BETTER,
        "",
        f"To start a run from them: '{command}'.",
        "They were pre-trained on wesad or synthetic, so a run on wesad or synthetic with this file is leaky.",
        f"To share them: 'bench weights export 01234567 FILE.safetensors --cache {cache}'.",
    ]


def changed(**training):
    return record(training={**record()["training"], **training})


WORSE = {"ecg": {"network": 0.8, "zero": 1.0, "last value": 2.0, "linear": 0.75}}
VERDICTS = {
    "better than every guess": (record(), BETTER),
    "worse than one guess": (changed(validation_errors=WORSE), NO_BETTER),
    "nothing kept back": (changed(validation_errors={}), UNKNOWN),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_the_loss_is_judged_by_guesses(tmp_path, case):
    told, sentence = VERDICTS[case]
    assert verdicts(read(write(tmp_path / "a.safetensors", told))) == [sentence]


@pytest.mark.parametrize("count", [1, 12, 13, 500])
def test_of_many_epochs_some_are_printed_and_always_the_first_and_the_last(count):
    shown = shown_epochs(count)
    assert (shown[0], shown[-1], len(shown)) == (0, count - 1, min(count, 12))
    assert np.ptp(np.diff(shown)) <= 1 if count > 1 else shown == [0]


def test_json_is_the_whole_record_and_whether_it_is_better(bench, tmp_path):
    path = write(tmp_path / "mine.safetensors", changed(validation_errors=WORSE))
    found = bench("weights", "show", path, "--json").ok().json
    assert found["better"] == {"ecg": False}
    assert {name: found[name] for name in record()} == changed(validation_errors=WORSE)


def test_a_file_of_ones_own_needs_no_cache_and_is_not_exported_again(bench, tmp_path):
    said = bench("weights", "show", write(tmp_path / "mine.safetensors")).ok().out
    assert said.startswith(f"{KEY}: ecg, ")
    assert "bench weights export" not in said


BOTH = {
    "ecg": {"network": 0.5, "zero": 1.0, "last value": 2.0, "linear": 0.75},
    "eda": {"network": 1.0, "zero": 2.5, "last value": 0.5, "linear": 0.25},
}


def test_the_curve_shows_losses_per_epoch_and_guesses_as_lines(bench, tmp_path):
    path = write(tmp_path / "a.safetensors", changed(validation_errors=BOTH))
    found = read(path)
    assert baselines(found) == {"linear": 0.5, "last value": 1.25, "zero": 1.75}
    [axes] = picture(found).axes
    lines = {line.get_label(): line for line in axes.lines}
    assert list(lines) == [
        "training: 0.5 after the last epoch", "validation: 0.625 after the last epoch",
        "baseline 'linear': 0.5", "baseline 'last value': 1.25", "baseline 'zero': 1.75, above this range",
    ]  # fmt: skip
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), [[1, 1.5], [2, 0.75], [3, 0.5]])
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), [1.25, 1.0, 0.625])
    assert axes.get_ylim() == pytest.approx((0.44, 1.56))
    assert bench("weights", "show", path, "--to", "c.png").ok().out.endswith("Wrote c.png.\n")
    with Image.open(bench.folder / "c.png") as drawn:
        assert drawn.size == (1100, 594)
    bench("weights", "show", path, "--to", "c.gif").usage_error(
        "--to takes the name of a PNG file, as in signals.png, not 'c.gif'."
    )


def test_the_curve_of_weights_of_which_nothing_was_kept_back_has_no_guesses(tmp_path):
    phase = {"name": "pretrain ecg", "loss": [1.5, 0.5], "validation_loss": []}
    found = read(write(tmp_path / "a.safetensors", changed(validation_errors={}, phases=[phase])))
    assert [line.get_label() for line in picture(found).axes[0].lines] == ["training: 0.5 after the last epoch"]


# --------------------------------------------------------------------------------- which are meant


def test_a_key_has_to_be_one_key(bench, cache):
    bench("weights", "show", "0123", "--cache", cache).usage_error(
        f"2 keys of {cache} begin with '0123': {KEY}, {OTHER}. Type more digits of one."
    )
    bench("weights", "show", "zzz", "--cache", cache).usage_error(
        f"There is no key in {cache} 'zzz'. Known: {KEY}, {OTHER}. These are the latest; "
        ".safetensors ends a file's name."
    )


STRANGE = {
    "no tensors": (b"#!/bin/sh", NONE),
    "no record": ({}, NONE),
    "a record that is a list": ([1], "does not say what its weights were pre-trained on."),
    "no corpora": ({"key": KEY, "modalities": ["ecg"]}, "does not say what its weights were pre-trained on."),
    "no training": ({key: value for key, value in record().items() if key != "training"}, IN_PART),
    "a key that leads elsewhere": (record("../../../etc/passwd"), IN_PART),
    "a text that commands the terminal": (record(seed="\x1b[2J"), IN_PART),
    "losses that are texts": (changed(validation_errors={"ecg": {"network": "low", "zero": 1}}), IN_PART),
    "no guess": (changed(validation_errors={"ecg": {"network": 1}}), IN_PART),
    "no modality": (record(modalities=[]), IN_PART),
    "corpora that are texts": (record(corpora=["wesad"]), "does not say what its weights were pre-trained on."),
    "modalities that are tables": (record(modalities=[{}]), "does not say what its weights were pre-trained on."),
    "inputs that are texts": (record(inputs={"ecg": "wide"}), IN_PART),
    "a model that is a text": (record(model="wide"), IN_PART),
    "windows without end": (record(windows={"training": float("inf"), "validation": 1}), IN_PART),
    "no windows": (record(windows=[]), IN_PART),
}


@pytest.mark.parametrize("command", ["show", "add"])
@pytest.mark.parametrize("case", STRANGE)
def test_what_is_no_file_of_weights_is_refused_in_a_sentence(bench, tmp_path, case, command):
    content, sentence = STRANGE[case]
    path = tmp_path / "given.safetensors"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == {}:
        save_file(TENSORS, path)
    else:
        write(path, content)
    bench("weights", command, path, "--cache", tmp_path / "some-cache").usage_error(f"{path} {sentence}")
    assert not (tmp_path / "some-cache").exists()


JUNK = (None, [], {}, "x", -1, 1e308, float("inf"), [[]], {"a": 1}, 10**9, True, ["ecg"], {"ecg": {}}, float("nan"))


def places(value, before=()):
    """The path of every value in a record."""
    for name, inside in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield (*before, name)
        yield from places(inside, (*before, name))


def test_any_other_value_in_a_record_raises_an_error_of_bench(tmp_path):
    chance = random.Random(0)
    model = Registry().get("model", "transformer").load()()
    for _ in range(120):
        content = record()
        *outside, last = chance.choice(list(places(content)))
        holder = functools.reduce(operator.getitem, outside, content)
        holder[last] = chance.choice(JUNK)
        path = write(tmp_path / "a.safetensors", content)
        for use in (
            lambda file: read(file).sources,
            lambda file: differences(weight_files.record_of(file), file, model),
        ):
            with contextlib.suppress(BenchError):
                use(path)


@pytest.mark.parametrize("command", ["show", "add"])
def test_a_file_that_is_not_there_is_named(bench, command):
    bench("weights", command, "gone.safetensors").usage_error("There is no file gone.safetensors.")


# --------------------------------------------------------------------------------- export and add


def test_what_is_exported_is_added_elsewhere_under_its_key(bench, cache):
    said = bench("weights", "export", "01234", "mine.safetensors", "--cache", cache).ok().out
    begins = "To start from them: 'bench run --model transformer --pretrain mine.safetensors'."
    assert said == f"Wrote mine.safetensors, the weights {KEY}. {begins}\n"
    said = bench("weights", "add", "mine.safetensors", "--cache", "new").ok().out
    use = (
        "A run with the same pre-training uses them, and 'bench weights show 01234567 --cache new' says "
        "what that is; any other run begins with them by 'bench run --model transformer --pretrain "
        f"new/pretrained/{KEY}.safetensors'."
    )
    assert said == f"Added the weights {KEY} to new. {use}\n"
    content = (cache / "pretrained" / f"{KEY}.safetensors").read_bytes()
    assert (bench.folder / "new" / "pretrained" / f"{KEY}.safetensors").read_bytes() == content
    assert bench("weights", "add", "mine.safetensors", "--cache", "new").ok().out == (
        f"new has the weights {KEY} already. {use}\n"
    )
    assert [path.name for path in (bench.folder / "new" / "pretrained").iterdir()] == [f"{KEY}.safetensors"]


def test_nothing_is_written_over_without_force(bench, cache):
    mine = bench.folder / "mine.safetensors"
    mine.write_text("mine")
    bench("weights", "export", KEY, mine, "--cache", cache).usage_error(
        f"{mine} is there already; name another file, or write over it with --force."
    )
    assert mine.read_text() == "mine"
    bench("weights", "export", KEY, mine, "--cache", cache, "--force").ok()
    write(mine, record(seed=1))
    bench("weights", "add", mine, "--cache", cache).usage_error(
        f"{cache} has other weights under the key {KEY}; write over them with --force."
    )
    bench("weights", "add", mine, "--cache", cache, "--force").ok()
    assert read(cache / "pretrained" / f"{KEY}.safetensors").record["seed"] == 1


def test_where_nothing_can_be_written_nothing_is_left(bench, cache):
    bench("weights", "export", KEY, "mine.bin", "--cache", cache).usage_error(
        "The name of a file of weights must end in .safetensors; 'mine.bin' does not."
    )
    bench("weights", "export", KEY, "gone/mine.safetensors", "--cache", cache).usage_error(
        "There is no folder gone to write mine.safetensors into."
    )
    mine = write(bench.folder / "mine.safetensors")
    (cache / "new").mkdir()
    (cache / "new" / "pretrained").write_text("a file")
    bench("weights", "add", mine, "--cache", cache / "new").failure(
        f"Cannot write the cache in {cache / 'new'} (File exists)."
    )
    assert [path.name for path in bench.folder.iterdir() if path.is_file()] == ["mine.safetensors"]


WRONG = {
    "a head": {**TENSORS, "heads.ecg.weight": np.ones(3, np.float32)},
    "another modality": {"encoders.eda.stages.0.weight": np.ones(3, np.float32)},
    "nothing": {},
    "no number": {"encoders.ecg.stages.0.weight": np.array([1, np.nan], np.float32)},
}


@pytest.mark.parametrize("case", WRONG)
def test_only_finite_numbers_of_stages_are_added(bench, tmp_path, case):
    path = write(tmp_path / "given.safetensors", tensors=WRONG[case])
    bench("weights", "add", path, "--cache", tmp_path / "new").usage_error(
        f"{path} holds other tensors than the stages of ecg, or numbers that are not finite."
    )
    assert not (tmp_path / "new").exists()


# ------------------------------------------------------------------------- the other commands


@pytest.fixture
def leftovers(cache):
    """Weights with what a pre-training that was stopped has left."""
    folder = cache / "pretrained"
    for name in (f".{OTHER}.lock", f".{'a' * 16}.checkpoint", f".{'a' * 16}.lock", f".{'b' * 16}.lock",
                 f"..{'c' * 16}.checkpoint.77", "notes.txt"):  # fmt: skip
        (folder / name).write_bytes(b"")
    (folder / f"{'d' * 16}.safetensors").write_bytes(b"bad")
    return folder


def test_the_cache_lists_weights_and_says_that_they_stay(bench, cache, leftovers):
    rows = bench("data", "cache", "--cache", cache, "--json").ok().json["entries"]
    assert {row["key"]: row["state"] for row in rows} == {
        KEY: "complete", OTHER: "complete", "a" * 16: "partial", "b" * 16: "lock", "c" * 16: "partial",
        "d" * 16: "damaged",
    }  # fmt: skip
    assert {row["kind"] for row in rows} == {"pretrained"}
    last = bench("data", "cache", "--cache", cache).ok().out.splitlines()[-1]
    assert last.startswith("6 files of pre-trained weights (")
    assert last.endswith("see 'bench weights list'; 'bench data prune' deletes them only with --weights.")


PRUNED = [(("--partial",), 4), (("--older-than", 0), 6), (("--all",), 6)]


@pytest.mark.parametrize(("typed", "count"), PRUNED)
def test_no_weights_are_deleted_unless_that_was_typed(bench, cache, leftovers, typed, count):
    before = sorted(leftovers.iterdir())
    said = bench("data", "prune", "--cache", cache, "--yes", *typed).ok()
    assert said.out == f"Nothing to delete in {cache}.\n"
    assert said.err.startswith(f"{count} files of pre-trained weights (")
    assert said.err.endswith(f") in {cache} are kept; --weights deletes them too.\n")
    assert sorted(leftovers.iterdir()) == before
    said = bench("data", "prune", "--cache", cache, "--yes", "--weights", *typed).ok()
    assert said.out.startswith(f"Deleted {count} of {count} entries of {cache}; ")
    kept = {f"{KEY}.safetensors", f"{OTHER}.safetensors", f".{OTHER}.lock"} if typed == ("--partial",) else set()
    assert {path.name for path in leftovers.iterdir()} == {"notes.txt", *kept}


def test_what_is_being_pre_trained_stays(bench, cache, leftovers):
    with FileLock(leftovers / f".{'a' * 16}.lock"):
        said = bench("data", "prune", "--cache", cache, "--yes", "--weights", "--all").ok()
    assert said.err == f"pretrained/{'a' * 16} is kept: another process is writing it.\n"
    assert (leftovers / f".{'a' * 16}.checkpoint").exists()


def test_help_imports_nothing_heavy():
    program = f"""
import sys
from bench.cli import main
from click.testing import CliRunner
for name in {COMMANDS!r}:
    said = CliRunner().invoke(main, ["weights", name, "--help"])
    assert said.exit_code == 0 and "Usage: " in said.output, said.output
print(*sorted(name.partition(".")[0] for name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    assert not {"numpy", "pandas", "torch", "matplotlib", "safetensors"} & set(done.stdout.split())


# ------------------------------------------------------------------------------- of a real run

DATA = "synthetic(n_subjects=6,minutes=4)"
RUN = (
    "run", "--dataset", DATA, "--modalities", "ecg,eda", "--no-baselines",
    "--preprocess", "resample(rate=16) | standardise",
    "--protocol", "kfold(k=2)", "--fusion", "late-frozen",
    "--model", "transformer(width=2,layers=1,heads=1,feedforward=4,hidden=8,epochs=1,pretrain_epochs=2,fuse_epochs=1)",
)  # fmt: skip


@pytest.fixture(scope="module")
def ran(shared_bench):
    """Weights of two folds and two modalities, in a cache of their own."""
    shared_bench.process(*RUN, "--pretrain", DATA, BENCH_CACHE=str(shared_bench.folder / "cache")).ok()
    return shared_bench.folder


def test_what_a_run_writes_can_be_read_and_added(bench, ran):
    found = bench("weights", "list", "--cache", ran / "cache", "--json").ok().json["weights"]
    assert sorted((row["modalities"], row["corpora"][0]["fold"]) for row in found) == [
        (["ecg"], "fold-01"), (["ecg"], "fold-02"), (["eda"], "fold-01"), (["eda"], "fold-02")
    ]  # fmt: skip
    assert {row["corpora"][0]["name"] for row in found} == {"synthetic(n_subjects=6, minutes=4)"}
    for row in found:
        assert row["epochs"] == 2
        assert set(row["losses"][row["modalities"][0]]) == {"network", "zero", "last value", "linear"}
        assert row["validation_windows"] > 0
        bench("weights", "add", row["file"], "--cache", "new").ok()
        assert KEY not in bench("weights", "show", row["key"], "--cache", "new").ok().out


def test_a_run_says_of_which_modalities_pre_training_taught_little(bench, ran):
    where = ("--cache", ran / "cache")
    judged = {"ecg": [], "eda": []}
    for row in bench("weights", "list", *where, "--json").ok().json["weights"]:
        [modality] = row["modalities"]
        judged[modality].append(row["better"][modality])
    assert not all(map(all, judged.values()))  # two epochs of two channels
    said = bench(*RUN, "--pretrain", DATA, "--out", ran / "bench-results", *where).ok().err
    expected = [
        f"\nPre-training did not beat the imputation baselines for {modality} in {better.count(False)} of 2 weights; "
        f"'bench weights list --cache {ran / 'cache'}' shows both errors.\n"
        for modality, better in judged.items()
        if not all(better)
    ]
    assert said.endswith("".join(expected))
    assert said.count("Pre-training did not beat") == len(expected)


def test_a_cell_says_which_weights_its_networks_began_with(bench, ran):
    [key] = Store(ran / "bench-results").cells()
    said = bench("show", key, "--out", ran / "bench-results", "--cache", ran / "cache").ok().out
    told = said.partition("pre-trained on ")[2].splitlines()
    assert told[0].startswith("synthetic")
    text = said[said.index("\npre-trained on ") :].splitlines()
    assert text[1] == "pre-trained on synthetic (of each fold its training part)"
    weights = {row[0]: row[1:] for row in (line.split() for line in text[4:6])}
    kept = {path.stem[:8] for path in (ran / "cache" / "pretrained").glob("*.safetensors")}
    assert {name.strip(",") for row in weights.values() for name in row[:-1]} == kept
    assert [row[-1] for row in weights.values()] == ["none", "none"]
    first = weights["ecg"][0].strip(",")
    assert text[6] == f"Next: 'bench weights show {first} --cache {ran / 'cache'}'."
    bench("weights", "show", first, "--cache", ran / "cache").ok()


def test_files_of_a_run_hold_stages_alone(ran):
    for path in (ran / "cache" / "pretrained").glob("*.safetensors"):
        [modality] = read(path).modalities
        with safe_open(path, "numpy") as file:
            assert all(name.startswith(f"encoders.{modality}.stages.") for name in file.keys())  # noqa: SIM118


def test_the_group_has_its_commands_in_order():
    said = CliRunner().invoke(main, ["weights", "--help"]).output
    assert [line.split()[0] for line in said.partition("Commands:\n")[2].splitlines() if line.strip()] == [*COMMANDS]
