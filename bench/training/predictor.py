"""A trained network: its predictions, and the file that it is stored in."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from bench.api import InputSpec
from bench.errors import StorageError
from bench.training.batches import iter_batches
from bench.training.checkpoint import read, write
from bench.training.device import kernels
from bench.training.device_signals import DeviceSignals
from bench.training.networks.convolution import use_channels_last
from bench.training.networks.network import Network, Trainable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from bench.api import Array, Fusion, Staged
    from bench.data.windows import WindowSet
    from bench.training.networks.exchange import Exchange

SAMPLE = 128  # training windows for the summary of attention


class Predictor:
    """Predicts windows of the modalities that it was trained with."""

    def __init__(
        self, network: Trainable, inputs: Mapping[str, InputSpec], classes: int, device: str, log: dict[str, Any]
    ) -> None:
        self.network = network.eval().requires_grad_(requires_grad=False)
        self.inputs, self.classes, self.device, self.log = dict(inputs), classes, device, log
        if device == "cpu":
            use_channels_last(self.network)

    @torch.no_grad()
    def predict_proba(self, windows: WindowSet) -> Array:
        """(n, classes), each row from its own window alone."""
        found = np.empty((len(windows), self.classes))
        with self.kernels():
            for inputs, here in iter_batches(DeviceSignals([windows], self.device), windows):
                found[here] = self.network(inputs).double().softmax(1).cpu().numpy()
        return found

    def kernels(self) -> AbstractContextManager[None]:
        """Those of training, whether other networks are still trained or not."""
        precision, deterministic = self.log.get("precision", "fp32"), self.log.get("deterministic", False)
        return kernels(self.device, precision, deterministic=deterministic)

    def parameters(self) -> int:
        """The number of parameters."""
        return sum(parameter.numel() for parameter in self.network.parameters())

    @torch.no_grad()
    def attention(self, windows: WindowSet) -> dict[str, dict[str, Array]]:
        """Stage -> connection -> (n, channels or 1, time): the attention weights."""
        found: dict[str, dict[str, list[Array]]] = {}
        network = cast("Network", self.network)
        with self.kernels():
            for inputs, _ in iter_batches(DeviceSignals([windows], self.device), windows):
                for stage, states in exchanged(network, inputs).items():
                    for name, values in exchange_at(network, stage).attention(states).items():
                        found.setdefault(stage, {}).setdefault(name, []).append(values.float().cpu().numpy())
        return {
            stage: {name: np.concatenate(parts) for name, parts in connections.items()}
            for stage, connections in found.items()
        }

    def state(self) -> dict[str, Tensor]:
        """Parameters and buffers, on the CPU."""
        return {name: tensor.detach().cpu().clone() for name, tensor in tensors_of(self.network).items()}

    @classmethod
    def from_state(
        cls,
        model: Staged,
        fusion: Fusion,
        inputs: Mapping[str, InputSpec],
        classes: int,
        state: Mapping[str, Tensor],
        device: str = "cpu",
        log: dict[str, Any] | None = None,
    ) -> Predictor:
        """A network with this state."""
        with torch.random.fork_rng(devices=()):
            network = Network(model, fusion, inputs, classes)
        load_state(network, state)
        return cls(network.to(device), inputs, classes, device, log or {})

    def save(self, path: Path) -> None:
        """Write one safetensors file with the state, the inputs and the log."""
        inputs = {name: asdict(given) for name, given in self.inputs.items()}
        metadata = {"inputs": json.dumps(inputs), "classes": str(self.classes), "log": json.dumps(self.log)}
        write(path, self.state(), metadata)

    @classmethod
    def load(cls, path: Path, model: Staged, fusion: Fusion, device: str = "cpu") -> Predictor:
        """Read what `save` has written. Model and fusion must be those that it was trained with."""
        try:
            state, metadata = read(path)
            inputs = {name: InputSpec(**given) for name, given in json.loads(metadata["inputs"]).items()}
            return cls.from_state(
                model, fusion, inputs, int(metadata["classes"]), state, device, json.loads(metadata["log"])
            )
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise StorageError(f"{path} does not hold a network of this model and fusion ({error}).") from error


def tensors_of(network: Trainable) -> dict[str, Tensor]:
    """Parameters and buffers by name."""
    return dict(network.named_parameters()) | dict(network.named_buffers())


@torch.no_grad()
def load_state(network: Trainable, state: Mapping[str, Tensor]) -> None:
    """Copy the values into a network; KeyError if one is missing."""
    for name, tensor in tensors_of(network).items():
        tensor.copy_(state[name])


def exchange_at(network: Network, stage: str) -> Exchange:
    return cast("Exchange", network.exchanges[stage])


def exchanged(network: Network, inputs: dict[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Stage -> the tensors of the branches at its end, where they are exchanged."""
    states, found = dict(inputs), {}
    for number in range(1, network.depth + 1):
        states = network.stage(number, states)
        if str(number) in network.exchanges:
            found[str(number)] = states
            states = network.exchanges[str(number)](states)
    return found


def attention_summary(network: Trainable, windows: WindowSet, signals: DeviceSignals) -> dict[str, Any]:
    """Statistics of attention in a sample of training windows, if the network has attention."""
    if not len(cast("nn.ModuleDict", network.exchanges)):
        return {}
    sample = np.unique(np.linspace(0, len(windows) - 1, SAMPLE).astype(int))
    return {"connections": connections(cast("Network", network), windows.take(sample), signals)}


@torch.no_grad()
def connections(network: Network, windows: WindowSet, signals: DeviceSignals) -> dict[str, dict[str, dict[str, float]]]:
    """Stage -> connection -> mean entropy of attention in bits, and the share of windows where it is dead."""
    found: dict[str, dict[str, dict[str, list[Tensor]]]] = {}
    for inputs, _ in iter_batches(signals, windows):
        for stage, states in exchanged(network, inputs).items():
            exchange = exchange_at(network, stage)
            imputation_errors = {"entropy": exchange.attention(states), "dead": exchange.dead(states)}
            for what, of in imputation_errors.items():
                for name, values in of.items():
                    each = entropy(values).flatten(1).mean(1) if what == "entropy" else values.double()
                    found.setdefault(stage, {}).setdefault(name, {}).setdefault(what, []).append(each.cpu())
    return {
        stage: {name: {what: float(torch.cat(parts).mean()) for what, parts in of.items()} for name, of in each.items()}
        for stage, each in found.items()
    }


def entropy(share: Tensor) -> Tensor:
    """The entropy of a Bernoulli variable, in bits."""
    share = share.double()
    nats: Tensor = torch.special.xlogy(share, share) + torch.special.xlogy(1 - share, 1 - share)
    return nats.div(-np.log(2))
