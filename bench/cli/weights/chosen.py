"""Select weights: options for the cache, and the file of a key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.cli.parameters import RESULTS, cache_option, out_option
from bench.errors import UsageError, unknown


def cache_options(function: Any) -> Any:
    """Options for the cache, as in `bench run`."""
    return out_option(cache_option(function))


def typed(out: Path, cache: Path | None) -> str:
    """The options that a suggested command needs to find the same cache."""
    if cache is not None:
        return f" --cache {cache}"
    return "" if str(out) == RESULTS else f" --out {out}"


def nothing_in(cache: Path) -> str:
    return (
        f"There are no pre-trained weights in {cache}; 'bench run --model transformer --pretrain synthetic' makes "
        "some, and --cache or --out names another folder."
    )


def chosen(cache: Path, name: str) -> Path:
    """The file itself, or the one in the cache whose key starts with the name."""
    from bench.pretraining import weight_files

    if weight_files.names_weights(name):
        return Path(name)
    keys = {path.stem: path for path in weight_files.files(cache)}
    if not keys:
        raise UsageError(nothing_in(cache))
    found = [key for key in keys if key.startswith(name)]
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} keys of {cache} begin with '{name}': {', '.join(sorted(found)[:6])}"
            f"{', ...' if len(found) > 6 else ''}. Type more digits of one."
        )
    if not found:
        latest = list(keys)[-5:]
        raise unknown(
            f"key in {cache}", name, latest, f"These are the latest; {weight_files.SUFFIX} ends a file's name."
        )
    return keys[found[0]]
