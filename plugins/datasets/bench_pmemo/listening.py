"""The skin conductance of one simulated listener during one song."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.api.simulation import Episode, Script
from bench_pmemo.plan import RATE

if TYPE_CHECKING:
    from bench.api import Array
    from bench.readers import StandIn
    from bench_pmemo.plan import Hearing, Song


def trace(wanted: StandIn, songs: list[Song], song: Song, hearing: Hearing, axis: str = "") -> Array:
    """Values in uS, with the defects that are wanted of it; `axis` is what is rated in this listen, if only one."""
    made = listen(wanted, song, hearing, axis)
    place = songs.index(song)
    if song.hearings[0] is hearing and axis != "valence":
        if place == 1 and "constant-trace" in wanted.defects:
            made[:] = made[0]
        if place == 2 and "missing-cell" in wanted.defects:
            made[len(made) // 2] = np.nan
    return made


def listen(wanted: StandIn, song: Song, hearing: Hearing, axis: str) -> Array:
    """Follows what is felt; under the trap 'song-effect' it follows the song instead."""
    trapped = "song-effect" in wanted.defects
    arousal, valence = (0.0, 0.0) if trapped else (2 * hearing.arousal - 1, 2 * hearing.valence - 1)
    felt = Episode(0.0, song.seconds, arousal, valence)
    script = Script(
        wanted.seed, hearing.listener, f"{song.number} {axis}", song.seconds, [felt], {"eda": (float(RATE), 1)}
    )
    made = np.array(wanted.simulate(script)["eda"][0], dtype=float)
    return made + song.mark(wanted.seed) if trapped else made
