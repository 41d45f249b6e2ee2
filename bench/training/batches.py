"""Batches of one phase for several networks, on the device: inputs, labels and weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from bench.training.device_signals import WindowLoader, padded
from bench.training.networks.network import criterion
from bench.training.optimisers.schedule import class_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.data.windows import LabelledWindowSet, WindowSet
    from bench.training.device_signals import DeviceSignals
    from bench.training.network_fit import NetworkFit
    from bench.training.networks.network import Network, Tensors, Trainable
    from bench.training.phase_state import PhaseState

CHUNK = 128  # windows per forward pass outside of training


class LabelledBatches:
    """Gathers windows by number, for all networks at once."""

    def __init__(
        self, signals: DeviceSignals, phase_states: Sequence[PhaseState], networks: Sequence[Trainable]
    ) -> None:
        parts, phase = [phase_state.windows for phase_state in phase_states], phase_states[0].phase
        self.embedded = phase.learns == ("join",) and not phase.branch
        self.inputs = EmbeddingBatches(signals, parts, networks) if self.embedded else WindowLoader(signals, parts)
        self.labels = padded([part.labels.astype("int64") for part in parts]).to(signals.device)
        weights = [class_weights(phase_state.model, part.labels, len(part.classes))
                   for phase_state, part in zip(phase_states, parts, strict=True)]  # fmt: skip
        self.weights = padded(weights).to(signals.device)

    def __call__(self, rows: Tensor) -> tuple[Tensors, Tensor, Tensor]:
        """Window numbers (networks, n) -> inputs, labels and weights of the same first two axes."""
        labels = self.labels.gather(1, rows)
        return self.inputs(rows), labels, self.weights.gather(1, labels)


class EmbeddingBatches:
    """Precomputed embeddings, for phases that train only what follows them."""

    def __init__(self, signals: DeviceSignals, parts: Sequence[WindowSet], networks: Sequence[Trainable]) -> None:
        found = [embeddings(cast("Network", network), signals, part)
                 for network, part in zip(networks, parts, strict=True)]  # fmt: skip
        self.tables = {name: pad_sequence([each[name] for each in found], batch_first=True) for name in found[0]}

    def __call__(self, rows: Tensor) -> Tensors:
        fits = torch.arange(len(rows), device=rows.device)[:, None]
        return {modality: table[fits, rows] for modality, table in self.tables.items()}


def iter_batches(signals: DeviceSignals, windows: WindowSet) -> Iterator[tuple[Tensors, slice]]:
    """The inputs of one network in order, a batch at a time."""
    feed = WindowLoader(signals, [windows])
    for first in range(0, len(windows), CHUNK):
        here = slice(first, min(first + CHUNK, len(windows)))
        rows = torch.arange(here.start, here.stop, device=signals.device)[None]
        yield {modality: values[0] for modality, values in feed(rows).items()}, here


@torch.no_grad()
def embeddings(network: Network, signals: DeviceSignals, windows: WindowSet) -> Tensors:
    """Modality -> (windows, dim), from a network that is in eval mode afterwards."""
    network.eval()
    found = [network.embeddings(inputs) for inputs, _ in iter_batches(signals, windows)]
    return {modality: torch.cat([each[modality] for each in found]) for modality in found[0]}


@torch.no_grad()
def validation_losses(
    forward: Callable[[Tensors], Tensor], signals: DeviceSignals, fits: Sequence[NetworkFit], chunk: int = CHUNK
) -> list[float]:
    """The validation loss of each network in eval mode, with the class weights of its training part.

    `forward` takes inputs (networks, n, ...), and returns logits (networks, n, classes).
    """
    parts = [cast("LabelledWindowSet", fit.validation) for fit in fits]
    loader, device = WindowLoader(signals, parts), signals.device
    last = torch.tensor([len(part) - 1 for part in parts], device=device)[:, None]
    every = torch.arange(max(map(len, parts)), device=device)
    logits = torch.cat([forward(loader(rows.minimum(last))) for rows in torch.split(every, chunk)], dim=1)
    found = []
    for fit, part, each in zip(fits, parts, logits, strict=True):
        labels = torch.from_numpy(part.labels.astype("int64")).to(device)
        weights = torch.from_numpy(class_weights(fit.model, fit.train.labels, len(fit.train.classes))).to(device)
        found.append(criterion(each[: len(part)], labels, weights[labels]))
    losses: list[float] = torch.stack(found).tolist()
    return losses
