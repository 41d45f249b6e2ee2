"""Simulated subjects in the folders of three sessions, with presses of the button and self-reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.api.simulation import Episode
from bench.errors import DataError
from bench.readers import empatica_stand_in
from bench.readers.empatica_stand_in import ISO, Session, write_lines
from bench_wearable_stress.labels import PROTOCOLS, TASKS
from bench_wearable_stress.layout import PRESSES, SESSIONS, STRESS, TOP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.readers import StandIn
    from bench_wearable_stress.labels import Protocol

SECONDS = {"S": 1500.0, "f": 3000.0}  # of a recording, about as in the real stress sessions
MIN_SECONDS = 40.0
START = 1361383519  # Unix time of the first subject's first session
TYPICAL = {  # version -> when the button is pressed, as shares of the session; about as in the real data set
    "S": (0.17, 0.29, 0.35, 0.42, 0.58, 0.66, 0.84, 0.862, 0.876, 0.896, 0.915, 0.936, 0.957),
    "f": (0.185, 0.21, 0.29, 0.557, 0.57, 0.579, 0.591, 0.868, 0.88),
}
EXERCISE = (0.15, 0.85)  # shares of the session between which a subject exercises
AROUSAL = 0.9  # in tasks and exercise


def write(folder: Path, spec: StandIn) -> Iterator[str]:
    """Half of the subjects with each version of the protocol; `spec.seconds` is the length of a recording."""
    if spec.seconds is not None and spec.seconds < MIN_SECONDS:
        raise DataError(f"A recording with {PROTOCOLS['S'].presses} presses needs at least {MIN_SECONDS:g} s.")
    number = 0
    for version, count in {"S": (spec.subjects + 1) // 2, "f": spec.subjects // 2}.items():
        protocol = PROTOCOLS[version]
        names = [f"{version}{index:02d}" for index in range(1, count + 1)]
        write_lines(folder / protocol.levels, list(level_lines(names, protocol, spec.seed)), ISO)
        for name in names:
            for place, session in enumerate(SESSIONS):
                start = START + 86400 * number + 7200 * place
                write_session(folder / TOP / session / name, start, version, spec)
            number += 1
            yield name


def write_session(folder: Path, start: int, version: str, spec: StandIn) -> None:
    """Write the folder of a session."""
    seconds = spec.seconds or SECONDS[version]
    subject, session = folder.name, folder.parent.name
    if session == STRESS:
        presses = press_times(version, seconds)
        stages = PROTOCOLS[version].stages
        edges = [0, *presses]
        episodes = [
            Episode(edges[first], edges[last], AROUSAL * (stage in TASKS)) for stage, (first, last) in stages.items()
        ]
    else:
        presses = [round(share * seconds) for share in EXERCISE]
        episodes = [Episode(presses[0], presses[1], AROUSAL)]
    simulated = Session(subject, SESSIONS[session], seconds, episodes)
    empatica_stand_in.write(folder, start, simulated, spec, ISO)
    write_lines(folder / PRESSES, [ISO.time(start + press) for press in presses], ISO)


def press_times(version: str, seconds: float) -> list[int]:
    """Whole seconds, at least one apart."""
    rounded = np.rint(np.array(TYPICAL[version]) * seconds)
    steps = np.arange(len(rounded))
    return [int(time) for time in np.maximum.accumulate(rounded - steps) + steps]


def level_lines(names: list[str], protocol: Protocol, seed: int) -> Iterator[str]:
    """A table with a higher level after tasks; the first heading is empty, as in the real one."""
    yield ",".join(["", *protocol.stages])
    random = np.random.default_rng(seed)
    for name in names:
        levels = [random.integers(0, 4) + 3 * (stage in TASKS) for stage in protocol.stages]
        yield ",".join([name, *(f"{level:.2f}" for level in levels)])
