"""A step that is applied to some modalities and passes the others through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.api import Preprocessor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Recording, Scope, Signal


@dataclass(frozen=True)
class SelectedModalities(Preprocessor):
    """A step for named modalities, such as `ecg: bandpass(5,15)`."""

    step: Preprocessor
    modalities: tuple[str, ...]

    @property
    def scope(self) -> Scope:
        return self.step.scope

    def apply(self, recording: Recording) -> Recording:
        [changed] = self.apply_all([recording])
        return changed

    def apply_all(self, recordings: Sequence[Recording]) -> Sequence[Recording]:
        """Apply the step. Signals keep their order; a step may add or remove signals."""
        given = [replace(one, signals={name: one.signals[name] for name in one.signals if name in self.modalities})
                 for one in recordings]  # fmt: skip
        return [
            replace(after, signals={**kept(before, part, after), **after.signals})
            for before, part, after in zip(recordings, given, self.step.apply_all(given), strict=True)
        ]


def kept(before: Recording, part: Recording, after: Recording) -> dict[str, Signal]:
    """The signals before the step, without those that it has removed."""
    excluded = set(part.signals) - set(after.signals)
    return {name: signal for name, signal in before.signals.items() if name not in excluded}


def chosen(step: Preprocessor, modalities: tuple[str, ...]) -> Preprocessor:
    """The step itself where it is for all modalities."""
    return SelectedModalities(step, modalities) if modalities else step
