"""One run, from its file to a recording with its trials."""

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

    found = edf.read(path)
    require(found)
    signal = Signal(found.values(found.labels).astype(np.float32), RATE, "uV", CHANNELS)
    excluded = Counter[str]()
    segments = trials(found, run, excluded)
    return Recording(subject, {"eeg": signal}, segments, f"R{run:02d}", excluded)


def require(found: Edf) -> None:
    """Raise where a file does not hold the 64 electrodes as all the others do."""
    names = tuple(map(electrode, found.labels))
    if names != CHANNELS:
        odd = next((name for name in names if name not in CHANNELS), f"{len(names)} signals in another order")
        raise DataError(
            f"{found.path} has {odd}; expected the {len(CHANNELS)} electrodes {CHANNELS[0]} to {CHANNELS[-1]}."
        )
    if set(found.rates) != {RATE}:
        raise DataError(f"{found.path} has signals at other rates than {RATE} Hz.")
    if {unit.lower() for unit in found.units} != {"uv"}:
        raise DataError(f"{found.path} has signals in {', '.join(sorted(set(found.units)))}; expected uV.")


def trials(found: Edf, run: int, excluded: Counter[str]) -> Sequence[Segment]:
    """A run at rest is one trial; in the others each annotation begins one, which ends before the next."""
    if run in EYES:
        return [Segment(0.0, found.seconds, "01", {"eyes": EYES[run]})]
    odd = next((text for *_, text in found.annotations if text not in ("T0", "T1", "T2")), None)
    if odd is not None:
        raise DataError(f"{found.path} has the annotation '{odd[:40]}'; expected T0, T1 and T2.")
    onsets = [onset for onset, *_ in found.annotations]
    segments = []
    for number, (onset, lasts, text) in enumerate(found.annotations, 1):
        stop = min(onset + lasts, *onsets[number : number + 1], found.seconds)
        if 0 <= onset < stop:
            segments.append(Segment(onset, stop, f"{number:02d}-{text}", targets(run, text)))
        else:
            excluded["trials outside of their run, or without a length"] += 1
    return segments
