"""Labels that follow from ratings: a rule is learnt from some trials and applied to all windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from bench.api import Array, LabelRule, Rows

PREFIX = "rating."


def needed(table: pd.DataFrame, rule: LabelRule) -> list[str]:
    """The columns of the ratings that a rule uses."""
    return [f"{PREFIX}{name}" for name in rule.needs] or [str(name) for name in table if str(name).startswith(PREFIX)]


def rated(table: pd.DataFrame, rule: LabelRule) -> pd.Series[bool]:
    """Which windows have every rating that the rule uses."""
    return has(table, needed(table, rule))


def has(table: pd.DataFrame, columns: list[str]) -> pd.Series[bool]:
    """Which windows have a value in each of these columns, some of which may not be there at all."""
    return table.reindex(columns=columns).notna().all(axis=1)


def describe_rule(rule: LabelRule | None) -> str:
    """How labels come about, for whoever reads a table."""
    if rule is None:
        return ""
    taught = "in each fold from its training part" if rule.scope == "train" else "from everybody, the held-out included"
    return f"{rule.about} (learnt {taught})"


@dataclass(frozen=True)
class Ratings:
    """The ratings of all windows that are used, and the rule that makes classes of them."""

    rule: LabelRule
    table: pd.DataFrame  # trial, subject and the ratings, a row per window

    @classmethod
    def of(cls, rule: LabelRule, table: pd.DataFrame) -> Ratings:
        return cls(rule, table[["trial", "subject", *needed(table, rule)]].reset_index(drop=True))

    def learn(self, rows: Rows | None = None) -> Any:
        """What the rule remembers of the trials of these rows, or of all."""
        seen = self.table if rows is None else self.table.iloc[rows]
        return self.rule.learn(*self._columns(seen.drop_duplicates("trial")))

    def labels(self, learnt: Any) -> Array:
        """The class of every window."""
        return np.asarray(self.rule.label(*self._columns(self.table), learnt), dtype=np.int64)

    def _columns(self, table: pd.DataFrame) -> tuple[Array, dict[str, Array]]:
        names = [str(name) for name in table if str(name).startswith(PREFIX)]
        return table["subject"].to_numpy(), {name.removeprefix(PREFIX): table[name].to_numpy() for name in names}
