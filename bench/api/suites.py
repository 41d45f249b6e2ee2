"""Suites."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from bench.api.plugin import Configurable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Suite(Configurable, ABC):
    """A named list of grids, for `bench run --suite`."""

    @abstractmethod
    def grids(self) -> Sequence[Mapping[str, Any]]:
        """The grids, in order, as `bench run --save` writes them."""
