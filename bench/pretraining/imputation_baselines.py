"""What can be told of hidden samples without learning anything: pre-training has to do better."""

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

Guess = Callable[["Array", "Array"], "Array"]  # values (channels, time) and what is hidden (time) -> values
Losses = dict[str, dict[str, float]]  # modality -> who tells -> mean square of what was told wrong


def zero(values: Array, _hidden: Array) -> Array:
    """The mean of a signal that is standardised."""
    return np.zeros_like(values)


def last(values: Array, hidden: Array) -> Array:
    """The last sample that is seen before; before all of them, the first that is seen."""
    seen = np.flatnonzero(~hidden)
    place = np.searchsorted(seen, np.arange(values.shape[1]), side="right") - 1
    found: Array = values[:, seen[np.maximum(place, 0)]]
    return found


def linear(values: Array, hidden: Array) -> Array:
    """The straight line between the nearest samples that are seen; at the ends, the nearest of them."""
    seen, every = np.flatnonzero(~hidden), np.arange(values.shape[1])
    return np.stack([np.interp(every, seen, channel[seen]) for channel in values])


IMPUTATIONS: Mapping[str, Guess] = {"zero": zero, "last value": last, "linear": linear}


@torch.no_grad()
def measured(
    network: MaskedNetwork,
    signals: DeviceSignals,
    windows: WindowSet,
    guesses: Mapping[str, Guess] = MappingProxyType({}),
) -> Losses:
    """The network's loss on windows beside that of guesses, for the same hidden samples each time it is asked."""
    wrong: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    counts: dict[str, int] = defaultdict(int)
    generator = network.spans.generator
    assert generator is not None  # the engine has given it one
    generator.manual_seed(0)
    for inputs, _ in iter_batches(signals, windows):
        for name, told in network(inputs).items():
            square = (told.values.float() - inputs[name]) ** 2 * told.hidden
            wrong[name]["network"] += float(square.sum())
            counts[name] += int(told.hidden.sum()) * inputs[name].shape[1]
            given, hidden = inputs[name].cpu().numpy(), told.hidden[:, 0].cpu().numpy()
            for guess, says in guesses.items():
                wrong[name][guess] += sum(
                    float(((says(one, mask) - one)[:, mask] ** 2).sum())
                    for one, mask in zip(given, hidden, strict=True)
                    if mask.any() and not mask.all()
                )
    return {name: {who: total / max(counts[name], 1) for who, total in of.items()} for name, of in wrong.items()}
