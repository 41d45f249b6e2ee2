"""The inputs of cells: folders of the cache and files of weights, by names that stand for their content."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.cells import data
from bench.data.cache import MANIFEST, Cache
from bench.errors import DataError
from bench.pretraining import corpora, weight_files
from bench.results.files import write_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bench.api.executors import Fetch
    from bench.cells.resolved import ResolvedCell

WEIGHTS, WEIGHTS_FILE = "weights", "weights.safetensors"  # kind of a folder, and the file in it
_placed: set[Path] = set()  # folders that this process has looked through; to do so for each task takes long


class NotingCache(Cache):
    """A cache that notes which folders are used."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.used: list[str] = []

    def folder(self, kind: str, key: str, build: Callable[[Path], None]) -> Path:
        self.used.append(f"{kind}/{key}")
        return super().folder(kind, key, build)


def inputs_of(resolved: ResolvedCell, cache: Path) -> dict[str, Path]:
    """The files of a cell, as `kind/key/file`: what its tasks read of the cache, and its files of weights."""
    noting = NotingCache(cache)
    data.load(resolved, noting, lambda *_: None)
    for corpus in resolved.corpora:
        if not corpus.corpus.own:
            corpora.prepared_corpus(corpus, noting, lambda *_: None)
    found = {f"{WEIGHTS}/{weights.sha256}/{WEIGHTS_FILE}": Path(weights.file) for weights in resolved.weights}
    for name in dict.fromkeys(noting.used):
        files = json.loads((cache / name / MANIFEST).read_text(encoding="utf-8"))
        found |= {f"{name}/{file}": cache / name / file for file in files}
    return found


def place(names: Iterable[str], fetch: Fetch, cache: Path) -> None:
    """Have these inputs in the cache of this machine; only what it does not have is fetched."""
    folders: dict[tuple[str, str], list[str]] = {}
    for name in names:
        kind, key, *file = name.split("/", 2)
        if file:
            folders.setdefault((kind, key), []).extend(file)
        elif not (cache / name).exists():
            write_bytes(cache / name, fetch(name))
    for (kind, key), files in folders.items():
        if cache / kind / key in _placed and (cache / kind / key).exists():
            continue
        _placed.add(Cache(cache).folder(kind, key, functools.partial(fill, f"{kind}/{key}", files, fetch)))


def fill(name: str, files: Sequence[str], fetch: Fetch, folder: Path) -> None:
    for file in files:
        write_bytes(folder / file, fetch(f"{name}/{file}"))


def placed_weights(sha256: str, cache: Path) -> str:
    """Where a file of weights is after `place`."""
    return str(cache / WEIGHTS / sha256 / WEIGHTS_FILE)


def input_name(name: str) -> str:
    """Of pre-trained weights."""
    return f"{weight_files.FOLDER}/{name}"


def pretrained(cache: Path, folds: set[tuple[str, int]]) -> dict[str, Path]:
    """The pre-trained weights in the cache that these folds, with their seeds, may start from, by name."""
    return {path.name: path for path in weight_files.files(cache) if serves(path, folds)}


def serves(path: Path, folds: set[tuple[str, int]]) -> bool:
    record = record_of(path, path.stat().st_mtime_ns)
    used = {corpus["fold"] for corpus in record["corpora"] if corpus.get("fold")} if record else set()
    return any(used <= {fold} and record.get("seed") == seed for fold, seed in folds)


@functools.lru_cache(maxsize=4096)
def record_of(path: Path, _: int) -> dict[str, Any]:
    """The record in a file of weights, which is read again when its time has changed; empty if it is damaged."""
    try:
        return weight_files.record_of(path)
    except DataError:
        return {}
