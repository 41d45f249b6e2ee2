"""The engine: trains any number of networks, in parallel threads or as stacks, without influence on each other."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

import torch

from bench.training.device import (
    current,
    device_lost,
    networks_that_fit,
    numerics,
    out_of_memory,
    release_memory,
    too_large,
)
from bench.training.device_signals import DeviceSignals
from bench.training.networks.dropout import stackable
from bench.training.phase_state import PhaseState
from bench.training.progress import PAUSE, Progress
from bench.training.trainer import Trainer
from bench.training.training_state import TrainingState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bench.training.network_fit import NetworkFit
    from bench.training.predictor import Predictor
    from bench.training.settings import Settings

    Result = tuple[int, Predictor | Exception]


def train(
    fits: Sequence[NetworkFit], settings: Settings, on_progress: Callable[[str, int, int], None] | None = None
) -> Iterator[Result]:
    """The number of each fit with its predictor, or with the exception that ended it, as they end.

    `on_progress(text, done, total)` is called with steps done, and with remarks as 0 of 0, in the iterating thread.
    """
    if not fits:
        return
    progress = Progress([steps(fit) for fit in fits], on_progress)
    with numerics(settings, progress.remark):
        windows = [part for fit in fits for part in (fit.train, fit.validation) if part is not None]
        engine = Engine(fits, DeviceSignals(windows, settings.device), settings, progress)
        for number, result in engine.results():
            progress.end(number)
            yield number, result


def steps(fit: NetworkFit) -> int:
    """All steps of all phases; 0 for a network that cannot be trained, whose error comes later."""
    try:
        return sum(PhaseState(fit, number, phase).all_steps for number, phase in enumerate(fit.plan))
    except Exception:  # noqa: BLE001 - a plugin may raise anything
        return 0


def retrying(count: int) -> str:
    """A remark for the record."""
    return f"Out of memory; retrying with {count} network{'s' * (count > 1)} at a time."


class Engine:
    """Two strategies behind one interface."""

    def __init__(
        self, fits: Sequence[NetworkFit], signals: DeviceSignals, settings: Settings, progress: Progress
    ) -> None:
        self.fits, self.settings, self.progress = fits, settings, progress
        self.lost: Exception | None = None  # why nothing more can be trained in this process
        self.trainer = Trainer(signals, settings, progress, stacked=False)
        self.stacked_trainer = Trainer(signals, settings, progress, stacked=True)

    def results(self) -> Iterator[Result]:
        """Train by the chosen strategy. Networks that draw other random numbers than dropout are never stacked."""
        if not self.settings.stacked:
            yield from self.separate(range(len(self.fits)))
            return
        shapes: dict[object, list[int]] = {}
        for number, fit in enumerate(self.fits):
            try:
                shapes.setdefault(fit.shape, []).append(number)
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other networks go on
                yield number, error
        stacks = [numbers for numbers in shapes.values() if self.stackable(numbers[0])]
        yield from self.stacked(stacks)
        yield from self.separate([number for numbers in shapes.values() if numbers not in stacks for number in numbers])

    def separate(self, numbers: Iterable[int]) -> Iterator[Result]:
        """Train networks separately; on a CPU several at a time, each in a thread on one core."""
        waiting, workers = list(numbers), self.settings.threads
        again = set() if self.settings.on_cpu else set(waiting)  # to be retried; free memory of a GPU may be in pieces
        before = torch.get_num_threads()
        pool = ThreadPoolExecutor(workers, "bench", initializer=torch.set_num_threads, initargs=(1,))
        running: dict[Future[list[Result]], int] = {}
        try:
            while waiting or running:
                while waiting and len(running) < workers:
                    number = waiting.pop(0)
                    if self.lost:
                        yield number, self.lost
                        continue
                    running[self.start(pool, number)] = number
                    again.update(running.values() if len(running) > 1 else ())
                ended, _ = wait(running, PAUSE, FIRST_COMPLETED)
                self.progress.show()
                found = {running.pop(each): self.outcome(each) for each in sorted(ended, key=running.__getitem__)}
                del ended  # the traceback of a failure keeps its tensors alive
                for number, outcome in found.items():
                    if isinstance(outcome, list):
                        yield from outcome
                    elif outcome is not None:
                        yield number, outcome
                    elif number in again:
                        again.remove(number)
                        waiting.insert(0, number)
                        workers = max(1, workers // 2)
                        release_memory()
                        self.progress.remark(retrying(workers))
                    else:
                        yield number, too_large(self.fits[number], self.settings.device)
        finally:
            self.progress.stop.set()
            pool.shutdown(cancel_futures=True)
            torch.set_num_threads(before)

    def outcome(self, future: Future[list[Result]]) -> list[Result] | Exception | None:
        """The results of a thread, or what ended it; None where memory was exhausted."""
        error = future.exception()
        if error is None:
            return future.result()
        if not isinstance(error, Exception):
            raise error
        if out_of_memory(error):
            return None
        self.lost = self.lost or device_lost(error, self.settings.device)
        return error

    def start(self, pool: ThreadPoolExecutor, number: int) -> Future[list[Result]]:
        """Build a network in this thread and train it in another; what building raises is the result as well."""
        try:
            return pool.submit(self.train_one, TrainingState(number, self.fits[number], self.settings))
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other networks go on
            failed: Future[list[Result]] = Future()
            failed.set_exception(error)
            return failed

    def train_one(self, state: TrainingState) -> list[Result]:
        with current(self.settings.device):  # each thread has one of its own
            return list(self.trainer.run([state]))

    def stacked(self, shapes: Iterable[list[int]]) -> Iterator[Result]:
        """Train networks as stacks of one shape, as large as memory allows.

        An exception in a stack may come from any of its networks, so these are tried again one by one.
        """
        waiting = [part for numbers in shapes for part in self.stacks_of(numbers)]
        while waiting:
            numbers = waiting.pop(0)
            if self.lost:
                yield from ((number, self.lost) for number in numbers)
                continue
            left = dict.fromkeys(numbers)
            try:
                for number, result in self.train_stack(numbers):
                    del left[number]
                    yield number, result
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the other networks go on
                numbers = list(left)
                if not out_of_memory(error):
                    self.lost = device_lost(error, self.settings.device)
                    if len(numbers) == 1:
                        yield numbers[0], error
                    else:
                        waiting[:0] = [[number] for number in numbers]
                    continue
            else:
                continue
            release_memory()  # outside of `except`, where the traceback would keep tensors alive
            if len(numbers) == 1:
                yield numbers[0], too_large(self.fits[numbers[0]], self.settings.device)
            else:
                half = len(numbers) // 2
                waiting[:0] = [numbers[:half], numbers[half:]]
                self.progress.remark(retrying(len(numbers) - half))

    def stacks_of(self, numbers: list[int]) -> list[list[int]]:
        """Networks of one shape, split into stacks of the requested size, or of what fits."""
        size = self.settings.together
        if not size and not self.lost:
            size = networks_that_fit(lambda: self.probe(numbers[0]), self.settings.device)
        size = size or len(numbers)
        return [numbers[first : first + size] for first in range(0, len(numbers), size)]

    def stackable(self, number: int) -> bool:
        """Whether a network can be stacked; one that cannot be built fails when it is trained."""
        try:
            return stackable(self.fits[number].network(), compiled=self.settings.compile)
        except Exception:  # noqa: BLE001 - as above
            return True

    def probe(self, number: int) -> None:
        """Train one network for a few steps, to measure its memory; one that cannot be trained fails later."""
        try:
            state = TrainingState(number, self.fits[number], self.settings)
            if not state.finished:
                self.stacked_trainer.probe([state])
        except Exception as error:
            if out_of_memory(error):
                raise
            self.lost = device_lost(error, self.settings.device)

    def train_stack(self, numbers: Sequence[int]) -> Iterator[Result]:
        """Train one stack."""
        states = []
        for number in numbers:
            try:
                states.append(TrainingState(number, self.fits[number], self.settings))
            except Exception as error:
                if out_of_memory(error):
                    raise
                yield number, error
        yield from self.stacked_trainer.run(states)
