"""What the folds of a comparison keep apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.results.cell_record import Design

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from bench.api import Fold


def design(table: pd.DataFrame, folds: Sequence[Fold]) -> Design:
    """Which of subjects and stimuli are unseen in every fold, and on how many a model is trained on average."""
    names = [name for name in ("subject", "stimulus") if (table[name] != "").all()]
    values = {name: table[name].to_numpy() for name in names}
    unseen, trained = set(names), dict.fromkeys(("subject", "stimulus"), 0.0)
    for fold in folds:
        train = np.concatenate([fold.train, fold.validation])
        for name in names:
            known = set(values[name][train])
            trained[name] += len(known) / len(folds)
            if known & set(values[name][fold.test]):
                unseen.discard(name)
    return Design(tuple(name for name in names if name in unseen), trained["subject"], trained["stimulus"])
