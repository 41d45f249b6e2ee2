"""The recording of one run, with its trials."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Recording, Segment, Signal
from bench.errors import DataError
from bench_eegmmidb.layout import CHANNELS, EYES, RATE, electrode, targets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.readers.edf import Edf


def recording(path: Path, subject: str, run: int) -> Recording:
    """A run, called R01 to R14."""
    from bench.readers import edf

    edf_file = edf.read(path)
    check_signals(edf_file)
    signal = Signal(edf_file.values(edf_file.labels).astype(np.float32), RATE, "uV", CHANNELS)
    excluded = Counter[str]()
    segments = trials(edf_file, run, excluded)
    return Recording(subject, {"eeg": signal}, segments, f"R{run:02d}", excluded)


def check_signals(edf_file: Edf) -> None:
    """Raise unless a file has the 64 electrodes of all the others."""
    names = tuple(map(electrode, edf_file.labels))
    if names != CHANNELS:
        unexpected = next((name for name in names if name not in CHANNELS), f"{len(names)} signals in another order")
        raise DataError(
            f"{edf_file.path} has {unexpected}; expected the {len(CHANNELS)} electrodes {CHANNELS[0]} to "
            f"{CHANNELS[-1]}."
        )
    if set(edf_file.rates) != {RATE}:
        raise DataError(f"{edf_file.path} has signals at other rates than {RATE} Hz.")
    if {unit.lower() for unit in edf_file.units} != {"uv"}:
        raise DataError(f"{edf_file.path} has signals in {', '.join(sorted(set(edf_file.units)))}; expected uV.")


def trials(edf_file: Edf, run: int, excluded: Counter[str]) -> Sequence[Segment]:
    """A run at rest is one trial; in other runs, each annotation starts a trial, which ends before the next."""
    if run in EYES:
        return [Segment(0.0, edf_file.seconds, "01", {"eyes": EYES[run]})]
    unexpected = next((text for *_, text in edf_file.annotations if text not in ("T0", "T1", "T2")), None)
    if unexpected is not None:
        raise DataError(f"{edf_file.path} has the annotation '{unexpected[:40]}'; expected T0, T1 and T2.")
    onsets = [onset for onset, *_ in edf_file.annotations]
    segments = []
    for number, (onset, lasts, text) in enumerate(edf_file.annotations, 1):
        stop = min(onset + lasts, *onsets[number : number + 1], edf_file.seconds)
        if 0 <= onset < stop:
            segments.append(Segment(onset, stop, f"{number:02d}", targets(run, text)))
        else:
            excluded["trials outside their run, or without a duration"] += 1
    return segments
