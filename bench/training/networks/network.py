"""The network of staged models: branches in stages, exchanges between them, and a joint head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the usual name

from bench.api import Fusion
from bench.errors import PluginError
from bench.training.networks.encoder import Branch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.api import InputSpec, Phase, Staged
    from bench.training.networks.encoder import Encoder

Tensors = dict[str, Tensor]  # modality -> (batch, channels, time), or (batch, dim)


@dataclass(frozen=True)
class Unfused(Fusion):
    """No fusion point at all."""


class Trainable(nn.Module):
    """A module with its own loss, as the engine trains it."""

    def loss_of(self, output: Any, inputs: Tensors, labels: Tensor, weights: Tensor) -> Tensor:
        """The loss."""
        raise NotImplementedError  # overridden by everything that is trained


class Network(Trainable):
    """A staged model under a fusion. One forward loop serves all fusions."""

    def __init__(self, model: Staged, fusion: Fusion, inputs: Mapping[str, InputSpec], classes: int) -> None:
        super().__init__()
        builders = {modality: model.encoder(modality, given) for modality, given in inputs.items()}
        widths = {name: given.channels for name, given in inputs.items()}
        stages, self.exchanges, widths = built(fusion, builders, widths, model.exchange_stages)
        self.encoders = nn.ModuleDict(
            {name: Branch(stages[name], builder.embed(widths[name])) for name, builder in builders.items()}
        )
        dims = {name: builder.dim for name, builder in builders.items()}
        self.join = fusion.join(dims, classes, model.head) or ConcatHead(
            (model.joint_head if len(dims) > 1 else model.head)(sum(dims.values()), classes)
        )
        alone = [phase.branch for phase in plan(model, fusion, tuple(inputs)) if phase.branch]
        self.heads = nn.ModuleDict({name: model.head(dims[name], classes) for name in dict.fromkeys(alone)})

    def forward(self, inputs: Tensors, branch: str = "", embedded: bool = False) -> Tensor:
        """Logits (batch, classes), joint or of the head of one branch. Inputs may be embeddings."""
        if branch:
            alone: Tensor = self.heads[branch](self.branches[branch](inputs[branch]))
            return alone
        together: Tensor = self.join(inputs if embedded else self.embeddings(inputs))
        return together

    def loss_of(self, output: Any, inputs: Tensors, labels: Tensor, weights: Tensor) -> Tensor:
        return criterion(output.float(), labels, weights)

    def embeddings(self, inputs: Tensors) -> Tensors:
        """Modality -> (batch, dim)."""
        states = dict(inputs)
        for number in range(1, self.depth + 1):
            states = self.after(number, states)
        return {name: branch.embed(states[name]) for name, branch in self.branches.items()}

    def after(self, number: int, states: Tensors) -> Tensors:
        """The tensors after a stage and the exchange at its end."""
        states = self.stage(number, states)
        key = str(number)
        return self.exchanges[key](states) if key in self.exchanges else states

    def stage(self, number: int, states: Tensors) -> Tensors:
        """The tensors before the exchange. A branch without this stage keeps its tensor."""
        return {
            name: branch.stages[number - 1](states[name]) if number <= len(branch.stages) else states[name]
            for name, branch in self.branches.items()
        }

    @property
    def branches(self) -> dict[str, Branch]:
        return cast("dict[str, Branch]", dict(self.encoders.items()))

    @property
    def depth(self) -> int:
        return max(len(branch.stages) for branch in self.branches.values())


class ConcatHead(nn.Module):
    """Concatenated embeddings, then a common head."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, embeddings: Tensors) -> Tensor:
        logits: Tensor = self.head(torch.cat(list(embeddings.values()), dim=1))
        return logits


def criterion(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean of the cross-entropy."""
    return (F.cross_entropy(logits, labels, reduction="none") * weights).sum() / weights.sum()


def built(
    fusion: Fusion, builders: Mapping[str, Encoder], widths: Mapping[str, int], exchange_stages: Sequence[int]
) -> tuple[dict[str, list[nn.Module]], nn.ModuleDict, dict[str, int]]:
    """The stages of each branch, the exchanges by stage, and the widths at the end."""
    stages: dict[str, list[nn.Module]] = {name: [] for name in builders}
    exchanges, widths = nn.ModuleDict(), dict(widths)
    for number in range(1, max(len(builder.widths) for builder in builders.values()) + 1):
        here = {name: builder for name, builder in builders.items() if number <= len(builder.widths)}
        for name, builder in here.items():
            stages[name].append(builder.stage(number, widths[name]))
            widths[name] = builder.widths[number - 1]
        exchange = fusion.exchange(number, widths) if len(builders) > 1 and number in exchange_stages else None
        if exchange is not None:
            if len(here) < len(builders):
                short = next(name for name in builders if name not in here)
                raise PluginError(f"The branch of {short} has no stage {number}, so nothing can be exchanged there.")
            exchanges[str(number)] = exchange
            widths = dict(exchange.widths)
    return stages, exchanges, widths


def plan(model: Staged, fusion: Fusion, modalities: Sequence[str]) -> tuple[Phase, ...]:
    """The phases of training."""
    return tuple(model.phases(fusion.phases(modalities), modalities))


def belongs(name: str, parts: Sequence[str]) -> bool:
    """Whether a parameter or module is one of these parts (`encoders.ecg` is not `encoders.ecg+eda`); all, if empty."""
    return not parts or any(name == part or name.startswith(f"{part}.") for part in parts)
