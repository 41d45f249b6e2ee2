"""Res-SIN on PMEmo: EDA with its phasic and tonic components."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.api import Recipe

if TYPE_CHECKING:
    from bench.api import Dataset

#: The paper takes each clip as one sample of its own length; samples of one length are our choice.
WINDOW = {"length": 10.0, "hop": 10.0}
#: Boundaries of the decomposition as they were in use when the paper was written.
COMPONENTS = "cvxeda(boundary=2017) | minmax(per=recording)"


@dataclass(frozen=True)
class ResSIN(Recipe):
    """Classification: the first 15 s are dropped, then cvxEDA, then from 0 to 1 per clip and component.

    The z-score before the decomposition, which its authors recommend and the paper does not mention, is our choice.
    """

    @property
    def window(self) -> Mapping[str, float]:
        return WINDOW

    def chains(self, dataset: Dataset) -> Mapping[str, str]:
        return {"eda": f"trim(15) | zscore(per=recording) | {COMPONENTS}"}


@dataclass(frozen=True)
class Regression(Recipe):
    """Regression: the first 15 s are dropped, a low-pass of 0.6 Hz and the z-score, then cvxEDA.

    The paper gives the cut-off and the z-score; fourth order, forward and backward, is our choice.
    """

    @property
    def window(self) -> Mapping[str, float]:
        return WINDOW

    def chains(self, dataset: Dataset) -> Mapping[str, str]:
        return {"eda": "trim(15) | lowpass(0.6) | zscore(per=recording) | cvxeda(boundary=2017)"}


@dataclass(frozen=True)
class Strict(Recipe):
    """Without a look at the future: no decomposition of the whole clip, and level and spread learnt inside folds."""

    @property
    def window(self) -> Mapping[str, float]:
        return WINDOW

    def chains(self, dataset: Dataset) -> Mapping[str, str]:
        return {"eda": "trim(15) | lowpass(3, causal=true) | standardise"}
