"""Labels from ratings: a rule is fitted on some trials and applied to all windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from bench.api import Array, LabelRule, Rows

PREFIX = "rating."


def needed(table: pd.DataFrame, rule: LabelRule) -> list[str]:
    """The rating columns that a rule uses."""
    return [f"{PREFIX}{name}" for name in rule.needs] or [str(name) for name in table if str(name).startswith(PREFIX)]


def rated(table: pd.DataFrame, rule: LabelRule) -> pd.Series[bool]:
    """The windows with every rating that the rule uses."""
    return has(table, needed(table, rule))


def has(table: pd.DataFrame, columns: list[str]) -> pd.Series[bool]:
    """The windows with a value in each of these columns; a missing column counts as empty."""
    return table.reindex(columns=columns).notna().all(axis=1)


def describe_rule(rule: LabelRule | None) -> str:
    """The rule in words, for tables."""
    if rule is None:
        return ""
    fitted = "in each fold on its training part" if rule.scope == "train" else "on all subjects, test subjects included"
    return f"{rule.about} (fitted {fitted})"


@dataclass(frozen=True)
class Ratings:
    """The ratings of all used windows, and the rule that turns them into classes."""

    rule: LabelRule
    table: pd.DataFrame  # trial, subject and ratings, one row per window

    @classmethod
    def of(cls, rule: LabelRule, table: pd.DataFrame) -> Ratings:
        return cls(rule, table[["trial", "subject", *needed(table, rule)]].reset_index(drop=True))

    def learn(self, rows: Rows | None = None) -> Any:
        """Fit the rule on the trials of these rows, or of all."""
        seen = self.table if rows is None else self.table.iloc[rows]
        return self.rule.learn(*self._columns(seen.drop_duplicates("trial")))

    def labels(self, learnt: Any) -> Array:
        """The class number of every window."""
        return np.asarray(self.rule.label(*self._columns(self.table), learnt), dtype=np.int64)

    def _columns(self, table: pd.DataFrame) -> tuple[Array, dict[str, Array]]:
        names = [str(name) for name in table if str(name).startswith(PREFIX)]
        return table["subject"].to_numpy(), {name.removeprefix(PREFIX): table[name].to_numpy() for name in names}
