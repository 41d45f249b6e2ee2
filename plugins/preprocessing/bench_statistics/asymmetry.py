"""Which side of the head has more power: electrodes of an electroencephalogram and those opposite of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from bench_statistics.feature import Feature, none
from bench_statistics.spectrum import FLOOR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: In the 10-20 system and its refinements, letters tell how far to the front and even numbers are on the right.
ELECTRODE = re.compile(r"(FP|AF|FT|FC|TP|CP|PO|[FTCPOI])(\d+)")
SILENT = float(np.log10(FLOOR)) + 1e-9


def opposite(channels: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Right electrodes and those opposite of them ("F4-F3"): their places among the channels."""
    places = {re.sub(r"[^A-Z0-9]", "", channel.upper()): place for place, channel in enumerate(channels)}
    pairs = {}
    for name, right in places.items():
        found = ELECTRODE.fullmatch(name)
        if found and int(found[2]) and not int(found[2]) % 2:
            left = places.get(f"{found[1]}{int(found[2]) - 1}")
            if left is not None:
                pairs[f"{spelling(channels[right])}-{spelling(channels[left])}"] = (right, left)
    return pairs


def spelling(channel: str) -> str:
    """A name without the dots and spaces that fill it up in some files."""
    return channel.strip(" .")


def asymmetry(powers: Mapping[str, Feature], width: int, right: int, left: int) -> dict[str, Feature]:
    """log10 of the power of the right electrode less that of the left one, from rows of windows of `width` channels.

    Times ln 10 it is the difference of natural logarithms that some publish.
    """
    features = {}
    for name, power in powers.items():
        label = name.replace("_log_power", "_asymmetry")
        if power.values is None:
            features[label] = none("log10", power.missing)
            continue
        values = power.values.reshape(-1, width)
        silent = (values[:, right] < SILENT) | (values[:, left] < SILENT)
        difference = np.where(silent, np.nan, values[:, right] - values[:, left])
        features[label] = Feature("log10", difference, "no power in one of the two channels")
    return features
