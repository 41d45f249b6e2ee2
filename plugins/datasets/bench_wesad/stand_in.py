"""Simulated subjects in the files of the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from bench.api.simulation import Episode, Script
from bench.errors import UsageError
from bench_wesad import empatica, forms, python2_pickle, respiban
from bench_wesad.protocol import MIN_SECONDS, RATE, SUBJECTS, session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bench.api import Array
    from bench.readers import StandIn

CHEST = {"ecg": 1, "eda": 1, "emg": 1, "resp": 1, "temp": 1, "acc": 3}  # channels
WRIST = {"acc": 3, "bvp": 1, "eda": 1, "temp": 1}
LEAD = 15  # seconds that the chest device records before the session starts
ECG_GAIN = 0.75  # so that R waves stay inside the range of the device


def write(folder: Path, spec: StandIn) -> Iterator[str]:
    if spec.subjects > len(SUBJECTS):
        raise UsageError(f"A stand-in of 'wesad' has at most {len(SUBJECTS)} subjects, not {spec.subjects}.")
    if spec.seconds is not None and spec.seconds < MIN_SECONDS:
        raise UsageError(f"A session in a stand-in of 'wesad' needs at least {MIN_SECONDS} s, not {spec.seconds:g} s.")
    for subject in SUBJECTS[: spec.subjects]:
        write_subject(folder / subject, subject, spec)
        yield subject


def write_subject(folder: Path, subject: str, spec: StandIn) -> None:
    """All five files of a subject."""
    folder.mkdir()
    rng = np.random.default_rng([spec.seed, crc32(subject.encode())])
    seconds, runs = session(subject, spec.seconds)
    crop = LEAD * RATE - runs[0].start % RATE  # the written times of runs are whole seconds
    episodes = []
    for run in runs:
        if run.code in forms.STATES:
            arousal, valence = forms.STATES[run.code] + 0.2 * rng.standard_normal(2)
            episodes.append(Episode((run.start + crop) / RATE, (run.stop + crop) / RATE, arousal, valence))

    def simulate(signals: Mapping[str, tuple[float, int]]) -> Mapping[str, Array]:
        return spec.simulate(Script(spec.seed, subject, "1", seconds + LEAD, episodes, signals))

    chest = simulate({name: (RATE, channels) for name, channels in CHEST.items()})
    codes = respiban.encode({**chest, "ecg": chest["ecg"] * ECG_GAIN})
    del chest
    rates = {name: empatica.RATES[name.upper()] for name in WRIST}
    wrist = simulate({name: (rates[name], channels) for name, channels in WRIST.items()})
    first = {name: round(crop / RATE * rate) for name, rate in rates.items()}
    quantised = empatica.quantise({name: wrist[name][:, first[name] :][:, : seconds * rates[name]] for name in WRIST})
    label = np.zeros(seconds * RATE, np.int32)
    for run in runs:
        label[run.start : run.stop] = run.code

    respiban.write_text(folder / f"{subject}_respiban.txt", codes)
    empatica.write_archive(folder / f"{subject}_E4_Data.zip", quantised)
    (folder / f"{subject}_readme.txt").write_text(forms.notes(rng), encoding="utf-8")
    (folder / f"{subject}_quest.csv").write_text(forms.questionnaires(subject, runs, crop, rng), encoding="utf-8")
    kept = {name: values[crop : crop + len(label)] for name, values in codes.items()}
    content = {"signal": {"chest": respiban.decode(kept), "wrist": quantised}, "label": label, "subject": subject}
    with (folder / f"{subject}.pkl").open("wb") as file:
        python2_pickle.dump(content, file)
