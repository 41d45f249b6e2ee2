"""The progress of one network in one phase: steps, losses, early stopping and the log."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bench.errors import TaskError
from bench.training.optimisers.schedule import epochs, order, rates

if TYPE_CHECKING:
    from bench.api import Array, Phase, Staged
    from bench.data.windows import LabelledWindowSet
    from bench.training.network_fit import NetworkFit
    from bench.training.networks.network import Tensors


@dataclass
class PhaseState:
    """One network in one phase."""

    fit: NetworkFit
    number: int  # of the phase
    phase: Phase
    before: int = 0  # steps of earlier phases
    step: int = 0  # steps done
    losses: list[float] = field(default_factory=list)  # of each epoch that is done
    validation: list[float] = field(default_factory=list)
    best: Tensors = field(default_factory=dict)  # the weights of the epoch with the lowest validation loss

    @cached_property
    def model(self) -> Staged:
        """The model with its options of this phase. A phase that trains on the validation part cannot stop early."""
        without_stopping: dict[str, Any] = {"stopping": "last"} if self.phase.on_validation else {}
        return replace(self.fit.model, **self.phase.training, **without_stopping)

    @cached_property
    def windows(self) -> LabelledWindowSet:
        """The windows that it trains on."""
        return self.fit.windows(self.phase)

    @cached_property
    def batch(self) -> int:
        """Windows per step; all of them, where there are fewer."""
        return min(self.model.batch, len(self.windows))

    @cached_property
    def steps(self) -> int:
        """Steps per epoch."""
        return len(self.windows) // self.batch

    @property
    def epochs(self) -> int:
        return epochs(self.model, self.steps)

    @property
    def all_steps(self) -> int:
        return self.epochs * self.steps

    @property
    def done(self) -> int:
        """Steps done, including earlier phases."""
        return self.before + self.step

    @property
    def at_epoch_start(self) -> bool:
        return self.step == self.steps * len(self.losses)

    @cached_property
    def rates(self) -> Array:
        return rates(self.model, self.steps)

    @property
    def steps_left_in_epoch(self) -> int:
        """Steps to the end of the epoch."""
        return self.steps - self.step % self.steps

    def take(self, steps: int) -> Array:
        """The windows of the next steps, within one epoch: (steps, batch)."""
        first = self.step % self.steps
        if not first:
            self.order = order(self.fit.seed, self.number, len(self.losses), len(self.windows), self.batch)
        self.step += steps
        return self.order[first : first + steps]

    @property
    def validates_each_epoch(self) -> bool:
        """Whether the validation loss is computed after each epoch."""
        return self.model.validates or self.fit.validates_each_epoch

    @property
    def at_epoch_end(self) -> bool:
        return self.step == self.steps * (len(self.losses) + 1)

    def end_epoch(self, loss: float) -> None:
        """Record the mean loss of an epoch; raise if it is not finite."""
        self.losses.append(loss)
        if not math.isfinite(loss):
            what = "NaN" if math.isnan(loss) else "infinite"
            raise TaskError(
                f"The loss became {what} in epoch {len(self.losses)} of phase '{self.phase.name}'; "
                "lower model.learning_rate or set model.clip."
            )

    def record_validation(self, loss: float) -> bool:
        """Record the validation loss of an epoch. Returns whether it is the lowest so far."""
        self.validation.append(loss)
        return loss < min(self.validation[:-1], default=math.inf)

    @property
    def chosen(self) -> int:
        """The epoch whose weights are used, counted from 1."""
        finite = [loss for loss in self.validation if loss < math.inf]
        best = self.validation.index(min(finite)) + 1 if finite else 0
        return best if best and self.model.validates else len(self.losses)

    @property
    def out_of_patience(self) -> bool:
        return self.model.validates and len(self.losses) - self.chosen >= self.model.patience

    @property
    def finished(self) -> bool:
        return len(self.losses) == self.epochs or self.out_of_patience

    @property
    def log(self) -> dict[str, Any]:
        """Plain values for the record."""
        return {
            "name": self.phase.name,
            "epochs": len(self.losses),
            "chosen": self.chosen,
            "stopping": self.model.stopping,
            "stopped": "patience" if self.out_of_patience else "epochs",
            "loss": self.losses,
            "validation_loss": self.validation,
        }
