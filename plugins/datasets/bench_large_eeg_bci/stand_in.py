"""Simulated files in the layout of the real ones: one struct `o` per recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api.simulation import Episode, Script
from bench.errors import DataError
from bench_large_eeg_bci.labels import CODES
from bench_large_eeg_bci.recording import CHANNELS, RATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.api import Array
    from bench.readers import StandIn

SECONDS = 120.0
LETTERS = "ABCDEFGHIJKLM"
STATES = {"CLA": "3St-LRHand", "HaLT": "6St-LRHandLegTongue", "5F": "5St-SGLHand", "FREEFORM": "2St-LRHand",
          "NoMT": "3St-LRHand"}  # fmt: skip
AROUSAL = {1: -1.0, 2: 1.0}  # left and right hand, so that there is something to learn
STEP, LIMIT = 0.01, 2000.0  # uV


def write(folder: Path, spec: StandIn) -> Iterator[str]:
    """Two days of CLA for each subject, one in each style of names."""
    if spec.subjects > len(LETTERS):
        raise DataError(f"A stand-in of 'large-eeg-bci' has at most {len(LETTERS)} subjects, not {spec.subjects}.")
    for letter in LETTERS[: spec.subjects]:
        save(folder / f"CLASubject{letter}1601083StLRHand.mat", spec, "CLA")
        save(folder / f"CLA-Subject{letter}-160115-3St-LRHand.mat", spec, "CLA")
        if "paradigms" in spec.variants:
            for paradigm in list(STATES)[1:]:
                save(folder / f"{paradigm}-Subject{letter}-160203-{STATES[paradigm]}.mat", spec, paradigm)
        yield f"Subject{letter}"


def save(path: Path, spec: StandIn, paradigm: str) -> None:
    """Write one recording."""
    from scipy.io import savemat

    seconds = spec.seconds or SECONDS
    marker, episodes = simulate_cues(spec, path.stem, list(CODES[paradigm] or (1, 2, 3)), seconds)
    subject = path.stem[path.stem.index("Subject") :].replace("-", "")[:8]
    script = Script(spec.seed, subject, path.stem, seconds, episodes, {"eeg": (RATE, len(CHANNELS))})
    eeg = np.clip(np.round(np.asarray(spec.simulate(script)["eeg"], float).T / STEP) * STEP, -LIMIT, LIMIT)
    synchronisation = 100.0 * (np.diff(marker, prepend=0) != 0)  # spikes where a cue starts and stops
    data = np.column_stack([eeg, synchronisation])
    savemat(path, {"o": struct(path.stem, RATE, marker, data)}, do_compression=True)


def simulate_cues(spec: StandIn, session: str, codes: list[int], seconds: float) -> tuple[Array, list[Episode]]:
    """Marker codes and their effects: rest, cues of 1 s with pauses of 1.5 to 2.5 s, the end."""
    rng = np.random.default_rng([spec.seed, *session.encode()])
    marker = np.zeros(round(seconds * RATE))
    marker[: round(3 * RATE)] = 99
    episodes = []
    onset = 4.0
    order: list[int] = []
    while onset + 2.5 < seconds:
        order = order or rng.permutation(codes).tolist()
        code = order.pop()
        marker[round(onset * RATE) : round((onset + 1) * RATE) + int(rng.integers(-2, 7))] = code
        episodes.append(Episode(onset, onset + 1.5, AROUSAL.get(code, 0.0)))
        onset += 1 + rng.uniform(1.5, 2.5)
    marker[-round(0.5 * RATE) :] = 92
    return marker, episodes


def struct(name: str, rate: float, marker: Array, data: Array) -> dict[str, Any]:
    """The fields of `o`, in the order of the real ones."""
    names = np.empty((data.shape[1], 1), dtype=object)
    names[:, 0] = [*CHANNELS, "X3"]
    return {"id": name, "tag": np.empty((0, 0)), "nS": float(len(data)), "sampFreq": rate,
            "marker": marker[:, None], "data": data, "chnames": names}  # fmt: skip
