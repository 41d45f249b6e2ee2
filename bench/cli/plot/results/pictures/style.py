"""The style of pictures for papers: text of 7 points and more, and colours that need not be told apart alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.cli.plot.style import STYLE

if TYPE_CHECKING:
    from bench.leaderboard.comparison import Row

FONT = "DejaVu Sans"  # comes with matplotlib, so that pictures are the same on all machines
TITLE, TEXT, SMALL = 8.0, 7.5, 7.0  # points

PAPER: dict[Any, Any] = {
    **STYLE,
    "font.family": FONT,
    "font.size": TEXT,
    "axes.labelsize": TEXT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": TEXT,
    "legend.fontsize": SMALL,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "lines.linewidth": 1.0,
    "lines.markersize": 4.5,
    "text.parse_math": False,  # names may contain a dollar sign
}


@dataclass(frozen=True)
class Look:
    """How rows of one kind are marked: by colour, shape and filling."""

    name: str
    colour: str
    marker: str
    filled: bool = True

    @property
    def mark(self) -> dict[str, Any]:
        """Arguments of a marker."""
        face = self.colour if self.filled else "white"
        return {"color": self.colour, "marker": self.marker, "markerfacecolor": face, "markeredgewidth": 0.9}


FUSED = Look("fusion", "#0072B2", "o")
SINGLE = Look("single modality", "#D55E00", "s", filled=False)
BASELINE = Look("baseline", "#8c8c8c", "D", filled=False)
LOOKS = (FUSED, SINGLE, BASELINE)

#: of curves: colour, marker and dashes (Okabe and Ito)
CURVES: tuple[tuple[str, str, Any], ...] = (
    ("#0072B2", "o", "-"),
    ("#D55E00", "s", "--"),
    ("#009E73", "^", "-."),
    ("#CC79A7", "D", ":"),
    ("#000000", "v", "-"),
    ("#E69F00", "P", "--"),
)
CHANCE: dict[str, Any] = {"color": "black", "linestyle": ":", "linewidth": 0.9}
BEST_BASELINE: dict[str, Any] = {"color": "#6b6b6b", "linestyle": "--", "linewidth": 0.9}
ZERO: dict[str, Any] = {"color": "black", "linestyle": "-", "linewidth": 0.7}


def look(row: Row) -> Look:
    if row.baseline:
        return BASELINE
    return FUSED if len(row.summary.cell.modalities) > 1 else SINGLE
