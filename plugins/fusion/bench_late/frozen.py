"""Late fusion of frozen embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from bench.api import Fusion, Phase

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Frozen(Fusion):
    """Each branch is trained with its own head, then frozen; a common head is trained on their embeddings.

    The head sees embeddings of windows that the branches have learnt from, as in the paper on pre-trained
    Transformers: they fit better than those of unseen windows will. With features=held-out, a fifth of the training
    part, cut with the grouping of the protocol, is kept from the branches, and the head learns from that alone.
    """

    features: Annotated[
        Literal["seen", "held-out"], "windows that the head learns from: what branches have learnt from, or unseen ones"
    ] = "seen"

    @property
    def needs_validation(self) -> bool:
        return self.features == "held-out"

    @property
    def needs_stages(self) -> bool:
        return True

    def phases(self, modalities: Sequence[str]) -> Sequence[Phase]:
        alone = [Phase(f"fit {name}", (f"encoders.{name}", f"heads.{name}"), name) for name in modalities]
        return (*alone, Phase("fuse", ("join",), on_validation=self.needs_validation))
