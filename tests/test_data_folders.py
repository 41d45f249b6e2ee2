"""Where data sets are looked for, what is said where one is missing, and what their digests depend on."""

import os
import shutil
import time
from pathlib import Path

import pytest

from bench.errors import DataError
from bench.readers import Download, data_folders, file_checks, file_digests, listed_downloads
from bench.registry import Registry

PATTERNS = ("S*/S*.pkl",)


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def database(tmp_path, monkeypatch):
    """A database of digests for this test alone."""
    monkeypatch.setattr(file_digests, "_database", None)
    monkeypatch.setattr(file_digests, "_digests", {})
    file_digests.cache_in(tmp_path / "cache")
    return tmp_path / "cache" / "digests.sqlite"


def put(folder):
    (folder / "S2").mkdir(parents=True)
    (folder / "S2" / "S2.pkl").write_bytes(b"x")
    return folder


def found():
    return data_folders.find("wesad", ("WESAD",), PATTERNS)


@pytest.mark.parametrize("place", ["wesad", "WESAD", "W_e-s.a.d", ".", "wesad/WESAD", "WESAD/a/b", "papers/2018"])
def test_a_folder_is_found_wherever_it_was_unpacked(root, place):
    assert found() is None
    top = put(root / place)
    assert found().resolve() == top.resolve()


def test_a_link_is_followed(root, tmp_path):
    root.mkdir()
    (root / "wesad").symlink_to(put(tmp_path / "elsewhere"))
    assert found() == root / "wesad"


def test_a_real_data_set_comes_before_a_stand_in(root):
    stand_in = put(root / "simulated" / "wesad")
    assert found() == stand_in
    real = put(root / "deep" / "wesad-download")
    assert found() == real


def test_the_folders_of_other_data_sets_do_not_count(root):
    (root / "wesad").mkdir(parents=True)
    (root / "wesad" / "readme.txt").write_text("nothing yet")
    assert found() is None


def test_the_root_is_the_platforms_unless_it_is_named(root, monkeypatch, tmp_path):
    assert data_folders.data_root() == root
    monkeypatch.delenv("BENCH_DATA")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    assert data_folders.data_root().name == "bench"


def test_a_missing_data_set_is_one_message(root):
    with pytest.raises(DataError) as caught:
        _ = Registry().get("dataset", "amigos").load()().folder
    text = str(caught.value)
    assert str(root) in text
    for command in ("bench data link amigos FOLDER", "bench data simulate amigos"):
        assert command in text
    assert "\n" not in text


# ----------------------------------------------------------------------------- digests


def aged(path, seconds=60):
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def test_a_digest_is_cached_until_the_file_changes(tmp_path, database, monkeypatch):
    file = tmp_path / "file"
    file.write_bytes(b"abc")
    aged(file)
    first = file_digests.file_digest(file)
    assert first == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    monkeypatch.setattr(file_digests, "_digests", {})  # as in another process
    monkeypatch.setattr(file_digests.hashlib, "file_digest", lambda *_: pytest.fail("the file is read again"))
    assert file_digests.file_digest(file) == first
    monkeypatch.undo()
    file_digests.cache_in(database.parent)
    file.write_bytes(b"abd")
    assert file_digests.file_digest(aged(file, 30)) != first


def test_the_digest_of_a_recently_changed_file_is_not_cached(tmp_path, database):
    file = tmp_path / "file"
    file.write_bytes(b"abc")
    file_digests.file_digest(file)
    assert not database.exists()


def test_pipes_folders_and_missing_files_are_refused(tmp_path, database):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(DataError, match="is not a regular file"):
            file_digests.file_digest(path)
        with pytest.raises(DataError, match="is not a regular file"):
            file_checks.read_head(path, "anything")
    with pytest.raises(DataError, match="nowhere cannot be read: No such file or directory"):
        file_digests.file_digest(tmp_path / "nowhere")


def test_a_forbidden_folder_is_not_reported_as_absent(root, monkeypatch):
    root.mkdir()
    monkeypatch.setattr(data_folders.os, "access", lambda path, mode: False)
    with pytest.raises(DataError, match=f"cannot be searched for in {root}: this user may not read that folder"):
        _ = Registry().get("dataset", "wesad").load()().folder


def test_a_damaged_database_costs_time_and_nothing_else(tmp_path, database):
    file = tmp_path / "file"
    file.write_bytes(b"abc")
    database.parent.mkdir()
    database.write_bytes(b"this is no data base")
    assert file_digests.file_digest(aged(file)).startswith("ba7816")


def test_the_same_files_elsewhere_are_the_same_data(root, stand_in):
    folder = stand_in("wesad", subjects=1, seconds=30)
    make = Registry().get("dataset", "wesad").load()
    before = make().digest()
    shutil.move(folder, folder.parent / "other" / "place")
    assert make().digest() == before
    (folder.parent / "other" / "place" / data_folders.MARKER).unlink()
    assert not make().simulated
    assert make().digest() != before


def test_digests_stay_in_the_folder_that_was_meant(tmp_path, monkeypatch):
    monkeypatch.setattr(file_digests, "_database", None)
    monkeypatch.chdir(tmp_path)
    file_digests.cache_in(Path("cache"))
    monkeypatch.chdir("/")
    assert file_digests.database() == tmp_path / "cache" / "digests.sqlite"


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("dreamer", "copy the data set again."),
        ("wesad", "copy the data set again, or run 'bench data download wesad'."),
    ],
)
def test_a_missing_file_is_refused_with_what_can_be_done(tmp_path, name, advice):
    dataset = Registry().get("dataset", name).load()()
    (tmp_path / "here").touch()
    assert dataset.require_file(tmp_path / "here") == tmp_path / "here"
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(DataError) as refused:
            dataset.require_file(path)
        assert str(refused.value) == f"{path} is missing; {advice}"


@pytest.mark.parametrize("space", [" ", "  "])
def test_a_list_of_digests_becomes_downloads(tmp_path, space):
    (tmp_path / "SHA256SUMS").write_text(f"0a{space}S1/one.csv\n0b{space}two.csv\n")
    assert listed_downloads(tmp_path / "SHA256SUMS", "https://data.example/1/") == (
        Download("S1/one.csv", ("https://data.example/1/S1/one.csv",), "0a"),
        Download("two.csv", ("https://data.example/1/two.csv",), "0b"),
    )
