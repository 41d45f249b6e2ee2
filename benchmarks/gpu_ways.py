"""The ways in which the engine can do a step: one network, a stack of them, a CUDA graph, streams."""

import numpy as np
import torch

from bench.training.batches import LabelledBatches
from bench.training.device import numerics
from bench.training.device_signals import DeviceSignals
from bench.training.networks.dropout import attach_random_stream
from bench.training.phase_state import PhaseState
from bench.training.settings import Settings
from bench.training.train_step import SingleStep, StackedStep


class Ways:
    """Measures them for some members whose signals are on the device."""

    def __init__(self, table, members, data):
        self.table, self.members, self.device = table, members, table.device
        self.signals = DeviceSignals([data], self.device)

    def measure(self, name, members, *, graph=False, **options):
        settings = Settings(device=self.device, graphs=graph, **options)
        with numerics(settings, print):
            self.table.measure(name, len(members), lambda: self.step(members, settings))

    def measure_streams(self, count):
        settings = Settings(device=self.device, strategy="separate")
        with numerics(settings, print):
            name = f"separate, graphs in {count} streams"
            self.table.measure(name, count, lambda: self.streams(self.members[:count], settings))

    def step(self, members, settings):
        """A function that does one step after another, planned ahead as the engine plans them."""
        states = [PhaseState(member, 0, member.plan[0]) for member in members]
        networks = [member.network().to(self.device) for member in members]
        for network in networks:
            attach_random_stream(network, self.device)
        kind = StackedStep if settings.stacked else SingleStep
        train_step = kind(networks, states, LabelledBatches(self.signals, states, networks), settings)
        count = min(32, *(state.steps_left_in_epoch for state in states))
        planned = [train_step.optimiser.factors(slot, 0, state.rates[:count]) for slot, state in enumerate(states)]
        factors = torch.from_numpy(np.stack(planned, 1).astype(np.float32)).to(self.device)
        rows = torch.from_numpy(np.stack([state.take(count) for state in states], 1)).to(self.device)
        step, place = train_step.step, 0

        def one():
            nonlocal place
            step(rows[place % count], factors[place % count])
            place += 1

        return one

    def streams(self, members, settings):
        """Networks by themselves, each recorded as a graph and repeated in a stream of its own."""
        steps = [self.step([member], settings) for member in members]
        for step in steps:
            for _ in range(5):
                step()
        torch.cuda.synchronize()
        lanes = [torch.cuda.Stream() for _ in steps]

        def one():
            for step, lane in zip(steps, lanes, strict=True):
                with torch.cuda.stream(lane):
                    step()

        return one
