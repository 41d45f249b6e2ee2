"""Tables 1 to 4 of pre-trained Transformers with late fusion: arousal and valence on AMIGOS from ECG and EEG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - the contract is read at run time
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, ClassVar

from bench.api.papers import Finding, PaperTable, PrintedRow
from bench_papers import transformer_findings
from bench_papers.printed import Line, half_widths, lines, of_target

TARGETS = ("arousal", "valence")
ECG, EEG, FUSED = "ECG [15]", "EEG", "Fused"  # as the paper calls its rows
BRANCHES = {ECG: ("none", ("ecg",)), EEG: ("none", ("eeg",)), FUSED: ("late-frozen", ("ecg", "eeg"))}


@dataclass(frozen=True)
class TransformerTable(PaperTable):
    """The setting of all tables: segments of 10 s, classes split at the mean of all trials, and three protocols.

    The folds of the paper contain random segments. The rows are also run with whole trials and with unseen subjects.
    """

    dataset: Annotated[str, "data set with ECG, EEG, arousal and valence"] = "amigos(threshold_from=everything)"
    corpora: Annotated[
        tuple[str, ...],
        "data sets for pre-training; none: the training part of the data set itself. The paper uses AMIGOS with "
        " way-eeg-gal, eegmmidb, large-eeg-bci for EEG; for ECG, according to others, ascertain, "
        "dreamer, pspm",
    ] = ()

    name: ClassVar[str]

    @property
    def setting(self) -> Mapping[str, Any]:
        return {"dataset": [self.dataset], "modalities": ["ecg", "eeg"],
                "protocol": ["kfold", "kfold-trial", "subject-independent"]}  # fmt: skip

    @property
    def pretrain(self) -> tuple[str, ...]:
        """The corpora as a grid names them. The data set itself has its options, so that it is recognised as such."""
        own = self.dataset.partition("(")[0]
        return tuple(self.dataset if corpus == own else corpus for corpus in self.corpora or (own,))

    def rows(self) -> Sequence[PrintedRow]:
        return [self.row(line, line["model"], target) for target, line in product(TARGETS, lines(self.name))]

    def row(self, line: Line, model: str, target: str) -> PrintedRow:
        """The part of a printed line for one target."""
        fusion, modalities = BRANCHES[model]
        corpora = self.pretrain if line.get("pretrain", "yes") == "yes" else ()
        label = line.get("system", model)
        return PrintedRow(label, of_target(line, target), "transformer", fusion, modalities, target=target,
                          pretrain=corpora, half_widths=half_widths(line, target))  # fmt: skip


@dataclass(frozen=True)
class Table1(TransformerTable):
    """EEG alone, without and with pre-training."""

    name: ClassVar[str] = "transformer_table1"

    def contrasts(self) -> Sequence[tuple[PrintedRow, PrintedRow]]:
        return with_and_without(self.rows())

    def findings(self) -> Sequence[Finding]:
        return transformer_findings.of_table1()


@dataclass(frozen=True)
class Table2(TransformerTable):
    """Both modalities against each alone, all pre-trained."""

    name: ClassVar[str] = "transformer_table2"

    def contrasts(self) -> Sequence[tuple[PrintedRow, PrintedRow]]:
        rows = self.rows()
        fused, single = ([row for row in rows if (row.label == FUSED) is joined] for joined in (True, False))
        return [(one, other) for one, other in product(fused, single) if one.target == other.target]

    def findings(self) -> Sequence[Finding]:
        return transformer_findings.of_table2()


@dataclass(frozen=True)
class Table3(TransformerTable):
    """Both modalities, without and with pre-training."""

    name: ClassVar[str] = "transformer_table3"

    def contrasts(self) -> Sequence[tuple[PrintedRow, PrintedRow]]:
        return with_and_without(self.rows())

    def findings(self) -> Sequence[Finding]:
        return transformer_findings.of_table3()


@dataclass(frozen=True)
class Table4(TransformerTable):
    """The rows of the paper, beside rows that it quotes from the authors of AMIGOS [6]."""

    name: ClassVar[str] = "transformer_table4"

    def rows(self) -> Sequence[PrintedRow]:
        return [self.own_or_quoted(line, target) for target, line in product(TARGETS, lines(self.name))]

    def own_or_quoted(self, line: Line, target: str) -> PrintedRow:
        if "(ours)" in line["system"]:
            return self.row(line, FUSED if FUSED in line["system"] else EEG, target)
        note = "segments of 20 s under another protocol"
        return PrintedRow(line["system"], of_target(line, target), target=target, note=note)

    def findings(self) -> Sequence[Finding]:
        return transformer_findings.of_table4()


def with_and_without(rows: Sequence[PrintedRow]) -> list[tuple[PrintedRow, PrintedRow]]:
    """Pairs of a pre-trained row and the row without pre-training."""
    return [(one, other) for one, other in product(rows, rows)
            if one.pretrain and not other.pretrain and one.target == other.target]  # fmt: skip
