"""How far a training is, in words: counted in any thread, told from the one that asked for it."""

from __future__ import annotations

import statistics
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.deep.course import Course

PAUSE = 0.2  # seconds between two tellings


class Stopped(Exception):  # noqa: N818 - reads as what happened
    """Training was given up, as its caller wanted."""


class Progress:
    """Steps done of all steps. A remark is told with 0 of 0 steps, and kept for the records of all members."""

    def __init__(self, totals: Sequence[int], tell: Callable[[str, int, int], None] | None) -> None:
        self.totals, self.tell = list(totals), tell
        self.done = [0 for _ in totals]
        self.courses: dict[int, Course] = {}
        self.remarks: list[str] = []
        self.text, self.told = "", 0.0
        self.stop = threading.Event()
        self.caller = threading.get_ident()

    def check(self) -> None:
        """Give up if that is wanted."""
        if self.stop.is_set():
            raise Stopped

    def advance(self, courses: dict[int, Course]) -> None:
        """These members have come so far."""
        for number, course in courses.items():
            self.done[number] = course.done
        self.courses.update(courses)
        if threading.get_ident() == self.caller:
            self.show()

    def end(self, number: int) -> None:
        """A member has ended, or failed."""
        self.done[number] = self.totals[number]
        self.courses.pop(number, None)
        if self.tell and self.text and self.done == self.totals:
            self.tell(self.text, sum(self.done), sum(self.totals))

    def show(self) -> None:
        """Tell how far it is, not too often. Only for the thread that the caller is in."""
        courses = list(dict(self.courses).values())
        if self.tell is None or not courses or time.monotonic() - self.told < PAUSE:
            return
        self.told = time.monotonic()
        last = min(courses, key=lambda course: course.done)
        losses = [course.losses[-1] for course in courses if course.losses]
        count = f"{len(courses)} network{'s' if len(courses) > 1 else ''}"
        epoch = f"epoch {min(len(last.losses) + 1, last.epochs)} of {last.epochs}"
        loss = f", loss {statistics.fmean(losses):.2f}" if losses else ""
        self.text = f"{last.phase.name}: {count}, {epoch}{loss}"
        self.tell(self.text, sum(self.done), sum(self.totals))

    def remark(self, text: str) -> None:
        """Something to know about this training."""
        self.remarks.append(text)
        if self.tell:
            self.tell(text, 0, 0)
