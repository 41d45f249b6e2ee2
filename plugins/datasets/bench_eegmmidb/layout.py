"""The documented layout: files of a subject, the task of each run, names of electrodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bench.errors import DataError
from bench.readers.file_checks import require_regular

if TYPE_CHECKING:
    from pathlib import Path

Task = Literal["executed", "imagined", "both"]

SUBJECTS, RUNS = range(1, 110), range(1, 15)
RATE = 160
HEADER_SIZE = 256  # bytes of an EDF header, and as many for each signal
# As in the files: four characters each, padded with dots.
NAMES = (
    "Fc5.Fc3.Fc1.Fcz.Fc2.Fc4.Fc6.C5..C3..C1..Cz..C2..C4..C6..Cp5.Cp3.Cp1.Cpz.Cp2.Cp4.Cp6."
    "Fp1.Fpz.Fp2.Af7.Af3.Afz.Af4.Af8.F7..F5..F3..F1..Fz..F2..F4..F6..F8..Ft7.Ft8.T7..T8.."
    "T9..T10.Tp7.Tp8.P7..P5..P3..P1..Pz..P2..P4..P6..P8..Po7.Po3.Poz.Po4.Po8.O1..Oz..O2.."
    "Iz.."
)
FILE_LABELS = tuple(NAMES[start : start + 4] for start in range(0, len(NAMES), 4))
EYES = {1: "open", 2: "closed"}
FISTS = (3, 4, 7, 8, 11, 12)  # left or right; the other runs from the third on have both fists or both feet
IMAGINED = (4, 6, 8, 10, 12, 14)
MOVES = {True: ("left", "right"), False: ("fists", "feet")}  # the meaning of T1 and T2, by whether a run has one fist


def electrode(label: str) -> str:
    """As the 10-10 system spells it: Fc5. is FC5, Cz.. is Cz and Fp1. is Fp1."""
    return label.strip(". ").upper().replace("Z", "z").replace("FP", "Fp")


CHANNELS = tuple(map(electrode, FILE_LABELS))


def selected_runs(task: Task) -> list[int]:
    """The numbers of the runs to read, always including those at rest."""
    return [run for run in RUNS if run in EYES or task == "both" or (run in IMAGINED) == (task == "imagined")]


def subject_name(number: int) -> str:
    return f"S{number:03d}"


def path(folder: Path, subject: str, run: int) -> Path:
    return folder / subject / f"{subject}R{run:02d}.edf"


def targets(run: int, text: str) -> dict[str, str]:
    """The classes of an annotation; T0 is rest."""
    if text == "T0":
        return {"movement": "rest"}
    single = run in FISTS
    return {"movement": "moving", "fists" if single else "limbs": MOVES[single][int(text[1]) - 1]}


def rate_of(file: Path) -> float | None:
    """Samples per second of the first signal, from the header; None for a damaged file, which `load` reports."""
    try:
        require_regular(file)
        with file.open("rb") as opened:
            head = opened.read(HEADER_SIZE)
            opened.seek(HEADER_SIZE + 216 * int(head[252:256]))
            return int(opened.read(8)) / float(head[244:252])
    except (ValueError, ZeroDivisionError, OSError, DataError):
        return None
