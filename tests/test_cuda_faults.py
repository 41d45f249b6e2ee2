"""Training on a GPU: what can be checked at the boundary to `torch.cuda`, without one."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

from bench.api import Fusion, Staged
from bench.data.sources import WindowedSignal
from bench.data.windows import WindowSet
from bench.training import engine
from bench.training.network_fit import NetworkFit
from bench.training.networks.encoder import Encoder
from bench.training.networks.exchange import Exchange
from bench.training.settings import Settings

torch.set_num_threads(1)

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="only a GPU can show it")


class TinyEncoder(Encoder):
    def __init__(self, channels):
        self.channels, self.widths, self.dim = channels, (4,), 4

    def stage(self, number, width):
        return nn.Sequential(nn.Conv1d(width, 4, 5, padding=2), nn.BatchNorm1d(4), nn.ReLU())

    def embed(self, width):
        return nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(width, self.dim))


@dataclass(frozen=True)
class Tiny(Staged):
    epochs: int = 2
    batch: int = 4
    exchange_stages = (1,)

    def encoder(self, modality, given):
        return TinyEncoder(given.channels)

    def head(self, dim, classes):
        return nn.Linear(dim, classes)


class Same(Exchange):
    """Changes nothing; its attention is 1."""

    def forward(self, states):
        return states

    def attention(self, states):
        return {"one": torch.ones_like(next(iter(states.values())))}

    def dead(self, states):
        return {"one": torch.zeros(len(next(iter(states.values()))), dtype=torch.bool)}


@dataclass(frozen=True)
class Exchanging(Fusion):
    def exchange(self, stage, widths):
        found = Same()
        found.widths = dict(widths)
        return found


def noise(people=3, each=8, samples=32):
    random = np.random.default_rng(0)
    person = np.repeat(np.arange(people), each)
    start = np.tile(np.arange(each) * samples, people)
    sources = {}
    for name in ("ecg", "eda"):
        signals = {who: random.standard_normal((1, each * samples), dtype=np.float32) for who in range(people)}
        sources[name] = WindowedSignal(signals, person, start, samples, 16.0, (name,))
    index = dict.fromkeys(("subject", "session", "trial"), person)
    return WindowSet(index, sources).labelled(random.integers(0, 2, people * each), ("calm", "stress"))


DATA = noise()


def fits(count=2, model=None, fusion=None):
    return [NetworkFit(model or Tiny(), fusion or Exchanging(), DATA, None, seed) for seed in range(count)]


def train(members, **settings):
    results = dict(engine.train(members, Settings(**settings)))
    return [results[number] for number in range(len(members))]


BACKENDS = {"cudnn": torch.backends.cudnn, "cublas": torch.backends.cuda.matmul}


@pytest.fixture(params=["fp32", "tf32", "bf16"])
def precision(request):
    """A precision, where another program has left the flags of another one."""
    before = [(backend, backend.allow_tf32) for backend in BACKENDS.values()]
    for backend in BACKENDS.values():
        backend.allow_tf32 = request.param != "tf32"
    yield request.param
    for backend, allowed in before:
        backend.allow_tf32 = allowed


@pytest.mark.parametrize("what", ["predict_proba", "attention"])
def test_predictions_and_attention_have_the_precision_of_the_record(what, precision):
    (network,) = train(fits(1))
    network.log["precision"] = precision
    seen = set()
    network.network.encoders["ecg"].stages[0].register_forward_hook(
        lambda *_: seen.add((*(each.allow_tf32 for each in BACKENDS.values()), torch.backends.cudnn.deterministic))
    )
    getattr(network, what)(DATA)
    tf32 = precision == "tf32"
    assert seen == {(tf32, tf32, True)}
    assert {each.allow_tf32 for each in BACKENDS.values()} == {not tf32}
