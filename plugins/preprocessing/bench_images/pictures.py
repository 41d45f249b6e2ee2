"""From signals to images: one row per second, resized, and randomly shifted in training."""

from __future__ import annotations

import torch
from torch import Tensor

from bench.training.networks.dropout import RandomModule
from bench.training.networks.eager import eager
from bench_images.seconds import seconds


class Pictures(RandomModule):
    """(batch, channels, samples), NaN after the end of shorter windows -> (batch, channels, size, size).

    Bilinear interpolation of each window by itself, pixels as areas and without smoothing beforehand, as
    `torch.nn.functional.interpolate` has it by default. It is a matrix of weights on either side of the rows of
    seconds, so that one product serves windows of any lengths. Values of a pixel lie beside each other in memory
    (channels last), as convolutions over images work fastest.

    While it trains, a random crop out of an image with `crop` more pixels at each edge, which repeat those at the edge:
    a shift of the places at which the signal is looked at. A size of 0 leaves rows and columns as they are.
    """

    def __init__(self, rate: float, size: int, crop: int) -> None:
        super().__init__()
        self.rate, self.size, self.crop = rate, size, crop

    def forward(self, values: Tensor) -> Tensor:
        rows, own = seconds(values, self.rate)  # (batch, 3, T, 50)
        if not self.size:
            return rows
        down, across = self.shifts(len(rows), values.device)
        columns = torch.full_like(across, rows.shape[-1])
        wide = torch.einsum("bxn,bctn->bctx", self.weights(columns, rows.shape[-1], across), rows)
        found = torch.einsum("byt,bctx->byxc", self.weights(own.clamp(min=1), rows.shape[-2], down), wide)
        return found.movedim(-1, 1)  # -> (batch, 3, 224, 224)

    def weights(self, own: Tensor, given: int, shift: Tensor) -> Tensor:
        """The weight of each row (or column) in each pixel, (batch, size, given), without padding."""
        pixels = (torch.arange(self.size, device=own.device) + shift[:, None]).clamp(0, self.size - 1)
        places = ((pixels + 0.5) * (own[:, None] / self.size) - 0.5).clamp(min=0)
        places = torch.minimum(places, own[:, None] - 1.0)
        distance = places[..., None] - torch.arange(given, device=own.device)
        return (1 - distance.abs()).clamp(min=0)

    def shifts(self, batch: int, device: torch.device) -> Tensor:
        """The shift of each image in pixels, down and across."""
        if not self.training or not self.crop:
            return torch.zeros(2, 1, dtype=torch.int64, device=device)
        drawn: Tensor = self.drawn(batch, device)
        return drawn

    @eager
    def drawn(self, batch: int, device: torch.device) -> Tensor:
        return torch.randint(-self.crop, self.crop + 1, (2, batch), generator=self.generator, device=device)

    def extra_repr(self) -> str:
        return f"rate={self.rate:g}, size={self.size}, crop={self.crop}"
