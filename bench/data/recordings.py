"""Recordings as read from files, in the cache: memory-mapped signals, one folder per subject."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from bench.api import Dataset, Recording, Segment, Signal
from bench.code.core import RECORDINGS, core_digest
from bench.code.dependencies import code_digest
from bench.data.signal_files import SignalFiles
from bench.data.validation import require_valid_recording
from bench.digests import digest
from bench.errors import BenchError, DataError, PluginError, described, packages_of
from bench.readers import FileDataset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bench.data.cache import Cache

FORMAT = 2  # increase it when the layout of a folder changes


def recordings(dataset: Dataset, subject: str, cache: Cache) -> Iterator[Recording]:
    """The recordings of a subject. Files are converted once, whatever the later steps are."""
    if not isinstance(dataset, FileDataset):
        yield from loaded(dataset, subject)
        return
    folder = cache.folder("recordings", key(dataset, subject), lambda folder: write(dataset, subject, folder))
    files = SignalFiles(folder)
    for kept in json.loads((folder / "recordings.json").read_text(encoding="utf-8")):
        signals = {
            name: Signal(files.read(place), rate, unit, tuple(channels))
            for name, (place, rate, unit, channels) in kept["signals"].items()
        }
        segments = [Segment(**segment) for segment in kept["segments"]]
        yield Recording(subject, signals, segments, kept["session"], kept["excluded"])


def key(dataset: FileDataset, subject: str) -> str:
    """The key of a subject's recordings: files, code of the reader, and the options that it uses."""
    names = [field.name for field in fields(dataset) if field.name not in dataset.label_options]  # type: ignore[arg-type]
    values = {name: getattr(dataset, name) for name in names}
    target = f"{type(dataset).__module__}:{type(dataset).__qualname__}"
    code = [code_digest(target), core_digest(RECORDINGS, [target])]
    return digest([FORMAT, dataset.name, subject, values, code, dataset.digest_of([subject])])


def write(dataset: FileDataset, subject: str, folder: Path) -> None:
    """Write each modality as one file, and everything else as JSON."""
    text, files = [], SignalFiles(folder)
    for recording in loaded(dataset, subject):
        signals = {
            name: (files.append(f"{name}.f32", signal.values), signal.rate, signal.unit, signal.channels)
            for name, signal in recording.signals.items()
        }
        segments = [asdict(segment) for segment in recording.segments]
        text.append({"session": recording.session, "signals": signals, "segments": segments,
                     "excluded": dict(recording.excluded)})  # fmt: skip
    (folder / "recordings.json").write_text(json.dumps(text), encoding="utf-8")


def loaded(dataset: Dataset, subject: str) -> Iterator[Recording]:
    """The recordings as the data set loads them; raise at the first that breaks the contract."""
    found = reading(lambda: dataset.load(subject), dataset, f"the recordings of {subject}", f"subject {subject}")
    for recording in found:
        if not isinstance(recording, Recording):
            wrong = type(recording).__name__
            raise PluginError(f"{named(dataset)}, subject {subject}: load returned a {wrong}, not Recordings.")
        require_valid_recording(recording, dataset.targets)
        yield recording


def reading(read: Callable[[], Sequence[Any]], plugin: object, what: str, where: str = "") -> Sequence[Any]:
    """Call a reader of a data set, or of a step. Whatever it raises becomes a sentence: its missing files are
    DataErrors, not errors of the cache that is being written.
    """
    try:
        return list(read())
    except BenchError:
        raise
    except OSError as error:
        raise DataError(f"Cannot read {what}: {error}.") from error
    except Exception as error:
        reason = described(error, packages_of(plugin))
        verify = f" 'bench data verify {plugin.name}' tries every subject." if isinstance(plugin, FileDataset) else ""
        raise DataError(f"{named(plugin)}, {where or what}: {reason}.{verify}") from error


def named(plugin: object) -> str:
    """A data set or step in words, by its class where it does not know its name."""
    if isinstance(plugin, Dataset):
        return f"Data set '{getattr(plugin, 'name', type(plugin).__name__)}'"
    return f"Step {type(plugin).__name__}"
