"""Neural networks with one branch per modality."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from bench.api.models import Model
from bench.api.plugin import Range

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch.nn import Module

    from bench.api.models import Estimator, Inputs
    from bench.training.networks.encoder import Encoder


@dataclass(frozen=True)
class InputSpec:
    """The shape of one branch's input."""

    channels: int  # for a vector: its length
    samples: int  # of the longest window, if their lengths differ
    rate: float  # samples per second
    vector: bool = False  # one vector per window, (batch, channels, 1), without a time axis


@dataclass(frozen=True)
class Phase:
    """One phase of training: which parts of the network learn, and from which output.

    The parts are `encoders.<modality>`, `exchanges`, `join` and `heads.<modality>`. All others are frozen and in
    evaluation mode.
    """

    name: str  # "fit", "fit ecg", "fuse"
    learns: tuple[str, ...] = ()  # the parts that learn; empty: all
    branch: str = ""  # the modality whose own head gives the output; empty: the output of all modalities together
    training: Mapping[str, Any] = field(default_factory=dict)  # training options that differ in this phase
    on_validation: bool = False  # learn from the validation part, which earlier phases have not seen


@dataclass(frozen=True)
class TrainingOptions:
    """Training options of all staged models. A model changes a default by declaring a field: `epochs: int = 200`."""

    epochs: Annotated[
        int, Range(1, 100_000), "passes over the training windows; with duration_unit=steps, optimiser steps"
    ] = 100
    batch: Annotated[int, Range(2, 100_000, log=True, sampled=(8, 128)), "windows per batch"] = 16
    duration_unit: Annotated[
        Literal["epochs", "steps"],
        "unit of `epochs` and `step_size`; steps: training stops after the epoch that completes so many",
    ] = "epochs"
    optimiser: Annotated[Literal["adam", "sgd"], "sgd: stochastic gradient descent with momentum"] = "adam"
    momentum: Annotated[float, Range(0, 0.999), "momentum of sgd"] = 0.9
    learning_rate: Annotated[
        float, Range(1e-6, 1, log=True, sampled=(1e-5, 3e-2)), "learning rate of the optimiser"
    ] = 1e-3
    schedule: Annotated[
        Literal["constant", "linear", "cosine", "step"],
        "learning-rate schedule; linear and cosine fall to zero, step multiplies by `gamma` every `step_size`",
    ] = "constant"
    step_size: Annotated[int, Range(1, 100_000), "epochs (or steps) between drops of schedule=step"] = 30
    gamma: Annotated[float, Range(0.01, 1), "factor of each drop of schedule=step"] = 0.1
    warmup: Annotated[float, Range(0, 1), "share of all steps in which the learning rate rises linearly"] = 0.0
    decay: Annotated[float, Range(0, 1), "decoupled weight decay (AdamW)"] = 0.0
    l2: Annotated[float, Range(0, 1), "L2 penalty, added to the gradient"] = 0.0
    clip: Annotated[float, Range(0, 1e6), "maximum norm of the gradient; 0: no clipping"] = 0.0
    class_weight: Annotated[Literal["none", "balanced"], "balanced: weight classes by inverse frequency"] = "none"
    stopping: Annotated[
        Literal["last", "best"],
        "last: train for all epochs; best: keep the epoch with the lowest loss on a validation part",
    ] = "last"
    patience: Annotated[
        int, Range(1, 100_000), "epochs without a lower validation loss after which stopping=best ends training"
    ] = 10
    label_fraction: Annotated[
        float, Range(0.001, 1), "share of the training trials of each class whose labels are used"
    ] = 1.0


@dataclass(frozen=True)
class Staged(TrainingOptions, Model):
    """A network with one branch per modality, each built in stages, so that any fusion can connect branches.

    The model defines the modules. `bench.training` builds, trains and evaluates the networks. Import torch inside the
    methods. `forward` must not branch on values, because networks of several folds are trained as one stack.
    """

    inputs: ClassVar[Inputs] = "signals"
    devices: ClassVar[tuple[str, ...]] = ("cpu", "cuda")
    searched: ClassVar[tuple[str, ...] | None] = ("learning_rate", "batch", "class_weight")
    #: the stages (counted from 1) after which branches can exchange activations; every branch must have them
    exchange_stages: ClassVar[tuple[int, ...]] = ()
    #: whether tensors between stages have a time axis: (batch, channels, time)
    time_axis: ClassVar[bool] = True
    #: whether a modality can be one vector per window (`InputSpec.vector`), such as features of a song
    takes_vectors: ClassVar[bool] = False
    #: whether windows can differ in length; shorter ones are padded with NaN at the end
    variable_length: ClassVar[bool] = False

    @property
    def validates(self) -> bool:
        return self.stopping == "best"

    @abstractmethod
    def encoder(self, modality: str, spec: InputSpec) -> Encoder:
        """Return the encoder of a modality: its stages, and the embedding after the last one."""

    @abstractmethod
    def head(self, dim: int, classes: int) -> Module:
        """Return a module (batch, dim) -> logits (batch, classes)."""

    def joint_head(self, dim: int, classes: int) -> Module:
        """Return the head for the concatenated embeddings of several modalities."""
        return self.head(dim, classes)

    def phases(self, fusion: Sequence[Phase], modalities: Sequence[str]) -> Sequence[Phase]:
        """Return the phases of training, given those of the fusion."""
        return fusion

    def estimator(self, seed: int, device: str) -> Estimator:
        from bench.training.estimator import NetworkEstimator

        return NetworkEstimator(self, seed, device)
