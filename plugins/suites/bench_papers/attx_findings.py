"""Findings about the printed values of AttX."""

from __future__ import annotations

from bench.api.papers import Finding
from bench.forensics.interval import Interval
from bench.forensics.shares import least_macro_f1, majority, share, share_range
from bench_papers.printed import Line, lines, numbers

HALF_DIGIT = 5e-5  # the largest error of rounding to two decimals of a per cent
CALM, STRESSED = 3504 + 1094, 1976  # windows of 10 s every 5 s: baseline and amusement, stress


def of_table1() -> list[Finding]:
    rows = lines("attx_table1")
    return [directions(), shares(rows), equal_scores(rows), best_direction(rows), below_feature(rows), trivial()]


def of_table2() -> list[Finding]:
    rows = {line["method"]: numbers(line) for line in lines("attx_table2")}
    decision, own = rows["Bota et al. [13] (decision)"], rows["AttX (Type III stages 1+2)"]
    schmidt = rows["Schmidt et al. [21] (feature)"]
    accuracy, macro_f1 = decision["accuracy"], decision["macro_f1"]
    least = least_macro_f1(accuracy / 100)
    return [
        Finding(
            "An impossible macro-F1",
            f"Bota et al. (decision) is printed with a macro-F1 of {macro_f1:.2f} at an accuracy of {accuracy:.2f}. "
            f"With two classes, macro-F1 is at least accuracy / (1 + accuracy) = {100 * least:.1f}, and a mean over "
            f"people is at least half the accuracy, {accuracy / 2:.1f}.",
        ),
        Finding(
            "Not the highest row",
            f"Schmidt et al. (feature) is printed above AttX in accuracy ({schmidt['accuracy']:.2f} against "
            f"{own['accuracy']:.2f}) and in macro-F1 ({schmidt['macro_f1']:.2f} against {own['macro_f1']:.2f}). "
            "Rows differ in windows, sensors and features, so neither order means much.",
        ),
        trivial(),
    ]


def of_table3() -> list[Finding]:
    eda, ecg, *_ = (numbers(line) for line in lines("attx_table3"))
    text = (
        f"Alone, EDA has the higher accuracy ({eda['accuracy']:.2f} against {ecg['accuracy']:.2f}) and ECG the higher "
        f"macro-F1 ({ecg['macro_f1']:.2f} against {eda['macro_f1']:.2f}): which is the best single modality "
        "depends on the metric."
    )
    unsaid = (
        "The paper does not say at which stages and in which directions 'AttX without attention' exchanges. Here: "
        "at stages 1 and 2, both ways, as the row that it is compared with."
    )
    return [Finding("Single modalities", text), Finding("An unsaid setting", unsaid), trivial()]


def directions() -> Finding:
    return Finding(
        "A contradiction in directions",
        "Introduction, Fig. 1 and section II-B call ECG -> EDA Type I and EDA -> ECG Type II; Table I prints "
        "'Type I (EDA -> ECG)' and 'Type II (ECG -> EDA)'. Nothing in the paper decides between them, so each one-way "
        "row of ours is compared with two printed rows: by type and by arrow.",
    )


def shares(rows: list[Line]) -> Finding:
    """The share of windows without stress that each row implies."""
    told, impossible = [], []
    for line in rows:
        scores = {metric: value / 100 for metric, value in numbers(line).items()}
        found = share(**scores)
        possible = share_range(**{metric: Interval.around(value, HALF_DIGIT) for metric, value in scores.items()})
        told.append({"row": name(line), **numbers(line), "implied": percent(found.implied),
                     "lowest": percent(found.lowest), "highest": percent(found.highest),
                     "verdict": "possible" if possible else "impossible"})  # fmt: skip
        impossible += [] if possible else [name(line)]
    implied = sorted(each["implied"] for each in told)
    return Finding(
        "Shares of windows without stress (%)",
        "Under one confusion matrix of all windows, the three numbers of a row determine the share of the class with "
        "the higher F1, which is that without stress. All rows are of one data set, in which "
        f"{100 * CALM / (CALM + STRESSED):.1f} % are expected, and yet the {len(rows)} rows imply shares from "
        f"{implied[0]:.1f} to {implied[-1]:.1f} %. {len(impossible)} rows are impossible, whatever rounding hides: "
        "they imply a share that their own accuracy and macro-F1 exclude "
        f"({', '.join(impossible)}). So these are not scores of pooled windows; means over people can be like that.",
        told,
    )


def equal_scores(rows: list[Line]) -> Finding:
    same = [f"{name(line)} ({line['accuracy']})" for line in rows if line["weighted_f1"] == line["accuracy"]]
    return Finding(
        "Weighted-F1 equal to accuracy",
        f"To two decimals in {len(same)} rows, {' and '.join(same)}, the latter being the paper's headline: "
        "possible, or an error in copying.",
    )


def best_direction(rows: list[Line]) -> Finding:
    """Exceptions, in accuracy, to the claim that both directions are best."""
    accuracy = {(line["type"], line["stages"]): float(line["accuracy"]) for line in rows}
    better = [
        f"{kind}/{stages} {value:.2f} > III/{stages} {accuracy['III', stages]:.2f}"
        for (kind, stages), value in accuracy.items() if kind in ("I", "II") and value > accuracy["III", stages]
    ]  # fmt: skip
    return Finding("An exception to 'Type III is best'", f"In accuracy: {'; '.join(better)}.")


def below_feature(rows: list[Line]) -> Finding:
    base, *others = rows
    below = [f"{name(line)} {line['accuracy']}" for line in others if float(line["accuracy"]) < float(base["accuracy"])]
    return Finding(
        "Rows below feature fusion",
        f"Attention lowers the accuracy of feature fusion ({base['accuracy']}) in {len(below)} of {len(others)} rows: "
        f"{', '.join(below)}.",
    )


def trivial() -> Finding:
    scores = majority(CALM / (CALM + STRESSED))
    return Finding(
        "What always predicting 'no stress' achieves",
        f"WESAD is expected to give {CALM + STRESSED:,} windows, {STRESSED:,} of them under stress. Without a look at "
        f"any signal: accuracy {100 * scores['accuracy']:.2f}, macro-F1 {100 * scores['macro_f1']:.1f}, "
        f"weighted-F1 {100 * scores['weighted_f1']:.1f} %. The paper prints no such row.",
    )


def name(line: Line) -> str:
    """`III/1+2`, or `feature fusion`."""
    return line["type"].replace("_", " ") + (f"/{line['stages']}" if line["stages"] != "-" else "")


def percent(value: float) -> float:
    return round(100 * value, 2)
