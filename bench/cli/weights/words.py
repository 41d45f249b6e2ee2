"""Text about weights."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from bench.cli.data.formatting import plural
from bench.cli.weights.file import NETWORK
from bench.data.acquisition.sizes import format_size
from bench.specs import parse_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.cli.weights.file import Corpus, Pretrained

WIDTH, INDENT = 110, 12 * " "  # of what stands beside a name
ROWS = 12  # epochs that are printed; --json and the picture have all


def title(found: Pretrained) -> str:
    return f"{found.key}: {' and '.join(found.modalities)}, pre-trained on {found.sources}"


def facts(found: Pretrained) -> Iterator[tuple[str, str]]:
    """Pairs of name and text, in reading order."""
    yield "file", f"{found.path}, {format_size(found.bytes)}, {found.made:%Y-%m-%d %H:%M}"
    yield "model", found.model
    options = ", ".join(f"{name}={value}" for name, value in found.options.items())
    yield "options", textwrap.fill(options, WIDTH, subsequent_indent=INDENT)
    for name, (channels, samples, rate) in found.inputs.items():
        what = plural(channels, "channel")
        yield "input", f"{name}: {what}, {samples} samples at {rate:g} Hz ({samples / rate:g} s)"
    for corpus in found.corpora:
        yield "corpus", of_corpus(corpus)
    for name, steps in found.record.get("preprocess", {}).items():
        yield "steps", f"{name}: {' | '.join(map(str, steps))}"
    validation = (
        f"{found.validation_windows} of other recordings for validation"
        if found.validation_windows
        else "none for validation"
    )
    yield "windows", f"{found.training_windows} for training, {validation}"
    yield "training", f"{plural(found.epochs, 'epoch')}, {found.circumstances}"
    for remark in found.remarks:
        yield "remark", remark


def of_corpus(corpus: Corpus) -> str:
    if not corpus.windows:
        return f"{corpus.title}: no windows with these modalities"
    windows, subjects = plural(corpus.windows, "window"), plural(corpus.subjects, "subject")
    text = f"{corpus.title}: {windows} of {subjects}, {corpus.hours:g} h"
    return f"{text}; the training part of {corpus.part}" if corpus.part else text


def verdict(found: Pretrained, modality: str) -> str:
    """A table of validation errors beside imputation baselines."""
    loss, baselines = found.errors[modality][NETWORK], found.baselines(modality)
    beside = ", ".join(f"{name} {value:.4g}" for name, value in baselines.items())
    first = f"{modality}: the error on masked values of validation recordings is {loss:.4g}"
    if found.better(modality):
        return f"{first}, lower than that of every imputation baseline ({beside})."
    best = next(iter(baselines))
    return (
        f"{first}, not lower than that of the baseline '{best}' ({beside}). "
        "More epochs (model.pretrain_epochs) or more windows may help."
    )


def verdicts(found: Pretrained) -> list[str]:
    if not found.errors:
        return ["There are no validation errors: recordings were too few, or model.pretrain_validation_share is 0."]
    return [verdict(found, modality) for modality in found.errors]


def shown_epochs(count: int) -> list[int]:
    """Indices of all epochs, or of an even selection with the first and the last."""
    if count <= ROWS:
        return list(range(count))
    return sorted({round(place * (count - 1) / (ROWS - 1)) for place in range(ROWS)})


def known(found: Pretrained) -> str:
    """The data sets of the corpora, without options."""
    return " or ".join(dict.fromkeys(parse_spec(corpus.name).name for corpus in found.used))
