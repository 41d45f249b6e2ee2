"""The modules of the network."""

from torch import nn

from bench.training.networks.encoder import Encoder


class Convolutions(Encoder):
    """Two stages; bench builds each once the number of its input channels is known."""

    def __init__(self, width: int) -> None:
        self.widths = (width, width)  # channels after each stage
        self.dim = width  # length of the embedding

    def stage(self, number: int, width: int) -> nn.Module:
        return nn.Sequential(  # (batch, width, time) -> (batch, widths[number - 1], time / 4)
            nn.Conv1d(width, self.widths[number - 1], kernel_size=9, stride=4, padding=4),
            nn.BatchNorm1d(self.widths[number - 1]),
            nn.ReLU(),
        )

    def embed(self, width: int) -> nn.Module:
        return nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(width, self.dim))  # -> (batch, dim)
