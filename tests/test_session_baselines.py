"""Baselines of relative time and of the order of trials find a fixed order of conditions, whatever the clock says."""

import numpy as np
import pandas as pd
import pytest

from bench.data.index import index_of
from bench.data.windows import WindowSet
from bench_classical.identities import TrialOrder
from bench_classical.sessions import RelativeTime, TimeInSession


def fitted(model, train):
    estimator = model.estimator(0, "cpu")
    estimator.fit(train, None)
    return estimator


def sessions(begin, length, classes):
    """Trials of two windows in a row, one class each; sessions begin and last as long as they like."""
    rows = [
        {"recording": number, "trial": f"{number}/{place}", "start": at + place * lasts + half * lasts / 2,
         "stop": at + place * lasts + (half + 1) * lasts / 2, "label": label}
        for number, (at, lasts) in enumerate(zip(begin, length, strict=True))
        for place, label in enumerate(classes)
        for half in (0, 1)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_the_index_holds_the_share_of_the_recording_and_the_place_of_the_trial():
    table = sessions([0.0, 100.0], [10.0, 30.0], [0, 1, 1])
    found = index_of(table)
    shares = [0, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6]
    np.testing.assert_allclose(found["relative_time"], shares * 2)
    assert found["trial_order"].tolist() == [0, 0, 1, 1, 2, 2] * 2
    kept = table.iloc[[2, 3, 8]]  # what lies in windows that are not used counts too
    np.testing.assert_allclose(index_of(kept, table)["relative_time"], [2 / 6, 3 / 6, 2 / 6])
    assert index_of(kept, table)["trial_order"].tolist() == [1, 1, 1]


@pytest.mark.parametrize("model", [RelativeTime(), TrialOrder()], ids=repr)
def test_a_fixed_order_of_conditions_is_found_whenever_sessions_begin_and_however_long_they_last(model):
    table = sessions([0.0, 40.0, 500.0, 7.0], [10.0, 33.0, 20.0, 12.0], [0, 1, 1, 0, 1])
    index, labels = index_of(table), table["label"].to_numpy()
    train, test = table["recording"].to_numpy() < 3, table["recording"].to_numpy() == 3
    part = WindowSet({name: values[train] for name, values in index.items()}, {}).labelled(labels[train], ("a", "b"))
    found = fitted(model, part).predict_proba(WindowSet({name: values[test] for name, values in index.items()}, {}))
    np.testing.assert_allclose(found[:, 1], labels[test])
    clock = fitted(TimeInSession(), part)
    asked = WindowSet({name: values[test] for name, values in index.items()}, {})
    assert abs(clock.predict_proba(asked)[:, 1] - labels[test]).max() > 0.3
