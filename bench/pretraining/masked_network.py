"""The network of pre-training: samples are masked, and decoders predict them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the usual name

from bench.training.networks.dropout import RandomModule
from bench.training.networks.eager import eager
from bench.training.networks.encoder import Branch
from bench.training.networks.exchange import aligned
from bench.training.networks.network import Trainable, Unfused, built, encoder_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import InputSpec, Pretrainable
    from bench.training.networks.network import Tensors


class MaskedOutput(NamedTuple):
    """TargetType values of a modality, and the mask of hidden samples (batch, 1, time)."""

    values: Tensor
    hidden: Tensor


class SpanMask(RandomModule):
    """Draws masks: spans of one length from starts drawn without replacement; spans can overlap."""

    def __init__(self, starts: float, span: int) -> None:
        super().__init__()
        self.starts, self.span = starts, span

    @eager
    def forward(self, windows: int, samples: int, device: torch.device) -> Tensor:
        """True where a sample is hidden, in all channels alike: (windows, 1, samples)."""
        drawn = torch.rand((windows, samples), generator=self.generator, device=device)
        chosen = drawn.topk(max(1, round(self.starts * samples)), dim=1).indices
        begins = torch.zeros_like(drawn).scatter_(1, chosen, 1.0)
        return F.max_pool1d(F.pad(begins[:, None], (self.span - 1, 0)), self.span, stride=1) > 0

    @eager
    def one_of(self, windows: int, modalities: int, device: torch.device) -> Tensor:
        """The modality to mask, for each window."""
        return torch.randint(modalities, (windows,), generator=self.generator, device=device)


class MaskedNetwork(Trainable):
    """The stages of each branch, and a decoder per branch. With several modalities, one is masked in each window.

    The decoder of a modality then sees the states of all branches, so that one modality can predict another.
    """

    def __init__(self, model: Pretrainable, inputs: Mapping[str, InputSpec]) -> None:
        super().__init__()
        builders = {name: encoder_of(model, name, given) for name, given in inputs.items()}
        channels = {name: given.channels for name, given in inputs.items()}
        stages, self.exchanges, widths = built(Unfused(), builders, channels, ())
        self.encoders = nn.ModuleDict({name: Branch(each, nn.Identity()) for name, each in stages.items()})
        width = sum(widths.values())
        self.decoders = nn.ModuleDict({name: model.decoder(name, given, width) for name, given in inputs.items()})
        self.spans = SpanMask(model.mask_start_probability, model.mask_span)

    def forward(self, inputs: Tensors, **_: Any) -> dict[str, MaskedOutput]:
        hidden = self.hide(inputs)
        states = {
            name: self.encoders[name](values.masked_fill(hidden[name], 0.0)) for name, values in inputs.items()
        }  # (batch, width, time)
        found = {}
        for name, own in states.items():
            beside = [aligned(state, own.shape[-1]) for other, state in states.items() if other != name]
            together = torch.cat([own, *beside], dim=1) if beside else own
            found[name] = MaskedOutput(self.decoders[name](together), hidden[name])
        return found

    def hide(self, inputs: Tensors) -> Tensors:
        """Modality -> mask of hidden samples, (batch, 1, time)."""
        found = {name: self.spans(len(values), values.shape[-1], values.device) for name, values in inputs.items()}
        if len(found) > 1:
            first = next(iter(inputs.values()))
            chosen = self.spans.one_of(len(first), len(inputs), first.device)
            found = {name: mask & (chosen == place)[:, None, None] for place, (name, mask) in enumerate(found.items())}
        return found

    def loss_of(self, output: Any, inputs: Tensors, labels: Tensor, weights: Tensor) -> Tensor:
        """The mean squared error over hidden samples."""
        errors = [((each.values.float() - inputs[name]) ** 2 * each.hidden).sum() for name, each in output.items()]
        counts = [each.hidden.sum() * inputs[name].shape[1] for name, each in output.items()]
        return torch.stack(errors).sum() / torch.stack(counts).sum()
