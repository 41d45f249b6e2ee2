"""The answers of a person: how each condition felt, from SX_quest.csv."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.errors import DataError
from bench_wesad.protocol import AMUSEMENT, BASELINE, CONDITIONS, MEDITATION, RATE, STRESS, Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CODES = {"base": BASELINE, "tsst": STRESS, "fun": AMUSEMENT, "medi": MEDITATION}
CALM = (0, 3, 5)  # items of STAI-6 that are turned round: at ease, relaxed, pleasant
MARGIN = 10  # seconds that a written interval is longer than its run, at either end
APART = 5  # seconds that it may differ from that


@dataclass(frozen=True)
class Condition:
    """One condition as it was written down."""

    code: int
    start: int  # seconds from the start of the chest device, which began before the pickle does
    stop: int
    ratings: Mapping[str, float]


def ratings(path: Path, subject: str, found: Sequence[Run]) -> list[Mapping[str, float]]:
    """The ratings of each of the runs, which the file has to agree with."""
    told = sorted(read(path, subject), key=lambda condition: condition.start)
    expected = [run.code for run in found]
    if [condition.code for condition in told] != expected:
        raise DataError(
            f"{path}: its order of conditions is {named([each.code for each in told])}, but the labels say "
            f"{named(expected)}; is it the file of another person?"
        )
    for condition, run in zip(told, found, strict=True):
        written, labelled = condition.stop - condition.start - 2 * MARGIN, (run.stop - run.start) / RATE
        if abs(written - labelled) > APART:
            raise DataError(
                f"{path}: {CONDITIONS[run.code]} lasts {written} s without its margins, but the labels say "
                f"{labelled:.0f} s; is it the file of another person?"
            )
    return [condition.ratings for condition in told]


def read(path: Path, subject: str) -> list[Condition]:
    """The conditions in the order of the file."""
    rows: dict[str, list[list[str]]] = {}
    for line in path.read_text(encoding="utf-8-sig", errors="replace").splitlines():
        name, *cells = [cell.strip() for cell in line.split(";")]
        rows.setdefault(name.lstrip("# ").lower(), []).append(cells)
    missing = [name for name in ("subj", "order", "start", "end", "stai", "dim") if name not in rows]
    if missing:
        raise DataError(f"{path}: there is no line '# {missing[0].upper()}'.")
    if rows["subj"][0][:1] != [subject]:
        raise DataError(f"{path}: it says that it is of '{''.join(rows['subj'][0][:1])}', expected '{subject}'.")
    # Readings stand among the conditions, but nobody was asked how they felt.
    places = [place for place, name in enumerate(rows["order"][0]) if name and not name.lower().endswith("read")]
    for name in ("stai", "dim"):
        if len(rows[name]) != len(places):
            raise DataError(
                f"{path}: there are {len(rows[name])} lines '# {name.upper()}', expected one for each of the "
                f"{len(places)} conditions."
            )
    return [
        Condition(
            code(path, rows["order"][0][place]),
            seconds(path, rows["start"][0], place),
            seconds(path, rows["end"][0], place),
            rated(path, rows["dim"][number], rows["stai"][number]),
        )
        for number, place in enumerate(places)
    ]


def code(path: Path, name: str) -> int:
    known = [number for start, number in CODES.items() if name.lower().startswith(start)]
    if not known:
        raise DataError(f"{path}: the condition '{name}' is not known; expected Base, TSST, Fun, Medi 1 or Medi 2.")
    return known[0]


def seconds(path: Path, cells: Sequence[str], place: int) -> int:
    """Minutes and seconds are written as 7.08; a spreadsheet took the last zero of 50.30 away."""
    text = cells[place] if place < len(cells) else ""
    whole, _, rest = text.partition(".")
    if not whole.isdecimal() or len(rest) > 2 or not rest.ljust(2, "0").isdecimal() or int(rest.ljust(2, "0")) > 59:
        raise DataError(f"{path}: the time '{text}' is not in minutes and seconds, such as 7.08 for 7 min 8 s.")
    return 60 * int(whole) + int(rest.ljust(2, "0"))


def rated(path: Path, dim: Sequence[str], stai: Sequence[str]) -> dict[str, float]:
    """Valence and arousal from 1 to 9, anxiety from 6 to 24; what was not answered is not there."""
    feeling = [answer(path, cell, 9) for cell in dim[:2]]
    items = [answer(path, cell, 4) for cell in stai[:6]]
    told: dict[str, float] = {}
    for name, value in zip(("valence", "arousal"), feeling, strict=False):
        if value is not None:
            told[name] = float(value)
    given = [5 - item if place in CALM else item for place, item in enumerate(items) if item is not None]
    if len(given) == 6:
        told["anxiety"] = float(sum(given))
    return told


def answer(path: Path, text: str, most: int) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise DataError(f"{path}: the answer '{text}' is not a whole number from 1 to {most}.")
    return int(text)


def named(codes: Sequence[int]) -> str:
    return ", ".join(CONDITIONS[code] for code in codes)
