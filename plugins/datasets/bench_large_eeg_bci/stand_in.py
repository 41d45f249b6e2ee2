"""Simulated files in the exact layout: one structure `o` per recording."""

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


def write(folder: Path, wanted: StandIn) -> Iterator[str]:
    """Two days of CLA for each person, one in each style of names."""
    if wanted.subjects > len(LETTERS):
        raise DataError(f"There are {len(LETTERS)} people in large-eeg-bci, so a stand-in has no {wanted.subjects}.")
    for letter in LETTERS[: wanted.subjects]:
        first, last = letter == "A", letter == LETTERS[wanted.subjects - 1]
        variant = "-Inter" if last and "interactive" in wanted.defects else ""
        passive = not (last and "no-passive" in wanted.defects)
        save(folder / f"CLASubject{letter}1601083StLRHand{variant}.mat", wanted, "CLA", passive=passive)
        save(folder / f"CLA-Subject{letter}-160115-3St-LRHand{variant}.mat", wanted, "CLA", passive=passive)
        if "paradigms" in wanted.defects:
            for paradigm in list(STATES)[1:]:
                save(folder / f"{paradigm}-Subject{letter}-160203-{STATES[paradigm]}.mat", wanted, paradigm)
        if first and "fast" in wanted.defects:
            save(folder / f"5F-Subject{letter}-160408-5St-SGLHand-HFREQ.mat", wanted, "5F", rate=1000.0)
        yield f"Subject{letter}"


def save(path: Path, wanted: StandIn, paradigm: str, *, passive: bool = True, rate: float = RATE) -> None:
    """One recording."""
    from scipy.io import savemat

    seconds = wanted.seconds or SECONDS
    codes = [code for code in CODES[paradigm] or (1, 2, 3) if passive or code != 3]
    marker, episodes = plan(wanted, path.stem, codes, seconds, rate)
    subject = path.stem[path.stem.index("Subject") :].replace("-", "")[:8]
    script = Script(wanted.seed, subject, path.stem, seconds, episodes, {"eeg": (rate, len(CHANNELS))})
    step, limit = (0.133, 121.6) if "Inter" in path.stem else (0.01, 2000.0)
    eeg = np.clip(np.round(np.asarray(wanted.simulate(script)["eeg"], float).T / step) * step, -limit, limit)
    lead = 100.0 * (np.diff(marker, prepend=0) != 0)  # spikes where a cue begins and ends
    savemat(path, {"o": structure(path.stem, rate, marker, np.column_stack([eeg, lead]))}, do_compression=True)


def plan(wanted: StandIn, session: str, codes: list[int], seconds: float, rate: float) -> tuple[Array, list[Episode]]:
    """Marker codes, and what they do: rest, cues of 1 s with 1.5 to 2.5 s between them, the end."""
    rng = np.random.default_rng([wanted.seed, *session.encode()])
    marker = np.zeros(round(seconds * rate))
    marker[: round(3 * rate)] = 99
    episodes = []
    at = 4.0
    order: list[int] = []
    while at + 2.5 < seconds:
        order = order or rng.permutation(codes).tolist()
        code = order.pop()
        marker[round(at * rate) : round((at + 1) * rate) + int(rng.integers(-2, 7))] = code
        episodes.append(Episode(at, at + 1.5, AROUSAL.get(code, 0.0)))
        at += 1 + rng.uniform(1.5, 2.5)
    marker[-round(0.5 * rate) :] = codes[0] if "cut-off" in wanted.defects else 92
    return marker, episodes


def structure(name: str, rate: float, marker: Array, data: Array) -> dict[str, Any]:
    """The members of `o`, in the order of the real ones."""
    names = np.empty((data.shape[1], 1), dtype=object)
    names[:, 0] = [*CHANNELS, "X3"]
    return {"id": name, "tag": np.empty((0, 0)), "nS": float(len(data)), "sampFreq": rate,
            "marker": marker[:, None], "data": data, "chnames": names}  # fmt: skip
