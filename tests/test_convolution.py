"""Convolutions in channels-last layout have the values and gradients of torch's, and are chosen by layer and CPU."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from bench.training.networks.convolution import CPU, ChannelsLast, use_channels_last, use_default_layout

torch.set_num_threads(1)


def pretend(context, capability):
    """A CPU of that capability."""
    context.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)


@pytest.fixture(scope="module", autouse=True)
def cpu_that_gains():
    with pytest.MonkeyPatch.context() as context:
        pretend(context, CPU)
        yield


class Own(nn.Conv1d):
    """Somebody's own kind."""


LAYERS = {
    "narrow": (nn.Conv1d(2, 40, 3), True),
    "narrow enough": (nn.Conv1d(32, 4, 9), True),
    "wide": (nn.Conv1d(33, 4, 9), False),
    "a kernel of one sample": (nn.Conv1d(2, 40, 1), False),
    "one channel": (nn.Conv1d(1, 8, 33), False),
    "groups": (nn.Conv1d(4, 8, 33, groups=2), False),
    "circular": (nn.Conv1d(4, 8, 33, padding="same", padding_mode="circular"), False),
    "of another kind": (Own(4, 8, 33), False),
}


@pytest.mark.parametrize(("layer", "gains"), LAYERS.values(), ids=LAYERS)
def test_layers_that_gain_are_laid_out_and_can_be_as_before(layer, gains):
    network, kind = nn.Sequential(copy.deepcopy(layer)), type(layer)
    use_channels_last(network)
    assert type(network[0]) is (ChannelsLast if gains else kind)
    use_default_layout(network)
    assert type(network[0]) is kind


@pytest.mark.parametrize("capability", ["AVX512", "DEFAULT", "SVE256"])
def test_other_cpus_compute_as_torch_does(capability, monkeypatch):
    pretend(monkeypatch, capability)
    network = nn.Sequential(nn.Conv1d(2, 40, 3))
    use_channels_last(network)
    assert type(network[0]) is nn.Conv1d


@settings(max_examples=30, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "in_channels": st.integers(2, 5),
            "out_channels": st.integers(1, 5),
            "kernel_size": st.sampled_from([2, 3, 4, 7]),
            "stride": st.integers(1, 3),
            "padding": st.sampled_from([0, 1, "same", "valid"]),
            "dilation": st.integers(1, 2),
            "bias": st.booleans(),
        }
    ).filter(lambda made: made["padding"] != "same" or (made["stride"] == 1 and made["kernel_size"] % 2)),
    st.integers(0, 99),
)
def test_values_and_gradients_are_those_of_torch(made, seed):
    torch.manual_seed(seed)
    layer = nn.Sequential(nn.Conv1d(**made).double())
    quick = copy.deepcopy(layer)
    use_channels_last(quick)
    assert type(quick[0]) is ChannelsLast
    first = torch.randn(3, made["in_channels"], 17, dtype=torch.double, requires_grad=True)
    second = first.detach().clone().requires_grad_()
    expected, found = layer(first), quick(second)
    assert found.is_contiguous()
    torch.testing.assert_close(found, expected)
    weights = torch.randn_like(expected)
    (expected * weights).sum().backward()
    (found * weights).sum().backward()
    torch.testing.assert_close(second.grad, first.grad)
    for mine, theirs in zip(quick.parameters(), layer.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad)
