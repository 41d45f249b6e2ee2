"""Tables that fit a terminal: the columns that say most, and more of them where there is room."""

from __future__ import annotations

import shutil
import sys
import textwrap

from bench.leaderboard.columns import NOTHING

ALWAYS = 5  # columns that are never left out: model, fusion, the score, its gain, baselines
SHORT = {"Gain over single": "Gain", "Beats baselines": "Beats"}  # titles where there is little room
GAP = 2  # characters between columns
PADDING = 2  # characters that tabulate adds to a title
NARROWEST = 12  # characters of a column whose texts are wrapped

Texts = dict[str, str]


def terminal_width() -> int | None:
    """Characters of a line; None where a file or another program reads, which has room for all columns."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def fitted(rows: list[Texts], width: int | None) -> list[Texts]:
    """The columns for which there is room, with texts of the first one wrapped between words where need be."""
    if width is None or across(rows) <= width:
        return rows
    rows = [{SHORT.get(title, title): text for title, text in row.items()} for row in rows]
    rows = briefly(rows)
    kept = important(rows[0])[:ALWAYS]
    for title in important(rows[0])[ALWAYS:]:
        if across(some(rows, [*kept, title])) <= width:
            kept.append(title)
    return wrapped(some(rows, kept), width)


def important(row: Texts) -> list[str]:
    """Titles, the most important ones first; the score is in the first column after the names."""
    names = [title for title in ("Model", "Fusion") if title in row]
    [score, *others] = [title for title in row if title not in ("Model", "Fusion", "Modalities")]
    first = [*names, score, *(title for title in SHORT.values() if title in row)]
    after = [title for title in ("Perm. p", "Verdict", "Balanced acc.", "Modalities", "Seeds", "Key") if title in row]
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
        found.append(row | {"Model": model, "Fusion": fusion})
    return found


def some(rows: list[Texts], titles: list[str]) -> list[Texts]:
    """These columns, in the order of the table."""
    return [{title: text for title, text in row.items() if title in titles} for row in rows]


def widths(rows: list[Texts]) -> dict[str, int]:
    return {title: max(len(title) + PADDING, *(len(row[title]) for row in rows)) for title in rows[0]}


def across(rows: list[Texts]) -> int:
    found = widths(rows).values()
    return sum(found) + GAP * (len(found) - 1)


def wrapped(rows: list[Texts], width: int) -> list[Texts]:
    """With names in several lines where they are too long, broken between words alone."""
    for title in ("Model", "Fusion"):
        excess = across(rows) - width
        if excess > 0:
            room = max(NARROWEST, widths(rows)[title] - excess)
            rows = [row | {title: broken(row[title], room)} for row in rows]
    return rows


def broken(text: str, room: int) -> str:
    """A text in lines, which may end after a comma or a plus as well."""
    spaced = text.replace(",", ",\0").replace("+", "+\0").replace("\0 ", " ").replace("\0", " \0")
    lines = textwrap.wrap(spaced, room, break_long_words=False, break_on_hyphens=False)
    return "\n".join(line.replace(" \0", "").lstrip("\0") for line in lines)
