"""The engine learns what a plain loop learns, whoever is trained beside, however often it is interrupted."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from bench.api import Fusion, Phase, Staged
from bench.data.sources import WindowedSignal
from bench.data.windows import WindowSet
from bench.errors import PluginError, StorageError, TaskError, UsageError
from bench.training import engine, settings
from bench.training.device_signals import DeviceSignals
from bench.training.estimator import NetworkEstimator
from bench.training.network_fit import NetworkFit
from bench.training.networks.encoder import Encoder
from bench.training.networks.exchange import Exchange
from bench.training.predictor import Predictor, tensors_of
from bench.training.settings import Settings
from bench.training.trainer import Trainer
from bench.training.training_state import TrainingState

torch.set_num_threads(1)

#: A stack computes sums in another order than networks by themselves do, which is 1e-7 of a value, and Adam turns
#: the noise of a small gradient into a step as large as any: this is what is left of it in probabilities.
CLOSE = {"rtol": 0, "atol": 2e-4}


class TinyEncoder(Encoder):
    def __init__(self, channels):
        self.channels, self.widths, self.dim = channels, (4, 6), 5

    def stage(self, number, width):
        out = self.widths[number - 1]
        return nn.Sequential(nn.Conv1d(width, out, 5, stride=2, padding=2, bias=False), nn.BatchNorm1d(out), nn.ReLU())

    def embed(self, width):
        return nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(width, self.dim))


@dataclass(frozen=True)
class Tiny(Staged):
    epochs: int = 3
    batch: int = 8
    exchange_stages = (1,)

    def encoder(self, modality, given):
        return TinyEncoder(given.channels)

    def head(self, dim, classes):
        return nn.Linear(dim, classes)


class Sent(Exchange):
    """What the first branch has is given to the others, by a gate that learns."""

    def __init__(self, widths):
        super().__init__()
        self.first, *self.others = widths
        self.gate = nn.Parameter(torch.randn(widths[self.first]))
        self.widths = {
            name: width + (widths[self.first] if name in self.others else 0) for name, width in widths.items()
        }

    def forward(self, states):
        sent = states[self.first] * self.share(states)
        return {name: torch.cat([state, sent], 1) if name in self.others else state for name, state in states.items()}

    def share(self, states):
        return torch.sigmoid(self.gate[:, None] * states[self.first])

    def attention(self, states):
        return {f"{self.first}_to_{other}": self.share(states) for other in self.others}

    def dead(self, states):
        return {f"{self.first}_to_{other}": (states[self.first] <= 0).flatten(1).all(1) for other in self.others}


@dataclass(frozen=True)
class Exchanging(Fusion):
    def exchange(self, stage, widths):
        return Sent(widths) if stage == 1 else None


@dataclass(frozen=True)
class Unfused(Fusion):
    pass


@dataclass(frozen=True)
class InTurn(Fusion):
    """Each branch with a head of its own, then the joint decision on embeddings as they are."""

    def phases(self, modalities):
        alone = [Phase(f"fit {name}", (f"encoders.{name}", f"heads.{name}"), name) for name in modalities]
        return [*alone, Phase("fuse", ("join",))]


def windows(people=4, each=12, seed=0, rates=None, width=2.0, scale=False, joined=False):
    """Windows of noise, louder in one class, and who they are of; half of each window is in the next one too."""
    random = np.random.default_rng(seed)
    rates = rates or {"ecg": 16.0, "eda": 16.0}
    labels = random.integers(0, 2, people * each)
    person = np.repeat(np.arange(people), each)
    sources = {}
    for number, (modality, rate) in enumerate(rates.items()):
        samples = int(width * rate)
        hop = samples // 2
        signals = {}
        for who in range(people):
            values = random.standard_normal((1 + number, (each + 1) * hop)).astype(np.float32)
            for place in range(each):
                values[:, place * hop : (place + 1) * hop] *= 1 + labels[who * each + place]
            values.flags.writeable = False
            signals[who] = values
        given = None
        if scale:
            given = np.stack([random.normal(size=1 + number), random.uniform(0.5, 2, 1 + number)])
        start = np.tile(np.arange(each) * hop, people)
        names = tuple(f"c{channel}" for channel in range(1 + number))
        sources[modality] = WindowedSignal(signals, person, start, samples, rate, names, given)
    index = dict.fromkeys(("subject", "session", "trial", "stimulus", "start", "stop"), person)
    found = WindowSet(index, sources)
    return (found.merged() if joined else found).labelled(labels, ("low", "high"))


def some(data, rows):
    return data.take(rows).labelled(data.labels[rows], data.classes)


DATA = windows()


def member(person, fusion=None, data=DATA, checkpoint=None, **options):
    """The fold that leaves a person out; each has its own number of windows, so that epochs end at different steps."""
    train = np.flatnonzero(data.subject != person)[: 36 - 5 * person]
    held = np.flatnonzero(data.subject == person)
    return NetworkFit(Tiny(**options), fusion or Unfused(), some(data, train), some(data, held), person, checkpoint)


def trained(members, on_progress=None, **settings):
    """All results in the order of the members; `strategy="stacked"`, ..."""
    results = dict(engine.train(members, Settings(**settings), on_progress))
    return [results[number] for number in range(len(members))]


def states(results):
    return [result.state() for result in results]


def same(first, second):
    """Bit for bit."""
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def plain(person, fusion=None, **options):
    """What an expert would write for one network that learns everything: torch's own optimiser, clipping and loss."""
    made = member(person, fusion, **options)
    model, train, network = made.model, made.train, made.network()
    inputs = {name: torch.from_numpy(train.signals(name)) for name in train.modalities}
    labels = torch.from_numpy(train.labels)
    kind = torch.optim.AdamW if model.decay else torch.optim.Adam
    optimiser = kind(network.parameters(), model.learning_rate, weight_decay=model.decay or model.l2)
    steps = len(train) // model.batch
    total = steps * model.epochs
    schedule = {
        "constant": lambda: torch.optim.lr_scheduler.ConstantLR(optimiser, 1.0),
        "linear": lambda: torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, total),
        "cosine": lambda: torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, total),
        "step": lambda: torch.optim.lr_scheduler.StepLR(optimiser, model.step_size * steps, model.gamma),
    }[model.schedule]()
    weight = None
    if model.class_weight == "balanced":
        weight = len(labels) / (2 * torch.bincount(labels, minlength=2)).float()
    for epoch in range(model.epochs):
        shuffled = np.random.default_rng([person, 0, epoch]).permutation(len(train))
        for step in range(steps):
            rows = shuffled[step * model.batch : (step + 1) * model.batch]
            logits = network({name: values[rows] for name, values in inputs.items()})
            optimiser.zero_grad()
            nn.functional.cross_entropy(logits, labels[rows], weight).backward()
            if model.clip:
                nn.utils.clip_grad_norm_(network.parameters(), model.clip)
            optimiser.step()
            schedule.step()
    held = {name: torch.from_numpy(DATA.signals(name)) for name in DATA.modalities}
    with torch.no_grad():
        return network.eval()(held).softmax(1).numpy()


STRATEGIES = ("separate", "stacked")
OPTIONS = {
    "defaults": {},
    "weighted, linear": {"class_weight": "balanced", "schedule": "linear"},
    "clipped": {"clip": 0.05},
    "penalty, by steps": {"l2": 0.5, "schedule": "step", "step_size": 1, "gamma": 0.3},
    "decay, cosine and clip": {"schedule": "cosine", "decay": 0.5, "clip": 0.1, "learning_rate": 0.01},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_every_strategy_learns_what_a_plain_loop_learns(options):
    members = [member(person, Exchanging(), **options) for person in range(2)]
    expected = [plain(person, Exchanging(), **options) for person in range(2)]
    for strategy in STRATEGIES:
        for result, wanted in zip(trained(members, strategy=strategy), expected, strict=True):
            np.testing.assert_allclose(result.predict_proba(DATA), wanted, **CLOSE)


@pytest.mark.parametrize("fusion", [Exchanging(), InTurn()], ids=lambda fusion: type(fusion).__name__)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_nobody_is_influenced_by_who_is_trained_beside(strategy, fusion):
    members = [member(person, fusion, stopping="best", patience=1, epochs=2) for person in range(3)]
    alone = [trained([each], strategy=strategy)[0] for each in members]
    for order, together, workers in ((1, 0, 2), (-1, 2, 1)):
        found = trained(members[::order], strategy=strategy, together=together, workers=workers)[::order]
        for mine, other in zip(alone, found, strict=True):
            if strategy == "separate":
                assert same(mine.state(), other.state())
            np.testing.assert_allclose(mine.predict_proba(DATA), other.predict_proba(DATA), **CLOSE)
            assert [phase["epochs"] for phase in mine.log["phases"]] == [
                phase["epochs"] for phase in other.log["phases"]
            ]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(strategy):
    first, again, other = (
        states(
            trained(
                [replace(member(0, epochs=1), seed=seed), replace(member(1, epochs=1), seed=seed)], strategy=strategy
            )
        )
        for seed in (7, 7, 8)
    )
    assert all(same(mine, theirs) for mine, theirs in zip(first, again, strict=True))
    assert not same(first[0], other[0])


def test_training_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    trained([member(0, epochs=1)])
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_a_phase_does_not_learn_stays_as_it_is(strategy):
    """Parameters and running averages; `encoders.ecg` is not `encoders.ecg2`."""

    @dataclass(frozen=True)
    class First(Fusion):
        def phases(self, modalities):
            return (Phase("fit ecg", ("encoders.ecg", "heads.ecg"), "ecg"),)

    data = windows(rates={"ecg": 16.0, "ecg2": 16.0})
    made = member(0, First(), data)
    before = {name: tensor.clone() for name, tensor in tensors_of(made.network()).items()}
    (result,) = trained([made], strategy=strategy)
    after = result.state()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved == {name for name in before if name.startswith(("encoders.ecg.", "heads.ecg."))}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_joint_decision_on_frozen_embeddings_is_learnt_from_embeddings_in_eval_mode(strategy):
    """By hand: the last phase is logistic regression by Adam on what the encoders give."""
    (before,) = trained([member(0, InTurn(), epochs=2)], strategy=strategy)
    made = member(0, InTurn(), epochs=2)
    network = made.network().eval()
    for name, tensor in tensors_of(network).items():
        if not name.startswith("join"):
            tensor.data.copy_(before.state()[name])
    inputs = {name: torch.from_numpy(made.train.signals(name)) for name in made.train.modalities}
    with torch.no_grad():
        embedded = torch.cat(list(network.embeddings(inputs).values()), 1)
    optimiser = torch.optim.Adam(network.join.parameters(), made.model.learning_rate)
    for epoch in range(2):
        shuffled = np.random.default_rng([0, 2, epoch]).permutation(36)
        for step in range(4):
            rows = shuffled[8 * step : 8 * step + 8]
            optimiser.zero_grad()
            logits = network.join.head(embedded[rows])
            nn.functional.cross_entropy(logits, torch.from_numpy(made.train.labels[rows])).backward()
            optimiser.step()
    for name, parameter in network.join.named_parameters():
        torch.testing.assert_close(before.state()[f"join.{name}"], parameter.detach(), rtol=0, atol=1e-5)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_best_epoch_is_kept_and_patience_ends_the_wait_for_a_better_one(strategy):
    (result,) = trained([member(0, stopping="best", patience=2, epochs=40, learning_rate=0.1)], strategy=strategy)
    (phase,) = result.log["phases"]
    losses = phase["validation_loss"]
    assert phase["chosen"] == int(np.argmin(losses)) + 1
    assert (phase["epochs"], phase["stopped"]) == (phase["chosen"] + 2, "patience")
    assert len(losses) == len(phase["loss"]) == phase["epochs"] < 40
    held = member(0).validation
    chances = result.predict_proba(held)[np.arange(len(held)), held.labels]
    assert -np.log(chances).mean() == pytest.approx(min(losses), abs=1e-5)


def test_networks_that_are_validated_together_have_the_losses_of_each_by_itself(monkeypatch):
    """Of three folds of one length, and of one that ends its epochs at other steps; with a few windows or with many."""
    parts = [some(DATA, np.flatnonzero(DATA.subject == 0)[:count]) for count in (12, 1, 7)]
    members = [replace(member(0, stopping="best"), validation=part, seed=seed) for seed, part in enumerate(parts)]
    members.append(replace(member(2, stopping="best"), seed=9))
    separate, alone, validate = trained(members), set(), NetworkFit.validate
    monkeypatch.setattr(NetworkFit, "validate", lambda fit, *given: (alone.add(fit.seed), validate(fit, *given))[1])
    stacked = trained(members, strategy="stacked")
    assert alone == {9}
    for one, other in zip(separate, stacked, strict=True):
        ((expected,), (found,)) = one.log["phases"], other.log["phases"]
        assert found["validation_loss"] == pytest.approx(expected["validation_loss"], rel=1e-5)
        assert found["chosen"] == expected["chosen"]
        np.testing.assert_allclose(other.predict_proba(DATA), one.predict_proba(DATA), **CLOSE)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_last_goes_through_all_epochs_whatever_the_validation_part_says(strategy):
    (phase,) = trained([member(0, learning_rate=0.05, epochs=5)], strategy=strategy)[0].log["phases"]
    assert (phase["epochs"], phase["chosen"], phase["stopped"]) == (5, 5, "epochs")
    assert (phase["stopping"], phase["validation_loss"]) == ("last", [])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_member_whose_loss_is_no_number_stops_and_the_others_go_on(strategy):
    members = [member(person, learning_rate=1e36 if person == 1 else 1e-3) for person in range(3)]
    found = trained(members, strategy=strategy)
    assert isinstance(found[1], TaskError)
    assert str(found[1]) == (
        "The loss became NaN in epoch 1 of phase 'fit'; lower model.learning_rate or set model.clip."
    )
    for person in (0, 2):
        (alone,) = trained([member(person)], strategy=strategy)
        np.testing.assert_allclose(found[person].predict_proba(DATA), alone.predict_proba(DATA), **CLOSE)


class Greedy(nn.Module):
    """Needs more memory than there is, the first times."""

    left = 0
    error: type[Exception] = torch.OutOfMemoryError
    message = "CUDA out of memory."

    def forward(self, values):
        if self.training and Greedy.left > 0:
            Greedy.left -= 1
            raise self.error(self.message)
        return values


@dataclass(frozen=True)
class Hungry(Tiny):
    def encoder(self, modality, given):
        class Hungrier(TinyEncoder):
            def stage(self, number, width):
                return nn.Sequential(Greedy(), super().stage(number, width))

        return Hungrier(given.channels)


def hungry(person):
    return replace(member(person), model=Hungry())


@pytest.mark.parametrize(
    ("strategy", "error", "message"),
    [
        ("stacked", torch.OutOfMemoryError, "CUDA out of memory."),
        ("stacked", RuntimeError, "DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
        ("separate", torch.OutOfMemoryError, "CUDA out of memory."),
    ],
)
def test_where_memory_is_too_small_fewer_are_trained_at_once(strategy, error, message, monkeypatch):
    expected = trained([hungry(person) for person in range(4)], strategy="separate")
    monkeypatch.setattr(Greedy, "left", 1)
    monkeypatch.setattr(Greedy, "error", error)
    monkeypatch.setattr(Greedy, "message", message)
    told = []
    found = trained(
        [hungry(person) for person in range(4)], lambda *what: told.append(what), strategy=strategy, workers=4
    )
    for mine, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine.predict_proba(DATA), other.predict_proba(DATA), **CLOSE)
    sentence = {
        "stacked": "Out of memory; retrying with 2 networks at a time.",
        "separate": "Out of memory; retrying with 2 networks at a time.",
    }[strategy]
    assert (sentence, 0, 0) in told
    assert found[3].log["remarks"] == [sentence]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_network_that_does_not_fit_by_itself_fails_with_what_to_do(strategy, monkeypatch):
    monkeypatch.setattr(Greedy, "left", 10**9)
    (result,) = trained([hungry(0)], strategy=strategy)
    assert str(result) == (
        "One network with a batch of 8 windows does not fit into the memory of cpu; "
        "use a smaller batch, as -o model.batch=4."
    )


@dataclass(frozen=True)
class Flawed(Tiny):
    """It has the mistake only where a branch has two channels, which is that of `eda`."""

    flaw: str = "encoder"

    def phases(self, named, modalities):
        if self.flaw == "phases":
            raise KeyError("phases")
        return super().phases(named, modalities)

    def encoder(self, modality, given):
        if self.flaw == "encoder" and given.channels == 2:
            raise ZeroDivisionError("no encoder")
        if self.flaw == "plain" and given.channels == 2:
            return nn.Conv1d(2, 4, 3)

        class Wrong(TinyEncoder):
            def embed(self, width):
                return nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(width, self.dim + 1))

        return (Wrong if self.flaw == "embedding" and given.channels == 2 else TinyEncoder)(given.channels)

    def head(self, dim, classes):
        if self.flaw == "no head":
            raise ArithmeticError("no head")
        return nn.Linear(dim, 1 if self.flaw == "one output" else classes)


@dataclass(frozen=True)
class Plain(Fusion):
    """Its exchange is a module like any other."""

    def exchange(self, stage, widths):
        return nn.Identity()


@dataclass(frozen=True)
class Unjoined(Fusion):
    def join(self, dims, classes, head):
        raise LookupError("nothing to join")


FLAWS = {
    "encoder": "ZeroDivisionError: no encoder",
    "phases": "KeyError: 'phases'",
    "plain": (
        "PluginError: encoder() must return an Encoder, not Conv1d; "
        "derive a class from bench.training.networks.encoder.Encoder."
    ),
    "embedding": "PluginError: The embedding of eda has the shape (8, 6); expected (8, 5).",
    "no head": "ArithmeticError: no head",
    "one output": "PluginError: head(10, 2) returned (8, 1); expected logits (8, 2).",
    "exchange": (
        "PluginError: exchange() must return an Exchange, not Identity; "
        "derive a class from bench.training.networks.exchange.Exchange."
    ),
    "join": "LookupError: nothing to join",
}


@pytest.mark.parametrize("flaw", FLAWS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_network_with_a_mistake_fails_and_the_others_are_trained(strategy, flaw):
    fusion = {"exchange": Plain(), "join": Unjoined()}.get(flaw, Unfused())
    flawed = [replace(member(person, fusion), model=Flawed(flaw=flaw)) for person in (1, 2)]
    first, *failed, last = trained([member(0), *flawed, member(3)], strategy=strategy)
    assert [f"{type(error).__name__}: {error}" for error in failed] == 2 * [FLAWS[flaw]]
    undisturbed = trained([member(0), member(3)], strategy=strategy)
    assert all(same(mine.state(), other.state()) for mine, other in zip((first, last), undisturbed, strict=True))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_where_a_forward_pass_raises_only_the_guilty_network_of_a_group_fails(strategy, monkeypatch):
    expected = trained([hungry(person) for person in range(3)], strategy=strategy)
    monkeypatch.setattr(Greedy, "error", ZeroDivisionError)
    monkeypatch.setattr(Greedy, "left", 2 if strategy == "stacked" else 1)  # the stack, then the first one alone
    first, *others = trained([hungry(person) for person in range(3)], strategy=strategy, workers=1)
    assert isinstance(first, ZeroDivisionError)
    for mine, other in zip(others, expected[1:], strict=True):
        np.testing.assert_allclose(mine.predict_proba(DATA), other.predict_proba(DATA), **CLOSE)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_network_that_fails_at_the_end_of_an_epoch_leaves_the_bits_of_the_others(strategy, monkeypatch):
    expected = states(trained([member(person) for person in range(3)], strategy=strategy))

    def fails(self, phase_state):
        if self.number == 1:
            raise KeyError("the end")
        end(self, phase_state)

    end = TrainingState.end_phase
    monkeypatch.setattr(TrainingState, "end_phase", fails)
    first, failed, last = trained([member(person) for person in range(3)], strategy=strategy)
    assert isinstance(failed, KeyError)
    assert same(first.state(), expected[0])
    assert same(last.state(), expected[2])


# ------------------------------------------------------------------------------------- checkpoints


LONG = {"epochs": 3, "stopping": "best", "patience": 50}


class EnoughError(Exception):
    pass


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("after", [1, 4, 8])
def test_what_was_interrupted_goes_on_as_if_it_had_not_been(strategy, after, tmp_path):
    path = tmp_path / "deeper" / "0.safetensors"
    (whole,) = trained([member(0, InTurn(), **LONG)], strategy=strategy)
    kept = member(0, InTurn(), checkpoint=path, **LONG)
    group = Trainer(
        DeviceSignals([kept.train, kept.validation], "cpu"),
        Settings(strategy=strategy, checkpoint_epochs=1),
        None,
        stacked=strategy == "stacked",
    )
    count = 0

    def check():
        nonlocal count
        count += 1
        if count > 4 * after + 2:
            raise EnoughError

    group.progress = SimpleNamespace(check=check, advance=lambda _: None, remarks=[])
    with pytest.raises(EnoughError):
        list(group.run([TrainingState(0, kept, group.settings)]))
    assert path.is_file()
    (resumed,) = trained([kept], strategy=strategy, checkpoint_epochs=1)
    assert same(whole.state(), resumed.state())
    assert resumed.log == whole.log


@pytest.mark.parametrize(
    "change",
    ["nothing", "learning rate", "seed", "labels", "cut short", "bits", "one bit", "no metadata", "empty"],
)
def test_a_checkpoint_of_something_else_or_a_damaged_one_counts_as_none(change, tmp_path, capsys):
    path = tmp_path / "0.safetensors"
    trained([member(0, checkpoint=path)])
    asked = member(0, checkpoint=path)
    content = path.read_bytes()
    if change == "learning rate":
        asked = member(0, checkpoint=path, learning_rate=0.01)
    elif change == "seed":
        asked = replace(asked, seed=5)
    elif change == "labels":
        asked = replace(asked, train=asked.train.labelled(1 - asked.train.labels, ("low", "high")))
    elif change == "cut short":
        path.write_bytes(content[: len(content) // 2])
    elif change == "bits":
        path.write_bytes(bytes(255 - byte for byte in content))
    elif change == "one bit":
        path.write_bytes(content[:-5] + bytes([content[-5] ^ 1]) + content[-4:])
    elif change == "no metadata":
        from safetensors.torch import save_file

        save_file(load_file(path), path)
    elif change == "empty":
        path.write_bytes(b"")
    found = TrainingState(0, asked, Settings()).checkpoint
    assert (found is not None) == (change == "nothing")
    another = change in ("nothing", "learning rate", "seed", "labels", "no metadata")
    said = "" if another else f"The checkpoint {path} is damaged; the network is trained from the start.\n"
    assert capsys.readouterr().err == said
    (fresh,) = trained([replace(asked, checkpoint=None)])
    assert same(trained([asked])[0].state(), fresh.state())
    assert list(tmp_path.iterdir()) == [path]


def child(path):
    """What the process that gets killed does."""
    list(engine.train([member(0, InTurn(), checkpoint=Path(path), **LONG)], Settings(checkpoint_epochs=1)))


def test_a_killed_process_leaves_what_the_next_one_goes_on_from(tmp_path):
    path = tmp_path / "0.safetensors"
    here = Path(__file__)
    code = f"import sys; sys.path.insert(0, {str(here.parent)!r}); import {here.stem}; {here.stem}.child({str(path)!r})"
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ | {"OMP_NUM_THREADS": "1"})
    deadline = time.monotonic() + 60
    while not path.is_file() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert path.is_file()
    (whole,) = trained([member(0, InTurn(), **LONG)])
    (resumed,) = trained([member(0, InTurn(), checkpoint=path, **LONG)], checkpoint_epochs=1)
    assert same(whole.state(), resumed.state())


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_interrupt_stops_all_soon_and_leaves_checkpoints(strategy, tmp_path, monkeypatch):
    monkeypatch.setattr("bench.training.progress.PAUSE", 0.0)
    members = [member(person, checkpoint=tmp_path / f"{person}.safetensors", epochs=10) for person in range(2)]

    def on_progress(text, done, total):
        if done > 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(engine.train(members, Settings(strategy=strategy, checkpoint_epochs=1, workers=2), on_progress))
    expected = states(trained([member(person, epochs=10) for person in range(2)], strategy=strategy))
    assert (tmp_path / "0.safetensors").is_file()
    found = states(trained(members, strategy=strategy, checkpoint_epochs=1))
    for mine, other in zip(found, expected, strict=True):
        for name, tensor in mine.items():
            if strategy == "separate":
                assert torch.equal(tensor, other[name])
            torch.testing.assert_close(tensor, other[name], rtol=0, atol=5e-3)


# ----------------------------------------------------------------------------------- what comes back


def test_progress_is_told_in_words_and_ends_with_every_step(monkeypatch):
    monkeypatch.setattr("bench.training.progress.PAUSE", 0.0)
    told = []
    trained([member(0), member(1)], lambda *what: told.append(what), strategy="stacked")
    assert told[0] == ("fit: 2 networks, epoch 1 of 3", 6, 21)
    assert told[-1][0].startswith("fit: 1 network, epoch 3 of 3, loss 0.")
    assert told[-1][1:] == (21, 21)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def test_a_network_is_the_same_from_its_file(tmp_path):
    made = member(0, Exchanging())
    (result,) = trained([made])
    result.save(tmp_path / "network.safetensors")
    loaded = Predictor.load(tmp_path / "network.safetensors", made.model, made.fusion)
    np.testing.assert_array_equal(loaded.predict_proba(DATA), result.predict_proba(DATA))
    assert (loaded.log, loaded.inputs, loaded.parameters()) == (result.log, result.inputs, result.parameters())
    with pytest.raises(StorageError, match="does not hold a network of this model and fusion"):
        Predictor.load(tmp_path / "network.safetensors", made.model, InTurn())


def test_predictions_are_probabilities_of_each_window_by_itself():
    (result,) = trained([member(0, Exchanging())])
    whole = result.predict_proba(DATA)
    np.testing.assert_allclose(whole.sum(1), 1, rtol=0, atol=1e-12)
    rows = np.array([5, 0, 17])
    np.testing.assert_allclose(result.predict_proba(DATA.take(rows)), whole[rows], rtol=0, atol=1e-6)


def test_attention_comes_back_for_each_window_and_is_summed_up_in_the_log():
    made = member(0, Exchanging())
    (result,) = trained([made])
    share = result.attention(made.train)["1"]["ecg_to_eda"]
    assert share.shape == (36, 4, 16)
    entropy = -(share * np.log2(share) + (1 - share) * np.log2(1 - share)).mean()
    told = result.log["connections"]["1"]["ecg_to_eda"]
    assert told == {"entropy": pytest.approx(entropy, abs=1e-5), "dead": 0.0}


def test_an_estimator_trains_one_network():
    made = member(0)
    estimator = made.model.estimator(0, "cpu")
    assert isinstance(estimator, NetworkEstimator)
    estimator.fit(made.train, None)
    (expected,) = trained([replace(made, validation=None)])
    np.testing.assert_array_equal(estimator.predict_proba(DATA), expected.predict_proba(DATA))
    assert estimator.parameters() == expected.parameters()


def test_a_member_with_fewer_windows_than_a_batch_learns_from_all_of_them():
    data = some(DATA, np.arange(5))
    (result,) = trained([NetworkFit(Tiny(batch=16), Unfused(), data, None, 0)])
    assert len(result.log["phases"][0]["loss"]) == 3


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_members_of_different_shapes_are_trained_apart(strategy):
    members = [
        member(0, epochs=1),
        member(0, batch=4, epochs=1),
        member(0, Exchanging(), epochs=1),
        member(1, learning_rate=0.01, epochs=2),
    ]
    for result, made in zip(trained(members, strategy=strategy), members, strict=True):
        (alone,) = trained([made], strategy=strategy)
        np.testing.assert_allclose(result.predict_proba(DATA), alone.predict_proba(DATA), **CLOSE)


@dataclass(frozen=True)
class Dropping(Tiny):
    def head(self, dim, classes):
        return nn.Sequential(nn.Dropout(0.5), nn.Linear(dim, classes))


@dataclass(frozen=True)
class Idle(Fusion):
    def phases(self, modalities):
        return (Phase("fuse", ("exchanges",)),)


@pytest.mark.parametrize(
    ("made", "kind", "message"),
    [
        (
            replace(member(0), validation=None, model=Tiny(stopping="best")),
            TaskError,
            "There is no validation part to find the best epoch on; use -o model.stopping=last.",
        ),
        (replace(member(0), train=some(DATA, np.array([], int))), TaskError, "There are no windows to train on."),
        (
            replace(member(0), model=Dropping()),
            PluginError,
            (
                "The network uses torch's dropout (join.head.0), whose random numbers would depend on networks "
                "that are trained at the same time; use bench.training.networks.dropout.Dropout, with a stream per "
                "network."
            ),
        ),
        (
            member(0, Idle()),
            PluginError,
            "Nothing learns in phase 'fuse': no parameter is part of exchanges.",
        ),
    ],
    ids=["no validation part", "no windows", "dropout", "nothing learns"],
)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_cannot_be_trained_fails_with_a_sentence_and_the_others_are_trained(made, kind, message, strategy):
    found = trained([member(1), made], strategy=strategy)
    assert isinstance(found[0], Predictor)
    assert (type(found[1]), str(found[1])) == (kind, message)


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("cuda", "PyTorch finds no CUDA device on this machine; use --device cpu, or auto to take what there is."),
        ("tpu", "There is no device 'tpu'. Known: auto, cpu, cuda."),
    ],
)
def test_a_device_that_is_not_there_is_refused(device, message, monkeypatch):
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: False)
    with pytest.raises(UsageError) as caught:
        settings.resolve(device)
    assert str(caught.value) == message
    assert settings.resolve("auto") == "cpu"


def test_tf32_is_refused_on_a_cpu():
    with pytest.raises(UsageError) as caught:
        trained([member(0)], precision="tf32")
    assert str(caught.value) == "A CPU has no tf32; use --precision fp32."


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_bf16_learns_nearly_the_same_in_weights_of_full_precision(strategy):
    (half,) = trained([member(0)], strategy=strategy, precision="bf16")
    (full,) = trained([member(0)], strategy=strategy)
    assert all(tensor.dtype != torch.bfloat16 for tensor in half.state().values())
    np.testing.assert_allclose(half.predict_proba(DATA), full.predict_proba(DATA), rtol=0, atol=0.02)
    assert half.log["precision"] == "bf16"
