"""Feature-level fusion."""

from __future__ import annotations

from dataclasses import dataclass

from bench.api import Fusion


@dataclass(frozen=True)
class Feature(Fusion):
    """Embeddings side by side, then the model's head; all is trained together."""

    @property
    def needs_stages(self) -> bool:
        return True
