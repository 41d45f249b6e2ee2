"""The questionnaires and notes of a simulated subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench_wesad.protocol import AMUSEMENT, BASELINE, MEDITATION, RATE, READINGS, STRESS, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

MARGIN = 10  # seconds by which a written interval is longer than its run, at either end
# Arousal and valence.
STATES = {BASELINE: (0.0, 0.0), STRESS: (1.0, -0.6), AMUSEMENT: (0.3, 0.7), MEDITATION: (-0.5, 0.3)}
NAMES = {BASELINE: "Base", STRESS: "TSST", AMUSEMENT: "Fun"} | READINGS


def questionnaires(subject: str, runs: Sequence[Run], crop: int, rng: np.random.Generator) -> str:
    """The file of answers; `crop` is the number of samples that the chest device records before the session."""
    names = {run: NAMES.get(run.code, "") for run in runs}
    meditations = [run for run in runs if run.code == MEDITATION]
    numbers = (2, 1) if subject == "S14" else (1, 2)
    names |= {run: f"Medi {number}" for run, number in zip(meditations, numbers, strict=True)}
    listed = sorted(runs, key=lambda run: run.code in READINGS)  # readings are listed after the conditions
    starts = [round((run.start + crop) / RATE) - MARGIN for run in listed]
    stops = [round((run.stop + crop) / RATE) + MARGIN for run in listed]
    lines = [
        ["# Subj", subject],
        ["# ORDER", *(names[run] for run in listed)],
        ["# START", *map(minutes, starts)],
        ["# END", *map(minutes, stops)],
        [],
    ]
    for run in listed:
        if run.code in READINGS:
            continue
        arousal, valence = STATES[run.code] + 0.15 * rng.standard_normal(2)
        panas = answers(np.full(26 if run.code == STRESS else 24, 2.5), rng, 5)
        uneasy = 2.0 + 1.2 * arousal - 0.8 * valence
        stai = answers(np.where(STAI_CALM, 5 - uneasy, uneasy), rng, 4)
        feeling = answers(np.array([5 + 4 * valence, 5 + 3 * arousal]), rng, 9)
        lines += [["# PANAS", *panas], ["# STAI", *stai], ["# DIM", *feeling], []]
    lines.append(["# SSSQ", *answers(np.full(6, 3.0), rng, 5)])
    width = max(map(len, lines))
    return "".join(";".join([*line, *[""] * (width - len(line))]) + "\n" for line in lines)


STAI_CALM = np.array([True, False, False, True, False, True])  # at ease, nervous, jittery, relaxed, worried, pleasant


def answers(level: np.ndarray[tuple[int], np.dtype[np.float64]], rng: np.random.Generator, maximum: int) -> list[str]:
    """Whole numbers from 1 on, around a level."""
    return [str(int(answer)) for answer in np.rint(level + 0.5 * rng.standard_normal(len(level))).clip(1, maximum)]


def minutes(seconds: int) -> str:
    """Minutes and seconds without trailing zeros, as a spreadsheet wrote them: 50.3 is 50 min 30 s."""
    text = f"{seconds // 60}.{seconds % 60:02d}"
    return text.rstrip("0").rstrip(".")


def notes(rng: np.random.Generator) -> str:
    """The notes about the subject."""
    sex = rng.choice(["male", "female"])
    return (
        "### Personal information ###\n"
        f"Age: {rng.integers(24, 36)}\nHeight (cm): {rng.integers(160, 195)}\nWeight (kg): {rng.integers(55, 95)}\n"
        f"Gender: {sex}\nDominant hand: right\n\n"
        "### Study pre-requisites ###\n"
        "Did you drink coffee today? NO\nDo you smoke? NO\nDo you feel ill today? NO\n\n"
        "### Additional notes ###\n"
        "Simulated subject.\n"
    )
