"""Pre-trained Transformers on AMIGOS and other corpora: ECG and EEG at 128 Hz."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.api import Recipe

if TYPE_CHECKING:
    from bench.api import Dataset

WINDOW = {"length": 10.0, "hop": 10.0}  # seconds, without overlap
#: The ten electrodes of the paper, in its order.
EEG = "channels((F7,F3,T7,P7,O1,O2,P8,T8,F4,F8))"
#: The paper takes the electrode on the left arm, where there are two.
ECG = {"amigos": "channels(left) | "}


@dataclass(frozen=True)
class Transformer(Recipe):
    """Sections on data and preprocessing of the paper, in its order.

    The paper gives a Butterworth band-pass of 8th order from 0.8 to 50 Hz, 128 Hz, the z-score, ten electrodes of
    EEG, and 10 s. Forward and backward over the whole recording, one z-score per person and channel over all of
    the person's recordings, and no overlap are our choice.
    """

    @property
    def window(self) -> Mapping[str, float]:
        return WINDOW

    def chains(self, dataset: Dataset) -> Mapping[str, str]:
        return of_both(dataset, "bandpass(0.8, 50, order=8) | resample(128) | zscore")


@dataclass(frozen=True)
class Strict(Recipe):
    """The same band, rate and electrodes, without a look at the future or at the rest of a held-out person's data.

    Filters are causal, and level and spread are learnt in each fold from its training part.
    """

    @property
    def window(self) -> Mapping[str, float]:
        return WINDOW

    def chains(self, dataset: Dataset) -> Mapping[str, str]:
        return of_both(dataset, "bandpass(0.8, 50, order=8, causal=true) | resample(128, ends=hold) | standardise")


def of_both(dataset: Dataset, chain: str) -> Mapping[str, str]:
    return {"ecg": f"{ECG.get(getattr(dataset, 'name', ''), '')}{chain}", "eeg": f"{EEG} | {chain}"}
