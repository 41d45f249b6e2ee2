"""The feature table of the harness: all features of each window, computed from that window alone."""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from bench.api import Extractor, Range
from bench_statistics.columns import table
from bench_statistics.electrodermal import SCR

if TYPE_CHECKING:
    from bench.api import Array


#: A dozen or two per channel that windows of some seconds tell well; band powers belong to them too.
CORE = {
    "mean", "sd", "slope_per_s", "min", "max", "q05", "q25", "q50", "q75", "q95", "mean_absolute_difference",
    "heart_rate_bpm", "pulse_rate_bpm", "sdnn_ms", "rmssd_ms", "pulse_amplitude",
    "scr_per_minute", "scr_mean_amplitude", "tonic_slope_per_s",
}  # fmt: skip
POWER = "_log_power"


@dataclass(frozen=True)
class Statistics(Extractor):
    """Statistics and band powers of every signal; beats of ECG and BVP; responses of EDA; breaths; sides of the EEG.

    Which features there are depends on the rate and the length of a window. One whose window does not tell is NaN.
    The core is what short windows and few people can bear; `all` adds variability of the heart in every measure that
    the length of the window allows, the times of skin responses, breaths, relative powers and asymmetry.
    """

    which: Annotated[Literal["core", "all"], "the core, or all features there are"] = "core"

    scr: Annotated[
        float, Range(1e-4, 10, log=True), "the smallest skin conductance response, in units of the signal"
    ] = SCR

    def extract(self, windows: Array, rate: float, modality: str, channels: Sequence[str]) -> tuple[list[str], Array]:
        columns, values, _ = table(windows, rate, modality, channels, self.scr)
        there = [place for place, column in enumerate(columns) if column.there and self.takes(column.name)]
        single = windows.shape[1] == 1
        names = [f"{modality}.{'' if single else columns[place].channel + '.'}{columns[place].name}" for place in there]
        return names, values[:, there]

    def takes(self, name: str) -> bool:
        return self.which == "all" or name in CORE or name.endswith(POWER)
