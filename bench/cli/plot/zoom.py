"""Which stretch of a session is drawn large."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.cli.plot.view import View

#: Seconds in which a signal shows what it is made of: some beats, breaths, or responses of the skin.
ZOOMS = {"ecg": 6.0, "bvp": 8.0, "eeg": 4.0, "emg": 4.0, "resp": 30.0, "eda": 60.0, "temp": 120.0, "hr": 120.0}
ZOOM = 10.0


def usual(modality: str) -> float:
    """Seconds for a modality; 'wrist-eda' is drawn as 'eda' is."""
    return ZOOMS.get(modality.rpartition("-")[2], ZOOM)


def zoom(view: View, modality: str) -> tuple[float, float]:
    """What was asked for, or a stretch around the window in the middle of those that can be used."""
    seconds = min(view.seconds, view.length) if view.seconds else min(usual(modality), view.length / 3)
    start = view.start
    if start is None:
        usable = [window for window in view.windows if not window[f"bad.{modality}"]] or view.windows
        middle = usable[len(usable) // 2] if usable else {"start": 0.0, "stop": view.length}
        start = max(0.0, min((middle["start"] + middle["stop"] - seconds) / 2, view.length - seconds))
    return start, min(start + seconds, view.length)
