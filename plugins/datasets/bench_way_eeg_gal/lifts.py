"""When the object was lifted, how heavy it was and what it felt like."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.api import Segment
from bench.errors import DataError
from bench.readers import matlab
from bench_way_eeg_gal.fields import member, number, texts

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS = {1: "165g", 2: "330g", 3: "660g", 4: "660g"}  # sources disagree on whether 660 g is 3 or 4
SURFACES = {1: "sandpaper", 2: "suede", 3: "silk"}
TARGETS = {"weight": ("165g", "330g", "660g"), "surface": ("sandpaper", "suede", "silk")}
COLUMNS = 43


@dataclass(frozen=True)
class Lift:
    """One lift, in seconds from the start of its series; the light tells when to begin and when to put back."""

    number: int
    start: float  # of its window, two seconds before the light
    on: float
    off: float
    targets: dict[str, str]

    def segment(self, shift: float = 0.0) -> Segment:
        """From the light on to the light off."""
        return Segment(self.on + shift, self.off + shift, f"lift-{self.number}", self.targets)


def table(path: Path) -> dict[str, list[Lift]]:
    """Series -> its lifts, from P3_AllLifts.mat."""
    structure = matlab.load(path, ("P",))["P"]
    rows = np.asarray(member(path, structure, "AllLifts", "P"))
    names = texts(path, structure, "ColNames", "P", COLUMNS)
    wanted = ("Run", "Lift", "CurW", "CurS", "StartTime", "LEDOn", "LEDOff")
    for name in wanted:
        if name not in names:
            raise DataError(f"{path}: P.ColNames does not name {name}.")
    if rows.dtype.kind not in "fiu" or rows.ndim != 2 or rows.shape[1] != COLUMNS:
        raise DataError(f"{path}: P.AllLifts has the shape {rows.shape}; expected {COLUMNS} columns.")
    found: dict[str, list[Lift]] = {}
    for row in rows[:, [names.index(name) for name in wanted]].tolist():
        series, count, weight, surface, start, on, off = row
        targets = {"weight": coded(path, WEIGHTS, weight), "surface": coded(path, SURFACES, surface)}
        lift = Lift(round(count), start, start + on, start + off, {key: name for key, name in targets.items() if name})
        found.setdefault(f"{round(series)}", []).append(lift)
    return found


def from_window(path: Path, window: Any, count: int) -> Lift:
    """The lift of one window of a WS file, which says weight and surface as texts too."""
    where = f"ws.win({count})"
    start, on, off = (number(path, window, name, where) for name in ("trial_start_time", "LEDon", "LEDoff"))
    if not math.isfinite(start):
        raise DataError(f"{path}: {where}.trial_start_time is no time.")
    said = {name: text if isinstance(text := window.get(name), str) else "" for name in ("weight_id", "surf_id")}
    weight = "".join(sign for sign in said["weight_id"] if sign.isdigit())
    surface = said["surf_id"].strip().lower()
    targets = {
        "weight": f"{weight}g" if weight else coded(path, WEIGHTS, number(path, window, "weight", where)),
        "surface": surface or coded(path, SURFACES, number(path, window, "surf", where)),
    }
    for target, name in targets.items():
        if name and name not in TARGETS[target]:
            raise DataError(f"{path}: the {target} of {where} is '{name}'; expected {', '.join(TARGETS[target])}.")
    return Lift(count, start, start + on, start + off, {key: name for key, name in targets.items() if name})


def coded(path: Path, meanings: dict[int, str], code: float) -> str:
    """The class of a code; nothing where it is not given."""
    if math.isnan(code):
        return ""
    if code not in meanings:
        raise DataError(f"{path}: a lift has the code {code:g}; expected {', '.join(map(str, meanings))}.")
    return meanings[int(code)]
