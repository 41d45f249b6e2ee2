"""A network in training: its current phase, and the checkpoint that it resumes from."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bench.errors import TaskError
from bench.training.checkpoint import Checkpoint, fingerprint
from bench.training.networks.convolution import use_channels_last
from bench.training.networks.dropout import attach_random_stream
from bench.training.networks.freezing import check, learning
from bench.training.phase_state import PhaseState
from bench.training.predictor import load_state, tensors_of

if TYPE_CHECKING:
    from torch import Tensor

    from bench.training.network_fit import NetworkFit
    from bench.training.settings import Settings


class TrainingState:
    """Build it in the calling thread: initial weights are drawn from torch's global generator."""

    def __init__(self, number: int, fit: NetworkFit, settings: Settings) -> None:
        if not len(fit.train):
            raise TaskError("There are no windows to train on.")
        if fit.model.validates and not (fit.validation and len(fit.validation)):
            raise TaskError("There is no validation part to find the best epoch on; use -o model.stopping=last.")
        self.number, self.fit, self.plan = number, fit, fit.plan
        self.network = fit.network()
        check(self.network)
        for phase in self.plan:
            learning(self.network, phase)  # raises if nothing would be trained
        self.phase = 0  # the current phase
        self.paused: PhaseState | None = None
        self.logs: list[dict[str, Any]] = []
        self.fingerprint = fingerprint(fit, settings) if fit.checkpoint else ""
        self.checkpoint = Checkpoint.load(fit.checkpoint, self.fingerprint)
        if self.checkpoint:
            load_state(self.network, self.checkpoint.part("network"))
            self.phase, self.logs = self.checkpoint.phase, self.checkpoint.phases
        self.network.to(settings.device)
        if settings.on_cpu:
            use_channels_last(self.network)
        self.stream = attach_random_stream(self.network, settings.device)
        self.saved_at = time.monotonic()

    @property
    def seconds_since_checkpoint(self) -> float:
        """Seconds since the last checkpoint, or since training began."""
        return time.monotonic() - self.saved_at

    @property
    def finished(self) -> bool:
        return self.phase == len(self.plan)

    def steps_of(self, phases: int) -> int:
        """All steps of the first phases."""
        return sum(PhaseState(self.fit, number, phase).all_steps for number, phase in enumerate(self.plan[:phases]))

    def pauses(self, phase_state: PhaseState) -> bool:
        """Whether to pause at the end of this epoch."""
        if self.fit.until < 1 and not phase_state.finished:
            wanted = self.fit.until * self.steps_of(len(self.plan))
            self.paused = phase_state if phase_state.done >= wanted else None
        return self.paused is not None

    def phase_state(self) -> PhaseState:
        """The current phase, from its beginning or from the checkpoint."""
        phase_state = PhaseState(self.fit, self.phase, self.plan[self.phase], self.steps_of(self.phase))
        if self.checkpoint and self.checkpoint.phase == self.phase:
            phase_state.losses, phase_state.validation = self.checkpoint.losses, self.checkpoint.validation
            phase_state.step = len(phase_state.losses) * phase_state.steps
            phase_state.best = self.checkpoint.part("best")
        return phase_state

    def end_phase(self, phase_state: PhaseState) -> None:
        """Restore the best weights, if they were kept, and go on to the next phase."""
        if phase_state.best:
            load_state(self.network, tensors_of(self.network) | phase_state.best)
        self.logs.append(phase_state.log)
        self.phase += 1
        self.save_checkpoint(PhaseState(self.fit, self.phase, phase_state.phase), {})

    def save_checkpoint(self, phase_state: PhaseState, moments: dict[str, Tensor]) -> None:
        """Write a checkpoint, if the fit has a file for it."""
        if self.fit.checkpoint is None:
            return
        parts = {"network": tensors_of(self.network), "optimiser": moments, "best": phase_state.best}
        tensors = {f"{part}.{name}": tensor for part, named in parts.items() for name, tensor in named.items()}
        checkpoint = Checkpoint(tensors, self.phase, phase_state.losses, phase_state.validation, self.logs)
        checkpoint.save(self.fit.checkpoint, self.fingerprint)
        self.saved_at = time.monotonic()
