"""A convolution over time with its gradients, in channels-last layout against the layout of torch.

The names say which of them the engine chooses on a CPU with AVX2. Then the same layer of several networks under vmap,
which makes groups of channels, against a product of matrices of unfolded values.
"""

import copy

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from sizes import pick
from test_kernels import GB, Count
from torch import nn
from torch.func import vmap

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


STACKED = {  # channels in and out, kernel, stride, samples, of AttX
    "1 to 32, 33": (1, 32, 33, 4, 2560),
    "32 to 64, 17": (32, 64, 17, 2, 640),
    "64 to 64, 17": (64, 64, 17, 1, 320),
    "128 to 128, 9": (128, 128, 9, 1, 160),
}


@pytest.mark.parametrize("sizes", STACKED.values(), ids=STACKED)
def test_a_layer_of_stacked_networks(sizes, ratio, capsys):
    given, out, kernel, stride, samples = sizes
    networks, windows = pick((5, 16), (2, 2))

    def grouped(values, weights):
        return vmap(lambda each, weight: F.conv1d(each, weight, None, stride, kernel // 2))(values, weights)

    def unfolded(values, weights):
        columns = F.pad(values, (kernel // 2, kernel // 2)).unfold(
            -1, kernel, stride
        )  # (networks, n, given, time, kernel)
        columns = columns.permute(0, 2, 4, 1, 3).flatten(3, 4).flatten(1, 2)  # (networks, given x kernel, n x time)
        return (weights.flatten(2) @ columns).unflatten(-1, (windows, -1)).movedim(2, 1)

    def step(layer, device):
        values = torch.ones((networks, windows, given, samples), device=device, requires_grad=given > 1)
        weights = torch.ones((networks, out, given, kernel), device=device, requires_grad=True)
        found = layer(values, weights)
        torch.autograd.grad(found, [each for each in (values, weights) if each.requires_grad], torch.ones_like(found))
        return found

    torch.testing.assert_close(step(grouped, "cpu"), step(unfolded, "cpu"))
    for layer in (grouped, unfolded):
        with Count() as count:
            step(layer, "meta")
        with capsys.disabled():
            print(
                f"\n{layer.__name__}: {count.operations.total()} operations, {count.bytes.total() / GB:.2f} GB", end=""
            )
    ratio(lambda: step(grouped, "cpu"), lambda: step(unfolded, "cpu"), rounds=5)
