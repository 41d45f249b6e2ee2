"""Training AttX for every person left out, against a loop in plain PyTorch and against skorch under scikit-learn."""

import time

import numpy as np
import pytest
import torch
from sklearn.model_selection import LeaveOneGroupOut, cross_validate

from bench.data.parallel import cores
from bench.data.sources import WindowedSignal
from bench.data.windows import INDEX, WindowSet
from bench.registry import Registry
from bench.training.engine import train
from bench.training.network_fit import NetworkFit
from bench.training.settings import Settings

RATE, SAMPLES = 256.0, 2560


def recordings(people, windows, seed=0):
    """ECG and EDA of some people, in windows of 10 s that overlap by half; noise is as good as data for a clock."""
    random = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), windows)
    start = np.tile(np.arange(windows) * SAMPLES // 2, people)
    length = (windows + 1) * SAMPLES // 2
    sources = {}
    for modality in ("ecg", "eda"):
        signals = {who: random.standard_normal((1, length), dtype=np.float32) for who in range(people)}
        sources[modality] = WindowedSignal(signals, person, start, SAMPLES, RATE, (modality,))
    labels = random.integers(0, 2, people * windows)
    return WindowSet(dict.fromkeys(INDEX, person), sources).labelled(labels, ("calm", "stress"))


def folds(data, **options):
    """One member for each person left out."""
    registry = Registry()
    model = registry.get("model", "attx").load()(**options)
    fusion = registry.get("fusion", "attentive").load()()
    for person in np.unique(data.subject):
        rows = np.flatnonzero(data.subject != person)
        yield NetworkFit(model, fusion, data.take(rows).labelled(data.labels[rows], data.classes), None, int(person))


def plain(member):
    """What an expert would write for one fold: tensors in memory, no loader, all cores for each operation."""
    model, network = member.model, member.network().train()
    inputs = {name: torch.from_numpy(member.train.signals(name)) for name in member.train.modalities}
    labels = torch.from_numpy(member.train.labels)
    optimiser = torch.optim.Adam(network.parameters(), model.learning_rate, eps=model.adam_eps)
    for epoch in range(model.epochs):
        shuffled = torch.from_numpy(np.random.default_rng([member.seed, 0, epoch]).permutation(len(labels)))
        for rows in shuffled[: len(labels) // model.batch * model.batch].split(model.batch):
            optimiser.zero_grad()
            logits = network({name: values[rows] for name, values in inputs.items()})
            torch.nn.functional.cross_entropy(logits, labels[rows]).backward()
            optimiser.step()


@pytest.fixture
def all_cores():
    """One side computes an operation on all of them, the other one as many networks at once."""
    before = torch.get_num_threads()
    torch.set_num_threads(cores())
    yield
    torch.set_num_threads(before)


SIZES = {"full-width": (32, 2, 48, 8), "quarter-width": (8, 2, 96, 8)}  # width, people, windows of each, epochs


@pytest.mark.parametrize(("width", "people", "windows", "epochs"), SIZES.values(), ids=SIZES)
def test_one_core(width, people, windows, epochs, ratio):
    """CPU time, which other work on the machine does not change much."""
    members = list(folds(recordings(people, windows), width=width, reduction=4, epochs=epochs))

    def ours():
        assert len(list(train(members, Settings(workers=1)))) == people

    def theirs():
        for member in members:
            plain(member)

    ratio(ours, theirs, rounds=3)


@pytest.mark.usefixtures("all_cores")
@pytest.mark.parametrize(("width", "people", "windows", "epochs"), SIZES.values(), ids=SIZES)
def test_all_cores(width, people, windows, epochs, ratio):
    members = list(folds(recordings(people, windows), width=width, reduction=4, epochs=epochs))

    def ours():
        assert len(list(train(members, Settings()))) == people

    def theirs():
        for member in members:
            plain(member)

    ratio(ours, theirs, rounds=2, clock=time.perf_counter)


@pytest.mark.usefixtures("all_cores")
@pytest.mark.parametrize(("width", "people", "windows", "epochs"), SIZES.values(), ids=SIZES)
def test_skorch(width, people, windows, epochs, ratio):
    skorch = pytest.importorskip("skorch", reason="needs skorch: pip install 'affectbench[benchmark]'")
    from skorch.helper import SliceDict

    data = recordings(people, windows)
    members = list(folds(data, width=width, reduction=4, epochs=epochs))

    class Wrapped(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = members[0].network()

        def forward(self, **inputs):
            return self.network(inputs)

    def ours():
        for number, trained in train(members, Settings()):
            held = data.take(np.flatnonzero(data.subject == number))
            assert trained.predict_proba(held).shape == (windows, 2)

    def theirs():
        network = skorch.NeuralNetClassifier(
            Wrapped,
            criterion=torch.nn.CrossEntropyLoss,
            optimizer=torch.optim.Adam,
            optimizer__eps=members[0].model.adam_eps,
            lr=members[0].model.learning_rate,
            batch_size=members[0].model.batch,
            max_epochs=epochs,
            train_split=None,
            iterator_train__shuffle=True,
            iterator_train__drop_last=True,
            verbose=0,
        )
        signals = {name: data.signals(name) for name in data.modalities}
        inputs = SliceDict(**signals)
        cross_validate(network, inputs, data.labels, groups=data.subject, cv=LeaveOneGroupOut(), error_score="raise")

    ratio(ours, theirs, rounds=2, clock=time.perf_counter)


def test_stack_on_a_cpu(ratio):
    """The strategy of a GPU, here against the one of a CPU: it is the default only where it is faster."""
    members = list(folds(recordings(4, 32), width=8, reduction=4, epochs=1))
    ratio(
        lambda: list(train(members, Settings(strategy="stacked"))),
        lambda: list(train(members, Settings(strategy="separate"))),
        rounds=3,
        clock=time.perf_counter,
    )


def test_bf16_on_a_cpu(ratio):
    """bf16 against fp32: slower by far where a CPU has no instructions for it."""
    (member, *_) = folds(recordings(2, 16), width=8, reduction=4, epochs=1)
    ratio(
        lambda: list(train([member], Settings(precision="bf16"))),
        lambda: list(train([member], Settings())),
        rounds=1,
        clock=time.perf_counter,
    )
