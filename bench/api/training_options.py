"""The training options that all staged models share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from bench.api.configurable import Range


@dataclass(frozen=True)
class TrainingOptions:
    """Options of training. A model changes a default by declaring the field again: `epochs: int = 200`."""

    epochs: Annotated[
        int, Range(1, 100_000), "passes over the training windows; with duration_unit=steps, optimiser steps"
    ] = 100
    batch: Annotated[int, Range(2, 100_000), "windows per batch"] = 16
    duration_unit: Annotated[
        Literal["epochs", "steps"],
        "unit of `epochs` and `step_size`; steps: training stops after the epoch that completes so many",
    ] = "epochs"
    optimiser: Annotated[Literal["adam", "sgd"], "sgd: stochastic gradient descent with momentum"] = "adam"
    momentum: Annotated[float, Range(0, 0.999), "momentum of sgd"] = 0.9
    learning_rate: Annotated[float, Range(1e-6, 1, log=True), "learning rate of the optimiser"] = 1e-3
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
