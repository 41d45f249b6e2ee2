"""The engine: trains any number of networks, beside each other or as stacks, none of them influenced by the others."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

import torch

from bench.errors import BenchError
from bench.training.device import numerics, out_of_memory, room, too_large
from bench.training.device_signals import DeviceSignals
from bench.training.networks.dropout import draws
from bench.training.phase_state import PhaseState
from bench.training.progress import PAUSE, Progress
from bench.training.trainer import Trainer
from bench.training.training_state import TrainingState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bench.training.network_fit import NetworkFit
    from bench.training.predictor import Predictor
    from bench.training.settings import Settings

    Result = tuple[int, Predictor | BenchError]


def train(
    members: Sequence[NetworkFit], settings: Settings, on_progress: Callable[[str, int, int], None] | None = None
) -> Iterator[Result]:
    """Each member's number with its trained network, or why it failed, in the order in which they end.

    `tell(text, done, total)` hears how many steps are done, and remarks with 0 of 0, in the thread that iterates.
    """
    if not members:
        return
    progress = Progress([steps(member) for member in members], on_progress)
    with numerics(settings, progress.remark):
        windows = [part for member in members for part in (member.train, member.validation) if part is not None]
        engine = Engine(members, DeviceSignals(windows, settings.device), settings, progress)
        for number, result in engine.results():
            progress.end(number)
            yield number, result


def steps(member: NetworkFit) -> int:
    """All steps of all phases; none of a member that cannot be trained, as will be said."""
    try:
        return sum(PhaseState(member, number, phase).all_steps for number, phase in enumerate(member.plan))
    except (BenchError, ZeroDivisionError):
        return 0


class Engine:
    """Two strategies behind one interface."""

    def __init__(
        self, members: Sequence[NetworkFit], signals: DeviceSignals, settings: Settings, progress: Progress
    ) -> None:
        self.members, self.settings, self.progress = members, settings, progress
        self.group = Trainer(signals, settings, progress, stacked=False)
        self.stack = Trainer(signals, settings, progress, stacked=True)

    def results(self) -> Iterator[Result]:
        """By the strategy that was chosen; networks that draw random numbers are never part of a stack."""
        if not self.settings.stacked:
            yield from self.separate(range(len(self.members)))
            return
        shapes: dict[object, list[int]] = {}
        for number, member in enumerate(self.members):
            shapes.setdefault(member.shape, []).append(number)
        drawing = [numbers for numbers in shapes.values() if draws(self.members[numbers[0]].network())]
        yield from self.stacked([numbers for numbers in shapes.values() if numbers not in drawing])
        yield from self.separate([number for numbers in drawing for number in numbers])

    def separate(self, numbers: Iterable[int]) -> Iterator[Result]:
        """One by one; on a CPU some at a time, each in a thread of its own that computes on one core."""
        waiting, workers = list(numbers), self.settings.threads
        before = torch.get_num_threads()
        pool = ThreadPoolExecutor(workers, "bench", initializer=torch.set_num_threads, initargs=(1,))
        running: dict[Future[list[Result]], int] = {}
        try:
            while waiting or running:
                while waiting and len(running) < workers:
                    number = waiting.pop(0)
                    state = self.state(number)
                    if isinstance(state, BenchError):
                        yield number, state
                    else:
                        running[pool.submit(self.alone, state)] = number
                ended, _ = wait(running, PAUSE, FIRST_COMPLETED)
                self.progress.show()
                for future in sorted(ended, key=running.__getitem__):
                    number = running.pop(future)
                    error = future.exception()
                    if error is None:
                        yield from future.result()
                    elif isinstance(error, BenchError):
                        yield number, error
                    elif not out_of_memory(error):
                        raise error
                    elif workers > 1 and running:
                        workers = max(1, workers // 2)
                        waiting.insert(0, number)
                        self.progress.remark(
                            f"Memory is too small for so many networks at once; going on with {workers}."
                        )
                    else:
                        yield number, too_large(self.members[number], self.settings.device)
        finally:
            self.progress.stop.set()
            pool.shutdown(cancel_futures=True)
            torch.set_num_threads(before)

    def alone(self, state: TrainingState) -> list[Result]:
        return list(self.group.run([state]))

    def stacked(self, shapes: Iterable[list[int]]) -> Iterator[Result]:
        """As stacks of one shape each, as large as memory allows."""
        waiting = [part for numbers in shapes for part in self.parts(numbers)]
        while waiting:
            numbers = waiting.pop(0)
            left = dict.fromkeys(numbers)
            try:
                for number, result in self.together(numbers):
                    del left[number]
                    yield number, result
            except BenchError as error:
                yield from ((number, error) for number in left)
                continue
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                numbers = list(left)
            else:
                continue
            torch.cuda.empty_cache()  # outside of `except`, where the traceback would keep tensors
            if len(numbers) == 1:
                yield numbers[0], too_large(self.members[numbers[0]], self.settings.device)
            else:
                half = len(numbers) // 2
                waiting[:0] = [numbers[:half], numbers[half:]]
                told = f"Memory is too small for {len(numbers)} networks at once; going on with {len(numbers) - half}."
                self.progress.remark(told)

    def parts(self, numbers: list[int]) -> list[list[int]]:
        """Members of one shape, as many together as were asked for or as fit."""
        size = self.settings.together or room(lambda: self.probe(numbers[0]), self.settings.device) or len(numbers)
        return [numbers[first : first + size] for first in range(0, len(numbers), size)]

    def probe(self, number: int) -> None:
        """One step of one member, to see what memory it takes."""
        state = self.state(number)
        if not isinstance(state, BenchError) and not state.over:
            self.stack.try_out([state])

    def together(self, numbers: Sequence[int]) -> Iterator[Result]:
        """A stack."""
        states = []
        for number in numbers:
            state = self.state(number)
            if isinstance(state, BenchError):
                yield number, state
            else:
                states.append(state)
        yield from self.stack.run(states)

    def state(self, number: int) -> TrainingState | BenchError:
        try:
            return TrainingState(number, self.members[number], self.settings)
        except BenchError as error:
            return error
