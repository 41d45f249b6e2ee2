"""Tables that fit a terminal: the columns that say most, and more of them where there is room."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

from bench.leaderboard.columns import NOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence

ALWAYS = 6  # columns that are never left out: model, fusion, the score, its gain, baselines, the key
SHORT = {"Gain over single": "Gain", "Beats baselines": "Beats"}  # titles where there is little room
NAMES = ("Model", "Fusion")
KEY = 6  # letters of a key where there is little room; commands take the first letters
GAP = 2  # characters between columns
PADDING = 2  # characters that tabulate adds to a title
NARROWEST = 12  # characters of a column whose texts are wrapped

Texts = dict[str, str]


def terminal_width() -> int | None:
    """Characters of a line; None where a file or another program reads, which has room for all columns."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def fitted(rows: list[Texts], width: int | None) -> list[Texts]:
    """The columns for which there is room, with texts in several lines where need be."""
    if width is None or across(rows) <= width:
        return rows
    rows = [{SHORT.get(title, title): text for title, text in row.items()} for row in rows]
    rows = briefly(rows)
    kept = important(rows[0])[:ALWAYS]
    for title in important(rows[0])[ALWAYS:]:
        if across(some(rows, [*kept, title])) <= width:
            kept.append(title)
    rows, score = some(rows, kept), important(rows[0])[len(NAMES)]
    return with_intervals_below(wrapped(with_intervals_below(rows, width, "Gain"), width), width, score)


def important(row: Texts) -> list[str]:
    """Titles, the most important ones first; the score is in the first column after the names."""
    [score, *others] = [title for title in row if title not in (*NAMES, "Modalities")]
    first = [*NAMES, score, *SHORT.values(), "Key"]
    after = [title for title in ("Perm. p", "Verdict", "Balanced acc.", "Modalities", "Seeds") if title in row]
    return [*first, *after, *(title for title in others if title not in (*first, *after))]


def briefly(rows: list[Texts]) -> list[Texts]:
    """The modality stands in place of `none` as fusion, and for all fused rows where these differ in modalities."""
    fused = {row["Modalities"] for row in rows if row["Fusion"] not in ("none", NOTHING)}
    found = []
    for row in rows:
        fusion, modalities = row["Fusion"], row["Modalities"]
        if fusion == "none":
            fusion = modalities
        elif len(fused) > 1 and fusion != NOTHING:
            fusion = f"{fusion} of {modalities}"
        first, *more = row["Model"].split(", ") if fusion == NOTHING else [row["Model"]]
        model = f"{first} and {len(more)} more" if more else first
        found.append(row | {"Model": model, "Fusion": fusion, "Key": row["Key"][:KEY]})
    return found


def some(rows: list[Texts], titles: list[str]) -> list[Texts]:
    """These columns, in the order of the table."""
    return [{title: text for title, text in row.items() if title in titles} for row in rows]


def widths(rows: list[Texts]) -> dict[str, int]:
    return {
        title: max(len(title) + PADDING, *(len(line) for row in rows for line in row[title].split("\n")))
        for title in rows[0]
    }


def across(rows: list[Texts]) -> int:
    found = widths(rows).values()
    return sum(found) + GAP * (len(found) - 1)


def with_intervals_below(rows: list[Texts], width: int, title: str) -> list[Texts]:
    """With the intervals of a column in a second line where there is no room beside the numbers."""
    if across(rows) <= width:
        return rows
    return [row | {title: row[title].replace(" [", "\n[")} for row in rows]


def wrapped(rows: list[Texts], width: int, titles: Sequence[str] = NAMES) -> list[Texts]:
    """With names in several lines where they are too long, broken between words alone."""
    for title in titles:
        excess = across(rows) - width
        if excess > 0:
            room = max(NARROWEST, widths(rows)[title] - excess)
            rows = [row | {title: broken(row[title], room)} for row in rows]
    return rows


def broken(text: str, room: int) -> str:
    """A text in lines, which may end after a comma or a plus as well; inside options where a line is still too long."""
    short: list[str] = []
    for line in split(text, room, after="[,+]"):
        short += split(line, room, after=r"[,+(=\-]|\.(?=[a-z])") if len(line) > room else [line]
    return "\n".join(short)


def split(text: str, room: int, after: str) -> list[str]:
    spaced = re.sub(f"({after})(?=\\S)", "\\1 \0", text)
    lines = textwrap.wrap(spaced, room, break_long_words=False, break_on_hyphens=False)
    return [line.replace(" \0", "").lstrip("\0") for line in lines]
