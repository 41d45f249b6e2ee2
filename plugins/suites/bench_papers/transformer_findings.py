"""Findings about the printed values of the pre-trained Transformers."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from bench.api.papers import Finding
from bench_papers.transformer_intervals import METRICS, TARGETS, claims, folds, name, printed, rounding, table

if TYPE_CHECKING:
    from bench_papers.printed import Line


def of_table1() -> list[Finding]:
    without, pretrained = table(1)
    return [folds(1), claims(1, [(pretrained, without)], 1e-5), always_better(1, [without], pretrained), rounding(1),
            twice()]  # fmt: skip


def of_table2() -> list[Finding]:
    *single, fused = table(2)
    typo = Finding("A misprint", "Section 5.2 writes 'EEC' where it compares with ECG.")
    return [folds(2), claims(2, [(fused, other) for other in single], 1e-3), always_better(2, single, fused),
            rounding(2), twice(), typo]  # fmt: skip


def of_table3() -> list[Finding]:
    without, pretrained = table(3)
    typo = Finding("A misprint", "Section 5.3 says 'Table 2' of the P values below 1e-4, which are about Table 3.")
    return [folds(3), claims(3, [(pretrained, without)], 1e-4), always_better(3, [without], pretrained), rounding(3),
            twice(), typo]  # fmt: skip


def of_table4() -> list[Finding]:
    typo = Finding("A misprint", "The table writes 'GRS' for GSR.")
    return [across_handling(), quoted_fusion(), twice(), typo]


def always_better(number: int, others: list[Line], best: Line) -> Finding:
    """Whether the row that is said to be best is so in every column."""
    columns = [f"{target}_{metric}" for target, metric in product(TARGETS, METRICS)]
    gains = sorted(printed(best, column)[0] - printed(other, column)[0] for other in others for column in columns)
    holds = "the highest of every column" if gains[0] > 0 else "not the highest of every column"
    return Finding(
        "Which row is best",
        f"{name(best)} is {holds} of Table {number}, by {100 * gains[0]:.0f} to {100 * gains[-1]:.0f} points.",
    )


def twice() -> Finding:
    """Rows that are printed in several tables."""
    first, second, third, fourth = (table(number) for number in (1, 2, 3, 4))
    quoted = {line["system"]: line for line in fourth}
    pairs = [
        ("EEG, pre-trained, in Tables 1 and 2", first[1], second[1]),
        ("Fused, pre-trained, in Tables 2 and 3", second[2], third[1]),
        ("EEG in Tables 2 and 4", second[1], quoted["EEG (ours)"]),
        ("Fused in Tables 2 and 4", second[2], quoted["Fused EEG+ECG (ours)"]),
    ]
    differ = [told for told, one, other in pairs if any(one[key] != other[key] for key in columns(one, other))]
    text = f"{len(pairs) - len(differ)} of {len(pairs)} have the same numbers both times"
    return Finding("Rows that are printed twice", "; not so: ".join([text, *filter(None, [", ".join(differ)])]) + ".")


def across_handling() -> Finding:
    """Table 4 compares rows that differ in more than their model."""
    quoted, own, quoted_fused, fused = table(4)
    pairs = ((own, quoted, "model, segments, folds"), (fused, quoted_fused, "model, segments, folds, GSR"))
    told = []
    for (line, other, differs), target in product(pairs, TARGETS):
        mine, theirs = (each[f"{target}_macro_f1"] for each in (line, other))
        told.append({"row": line["system"], "against": other["system"], "target": target, "F1": mine,
                     "F1 of [6]": theirs, "difference": f"{float(mine) - float(theirs):+.3f}",
                     "differs in": differs})  # fmt: skip
    return Finding(
        "Comparisons across data handling",
        "The paper itself calls these rows not directly comparable: [6] has segments of 20 s, another protocol and, "
        "fused, GSR as well, while the folds here are of random segments of 10 s (see Tables 1 to 3). None of the "
        f"{len(told)} differences can be put down to the model; run the same rows under subject-independent to see "
        "how much is the folds.",
        told,
    )


def quoted_fusion() -> Finding:
    quoted, _, fused, _ = table(4)
    scores = [(target, *(line[f"{target}_macro_f1"] for line in (quoted, fused))) for target in TARGETS]
    drops = [f"{target} {alone} alone, {both} fused" for target, alone, both in scores if float(both) < float(alone)]
    return Finding(
        "Fusion lowers the quoted baseline",
        f"In {len(drops)} of {len(TARGETS)} targets [6] is printed lower fused than with EEG alone: "
        f"{'; '.join(drops)}. So the gap between the fused rows is not one between ways of fusing.",
    )


def columns(one: Line, other: Line) -> list[str]:
    """The numbers that both lines have."""
    return [key for key in one if key in other and key.startswith(TARGETS)]
