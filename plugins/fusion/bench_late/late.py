"""Late fusion by four rules; rules that learn use predictions for inner test parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score

from bench.api import Fusion, Range, When

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.api import Array, TargetType

LEARNING = ("weighted", "stacking")


@dataclass(frozen=True)
class Late(Fusion):
    """Average, weighted average, majority vote, or a logistic regression on the members' log-odds."""

    rule: Annotated[
        Literal["average", "weighted", "vote", "stacking"],
        "the rule; weighted: by balanced accuracy above chance on inner test parts",
    ] = "average"
    parts: Annotated[
        int, Range(2, 10), When("rule", "weighted", "stacking"), "inner splits for the rules weighted and stacking"
    ] = 3

    @property
    def predicts(self) -> tuple[TargetType, ...]:
        return ("classes", "numbers") if self.rule == "average" else ("classes",)

    @property
    def inner_folds(self) -> int:
        return self.parts if self.rule in LEARNING else 0

    def learn(self, probabilities: Mapping[str, Array], labels: Array) -> Any:
        if self.rule == "weighted":
            return weights(probabilities, labels)
        return LogisticRegression().fit(log_odds(probabilities), labels)

    def combine(self, probabilities: Mapping[str, Array], learnt: Any) -> Array:
        members = np.stack(list(probabilities.values()))
        if self.rule == "vote":
            return vote(members)
        if self.rule == "weighted":
            return np.asarray(np.tensordot(learnt, members, axes=1))
        if self.rule == "stacking":
            out = np.zeros(members.shape[1:])
            out[:, learnt.classes_] = learnt.predict_proba(log_odds(probabilities))
            return out
        return np.asarray(members.mean(axis=0))


def weights(probabilities: Mapping[str, Array], labels: Array) -> Array:
    """Shares of balanced accuracy above chance; equal if no member is above it."""
    chance = 1 / next(iter(probabilities.values())).shape[1]
    above = [balanced_accuracy_score(labels, found.argmax(axis=1)) - chance for found in probabilities.values()]
    found = np.maximum(above, 0)
    return found / found.sum() if found.sum() else np.full(len(found), 1 / len(found))


def vote(members: Array) -> Array:
    """Shares of votes; the average probability counts as one more vote, which breaks ties."""
    votes = np.eye(members.shape[2])[members.argmax(axis=2)].sum(axis=0)
    return np.asarray((votes + members.mean(axis=0)) / (len(members) + 1))


def log_odds(probabilities: Mapping[str, Array]) -> Array:
    """The log-odds of every class against the first, per member."""
    columns = []
    for found in probabilities.values():
        safe = np.log(np.clip(found, 1e-6, 1))
        columns.append(safe[:, 1:] - safe[:, :1])
    return np.concatenate(columns, axis=1)
