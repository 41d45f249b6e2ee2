"""Blocks of held-out windows: those whose predictions count, and probes, which repeat a few windows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.probed import ALONE, COMPANY, ORDER
from bench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.api import Array, Rows

BLOCK = 512  # windows that are sent together
FEW = 6  # windows that are repeated
SOME = "some"  # the block of these windows, with which the same in another order are compared

#: how much a prediction may differ, since kernels of networks depend on the size of a batch. Networks predict in single
#: precision, where built-in models differ by 3e-8 at most; a model that uses other windows differs by 1e-3 or more.
TOLERANCE = 1e-4
TOLERANCE_TF32 = 1e-2  # for products with 10 bits instead of 23


@dataclass(frozen=True)
class Block:
    """Windows that a model gets together."""

    rows: Rows
    probe: str = ""  # empty where the predictions count


@dataclass
class Predictions:
    """What is predicted for the windows of a fold, block by block."""

    count: int  # windows
    blocks: Sequence[Block]
    found: list[Array] = field(default_factory=list)  # for the first blocks

    @property
    def next(self) -> Block | None:
        """The block that is to be predicted."""
        return self.blocks[len(self.found)] if len(self.found) < len(self.blocks) else None

    def values(self) -> Array:
        """One row per window."""
        if self.next:
            raise PluginError("Some held-out windows were not predicted.")
        columns = self.found[0].shape[1] if self.found else 1
        values = np.full((self.count, columns), np.nan)
        for block, found in zip(self.blocks, self.found, strict=True):
            if not block.probe:
                values[block.rows] = found
        return values

    def gaps(self) -> dict[str, float]:
        """By probe: how much predictions of a window differ at most."""
        values = self.values()
        each = list(zip(self.blocks, self.found, strict=True))
        some = {block.probe: found for block, found in each if block.probe == SOME}
        gaps: dict[str, float] = {}
        for block, found in each:
            if block.probe:
                expected = some[SOME][::-1] if block.probe == ORDER else values[block.rows]
                name = COMPANY if block.probe == SOME else block.probe
                gaps[name] = max(gaps.get(name, 0.0), difference(found, expected))
        return gaps


def in_blocks(order: Rows, seed: int, *, probed: bool, size: int = BLOCK) -> Predictions:
    """All windows in this order, a block at a time; with probes among them, which are sent in the same way."""
    count = len(order)
    blocks = [Block(order[first : first + size]) for first in range(0, count, size)]
    if probed and count:
        random = np.random.default_rng([seed, 5])
        blocks += repeated(count, random)
        blocks = [blocks[place] for place in random.permutation(len(blocks))]
    return Predictions(count, blocks)


def repeated(count: int, random: np.random.Generator) -> list[Block]:
    """A few windows alone, together, in another order, and among others, where some come twice."""
    few = random.choice(count, min(FEW, count), replace=False)
    among = random.permutation(np.concatenate([few, few[:2], random.choice(count, FEW)]))
    return [*(Block(few[place : place + 1], ALONE) for place in range(min(2, len(few)))),
            Block(few, SOME), Block(few[::-1], ORDER), Block(among, COMPANY)]  # fmt: skip


def gaps(predict: Callable[[Rows], Array], count: int, seed: int) -> dict[str, float]:
    """The same for a fitted model at hand, whose function predicts some of its windows."""
    order = np.random.default_rng([seed, 4]).permutation(count)
    predictions = in_blocks(order, seed, probed=True)
    while block := predictions.next:
        predictions.found.append(predict(block.rows))
    return predictions.gaps()


def difference(one: Array, other: Array) -> float:
    """The largest difference."""
    return float(np.abs(one - other).max(initial=0))


def allowed(predictions: Array, engine: Mapping[str, object]) -> float:
    """How much these predictions may differ with this precision of networks; numbers in proportion to the largest."""
    tolerance = TOLERANCE_TF32 if engine.get("precision") == "tf32" else TOLERANCE
    return tolerance * max(1.0, float(np.abs(predictions).max(initial=0)))
