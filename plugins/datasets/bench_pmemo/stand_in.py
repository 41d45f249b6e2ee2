"""Simulated files in the layouts of 2018 and 2019."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_pmemo import chord, tables
from bench_pmemo.listening import trace
from bench_pmemo.plan import RATE, songs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.readers import StandIn
    from bench_pmemo.plan import Song

AXES = {"arousal": "A", "valence": "V"}
EARLY = 5 * RATE  # samples that are lost at the end of a recording that stops early


def times(count: int) -> list[float]:
    return [round(sample / RATE, 2) for sample in range(count)]


def of_2018(folder: Path, wanted: StandIn) -> Iterator[str]:
    """A file per listener, song and listen, and one of ratings per song and axis."""
    plan = songs(wanted)
    if "choruses" in wanted.defects:
        chord.write(folder / "chorus", plan, wanted.seed)
    tables.metadata(folder / "metadata.csv", plan)
    tables.write(folder / "chorus.csv", ("musicId", "start", "end"), [(song.number, 0, song.seconds) for song in plan])
    tables.features(folder / "static_features.csv", folder / "dynamic_features.csv", plan, wanted)
    for axis, letter in AXES.items():
        ratings_of_2018(folder, plan, axis, letter, wanted)
    for listener in sorted({hearing.listener for song in plan for hearing in song.hearings}):
        for song in plan:
            for hearing in song.hearings:
                if hearing.listener == listener:
                    for axis, letter in AXES.items():
                        values = tables.rounded(trace(wanted, plan, song, hearing, axis))
                        file = folder / "EDA" / axis.capitalize() / f"{song.number}_{listener}_{letter}.csv"
                        rows = zip(times(len(values)), values, strict=True)
                        tables.write(file, ("time(s)", "EDA(microsiemens)"), rows)
        yield listener


def ratings_of_2018(folder: Path, plan: Sequence[Song], axis: str, letter: str, wanted: StandIn) -> None:
    """The ratings of each listener, static and then dynamic, and a file of their means."""
    means = []
    for song in (song for song in plan if song.rated):
        static, course = song.ratings(axis), song.course(axis, wanted.seed)
        header = ("userId", "static", *(f"{frame:.1f}" for frame in song.frames))
        rows = [
            (hearing.listener, rating, *tables.rounded(row))
            for hearing, rating, row in zip(song.hearings, static.tolist(), course, strict=True)
        ]
        if "lost-rating" in wanted.defects and song is plan[3] and axis == "valence":
            rows = rows[1:]
        tables.write(folder / "Annotations" / axis.capitalize() / f"{song.number}-{letter}.csv", header, rows)
        means.append((song.number, *tables.rounded(np.array([static.mean(), static.std()]))))
    tables.write(folder / f"{letter}_static.csv", ("musicId", f"mean_{letter}", f"std_{letter}"), means)


def of_2019(folder: Path, wanted: StandIn) -> Iterator[str]:
    """A file per song with a column per listener, and mean ratings of all songs in one file."""
    plan = songs(wanted)
    if "choruses" in wanted.defects:
        chord.write(folder / "chorus", plan, wanted.seed)
    tables.metadata(folder / "metadata.csv", plan)
    features = folder / "features"
    tables.features(features / "static_features.csv", features / "dynamic_features.csv", plan, wanted)
    ratings_of_2019(folder / "annotations", plan, wanted)
    last = {hearing.listener: song.number for song in plan for hearing in song.hearings}
    for song in plan:
        values = np.array([trace(wanted, plan, song, hearing) for hearing in song.hearings])
        if "early-end" in wanted.defects and song is plan[3]:
            values[-1, -EARLY:] = np.nan
        rows = zip(times(values.shape[1]), *map(tables.rounded, values), strict=True)
        header = ("time(s)", *(hearing.listener for hearing in song.hearings))
        tables.write(folder / "EDA" / f"{song.number}_EDA.csv", header, rows)
        yield from (hearing.listener for hearing in song.hearings if last[hearing.listener] == song.number)


def ratings_of_2019(folder: Path, plan: Sequence[Song], wanted: StandIn) -> None:
    """Means over the listeners of a song, and the spread, of the whole song and of every half second."""
    rated = [song for song in plan if song.rated]
    for kind, end in (("mean", ""), ("std", "_std")):
        columns = (f"Arousal({kind})", f"Valence({kind})")
        static = [
            (song.number, *tables.rounded(np.array([getattr(song.ratings(axis), kind)() for axis in AXES])))
            for song in rated
        ]
        tables.write(folder / f"static_annotations{end}.csv", ("musicId", *columns), static)
        dynamic = []
        for song in rated:
            courses = [getattr(song.course(axis, wanted.seed), kind)(axis=0) for axis in AXES]
            pairs = np.column_stack(courses)
            dynamic += [
                (song.number, frame, *tables.rounded(pair))
                for frame, pair in zip(song.frames.tolist(), pairs, strict=True)
            ]
        tables.write(folder / f"dynamic_annotations{end}.csv", ("musicId", "frameTime", *columns), dynamic)
