"""What each fold learns about level and spread: from its training part alone, and the same for signals and features."""

from types import SimpleNamespace

import numpy as np
import pytest

from bench.api import Fold
from bench.cells import data
from bench.data.cache import Cache
from bench.leaderboard.comparison import merged
from bench.planning.expansion import Expander
from bench.planning.grid import Grid
from bench.registry import Registry
from bench.results.cell_record import AuditRecord, FindingRecord

REGISTRY = Registry()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """The data of a cell of four simulated people."""
    cache = Cache(tmp_path_factory.mktemp("cache"))

    def load(preprocess, *modalities):
        fusion = "early" if len(modalities) > 1 else "none"
        grid = Grid(
            preprocess=preprocess,
            modalities=modalities or ("eda",),
            fusion=(fusion,),
            baselines=False,
            profile="smoke",
        )
        [cell, *_] = Expander(grid, REGISTRY).expand().cells
        return data.load(cell, cache, lambda *_: None)

    return load


def halves(found):
    """A fold that trains on the first two people."""
    people = found.table["subject"].to_numpy()
    first = np.isin(people, np.unique(people)[:2])
    return Fold("half", np.flatnonzero(first), np.arange(0), np.flatnonzero(~first))


def test_level_and_spread_are_those_of_the_training_windows(loaded):
    found = loaded("standardise")
    fold = halves(found)
    raw = found.everything.windows.take(fold.train).windowed_signal("eda").gather().astype(float)
    [[offset], [divisor]] = found.of_fold(fold).scale["eda"]
    assert (offset, divisor) == pytest.approx((raw.mean(), raw.std()), rel=1e-6)


def test_held_out_windows_do_not_matter(loaded):
    found = loaded("standardise")
    fold = halves(found)
    assert found.of_fold(fold).scale == found.of_fold(Fold("less", fold.train, fold.validation, fold.test[:3])).scale
    other = found.of_fold(Fold("other", fold.test, fold.validation, fold.train)).scale
    assert found.of_fold(fold).scale != other


def test_features_are_those_of_scaled_windows(loaded):
    """The level and spread of a z-score per fold are those of a z-scored signal, whose quantiles they move alike."""
    plain, scaled = loaded("statistics"), loaded("standardise | statistics")
    fold = halves(plain)
    split = scaled.of_fold(fold)
    [[offset], [divisor]] = split.scale["eda"]
    names = split.part.windows.feature_names("eda")
    assert names == plain.everything.windows.feature_names("eda")
    before, after = plain.everything.windows.features("eda")[fold.test], split.test.features("eda")
    for name in ("eda.mean", "eda.min", "eda.q50"):
        column = names.index(name)
        np.testing.assert_allclose(after[:, column], (before[:, column] - offset) / divisor, rtol=1e-4, atol=1e-4)
    column = names.index("eda.sd")
    np.testing.assert_allclose(after[:, column], before[:, column] / divisor, rtol=1e-4, atol=1e-4)


@pytest.fixture
def extracted(monkeypatch):
    """How many windows the extractor was given, call by call."""
    cls, counts = REGISTRY.get("preprocessor", "statistics").load(), []
    original = cls.extract

    def counting(self, windows, *others):
        counts.append(len(windows))
        return original(self, windows, *others)

    monkeypatch.setattr(cls, "extract", counting)
    return counts


def test_features_of_a_fold_are_computed_once_for_all_rows(loaded, extracted):
    """Two folds of one cell, then the same folds of other cells, as models, fusions and seeds have them."""
    found = loaded("standardise | statistics")
    rows, count = np.arange(len(found.table)), len(found.table)
    folds = [Fold(str(place), rows[place:], rows[:0], rows[:place]) for place in (3, 5)]
    splits = [found.of_fold(fold) for fold in folds]
    assert sum(extracted) == 2 * count
    for _ in range(3):
        again = loaded("standardise | statistics")
        for each, split in zip(folds, splits, strict=True):
            repeated = again.of_fold(each)
            np.testing.assert_array_equal(repeated.part.windows.features("eda"), split.part.windows.features("eda"))
            np.testing.assert_array_equal(repeated.test.features("eda"), split.test.features("eda"))
    assert sum(extracted) == 2 * count


def test_a_run_computes_the_features_of_a_fold_once(bench, extracted, tmp_path):
    """Three rows and two seeds."""
    bench("run", "--modalities", "eda", "--model", "logistic,knn,svm", "--seed", "0,1", "--fusion", "none",
          "--no-baselines", "--profile", "smoke", "--preprocess", "standardise | statistics",
          "--cache", tmp_path / "cache", "--isolation", "inline").ok()  # fmt: skip
    [windows] = {bench.record(*task)["windows"]["train"] + bench.record(*task)["windows"]["test"]
                 for task in bench.tasks()}  # fmt: skip
    folds = len({task.rpartition(".s")[0] for _, task in bench.tasks()})
    assert len(bench.tasks()) == 3 * 2 * folds
    assert sum(extracted) == folds * windows


def test_a_part_holds_the_features_of_its_own_windows_and_no_others(loaded):
    """The same numbers as from the scaled signals of that part alone; the table of all windows is out of reach."""
    found, fold = loaded("standardise | statistics"), halves(loaded("standardise | statistics"))
    split, extractor = found.of_fold(fold), REGISTRY.get("preprocessor", "statistics").load()()
    scale = np.array(split.scale["eda"])
    for windows, rows in ((split.part.windows, fold.train), (split.test, fold.test)):
        signals = found.everything.windows.windowed_signal("eda").take(rows).scaled(*scale)
        names, wanted = extractor.extract(signals.gather(), signals.rate, "eda", signals.channels)
        assert windows.feature_names("eda") == tuple(names)
        np.testing.assert_array_equal(windows.features("eda"), wanted)
        assert windows.vectors("eda").values.base is None


def test_modalities_without_a_scaling_stay_and_keep_their_place(loaded):
    found = loaded("eda: standardise", "ecg", "eda", "bvp")
    split = found.of_fold(halves(found))
    assert split.part.windows.modalities == ("ecg", "eda", "bvp")
    assert list(split.scale) == ["eda"]
    merged = split.part.windows.merged().features()
    parts = [split.part.windows.features(name) for name in ("ecg", "eda", "bvp")]
    np.testing.assert_array_equal(merged, np.concatenate(parts, axis=1))


def test_scaling_twice_changes_nothing_more(loaded):
    once, twice = loaded("standardise"), loaded("standardise | standardise")
    fold = halves(once)
    np.testing.assert_allclose(twice.of_fold(fold).scale["eda"], once.of_fold(fold).scale["eda"], rtol=1e-5)


def test_the_verdict_is_that_of_the_modalities_a_row_looks_at(bench):
    told = bench("run", "--modalities", "ecg,eda", "--no-baselines", "--profile", "smoke",
                 "--preprocess", "ecg: zscore", "--json").ok().json  # fmt: skip
    verdicts = {tuple(cell["cell"]["modalities"]): cell["audit"]["verdict"] for cell in told["cells"]}
    assert verdicts == {("ecg", "eda"): "transductive", ("ecg",): "transductive", ("eda",): "clean"}
    finding = "Step 'zscore' uses the whole session of the test subject."
    assert f"\naudit: transductive\n  {finding}\n" in bench("show").ok().out
    bench("leaderboard", "--to", "leaderboard", "--format", "md").ok()
    page = (bench.folder / "leaderboard" / "README.md").read_text()
    assert f"- audit: **transductive**\n  - {finding}\n" in page  # also where the best row is the clean one


def test_of_rows_that_differ_the_gravest_verdict_counts_and_all_that_was_found():
    def record(verdict, *names):
        return AuditRecord(
            verdict, tuple(FindingRecord(name, "note", name.removeprefix("inner: "), 1) for name in names)
        )

    rows = [record("clean", "a"), record("leaky", "b", "inner: b", "a"), record("transductive", "c")]
    found = merged([SimpleNamespace(audit=audit) for audit in rows])
    assert found == record("leaky", "b", "inner: b", "a", "c")  # of one text, both stay


def test_a_run_keeps_what_each_fold_has_learnt(bench):
    bench("run", "--modalities", "eda", "--fusion", "none", "--no-baselines", "--profile", "smoke",
          "--preprocess", "standardise").ok()  # fmt: skip
    scales = {bench.record(*task)["scale"]["eda"][0][0] for task in bench.tasks()}
    assert len(scales) == len(bench.tasks()) > 1
    assert "audit: clean" in bench("run", "--modalities", "eda", "--fusion", "none", "--no-baselines", "--profile",
                                   "smoke", "--preprocess", "standardise").ok().out  # fmt: skip
