"""Subjects, durations and orders of conditions: the real sessions, and shortened ones for stand-ins."""

from __future__ import annotations

from dataclasses import dataclass

RATE = 700  # of the chest and of the labels
BASELINE, STRESS, AMUSEMENT, MEDITATION = 1, 2, 3, 4
READINGS = {5: "bRead", 6: "sRead", 7: "fRead"}
CONDITIONS = {BASELINE: "baseline", STRESS: "stress", AMUSEMENT: "amusement", MEDITATION: "meditation"}

# Seconds: recording, baseline, stress, amusement, both meditations.
SECONDS = {
    "S2": (6079, 1144, 615, 362, 768), "S3": (6493, 1140, 640, 375, 780), "S4": (6423, 1158, 635, 372, 805),
    "S5": (6258, 1198, 645, 374, 794), "S6": (7071, 1180, 650, 372, 787), "S7": (5238, 1186, 640, 372, 790),
    "S8": (5466, 1169, 670, 370, 796), "S9": (5223, 1180, 645, 372, 793), "S10": (5496, 1180, 725, 372, 796),
    "S11": (5233, 1180, 680, 368, 791), "S13": (5537, 1180, 664, 382, 795), "S14": (5548, 1180, 675, 372, 794),
    "S15": (5252, 1175, 686, 372, 794), "S16": (5631, 1180, 673, 368, 792), "S17": (5920, 1181, 723, 372, 731),
}  # fmt: skip
SUBJECTS = tuple(SECONDS)
# In six subjects stress comes before amusement. That S2 is one of them is known; the others are chosen.
STRESS_FIRST = ("S2", "S4", "S6", "S8", "S10", "S13")
READING = 55  # seconds, about the average
DEFAULT_SECONDS = 1200  # of a session in a stand-in
REAL_FROM = 5000  # seconds from which sessions have the real durations
MIN_SECONDS = 30
LABELLED = 0.85  # share of a shortened session that has a label; 0.5 of a real one


@dataclass(frozen=True)
class Run:
    """A run of equal codes, in samples."""

    code: int
    start: int
    stop: int


def order(subject: str) -> tuple[int, ...]:
    """The codes of a session in order; S2 has no reading after the baseline."""
    after = {STRESS: 6, AMUSEMENT: 7}
    first, second = (STRESS, AMUSEMENT) if subject in STRESS_FIRST else (AMUSEMENT, STRESS)
    if subject == "S2":
        return (BASELINE, STRESS, 6, MEDITATION, AMUSEMENT, 7, MEDITATION)
    return (BASELINE, 5, first, after[first], MEDITATION, second, after[second], MEDITATION)


def session(subject: str, seconds: float | None) -> tuple[int, list[Run]]:
    """The length in whole seconds, and the runs, with transients of equal length before, between and after them.

    Runs have whole seconds, and start between whole seconds, as in real sessions.
    """
    total, baseline, stress, amusement, meditation = SECONDS[subject]
    lengths = {BASELINE: baseline, STRESS: stress, AMUSEMENT: amusement} | dict.fromkeys(READINGS, READING)
    halves = iter((meditation - meditation // 2, meditation // 2))
    runs = [(code, lengths[code] if code in lengths else next(halves)) for code in order(subject)]
    if seconds is None or seconds < REAL_FROM:
        total = int(seconds or DEFAULT_SECONDS)
        share = LABELLED * (total - len(runs) - 1) / sum(length for _, length in runs)
        runs = [(code, max(1, int(length * share))) for code, length in runs]
    gap = (total - sum(length for _, length in runs)) // (len(runs) + 1)
    at = int(subject[1:]) * 37 % RATE
    placed = []
    for code, length in runs:
        at += gap * RATE
        placed.append(Run(code, at, at + length * RATE))
        at += length * RATE
    return total, placed
