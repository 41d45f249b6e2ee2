"""Training AttX for every person left out, against a loop in plain PyTorch and against skorch under scikit-learn."""

import time
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from sizes import pick
from sklearn.model_selection import LeaveOneGroupOut, cross_validate
from workloads import folds, recordings

from bench.training.engine import train
from bench.training.settings import Settings


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


# width, people, windows of each, epochs
SIZES = pick({"full-width": (32, 2, 48, 8), "quarter-width": (8, 2, 96, 8)}, {"tiny": (4, 2, 4, 1)})
SECONDS, BATCH = pick((10, 16), (1, 4))


def data_and_folds(width, people, windows, epochs):
    """The windows of all people, and one network to train for each person left out."""
    data = recordings(people, windows, SECONDS)
    return data, folds(data, width=width, reduction=4, epochs=epochs, batch=BATCH)


@pytest.mark.parametrize(("width", "people", "windows", "epochs"), SIZES.values(), ids=SIZES)
def test_one_core(width, people, windows, epochs, ratio):
    """CPU time, which other work on the machine does not change much."""
    _, members = data_and_folds(width, people, windows, epochs)

    def ours():
        assert len(list(train(members, Settings(workers=1)))) == people

    def theirs():
        for member in members:
            plain(member)

    ratio(ours, theirs, rounds=3)


@pytest.mark.usefixtures("all_cores")
@pytest.mark.parametrize(("width", "people", "windows", "epochs"), SIZES.values(), ids=SIZES)
def test_all_cores(width, people, windows, epochs, ratio):
    _, members = data_and_folds(width, people, windows, epochs)

    def ours():
        assert len(list(train(members, Settings()))) == people

    def theirs():
        for member in members:
            plain(member)

    ratio(ours, theirs, rounds=2, clock=time.perf_counter)


@pytest.mark.usefixtures("all_cores")
@pytest.mark.parametrize(("width", "people", "windows", "epochs"), SIZES.values(), ids=SIZES)
def test_skorch(width, people, windows, epochs, ratio):
    """Theirs needs skorch: pip install 'affectbench[benchmark]'."""
    data, members = data_and_folds(width, people, windows, epochs)

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
        import skorch
        from skorch.helper import SliceDict

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

    ratio(ours, theirs if find_spec("skorch") else None, rounds=2, clock=time.perf_counter)


def test_stack_on_a_cpu(ratio):
    """The strategy of a GPU, here against the one of a CPU: it is the default only where it is faster."""
    _, members = data_and_folds(*pick((8, 4, 32, 1), (4, 3, 4, 1)))
    ratio(
        lambda: list(train(members, Settings(strategy="stacked"))),
        lambda: list(train(members, Settings(strategy="separate"))),
        rounds=3,
        clock=time.perf_counter,
    )


def test_bf16_on_a_cpu(ratio):
    """bf16 against fp32: slower by far where a CPU has no instructions for it."""
    _, (member, *_) = data_and_folds(*pick((8, 2, 16, 1), (4, 2, 4, 1)))
    ratio(
        lambda: list(train([member], Settings(precision="bf16"))),
        lambda: list(train([member], Settings())),
        rounds=1,
        clock=time.perf_counter,
    )
