"""Layers of networks under vmap compute what those of each network compute by themselves."""

import copy

import pytest
import torch
from torch import nn
from torch.func import functional_call, vmap

from bench.training.networks.stacked_layers import StackedBatchNorm, StackedLinear, use_stacked_layers

NETWORKS, BATCH, CHANNELS = 3, 6, 4
#: sums are computed in another order, in single precision
CLOSE = {"rtol": 1e-5, "atol": 2e-6}
LAYERS = {
    "signals": (nn.BatchNorm1d(CHANNELS, 1e-3, 0.01), (9,)),
    "vectors": (nn.BatchNorm1d(CHANNELS), ()),
    "images": (nn.BatchNorm2d(CHANNELS), (3, 5)),
    "volumes": (nn.BatchNorm3d(CHANNELS), (2, 3, 4)),
    "without weights": (nn.BatchNorm1d(CHANNELS, affine=False), (9,)),
    "without averages": (nn.BatchNorm1d(CHANNELS, track_running_stats=False), (9,)),
    "linear": (nn.Linear(CHANNELS, 5), ()),
    "linear, of sequences": (nn.Linear(9, 5), (9,)),
    "linear, without bias": (nn.Linear(CHANNELS, 5, bias=False), ()),
    "frozen": (nn.BatchNorm1d(CHANNELS).eval(), (9,)),
}


def drawn(layer, seed):
    """The layer with weights and running averages of its own."""
    found, generator = copy.deepcopy(layer), torch.Generator().manual_seed(seed)
    for tensor in (*found.parameters(), *found.buffers()):
        if tensor.is_floating_point():
            tensor.data = torch.rand(tensor.shape, generator=generator) + 0.5
    return found


def of_all(named):
    """The tensors of all layers as one, by name."""
    return {name: torch.stack([each[name].detach() for each in named]) for name in named[0]}


def stacked(layers, values, place):
    """The output of all layers at once, their parameters and buffers; networks are at this place of the values."""
    template = copy.deepcopy(layers[0]).to("meta")
    use_stacked_layers(template)
    assert type(template) in {StackedBatchNorm, StackedLinear}
    parameters = of_all([dict(each.named_parameters()) for each in layers])
    buffers = of_all([dict(each.named_buffers()) for each in layers])
    for parameter in parameters.values():
        parameter.requires_grad_()
    together = vmap(lambda state, values: functional_call(template, state, (values,)), in_dims=(0, place))
    return together(parameters | buffers, values.movedim(0, place)), parameters, buffers


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(("layer", "shape"), LAYERS.values(), ids=LAYERS)
def test_values_gradients_and_averages_are_those_of_each_network(layer, shape, place):
    torch.manual_seed(0)
    layers = [drawn(layer, seed) for seed in range(NETWORKS)]
    values = torch.randn(NETWORKS, BATCH, CHANNELS, *shape, requires_grad=True)
    found, parameters, buffers = stacked(layers, values, place)
    weights = torch.randn(found.shape)
    (found * weights).sum().backward()
    for number, each in enumerate(layers):
        given = values.detach()[number].clone().requires_grad_()
        expected = each(given)
        (expected * weights[number]).sum().backward()
        torch.testing.assert_close(found[number], expected, **CLOSE)
        torch.testing.assert_close(values.grad[number], given.grad, **CLOSE)
        for name, parameter in each.named_parameters():
            torch.testing.assert_close(parameters[name].grad[number], parameter.grad, **CLOSE)
        for name, buffer in each.named_buffers():
            if name != "num_batches_tracked":
                torch.testing.assert_close(buffers[name][number], buffer, **CLOSE)


@pytest.mark.parametrize("layer", [nn.BatchNorm1d(CHANNELS, track_running_stats=False), nn.Linear(9, 5)])
def test_weights_that_networks_share_are_the_same_for_all(layer):
    values = torch.randn(NETWORKS, BATCH, CHANNELS, 9)
    expected = [layer(each) for each in values]
    use_stacked_layers(layer)
    torch.testing.assert_close(vmap(layer)(values), torch.stack(expected), **CLOSE)


class Own(nn.BatchNorm1d):
    def forward(self, values):
        return super().forward(values) + 1


def test_layers_in_training_are_named_and_other_forward_passes_kept():
    frozen, free = nn.BatchNorm1d(2).eval(), nn.BatchNorm1d(2, track_running_stats=False)
    average = nn.BatchNorm1d(2, momentum=None)
    network = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 2), free, frozen, Own(2), average)
    assert use_stacked_layers(network) == ["0"]
    kinds = StackedBatchNorm, StackedLinear, StackedBatchNorm, StackedBatchNorm, Own, nn.BatchNorm1d
    assert tuple(map(type, network)) == kinds
