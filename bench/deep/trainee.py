"""A member with its network: where it is in its plan, and the checkpoint that says so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bench.deep.checkpoint import Checkpoint, fingerprint
from bench.deep.convolution import quicken
from bench.deep.course import Course
from bench.deep.noise import attach
from bench.deep.parts import check, learning
from bench.deep.trained import restore, tensors_of
from bench.errors import TaskError

if TYPE_CHECKING:
    from torch import Tensor

    from bench.deep.member import Member
    from bench.deep.settings import Settings


class Trainee:
    """Built in the calling thread, since first weights are drawn there."""

    def __init__(self, number: int, member: Member, settings: Settings) -> None:
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

    def course(self) -> Course:
        """The phase that it is in, from its beginning or from where the checkpoint was written."""
        before = sum(
            Course(self.member, number, phase).all_steps for number, phase in enumerate(self.plan[: self.phase])
        )
        course = Course(self.member, self.phase, self.plan[self.phase], before)
        if self.found and self.found.phase == self.phase:
            course.losses, course.validation = self.found.losses, self.found.validation
            course.step = len(course.losses) * course.steps
            course.best = self.found.part("best")
        return course

    def leave(self, course: Course) -> None:
        """The end of a phase."""
        if course.best:
            restore(self.network, tensors_of(self.network) | course.best)
        self.logs.append(course.log)
        self.phase += 1
        self.keep(Course(self.member, self.phase, course.phase), {})

    def keep(self, course: Course, moments: dict[str, Tensor]) -> None:
        """Write a checkpoint, if there is to be one."""
        if self.member.checkpoint is None:
            return
        parts = {"network": tensors_of(self.network), "optimiser": moments, "best": course.best}
        tensors = {f"{part}.{name}": tensor for part, named in parts.items() for name, tensor in named.items()}
        state = Checkpoint(tensors, self.phase, course.losses, course.validation, self.logs)
        state.save(self.member.checkpoint, self.fingerprint)
        self.kept = time.monotonic()
