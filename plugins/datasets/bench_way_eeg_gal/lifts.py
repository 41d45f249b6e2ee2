"""Lifts: their times, and the weight and surface of the object."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api import Segment
from bench.errors import DataError
from bench.readers import matlab
from bench_way_eeg_gal.fields import get_field, number, texts

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS = {1: "165g", 2: "330g", 3: "660g", 4: "660g"}  # sources disagree on whether 660 g is 3 or 4
SURFACES = {1: "sandpaper", 2: "suede", 3: "silk"}
TARGETS = {"weight": ("165g", "330g", "660g"), "surface": ("sandpaper", "suede", "silk")}
COLUMNS = 43


@dataclass(frozen=True)
class Lift:
    """One lift, in seconds from the start of its series; a light is the cue to lift and to put back."""

    number: int
    start: float  # of its window, two seconds before the light
    light_on: float
    light_off: float
    targets: dict[str, str]

    def segment(self, shift: float = 0.0) -> Segment:
        """From the light on to the light off."""
        return Segment(self.light_on + shift, self.light_off + shift, f"lift-{self.number}", self.targets)


def table(path: Path) -> dict[str, list[Lift]]:
    """Series -> its lifts, from P3_AllLifts.mat."""
    struct = matlab.read(path, ("P",))["P"]
    rows = np.asarray(get_field(path, struct, "AllLifts", "P"))
    names = texts(path, struct, "ColNames", "P", COLUMNS)
    required = ("Run", "Lift", "CurW", "CurS", "StartTime", "LEDOn", "LEDOff")
    for name in required:
        if name not in names:
            raise DataError(f"{path}: P.ColNames does not contain {name}.")
    if rows.dtype.kind not in "fiu" or rows.ndim != 2 or rows.shape[1] != COLUMNS:
        raise DataError(f"{path}: P.AllLifts has the shape {rows.shape}; expected {COLUMNS} columns.")
    lifts: dict[str, list[Lift]] = {}
    for row in rows[:, [names.index(name) for name in required]].tolist():
        series, count, weight, surface, start, on, off = row
        targets = {"weight": decode(path, WEIGHTS, weight), "surface": decode(path, SURFACES, surface)}
        lift = Lift(round(count), start, start + on, start + off, {key: name for key, name in targets.items() if name})
        lifts.setdefault(f"{round(series)}", []).append(lift)
    return lifts


def from_window(path: Path, window: Any, count: int) -> Lift:
    """The lift of a window in a WS file, which also contains weight and surface as text."""
    where = f"ws.win({count})"
    start, on, off = (number(path, window, name, where) for name in ("trial_start_time", "LEDon", "LEDoff"))
    if not math.isfinite(start):
        raise DataError(f"{path}: {where}.trial_start_time is not finite.")
    labels = {name: text if isinstance(text := window.get(name), str) else "" for name in ("weight_id", "surf_id")}
    weight = "".join(character for character in labels["weight_id"] if character.isdigit())
    surface = labels["surf_id"].strip().lower()
    targets = {
        "weight": f"{weight}g" if weight else decode(path, WEIGHTS, number(path, window, "weight", where)),
        "surface": surface or decode(path, SURFACES, number(path, window, "surf", where)),
    }
    for target, name in targets.items():
        if name and name not in TARGETS[target]:
            raise DataError(f"{path}: the {target} of {where} is '{name}'; expected {', '.join(TARGETS[target])}.")
    return Lift(count, start, start + on, start + off, {key: name for key, name in targets.items() if name})


def decode(path: Path, meanings: dict[int, str], code: float) -> str:
    """The class of a code; empty where it is missing."""
    if math.isnan(code):
        return ""
    if code not in meanings:
        raise DataError(f"{path}: a lift has the code {code:g}; expected {', '.join(map(str, meanings))}.")
    return meanings[int(code)]
