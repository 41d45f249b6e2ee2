"""A convolution over time with its gradients, in channels-last layout against the layout of torch.

The names say which of them the engine chooses on a CPU with AVX2.
"""

import copy

import pytest
import torch
from sizes import pick
from torch import nn

from bench.training.networks.convolution import ChannelsLast

LAYERS = {  # windows, channels in and out, kernel, samples
    "channels last: 8 to 16, 17": (32, 8, 16, 17, 160),
    "channels last: 16 to 16, 17": (32, 16, 16, 17, 80),
    "channels last: 32 to 32, 9": (32, 32, 32, 9, 40),
    "as torch has it: 1 to 64, 65": (8, 1, 64, 65, 1280),
    "as torch has it: 64 to 64, 17": (16, 64, 64, 17, 320),
    "as torch has it: 64 to 128, 33": (8, 64, 128, 33, 1280),
    "as torch has it: 128 to 128, 9": (16, 128, 128, 9, 320),
    "as torch has it: 128 to 256, 17": (8, 128, 256, 17, 1280),
}


@pytest.mark.parametrize("sizes", LAYERS.values(), ids=LAYERS)
def test_a_layer_and_its_gradients(sizes, ratio):
    windows, given, out, kernel, samples = pick(sizes, (2, sizes[1], 4, sizes[3], 40))
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
