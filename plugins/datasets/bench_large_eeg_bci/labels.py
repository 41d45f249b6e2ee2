"""Marker codes become classes: what a person was asked to imagine."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Segment

if TYPE_CHECKING:
    from bench.api import Array

CUE = 1.0  # seconds from its onset for which a cue is on, and the task imagined
SERVICE = (90, 91, 92, 99)  # warm-up, break between parts, end, rest at the beginning
HANDS = {1: {"hand": "left", "imagery": "left-hand"}, 2: {"hand": "right", "imagery": "right-hand"}}
CLASSIC = {**HANDS, 3: {"imagery": "passive"}}
LIMBS = {**CLASSIC, 4: {"imagery": "left-leg"}, 5: {"imagery": "tongue"}, 6: {"imagery": "right-leg"}}
FINGERS = ("thumb", "index", "middle", "ring", "pinkie")
CODES: dict[str, dict[int, dict[str, str]]] = {
    "CLA": CLASSIC,
    "HaLT": LIMBS,
    "FREEFORM": CLASSIC,
    "5F": {code: {"finger": finger} for code, finger in enumerate(FINGERS, 1)},
    "NoMT": {},
}
_TWO = {"hand": ("left", "right"), "imagery": ("passive", "left-hand", "right-hand")}
_SIX = {**_TWO, "imagery": (*_TWO["imagery"], "left-leg", "tongue", "right-leg")}
TARGETS: dict[str, dict[str, tuple[str, ...]]] = {
    "CLA": _TWO,
    "HaLT": _SIX,
    "FREEFORM": _TWO,
    "5F": {"finger": FINGERS},
    "NoMT": {},
    "all": {**_SIX, "finger": FINGERS},
}


def cues(marker: Array, rate: float, paradigm: str) -> tuple[list[Segment], Counter[str]]:
    """One segment per cue, from its onset, and how many cues are left out and why."""
    codes = CODES[paradigm]
    changes = np.flatnonzero(np.diff(marker, prepend=0)).tolist()
    shown = [(start, int(marker[start])) for start in changes if marker[start]]
    segments: list[Segment] = []
    excluded: Counter[str] = Counter()
    width = round(CUE * rate)
    for place, (start, code) in enumerate(shown):
        following = shown[place + 1][0] if place + 1 < len(shown) else len(marker)
        if code in SERVICE:
            continue
        if code not in codes:
            excluded[f"cue with the code {code}, which has no known meaning in {paradigm}"] += 1
        elif following - start < width:
            excluded[f"cue that something else follows in less than {CUE:g} s"] += 1
        else:
            segments.append(Segment(start / rate, (start + width) / rate, f"{place + 1}", codes[code]))
    return segments, excluded
