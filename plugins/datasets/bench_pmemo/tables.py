"""Comma-separated files of stand-ins, in the format of the releases."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from bench_pmemo.features import DYNAMIC, STATIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bench.api import Array
    from bench.readers import StandIn
    from bench_pmemo.simulated_songs import Song


def write(file: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Comma-separated, with line feeds."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="\n") as target:
        target.write(",".join(header) + "\n")
        target.writelines(",".join(map(str, row)) + "\n" for row in rows)


def round_cells(values: Array, digits: int = 4) -> list[object]:
    """Rounded numbers, empty cells for NaN."""
    return ["" if isnan(value) else value for value in np.round(values, digits).tolist()]


def metadata(file: Path, songs: Sequence[Song]) -> None:
    """Simulated metadata of the songs."""
    header = ("musicId", "fileName", "title", "artist", "album", "duration", "chorus_start_time", "chorus_end_time")
    rows = [
        (song.number, f"{song.number}.mp3", f"Song {song.number}", "nobody", "none", 2 * song.seconds, 0, song.seconds)
        for song in songs
    ]
    write(file, header, rows)


def features(static: Path, dynamic: Path, songs: Sequence[Song], spec: StandIn) -> None:
    """Tables with the shape of openSMILE's and other names; a few columns depend on arousal and valence."""
    rng = np.random.default_rng([spec.seed, STATIC])
    rows, frames = [], []
    for song in songs:
        state = np.mean([[hearing.arousal, hearing.valence] for hearing in song.hearings], axis=0)
        state *= "song-effect" not in spec.variants  # in which features depend on the song alone
        values = rng.standard_normal(STATIC)
        values[:40] += 4 * np.repeat(state, 20)
        rows.append((song.number, *round_cells(values, 2)))
        steps = np.arange(0.5, song.seconds, 0.5)
        courses = rng.standard_normal((len(steps), DYNAMIC)) + state[0]
        frames += [(song.number, step, *round_cells(row, 2)) for step, row in zip(steps.tolist(), courses, strict=True)]
    write(static, ("musicId", *(f"f_{number:04d}" for number in range(1, STATIC + 1))), rows)
    write(dynamic, ("musicId", "frameTime", *(f"f_{number:03d}" for number in range(1, DYNAMIC + 1))), frames)
