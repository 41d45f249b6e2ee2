"""One training step, for a single network or for a stack of networks."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor
from torch.func import functional_call, vmap

from bench.training.cuda_graph import CudaGraph
from bench.training.networks.convolution import use_default_layout
from bench.training.networks.dropout import random_modules, streams_of, use_stacked_dropout
from bench.training.networks.eager import compiled
from bench.training.networks.freezing import freeze, learning
from bench.training.networks.stacked_layers import use_stacked_layers
from bench.training.optimisers.adam import Adam
from bench.training.optimisers.sgd import SGD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from bench.training.batches import LabelledBatches
    from bench.training.networks.network import Tensors, Trainable
    from bench.training.phase_state import PhaseState
    from bench.training.settings import Settings


class TrainStep(ABC):
    """Networks of one shape in one phase. Trainable parameters are views of `rows`, one row per network."""

    def __init__(
        self,
        networks: Sequence[Trainable],
        phase_states: Sequence[PhaseState],
        batches: LabelledBatches,
        settings: Settings,
        remark: Callable[[str], None] | None = None,
    ) -> None:
        self.networks, self.batches, self.settings, self.remark = list(networks), batches, settings, remark
        models, phase = [phase_state.model for phase_state in phase_states], phase_states[0].phase
        self.forward_options = {"branch": phase.branch, "embedded": batches.embedded}
        self.names = learning(networks[0], phase)
        for network in networks:
            freeze(network, phase)
        self.rows = torch.stack(
            [flat([dict(each.named_parameters())[name] for name in self.names]) for each in networks]
        )
        self.shapes = [networks[0].get_parameter(name).shape for name in self.names]
        self.views = rows_as(self.rows, self.shapes)
        for number, network in enumerate(networks):
            for name, view in zip(self.names, self.views, strict=True):
                network.get_parameter(name).data = view[number]
        self.parameters = [networks[0].get_parameter(name) for name in self.names]
        self.optimiser = (Adam if models[0].optimiser == "adam" else SGD)(self.rows, models)
        self.losses = torch.zeros(len(networks), dtype=torch.float64, device=self.rows.device)
        self.step = self.as_cuda_graph() if settings.graphs and not settings.on_cpu else self.plain_step

    def plain_step(self, rows: Tensor, factors: Tensor) -> None:
        """One step of each network, from windows (networks, batch) and the factors of the optimiser."""
        losses, gradients = self.gradients(*self.batches(rows))
        self.optimiser.step(gradients, factors)
        self.losses += losses

    def as_cuda_graph(self) -> Callable[[Tensor, Tensor], None]:
        """The same step as a CUDA graph, where that is possible."""
        if any(module.rewinds for module in random_modules(self.networks[0])):
            return self.plain_step
        generators = [stream.generator for stream in streams_of(self.networks)]
        return CudaGraph(self.plain_step, self.rows.device, generators, self.remark)

    @abstractmethod
    def gradients(self, inputs: Tensors, labels: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """The loss of each network, and the gradient of each as a row."""

    def totals(self, numbers: Sequence[int]) -> dict[int, float]:
        """The sum of losses of each of these networks since the last call."""
        totals = self.losses.tolist() if numbers else []  # at once, since the host waits for each copy
        for number in numbers:
            self.losses[number] = 0
        return {number: totals[number] for number in numbers}

    def state_of(self, number: int) -> Tensors:
        """Trained parameters and buffers of a network."""
        network = self.networks[number]
        found = dict(zip(self.names, rows_as(self.rows[number : number + 1].clone(), self.shapes), strict=True))
        trained = {name: tensor[0] for name, tensor in found.items()}
        return trained | {name: buffer.detach().clone() for name, buffer in network.named_buffers()}

    def moments(self, number: int) -> Tensors:
        """The optimiser state of a network."""
        return {name: rows[number] for name, rows in self.optimiser.moments.items()}

    def load(self, number: int, moments: Tensors) -> None:
        """Restore the optimiser state; there is none at the beginning of a phase."""
        for name, moment in self.moments(number).items():
            if name in moments:
                moment.copy_(moments[name])

    def adopt(self, before: TrainStep, numbers: Sequence[int]) -> None:
        """Take over optimiser state and losses from another stack."""
        for name, rows in self.optimiser.moments.items():
            rows.copy_(before.optimiser.moments[name][numbers])
        self.losses.copy_(before.losses[numbers])

    def release(self, number: int) -> None:
        """Detach a network from the stack, so that further steps do not change it."""
        for tensor in (*self.networks[number].parameters(), *self.networks[number].buffers()):
            tensor.data = tensor.data.clone()

    def close(self) -> None:
        """Free the memory now: bound methods make this object a reference cycle, which `del` would leave alive."""
        vars(self).clear()

    def autocast(self) -> AbstractContextManager[Any]:
        half = self.settings.precision == "bf16"
        return torch.autocast(self.rows.device.type, torch.bfloat16) if half else nullcontext()


class SingleStep(TrainStep):
    """One network as a plain module."""

    def __init__(self, networks: Sequence[Trainable], *others: Any) -> None:
        super().__init__(networks, *others)
        self.network = compiled(networks[0]) if self.settings.compile else networks[0]

    def gradients(self, inputs: Tensors, labels: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        given = {name: values[0] for name, values in inputs.items()}
        with self.autocast():
            output = self.network(given, **self.forward_options)
        loss = self.networks[0].loss_of(output, given, labels[0], weights[0])
        found = torch.autograd.grad(loss, self.parameters, allow_unused=True, materialize_grads=True)
        return loss.detach()[None], flat(found)[None]


class StackedStep(TrainStep):
    """Several networks as one: parameters and buffers have a first axis for the networks."""

    def __init__(self, networks: Sequence[Trainable], *others: Any) -> None:
        super().__init__(networks, *others)
        self.template = copy.deepcopy(networks[0]).to("meta")
        use_default_layout(self.template)
        counting = use_stacked_layers(self.template)
        use_stacked_dropout(self.template, networks)
        self.frozen = stacked([dict(each.named_parameters()) for each in networks], set(self.names))
        self.buffers = stacked([dict(each.named_buffers()) for each in networks], set())
        self.counts = [self.buffers[f"{name}.num_batches_tracked"] for name in counting]
        self.views = [view.requires_grad_() for view in self.views]
        self.vectors = {name: shape[0] for name, shape in zip(self.names, self.shapes, strict=True) if len(shape) == 1}
        self.places = self.places_of_vectors().to(self.rows.device)
        many = vmap(self.loss)
        self.many = compiled(many) if self.settings.compile else many

    def loss(
        self, learning: Tensors, frozen: Tensors, buffers: Tensors, inputs: Tensors, labels: Tensor, weights: Tensor
    ) -> Tensor:
        """The loss of one network, whose buffers change in place."""
        with self.autocast():
            logits = functional_call(self.template, {**learning, **frozen, **buffers}, (inputs,), self.forward_options)
        return self.template.loss_of(logits, inputs, labels, weights)

    def gradients(self, inputs: Tensors, labels: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        learning = dict(zip(self.names, self.views, strict=True)) | self.side_by_side()
        losses = self.many(learning, self.frozen, self.buffers, inputs, labels, weights)
        if self.counts:
            torch._foreach_add_(self.counts, 1)
        found = torch.autograd.grad(losses.sum(), list(learning.values()), allow_unused=True, materialize_grads=True)
        return losses.detach(), torch.cat([gradient.flatten(1) for gradient in found], dim=1)

    def places_of_vectors(self) -> Tensor:
        """The places in the rows of weights with one axis: one weight after another, each of all networks."""
        networks, size = self.rows.shape
        columns = torch.split(torch.arange(size), [shape.numel() for shape in self.shapes])
        chosen = [each for name, each in zip(self.names, columns, strict=True) if name in self.vectors]
        first = size * torch.arange(networks)[:, None]
        return torch.cat([torch.empty(0, dtype=torch.int64), *((first + each).flatten() for each in chosen)])

    def side_by_side(self) -> Tensors:
        """Copies of weights with one axis by one operation. Layers that need them in one piece copy each by itself."""
        networks = len(self.rows)
        parts = torch.split(self.rows.take(self.places), [networks * width for width in self.vectors.values()])
        named = zip(self.vectors, parts, strict=True)
        return {name: part.view(networks, -1).requires_grad_() for name, part in named}

    @torch.no_grad()
    def predictor(self, numbers: Sequence[int], branch: str) -> Callable[[Tensors], Tensor]:
        """A function of inputs (networks, n, ...) that returns the logits of these networks in eval mode."""
        template = copy.deepcopy(self.template).eval()
        tensors = {**dict(zip(self.names, self.views, strict=True)), **self.frozen, **self.buffers}
        if len(numbers) < len(self.networks):
            tensors = {name: tensor[numbers] for name, tensor in tensors.items()}
        together = vmap(lambda state, inputs: functional_call(template, state, (inputs, branch)))
        return lambda inputs: cast("Tensor", together(tensors, inputs))


def flat(tensors: Sequence[Tensor]) -> Tensor:
    """All values in one row."""
    return torch.cat([tensor.detach().reshape(-1) for tensor in tensors])


def rows_as(rows: Tensor, shapes: Sequence[torch.Size]) -> list[Tensor]:
    """Views of the rows as tensors of these shapes, with a first axis for the rows."""
    parts = torch.split(rows, [shape.numel() for shape in shapes], dim=1)
    return [part.view(len(rows), *shape) for part, shape in zip(parts, shapes, strict=True)]


def stacked(tensors: Sequence[Tensors], without: set[str]) -> Tensors:
    """Stack the tensors of several networks, which become views of the stack."""
    found = {}
    for name in tensors[0]:
        if name not in without:
            found[name] = torch.stack([each[name].detach() for each in tensors])
            for number, each in enumerate(tensors):
                each[name].data = found[name][number]
    return found
