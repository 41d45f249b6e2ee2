"""What the rows of a page are compared by: typed with `bench leaderboard`, and named by the page itself."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from bench.errors import unknown
from bench.leaderboard.columns import in_words
from bench.scoring.scoring import SCORING, sign

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.leaderboard.comparison import Comparison

METRICS = tuple(name for scoring in SCORING.values() for name in scoring.published)  # of which subjects have scores
COMMAND = re.compile(r"bench leaderboard(?: --metric (\w+))?(?: --against ([\w.+-]+))?(?:`|</code>) writes this page")


@dataclass(frozen=True)
class Ordering:
    """A metric of either type of target, and a modality that gains are over; the defaults where they are empty."""

    metric: str = ""
    against: str = ""

    @classmethod
    def of_page(cls, text: str | None) -> Self:
        """What a page says of itself; the defaults where it says nothing."""
        found = COMMAND.search(text or "")
        return cls(found[1] or "", found[2] or "") if found and found[1] in (None, *METRICS) else cls()

    @property
    def options(self) -> str:
        """As typed after `bench leaderboard`, with a space before each."""
        named = {"metric": self.metric, "against": self.against}
        return "".join(f" --{name} {shlex.quote(value)}" for name, value in named.items() if value)

    def check(self, modalities: Iterable[str]) -> None:
        """Raise on what no published row has."""
        if self.metric and self.metric not in METRICS:
            raise unknown("metric of published results", self.metric, METRICS)
        known = set(modalities)
        if self.against and self.against not in known:
            raise unknown("modality", self.against, known, of="the leaderboard")


def gains(comparison: Comparison) -> str:
    """What the column of gains shows."""
    name = in_words(comparison.metric)
    best = "the single modality of the same model that is best on the other subjects"
    single = f"{comparison.against} alone" if comparison.against else best
    return (
        f"{name} minus that of {single}"
        if sign(comparison.metric) > 0
        else f"{name} of {single}, minus that of the row"
    )


def beating(metric: str) -> str:
    """What it takes to beat the baselines."""
    return f"{in_words(metric)} is {'above' if sign(metric) > 0 else 'below'} that of every baseline"
