"""Comma-separated files as the releases have them, for stand-ins."""

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
    from bench_pmemo.plan import Song


def write(file: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Comma-separated, with line feeds, as the owners write them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="\n") as target:
        target.write(",".join(header) + "\n")
        target.writelines(",".join(map(str, row)) + "\n" for row in rows)


def rounded(values: Array, digits: int = 4) -> list[object]:
    """Numbers as text; nothing where there is none."""
    return ["" if isnan(value) else value for value in np.round(values, digits).tolist()]


def metadata(file: Path, songs: Sequence[Song]) -> None:
    """What the songs are, which is made up."""
    header = ("musicId", "fileName", "title", "artist", "album", "duration", "chorus_start_time", "chorus_end_time")
    rows = [
        (song.number, f"{song.number}.mp3", f"Song {song.number}", "nobody", "none", 2 * song.seconds, 0, song.seconds)
        for song in songs
    ]
    write(file, header, rows)


def features(static: Path, dynamic: Path, songs: Sequence[Song], wanted: StandIn) -> None:
    """Numbers with the shape of openSMILE's; a few follow the feelings. Their names are not openSMILE's."""
    extra = "class-column" in wanted.defects
    last, mark = (("class",), ("?",)) if extra else ((), ())
    rng = np.random.default_rng([wanted.seed, STATIC])
    rows, frames = [], []
    for song in songs:
        felt = np.mean([[hearing.arousal, hearing.valence] for hearing in song.hearings], axis=0)
        felt *= "song-effect" not in wanted.defects  # there, features are of the song and of nothing else
        values = rng.standard_normal(STATIC)
        values[:40] += 4 * np.repeat(felt, 20)
        rows.append((song.number, *rounded(values, 2), *mark))
        steps = np.arange(0.5, song.seconds, 0.5)
        courses = rng.standard_normal((len(steps), DYNAMIC)) + felt[0]
        frames += [
            (song.number, step, *rounded(row, 2), *mark) for step, row in zip(steps.tolist(), courses, strict=True)
        ]
    write(static, ("musicId", *(f"f_{number:04d}" for number in range(1, STATIC + 1)), *last), rows)
    write(dynamic, ("musicId", "frameTime", *(f"f_{number:03d}" for number in range(1, DYNAMIC + 1)), *last), frames)
