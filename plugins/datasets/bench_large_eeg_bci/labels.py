"""Marker codes and their classes: what a subject was asked to imagine."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from bench.api import Segment

if TYPE_CHECKING:
    from bench.api import Array

CUE = 1.0  # seconds of imagery from the onset of a cue
SERVICE = (90, 91, 92, 99)  # warm-up, break, end, initial rest
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


def find_cues(marker: Array, rate: float, paradigm: str) -> tuple[list[Segment], Counter[str]]:
    """One segment per cue, from its onset; and the numbers of excluded cues by reason."""
    codes = CODES[paradigm]
    changes = np.flatnonzero(np.diff(marker, prepend=0)).tolist()
    codes_on = [(start, int(marker[start])) for start in changes if marker[start]]
    segments: list[Segment] = []
    excluded: Counter[str] = Counter()
    width = round(CUE * rate)
    for number, (start, code) in enumerate(codes_on, 1):
        following = codes_on[number][0] if number < len(codes_on) else len(marker)
        if code in SERVICE:
            continue
        if code not in codes:
            excluded[f"cues with the code {code}, which has no known meaning in {paradigm}"] += 1
        elif following - start < width:
            excluded[f"cues shorter than {CUE:g} s, or followed by another code earlier"] += 1
        else:
            segments.append(Segment(start / rate, (start + width) / rate, f"{number}", codes[code]))
    return segments, excluded
