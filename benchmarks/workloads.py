"""Data and networks that benchmarks of training share. Noise is as good as data for a clock."""

from functools import cache

import checkout  # noqa: F401 - makes plugins importable
import numpy as np
import torch

from bench.data.sources import WindowedSignal
from bench.data.windows import INDEX, WindowSet
from bench.pretraining.masked_pretraining import MaskedPretraining
from bench.training.network_fit import NetworkFit
from bench.training.networks.network import Unfused
from bench_attentive.attentive import Attentive
from bench_attx.attx import AttX
from bench_transformer.transformer import Transformer

RATE, SECONDS = 256.0, 10


def recordings(people, windows, seconds=SECONDS):
    """ECG and EDA of some people, in windows that overlap by half."""
    random = np.random.default_rng(0)
    samples = round(RATE * seconds)
    person = np.repeat(np.arange(people), windows)
    start = np.tile(np.arange(windows) * samples // 2, people)
    length = (windows + 1) * samples // 2
    sources = {}
    for modality in ("ecg", "eda"):
        signals = {who: random.standard_normal((1, length), dtype=np.float32) for who in range(people)}
        sources[modality] = WindowedSignal(signals, person, start, samples, RATE, (modality,))
    labels = random.integers(0, 2, people * windows)
    return WindowSet(dict.fromkeys(INDEX, person), sources).labelled(labels, ("calm", "stress"))


def folds(data, **options):
    """AttX with attentive fusion, once for each person left out."""
    model, fusion = AttX(**options), Attentive()
    members = []
    for person in np.unique(data.subject):
        rows = np.flatnonzero(data.subject != person)
        train = data.take(rows).labelled(data.labels[rows], data.classes)
        members.append(NetworkFit(model, fusion, train, None, int(person)))
    return members


def masked_pretraining(channels, windows, options, seconds=SECONDS):
    """One branch of the Transformer that learns masked values of windows side by side."""
    model = Transformer(**options)
    samples = round(seconds * model.rate)
    values = np.random.default_rng(0).standard_normal((channels, windows * samples), dtype=np.float32)
    person, start = np.zeros(windows, int), np.arange(windows) * samples
    source = WindowedSignal({0: values}, person, start, samples, float(model.rate), tuple(map(str, range(channels))))
    data = WindowSet(dict.fromkeys(INDEX, person), {"eeg": source}).labelled(person, ("",))
    return MaskedPretraining(model.pretraining(), Unfused(), data, None, 0)


@cache
def plain_step(seconds, number):
    """A step of the loop that an expert would write for one small AttX; `number` tells two networks apart."""
    member = folds(recordings(3, 60, seconds), width=4, reduction=4, batch=16)[number]
    network = member.network().train()
    inputs = {name: torch.from_numpy(member.train.signals(name)) for name in member.train.modalities}
    labels = torch.from_numpy(member.train.labels)
    optimiser = torch.optim.Adam(network.parameters(), 1e-3)

    def step():
        rows = torch.randint(len(labels), (16,))
        optimiser.zero_grad()
        logits = network({name: values[rows] for name, values in inputs.items()})
        torch.nn.functional.cross_entropy(logits, labels[rows]).backward()
        optimiser.step()

    return step


def plain_steps(seconds, number, count):
    for _ in range(count):
        plain_step(seconds, number)()


def make_both(seconds):
    """Have two networks in this process, so that the clock sees steps alone."""
    torch.set_num_threads(1)
    for number in (0, 1):
        plain_steps(seconds, number, 1)
