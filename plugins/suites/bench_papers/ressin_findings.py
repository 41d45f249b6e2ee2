"""Findings about the printed values of Table 2 of Res-SIN, and about the labels."""

from __future__ import annotations

from bench.api.papers import Finding
from bench.forensics.prevalence import TOLERANCE, Scores, always
from bench_papers.printed import Line, lines

#: Recordings labelled high and low, from the file of labels that the first author published with later work.
LABELLED = {"valence": (4436, 3254), "arousal": (4520, 3170)}
ONLY_EDA, ONLY_MUSIC, FUSED = "Res-SI subnet + EDA", "SVM + Music", "Res-SIN + multi-feature"


def findings() -> list[Finding]:
    return [prevalences(), misfits(), f1_scores(), trivial(), below_majority(), gain_of_music(), twice()]


def prevalences() -> Finding:
    """The share of high labels that each row implies, as headed and with the headers exchanged."""
    told = []
    headed, exchanged = [], []
    for line in lines("ressin_table2a"):
        found, data = scores(line), prevalence(line["target"])
        headed.append(found.prevalence)
        exchanged.append(found.exchanged.fits(data))
        told.append({"target": line["target"], "input": line["input"], "accuracy": line["accuracy"],
                     "precision": line["precision_as_printed"], "recall": line["recall_as_printed"],
                     "as headed": percent(found.prevalence), "exchanged": percent(found.exchanged.prevalence),
                     "labels": percent(data), "verdict": verdict(found, data)})  # fmt: skip
    as_headed = sum(scores(line).fits(prevalence(line["target"])) for line in lines("ressin_table2a"))
    labels = " and ".join(f"{percent(prevalence(target))} % in {target}" for target in LABELLED)
    return Finding(
        "Precision and recall are exchanged",
        "Accuracy, precision and recall of a row determine how frequent the high class is. As headed, the rows imply "
        f"{percent(min(headed))} to {percent(max(headed))} %; {as_headed} of {len(told)} are within "
        f"{100 * TOLERANCE:g} point of the labels ({labels}). With precision and recall under each other's header, "
        f"{sum(exchanged)} of {len(told)} are. So the two headers are exchanged, and the labels are those of "
        f"{sum(LABELLED['valence']):,} recordings, split by personal thresholds.",
        told,
    )


def misfits() -> Finding:
    """Rows that do not fit the labels even with the headers exchanged."""
    rows = lines("ressin_table2a")
    odd = [line for line in rows if not scores(line).exchanged.fits(prevalence(line["target"]))]
    said = []
    for line in odd:
        found, data = scores(line).exchanged, prevalence(line["target"])
        best = max(float(each["accuracy"]) for each in rows if each["target"] == line["target"])
        headline = f", the headline of {line['target']}," if float(line["accuracy"]) == best else ""
        said.append(
            f"{line['target'].capitalize()} {line['input']}{headline} implies {percent(found.prevalence)} % where the "
            f"labels have {percent(data)} %. With its precision and recall, accuracy would have to be "
            f"{percent(found.accuracy_at(data))} %, not {line['accuracy']} %."
        )
    verb = "does" if len(odd) == 1 else "do"
    count = f"{len(odd)} of {len(rows)} rows {verb} not fit the labels with the headers exchanged"
    return Finding("A row that does not fit", ". ".join([count, *said]) if said else f"{count}.")


def f1_scores() -> Finding:
    rows = lines("ressin_table2a")
    apart = max(abs(100 * scores(line).f1 - float(line["f1"])) for line in rows)
    return Finding(
        "F1 is that of precision and recall",
        f"2PR / (P + R), which does not depend on the headers, gives the printed F1 in all {len(rows)} rows of the "
        f"components to {apart:.2f} points. So scores are of the high class, and of pooled recordings or nearly so.",
    )


def trivial() -> Finding:
    """Each row beside what needs no input at all."""
    told = []
    for line in (*lines("ressin_table2a"), *lines("ressin_table2b")):
        usual = always(prevalence(line["target"]))
        told.append({"target": line["target"], "row": name(line), "accuracy": line["accuracy"],
                     "- majority": f"{float(line['accuracy']) - 100 * usual.accuracy:+.2f}", "F1": line["f1"],
                     "- always high": f"{float(line['f1']) - 100 * usual.f1:+.2f}"})  # fmt: skip
    answers = {target: always(prevalence(target)) for target in LABELLED}
    said = "; ".join(f"{target}: accuracy {100 * each.accuracy:.2f}, F1 {100 * each.f1:.2f} %"
                     for target, each in answers.items())  # fmt: skip
    return Finding(
        "What always predicting 'high' achieves",
        f"Without a look at any input ({said}). The paper prints no such row.",
        told,
    )


def below_majority() -> Finding:
    rows = (*lines("ressin_table2a"), *lines("ressin_table2b"))
    accuracy = [told(line, "accuracy") for line in rows
                if float(line["accuracy"]) < 100 * always(prevalence(line["target"])).accuracy]  # fmt: skip
    f1 = [told(line, "f1") for line in rows if float(line["f1"]) < 100 * always(prevalence(line["target"])).f1]
    return Finding(
        "Rows below the trivial answer",
        f"In accuracy: {'; '.join(accuracy) or 'none'}. In F1: {'; '.join(f1) or 'none'}.",
    )


def gain_of_music() -> Finding:
    """How much of what Res-SIN gains over the majority the music brings without it."""
    said = []
    for target in LABELLED:
        accuracy = {line["method"]: float(line["accuracy"])
                    for line in lines("ressin_table2b") if line["target"] == target}  # fmt: skip
        majority = 100 * always(prevalence(target)).accuracy
        share = (accuracy[ONLY_MUSIC] - majority) / (accuracy[FUSED] - majority)
        said.append(f"{100 * share:.0f} % in {target} ({accuracy[ONLY_MUSIC] - majority:.2f} of "
                    f"{accuracy[FUSED] - majority:.2f} points)")  # fmt: skip
    return Finding(
        "What the music brings alone",
        f"Of what Res-SIN gains over the majority in accuracy, a support vector machine on the music alone gains "
        f"{' and '.join(said)}. The music is the same for all listeners of a song, so under random folds it names "
        "songs that were trained on; rows under stimulus-independent show what is left for new ones.",
    )


def twice() -> Finding:
    mixed = {line["target"]: line for line in lines("ressin_table2a") if line["input"] == "mix"}
    fused = [line for line in lines("ressin_table2b") if line["method"] == FUSED]
    same = sum(all(line[key] == mixed[line["target"]][key] for key in ("accuracy", "f1")) for line in fused)
    return Finding(
        "Rows that are printed twice",
        f"Res-SIN is the last row of both parts: {same} of {len(fused)} have the same accuracy and F1 both times.",
    )


def scores(line: Line) -> Scores:
    """As headed, as shares."""
    columns = ("accuracy", "precision_as_printed", "recall_as_printed")
    return Scores(*(float(line[column]) / 100 for column in columns))


def prevalence(target: str) -> float:
    """The share of high labels."""
    high, low = LABELLED[target]
    return high / (high + low)


def verdict(found: Scores, data: float) -> str:
    fits = [reading for reading, each in (("as headed", found), ("exchanged", found.exchanged)) if each.fits(data)]
    return " and ".join(fits) or "neither"


def told(line: Line, metric: str) -> str:
    return f"{name(line)}, {line['target']} ({line[metric]})"


def name(line: Line) -> str:
    return line.get("input") or line["method"]


def percent(value: float) -> float:
    return round(100 * value, 2)
