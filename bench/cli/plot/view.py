"""The data of a plot: one session of one subject, before and after the steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.cli.plot.processing import processing
from bench.cli.plot.session import chosen_subject, labels_of, only, session, target_of
from bench.data.cache import Cache
from bench.data.recordings import recordings
from bench.data.segmentation import rows
from bench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import Recording
    from bench.data.segmentation import Windowing
    from bench.registry import Registry

#: seconds that show the structure of a signal: some beats, breaths or skin responses
ZOOMS = {"ecg": 6.0, "bvp": 8.0, "eeg": 4.0, "emg": 4.0, "resp": 30.0, "eda": 60.0, "temp": 120.0, "hr": 120.0}
ZOOM = 10.0


@dataclass(frozen=True)
class View:
    """Everything that is drawn."""

    dataset: str
    chain: str  # the steps in words
    hidden: tuple[str, ...]  # steps that are fitted in each fold, which cannot be shown
    simulated: bool
    raw: Recording
    processed: Recording
    sessions: int  # of the subject
    target: str
    classes: tuple[str, ...]
    labels: Mapping[str, str]  # trial -> class, for labelled trials
    rule: str  # how ratings became classes, if they did
    windowing: Windowing
    windows: Sequence[Mapping[str, Any]]  # rows of `bench.data.segmentation`
    start: float | None = None  # seconds, of the zoom
    seconds: float | None = None

    @property
    def length(self) -> float:
        """Seconds of the longest signal."""
        return float(max(signal.values.shape[1] / signal.rate for signal in self.raw.signals.values()))

    @property
    def title(self) -> str:
        session = f"session {self.raw.session}" + (f" (of {self.sessions})" if self.sessions > 1 else "")
        return f"{self.dataset} · {self.raw.subject} · {session}" + (" · SIMULATED" if self.simulated else "")

    def changed(self, modality: str) -> bool:
        """Whether a step has changed it."""
        return self.processed.signals.get(modality) is not self.raw.signals[modality]


def view(arguments: Mapping[str, Any], chain: str, modalities: Sequence[str], registry: Registry) -> View:
    """Load the session that the options name."""
    how = processing(arguments, chain, modalities, registry)
    dataset, wanted = how.dataset, how.modalities
    target, whose = target_of(dataset, arguments, how.name), chosen_subject(dataset, arguments, how.name)
    found = list(recordings(dataset, whose, Cache(arguments["cache"])))
    place = session(found, arguments, how.name, target)
    narrowed = [only(recording, wanted) for recording in found]
    raw = narrowed[place]
    if not raw.signals:
        raise UsageError(
            f"Session {raw.session} of {raw.subject} holds no {' or '.join(wanted)}; "
            f"it holds {', '.join(found[place].signals) or 'nothing'}."
        )
    processed = how.applied(narrowed, place)
    labels, message = labels_of(dataset, target, found, place)
    shown = View(
        how.name, how.text, how.excluded, dataset.simulated, raw, processed, len(found), target,
        tuple(dataset.targets.get(target, ())), labels, message, how.windowing,
        rows(processed, 0, how.windowing, wanted), arguments["start"], arguments["seconds"],
    )  # fmt: skip
    check_zoom(shown)
    return shown


def check_zoom(shown: View) -> None:
    """Raise if the zoom would be empty."""
    if shown.seconds is not None and not shown.seconds > 0:
        raise UsageError(f"--seconds takes more than 0, not {shown.seconds:g}.")
    if shown.start is not None and not 0 <= shown.start < shown.length:
        raise UsageError(
            f"--start takes seconds from 0 to less than {shown.length:.5g}, where session {shown.raw.session} of "
            f"{shown.raw.subject} ends, not {shown.start:g}."
        )


def usual(modality: str) -> float:
    """The default length for a modality; 'wrist-eda' counts as 'eda'."""
    return ZOOMS.get(modality.rpartition("-")[2], ZOOM)


def zoom(view: View, modality: str) -> tuple[float, float]:
    """The zoom: as requested, or around the middle usable window."""
    seconds = min(view.seconds, view.length) if view.seconds else min(usual(modality), view.length / 3)
    start = view.start
    if start is None:
        usable = [window for window in view.windows if not window[f"bad.{modality}"]] or view.windows
        middle = usable[len(usable) // 2] if usable else {"start": 0.0, "stop": view.length}
        start = max(0.0, min((middle["start"] + middle["stop"] - seconds) / 2, view.length - seconds))
    return start, min(start + seconds, view.length)
