"""Songs that decide their labels and can be recognised: random folds fall for it, unseen songs do not."""

import pytest

# Others cover the lines that these go through; tracing what libraries do here would take half as long again.
pytestmark = pytest.mark.no_cover

LISTENERS, SECONDS = 36, 4


@pytest.fixture(scope="module")
def trapped(shared_bench):
    """(protocol, modality) -> the row of the nearest neighbour, on clips of a few seconds."""
    root = shared_bench.folder / "data"
    shared_bench("data", "simulate", "pmemo-2018", "--subjects", LISTENERS, "--seconds", SECONDS,
                 "--defect", "song-effect", "--data", root).ok()  # fmt: skip
    told = shared_bench("run", "--dataset", "pmemo-2018(threshold=midpoint)", "--data", root, "--modalities",
                        "eda,music", "--model", "knn(k=1)", "--fusion", "none", "--protocol",
                        "kfold(k=5),stimulus-independent", "-o", f"window.length={SECONDS}", "--no-baselines",
                        "--cache", shared_bench.cache, "--out", shared_bench.folder / "results", "--json")  # fmt: skip
    return {(cell["labels"]["protocol"].partition("(")[0], *cell["cell"]["modalities"]): cell
            for cell in told.ok().json["cells"]}  # fmt: skip


def accuracy(row):
    return row["metrics"]["balanced_accuracy"]


@pytest.mark.parametrize("modality", ["eda", "music"])
def test_random_folds_score_high_by_recognising_songs_and_are_called_leaky(trapped, modality):
    row = trapped["kfold", modality]
    assert row["people"] == LISTENERS
    assert accuracy(row)["mean"] > 0.9
    assert row["audit"]["verdict"] == "leaky"


@pytest.mark.parametrize("modality", ["eda", "music"])
def test_songs_that_were_not_heard_in_training_are_at_chance_and_clean(trapped, modality):
    row = trapped["stimulus-independent", modality]
    assert accuracy(row)["low"] <= row["chance"]["balanced_accuracy"] <= accuracy(row)["high"]
    assert row["audit"]["verdict"] == "clean"
