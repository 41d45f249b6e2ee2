"""Learning rates, the order of windows, and class weights, computed before training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.api import Array, Staged


def epochs(model: Staged, pass_steps: int) -> int:
    """The number of epochs, from the number of steps per epoch."""
    return model.epochs if model.duration_unit == "epochs" else -(-model.epochs // max(pass_steps, 1))


def rates(model: Staged, pass_steps: int) -> Array:
    """The learning rate of every step: a linear warm-up, then the schedule."""
    steps = epochs(model, pass_steps) * pass_steps
    step = np.arange(steps)
    counted = step if model.duration_unit == "steps" else step // max(pass_steps, 1)
    warm = round(model.warmup * steps)
    rise = np.minimum(1.0, (step + 1) / warm) if warm else np.ones(steps)
    done = np.clip((step - warm) / max(steps - warm, 1), 0.0, 1.0)
    fall = {
        "constant": np.ones(steps),
        "linear": 1 - done,
        "cosine": (1 + np.cos(np.pi * done)) / 2,
        "step": model.gamma ** (counted // model.step_size),
    }[model.schedule]
    return model.learning_rate * rise * fall


def order(seed: int, phase: int, epoch: int, windows: int, batch: int) -> Array:
    """The windows of each step of an epoch, (steps, batch). The last incomplete batch is dropped."""
    shuffled = np.random.default_rng([seed, phase, epoch]).permutation(windows)
    steps = windows // batch
    return shuffled[: steps * batch].reshape(steps, batch)


def class_weights(model: Staged, labels: Array, classes: int) -> Array:
    """The weight of each class. Balanced: n / (classes * count)."""
    if model.class_weight == "none":
        return np.ones(classes, np.float32)
    counts = np.bincount(labels, minlength=classes)
    return (len(labels) / (classes * np.maximum(counts, 1))).astype(np.float32)
