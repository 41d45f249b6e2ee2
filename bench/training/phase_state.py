"""How far one member is in one phase, when it stops, and what is written down about it."""

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
    """One member in one phase."""

    member: NetworkFit
    number: int  # of the phase
    phase: Phase
    before: int = 0  # steps of the phases before it
    step: int = 0  # steps done
    losses: list[float] = field(default_factory=list)  # of each epoch that is done
    validation: list[float] = field(default_factory=list)
    best: Tensors = field(default_factory=dict)  # what was learnt in the epoch of the lowest validation loss

    @cached_property
    def model(self) -> Staged:
        """With its options of this phase; what is learnt from cannot also judge."""
        aside: dict[str, Any] = {"stopping": "last"} if self.phase.held_out else {}
        return replace(self.member.model, **self.phase.training, **aside)

    @cached_property
    def windows(self) -> LabelledWindowSet:
        """What it learns from."""
        return self.member.windows(self.phase)

    @cached_property
    def batch(self) -> int:
        """Windows per step: where there are fewer, all of them."""
        return min(self.model.batch, len(self.windows))

    @cached_property
    def steps(self) -> int:
        """Steps of an epoch."""
        return len(self.windows) // self.batch

    @property
    def epochs(self) -> int:
        return epochs(self.model, self.steps)

    @property
    def all_steps(self) -> int:
        return self.epochs * self.steps

    @property
    def done(self) -> int:
        """Steps done, those of the phases before it too."""
        return self.before + self.step

    @property
    def epoch_begins(self) -> bool:
        return self.step == self.steps * len(self.losses)

    @cached_property
    def rates(self) -> Array:
        return rates(self.model, self.steps)

    @property
    def ahead(self) -> int:
        """Steps to the end of the epoch."""
        return self.steps - self.step % self.steps

    def take(self, steps: int) -> Array:
        """The windows of the next steps, all of one epoch: (steps, batch)."""
        first = self.step % self.steps
        if not first:
            self.order = order(self.member.seed, self.number, len(self.losses), len(self.windows), self.batch)
        self.step += steps
        return self.order[first : first + steps]

    @property
    def watched(self) -> bool:
        """Whether each epoch ends with a look at the validation part."""
        return self.model.validates or self.member.watched

    @property
    def epoch_ends(self) -> bool:
        return self.step == self.steps * (len(self.losses) + 1)

    def end_epoch(self, loss: float) -> None:
        """Write down the mean loss of an epoch, or tell that it is none."""
        self.losses.append(loss)
        if not math.isfinite(loss):
            what = "NaN" if math.isnan(loss) else "infinite"
            raise TaskError(
                f"The loss became {what} in epoch {len(self.losses)} of phase '{self.phase.name}'; "
                "lower model.learning_rate or set model.clip."
            )

    def judge(self, loss: float) -> bool:
        """Write down the validation loss of an epoch; whether it is the lowest so far."""
        self.validation.append(loss)
        return loss < min(self.validation[:-1], default=math.inf)

    @property
    def chosen(self) -> int:
        """The epoch whose weights are kept, counted from 1."""
        finite = [loss for loss in self.validation if loss < math.inf]
        best = self.validation.index(min(finite)) + 1 if finite else 0
        return best if best and self.model.validates else len(self.losses)

    @property
    def patience_ended(self) -> bool:
        return self.model.validates and len(self.losses) - self.chosen >= self.model.patience

    @property
    def over(self) -> bool:
        return len(self.losses) == self.epochs or self.patience_ended

    @property
    def log(self) -> dict[str, Any]:
        """Plain values for the record."""
        return {
            "name": self.phase.name,
            "epochs": len(self.losses),
            "chosen": self.chosen,
            "stopping": self.model.stopping,
            "stopped": "patience" if self.patience_ended else "epochs",
            "loss": self.losses,
            "validation_loss": self.validation,
        }
