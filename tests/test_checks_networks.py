"""The contract over networks, and over fusions inside networks, that break it."""

from dataclasses import dataclass
from typing import Annotated

import pytest
from torch import Tensor, nn

from bench.api import Fusion, Plugin, Range
from bench.checks import checks_for
from bench.checks.examples.encoder import Convolutions
from bench.checks.examples.staged import TwoStages
from bench.errors import BenchError
from bench.registry import Entry, Registry

REGISTRY = Registry([])


def violations(kind, plugin, *only):
    """Which checks (or which of these) find something, and what they say."""
    entry, found = Entry(kind, Plugin("made-up", "made_up:Wrong", "It is made up."), "made_up", "made-up", "1.0"), {}
    for check in checks_for(entry, plugin, REGISTRY):
        if not only or check.id in only:
            try:
                check()
            except BenchError as error:
                found[check.id] = str(error)
    return found


@dataclass(frozen=True)
class Sound(TwoStages):
    """A sound network, whose options are described."""

    epochs: int = 2
    batch: int = 16


def test_nothing_is_found_in_a_sound_network():
    assert violations("model", Sound()) == {}


@dataclass(frozen=True)
class Forgetting(TwoStages):
    momentum: Annotated[float, Range(0, 0.999), "share of a batch in running averages"] = 0.1


@dataclass(frozen=True)
class Words(TwoStages):
    clip: Annotated[str, "maximum norm of the gradient; 0: no clipping"] = "0"


@dataclass(frozen=True)
class Longer(TwoStages):
    """Another default, and another range."""

    epochs: int = 3
    momentum: Annotated[float, Range(0, 0.5), "momentum of sgd"] = 0.5


ADVICE = "give it another name, or declare it without Annotated to change the default only."


@pytest.mark.parametrize(
    ("plugin", "message"),
    [
        (Forgetting(), "The option 'momentum' of Forgetting hides the training option 'momentum' (momentum of sgd)"),
        (
            Words(),
            (
                "The option 'clip' of Words hides the training option 'clip' "
                "(maximum norm of the gradient; 0: no clipping)"
            ),
        ),
        (Longer(), ""),
    ],
    ids=["meaning", "type", "default"],
)
def test_a_training_option_with_another_meaning_is_found(plugin, message):
    found = violations("model", plugin, "training_options_keep_their_meaning")
    assert found == ({"training_options_keep_their_meaning": f"{message}; {ADVICE}"} if message else {})


class If(nn.Module):
    def forward(self, values: Tensor) -> Tensor:
        return values if values.mean() > 0 else -values


class Item(nn.Module):
    def forward(self, values: Tensor) -> Tensor:
        return values * values.std().item()


class Mask(nn.Module):
    def forward(self, values: Tensor) -> Tensor:
        return values - values[values > 0].mean()


def with_stage(made: type[nn.Module]) -> TwoStages:
    """A network with this module at the end of each stage."""

    class Encoder(Convolutions):
        def stage(self, number, width):
            return nn.Sequential(super().stage(number, width), made())

    return dataclass(frozen=True)(type("Wrong", (Sound,), {"encoder": lambda self, modality, spec: Encoder()}))()


BRANCHES = (
    "forward must not branch on values, because the networks of several folds run as one; "
    "use torch.where or arithmetic instead of 'if', .item() and masks that change a shape."
)


@pytest.mark.parametrize("made", [If, Item, Mask])
def test_a_network_that_branches_on_values_is_found(made):
    found = violations("model", with_stage(made), "networks_can_be_stacked", "every_parameter_learns")
    assert found == {"networks_can_be_stacked": BRANCHES}


class BranchingJoin(nn.Module):
    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, embeddings: dict[str, Tensor]) -> Tensor:
        return self.head(max(embeddings.values(), key=lambda found: float(found.detach().abs().mean())))


def test_a_fusion_that_branches_on_values_is_found():
    join = lambda self, dims, classes, head: BranchingJoin(head(min(dims.values()), classes))  # noqa: E731
    plugin = dataclass(frozen=True)(type("Wrong", (Fusion,), {"join": join}))()
    assert violations("fusion", plugin, "networks_can_be_stacked") == {"networks_can_be_stacked": BRANCHES}


def of_head(module):
    return dataclass(frozen=True)(type("Wrong", (Sound,), {"head": lambda self, dim, classes: module(dim)}))()


def of_encoder(made):
    return dataclass(frozen=True)(type("Wrong", (Sound,), {"encoder": lambda self, modality, spec: made()}))()


def test_a_head_with_another_number_of_outputs_is_found():
    found = violations("model", of_head(lambda dim: nn.Linear(dim, 1)))
    assert found["predictions_are_probabilities"] == "head(4, 2) returned (16, 1); expected logits (16, 2)."
    assert found["three_classes_work"] == "head(4, 3) returned (16, 1); expected logits (16, 3)."
    assert found["every_parameter_learns"] == "head(8, 3) returned (8, 1); expected logits (8, 3)."


def test_an_encoder_that_is_a_plain_module_is_found():
    found = violations("model", of_encoder(lambda: nn.Conv1d(1, 4, 3)))
    assert set(found.values()) == {
        "encoder() must return an Encoder, not Conv1d; derive a class from bench.training.networks.encoder.Encoder."
    }


class Summed(nn.Module):
    """Embeddings instead of logits."""

    def forward(self, embeddings: dict[str, Tensor]) -> Tensor:
        return sum(embeddings.values())


class Joining(Fusion):
    def join(self, dims, classes, head):
        return Summed()


class Exchanging(Fusion):
    def exchange(self, stage, widths):
        return nn.Identity()


NOT_AN_EXCHANGE = (
    "exchange() must return an Exchange, not Identity; derive a class from bench.training.networks.exchange.Exchange."
)


@pytest.mark.parametrize(
    ("base", "message"),
    [
        (Joining, "join() returned (16, 4); expected logits (16, 2)."),
        (Exchanging, NOT_AN_EXCHANGE),
    ],
)
def test_a_fusion_inside_a_network_that_returns_something_else_is_found(base, message):
    plugin = dataclass(frozen=True)(type("Wrong", (base,), {}))()
    found = violations("fusion", plugin)
    assert found["predictions_are_probabilities"] == message
    assert found.pop("networks_can_be_stacked") in (message, "join() returned (8, 4); expected logits (8, 3).")
    assert set(found.values()) == {message}
