"""A step that is applied to some modalities and passes the others through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.api import Preprocessor, Recording
from bench.data import segmentation
from bench.data.calls.unlabelled import DATASET, StepJob, Stepped, mark
from bench.data.validation import require_valid_signals
from bench.errors import BenchError, DataError, PluginError, described, in_brackets, packages_of, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.api import Scope, Signal


@dataclass(frozen=True)
class SelectedModalities(Preprocessor):
    """A step for named modalities, such as `ecg: bandpass(5,15)`."""

    step: Preprocessor
    modalities: tuple[str, ...]

    @property
    def scope(self) -> Scope:
        return self.step.scope

    @property
    def calibrates_on(self) -> str:
        return self.step.calibrates_on

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


def run_steps(job: StepJob) -> Stepped:
    """Apply the steps of a job in this process."""
    found, alone = list(job.recordings), []
    for step, segments in zip(job.steps, job.calibration, strict=True):
        alone.append(all(segmentation.alone(recording) for recording in found))
        found = applied(step, mark(found, segments))
        for recording in found:
            require_valid_signals(recording)
    return found, alone


def applied(step: Preprocessor, recordings: Sequence[Recording]) -> list[Recording]:
    """The recordings of a subject after a step, one at a time where the step allows, so that an error names one."""
    if uses_all_recordings(step):
        return changed_by(step, recordings)
    return [after for recording in recordings for after in changed_by(step, [recording])]


def uses_all_recordings(step: Preprocessor) -> bool:
    """Whether a step uses all recordings of a subject together."""
    return type(inner(step)).apply_all is not Preprocessor.apply_all


def inner(step: Preprocessor) -> Preprocessor:
    return step.step if isinstance(step, SelectedModalities) else step


def changed_by(step: Preprocessor, given: Sequence[Recording]) -> list[Recording]:
    """These recordings after a step; whatever it raises becomes a sentence that names them, and the line."""
    mine = inner(step)
    try:
        found = list(step.apply_all(given))
    except BenchError:
        raise
    except Exception as error:
        if isinstance(error, ValueError) and "read-only" in str(error):
            reason = f"it writes into its input; work on a copy{in_brackets(place(error, packages_of(mine)))}"
        else:
            reason = described(error, packages_of(mine))
        raise DataError(f"{where(mine, given)}: {reason}.") from error
    for recording in found:
        if not isinstance(recording, Recording):
            wrong = type(recording).__name__
            raise PluginError(f"{where(mine, given)}: it returned a {wrong}, not a Recording.")
    return found


def where(step: Preprocessor, given: Sequence[Recording]) -> str:
    """The subject, recording and step, with codes for names that are filled in later."""
    subject = f", subject {given[0].subject}" if given else ""
    one = f", recording {given[0].session}" if len(given) == 1 else ""
    return f"{DATASET}{subject}{one}, step {type(step).__name__}"


def chosen(step: Preprocessor, modalities: tuple[str, ...]) -> Preprocessor:
    """The step itself where it is for all modalities."""
    return SelectedModalities(step, modalities) if modalities else step
