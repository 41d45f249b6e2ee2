"""Masked-value pre-training by the engine, against torch's own Transformer fed by a data loader."""

import json
import os
import resource
import runpy
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
import pytest
import torch

from bench.data.parallel import cores
from bench.data.sources import WindowedSignal
from bench.data.windows import INDEX, WindowSet
from bench.pretraining.masked_pretraining import MaskedPretraining
from bench.registry import Registry
from bench.training.engine import train
from bench.training.networks.network import Unfused
from bench.training.settings import Settings

training = runpy.run_path(str(Path(__file__).with_name("masked_loop.py")))["training"]
Transformer = Registry().get("model", "transformer").load()
SMALL = Transformer.profiles["small"]


def corpus(channels, windows, rate, seed=0):
    """Windows of 10 s side by side; noise is as good as data for a clock."""
    samples = round(10 * rate)
    values = np.random.default_rng(seed).standard_normal((channels, windows * samples), dtype=np.float32)
    person, start = np.zeros(windows, int), np.arange(windows) * samples
    source = WindowedSignal({0: values}, person, start, samples, float(rate), tuple(map(str, range(channels))))
    return WindowSet(dict.fromkeys(INDEX, person), {"eeg": source}).labelled(person, ("",))


def pretrainee(channels, windows, options, seed=0):
    model = Transformer(**options)
    return MaskedPretraining(model.pretraining(), Unfused(), corpus(channels, windows, model.rate), None, seed)


def ours(members, **settings):
    results = list(train(members, Settings(**settings)))
    assert len(results) == len(members)


def theirs(members, **options):
    """One after another, as many steps as ours."""
    for member in members:
        steps = training(member.train.signals("eeg"), member.model, **options)
        for _ in range(member.model.epochs * (len(member.train) // member.model.batch)):
            next(steps)


@pytest.fixture
def speed(ratio, benchmark, capsys):
    """`ratio`, and windows per second of both."""

    def measure(ours, theirs, windows, clock=time.process_time, **options):
        found = {"ours": [], "theirs": []}

        def timed(name, work):
            def do():
                began = clock()
                work()
                found[name].append(windows / (clock() - began))

            return do

        ratio(timed("ours", ours), timed("theirs", theirs), clock=clock, **options)
        for name, speeds in found.items():
            benchmark.extra_info[f"windows per second, {name}"] = median(speeds)
        with capsys.disabled():
            print(", ".join(f"{name} {median(speeds):.3g} windows per second" for name, speeds in found.items()))

    return measure


def paper(batch, **options):
    return {"pretrain_batch": batch, "pretrain_epochs": 1, **options}


# channels, windows, options
SIZES = {
    "paper-1-channel": (1, 4, paper(2)),
    "paper-10-channels": (10, 4, paper(2)),
    "small-1-channel": (1, 192, {**SMALL, "pretrain_epochs": 1}),
    "small-10-channels": (10, 192, {**SMALL, "pretrain_epochs": 1}),
}
TORCH = {"same-mathematics": {}, "as-torch-has-it": {"as_it_comes": True}}


@pytest.mark.parametrize("reference", TORCH.values(), ids=TORCH)
@pytest.mark.parametrize(("channels", "windows", "options"), SIZES.values(), ids=SIZES)
def test_one_core(channels, windows, options, reference, speed):
    """CPU time. As torch has it, weights of attention are dropped too, which its fused kernels for CPUs cannot do."""
    members = [pretrainee(channels, windows, options)]
    speed(lambda: ours(members, workers=1), lambda: theirs(members, **reference), windows, rounds=5)


@pytest.mark.parametrize("options", [paper(2), {**SMALL, "pretrain_epochs": 1}], ids=["paper", "small"])
def test_all_cores(options, speed):
    """ECG and EEG at once: ours one network per core, theirs one after the other with all cores for each operation."""
    before = torch.get_num_threads()
    torch.set_num_threads(cores())
    try:
        windows = 4 if options["pretrain_batch"] == 2 else 192
        members = [pretrainee(channels, windows, options) for channels in (1, 10)]
        speed(lambda: ours(members), lambda: theirs(members), 2 * windows, rounds=3, clock=time.perf_counter)
    finally:
        torch.set_num_threads(before)


def test_bf16(speed):
    """bf16 against fp32: slower by far where a CPU has no instructions for it."""
    members = [pretrainee(10, 64, {**SMALL, "pretrain_epochs": 1})]
    speed(lambda: ours(members, workers=1, precision="bf16"), lambda: ours(members, workers=1), 64, rounds=3)


# -------------------------------------------------------------------------------------------- memory

BATCH = 8
WAYS = {"ours": "ours", "ours, checkpointing": "again", "torch's own": "theirs", "as torch has it": "as it comes"}


def highest():
    """Megabytes that this process has taken at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def memory(way):
    """Megabytes that a few steps at the paper's size add, 10 channels."""
    torch.set_num_threads(cores())
    member = pretrainee(10, BATCH, paper(BATCH, pretrain_epochs=2, checkpointing=way == "again"))
    ours([pretrainee(1, 2, {**SMALL, "pretrain_batch": 2, "pretrain_epochs": 1})])  # what torch loads by and by
    before = highest()
    if way in ("ours", "again"):
        ours([member])
    else:
        theirs([member], as_it_comes=way == "as it comes")
    return highest() - before


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_memory(way, benchmark, capsys):
    """In a process of its own."""

    def added():
        # what is free goes back at once, so that the highest size is what was in use
        given = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "100000"}
        done = subprocess.run([sys.executable, __file__, way], capture_output=True, text=True, check=True, env=given)
        return json.loads(done.stdout)

    found = benchmark.pedantic(added, rounds=1)
    benchmark.extra_info["megabytes"] = found
    with capsys.disabled():
        print(f"\n{benchmark.name}: {found:.0f} MB, {found / BATCH:.0f} MB per window of a batch")


if __name__ == "__main__":
    print(json.dumps(memory(sys.argv[1])))
