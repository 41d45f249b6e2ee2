"""AttX on WESAD: ECG and EDA, filtered, standardised per subject, at 256 Hz."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from bench.api import PreprocessingPreset, Range

if TYPE_CHECKING:
    from bench.api import Dataset

WINDOW = {"length": 10.0, "hop": 5.0}  # seconds, with 50 % overlap


@dataclass(frozen=True)
class AttX(PreprocessingPreset):
    """Section on data and preprocessing of the AttX paper, in its order.

    The paper gives the pass-bands, the user-specific z-score, 256 Hz, and windows of 10 s that overlap by half.
    It does not give the order of the filters, their direction, or how the statistics of a user are taken:
    fourth order, forward and backward over the whole recording, and plain mean and deviation are our choice.
    """

    order: Annotated[int, Range(1, 12), "of the Butterworth filters"] = 4
    statistics: Annotated[
        Literal["session", "trimmed", "baseline", "causal"], "of the z-score; see 'bench info zscore'"
    ] = "session"
    rate: Annotated[float, Range(32, 1000), "final sampling rate in Hz"] = 256

    @property
    def window(self) -> Mapping[str, Any]:
        return WINDOW

    def chains(self, dataset: Dataset) -> Mapping[str, str]:
        after = f"zscore(statistics={self.statistics}) | resample({self.rate:g})"
        return {
            "ecg": f"bandpass(5, 15, order={self.order}) | {after}",
            "eda": f"lowpass(3, order={self.order}) | {after}",
        }


@dataclass(frozen=True)
class Strict(PreprocessingPreset):
    """The same bands and rate, without using the future or the rest of a test subject's session.

    Filters are causal, and level and spread are learnt in each fold from its training part.
    """

    order: Annotated[int, Range(1, 12), "of the Butterworth filters"] = 4
    rate: Annotated[float, Range(32, 1000), "final sampling rate in Hz"] = 256

    @property
    def window(self) -> Mapping[str, Any]:
        return WINDOW

    def chains(self, dataset: Dataset) -> Mapping[str, str]:
        after = f"resample({self.rate:g}, ends=hold) | standardise"
        return {
            "ecg": f"bandpass(5, 15, order={self.order}, causal=true) | {after}",
            "eda": f"lowpass(3, order={self.order}, causal=true) | {after}",
        }
