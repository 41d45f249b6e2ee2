"""Pre-trained Transformers on AMIGOS and other corpora: ECG and EEG at 128 Hz."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from bench.api import PreprocessingPreset, Range

if TYPE_CHECKING:
    from bench.api import Dataset

WINDOW = {"length": 10.0, "hop": 10.0}  # seconds, without overlap
#: The ten electrodes of the paper, in its order.
TEN = "channels((F7,F3,T7,P7,O1,O2,P8,T8,F4,F8)) | "
#: The paper takes the electrode on the left arm, where there are two; where no name says so, the first is our choice.
ONE = {"amigos": "left", "ascertain": "L", "dreamer": "1", "pspm": "ecg1"}
#: Of electrodes that are not documented, at a rate too low for the band.
NO_EEG = ("ascertain",)


@dataclass(frozen=True)
class Transformer(PreprocessingPreset):
    """Sections on data and preprocessing of the paper, in its order.

    The paper gives a Butterworth band-pass of 8th order from 0.8 to 50 Hz, 128 Hz, the z-score, one electrode of ECG,
    ten of EEG, and 10 s. Forward and backward over the whole recording, one z-score per subject and channel over all of
    the subject's recordings, and no overlap are our choice. Of simulated people with fewer electrodes, all are taken.
    """

    rate: Annotated[float, Range(16, 1000), "final sampling rate in Hz"] = 128

    @property
    def window(self) -> Mapping[str, Any]:
        return WINDOW

    def chains(self, dataset: Dataset) -> Mapping[str, str]:
        return of_both(dataset, f"bandpass(0.8, 50, order=8) | resample({self.rate:g}) | zscore")


@dataclass(frozen=True)
class Strict(PreprocessingPreset):
    """The same band, rate and electrodes, without using the future or the rest of a test subject's data.

    Filters are causal, and level and spread are learnt in each fold from its training part.
    """

    rate: Annotated[float, Range(16, 1000), "final sampling rate in Hz"] = 128

    @property
    def window(self) -> Mapping[str, Any]:
        return WINDOW

    def chains(self, dataset: Dataset) -> Mapping[str, str]:
        chain = f"bandpass(0.8, 50, order=8, causal=true) | resample({self.rate:g}, ends=hold) | standardise"
        return of_both(dataset, chain)


def of_both(dataset: Dataset, chain: str) -> Mapping[str, str]:
    name = getattr(dataset, "name", "")
    one = f"channels({ONE[name]}) | " if name in ONE else ""
    ten = TEN if getattr(dataset, "eeg_channels", 16) >= 16 else ""  # the tenth comes 16th on simulated people
    return {"ecg": f"{one}{chain}"} | ({} if name in NO_EEG else {"eeg": f"{ten}{chain}"})
