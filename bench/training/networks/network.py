"""The network of staged models: branches in stages, exchanges between them, and a joint head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the usual name

from bench.api import Fusion, Staged
from bench.errors import PluginError
from bench.training.networks.encoder import Branch, Encoder
from bench.training.networks.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.api import InputSpec, Phase

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
        builders = {modality: encoder_of(model, modality, given) for modality, given in inputs.items()}
        widths = {name: given.channels for name, given in inputs.items()}
        stages, self.exchanges, widths = built(fusion, builders, widths, model.exchange_stages)
        self.encoders = nn.ModuleDict(
            {name: Branch(stages[name], builder.embed(widths[name])) for name, builder in builders.items()}
        )
        self.classes, self.dims = classes, (dims := {name: builder.dim for name, builder in builders.items()})
        joined, head = fusion.join(dims, classes, model.head), model.joint_head if len(dims) > 1 else model.head
        self.join = joined or ConcatHead(head(sum(dims.values()), classes))
        self.output_of = "join()" if joined else call_of(model, head, sum(dims.values()), classes)
        self.branch_outputs_of = {name: call_of(model, model.head, dim, classes) for name, dim in dims.items()}
        alone = [phase.branch for phase in plan(model, fusion, tuple(inputs)) if phase.branch]
        self.heads = nn.ModuleDict({name: model.head(dims[name], classes) for name in dict.fromkeys(alone)})

    def forward(self, inputs: Tensors, branch: str = "", embedded: bool = False) -> Tensor:
        """Logits (batch, classes), joint or of the head of one branch. Inputs may be embeddings."""
        batch = len(next(iter(inputs.values())))
        if branch:
            alone = self.heads[branch](self.branches[branch](inputs[branch]))
            return logits_of(alone, (batch, self.classes), self.branch_outputs_of[branch])
        together = self.join(inputs if embedded else self.embeddings(inputs))
        return logits_of(together, (batch, self.classes), self.output_of)

    def loss_of(self, output: Any, inputs: Tensors, labels: Tensor, weights: Tensor) -> Tensor:
        return criterion(output.float(), labels, weights)

    def embeddings(self, inputs: Tensors) -> Tensors:
        """Modality -> (batch, dim)."""
        states = dict(inputs)
        for number in range(1, self.depth + 1):
            states = self.after(number, states)
        found = {name: branch.embed(states[name]) for name, branch in self.branches.items()}
        for name, embedding in found.items():
            expected = (len(states[name]), self.dims[name])
            if tuple(embedding.shape) != expected:
                raise PluginError(
                    f"The embedding of {name} has the shape {tuple(embedding.shape)}; expected {expected}."
                )
        return found

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


def logits_of(output: Any, expected: tuple[int, int], call: str) -> Tensor:
    """The output of a head or of join(); raise unless it has the expected shape.

    A head with too few outputs would otherwise stop a GPU for all networks.
    """
    shape = tuple(output.shape) if isinstance(output, Tensor) else f"a {type(output).__name__}"
    if shape != expected:
        raise PluginError(f"{call} returned {shape}; expected logits {expected}.")
    return cast("Tensor", output)


def call_of(model: Staged, head: Callable[[int, int], nn.Module], dim: int, classes: int) -> str:
    """The call that built a head, in words; without a joint_head of its own, a model has one method for all heads."""
    own = head == model.joint_head and type(model).joint_head is not Staged.joint_head
    return f"{'joint_head' if own else 'head'}({dim}, {classes})"


def encoder_of(model: Staged, modality: str, given: InputSpec) -> Encoder:
    """The encoder of a modality."""
    encoder: Encoder = checked(model.encoder(modality, given), Encoder, "encoder()")
    return encoder


def checked(found: Any, base: type, method: str) -> Any:
    """What a method of a plugin returned; raise if it is of another class."""
    if isinstance(found, base):
        return found
    raise PluginError(
        f"{method} must return an {base.__name__}, not {type(found).__name__}; derive a class from "
        f"{base.__module__}.{base.__name__}."
    )


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
            exchanges[str(number)] = checked(exchange, Exchange, "exchange()")
            widths = dict(exchange.widths)
    return stages, exchanges, widths


def plan(model: Staged, fusion: Fusion, modalities: Sequence[str]) -> tuple[Phase, ...]:
    """The phases of training."""
    return tuple(model.phases(fusion.phases(modalities), modalities))


def belongs(name: str, parts: Sequence[str]) -> bool:
    """Whether a parameter or module is one of these parts (`encoders.ecg` is not `encoders.ecg+eda`); all, if empty."""
    return not parts or any(name == part or name.startswith(f"{part}.") for part in parts)
