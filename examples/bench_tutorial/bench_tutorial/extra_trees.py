"""A scikit-learn estimator as a model."""

from dataclasses import dataclass
from typing import Annotated

from sklearn.ensemble import ExtraTreesClassifier

from bench.api import Range, SklearnModel


@dataclass(frozen=True)
class ExtraTrees(SklearnModel):
    """Extremely randomised trees."""

    trees: Annotated[int, Range(10, 1000, log=True), "number of trees"] = 100

    def build(self, classes: int) -> ExtraTreesClassifier:
        return ExtraTreesClassifier(self.trees)
