"""A step of a chain that is given some of the modalities, and passes the others on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.api import Preprocessor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Recording, Scope, Signal


@dataclass(frozen=True)
class SelectedModalities(Preprocessor):
    """A step as the person meant it: `ecg: bandpass(5,15)`."""

    step: Preprocessor
    modalities: tuple[str, ...]

    @property
    def scope(self) -> Scope:
        return self.step.scope

    def apply(self, recording: Recording) -> Recording:
        [changed] = self.apply_all([recording])
        return changed

    def apply_all(self, recordings: Sequence[Recording]) -> Sequence[Recording]:
        """Signals keep their order; a step may add some, or leave some out."""
        given = [replace(one, signals={name: one.signals[name] for name in one.signals if name in self.modalities})
                 for one in recordings]  # fmt: skip
        return [
            replace(after, signals={**kept(before, part, after), **after.signals})
            for before, part, after in zip(recordings, given, self.step.apply_all(given), strict=True)
        ]


def kept(before: Recording, part: Recording, after: Recording) -> dict[str, Signal]:
    """The signals that were there before, but for those that the step has left out."""
    excluded = set(part.signals) - set(after.signals)
    return {name: signal for name, signal in before.signals.items() if name not in excluded}


def chosen(step: Preprocessor, modalities: tuple[str, ...]) -> Preprocessor:
    """The step itself where it is for all."""
    return SelectedModalities(step, modalities) if modalities else step
