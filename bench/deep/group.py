"""Members that are trained together, phase by phase; a group of one is a plain network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from bench.deep.learner import Alone, Learner, Stack
from bench.deep.lesson import Lesson
from bench.deep.parts import freeze
from bench.deep.trained import Trained
from bench.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.deep.course import Course
    from bench.deep.progress import Progress
    from bench.deep.settings import Settings
    from bench.deep.signals import Signals
    from bench.deep.trainee import Trainee

STRIDE = 8  # steps that are planned at once, and between which progress is told
PATIENCE = 60  # seconds without a checkpoint, after which the end of an epoch is worth one


class Group:
    """Members of one shape."""

    def __init__(self, signals: Signals, settings: Settings, progress: Progress, *, stacked: bool) -> None:
        self.signals, self.settings, self.progress, self.stacked = signals, settings, progress, stacked

    def run(self, trainees: Sequence[Trainee]) -> Iterator[tuple[int, Trained | BenchError]]:
        """Each member's network when it is ready, or why there is none."""
        waiting = []
        for trainee in trainees:
            if trainee.over:  # as its checkpoint says
                yield trainee.number, self.trained(trainee)
            else:
                waiting.append(trainee)
        while waiting:
            first = min(trainee.phase for trainee in waiting)
            here = [trainee for trainee in waiting if trainee.phase == first]
            for trainee, error in self.learn(here):
                if error or trainee.over:
                    waiting.remove(trainee)
                    yield trainee.number, error or self.trained(trainee)

    def learn(self, trainees: list[Trainee]) -> Iterator[tuple[Trainee, BenchError | None]]:
        """One phase of members that are in the same: each when it has ended it, or failed."""
        courses = [trainee.course() for trainee in trainees]
        learner = self.learner(trainees, courses)
        for slot, trainee in enumerate(trainees):
            if trainee.found:
                learner.load(slot, trainee.found.part("optimiser"))
                trainee.found = None
        running = list(range(len(trainees)))
        while running:
            self.advance(learner, trainees, courses, running, STRIDE)
            self.progress.advance({trainees[slot].number: courses[slot] for slot in running})
            for slot in [slot for slot in running if courses[slot].epoch_ends]:
                trainee, course = trainees[slot], courses[slot]
                error = self.end_epoch(learner, slot, trainee, course)
                if error or course.over:
                    running.remove(slot)
                    learner.release(slot)
                    yield trainee, error or self.leave(trainee, course)
            if running and self.pays(len(running), len(trainees)):
                trainees, courses = [trainees[slot] for slot in running], [courses[slot] for slot in running]
                before, learner = learner, self.learner(trainees, courses)
                learner.take(before, running)
                running = list(range(len(trainees)))

    def learner(self, trainees: Sequence[Trainee], courses: Sequence[Course]) -> Learner:
        """All networks with their windows on the device."""
        networks = [trainee.network for trainee in trainees]
        lesson = Lesson(self.signals, courses, networks)
        return (Stack if self.stacked else Alone)(networks, courses, lesson, self.settings)

    def try_out(self, trainees: list[Trainee]) -> None:
        """Two steps whose outcome nobody keeps."""
        courses = [trainee.course() for trainee in trainees]
        self.advance(self.learner(trainees, courses), trainees, courses, range(len(trainees)), 2)

    def pays(self, running: int, slots: int) -> bool:
        """Whether to take out those who have ended: a compiled step would have to be compiled again for fewer."""
        return running < slots and (not self.settings.compile or 2 * running <= slots)

    def advance(
        self,
        learner: Learner,
        trainees: Sequence[Trainee],
        courses: Sequence[Course],
        running: Sequence[int],
        most: int,
    ) -> None:
        """Some steps of all who run, up to the end of an epoch of one of them."""
        steps = min(most, *(courses[slot].ahead for slot in running))
        rows = np.zeros((steps, len(courses), courses[0].batch), dtype=np.int64)
        factors = np.tile([0.0, 1.0, 1.0], (steps, len(courses), 1))  # those who have ended stay where they are
        for slot in running:
            first, noise = courses[slot].step, trainees[slot].noise
            if noise and courses[slot].epoch_begins:
                noise.begin(courses[slot])
            rows[:, slot] = courses[slot].take(steps)
            factors[:, slot] = learner.optimiser.factors(slot, first, courses[slot].rates[first : first + steps])
        device = self.signals.device
        planned = torch.from_numpy(rows).to(device), torch.from_numpy(factors.astype(np.float32)).to(device)
        for row, factor in zip(*planned, strict=True):
            self.progress.check()
            learner.step(row, factor)

    def end_epoch(self, learner: Learner, slot: int, trainee: Trainee, course: Course) -> BenchError | None:
        """A look at the losses, and a checkpoint if one is due; what is wrong with this member, if something is."""
        try:
            course.end_epoch(learner.total(slot) / course.steps)
            if course.watched:
                self.validate(learner, slot, trainee, course)
            due = len(course.losses) % self.settings.checkpoint_epochs == 0 or trainee.unkept > PATIENCE
            if due and not course.over:
                trainee.keep(course, learner.moments(slot))
        except BenchError as error:
            return error
        return None

    def validate(self, learner: Learner, slot: int, trainee: Trainee, course: Course) -> None:
        """Keep what has been learnt where it is the best so far."""
        trainee.network.eval()
        loss = course.member.validate(trainee.network, self.signals, course.phase)
        freeze(trainee.network, course.phase)
        if course.judge(loss) and course.model.validates:
            course.best = learner.learnt(slot)

    def leave(self, trainee: Trainee, course: Course) -> BenchError | None:
        """The end of a phase; what is wrong then, if something is."""
        try:
            trainee.leave(course)
        except BenchError as error:
            return error
        return None

    def trained(self, trainee: Trainee) -> Trained:
        """What is left of a member that has ended."""
        member, network = trainee.member, trainee.network.eval()
        log: dict[str, Any] = {
            "device": self.settings.device,
            "precision": self.settings.precision,
            "strategy": "stacked" if self.stacked else "separate",
            "compile": self.settings.compile,
            "phases": trainee.logs,
            "remarks": list(self.progress.remarks),
        }
        log |= member.seen(network, self.signals)
        return Trained(network, member.inputs, member.classes, self.settings.device, log)
