"""Trains networks together, phase by phase; one network alone is a group of one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from bench.training.batches import CHUNK, LabelledBatches, validation_losses
from bench.training.cuda_graph import WARM
from bench.training.device import out_of_memory
from bench.training.networks.freezing import freeze
from bench.training.predictor import Predictor
from bench.training.train_step import SingleStep, StackedStep, TrainStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from bench.api import Array
    from bench.training.device_signals import DeviceSignals
    from bench.training.phase_state import PhaseState
    from bench.training.progress import Progress
    from bench.training.settings import Settings
    from bench.training.training_state import TrainingState

STRIDE, GPU_STRIDE = 8, 64  # steps that are planned at once; progress is reported between them
MORE = 4  # windows for each one of a training step that a stack validates at once, for which nothing is kept
PATIENCE = 60  # seconds since the last checkpoint, after which the end of an epoch gets one


class Trainer:
    """Networks of one shape."""

    def __init__(self, signals: DeviceSignals, settings: Settings, progress: Progress, *, stacked: bool) -> None:
        self.signals, self.settings, self.progress, self.stacked = signals, settings, progress, stacked
        self.stride = STRIDE if settings.on_cpu else GPU_STRIDE
        self.unrecorded: set[object] = set()  # shapes whose steps cannot be recorded

    def run(self, states: Sequence[TrainingState]) -> Iterator[tuple[int, Predictor | Exception]]:
        """The number of each network with its predictor, or with the exception that ended its training."""
        waiting = []
        for state in states:
            if state.finished:  # its checkpoint is complete
                yield state.number, self.ended(state)
            else:
                waiting.append(state)
        while waiting:
            first = min(state.phase for state in waiting)
            here = [state for state in waiting if state.phase == first]
            for state, error in self.run_phase(here):
                if error or state.finished or state.paused:
                    waiting.remove(state)
                    yield state.number, error or self.ended(state)

    def run_phase(self, states: list[TrainingState]) -> Iterator[tuple[TrainingState, Exception | None]]:
        """One phase of networks that are all in it. Yields each one that ends the phase or fails."""
        phase_states = [state.phase_state() for state in states]
        train_step = self.train_step(states, phase_states)
        for slot, state in enumerate(states):
            if state.checkpoint:
                train_step.load(slot, state.checkpoint.part("optimiser"))
                state.checkpoint = None
        running = list(range(len(states)))
        try:
            while running:
                self.advance(train_step, states, phase_states, running, self.stride)
                self.progress.advance({states[slot].number: phase_states[slot] for slot in running})
                ended = [slot for slot in running if phase_states[slot].at_epoch_end]
                losses = self.validate_together(train_step, ended, phase_states)
                for slot, total in train_step.totals(ended).items():
                    state, phase_state = states[slot], phase_states[slot]
                    error = self.end_epoch(train_step, slot, state, phase_state, total, losses.get(slot))
                    if error or phase_state.finished or state.paused:
                        running.remove(slot)
                        train_step.release(slot)
                        yield state, error or (None if state.paused else self.end_phase(state, phase_state))
                if running and self.worth_rebuilding(len(running), len(states)):
                    states, phase_states = [states[slot] for slot in running], [phase_states[slot] for slot in running]
                    smaller = self.train_step(states, phase_states)
                    smaller.adopt(train_step, running)
                    train_step.close()
                    train_step = smaller
                    running = list(range(len(states)))
        finally:
            train_step.close()

    def train_step(self, states: Sequence[TrainingState], phase_states: Sequence[PhaseState]) -> TrainStep:
        """The step of these networks, with their windows on the device."""
        networks = [state.network for state in states]
        batches = LabelledBatches(self.signals, phase_states, networks)
        kind, settings, shape = StackedStep if self.stacked else SingleStep, self.settings, None
        if settings.graphs and not settings.on_cpu:
            shape = states[0].fit.shape
            settings = replace(settings, graphs=shape not in self.unrecorded)  # each failed recording costs memory
        return kind(networks, phase_states, batches, settings, partial(self.remark, shape))

    def remark(self, shape: object, text: str) -> None:
        """Keep for the records that steps of this shape cannot be recorded."""
        self.unrecorded.add(shape)
        self.progress.note(text)

    def probe(self, states: list[TrainingState]) -> None:
        """Steps whose results are discarded, to measure memory; the last ones are those of a graph."""
        phase_states = [state.phase_state() for state in states]
        train_step = self.train_step(states, phase_states)
        try:
            self.advance(train_step, states, phase_states, range(len(states)), WARM + 2)
        finally:
            train_step.close()

    def worth_rebuilding(self, running: int, slots: int) -> bool:
        """Whether to remove finished networks; a compiled step is compiled again for a smaller number."""
        return running < slots and (not self.settings.compile or 2 * running <= slots)

    def advance(
        self,
        train_step: TrainStep,
        states: Sequence[TrainingState],
        phase_states: Sequence[PhaseState],
        running: Sequence[int],
        most: int,
    ) -> None:
        """Some steps of all running networks, at most to the end of an epoch of one of them."""
        steps = min(most, *(phase_states[slot].steps_left_in_epoch for slot in running))
        rows = np.zeros((steps, len(phase_states), phase_states[0].batch), dtype=np.int64)
        factors = np.tile([0.0, 1.0, 1.0], (steps, len(phase_states), 1))  # finished networks do not move
        for slot in running:
            first, stream = phase_states[slot].step, states[slot].stream
            if stream and phase_states[slot].at_epoch_start:
                stream.start_epoch(phase_states[slot])
            rows[:, slot] = phase_states[slot].take(steps)
            factors[:, slot] = train_step.optimiser.factors(
                slot, first, phase_states[slot].rates[first : first + steps]
            )
        planned = [to_device(values, self.signals.device) for values in (rows, factors.astype(np.float32))]
        for row, factor in zip(*planned, strict=True):
            self.progress.check()
            train_step.step(row, factor)

    def validate_together(
        self, train_step: TrainStep, slots: Sequence[int], phase_states: Sequence[PhaseState]
    ) -> dict[int, float]:
        """The validation losses of several networks of a stack that are at the end of an epoch."""
        slots = [slot for slot in slots if phase_states[slot].model.validates]
        if not isinstance(train_step, StackedStep) or len(slots) < 2:
            return {}
        chosen = [phase_states[slot] for slot in slots]
        forward = train_step.predictor(slots, chosen[0].phase.branch)
        chunk = min(CHUNK, MORE * chosen[0].batch)
        losses = validation_losses(forward, self.signals, [phase_state.fit for phase_state in chosen], chunk)
        return dict(zip(slots, losses, strict=True))

    def end_epoch(
        self,
        train_step: TrainStep,
        slot: int,
        state: TrainingState,
        phase_state: PhaseState,
        total: float,
        loss: float | None,
    ) -> Exception | None:
        """Record losses, validate, and write a checkpoint if one is due. Returns the error of this network, if any."""
        try:
            phase_state.end_epoch(total / phase_state.steps)
            if phase_state.validates_each_epoch:
                loss = self.validation_loss(state, phase_state) if loss is None else loss
                if phase_state.record_validation(loss) and phase_state.model.validates:
                    phase_state.best = train_step.state_of(slot)
            due = (
                state.pauses(phase_state)
                or len(phase_state.losses) % self.settings.checkpoint_epochs == 0
                or state.seconds_since_checkpoint > PATIENCE
            )
            if due and not phase_state.finished:
                state.save_checkpoint(phase_state, train_step.moments(slot))
        except Exception as error:
            if out_of_memory(error):
                raise  # fewer at once may fit
            return error
        return None

    def validation_loss(self, state: TrainingState, phase_state: PhaseState) -> float:
        """The validation loss of one network by itself."""
        state.network.eval()
        loss = phase_state.fit.validate(state.network, self.signals, phase_state.phase)
        freeze(state.network, phase_state.phase)
        return loss

    def end_phase(self, state: TrainingState, phase_state: PhaseState) -> Exception | None:
        """End the phase. Returns the error of this network, if any."""
        try:
            state.end_phase(phase_state)
        except Exception as error:
            if out_of_memory(error):
                raise  # fewer at once may fit
            return error
        return None

    def ended(self, state: TrainingState) -> Predictor | Exception:
        """The predictor of a network that has ended its last phase or pauses, or the error of this network."""
        try:
            return self.predictor(state)
        except Exception as error:
            if out_of_memory(error):
                raise
            return error

    def predictor(self, state: TrainingState) -> Predictor:
        """The predictor of a network that has ended its last phase or pauses."""
        fit, network = state.fit, state.network.eval()
        log: dict[str, Any] = {
            "device": self.settings.device,
            "precision": self.settings.precision,
            "strategy": "stacked" if self.stacked else "separate",
            "compile": self.settings.compile,
            "deterministic": self.settings.deterministic,
            "phases": [*state.logs, *([state.paused.log] if state.paused else [])],
            "remarks": list(self.progress.remarks),
        }
        log |= fit.summary(network, self.signals)
        return Predictor(network, fit.inputs, fit.classes, self.settings.device, log)


def to_device(values: Array, device: str) -> Tensor:
    """A copy on the device. Since it is made from pinned memory, it does not wait for earlier steps of a GPU."""
    found = torch.from_numpy(values)
    return found if device == "cpu" else found.pin_memory().to(device, non_blocking=True)
