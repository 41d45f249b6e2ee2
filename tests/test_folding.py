"""Batch normalisation inside the convolution before it: the same numbers from fewer passes."""

import copy

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from bench.training.networks.convolution import use_channels_last
from bench.training.networks.folding import fold_batch_norm

torch.set_num_threads(1)


class Own(nn.Conv1d):
    """Somebody's own kind, which does more than a convolution."""

    def forward(self, values):
        return super().forward(values).abs()


NETWORKS = {
    "one dimension": (nn.Conv1d(2, 3, 3), nn.BatchNorm1d(3), 1),
    "laid out for a CPU": (nn.Conv1d(2, 3, 3, stride=2), nn.BatchNorm1d(3), 1),
    "two dimensions, a bias": (nn.Conv2d(2, 3, 3, bias=True), nn.BatchNorm2d(3, eps=0.1), 1),
    "nothing to learn": (nn.Conv1d(2, 3, 3, bias=False), nn.BatchNorm1d(3, affine=False), 1),
    "its own kind": (Own(2, 3, 3), nn.BatchNorm1d(3), 0),
    "weights of other weights": (weight_norm(nn.Conv1d(2, 3, 3)), nn.BatchNorm1d(3), 0),
    "no running averages": (nn.Conv1d(2, 3, 3), nn.BatchNorm1d(3, track_running_stats=False), 0),
    "another normalisation": (nn.Conv1d(2, 3, 3), nn.GroupNorm(1, 3), 0),
}


def trained(layer, norm):
    """Inside of something else, with averages and factors that are not those at the beginning."""
    torch.manual_seed(0)
    network = nn.ModuleDict({"inside": nn.Sequential(nn.ReLU(), copy.deepcopy(layer), copy.deepcopy(norm), nn.ReLU())})
    for parameter in network.parameters():
        nn.init.normal_(parameter)
    for _ in range(3):
        network["inside"](values_for(layer) * 3 + 1)
    return network.eval()


def values_for(layer):
    return torch.randn(5, 2, *(12 for _ in layer.kernel_size))


@pytest.mark.parametrize(("layer", "norm", "folds"), NETWORKS.values(), ids=NETWORKS)
def test_what_is_folded_gives_the_same_numbers_and_the_rest_stays(layer, norm, folds):
    network = trained(layer, norm)
    if folds:
        use_channels_last(network)
    kept = copy.deepcopy(network.state_dict())
    quick, values = fold_batch_norm(network), values_for(layer)
    assert sum(isinstance(part, nn.Identity) for part in quick.modules()) == folds
    torch.testing.assert_close(quick["inside"](values), network["inside"](values), rtol=1e-4, atol=1e-5)
    assert all(torch.equal(tensor, kept[name]) for name, tensor in network.state_dict().items())


def test_a_normalisation_before_its_convolution_stays():
    network = nn.Sequential(nn.BatchNorm1d(2), nn.Conv1d(2, 3, 3)).eval()
    assert [type(part) for part in fold_batch_norm(network)] == [nn.BatchNorm1d, nn.Conv1d]
