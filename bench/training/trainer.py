"""Members that are trained together, phase by phase; a group of one is a plain network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from bench.errors import BenchError
from bench.training.batches import LabelledBatches
from bench.training.networks.freezing import freeze
from bench.training.predictor import Predictor
from bench.training.train_step import SingleStep, StackedStep, TrainStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.training.device_signals import DeviceSignals
    from bench.training.phase_state import PhaseState
    from bench.training.progress import Progress
    from bench.training.settings import Settings
    from bench.training.training_state import TrainingState

STRIDE = 8  # steps that are planned at once, and between which progress is told
PATIENCE = 60  # seconds without a checkpoint, after which the end of an epoch is worth one


class Trainer:
    """Members of one shape."""

    def __init__(self, signals: DeviceSignals, settings: Settings, progress: Progress, *, stacked: bool) -> None:
        self.signals, self.settings, self.progress, self.stacked = signals, settings, progress, stacked

    def run(self, states: Sequence[TrainingState]) -> Iterator[tuple[int, Predictor | BenchError]]:
        """Each member's network when it is ready, or why there is none."""
        waiting = []
        for state in states:
            if state.over:  # as its checkpoint says
                yield state.number, self.trained(state)
            else:
                waiting.append(state)
        while waiting:
            first = min(state.phase for state in waiting)
            here = [state for state in waiting if state.phase == first]
            for state, error in self.learn(here):
                if error or state.over:
                    waiting.remove(state)
                    yield state.number, error or self.trained(state)

    def learn(self, states: list[TrainingState]) -> Iterator[tuple[TrainingState, BenchError | None]]:
        """One phase of members that are in the same: each when it has ended it, or failed."""
        phase_states = [state.phase_state() for state in states]
        train_step = self.train_step(states, phase_states)
        for slot, state in enumerate(states):
            if state.found:
                train_step.load(slot, state.found.part("optimiser"))
                state.found = None
        running = list(range(len(states)))
        while running:
            self.advance(train_step, states, phase_states, running, STRIDE)
            self.progress.advance({states[slot].number: phase_states[slot] for slot in running})
            for slot in [slot for slot in running if phase_states[slot].epoch_ends]:
                state, phase_state = states[slot], phase_states[slot]
                error = self.end_epoch(train_step, slot, state, phase_state)
                if error or phase_state.over:
                    running.remove(slot)
                    train_step.release(slot)
                    yield state, error or self.leave(state, phase_state)
            if running and self.pays(len(running), len(states)):
                states, phase_states = [states[slot] for slot in running], [phase_states[slot] for slot in running]
                before, train_step = train_step, self.train_step(states, phase_states)
                train_step.take(before, running)
                running = list(range(len(states)))

    def train_step(self, states: Sequence[TrainingState], phase_states: Sequence[PhaseState]) -> TrainStep:
        """All networks with their windows on the device."""
        networks = [state.network for state in states]
        batches = LabelledBatches(self.signals, phase_states, networks)
        return (StackedStep if self.stacked else SingleStep)(networks, phase_states, batches, self.settings)

    def try_out(self, states: list[TrainingState]) -> None:
        """Two steps whose outcome nobody keeps."""
        phase_states = [state.phase_state() for state in states]
        self.advance(self.train_step(states, phase_states), states, phase_states, range(len(states)), 2)

    def pays(self, running: int, slots: int) -> bool:
        """Whether to take out those who have ended: a compiled step would have to be compiled again for fewer."""
        return running < slots and (not self.settings.compile or 2 * running <= slots)

    def advance(
        self,
        train_step: TrainStep,
        states: Sequence[TrainingState],
        phase_states: Sequence[PhaseState],
        running: Sequence[int],
        most: int,
    ) -> None:
        """Some steps of all who run, up to the end of an epoch of one of them."""
        steps = min(most, *(phase_states[slot].ahead for slot in running))
        rows = np.zeros((steps, len(phase_states), phase_states[0].batch), dtype=np.int64)
        factors = np.tile([0.0, 1.0, 1.0], (steps, len(phase_states), 1))  # those who have ended stay where they are
        for slot in running:
            first, noise = phase_states[slot].step, states[slot].noise
            if noise and phase_states[slot].epoch_begins:
                noise.begin(phase_states[slot])
            rows[:, slot] = phase_states[slot].take(steps)
            factors[:, slot] = train_step.optimiser.factors(
                slot, first, phase_states[slot].rates[first : first + steps]
            )
        device = self.signals.device
        planned = torch.from_numpy(rows).to(device), torch.from_numpy(factors.astype(np.float32)).to(device)
        for row, factor in zip(*planned, strict=True):
            self.progress.check()
            train_step.step(row, factor)

    def end_epoch(
        self, train_step: TrainStep, slot: int, state: TrainingState, phase_state: PhaseState
    ) -> BenchError | None:
        """A look at the losses, and a checkpoint if one is due; what is wrong with this member, if something is."""
        try:
            phase_state.end_epoch(train_step.total(slot) / phase_state.steps)
            if phase_state.watched:
                self.validate(train_step, slot, state, phase_state)
            due = len(phase_state.losses) % self.settings.checkpoint_epochs == 0 or state.unkept > PATIENCE
            if due and not phase_state.over:
                state.keep(phase_state, train_step.moments(slot))
        except BenchError as error:
            return error
        return None

    def validate(self, train_step: TrainStep, slot: int, state: TrainingState, phase_state: PhaseState) -> None:
        """Keep what has been learnt where it is the best so far."""
        state.network.eval()
        loss = phase_state.member.validate(state.network, self.signals, phase_state.phase)
        freeze(state.network, phase_state.phase)
        if phase_state.judge(loss) and phase_state.model.validates:
            phase_state.best = train_step.learnt(slot)

    def leave(self, state: TrainingState, phase_state: PhaseState) -> BenchError | None:
        """The end of a phase; what is wrong then, if something is."""
        try:
            state.leave(phase_state)
        except BenchError as error:
            return error
        return None

    def trained(self, state: TrainingState) -> Predictor:
        """What is left of a member that has ended."""
        member, network = state.member, state.network.eval()
        log: dict[str, Any] = {
            "device": self.settings.device,
            "precision": self.settings.precision,
            "strategy": "stacked" if self.stacked else "separate",
            "compile": self.settings.compile,
            "phases": state.logs,
            "remarks": list(self.progress.remarks),
        }
        log |= member.seen(network, self.signals)
        return Predictor(network, member.inputs, member.classes, self.settings.device, log)
