"""Tables 1 and 2 of Res-SIN: arousal and valence on PMEmo from EDA, its components, and features of the music."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence  # noqa: TC003 - the contract is read at run time
from dataclasses import dataclass
from typing import Annotated, Any

from bench.api.papers import Finding, PaperTable, PrintedRow
from bench_papers import ressin_findings, ressin_regressions
from bench_papers.printed import Line, lines, percents

TARGETS = ("valence", "arousal")
EDA, MUSIC, BOTH = ("eda",), ("music",), ("eda", "music")
AS_HEADED, EXCHANGED = "as headed", "exchanged"  # two readings of precision and recall
SAME_BASELINES = {"baselines": False}  # they use no signals: those of one row serve all rows with its target
OURS = "a control that the paper does not have"
UNSEEN = ("stimulus-independent", "subject-independent", "subject-stimulus-independent")


@dataclass(frozen=True)
class Table1(PaperTable):
    """Linear and support vector regression of ratings from EDA, its tonic and its phasic component.

    The paper does not name its features; ours are those of `statistics`. Rows of [13] are quoted; they used unprocessed
    EDA and other features.
    """

    dataset: Annotated[str, "data set with EDA, and the targets arousal-rating and valence-rating"] = "pmemo-2018"

    @property
    def setting(self) -> Mapping[str, Any]:
        return {"dataset": [self.dataset], "modalities": ["eda"], "protocol": ["kfold", *UNSEEN]}

    def rows(self) -> Sequence[PrintedRow]:
        return [self.row(line) for line in lines("ressin_table1")]

    def row(self, line: Line) -> PrintedRow:
        model = {"MLR": "linear", "SVR": "svr"}[line["model"]]
        kept = "original" if line["input"] not in ("tonic", "phasic") else line["input"]
        printed = {name: float(line[name]) for name in ("rmse", "r")}
        return PrintedRow(
            f"{line['model']}, {line['input']}", printed, model, "none", EDA,
            note="quoted; ours is of unprocessed EDA" if kept == "original" else "",
            target=f"{line['target']}-rating",
            own={"preprocess": f"ressin-regression(keep={kept})", **({} if kept == "original" else SAME_BASELINES)},
        )  # fmt: skip

    def findings(self) -> Sequence[Finding]:
        return ressin_regressions.findings()


@dataclass(frozen=True)
class Table2(PaperTable):
    """Components of EDA with music (a), and single inputs against both (b); scores are of the high class.

    Precision and recall are compared with both of their columns, whose headers are exchanged (--check-paper). Two
    controls of ours stand below: the music alone in the same network, and EDA of other listens beside the music.
    """

    dataset: Annotated[str, "PMEmo of 2018 or 2019"] = "pmemo-2018(threshold_from=everything)"

    @property
    def setting(self) -> Mapping[str, Any]:
        return {"dataset": [self.dataset], "modalities": list(BOTH), "preprocess": "ressin",
                "protocol": ["kfold(stratified=true)", *UNSEEN]}  # fmt: skip

    def rows(self) -> Sequence[PrintedRow]:
        return [row for target in TARGETS for part in (components, inputs, controls) for row in part(target)]

    def contrasts(self) -> Sequence[tuple[PrintedRow, PrintedRow]]:
        """Res-SIN against each component and each input alone, as in the paper, and against the controls."""
        found = []
        for target in TARGETS:
            single = [row for row in components(target) if not row.reading and not row.label.startswith("mix")]
            *alone, fused = inputs(target)
            found += [(fused, other) for other in (*single, *alone, *controls(target))]
        return found

    def findings(self) -> Sequence[Finding]:
        return ressin_findings.findings()


def components(target: str) -> Iterator[PrintedRow]:
    """Table 2a, each row with both readings of precision and recall."""
    for line in (line for line in lines("ressin_table2a") if line["target"] == target):
        scores = percents(line, ("accuracy", "f1"))
        columns = [float(line[f"{name}_as_printed"]) for name in ("precision", "recall")]
        kept = {"origin": "original"}.get(line["input"], line["input"])
        own = {} if kept == "mix" else {"preprocess": f"ressin(keep={kept})", **SAME_BASELINES}
        for reading, printed in (
            ("", scores),
            (AS_HEADED, dict(zip(("precision", "recall"), columns, strict=True))),
            (EXCHANGED, dict(zip(("recall", "precision"), columns, strict=True))),
        ):
            label = f"{line['input']}, with music"
            yield PrintedRow(label, printed, "ressin", "feature", BOTH, reading, target=target, own=own)


def inputs(target: str) -> Iterator[PrintedRow]:
    """Table 2b: EDA alone, music alone, and both."""
    ours = (("ressin", "none", EDA), ("svm", "none", MUSIC), ("ressin", "feature", BOTH))
    own = [line for line in lines("ressin_table2b") if line["target"] == target]
    for line, (model, fusion, modalities) in zip(own, ours, strict=True):
        yield PrintedRow(line["method"], percents(line, ("accuracy", "f1")), model, fusion, modalities, target=target)


def controls(target: str) -> Iterator[PrintedRow]:
    """Controls that show whether EDA adds anything."""
    yield PrintedRow("music alone, same head", {}, "ressin", "none", MUSIC, target=target, note=OURS)
    yield PrintedRow("EDA of other listens, with music", {}, "ressin", "feature", BOTH, target=target, note=OURS,
                     own={"options": {"dataset.shuffled": "true"}, **SAME_BASELINES})  # fmt: skip
