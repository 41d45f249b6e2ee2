"""Data and networks that benchmarks of training share. Noise is as good as data for a clock."""

import checkout  # noqa: F401 - makes plugins importable
import numpy as np

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
