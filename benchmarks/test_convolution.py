"""A convolution over time with its gradients, laid out as the engine does on a CPU, against torch as it is."""

import copy

import pytest
import torch
from torch import nn

from bench.training.networks.convolution import ChannelsLast

LAYERS = {  # windows, channels in and out, kernel, samples
    "gains: 8 to 16, 17": (32, 8, 16, 17, 160),
    "gains: 16 to 16, 17": (32, 16, 16, 17, 80),
    "gains: 32 to 32, 9": (32, 32, 32, 9, 40),
    "gains: 64 to 64, 17": (16, 64, 64, 17, 320),
    "gains: 96 to 96, 17": (16, 96, 96, 17, 320),
    "gains: 64 to 128, 33": (8, 64, 128, 33, 1280),
    "left alone: 1 to 64, 65": (8, 1, 64, 65, 1280),
    "left alone: 64 to 64, 9": (16, 64, 64, 9, 320),
    "left alone: 128 to 128, 5": (16, 128, 128, 5, 320),
    "left alone: 128 to 256, 17": (8, 128, 256, 17, 1280),
}


@pytest.mark.parametrize("sizes", LAYERS.values(), ids=LAYERS)
def test_a_layer_and_its_gradients(sizes, ratio):
    windows, given, out, kernel, samples = sizes
    theirs = nn.Conv1d(given, out, kernel, padding=kernel // 2)
    ours = copy.deepcopy(theirs)
    ours.__class__ = ChannelsLast
    values, gradient = torch.randn(windows, given, samples, requires_grad=given > 1), torch.randn(windows, out, samples)

    def step(layer):
        wanted = [part for part in (values, *layer.parameters()) if part.requires_grad]
        for _ in range(5):
            torch.autograd.grad(layer(values), wanted, gradient)

    torch.set_num_threads(1)
    ratio(lambda: step(ours), lambda: step(theirs), rounds=5)
