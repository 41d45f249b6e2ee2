"""The size of text in inches, and lines that fit."""

from __future__ import annotations

import re

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from bench.cli.plot.results.pictures.style import FONT

WORDS = re.compile(r" *[^ ]+(?: ·)? *")  # no-break spaces are inside; a line does not begin with a dot between words
INSIDE = re.compile(r"(?<=[+,=_/-])|(?=\()")  # where a word may be broken
TOLERANCE = 1.03  # hinted letters on a screen are slightly wider than those of the font


def width_of(text: str, size: float, weight: str = "normal") -> float:
    """The width of one line."""
    font = FontProperties(family=FONT, size=size, weight=weight)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]) / 72 * TOLERANCE


def height_of(lines: int, size: float) -> float:
    """The height of some lines."""
    return lines * 1.25 * size / 72


def wrapped(text: str, inches: float, size: float, weight: str = "normal") -> list[str]:
    """Lines that are no wider, broken between words, and inside of words that do not fit in a line."""
    lines = []
    for paragraph in filter(None, text.split("\n")):
        line = ""
        for word in WORDS.findall(paragraph):
            for piece in pieces(word, inches, size, weight):
                if line and width_of((line + piece).rstrip(), size, weight) > inches:
                    lines.append(line.rstrip())
                    line = ""
                line += piece
        lines.append(line.rstrip())
    return lines


def pieces(word: str, inches: float, size: float, weight: str) -> list[str]:
    """The word, or its parts where it does not fit in a line, or the characters of a part that does not."""

    def fits(part: str) -> bool:
        return width_of(part.rstrip(), size, weight) <= inches

    if fits(word):
        return [word]
    return [piece for part in INSIDE.split(word) for piece in ([part] if fits(part) else part)]
