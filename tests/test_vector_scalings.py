"""Vectors of stimuli in chains: scaled by what the training stimuli tell, each once, or computed from their sound."""

import json
import shutil

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from bench.api import Fold
from bench.cells import data
from bench.cells.scalings import Scalings
from bench.data.acquisition import simulation
from bench.data.cache import Cache
from bench.data.shared import SharedVectors
from bench.data.sources import Vectors
from bench.data.windows import INDEX, WindowSet
from bench.planning.expansion import Expander
from bench.planning.grid import Grid
from bench.registry import Registry
from bench_normalise.standardise import Standardise
from bench_opensmile.step import OpenSmile

REGISTRY = Registry()
SMALL = "music: opensmile(features=GeMAPSv01b)"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Five listeners of clips of 12 s, with the sound of the songs."""
    folder = tmp_path_factory.mktemp("pmemo") / "pmemo-2019"
    dataset = REGISTRY.get("dataset", "pmemo-2019").load()()
    assert list(simulation.write(dataset, folder, REGISTRY, subjects=5, seconds=12, variants=("choruses",)))
    return folder


@pytest.fixture
def root(written, tmp_path, monkeypatch):
    """A copy that can be changed."""
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
    return shutil.copytree(written, tmp_path / "data" / "pmemo-2019")


def cell_of(preprocess, *modalities, model="logistic"):
    grid = Grid(dataset=("pmemo-2019",), preprocess=preprocess, modalities=modalities, model=(model,), baselines=False,
                fusion=("early" if len(modalities) > 1 else "none",))  # fmt: skip
    [cell] = Expander(grid, REGISTRY).expand().cells
    return cell


@pytest.fixture
def loaded(root, shared_cache):
    """The data of a cell, as they are now."""

    def load(preprocess, *modalities, on_progress=lambda *_: None):
        return data.load(cell_of(preprocess, *(modalities or ("music",))), Cache(shared_cache), on_progress)

    return load


def without(found, *songs):
    """The fold that holds out these songs."""
    held = found.table["stimulus"].isin(songs).to_numpy()
    return Fold("songs", np.flatnonzero(~held), np.arange(0), np.flatnonzero(held))


def first_song(found):
    return min(set(found.table["stimulus"]), key=int)


# ------------------------------------------------------------------------------------- scalings

SONGS = np.random.default_rng(0).normal(5, 3, (7, 40)) * np.logspace(-3, 6, 40)  # features of seven songs
HEARD = np.array([0, 0, 0, 1, 2, 2, 3, 4, 4, 4, 4, 5, 5])  # which songs windows are of


def windows_of(heard, table=SONGS, *, shared=True):
    """Windows whose vectors are kept once for each song, as networks get them, or once for each window."""
    index = {name: np.zeros(len(heard)) for name in INDEX} | {"stimulus": np.array([f"song {song}" for song in heard])}
    source = SharedVectors(table, heard, tuple(f"f{place}" for place in range(table.shape[1])))
    return WindowSet(index, {"music": source if shared else Vectors(source.values, source.names)})


def scaled(train, held_out, table=SONGS, *, steps=1, shared=True):
    """The vectors of training and held-out windows after one standardisation or several."""
    scalings = Scalings({"music": [Standardise()] * steps}, None)
    part, test = (windows_of(heard, table, shared=shared) for heard in (train, held_out))
    learnt = scalings.learn(part)
    return tuple(scalings.apply(windows, learnt).features("music") for windows in (part, test))


both = pytest.mark.parametrize("shared", [True, False])


@both
@pytest.mark.parametrize("steps", [1, 2])
def test_training_songs_count_once_each_as_scikit_learn_would_count_them(steps, shared):
    scaler = StandardScaler().fit(SONGS[:6])
    train, test = scaled(HEARD, np.array([6, 6]), steps=steps, shared=shared)
    np.testing.assert_allclose(train, scaler.transform(SONGS[HEARD]), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(test, scaler.transform(SONGS[[6, 6]]), rtol=1e-9, atol=1e-9)


@both
@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=20))
def test_what_is_learnt_depends_neither_on_order_nor_on_how_many_heard_a_song(shared, order, more):
    scalings = Scalings({"music": [Standardise()]}, None)
    wanted = scalings.learn(windows_of(np.arange(6)))
    heard = np.array([*more, *order])
    assert scalings.learn(windows_of(heard, shared=shared)) == wanted


@both
def test_a_feature_that_never_moves_in_training_is_zero_everywhere(shared):
    table = SONGS.copy()
    table[:6, 0], table[6, 0] = 3.1, 1e6
    table[:, 1] = np.nan
    for steps in (1, 2):
        train, test = scaled(HEARD, np.array([6]), table, steps=steps, shared=shared)
        assert not train[:, 0].any()
        assert not test[:, 0].any()
        assert np.isfinite(test[:, 2:]).all()


def test_a_song_that_is_held_out_changes_nothing_that_is_learnt(loaded, root):
    """From its sound to the vectors that a model learns from; a song that is not, does."""
    before = loaded(f"{SMALL} | standardise")
    song = first_song(before)
    soundfile.write(root / "chorus" / f"{song}.wav", np.random.default_rng(0).standard_normal(16000) / 10, 16000)
    after = loaded(f"{SMALL} | standardise")
    one, other = (found.of_fold(without(found, song)) for found in (before, after))
    assert one.scale == other.scale
    np.testing.assert_array_equal(one.part.windows.features("music"), other.part.windows.features("music"))
    assert not np.array_equal(one.test.features("music"), other.test.features("music"))
    assert before.of_fold(without(before, "0")).scale != after.of_fold(without(after, "0")).scale


@pytest.mark.parametrize("typed", ["standardise", "music: standardise", "eda: standardise; music: standardise"])
def test_signals_and_vectors_are_scaled_where_the_chain_says_so(loaded, typed):
    plain, found = (loaded(f"{SMALL}; {steps}" if steps else SMALL, "eda", "music") for steps in ("", typed))
    fold = without(plain, first_song(plain))
    split, unscaled = found.of_fold(fold), plain.of_fold(fold)
    eda = np.array_equal(split.test.features("eda"), unscaled.test.features("eda"))
    assert (eda, set(split.scale)) == (
        (True, {"music"}) if typed == "music: standardise" else (False, {"eda", "music"})
    )
    assert not np.array_equal(split.test.features("music"), unscaled.test.features("music"))
    parts = [split.test.features(name) for name in ("eda", "music")]
    np.testing.assert_array_equal(split.test.merged().features(), np.hstack(parts))


def test_records_keep_a_digest_of_what_was_learnt_and_can_be_replayed(root, bench, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(root.parent))
    asked = ("run", "--dataset", "pmemo-2019", "--modalities", "eda,music", "--model", "svm", "--fusion", "early,late",
             "--no-baselines", "--preprocess", f"eda: standardise; {SMALL} | standardise",
             "--protocol", "stimulus-independent(k=2)")  # fmt: skip
    bench(*asked).ok()
    for label, task in bench.tasks():
        record = bench.record(label, task)
        assert record["scale"]["music"].keys() == {"features", "digest"}
        assert record["scale"]["music"]["features"] == 62
        assert np.shape(record["scale"]["eda"]) == (2, 1)
        assert len(json.dumps(record)) < 30_000
    digests = {task: bench.record(label, task)["scale"]["music"]["digest"] for label, task in bench.tasks()}
    assert len(set(digests.values())) == len(digests) == 2
    again = bench("run", "--from", bench.runs()[0]).ok()
    assert "nothing differs now" in again.err


# ---------------------------------------------------------------------------------- from the sound


def test_vectors_from_the_sound_take_the_place_of_the_released_ones(loaded, root):
    found = loaded(f"{SMALL} | standardise")
    step, windows = OpenSmile(features="GeMAPSv01b"), found.everything.windows
    assert windows.feature_names("music") == tuple(f"music.{name}" for name in step.columns())
    song = first_song(found)
    row = int(np.flatnonzero(windows.stimulus == song)[0])
    np.testing.assert_array_equal(windows.features("music")[row], step.extract(root / "chorus" / f"{song}.wav"))
    scaled = found.of_fold(without(found, song)).part.windows.features("music")
    assert abs(scaled.mean()) < 0.5


def test_compare_has_as_many_columns_as_the_released_tables(loaded):
    released, computed = (loaded(typed).everything.windows.features("music") for typed in ("", "music: opensmile"))
    assert released.shape == computed.shape == (len(released), 6373)


def test_the_key_of_the_data_follows_sound_and_options(root):
    def key(typed):
        return cell_of(typed, "music").data_key

    first = key(SMALL)
    assert len({first, key(""), key("music: opensmile"), key("music: standardise")}) == 3  # a scaling changes no data
    soundfile.write(root / "chorus" / "1.wav", np.random.default_rng(0).standard_normal(16000) / 10, 16000)
    assert key(SMALL) != first


def test_a_song_without_its_file_has_no_music(loaded, root):
    complete = loaded(SMALL)
    song = first_song(complete)
    (root / "chorus" / f"{song}.wav").unlink()
    incomplete = loaded(SMALL)
    assert set(complete.table["stimulus"]) - set(incomplete.table["stimulus"]) == {song}
    lost = int((complete.table["stimulus"] == song).sum())
    assert incomplete.windows.exclusions == {**complete.windows.exclusions, "missing in music": lost}


def test_files_are_found_by_their_numbers_whatever_their_format(root):
    dataset = REGISTRY.get("dataset", "pmemo-2019").load()()
    folder, before = root / "chorus", dataset.stimulus_media("music")
    songs = list(before)
    before[songs[0]].rename(folder / f"0{songs[0]}.MP3")
    (folder / f"{songs[1]}.mp3").touch()  # the one without loss counts
    for name in ("cover.jpg", f"{songs[2]}.txt", "._1.wav", "5000.wav"):
        (folder / name).touch()
    after = dataset.stimulus_media("music")
    assert after == {**before, songs[0]: folder / f"0{songs[0]}.MP3"}


@pytest.mark.parametrize("name", ["pmemo-2018", "pmemo-2019"])
def test_without_any_sound_one_sentence_says_so(bench, stand_in, name):
    stand_in(name, subjects=3, seconds=12)
    told = bench("run", "--dataset", name, "--modalities", "eda,music", "--preprocess", SMALL)
    message = (
        f"Error: 'opensmile' needs the files of music, and '{name}' has none here; 'bench info {name}' shows where "
        "they belong. Without that step, the vectors that come with the data are used."
    )
    assert (told.code, told.err.splitlines()[-1]) == (1, message)


def test_a_file_that_cannot_be_read_is_named(root, bench, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(root.parent))
    file = root / "chorus" / "1.wav"
    file.write_text("no sound")
    told = bench("run", "--dataset", "pmemo-2019", "--modalities", "music", "--preprocess", SMALL, "--fusion", "none")
    assert (told.code, told.err.splitlines()[-1]) == (
        1,
        f"Error: {file} cannot be read as sound; WAV, FLAC, OGG and MP3 can.",
    )
