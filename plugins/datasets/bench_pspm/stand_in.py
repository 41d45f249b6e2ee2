"""Simulated files in the format of PsPM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api.simulation import Episode, Script

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bench.api import Array
    from bench.readers import StandIn

SECONDS = 240.0
RATES = {"ecg": 1000.0, "eda": 100.0, "resp": 100.0}
PERIOD = 20.0  # seconds from one stimulus to the next
UNITS = {"ecg": "mV", "eda": "uS", "resp": "%"}


def write(folder: Path, spec: StandIn) -> Iterator[str]:
    """One file per subject of a simulated set."""
    from scipy.io import savemat

    data = folder / "Data"
    data.mkdir()
    seconds = spec.seconds or SECONDS
    onsets = np.arange(2.0, seconds - 1, PERIOD)
    for number in range(1, spec.subjects + 1):
        subject = f"SIM-{number:02d}"
        episodes = [Episode(onset, onset + 4.0, 1.0 if index % 2 else -1.0) for index, onset in enumerate(onsets)]
        script = Script(spec.seed, subject, "1", seconds, episodes, {name: (rate, 1) for name, rate in RATES.items()})
        signals = spec.simulate(script)
        channels = [channel("marker", "events", 1.0, onsets), *signal_channels(signals)]
        savemat(data / f"SIM_spike_{number:02d}.mat", file(seconds, channels), do_compression=True)
        yield subject


def signal_channels(signals: Mapping[str, Array]) -> list[dict[str, Any]]:
    return [
        channel(kind, UNITS[name], RATES[name], np.round(np.asarray(signals[name][0], dtype=float), 4))
        for kind, name in (("scr", "eda"), ("ecg", "ecg"), ("resp", "resp"))
    ]


def channel(kind: str, units: str, rate: float, values: Array) -> dict[str, Any]:
    """A column of numbers with its header."""
    return {"header": {"chantype": kind, "sr": rate, "units": units}, "data": np.asarray(values, float)[:, None]}


def file(seconds: float, channels: list[dict[str, Any]]) -> dict[str, Any]:
    """The two variables of every PsPM file."""
    data = np.empty((len(channels), 1), dtype=object)
    data[:, 0] = channels
    return {"infos": {"duration": seconds, "sourcefile": "simulated"}, "data": data}
