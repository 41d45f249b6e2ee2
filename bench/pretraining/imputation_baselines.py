"""Simple imputations of masked samples, which pre-training has to beat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import torch

from bench.training.batches import iter_batches

if TYPE_CHECKING:
    from bench.api import Array
    from bench.data.windows import WindowSet
    from bench.pretraining.masked_network import MaskedNetwork
    from bench.training.device_signals import DeviceSignals

Imputation = Callable[["Array", "Array"], "Array"]  # values (channels, time) and mask (time) -> values
Losses = dict[str, dict[str, float]]  # modality -> method -> mean squared error over masked samples


def zero(values: Array, _hidden: Array) -> Array:
    """The mean of a standardised signal."""
    return np.zeros_like(values)


def last(values: Array, hidden: Array) -> Array:
    """The last visible sample; at the beginning, the first one."""
    seen = np.flatnonzero(~hidden)
    place = np.searchsorted(seen, np.arange(values.shape[1]), side="right") - 1
    found: Array = values[:, seen[np.maximum(place, 0)]]
    return found


def linear(values: Array, hidden: Array) -> Array:
    """Linear interpolation between visible samples; at the ends, the nearest one."""
    seen, every = np.flatnonzero(~hidden), np.arange(values.shape[1])
    return np.stack([np.interp(every, seen, channel[seen]) for channel in values])


IMPUTATIONS: Mapping[str, Imputation] = {"zero": zero, "last value": last, "linear": linear}


@torch.no_grad()
def imputation_errors(
    network: MaskedNetwork,
    signals: DeviceSignals,
    windows: WindowSet,
    imputations: Mapping[str, Imputation] = MappingProxyType({}),
) -> Losses:
    """The error of the network and of imputations, for the same masks in each call."""
    errors: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    counts: dict[str, int] = defaultdict(int)
    generator = network.spans.generator
    assert generator is not None  # set by the engine
    generator.manual_seed(0)
    for inputs, _ in iter_batches(signals, windows):
        for name, output in network(inputs).items():
            square = (output.values.float() - inputs[name]) ** 2 * output.hidden
            errors[name]["network"] += float(square.sum())
            counts[name] += int(output.hidden.sum()) * inputs[name].shape[1]
            given, hidden = inputs[name].cpu().numpy(), output.hidden[:, 0].cpu().numpy()
            for method, impute in imputations.items():
                errors[name][method] += sum(
                    float(((impute(one, mask) - one)[:, mask] ** 2).sum())
                    for one, mask in zip(given, hidden, strict=True)
                    if mask.any() and not mask.all()
                )
    return {
        name: {method: total / max(counts[name], 1) for method, total in each.items()} for name, each in errors.items()
    }
