"""What a step on recordings has to hold, seen on a made-up one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import numpy as np

from bench.api import Scope
from bench.checks.examples.recording import SECONDS, recording
from bench.checks.recordings import difference, require_sound_segments, require_sound_signals
from bench.data.segmentation import Windowing
from bench.errors import DataError, PluginError

if TYPE_CHECKING:
    from bench.api import Array, Preprocessor, Recording, Signal

    Seconds = tuple[float, float]

#: What of its spread a value may change by where it must not: transforms in single precision have that noise.
TOLERANCE = 1e-4


def given_to(step: Preprocessor, subject: str = "P01", session: str = "1") -> Recording:
    """The made-up recording with those modalities that the step can work on: a filter may find some too slow."""
    whole = recording(subject, session)
    taken, refusal = {}, ""
    for name, signal in whole.signals.items():
        try:
            step.apply(replace(whole, signals={name: signal}))
            taken[name] = signal
        except DataError as error:
            refusal = str(error)
    if not taken:
        raise PluginError(f"It refuses every modality of the made-up recording, the last one with: {refusal}")
    return replace(whole, signals=taken)


def scope_is_known(step: Preprocessor) -> None:
    """It says how much of the data it looks at."""
    if step.scope not in get_args(Scope):
        raise PluginError(f"Its scope is {step.scope!r}; write one of {', '.join(get_args(Scope))}.")


def identity_stays(step: Preprocessor) -> None:
    """The changed recording is of the same person and session."""
    given = given_to(step)
    changed = step.apply(given)
    for name in ("subject", "session"):
        if getattr(changed, name) != getattr(given, name):
            raise PluginError(
                f"The {name} '{getattr(given, name)}' became '{getattr(changed, name)}'; "
                "change signals only, as dataclasses.replace(recording, signals=...) does."
            )


def segments_only_shrink(step: Preprocessor) -> None:
    """Segments stay, become narrower, or are left out and counted; none is new, or says something else."""
    given = given_to(step)
    changed = step.apply(given)
    before = {segment.trial: segment for segment in given.segments}
    for segment in changed.segments:
        old = before.get(segment.trial)
        if old is None:
            raise PluginError(f"It makes the segment '{segment.trial}', which was not there; segments only shrink.")
        if not old.start <= segment.start < segment.stop <= old.stop:
            raise PluginError(
                f"The segment '{old.trial}' from {old.start:g} s to {old.stop:g} s now runs from {segment.start:g} s "
                f"to {segment.stop:g} s; segments only shrink."
            )
        for name in ("targets", "stimulus", "ratings"):
            if getattr(segment, name) != getattr(old, name):
                raise PluginError(f"It changes the {name} of the segment '{old.trial}'; leave them as they are.")
    gone = len(before) - len({segment.trial for segment in changed.segments})
    counted = sum(changed.excluded.values()) - sum(given.excluded.values())
    if gone > counted:
        raise PluginError(
            f"It leaves out {gone} of {len(before)} segments and counts {counted}; "
            "add them, with the reason, to `excluded` of the recording."
        )


def signals_stay_sound(step: Preprocessor) -> None:
    """The changed signals are (channels, time) at a rate, and cover the segments."""
    changed = step.apply(given_to(step))
    if not changed.signals:
        raise PluginError("The changed recording holds no signal; pass on those that it does not change.")
    require_sound_signals(changed)
    require_sound_segments(changed)


def given_recording_stays(step: Preprocessor) -> None:
    """The given recording is not changed."""
    given = given_to(step)
    step.apply(given)
    found = difference(given_to(step), given)
    if found:
        raise PluginError(f"It changes {found} of the recording that it is given; work on a copy.")


def applying_repeats(step: Preprocessor) -> None:
    """A recording gives the same values again, whatever recordings came in between."""
    first = step.apply(given_to(step))
    step.apply(given_to(step, "P02", "2"))
    found = difference(first, step.apply(given_to(step)))
    if found:
        raise PluginError(
            f"The second time, {found} came out differently; "
            "keep nothing between recordings, and draw nothing at random."
        )


def scope_past_holds(step: Preprocessor) -> None:
    """Where it claims to look at the past alone, no sample depends on a later one."""
    if step.scope != "past":
        return
    for now in (SECONDS / 4, SECONDS * 3 / 4):
        found = influenced(step, kept=(0, now), looked_at=(0, now))
        if found:
            raise PluginError(
                f"It claims the scope 'past', but '{found}' before {now:g} s depends on what came later; "
                "use a causal filter, or claim 'recording'."
            )


def scope_window_holds(step: Preprocessor) -> None:
    """Where it claims to look at the window alone, no sample depends on one farther away than a window is long."""
    if step.scope != "window":
        return
    far = Windowing().length
    low, high = SECONDS / 3, SECONDS * 2 / 3
    found = influenced(step, kept=(low - far, high + far), looked_at=(low, high))
    if found:
        raise PluginError(
            f"It claims the scope 'window', but '{found}' depends on samples more than {far:g} s away; "
            "claim 'past' or 'recording'."
        )


def scope_recording_holds(step: Preprocessor) -> None:
    """Where it claims to look at one recording at most, what else is known of the person changes nothing."""
    if step.scope in ("session", "everything"):
        return
    given, other = given_to(step), disturbed(given_to(step, session="2"), (0, 0))
    found = difference(step.apply_all([given])[0], step.apply_all([given, other])[0])
    if found:
        raise PluginError(
            f"It claims the scope '{step.scope}', but what else is known of the person changes {found}; "
            "claim 'session'."
        )


def influenced(step: Preprocessor, kept: Seconds, looked_at: Seconds) -> str:
    """The first modality that changes where it is looked at, when given signals change where they are not kept."""
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
    """Larger and shifted values everywhere else."""
    signals = {
        modality: replace(signal, values=np.where(inside(signal, kept), signal.values, 20 - 3 * signal.values))
        for modality, signal in given.signals.items()
    }
    return replace(given, signals=signals)


def inside(signal: Signal, span: Seconds) -> Array:
    """Which samples lie in a span of time."""
    time = np.arange(np.shape(signal.values)[1]) / signal.rate
    return np.asarray((time >= span[0]) & (time < span[1]))


CHECKS = (
    scope_is_known,
    identity_stays,
    segments_only_shrink,
    signals_stay_sound,
    given_recording_stays,
    applying_repeats,
    scope_past_holds,
    scope_window_holds,
    scope_recording_holds,
)
