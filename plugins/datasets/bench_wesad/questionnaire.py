"""The self-reports of a subject after each condition, from SX_quest.csv."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.errors import DataError
from bench.readers.text_files import read_text
from bench_wesad.protocol import AMUSEMENT, BASELINE, CONDITIONS, MEDITATION, RATE, STRESS, Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CODES = {"base": BASELINE, "tsst": STRESS, "fun": AMUSEMENT, "medi": MEDITATION}
REVERSED = (0, 3, 5)  # items of STAI-6: at ease, relaxed, pleasant
MARGIN = 10  # seconds by which a written interval is longer than its run, at either end
TOLERANCE = 5  # seconds of difference from that


@dataclass(frozen=True)
class Condition:
    """One condition in the file."""

    code: int
    start: int  # seconds from the start of the chest device, which is before that of the pickle
    stop: int
    ratings: Mapping[str, float]


def ratings(path: Path, subject: str, runs: Sequence[Run]) -> list[Mapping[str, float]]:
    """The ratings of each run; raises where the file disagrees with the runs."""
    conditions = sorted(read(path, subject), key=lambda condition: condition.start)
    expected = [run.code for run in runs]
    if [condition.code for condition in conditions] != expected:
        raise DataError(
            f"{path}: its order of conditions is {format_codes([each.code for each in conditions])}, but that of the "
            f"labels is {format_codes(expected)}; is it the file of another subject?"
        )
    for condition, run in zip(conditions, runs, strict=True):
        written, labelled = condition.stop - condition.start - 2 * MARGIN, (run.stop - run.start) / RATE
        if abs(written - labelled) > TOLERANCE:
            raise DataError(
                f"{path}: {CONDITIONS[run.code]} lasts {written} s without margins, but {labelled:.0f} s in the "
                "labels; is it the file of another subject?"
            )
    return [condition.ratings for condition in conditions]


def read(path: Path, subject: str) -> list[Condition]:
    """The conditions in the order of the file."""
    rows: dict[str, list[list[str]]] = {}
    for line in read_text(path, errors="replace").splitlines():
        name, *cells = [cell.strip() for cell in line.split(";")]
        rows.setdefault(name.lstrip("# ").lower(), []).append(cells)
    missing = [name for name in ("subj", "order", "start", "end", "stai", "dim") if name not in rows]
    if missing:
        raise DataError(f"{path}: no line '# {missing[0].upper()}'.")
    if rows["subj"][0][:1] != [subject]:
        raise DataError(f"{path}: its subject is '{''.join(rows['subj'][0][:1])}', expected '{subject}'.")
    # Readings are among the conditions, but without self-reports.
    columns = [column for column, name in enumerate(rows["order"][0]) if name and not name.lower().endswith("read")]
    for name in ("stai", "dim"):
        if len(rows[name]) != len(columns):
            raise DataError(
                f"{path}: there are {len(rows[name])} lines '# {name.upper()}', expected one for each of the "
                f"{len(columns)} conditions."
            )
    return [
        Condition(
            parse_condition(path, rows["order"][0][column]),
            parse_seconds(path, rows["start"][0], column),
            parse_seconds(path, rows["end"][0], column),
            parse_ratings(path, rows["dim"][number], rows["stai"][number]),
        )
        for number, column in enumerate(columns)
    ]


def parse_condition(path: Path, name: str) -> int:
    codes = [number for start, number in CODES.items() if name.lower().startswith(start)]
    if not codes:
        raise DataError(f"{path}: unknown condition '{name}'; expected Base, TSST, Fun, Medi 1 or Medi 2.")
    return codes[0]


def parse_seconds(path: Path, cells: Sequence[str], column: int) -> int:
    """From minutes and seconds such as 7.08; a spreadsheet has removed the last zero of 50.30."""
    text = cells[column] if column < len(cells) else ""
    whole, _, rest = text.partition(".")
    if not whole.isdecimal() or len(rest) > 2 or not rest.ljust(2, "0").isdecimal() or int(rest.ljust(2, "0")) > 59:
        raise DataError(f"{path}: the time '{text}' is not in minutes and seconds, such as 7.08 for 7 min 8 s.")
    return 60 * int(whole) + int(rest.ljust(2, "0"))


def parse_ratings(path: Path, dim: Sequence[str], stai: Sequence[str]) -> dict[str, float]:
    """Valence and arousal from 1 to 9, anxiety from 6 to 24, as far as they were answered."""
    scales = [parse_answer(path, cell, 9) for cell in dim[:2]]
    items = [parse_answer(path, cell, 4) for cell in stai[:6]]
    answered: dict[str, float] = {}
    for name, value in zip(("valence", "arousal"), scales, strict=False):
        if value is not None:
            answered[name] = float(value)
    points = [5 - item if index in REVERSED else item for index, item in enumerate(items) if item is not None]
    if len(points) == 6:
        answered["anxiety"] = float(sum(points))
    return answered


def parse_answer(path: Path, text: str, maximum: int) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= maximum:
        raise DataError(f"{path}: the answer '{text}' is not a whole number from 1 to {maximum}.")
    return int(text)


def format_codes(codes: Sequence[int]) -> str:
    return ", ".join(CONDITIONS[code] for code in codes)
