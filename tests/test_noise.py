"""Dropout with a stream of its own: what it drops, and what it leaves as it is."""

import pytest
import torch
from torch import nn
from torch.func import vmap

from bench.training.networks.dropout import Dropout, RandomModule, attach_random_stream, stackable, use_stacked_dropout


@pytest.mark.parametrize("p", [0.1, 0.3, 0.6, 0.9])
def test_values_are_dropped_as_often_as_asked_and_the_mean_stays(p):
    part = Dropout(p)
    attach_random_stream(part, "cpu").generator.manual_seed(1)
    count = 400_001  # four are drawn at a time
    found = part(torch.ones(count))
    dropped = found == 0
    spread = (p * (1 - p) / count) ** 0.5
    assert float(dropped.double().mean()) == pytest.approx(p, abs=5 * spread)
    assert found[~dropped].unique().tolist() == pytest.approx([1 / (1 - p)], rel=2e-4)
    assert float(found.double().mean()) == pytest.approx(1, abs=5 * spread / (1 - p))
    neighbours = (dropped[1:] & dropped[:-1]).double().mean()
    assert float(neighbours) == pytest.approx(p**2, abs=0.005)


def test_gradients_are_dropped_with_their_values():
    part, values = Dropout(0.5), torch.randn(7, 3, requires_grad=True)
    found = part(values.T)
    found.sum().backward()
    torch.testing.assert_close(values.grad * values, found.T)


@pytest.mark.parametrize("part", [Dropout(0.0), Dropout(0.4).eval()])
def test_nothing_is_dropped_where_nothing_is_to_be(part):
    values = torch.randn(5)
    assert part(values) is values


@pytest.mark.parametrize("place", [0, 1, 2])
def test_each_of_several_networks_drops_what_it_drops_by_itself(place):
    """Bit for bit, in each draw of a stream; 5 x 3 values are not a multiple of the four that are drawn at a time."""
    networks = [nn.Sequential(Dropout(0.3), nn.Tanh(), Dropout(0.5)) for _ in range(4)]
    values = torch.randn(4, 5, 3, requires_grad=True)

    def begin():
        for seed, network in enumerate(networks):
            network[0].generator.manual_seed(seed)

    for network in networks:
        attach_random_stream(network, "cpu")
    begin()
    expected = torch.stack([network(network(each)) for network, each in zip(networks, values, strict=True)])
    begin()
    template = nn.Sequential(Dropout(0.3), nn.Tanh(), Dropout(0.5))
    use_stacked_dropout(template, networks)
    found = vmap(lambda each: template(template(each)), in_dims=place)(values.movedim(0, place))
    assert torch.equal(found, expected)
    gradients = [torch.autograd.grad(each.sum(), values)[0] for each in (found, expected)]
    assert torch.equal(*gradients)


class Drawing(RandomModule):
    pass


def rewinding():
    part = Dropout(0.1)
    part.rewinds = True
    return part


@pytest.mark.parametrize(
    ("part", "compiled", "expected"),
    [
        (nn.ReLU(), False, True),
        (nn.ReLU(), True, True),
        (Dropout(0.1), False, True),
        (Dropout(0.1), True, False),
        (rewinding(), False, False),
        (Drawing(), False, False),
    ],
    ids=["nothing", "nothing, compiled", "dropout", "dropout, compiled", "recomputed", "other numbers"],
)
def test_networks_that_draw_nothing_but_dropout_are_stacked(part, compiled, expected):
    assert stackable(nn.Sequential(nn.Linear(2, 2), part), compiled=compiled) is expected
