"""Options of attentive cross-modal connections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from bench.training.networks.directions import DirectedFusion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch.nn import Module

    from bench.training.networks.exchange import Exchange


@dataclass(frozen=True)
class Attentive(DirectedFusion):
    """AttX connections, section II-B, at the ends of stages; the default is the paper's best configuration.

    The paper's Type I and II contradict each other between text and Table I, so directions are named.
    That embeddings can be connected in the same way, at=embeddings, is our addition: it also serves branches whose
    stages have no axis of time.
    """

    at: Annotated[
        Literal["stages", "embeddings"],
        "connect branches at the ends of `stages`, or once before the head (without plots of attention)",
    ] = "stages"
    attention: Annotated[
        Literal["element", "step"], "what is weighted: each value by itself, or each step of time, all channels alike"
    ] = "element"
    partners: Annotated[
        Literal["pairwise", "shared"],
        "with three or more modalities: one attention per pair, or one over all",
    ] = "pairwise"
    init: Annotated[
        Literal["identity", "glorot"], "first weights; of glorot (Keras), 1 in 16 connections never learns"
    ] = "identity"

    searched: ClassVar[tuple[str, ...] | None] = ("attention",)
    instead: ClassVar[str] = "feature, late or attentive(at=embeddings)"

    @property
    def exchanges(self) -> bool:
        return self.at == "stages"

    def exchange(self, stage: int, widths: Mapping[str, int]) -> Exchange | None:
        from bench_attentive.connections import AttentiveConnections

        if not self.exchanges or stage not in self.stages:
            return None
        return AttentiveConnections(self.arrows(tuple(widths)), widths, self)

    def join(self, dims: Mapping[str, int], classes: int, head: Callable[[int, int], Module]) -> Module | None:
        from bench_attentive.embeddings import ConnectedEmbeddings

        if self.exchanges:
            return None
        return ConnectedEmbeddings(self.arrows(tuple(dims)), dims, self, lambda dim: head(dim, classes))
