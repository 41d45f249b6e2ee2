"""Weights in words."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from bench.cli.data.words import several
from bench.cli.weights.file import NETWORK
from bench.data.acquisition.sizes import size
from bench.specs import parse_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.cli.weights.file import Corpus, Pretrained

WIDTH, INDENT = 110, 12 * " "  # of what stands beside a name
ROWS = 12  # epochs that are printed; --json and the picture have all


def title(found: Pretrained) -> str:
    return f"{found.key}: {' and '.join(found.modalities)}, pre-trained on {found.sources}"


def facts(found: Pretrained) -> Iterator[tuple[str, str]]:
    """Name and text, in the order in which they are read."""
    yield "file", f"{found.path}, {size(found.bytes)}, {found.made:%Y-%m-%d %H:%M}"
    yield "model", found.model
    options = ", ".join(f"{name}={value}" for name, value in found.options.items())
    yield "options", textwrap.fill(options, WIDTH, subsequent_indent=INDENT)
    for name, (channels, samples, rate) in found.inputs.items():
        what = several(channels, "channel")
        yield "input", f"{name}: {what}, {samples} samples at {rate:g} Hz ({samples / rate:g} s)"
    for corpus in found.corpora:
        yield "corpus", of_corpus(corpus)
    for name, steps in found.record.get("preprocess", {}).items():
        yield "steps", f"{name}: {' | '.join(map(str, steps))}"
    kept = f"{found.kept_back} of other recordings kept back" if found.kept_back else "none kept back"
    yield "windows", f"{found.learnt_from} learnt from, {kept}"
    yield "training", f"{several(found.epochs, 'epoch')}, {found.circumstances}"
    for remark in found.remarks:
        yield "remark", remark


def of_corpus(corpus: Corpus) -> str:
    if not corpus.windows:
        return f"{corpus.said}: no windows with these modalities"
    people = several(corpus.people, "person").replace("persons", "people")
    told = f"{corpus.said}: {several(corpus.windows, 'window')} of {people}, {corpus.hours:g} h"
    return f"{told}; the training part of {corpus.part}" if corpus.part else told


def verdict(found: Pretrained, modality: str) -> str:
    """How well hidden values are told, beside guesses."""
    loss, guesses = found.kept[modality][NETWORK], found.guesses(modality)
    beside = ", ".join(f"{name} {value:.4g}" for name, value in guesses.items())
    first = f"{modality}: hidden values of kept-back recordings are told with a loss of {loss:.4g}"
    if found.better(modality):
        return f"{first}, which is lower than that of every guess ({beside})."
    best = next(iter(guesses))
    return (
        f"{first}, which is not lower than that of the guess '{best}' ({beside}). "
        "This guess has learnt nothing and knows more; more epochs (model.pretrain_epochs) or more windows may help."
    )


def verdicts(found: Pretrained) -> list[str]:
    if not found.kept:
        nothing = "No recording was kept back (there were too few, or model.kept_back is 0)"
        return [f"{nothing}, so nobody knows how well hidden values of other recordings are told."]
    return [verdict(found, modality) for modality in found.kept]


def shown_epochs(count: int) -> list[int]:
    """From 0: all, or some of them that lie equally far apart, the first and the last included."""
    if count <= ROWS:
        return list(range(count))
    return sorted({round(place * (count - 1) / (ROWS - 1)) for place in range(ROWS)})


def known(found: Pretrained) -> str:
    """The data sets that were learnt from, without their options."""
    return " or ".join(dict.fromkeys(parse_spec(corpus.name).name for corpus in found.used))
