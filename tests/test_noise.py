"""Dropout with a stream of its own: what it drops, and what it leaves as it is."""

import pytest
import torch

from bench.training.networks.dropout import Dropout, attach_random_stream


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
