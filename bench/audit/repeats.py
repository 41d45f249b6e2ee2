"""Windows whose signals are found again in other windows, of which one is trained on and the other is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.audit.overlap import Finding, percent
from bench.audit.timeline import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from bench.api import Array, Rows
    from bench.audit.duplicates import Duplicate

#: name of the finding -> what is wrong
KINDS = {
    "copied signals": "Signals of different subjects are equal",
    "shared recordings": "Recordings of one subject share signals",
    "repeated signals": "A recording repeats itself",
}


class Repeats:
    """Counts over folds the test windows that have a copy in the training part, by kind of duplicate."""

    def __init__(self, table: pd.DataFrame, found: Sequence[Duplicate]) -> None:
        self.size, self.tested = len(table), 0
        owners = table.drop_duplicates("recording").set_index("recording")[["subject", "session"]]
        self.names = {number: f"{subject}/{session}" for number, subject, session in owners.itertuples()}
        subjects = owners["subject"].to_dict()
        self.found: dict[str, list[Duplicate]] = {}
        for each in found:
            if each.first in subjects and each.second in subjects:  # or no window of it is used
                self.found.setdefault(kind_of(each, subjects), []).append(each)
        lines = {number: Line(table, number) for every in self.found.values() for each in every
                 for number in (each.first, each.second)}  # fmt: skip
        self.pairs = {
            kind: np.concatenate([lines[each.first].twins(lines[each.second], each) for each in every], axis=1)
            for kind, every in self.found.items()
        }
        self.copied = dict.fromkeys(self.found, 0)

    def add(self, train: Rows, test: Rows) -> None:
        """Count one fold."""
        self.tested += len(test)
        trained = np.zeros(self.size, dtype=bool)
        trained[train] = True
        for kind, (one, other) in self.pairs.items():
            copied = np.zeros(self.size, dtype=bool)
            copied[one[trained[other]]] = True
            copied[other[trained[one]]] = True
            self.copied[kind] += int(copied[test].sum())

    def findings(self) -> Iterator[Finding]:
        for kind, every in self.found.items():
            share = self.copied[kind] / self.tested if self.tested else 0.0
            result = f"{percent(share)} of test windows have their copy in the training part"
            text = f"{KINDS[kind]}: {self.described(every)}; {result if share else 'no fold has them on both sides'}."
            yield Finding(kind, "leaky" if share else "note", text, share)

    def described(self, every: Sequence[Duplicate]) -> str:
        """The longest one in words, and how many pairs of recordings there are."""
        longest = max(every, key=lambda each: each.seconds)
        one, other = self.names[longest.first], self.names[longest.second]
        where = f"{longest.seconds:.0f} s of {longest.modality} of {one} from {longest.start:.0f} s"
        again = f"{'' if longest.first == longest.second else f'in {other} '}from {longest.start + longest.lag:.0f} s"
        more = len({(each.first, each.second) for each in every}) - 1
        others = f", and {more} more {'pair' if more == 1 else 'pairs'} of recordings" if more else ""
        return f"{where} occur again {again} (correlation {longest.correlation:.3f}){others}"


def kind_of(each: Duplicate, subjects: Mapping[Any, str]) -> str:
    copied, shared, repeated = KINDS
    if each.first == each.second:
        return repeated
    return shared if subjects[each.first] == subjects[each.second] else copied


class Line:
    """The windows of one recording in order of their start."""

    def __init__(self, table: pd.DataFrame, recording: int) -> None:
        rows = np.flatnonzero(table["recording"].to_numpy() == recording)
        self.rows = rows[np.argsort(table["start"].to_numpy()[rows], kind="stable")]
        self.start, self.stop = (table[name].to_numpy(np.float64)[self.rows] for name in ("start", "stop"))

    def twins(self, other: Line, stretch: Duplicate) -> Array:
        """Pairs of rows, (2, n): windows of this recording and those of the other one that overlap their copies."""
        low = np.maximum(self.start, stretch.start) + stretch.lag
        high = np.minimum(self.stop, stretch.start + stretch.seconds) + stretch.lag
        longest = (other.stop - other.start).max()
        inside = high - low > TOLERANCE
        begin = np.searchsorted(other.start, low - longest, side="left")
        end = np.where(inside, np.searchsorted(other.start, high, side="right"), begin)
        counts = np.maximum(end - begin, 0)
        mine = np.repeat(np.arange(len(self.rows)), counts)
        place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + begin[mine]
        shared = np.minimum(high[mine], other.stop[place]) - np.maximum(low[mine], other.start[place])
        kept = shared > TOLERANCE
        return np.stack([self.rows[mine[kept]], other.rows[place[kept]]])
