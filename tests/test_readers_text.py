"""Text, JSON and TOML of others: what is no regular file, too large or too deep is refused in bounded time."""

import os
import signal
import time

import pytest
from safetensors.numpy import save_file

from bench.errors import BenchError, DataError
from bench.planning import rerun
from bench.planning.grid import Grid
from bench.pretraining import weight_files
from bench.readers import archives, data_folders, edf, empatica, matlab, pickles, tables, text_files
from bench.readers.file_digests import file_digest
from bench.registry import Registry
from bench.results import published
from bench_opensmile import sound
from bench_pmemo import headers
from bench_wesad import questionnaire

DEEP = "[" * 200_000


@pytest.fixture(autouse=True)
def bounded():
    """Whatever still waits after half a minute has failed."""

    def late(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def plugin(name):
    return Registry().get("protocol", name).load()


READERS = {
    "pickle": (pickles.read, ".pkl"),
    "matlab": (matlab.read, ".mat"),
    "edf": (edf.read, ".edf"),
    "table": (tables.read, ".csv"),
    "archive": (lambda path: archives.extract(path, path.parent / "out"), ".zip"),
    "text": (text_files.read_text, ".txt"),
    "digest": (file_digest, ".bin"),
    "grid": (Grid.from_toml, ".toml"),
    "record": (rerun.read, ".json"),
    "published results": (published.read, ".jsonl"),
    "weights": (weight_files.record_of, ".safetensors"),
    "tensors": (lambda path: weight_files.check_tensors(path, ["ecg"]), ".safetensors"),
    "digest of weights": (weight_files.sha256_of, ".safetensors"),
    "header": (headers.header, ".csv"),
    "answers": (lambda path: questionnaire.read(path, "S2"), "_quest.csv"),
    "start": (lambda path: empatica.read_start(path, empatica.SENSORS["bvp"]), ".csv"),
    "presses": (empatica.read_presses, ".csv"),
    "sound": (sound.read, ".wav"),
    "digest of folds": (lambda path: plugin("from-file")(path=str(path)).digest(), ".csv"),
}


@pytest.mark.parametrize("kind", ["a pipe", "a device", "a folder", "nothing"])
@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_regular_file_is_not_opened(reader, kind, tmp_path):
    read, suffix = READERS[reader]
    path = tmp_path / f"given{suffix}"
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a device":
        path.symlink_to("/dev/zero")
    elif kind == "a folder":
        path.mkdir()
    with pytest.raises(
        BenchError, match=r"no file|cannot be read: No such file" if kind == "nothing" else "regular file"
    ):
        read(path)


def test_a_name_that_no_file_can_have_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        text_files.read_text(tmp_path / "a\0b")


def test_folds_are_not_read_from_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "folds.csv")
    path = str(tmp_path / "folds.csv")
    assert plugin("from-file")(path=path).refuse(None).startswith(f"{path} is not a regular file: set -o protocol.path")


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "record.json"
    with path.open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(DataError, match=r"has 1000\.0 GB; a text file may have 200\.0 MB\."):
        text_files.read_text(path)


@pytest.mark.parametrize(("read", "head"), [(edf.read, b"0       "), (tables.read, b"a,b\n")])
def test_a_recording_that_no_memory_could_hold_is_not_read(read, head, tmp_path):
    path = tmp_path / "given"
    path.write_bytes(head)
    os.truncate(path, 10**12)
    with pytest.raises(DataError, match=r"has 1000\.0 GB; a file that is read at once may have 4\.0 GB\."):
        read(path)


@pytest.mark.parametrize(
    "text", [DEEP, '{"a":' * 200_000, "[" * 500 + "]" * 500, '{"a":' * 101 + "1" + "}" * 101], ids=range(4)
)
def test_deep_json_is_refused(text):
    with pytest.raises(ValueError, match="it is nested deeper than 100 levels"):
        text_files.parse_json(text)


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 15_000, "a = " + "{a=" * 5_000, "a." * 5000 + "a = 1", "[" + "a." * 5000 + "a]"],
    ids=range(4),
)
def test_deep_toml_is_refused(text, tmp_path):
    begun = time.monotonic()
    path = tmp_path / "grid.toml"
    path.write_text(text)
    with pytest.raises(BenchError, match=r"grid\.toml is not TOML .*: it is nested deeper than 100 levels\."):
        Grid.from_toml(path)
    assert time.monotonic() - begun < 15


def test_a_long_grid_is_refused(tmp_path):
    path = tmp_path / "grid.toml"
    path.write_text("a." * 100_000 + "a = 1")
    with pytest.raises(BenchError, match=r"has 0\.2 MB; a text file may have 0\.0 MB\."):
        Grid.from_toml(path)


def test_a_deep_record_is_refused(tmp_path):
    path = tmp_path / "record.json"
    path.write_text('{"items": ' + DEEP)
    with pytest.raises(BenchError, match=r"record\.json is not a record \(it is nested deeper than 100 levels\)"):
        rerun.read(path)


@pytest.mark.parametrize("start", ["", '{"comparison": "a"}\n'])
def test_deep_published_results_are_refused(start, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(start + DEEP)
    with pytest.raises(BenchError, match=r"a\.jsonl, line 1, is not a result"):
        published.read(path)


def test_deep_metadata_of_weights_are_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    for record in (DEEP, '{"key": ' + "[" * 500 + "]" * 500 + "}"):
        save_file({}, path, {"record": record})
        with pytest.raises(DataError, match=r"a\.safetensors holds no weights that 'bench run --pretrain' has made\."):
            weight_files.record_of(path)


def test_a_deep_marker_names_no_variants(tmp_path):
    (tmp_path / data_folders.MARKER).write_text('{"variants": ' + DEEP)
    assert data_folders.read_variants(tmp_path) == []
