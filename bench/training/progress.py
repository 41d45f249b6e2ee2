"""Progress of training: counted in any thread, reported from the thread of the caller."""

from __future__ import annotations

import statistics
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.training.phase_state import PhaseState

PAUSE = 0.2  # seconds between two reports


class Stopped(Exception):  # noqa: N818 - reads as what happened
    """Training was stopped by its caller."""


class Progress:
    """Steps done of all steps. Remarks are reported as 0 of 0 steps, and kept for the records."""

    def __init__(self, totals: Sequence[int], on_progress: Callable[[str, int, int], None] | None) -> None:
        self.totals, self.on_progress = list(totals), on_progress
        self.done = [0 for _ in totals]
        self.phase_states: dict[int, PhaseState] = {}
        self.remarks: list[str] = []
        self.text, self.reported_at = "", 0.0
        self.stop = threading.Event()
        self.caller = threading.get_ident()

    def check(self) -> None:
        """Raise if training is to stop."""
        if self.stop.is_set():
            raise Stopped

    def advance(self, phase_states: dict[int, PhaseState]) -> None:
        """Update the progress of these networks."""
        for number, phase_state in phase_states.items():
            self.done[number] = phase_state.done
        self.phase_states.update(phase_states)
        if threading.get_ident() == self.caller:
            self.show()

    def end(self, number: int) -> None:
        """A network has ended or failed."""
        self.done[number] = self.totals[number]
        self.phase_states.pop(number, None)
        if self.on_progress and self.text and self.done == self.totals:
            self.on_progress(self.text, sum(self.done), sum(self.totals))

    def show(self) -> None:
        """Report progress, at most every PAUSE seconds. Call it from the thread of the caller only."""
        phase_states = list(dict(self.phase_states).values())
        if self.on_progress is None or not phase_states or time.monotonic() - self.reported_at < PAUSE:
            return
        self.reported_at = time.monotonic()
        last = min(phase_states, key=lambda phase_state: phase_state.done)
        losses = [phase_state.losses[-1] for phase_state in phase_states if phase_state.losses]
        count = f"{len(phase_states)} network{'s' if len(phase_states) > 1 else ''}"
        epoch = f"epoch {min(len(last.losses) + 1, last.epochs)} of {last.epochs}"
        loss = f", loss {statistics.fmean(losses):.2f}" if losses else ""
        self.text = f"{last.phase.name}: {count}, {epoch}{loss}"
        self.on_progress(self.text, sum(self.done), sum(self.totals))

    def remark(self, text: str) -> None:
        """Report and keep a remark."""
        self.remarks.append(text)
        if self.on_progress:
            self.on_progress(text, 0, 0)

    def note(self, text: str) -> None:
        """Keep a remark, once, from any thread; it is reported in the thread of the caller only."""
        if text in self.remarks:
            return
        if threading.get_ident() == self.caller:
            self.remark(text)
        else:
            self.remarks.append(text)
