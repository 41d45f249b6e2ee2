"""Fusion of modalities."""

from __future__ import annotations

from abc import ABC
from typing import TYPE_CHECKING, Any, ClassVar

from bench.api.networks import Phase
from bench.api.plugin import Configurable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch.nn import Module

    from bench.api.arrays import Array
    from bench.api.models import Combination, TargetType
    from bench.api.windows import Windows
    from bench.training.networks.exchange import Exchange


class Fusion(Configurable, ABC):
    """Where modalities are combined. Override the method of one fusion point; the others pass data through.

    | fusion point | method | models | what it combines |
    | --- | --- | --- | --- |
    | input | `merge` | any | feature vectors or signals, before one model |
    | stage | `exchange` | staged | tensors (batch, channels, time) of each branch, after a stage |
    | embedding | `join` | staged | vectors (batch, dim) of each branch, into logits (batch, classes) |
    | decision | `combine` | any | predictions (n, classes) of one model per modality |
    """

    #: whether it uses a single modality at a time, which gives one row of results per modality
    one_modality: ClassVar[bool] = False

    @property
    def predicts(self) -> tuple[TargetType, ...]:
        """The kinds of target that it supports. For regression, `combine` receives and returns (n, 1)."""
        return ("classes",) if self.decides_late or self.needs_stages else ("classes", "numbers")

    @property
    def decides_late(self) -> bool:
        """Whether there is one model per modality, whose predictions `combine` combines."""
        return type(self).combine is not Fusion.combine

    @property
    def exchanges(self) -> bool:
        """Whether branches exchange activations after stages."""
        return type(self).exchange is not Fusion.exchange

    @property
    def needs_stages(self) -> bool:
        """Whether it combines modalities inside a network, which only staged models allow."""
        return self.exchanges or type(self).join is not Fusion.join

    @property
    def needs_validation(self) -> bool:
        """Whether one of its phases learns from a validation part (`Phase.on_validation`)."""
        return False

    @property
    def inner_folds(self) -> int:
        """The number of inner folds whose out-of-fold predictions `learn` receives; 0: `learn` is not called."""
        return 0

    def merge(self, windows: Windows) -> Windows:
        """Input fusion: return windows with one modality."""
        return windows

    def exchange(self, stage: int, widths: Mapping[str, int]) -> Exchange | None:
        """Stage fusion: return the module that connects branches after a stage, or None for no connection.

        Called for each of the model's `exchange_stages`. `widths` is modality -> channels of its tensor.
        """
        return None

    def join(self, dims: Mapping[str, int], classes: int, head: Callable[[int, int], Module]) -> Module | None:
        """Embedding fusion: return a module that maps a dictionary modality -> (batch, dim) to logits (batch, classes).

        `dims` is modality -> dim, and `head(dim, classes)` builds a head of the model. None: one head on the
        concatenated embeddings.
        """
        return None

    def phases(self, modalities: Sequence[str]) -> Sequence[Phase]:
        """The phases of training a network with these branches."""
        return (Phase("fit"),)

    def learn(self, probabilities: Mapping[str, Array], labels: Array) -> Any:
        """Decision fusion: learn from out-of-fold predictions, modality -> (n, classes)."""
        return None

    def combine(self, probabilities: Mapping[str, Array], learnt: Any) -> Array:
        """Decision fusion: return (n, classes) from modality -> (n, classes). `learnt` is the result of `learn`."""
        raise NotImplementedError  # overridden by every fusion of decisions

    def refuse(self, combination: Combination) -> str | None:
        """Return why this fusion cannot be used here, or None."""
        return None
