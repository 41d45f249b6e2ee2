"""Res-SIN on PMEmo: EDA with its phasic and tonic components."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from bench.api import PreprocessingPreset

if TYPE_CHECKING:
    from bench.api import Dataset

#: The paper takes each clip as one sample of its own length; that 3 s have to be left of it is our choice.
WINDOW = {"length": 3.0, "whole": True}
Kept = tuple[Literal["original", "phasic", "tonic"], ...]
ALL: Kept = ("original", "phasic", "tonic")


def of_songs(dataset: Dataset) -> dict[str, str]:
    """The steps for features of songs, if there are any."""
    return {"music": "standardise"} if "music" in dataset.stimulus_modalities else {}


def decomposed(keep: Kept) -> str:
    """The step cvxeda with the boundary handling of the paper's time."""
    return f"cvxeda(keep=({','.join(keep)}), boundary=2017)"


@dataclass(frozen=True)
class ResSIN(PreprocessingPreset):
    """Classification: the first 15 s are dropped, then cvxEDA, then from 0 to 1 per clip and component.

    The mean that the paper takes from images is taken from signals, which comes to the same, and learnt in each fold;
    so are mean and spread of the features of songs. The z-score before the decomposition, which its authors recommend
    and the paper does not mention, is our choice.
    """

    keep: Annotated[Kept, "components of EDA that become channels, in this order"] = ALL

    @property
    def window(self) -> Mapping[str, Any]:
        return WINDOW

    def chains(self, dataset: Dataset) -> Mapping[str, str]:
        steps = f"trim(15) | zscore(per=recording) | {decomposed(self.keep)} | minmax(per=recording) | centre"
        return {"eda": steps} | of_songs(dataset)


@dataclass(frozen=True)
class Regression(PreprocessingPreset):
    """Regression: the first 15 s are dropped, a low-pass of 0.6 Hz and the z-score, then cvxEDA.

    The paper gives the cut-off and the z-score; fourth order, forward and backward, is our choice.
    """

    keep: Annotated[Kept, "components of EDA whose features are taken"] = ALL

    @property
    def window(self) -> Mapping[str, Any]:
        return WINDOW

    def chains(self, dataset: Dataset) -> Mapping[str, str]:
        return {"eda": f"trim(15) | lowpass(0.6) | zscore(per=recording) | {decomposed(self.keep)}"}


@dataclass(frozen=True)
class Strict(PreprocessingPreset):
    """Without using the future: no decomposition of the whole clip, and scaling fitted inside folds."""

    @property
    def window(self) -> Mapping[str, Any]:
        return WINDOW

    def chains(self, dataset: Dataset) -> Mapping[str, str]:
        return {"eda": "trim(15) | lowpass(3, causal=true) | standardise"} | of_songs(dataset)
