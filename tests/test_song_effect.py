"""Songs that decide their labels and can be recognised: random folds fall for it, unseen songs do not."""

import pytest

# Others cover the lines that these go through; tracing what libraries do here would take half as long again.
pytestmark = pytest.mark.no_cover

LISTENERS, SECONDS = 36, 4


@pytest.fixture
def trapped(shared_bench):
    """(protocol, modality) -> the row of the nearest neighbour, on clips of a few seconds."""
    root = shared_bench.folder / "data"
    shared_bench("data", "simulate", "pmemo-2018", "--subjects", LISTENERS, "--seconds", SECONDS,
                 "--variant", "song-effect", "--data", root).ok()  # fmt: skip
    told = shared_bench("run", "--dataset", "pmemo-2018(threshold=midpoint)", "--data", root, "--modalities",
                        "eda,music", "--model", "knn(k=1)", "--fusion", "none", "--protocol",
                        "kfold(k=5),stimulus-independent", "-o", f"window.length={SECONDS}", "--no-baselines",
                        "--cache", shared_bench.cache, "--out", shared_bench.folder / "results", "--json")  # fmt: skip
    return {(cell["protocol"].partition("(")[0], *cell["cell"]["modalities"]): cell
            for cell in told.ok().json["cells"]}  # fmt: skip


def accuracy(row):
    return row["metrics"]["balanced_accuracy"]


def test_random_folds_recognise_songs_and_are_called_leaky_while_unseen_songs_of_known_listeners_are_at_chance(trapped):
    """One test, since whoever runs it simulates everybody first."""
    for modality in ("eda", "music"):
        fooled, strict = trapped["kfold", modality], trapped["stimulus-independent", modality]
        assert fooled["n_subjects"] == LISTENERS
        assert fooled["remark"] == strict["remark"] == "stand-in simulated with song-effect"
        assert accuracy(fooled)["mean"] > 0.9
        assert fooled["audit"]["verdict"] == "leaky"
        assert accuracy(strict)["low"] <= strict["chance"]["balanced_accuracy"] <= accuracy(strict)["high"]
        assert strict["audit"]["verdict"] == "subject-dependent"
