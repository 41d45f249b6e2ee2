"""Feature-level fusion."""

from __future__ import annotations

from dataclasses import dataclass

from bench.api import Fusion


@dataclass(frozen=True)
class Feature(Fusion):
    """Concatenates embeddings before the model's head; everything is trained jointly."""

    @property
    def needs_stages(self) -> bool:
        return True
