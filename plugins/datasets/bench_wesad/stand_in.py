"""Simulated people in the exact files of the real ones."""

from __future__ import annotations

import pickle
import shutil
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from bench.api.simulation import Episode, Script
from bench.errors import UsageError
from bench_wesad import damage, empatica, papers, python2_pickle, respiban
from bench_wesad.protocol import LEAST, PEOPLE, RATE, session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.api import Array
    from bench.readers import StandIn

CHEST = {"ecg": 1, "eda": 1, "emg": 1, "resp": 1, "temp": 1, "acc": 3}  # channels
WRIST = {"acc": 3, "bvp": 1, "eda": 1, "temp": 1}
EARLY = 15  # seconds that the chest device records before the session begins
ECG_GAIN = 0.75  # so that R waves stay inside the range of the device


def write(folder: Path, wanted: StandIn) -> Iterator[str]:
    """One person after the other."""
    if wanted.subjects > len(PEOPLE):
        raise UsageError(f"A stand-in of 'wesad' holds at most {len(PEOPLE)} people, not {wanted.subjects}.")
    if wanted.seconds is not None and wanted.seconds < LEAST:
        raise UsageError(f"A person in a stand-in of 'wesad' needs at least {LEAST} s, not {wanted.seconds:g} s.")
    people = PEOPLE[: wanted.subjects]
    for subject in people:
        mine = [name for name in wanted.defects if subject == people[-1 if name in damage.OF_THE_LAST else 0]]
        write_person(folder / subject, subject, wanted, mine)
        yield subject
    if "folder-s12" in wanted.defects:
        shutil.copytree(folder / people[0], folder / "S12")


def write_person(folder: Path, subject: str, wanted: StandIn, defects: Sequence[str]) -> None:
    """All five files of a person."""
    folder.mkdir()
    rng = np.random.default_rng([wanted.seed, crc32(subject.encode())])
    seconds, runs = session(subject, wanted.seconds)
    crop = EARLY * RATE - runs[0].start % RATE  # the written times of runs are whole seconds
    episodes = []
    for run in runs:
        if run.code in papers.FEELING:
            arousal, valence = papers.FEELING[run.code] + 0.2 * rng.standard_normal(2)
            episodes.append(Episode((run.start + crop) / RATE, (run.stop + crop) / RATE, arousal, valence))

    def simulated(signals: Mapping[str, tuple[float, int]]) -> Mapping[str, Array]:
        return wanted.simulate(Script(wanted.seed, subject, "1", seconds + EARLY, episodes, signals))

    chest = simulated({name: (RATE, channels) for name, channels in CHEST.items()})
    codes = respiban.encode({**chest, "ecg": chest["ecg"] * ECG_GAIN})
    del chest
    rates = {name: empatica.RATES[name.upper()] for name in WRIST}
    wrist = simulated({name: (rates[name], channels) for name, channels in WRIST.items()})
    first = {name: round(crop / RATE * rate) for name, rate in rates.items()}
    worn = empatica.quantise({name: wrist[name][:, first[name] :][:, : seconds * rates[name]] for name in WRIST})
    label = np.zeros(seconds * RATE, np.int32)
    for run in runs:
        label[run.start : run.stop] = run.code

    respiban.write_text(folder / f"{subject}_respiban.txt", codes)
    empatica.write_archive(folder / f"{subject}_E4_Data.zip", worn)
    (folder / f"{subject}_readme.txt").write_text(papers.notes(rng), encoding="utf-8")
    if "missing-questionnaires" not in defects:
        answers = papers.questionnaires(subject, runs, crop, rng, exchanged="wrong-order" in defects)
        (folder / f"{subject}_quest.csv").write_text(answers, encoding="utf-8")
    if "missing-pickle" not in defects:
        kept = {name: values[crop : crop + len(label)] for name, values in codes.items()}
        content = {"signal": {"chest": respiban.decode(kept), "wrist": worn}, "label": label, "subject": subject}
        damage.spoil(content, defects)
        write_pickle(folder / f"{subject}.pkl", content, defects)


def write_pickle(path: Path, content: dict[str, Any], defects: Sequence[str]) -> None:
    """As Python 2 wrote it, or something else where that is wanted."""
    with path.open("wb") as file:
        if "malicious-pickle" in defects:
            file.write(damage.MALICIOUS)
        elif "python3-pickle" in defects:
            pickle.dump(content, file, protocol=4)
        else:
            python2_pickle.dump(content, file)
