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
EVERY = 20.0  # seconds from one stimulus to the next
UNITS = {"ecg": "mV", "eda": "uS", "resp": "%"}


def write(folder: Path, wanted: StandIn) -> Iterator[str]:
    """One file per person of a made-up set."""
    from scipy.io import savemat

    data = folder / "Data"
    data.mkdir()
    seconds = wanted.seconds or SECONDS
    onsets = np.arange(2.0, seconds - 1, EVERY)
    for person in range(1, wanted.subjects + 1):
        subject = f"SIM-{person:02d}"
        episodes = [Episode(at, at + 4.0, 1.0 if place % 2 else -1.0) for place, at in enumerate(onsets)]
        script = Script(wanted.seed, subject, "1", seconds, episodes, {name: (rate, 1) for name, rate in RATES.items()})
        signals = wanted.simulate(script)
        channels = [channel("marker", "events", 1.0, onsets), *waves(person, wanted, signals)]
        savemat(data / f"SIM_spike_{person:02d}.mat", file(seconds, channels), do_compression=True)
        yield subject


def waves(person: int, wanted: StandIn, signals: Mapping[str, Array]) -> list[dict[str, Any]]:
    """The channels of one person, with the defects that were asked for."""
    ecg, eda, resp = (np.round(np.asarray(signals[name][0], dtype=float), 4) for name in RATES)
    first, last = person == 1, person == wanted.subjects
    if "short-channel" in wanted.defects and first:
        ecg = ecg[: -round(RATES["ecg"])]
    if "empty-channel" in wanted.defects and first:
        resp = resp[:0]
    made = [channel("scr", UNITS["eda"], RATES["eda"], eda)]
    if "two-sites" in wanted.defects:
        made.append(channel("scr", UNITS["eda"], RATES["eda"], eda / 2))
    if "no-ecg" in wanted.defects and last:
        beats = np.arange(0.5, len(eda) / RATES["eda"], 0.9)
        return [*made, channel("hb", "events", 1.0, beats)]
    return [*made, channel("ecg", UNITS["ecg"], RATES["ecg"], ecg), channel("resp", UNITS["resp"], RATES["resp"], resp)]


def channel(kind: str, units: str, rate: float, values: Array) -> dict[str, Any]:
    """A column of numbers with its header."""
    return {"header": {"chantype": kind, "sr": rate, "units": units}, "data": np.asarray(values, float)[:, None]}


def file(seconds: float, channels: list[dict[str, Any]]) -> dict[str, Any]:
    """The two variables of every PsPM file."""
    data = np.empty((len(channels), 1), dtype=object)
    data[:, 0] = channels
    return {"infos": {"duration": seconds, "sourcefile": "simulated"}, "data": data}
