"""How far a training is, in words: counted in any thread, told from the one that asked for it."""

from __future__ import annotations

import statistics
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.training.phase_state import PhaseState

PAUSE = 0.2  # seconds between two tellings


class Stopped(Exception):  # noqa: N818 - reads as what happened
    """Training was given up, as its caller wanted."""


class Progress:
    """Steps done of all steps. A remark is told with 0 of 0 steps, and kept for the records of all members."""

    def __init__(self, totals: Sequence[int], on_progress: Callable[[str, int, int], None] | None) -> None:
        self.totals, self.on_progress = list(totals), on_progress
        self.done = [0 for _ in totals]
        self.phase_states: dict[int, PhaseState] = {}
        self.remarks: list[str] = []
        self.text, self.told = "", 0.0
        self.stop = threading.Event()
        self.caller = threading.get_ident()

    def check(self) -> None:
        """Give up if that is wanted."""
        if self.stop.is_set():
            raise Stopped

    def advance(self, phase_states: dict[int, PhaseState]) -> None:
        """These members have come so far."""
        for number, phase_state in phase_states.items():
            self.done[number] = phase_state.done
        self.phase_states.update(phase_states)
        if threading.get_ident() == self.caller:
            self.show()

    def end(self, number: int) -> None:
        """A member has ended, or failed."""
        self.done[number] = self.totals[number]
        self.phase_states.pop(number, None)
        if self.on_progress and self.text and self.done == self.totals:
            self.on_progress(self.text, sum(self.done), sum(self.totals))

    def show(self) -> None:
        """Tell how far it is, not too often. Only for the thread that the caller is in."""
        phase_states = list(dict(self.phase_states).values())
        if self.on_progress is None or not phase_states or time.monotonic() - self.told < PAUSE:
            return
        self.told = time.monotonic()
        last = min(phase_states, key=lambda phase_state: phase_state.done)
        losses = [phase_state.losses[-1] for phase_state in phase_states if phase_state.losses]
        count = f"{len(phase_states)} network{'s' if len(phase_states) > 1 else ''}"
        epoch = f"epoch {min(len(last.losses) + 1, last.epochs)} of {last.epochs}"
        loss = f", loss {statistics.fmean(losses):.2f}" if losses else ""
        self.text = f"{last.phase.name}: {count}, {epoch}{loss}"
        self.on_progress(self.text, sum(self.done), sum(self.totals))

    def remark(self, text: str) -> None:
        """Something to know about this training."""
        self.remarks.append(text)
        if self.on_progress:
            self.on_progress(text, 0, 0)
