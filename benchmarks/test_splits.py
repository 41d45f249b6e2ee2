"""Every protocol on an index table of a million windows."""

import numpy as np
import pandas as pd
import pytest
from sizes import pick

from bench import options
from bench.audit.audit import audit
from bench.registry import Registry

ROWS, PEOPLE, TRIALS, STIMULI = pick((1_000_000, 50, 400, 100), (4_000, 10, 40, 10))


@pytest.fixture(scope="module")
def table():
    """50 people with 400 trials of 50 windows each."""
    place = np.arange(ROWS)
    trial = place // (ROWS // (PEOPLE * TRIALS))
    person = trial // TRIALS
    start = (place % (ROWS // PEOPLE)) * 5.0
    names = np.array([f"P{number:02d}" for number in range(PEOPLE)], dtype=object)
    stimuli = np.array([f"v{number:03d}" for number in range(STIMULI)], dtype=object)
    return pd.DataFrame({
        "subject": names[person], "session": "1",
        "trial": np.array([f"t{number}" for number in range(PEOPLE * TRIALS)], dtype=object)[trial],
        "stimulus": stimuli[trial % STIMULI], "recording": person, "start": start, "stop": start + 10,
        "label": np.random.default_rng(0).integers(0, 2, PEOPLE * TRIALS)[trial],
    })  # fmt: skip


@pytest.mark.parametrize("name", [name for name in Registry().names("protocol") if name != "from-file"])
def test_protocol(name, table, benchmark):
    """All folds with their inner validation part."""
    protocol = options.build(Registry().get("protocol", name).load(), {}, name)
    count = benchmark.pedantic(lambda: sum(1 for _ in protocol.folds(table)), rounds=1)
    benchmark.extra_info["folds"] = count


@pytest.mark.parametrize("name", ["loso", "kfold"])
def test_audit(name, table, benchmark):
    folds = list(options.build(Registry().get("protocol", name).load(), {}, name).folds(table))
    benchmark.pedantic(lambda: audit(table, folds), rounds=1)
