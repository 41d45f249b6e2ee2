"""openSMILE on sound that is made up: the numbers are its own, each file is computed once, and mistakes are told."""

import re
import subprocess
import sys
from importlib import metadata

import numpy as np
import opensmile
import pytest
import soundfile

from bench.data.cache import Cache
from bench.data.stimulus_features import StimulusFiles
from bench.errors import DataError, UsageError
from bench_opensmile.step import OpenSmile

SIZES = {"ComParE_2016": 6373, "eGeMAPSv02": 88, "GeMAPSv01b": 62, "emobase": 988}
SMALL = OpenSmile(features="GeMAPSv01b")  # takes the least time


def silent(*_):
    """Nobody is told how far it is."""


def noise(seed, seconds=1.0, rate=16000, channels=1):
    return 0.1 * np.random.default_rng(seed).standard_normal((round(seconds * rate), channels))


@pytest.fixture
def sounds(tmp_path):
    """Files of four songs, by name."""
    found = {}
    for seed in range(4):
        found[str(seed)] = tmp_path / f"{seed}.wav"
        soundfile.write(found[str(seed)], noise(seed), 16000)
    return found


@pytest.fixture
def described(sounds, tmp_path):
    """The vectors of all songs by the small set, with a cache of their own."""
    cache = Cache(tmp_path / "cache")

    def compute(step=SMALL, on_progress=silent, files=sounds):
        return StimulusFiles(step, ["opensmile", step.features, step.version], files).vectors(
            cache, on_progress, "music"
        )[1]

    return compute


def kept(folder):
    return {file: file.stat().st_mtime_ns for file in sorted(folder.glob("cache/described/*/vector.npy"))}


# ------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize("features", SIZES)
def test_a_vector_is_what_opensmile_makes_of_the_file(sounds, features):
    step = OpenSmile(features=features)
    wanted = opensmile.Smile(opensmile.FeatureSet[features], opensmile.FeatureLevel.Functionals).process_file(
        sounds["0"]
    )
    assert (len(step.columns()), list(step.columns())) == (SIZES[features], list(wanted.columns))
    np.testing.assert_array_equal(step.extract(sounds["0"]), wanted.to_numpy()[0])


def test_channels_are_averaged_as_on_the_command_line_of_opensmile(tmp_path):
    file = tmp_path / "1.wav"
    soundfile.write(file, noise(0, channels=2), 16000)
    level, functionals = opensmile.FeatureSet.GeMAPSv01b, opensmile.FeatureLevel.Functionals
    mixed = opensmile.Smile(level, functionals, channels=[0, 1], mixdown=True)
    np.testing.assert_array_equal(SMALL.extract(file), mixed.process_file(file).to_numpy()[0])


def test_a_sample_that_16_bits_cannot_hold_does_not_change_its_sign(tmp_path):
    """In single precision 1 is possible, and openSMILE would take it for -1."""
    vectors = []
    for place, loudest in enumerate((1.0, 1 - 2**-15)):
        file = tmp_path / f"{place}.wav"
        soundfile.write(file, np.clip(20 * noise(0), -1, loudest), 16000, subtype="FLOAT")
        vectors.append(SMALL.extract(file))
    np.testing.assert_array_equal(*vectors)


@pytest.mark.parametrize("name", ["1.flac", "1.ogg", "1.mp3"])
def test_compressed_sound_is_read(tmp_path, name):
    wav, file = tmp_path / "1.wav", tmp_path / name
    for each in (wav, file):
        soundfile.write(each, noise(0, rate=44100), 44100)
    whole, compressed = SMALL.extract(wav), SMALL.extract(file)
    assert np.isfinite(compressed).all()
    loudness = list(SMALL.columns()).index("loudness_sma3_amean")
    assert compressed[loudness] == pytest.approx(whole[loudness], rel=0.1)


# -------------------------------------------------------------------------------------- the cache


def test_each_file_is_computed_once_and_its_progress_is_told(described, tmp_path):
    told = []
    first = described(on_progress=lambda *said: told.append(said))
    assert told == [("computing the music of the stimuli", done, 4) for done in range(5)]
    times = kept(tmp_path)
    assert len(times) == 4
    again = described()
    assert kept(tmp_path) == times
    for song in first:
        np.testing.assert_array_equal(again[song], first[song])


def test_threads_and_one_call_after_another_give_the_same(described, sounds):
    together = described()
    for song, file in sounds.items():
        np.testing.assert_array_equal(together[song], SMALL.extract(file))


def test_what_was_done_before_an_interruption_is_kept(described, sounds, tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_text("no sound")
    with pytest.raises(DataError):
        described(files={"0": sounds["0"], "x": broken, "1": sounds["1"]})
    before = kept(tmp_path)
    assert before
    described()
    assert before.items() <= kept(tmp_path).items()


def test_another_sound_under_the_same_name_has_another_vector(described, sounds, tmp_path):
    first = described()
    soundfile.write(sounds["0"], noise(9), 16000)
    second = described()
    assert not np.array_equal(first["0"], second["0"])
    np.testing.assert_array_equal(first["1"], second["1"])
    assert len(kept(tmp_path)) == 5


def test_another_set_of_features_is_computed_beside(described, tmp_path):
    described()
    assert {len(vector) for vector in described(OpenSmile(features="eGeMAPSv02")).values()} == {88}
    assert len(kept(tmp_path)) == 8


@pytest.mark.parametrize("name", ["vector.npy", "manifest.json"])
def test_a_damaged_entry_is_computed_anew(described, tmp_path, name):
    first = described()
    for file in tmp_path.glob(f"cache/described/*/{name}"):
        file.write_bytes(file.read_bytes()[:50])
    second = described()
    for song in first:
        np.testing.assert_array_equal(second[song], first[song])


# ------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize("content", [b"", b"this is no sound", bytes(3000)])
def test_a_file_that_holds_no_sound_is_named(tmp_path, content):
    file = tmp_path / "1.mp3"
    file.write_bytes(content)
    with pytest.raises(DataError) as caught:
        SMALL.extract(file)
    assert str(caught.value) == f"{file} cannot be read as sound; WAV, FLAC, OGG and MP3 can."


def test_sound_that_is_too_short_is_named(tmp_path):
    file = tmp_path / "1.wav"
    soundfile.write(file, noise(0, seconds=0.25), 16000)
    with pytest.raises(DataError, match=f"^{re.escape(str(file))} lasts 0.25 s, and openSMILE needs 0.5 s or more.$"):
        SMALL.extract(file)


def test_samples_that_are_no_numbers_are_told(tmp_path):
    file = tmp_path / "1.wav"
    samples = noise(0)
    samples[100] = np.nan
    soundfile.write(file, samples, 16000, subtype="FLOAT")
    with pytest.raises(DataError, match=f"^{re.escape(str(file))} has samples that are not finite numbers.$"):
        SMALL.extract(file)


@pytest.mark.parametrize("absent", ["opensmile", "soundfile"])
def test_without_the_extra_one_sentence_says_what_to_install(bench, monkeypatch, absent):
    there = metadata.distribution

    def without(name):
        if name == absent:
            raise metadata.PackageNotFoundError(name)
        return there(name)

    monkeypatch.setattr(metadata, "distribution", without)
    message = f"'opensmile' needs the package {absent}, which is not installed; type: pip install 'affectbench[audio]'"
    with pytest.raises(UsageError) as caught:
        _ = OpenSmile().version
    assert str(caught.value) == message
    bench(
        "run", "--dataset", "pmemo-2018", "--modalities", "eda,music", "--preprocess", "music: opensmile"
    ).usage_error(message)


def test_nothing_of_opensmile_is_loaded_before_it_is_needed():
    code = "import sys, bench_opensmile.step as step; step.OpenSmile().version; print({*sys.modules} & {'opensmile'})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
