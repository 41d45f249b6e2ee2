"""One session of one subject: signals, and the truth that only a simulation knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Signal
from bench_synthetic.brain import CHANNELS, eeg
from bench_synthetic.design import Trial, session_seconds
from bench_synthetic.heart import beat, ecg
from bench_synthetic.noise import Times, stream
from bench_synthetic.pulse import bvp
from bench_synthetic.skin import eda
from bench_synthetic.state import evidence, states
from bench_synthetic.structure import waves

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench_synthetic.dataset import Synthetic


@dataclass(frozen=True, eq=False)
class Session:
    """Signals with their ground truth."""

    trials: Sequence[Trial]
    signals: Mapping[str, Signal]
    beats: Times  # seconds of each R peak
    responses: Times  # seconds of each skin conductance response's onset
    evidence: Mapping[str, Times]  # modality -> one number per trial, positive for stress


def sessions(options: Synthetic, index: int, plan: Sequence[Trial]) -> list[Session]:
    """All sessions of one subject; labels act only through the evidence."""
    seconds = session_seconds(options)
    seen = evidence(options, index, plan)
    result = []
    for number, state in enumerate(states(options, index, plan)):
        # Each modality has its own generator: changing the rate of one leaves the others as they are.
        heart, electrode, skin, finger, brain = (
            stream(options.seed, index, number, part) for part in ("heart", "ecg", "eda", "bvp", "eeg")
        )
        rhythm = beat(heart, state)
        conductance, responses = eda(skin, state, options.eda_rate, seconds * options.eda_rate)
        electric = ecg(electrode, state, rhythm, options.ecg_rate, seconds * options.ecg_rate)
        pulse = bvp(finger, state, rhythm, options.bvp_rate, seconds * options.bvp_rate)
        scalp = eeg(brain, state, options.eeg_rate, seconds * options.eeg_rate)
        if options.mode == "structure":
            scalp += waves(options, index, number, plan)
        signals = {
            "ecg": Signal(electric[None], options.ecg_rate, "mV", ("II",)),
            "eda": Signal(conductance[None], options.eda_rate, "uS", ("finger",)),
            "bvp": Signal(pulse[None], options.bvp_rate, "a.u.", ("finger",)),
            "eeg": Signal(scalp, options.eeg_rate, "uV", CHANNELS[: options.eeg_channels]),
        }
        mine = np.array([trial.session == number for trial in plan])
        result.append(
            Session(
                [trial for trial in plan if trial.session == number],
                signals,
                rhythm.beats[(rhythm.beats >= 0) & (rhythm.beats < seconds)],
                responses,
                {modality: values[mine] for modality, values in seen.items()},
            )
        )
    return result
