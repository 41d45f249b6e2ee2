"""Masked-value pre-training by the engine, against torch's own Transformer fed by a data loader."""

import json
import os
import resource
import subprocess
import sys
import time
from statistics import median

import pytest
import torch
from masked_loop import training
from sizes import TINY, pick
from workloads import masked_pretraining

from bench.data.parallel import cores
from bench.training.engine import train
from bench.training.settings import Settings
from bench_transformer.transformer import Transformer

REDUCED = {**Transformer.profiles["small"], "pretrain_epochs": 1}
SECONDS = pick(10, 2)
SMALL, STEPS = pick(192, 8), pick(32, 4)  # windows and batch of the small network


def paper(batch, **options):
    """The network of the paper; at the tiny size it has two narrow layers."""
    tiny = pick({}, {"width": 8, "layers": 2, "heads": 2, "feedforward": 32})
    return {"pretrain_batch": batch, "pretrain_epochs": 1, **tiny, **options}


def small_network():
    """The network of the profile for a CPU."""
    return {**REDUCED, "pretrain_batch": STEPS}


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


# channels, windows, options
SIZES = {
    "paper-1-channel": (1, 4, paper(2)),
    "paper-10-channels": (10, 4, paper(2)),
    "small-1-channel": (1, SMALL, small_network()),
    "small-10-channels": (10, SMALL, small_network()),
}
TORCH = {"same-mathematics": {}, "as-torch-has-it": {"as_it_comes": True}}


@pytest.mark.parametrize("reference", TORCH.values(), ids=TORCH)
@pytest.mark.parametrize(("channels", "windows", "options"), SIZES.values(), ids=SIZES)
def test_one_core(channels, windows, options, reference, speed):
    """CPU time. As torch has it, weights of attention are dropped too, which its fused kernels for CPUs cannot do."""
    members = [masked_pretraining(channels, windows, options, SECONDS)]
    speed(lambda: ours(members, workers=1), lambda: theirs(members, **reference), windows, rounds=5)


@pytest.mark.usefixtures("all_cores")
@pytest.mark.parametrize("options", [paper(2), small_network()], ids=["paper", "small"])
def test_all_cores(options, speed):
    """ECG and EEG at once: ours one network per core, theirs one after the other with all cores for each operation."""
    windows = 4 if options["pretrain_batch"] == 2 else SMALL
    members = [masked_pretraining(channels, windows, options, SECONDS) for channels in (1, 10)]
    speed(lambda: ours(members), lambda: theirs(members), 2 * windows, rounds=3, clock=time.perf_counter)


def test_bf16(speed):
    """bf16 against fp32: slower by far where a CPU has no instructions for it."""
    members = [masked_pretraining(10, pick(64, 8), small_network(), SECONDS)]
    speed(lambda: ours(members, workers=1, precision="bf16"), lambda: ours(members, workers=1), pick(64, 8), rounds=3)


# -------------------------------------------------------------------------------------------- memory

BATCH = 8
WAYS = {"ours": "ours", "ours, checkpointing": "again", "torch's own": "theirs", "as torch has it": "as it comes"}


def highest():
    """Megabytes that this process has taken at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def memory(way):
    """Megabytes that a few steps at the paper's size add, 10 channels."""
    torch.set_num_threads(pick(cores(), 1))
    member = masked_pretraining(10, BATCH, paper(BATCH, pretrain_epochs=2, checkpointing=way == "again"), SECONDS)
    ours([masked_pretraining(1, 2, {**REDUCED, "pretrain_batch": 2}, SECONDS)])  # what torch loads by and by
    before = highest()
    if way in ("ours", "again"):
        ours([member])
    else:
        theirs([member], as_it_comes=way == "as it comes")
    return highest() - before


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_memory(way, benchmark, capsys):
    """In a process of its own; at the tiny size, which measures nothing, one of them is enough."""

    def added():
        if TINY and way != "ours":
            return memory(way)
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
