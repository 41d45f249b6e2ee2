"""Clips as images through a network in eval mode, against a pipeline of pictures: Pillow, a data set, a loader."""

import resource
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from sizes import TINY, pick
from torch.utils.data import DataLoader, Dataset

from bench.api import InputSpec
from bench.training.networks.network import Network
from bench_images.pictures import Pictures
from bench_none.none import NoFusion
from bench_ressin.ressin import ResSIN

RATE, LONGEST, BATCH, CLIPS = 50, 1150, 100, pick(7690, 4)
MEAN = torch.tensor([0.4, 0.5, 0.6])[:, None, None]
SIZES = {  # pixels, width of the network, clips
    "small": (32, 8, pick(400, 8)),
    "half the width at 64": (64, 32, pick(200, 4)),
    "as published": (224, 64, pick(40, 2)),
}


class Clips(Dataset):
    """One picture per clip, as a person would write it down: three grey images of 8 bits, resized one by one.

    Clips lie from 0 to 1 on both sides; a mean is taken from the channels on both.
    """

    def __init__(self, clips, size):
        self.clips, self.size = clips, size

    def __len__(self):
        return len(self.clips)

    def __getitem__(self, number):
        clip, size = self.clips[number], self.size
        rows = clip.shape[1] // RATE
        greys = (clip[:, : rows * RATE] * 255).astype(np.uint8).reshape(3, rows, RATE)
        images = [Image.fromarray(grey).resize((size, size), Image.Resampling.BILINEAR) for grey in greys]
        return torch.from_numpy(np.stack([np.asarray(image) for image in images])).float().div_(255).sub_(MEAN)


def simulated(count):
    """Clips of 6 to 23 s from 0 to 1, and the same in one tensor as a network is given them."""
    random = np.random.default_rng(0)
    clips = [random.random((3, length), dtype=np.float32) for length in random.integers(6 * RATE, LONGEST + 1, count)]
    values = torch.full((count, 3, LONGEST), torch.nan)
    for row, clip in zip(values, clips, strict=True):
        row[:, : clip.shape[1]] = torch.from_numpy(clip)
    return clips, values


def network(size, width):
    """Ours, and the part that follows the pictures as a person would have it."""
    torch.manual_seed(0)
    whole = Network(ResSIN(width=width, size=size), NoFusion(), {"eda": InputSpec(3, LONGEST, RATE)}, 2).eval()
    branch = whole.encoders["eda"]
    trunk = torch.nn.Sequential(*branch.stages[0][1:], *branch.stages[1:], branch.embed, whole.join.head)
    return whole, trunk


@pytest.fixture(autouse=True)
def quiet():
    torch.set_num_threads(1)
    with torch.no_grad():
        yield


@pytest.mark.parametrize("size", [32, 64, 224])
def test_preparation(size, ratio):
    clips, values = simulated(pick(200, 8))
    ours, theirs = Pictures(RATE, size, 8).eval(), DataLoader(Clips(clips, size), BATCH)
    ratio(lambda: [ours(part - MEAN[..., 0]) for part in values.split(BATCH)], lambda: list(theirs), rounds=5)


@pytest.mark.parametrize("name", SIZES)
def test_preparation_and_forward_pass(name, ratio):
    size, width, count = SIZES[name]
    clips, values = simulated(count)
    (ours, trunk), theirs = network(size, width), DataLoader(Clips(clips, size), BATCH)
    ratio(
        lambda: [ours({"eda": part - MEAN[..., 0]}) for part in values.split(BATCH)],
        lambda: [trunk(pictures) for pictures in theirs],
        rounds=5,
    )


def peak(parts):
    """Gigabytes of a process that prepares all clips and asks the published network about some parts of them."""
    _, values = simulated(CLIPS)
    whole, _ = network(224, 64)
    pictures = Pictures(RATE, 224, 8).eval()
    with torch.no_grad():
        for number, part in enumerate(values.split(128)):  # as many as the engine asks about at once
            whole({"eda": part}) if number < parts else pictures(part)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def test_memory(benchmark, capsys):
    command = [sys.executable, "-c", "from test_images import peak; print(peak(1))"]
    told = benchmark.pedantic(
        lambda: subprocess.run(command, cwd=__file__.rpartition("/")[0], capture_output=True, text=True, check=True),
        rounds=1,
    )
    highest = float(told.stdout)
    benchmark.extra_info["peak"] = highest
    with capsys.disabled():
        print(f"\n{CLIPS} clips: {highest:.2f} GB at most")
    assert TINY or highest < 3
