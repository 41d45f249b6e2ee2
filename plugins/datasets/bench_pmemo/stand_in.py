"""Simulated files in the layouts of the releases of 2018 and 2019."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_pmemo import simulated_choruses, tables
from bench_pmemo.simulated_eda import simulate_eda
from bench_pmemo.simulated_songs import RATE, simulate_songs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.readers import StandIn
    from bench_pmemo.simulated_songs import Song

AXES = {"arousal": "A", "valence": "V"}


def times(count: int) -> list[float]:
    return [round(sample / RATE, 2) for sample in range(count)]


def of_2018(folder: Path, spec: StandIn) -> Iterator[str]:
    """A file per listener, song and axis, and a file of ratings per song and axis."""
    songs = simulate_songs(spec)
    if "choruses" in spec.variants:
        simulated_choruses.write(folder / "chorus", songs, spec.seed)
    tables.metadata(folder / "metadata.csv", songs)
    tables.write(folder / "chorus.csv", ("musicId", "start", "end"), [(song.number, 0, song.seconds) for song in songs])
    tables.features(folder / "static_features.csv", folder / "dynamic_features.csv", songs, spec)
    for axis, letter in AXES.items():
        ratings_of_2018(folder, songs, axis, letter, spec)
    for listener in sorted({hearing.listener for song in songs for hearing in song.hearings}):
        for song in songs:
            for hearing in song.hearings:
                if hearing.listener == listener:
                    for axis, letter in AXES.items():
                        values = tables.round_cells(simulate_eda(spec, song, hearing, axis))
                        file = folder / "EDA" / axis.capitalize() / f"{song.number}_{listener}_{letter}.csv"
                        rows = zip(times(len(values)), values, strict=True)
                        tables.write(file, ("time(s)", "EDA(microsiemens)"), rows)
        yield listener


def ratings_of_2018(folder: Path, songs: Sequence[Song], axis: str, letter: str, spec: StandIn) -> None:
    """The static and dynamic ratings of each listener, and a file of their means."""
    means = []
    for song in songs:
        static, dynamic = song.ratings(axis), song.dynamic_ratings(axis, spec.seed)
        header = ("userId", "static", *(f"{frame:.1f}" for frame in song.frames))
        rows = [
            (hearing.listener, rating, *tables.round_cells(row))
            for hearing, rating, row in zip(song.hearings, static.tolist(), dynamic, strict=True)
        ]
        tables.write(folder / "Annotations" / axis.capitalize() / f"{song.number}-{letter}.csv", header, rows)
        means.append((song.number, *tables.round_cells(np.array([static.mean(), static.std()]))))
    tables.write(folder / f"{letter}_static.csv", ("musicId", f"mean_{letter}", f"std_{letter}"), means)


def of_2019(folder: Path, spec: StandIn) -> Iterator[str]:
    """A file per song with a column per listener, and mean ratings of all songs in one file."""
    songs = simulate_songs(spec)
    if "choruses" in spec.variants:
        simulated_choruses.write(folder / "chorus", songs, spec.seed)
    tables.metadata(folder / "metadata.csv", songs)
    features = folder / "features"
    tables.features(features / "static_features.csv", features / "dynamic_features.csv", songs, spec)
    ratings_of_2019(folder / "annotations", songs, spec)
    last = {hearing.listener: song.number for song in songs for hearing in song.hearings}
    for song in songs:
        values = np.array([simulate_eda(spec, song, hearing) for hearing in song.hearings])
        rows = zip(times(values.shape[1]), *map(tables.round_cells, values), strict=True)
        header = ("time(s)", *(hearing.listener for hearing in song.hearings))
        tables.write(folder / "EDA" / f"{song.number}_EDA.csv", header, rows)
        yield from (hearing.listener for hearing in song.hearings if last[hearing.listener] == song.number)


def ratings_of_2019(folder: Path, songs: Sequence[Song], spec: StandIn) -> None:
    """Means and standard deviations over the listeners, of the whole song and per half second."""
    for kind, end in (("mean", ""), ("std", "_std")):
        columns = (f"Arousal({kind})", f"Valence({kind})")
        static = [
            (song.number, *tables.round_cells(np.array([getattr(song.ratings(axis), kind)() for axis in AXES])))
            for song in songs
        ]
        tables.write(folder / f"static_annotations{end}.csv", ("musicId", *columns), static)
        dynamic = []
        for song in songs:
            pairs = np.column_stack([getattr(song.dynamic_ratings(axis, spec.seed), kind)(axis=0) for axis in AXES])
            dynamic += [
                (song.number, frame, *tables.round_cells(pair))
                for frame, pair in zip(song.frames.tolist(), pairs, strict=True)
            ]
        tables.write(folder / f"dynamic_annotations{end}.csv", ("musicId", "frameTime", *columns), dynamic)
