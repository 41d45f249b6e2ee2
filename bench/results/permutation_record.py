"""What the store keeps of a permutation test: the outcome, and for each fold what was predicted."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.results.serialization import Record

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class PermutationRecord(Record):
    """`permutations/s<seed>.json`: a row against models that were trained on permuted labels."""

    SCHEMA = SEALED = 1

    seed: int
    metric: str  # mean over subjects
    permutations: int
    score: float  # of the row with this seed
    p: float
    mean: float | None  # of the scores with permuted labels
    best_5_percent: float | None  # that the best 5 % of them reach: their 95th percentile, or the 5th of errors


@dataclass(frozen=True)
class PermutedFold:
    """The first permutations of a fold: permuted labels of its test windows, and what was predicted for these."""

    labels: Array  # (permutations, windows)
    predictions: Array  # (permutations, windows, classes), or one number per window

    def __len__(self) -> int:
        return len(self.labels)

    def extended(self, more: PermutedFold) -> PermutedFold:
        return PermutedFold(
            np.concatenate([self.labels, more.labels]), np.concatenate([self.predictions, more.predictions])
        )

    def to_bytes(self) -> bytes:
        """A line with the digest of what follows: the arrays. Of two probabilities, the second tells the first."""
        file, two = io.BytesIO(), self.predictions.shape[2] == 2
        labels = self.labels if self.labels.dtype.kind == "f" else self.labels.astype(np.int16)
        np.savez(file, labels=labels, predictions=self.predictions[..., 1] if two else self.predictions)
        return hashlib.sha256(file.getvalue()).hexdigest().encode() + b"\n" + file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> PermutedFold:
        """Raise ValueError where the content is not as it was written."""
        digest, _, arrays = content.partition(b"\n")
        if hashlib.sha256(arrays).hexdigest().encode() != digest:
            raise ValueError("its digest is another")
        with np.load(io.BytesIO(arrays), allow_pickle=False) as found:
            labels, predictions = found["labels"], found["predictions"]
        if predictions.ndim == 2:
            predictions = np.stack([1 - predictions, predictions], axis=2)
        return cls(labels, predictions)
