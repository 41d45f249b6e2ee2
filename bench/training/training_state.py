"""A member with its network: where it is in its plan, and the checkpoint that says so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bench.errors import TaskError
from bench.training.checkpoint import Checkpoint, fingerprint
from bench.training.networks.convolution import quicken
from bench.training.networks.dropout import attach
from bench.training.networks.freezing import check, learning
from bench.training.phase_state import PhaseState
from bench.training.predictor import restore, tensors_of

if TYPE_CHECKING:
    from torch import Tensor

    from bench.training.network_fit import NetworkFit
    from bench.training.settings import Settings


class TrainingState:
    """Built in the calling thread, since first weights are drawn there."""

    def __init__(self, number: int, member: NetworkFit, settings: Settings) -> None:
        if not len(member.train):
            raise TaskError("There are no windows to train on.")
        if member.model.validates and not (member.validation and len(member.validation)):
            raise TaskError("There is no validation part to find the best epoch on; use -o model.stopping=last.")
        self.number, self.member, self.plan = number, member, member.plan
        self.network = member.network()
        check(self.network)
        for phase in self.plan:
            learning(self.network, phase)  # an error where nothing would learn
        self.phase = 0  # the first that has not ended
        self.logs: list[dict[str, Any]] = []
        self.fingerprint = fingerprint(member, settings) if member.checkpoint else ""
        self.found = Checkpoint.load(member.checkpoint, self.fingerprint)
        if self.found:
            restore(self.network, self.found.part("network"))
            self.phase, self.logs = self.found.phase, self.found.phases
        self.network.to(settings.device)
        if settings.on_cpu:
            quicken(self.network)
        self.noise = attach(self.network, settings.device)
        self.kept = time.monotonic()

    @property
    def unkept(self) -> float:
        """Seconds since the last checkpoint, or since there could be one."""
        return time.monotonic() - self.kept

    @property
    def over(self) -> bool:
        return self.phase == len(self.plan)

    def phase_state(self) -> PhaseState:
        """The phase that it is in, from its beginning or from where the checkpoint was written."""
        before = sum(
            PhaseState(self.member, number, phase).all_steps for number, phase in enumerate(self.plan[: self.phase])
        )
        phase_state = PhaseState(self.member, self.phase, self.plan[self.phase], before)
        if self.found and self.found.phase == self.phase:
            phase_state.losses, phase_state.validation = self.found.losses, self.found.validation
            phase_state.step = len(phase_state.losses) * phase_state.steps
            phase_state.best = self.found.part("best")
        return phase_state

    def leave(self, phase_state: PhaseState) -> None:
        """The end of a phase."""
        if phase_state.best:
            restore(self.network, tensors_of(self.network) | phase_state.best)
        self.logs.append(phase_state.log)
        self.phase += 1
        self.keep(PhaseState(self.member, self.phase, phase_state.phase), {})

    def keep(self, phase_state: PhaseState, moments: dict[str, Tensor]) -> None:
        """Write a checkpoint, if there is to be one."""
        if self.member.checkpoint is None:
            return
        parts = {"network": tensors_of(self.network), "optimiser": moments, "best": phase_state.best}
        tensors = {f"{part}.{name}": tensor for part, named in parts.items() for name, tensor in named.items()}
        state = Checkpoint(tensors, self.phase, phase_state.losses, phase_state.validation, self.logs)
        state.save(self.member.checkpoint, self.fingerprint)
        self.kept = time.monotonic()
