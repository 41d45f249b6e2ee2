"""Masked-value pre-training as an expert would write it with PyTorch alone: the measure of ours."""

import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Reference(nn.Module):
    """The network of `bench_transformer` out of torch's own parts."""

    def __init__(self, channels, samples, options, as_it_comes=False):
        super().__init__()
        width, token = options.width, 4 * options.width
        self.first = nn.Conv1d(channels, width, 65, padding=32)
        self.first_norm = nn.LayerNorm(width)
        self.second = nn.Conv1d(width, 2 * width, 33, padding=16)
        self.third = nn.Conv1d(2 * width, token, 17, padding=8)
        self.third_norm = nn.LayerNorm(token)
        self.cls = nn.Parameter(0.02 * torch.randn(1, 1, token))
        turning = torch.exp(-torch.arange(0, token, 2) * (math.log(10_000.0) / token))
        angles = torch.arange(samples + 1)[:, None] * turning
        self.register_buffer("places", torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1))
        self.dropout = nn.Dropout(options.dropout)
        layer = nn.TransformerEncoderLayer(token, options.heads, options.feedforward, options.dropout, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, options.layers, enable_nested_tensor=False)
        if not as_it_comes:  # torch also drops weights of attention, and values inside the feed-forward network
            for each in self.layers.layers:
                each.self_attn.dropout = each.dropout.p = 0.0
        self.decoder = nn.Sequential(nn.Linear(token, 2 * width), nn.ReLU(), nn.Linear(2 * width, channels))

    def forward(self, values):
        """(batch, channels, time) -> the same."""
        found = self.first(values).transpose(1, 2)
        found = self.first_norm(found).relu().transpose(1, 2)
        found = self.third(self.second(found).relu()).relu().transpose(1, 2)
        tokens = torch.cat([self.cls.expand(len(values), -1, -1), self.third_norm(found)], dim=1)
        tokens = self.layers(self.dropout(tokens + self.places))
        return self.decoder(tokens[:, 1:]).transpose(1, 2)


def hidden_samples(windows, samples, starts, span, device):
    """True where a sample is hidden, alike for all channels: (windows, 1, samples)."""
    begins = torch.rand(windows, samples, device=device).topk(round(starts * samples), dim=1).indices
    places = (begins[:, :, None] + torch.arange(span, device=device)).flatten(1)
    hidden = torch.zeros(windows, samples + span, dtype=torch.bool, device=device)
    return hidden.scatter_(1, places, value=True)[:, None, :samples]


def training(windows, options, device="cpu", precision="fp32", as_it_comes=False):
    """Steps without end, one for each time that it is asked."""
    batch = min(options.batch, len(windows))
    loader = DataLoader(TensorDataset(torch.from_numpy(windows)), batch, shuffle=True, drop_last=True)
    network = Reference(*windows.shape[1:], options, as_it_comes).to(device).train()
    optimiser = torch.optim.Adam(network.parameters(), options.learning_rate, weight_decay=options.l2)
    while True:
        for (given,) in loader:
            values = given.to(device)
            starts, span = options.mask_start_probability, options.mask_span
            hidden = hidden_samples(len(values), values.shape[2], starts, span, device)
            optimiser.zero_grad()
            with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=precision == "bf16"):
                told = network(values.masked_fill(hidden, 0.0))
            loss = ((told.float() - values) ** 2 * hidden).sum() / (hidden.sum() * values.shape[1])
            loss.backward()
            optimiser.step()
            yield loss.detach()
