"""Tables I to III of AttX: binary stress on WESAD from ECG and EDA, under leave-one-subject-out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - the contract is read at run time
from dataclasses import dataclass
from typing import Annotated, Any

from bench.api.papers import Finding, PaperTable, PrintedRow
from bench_papers import attx_findings
from bench_papers.printed import lines, numbers

ECG, EDA = ("ecg",), ("eda",)
TOGETHER = ("ecg", "eda")
WITHOUT_ATTENTION = "middle(stages=(1,2), direction=both)"
NUMERAL, ARROW = "by type", "by arrow"  # two readings of a row such as "Type I (EDA->ECG)"
OF_ARROW = {"ECG->EDA": "ecg_to_eda", "EDA->ECG": "eda_to_ecg", "ECG<->EDA": "both"}
OF_TYPE = {"I": "ecg_to_eda", "II": "eda_to_ecg", "III": "both"}  # by introduction, Fig. 1 and section II-B
SHOWN = {"ecg_to_eda": "ECG to EDA", "eda_to_ecg": "EDA to ECG", "both": "both ways"}


@dataclass(frozen=True)
class AttXTable(PaperTable):
    """The setting of all tables."""

    dataset: Annotated[str, "data set with ECG, EDA and the target stress"] = "wesad"

    @property
    def setting(self) -> Mapping[str, Any]:
        return {"dataset": [self.dataset], "target": ["stress"], "modalities": list(TOGETHER),
                "protocol": ["loso"]}  # fmt: skip


@dataclass(frozen=True)
class Table1(AttXTable):
    """The text and the table disagree on the direction of types, so each one-way row is compared with two printed rows.

    By type: Type I is ECG -> EDA and Type II is EDA -> ECG, as introduction, Fig. 1 and section II-B say.
    By arrow: Type I is EDA -> ECG and Type II is ECG -> EDA, as Table I itself says.
    """

    def rows(self) -> Sequence[PrintedRow]:
        found = []
        for line in lines("attx_table1"):
            if line["type"] == "feature_fusion":
                found.append(PrintedRow("feature fusion", numbers(line), "attx", "feature", TOGETHER))
                continue
            by_type, by_arrow = OF_TYPE[line["type"]], OF_ARROW[line["arrow"]]
            stages = line["stages"].split("+")
            readings = {NUMERAL: by_type, ARROW: by_arrow} if by_type != by_arrow else {"": by_type}
            for reading, direction in readings.items():
                label = f"{SHOWN[direction]}, stage{'s' if stages[1:] else ''} {line['stages']}"
                found.append(PrintedRow(label, numbers(line), "attx", attentive(stages, direction), TOGETHER, reading))
        return found

    def findings(self) -> Sequence[Finding]:
        return attx_findings.of_table1()


@dataclass(frozen=True)
class Table2(AttXTable):
    """The row of AttX, beside rows that the paper quotes from other papers."""

    def rows(self) -> Sequence[PrintedRow]:
        *others, own = lines("attx_table2")
        why = "other windows, sensors and features"
        quoted = [
            PrintedRow(line["method"], numbers(line), note=f"{why} ({line['modality']})".replace(" (-)", ""))
            for line in others
        ]
        return [*quoted, PrintedRow(own["method"], numbers(own), "attx", attentive("12", "both"), TOGETHER)]

    def findings(self) -> Sequence[Finding]:
        return attx_findings.of_table2()


@dataclass(frozen=True)
class Table3(AttXTable):
    """The row without attention has the stages and directions of the best row, which the paper compares it with."""

    def rows(self) -> Sequence[PrintedRow]:
        ours = (("none", EDA), ("none", ECG), ("feature", TOGETHER), (WITHOUT_ATTENTION, TOGETHER),
                (attentive("12", "both"), TOGETHER))  # fmt: skip
        return [
            PrintedRow(f"{line['method']}, {line['modality']}", numbers(line), "attx", fusion, modalities)
            for line, (fusion, modalities) in zip(lines("attx_table3"), ours, strict=True)
        ]

    def findings(self) -> Sequence[Finding]:
        return attx_findings.of_table3()


def attentive(stages: Sequence[str], direction: str) -> str:
    return f"attentive(stages=({','.join(stages)}), direction={direction})"
