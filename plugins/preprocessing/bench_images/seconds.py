"""A signal as rows of one second each: the image before it is resized."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def seconds(values: Tensor, rate: float) -> tuple[Tensor, Tensor]:
    """(batch, channels, samples) -> (batch, channels, rows, columns), and the rows per window without padding.

    Windows end where NaN begins. What is left of the last second is left out, and rows after the last one are zero.
    Of a rate that is no integer, a row begins at the last sample that is not later than its second, and has as many
    columns as whole samples go into a second.
    """
    samples, columns = values.shape[-1], max(int(rate), 1)
    rows = max(math.ceil((samples - columns + 1) / rate), 1)
    first = (torch.arange(rows, device=values.device, dtype=torch.float64) * rate).long()
    last = first + columns - 1
    own = values[:, 0, last.clamp(max=samples - 1)].isnan().logical_not() & (last < samples)  # (batch, rows)
    if columns == rate and columns <= samples:
        given = values[..., : rows * columns].reshape(*values.shape[:2], rows, columns)  # as below, but a view
    else:
        places = first[:, None] + torch.arange(columns, device=values.device)
        given = values[..., places.clamp(max=samples - 1)]
    return given.nan_to_num(0.0) * own[:, None, :, None].to(values.dtype), own.sum(1)
