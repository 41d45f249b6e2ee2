"""Checks of steps on recordings, on a simulated recording."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import numpy as np

from bench.api import Scope
from bench.checks.examples.recording import SECONDS, recording
from bench.checks.recordings import difference, relabelled
from bench.data.calls.unlabelled import conditions
from bench.data.segmentation import Windowing
from bench.data.validation import require_valid_segments, require_valid_signals
from bench.errors import DataError, PluginError

if TYPE_CHECKING:
    from bench.api import Array, Preprocessor, Recording, Signal

    Seconds = tuple[float, float]

TOLERANCE = 1e-4  # in standard deviations: rounding errors of transforms in single precision


def given_to(step: Preprocessor, subject: str = "P01", session: str = "1") -> Recording:
    """The simulated recording with the modalities that the step accepts: some may be too slow for a filter.

    It is a new one in each call, and not the one that the step has been tried on, since a step may change its input.
    """
    tried, taken, refusal = marked(step, recording(subject, session)), [], ""
    for name, signal in tried.signals.items():
        try:
            step.apply(replace(tried, signals={name: signal}))
            taken.append(name)
        except DataError as error:
            refusal = str(error)
    if not taken:
        raise PluginError(f"It refuses every modality of the simulated recording, the last one with: {refusal}")
    fresh = marked(step, recording(subject, session))
    return replace(fresh, signals={name: fresh.signals[name] for name in taken})


def scope_is_known(step: Preprocessor) -> None:
    """Its scope is known."""
    if step.scope not in get_args(Scope):
        raise PluginError(f"Its scope is {step.scope!r}; write one of {', '.join(get_args(Scope))}.")


def subject_and_session_are_kept(step: Preprocessor) -> None:
    """It keeps subject and session."""
    given = given_to(step)
    changed = step.apply(given)
    for name in ("subject", "session"):
        if getattr(changed, name) != getattr(given, name):
            raise PluginError(
                f"The {name} '{getattr(given, name)}' became '{getattr(changed, name)}'; "
                "change only the signals, with dataclasses.replace(recording, signals=...)."
            )


def marked(step: Preprocessor, given: Recording) -> Recording:
    """The recording with segments marked for a step that calibrates on a condition."""
    segments = [replace(segment, calibrates=step.calibrates_on in conditions(segment)) for segment in given.segments]
    return replace(given, segments=segments) if step.calibrates_on else given


def segments_are_kept_or_shortened(step: Preprocessor) -> None:
    """Segments stay, become shorter, or are dropped and counted; none is new or relabelled."""
    given = given_to(step)
    changed = step.apply(given)
    before = {segment.trial: segment for segment in given.segments}
    for segment in changed.segments:
        old = before.get(segment.trial)
        if old is None:
            raise PluginError(f"It adds the segment '{segment.trial}'; segments may only become shorter or be dropped.")
        if not old.start <= segment.start < segment.stop <= old.stop:
            raise PluginError(
                f"The segment '{old.trial}' from {old.start:g} s to {old.stop:g} s now runs from {segment.start:g} s "
                f"to {segment.stop:g} s; segments may only become shorter."
            )
        for name in ("targets", "stimulus", "ratings"):
            if getattr(segment, name) != getattr(old, name):
                raise PluginError(f"It changes the {name} of the segment '{old.trial}'; leave them unchanged.")
    gone = len(before) - len({segment.trial for segment in changed.segments})
    counted = sum(changed.excluded.values()) - sum(given.excluded.values())
    if gone > counted:
        raise PluginError(
            f"It drops {gone} of {len(before)} segments and counts {counted}; "
            "add them, with the reason, to `excluded` of the recording."
        )


def signals_stay_valid(step: Preprocessor) -> None:
    """The transformed signals are valid and cover the segments."""
    changed = step.apply(given_to(step))
    if not changed.signals:
        raise PluginError("The transformed recording has no signals; keep those that the step does not transform.")
    require_valid_signals(changed)
    require_valid_segments(changed)


def input_is_unchanged(step: Preprocessor) -> None:
    """The input recording is not changed."""
    given = given_to(step)
    step.apply(given)
    found = difference(given_to(step), given)
    if found:
        raise PluginError(f"It changes {found} of its input; work on a copy.")


def applying_repeats(step: Preprocessor) -> None:
    """A second call gives the same result, also after other recordings."""
    first = step.apply(given_to(step))
    step.apply(given_to(step, "P02", "2"))
    found = difference(first, step.apply(given_to(step)))
    if found:
        raise PluginError(
            f"In a second call, {found} changed; keep no state between recordings, and do not use random numbers."
        )


def labels_are_ignored(step: Preprocessor) -> None:
    """Signals do not depend on labels."""
    given = given_to(step)
    first, again, second = step.apply(given), step.apply(given), step.apply(relabelled([given])[0])
    found = difference(first, replace(second, segments=first.segments))
    if found and not difference(first, again):  # which is what `applying_repeats` finds
        raise PluginError(
            f"With permuted labels, {found} changed; do not read the targets and ratings of segments, which are what "
            "models have to predict."
        )


def scope_past_holds(step: Preprocessor) -> None:
    """With the scope `past`, no sample depends on a later one."""
    if step.scope != "past":
        return
    for now in (SECONDS / 4, SECONDS * 3 / 4):
        found = influenced(step, kept=(0, now), looked_at=(0, now))
        if found:
            raise PluginError(
                f"Its scope is 'past', but '{found}' before {now:g} s depends on later samples; "
                "use a causal filter, or set the scope to 'recording'."
            )


def scope_window_holds(step: Preprocessor) -> None:
    """With the scope `window`, no sample depends on one more than a window length away."""
    if step.scope != "window":
        return
    far = Windowing().length
    low, high = SECONDS / 3, SECONDS * 2 / 3
    found = influenced(step, kept=(low - far, high + far), looked_at=(low, high))
    if found:
        raise PluginError(
            f"Its scope is 'window', but '{found}' depends on samples more than {far:g} s away; "
            "set the scope to 'past' or 'recording'."
        )


def scope_recording_holds(step: Preprocessor) -> None:
    """Unless its scope is `session` or `everything`, other recordings of the subject have no influence."""
    if step.scope in ("session", "everything"):
        return
    given, other = given_to(step), disturbed(given_to(step, session="2"), (0, 0))
    found = difference(step.apply_all([given])[0], step.apply_all([given, other])[0])
    if found:
        raise PluginError(
            f"Its scope is '{step.scope}', but another recording of the subject changes {found}; "
            "set the scope to 'session'."
        )


def influenced(step: Preprocessor, kept: Seconds, looked_at: Seconds) -> str:
    """The first modality that changes in the span `looked_at` if the input changes outside the span `kept`."""
    before, after = step.apply(given_to(step)), step.apply(disturbed(given_to(step), kept))
    for modality, signal in before.signals.items():
        here = np.flatnonzero(inside(signal, looked_at))
        twin = after.signals.get(modality)
        if twin is None or twin.rate != signal.rate or np.shape(twin.values)[1] <= here.max(initial=-1):
            return modality
        one, other = np.asarray(signal.values)[:, here], np.asarray(twin.values)[:, here]
        allowed = TOLERANCE * float(np.nanstd(one)) if np.isfinite(one).any() else 0.0
        if not np.allclose(one, other, rtol=0, atol=allowed, equal_nan=True):
            return modality
    return ""


def disturbed(given: Recording, kept: Seconds) -> Recording:
    """The recording with other values outside the span `kept`."""
    signals = {
        modality: replace(signal, values=np.where(inside(signal, kept), signal.values, 20 - 3 * signal.values))
        for modality, signal in given.signals.items()
    }
    return replace(given, signals=signals)


def inside(signal: Signal, span: Seconds) -> Array:
    """Which samples are in a span of time."""
    time = np.arange(np.shape(signal.values)[1]) / signal.rate
    return np.asarray((time >= span[0]) & (time < span[1]))


CHECKS = (
    scope_is_known,
    subject_and_session_are_kept,
    segments_are_kept_or_shortened,
    signals_stay_valid,
    input_is_unchanged,
    applying_repeats,
    labels_are_ignored,
    scope_past_holds,
    scope_window_holds,
    scope_recording_holds,
)
