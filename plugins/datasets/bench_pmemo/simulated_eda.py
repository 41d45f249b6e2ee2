"""The skin conductance of one simulated listener during one song."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.api.simulation import Episode, Script
from bench_pmemo.simulated_songs import RATE

if TYPE_CHECKING:
    from bench.api import Array
    from bench.readers import StandIn
    from bench_pmemo.simulated_songs import Hearing, Song


def simulate_eda(spec: StandIn, song: Song, hearing: Hearing, axis: str = "") -> Array:
    """Values in uS, which depend on the state of the listener, or with the variant song-effect on the song alone.

    `axis` is the rated axis, where a listener hears a song once per axis.
    """
    song_effect = "song-effect" in spec.variants
    arousal, valence = (0.0, 0.0) if song_effect else (2 * hearing.arousal - 1, 2 * hearing.valence - 1)
    episode = Episode(0.0, song.seconds, arousal, valence)
    session = f"{song.number} {axis}"
    script = Script(spec.seed, hearing.listener, session, song.seconds, [episode], {"eda": (float(RATE), 1)})
    values = np.array(spec.simulate(script)["eda"][0], dtype=float)
    return values + song.mark(spec.seed) if song_effect else values
