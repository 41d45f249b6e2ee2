"""The contract over networks, and over fusions inside networks, that break it."""

from dataclasses import dataclass
from typing import Annotated

import pytest

from bench.api import Plugin, Range
from bench.checks import checks_for
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
            "The option 'clip' of Words hides the training option 'clip' (maximum norm of the gradient; 0: no clipping)",
        ),
        (Longer(), ""),
    ],
    ids=["meaning", "type", "default"],
)
def test_a_training_option_with_another_meaning_is_found(plugin, message):
    found = violations("model", plugin, "training_options_keep_their_meaning")
    assert found == ({"training_options_keep_their_meaning": f"{message}; {ADVICE}"} if message else {})
