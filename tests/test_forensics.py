"""What printed results exclude and imply: cases worked by hand, real matrices that are always possible, the command."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import precision_recall_fscore_support

from bench.errors import UsageError
from bench.forensics import folds, table
from bench.forensics.averages import words
from bench.forensics.checks import larger, report
from bench.forensics.granularity import mean_of_shares
from bench.forensics.interval import Interval
from bench.forensics.matrices import matrices, value
from bench.forensics.prevalence import Scores, errors, harmonic, prevalence_range
from bench.forensics.row import AVERAGES, METRICS, OF_CLASS
from bench.forensics.shares import share_range

EXAMPLES = Path(__file__).parent.parent / "docs" / "forensics"


@pytest.fixture
def check(tmp_path):
    """The statements about a table, given as lines of CSV."""

    def checked(*lines, **options):
        path = tmp_path / "table.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        return report(table.read(path, **options).rows).statements

    return checked


def of(statements, level="impossible"):
    return [(each.check, each.line) for each in statements if each.level == level]


# ------------------------------------------------------------------------------------ cases worked by hand

CASES = [  # header, row -> checks that find it impossible
    ("accuracy,n", "66.7,3", []),  # 2 of 3
    ("accuracy,n", "66.5,3", ["granularity"]),
    ("accuracy,n", "67,3", []),
    ("accuracy,n", "68,3", ["granularity"]),
    ("accuracy,counts", "83.3,3+3", []),  # 5 of 6
    ("accuracy,counts", "80.0,3+3", ["granularity"]),
    ("accuracy,fold_sizes", "75.0,2+4", []),  # (1 + 0.5) / 2
    ("accuracy,fold_sizes", "62.5,2+4", []),  # (0.5 + 0.75) / 2
    ("accuracy,fold_sizes", "70.0,2+4", ["granularity"]),  # steps of 1/8
    ("accuracy,n,folds", "70.0,6,2", []),  # sizes of folds are not known
    ("class,recall,support", "high,33.3,3", []),
    ("class,recall,support", "high,40.0,3", ["granularity"]),
    ("class,precision,recall,f1", "high,50.0,100.0,66.7", []),
    ("class,precision,recall,f1", "high,50.0,100.0,75.0", ["f1"]),
    ("class,precision,recall,f1,folds", "high,50.0,100.0,60.0,5", []),  # a mean over folds may be lower
    ("class,precision,recall,f1,folds", "high,50.0,100.0,75.0,5", ["mean f1"]),  # and never higher
    ("class,precision,recall,f1,folds", "high,80.0,90.0,65.0,5", ["mean f1"]),  # P + R - 1 = 70
    ("macro_precision,macro_recall,macro_f1", "50.0,100.0,75.0", ["mean f1"]),
    ("accuracy,weighted_recall", "80.0,80.0", []),
    ("accuracy,weighted_recall", "80.0,80.2", ["equal"]),
    ("accuracy,micro_f1", "80,80.4", []),  # 79.5 to 80.5
    ("accuracy,micro_f1", "80.0,80.4", ["equal"]),
    ("accuracy,macro_f1,classes", "87.60,46.68,2", ["macro-f1"]),  # at least 0.87595 / 1.87595 = 46.694
    ("accuracy,macro_f1,classes", "87.60,46.69,2", []),
    ("accuracy,macro_f1,classes", "87.60,46.68,3", []),
    ("accuracy,macro_f1,classes,folds", "87.60,43.79,2,15", ["macro-f1"]),  # at least half of it
    ("accuracy,macro_f1,classes,folds", "87.60,43.80,2,15", []),
    ("accuracy,macro_f1,classes", "80.0,80.2,2", ["macro-f1"]),
    # 80 of 100 are of the class, 60 true positives, 15 false: P 0.8, R 0.75, accuracy 0.65
    ("class,accuracy,precision,recall,classes", "high,65.0,80.0,75.0,2", []),
    ("class,accuracy,precision,recall,classes,support,n", "high,65.0,80.0,75.0,2,80,100", []),
    ("class,accuracy,precision,recall,classes,support,n", "high,70.0,80.0,75.0,2,80,100", ["prevalence"]),
    ("class,accuracy,precision,recall,classes", "high,10.0,90.0,90.0,2", ["prevalence"]),
    ("class,accuracy,precision,recall", "high,10.0,90.0,90.0", []),  # with many classes, it may be so
    ("class,precision,recall,classes,support,n", "high,70.0,50.0,2,4,10", ["matrix"]),  # 2 of 2, 3, ...
    ("class,precision,recall,classes,support,n", "high,66.7,50.0,2,4,10", []),
    ("accuracy,macro_f1,counts", "80.0,79.2,5+5", []),  # 5 and 3 right: (10/12 + 6/8) / 2
    ("accuracy,macro_f1,counts", "80.0,79.5,5+5", ["matrix"]),
    ("accuracy,macro_recall,counts", "80.0,46.7,8+1+1", []),  # 8 of 8 and none else: 1/3; 6, 1 and 1: 0.917
    ("accuracy,macro_recall,counts", "80.0,91.7,8+1+1", []),
    ("accuracy,macro_recall,counts", "80.0,92.1,8+1+1", ["balance"]),
    ("accuracy,macro_recall,counts", "80.0,33.1,8+1+1", ["balance"]),
    ("accuracy,macro_recall,counts,folds", "80.0,33.1,8+1+1,5", []),
    ("accuracy,low,high", "80.0,70.0,90.0", []),
    ("accuracy,low,high", "80.0,81.0,90.0", ["interval"]),
    ("accuracy,low,high", "80.0,90.0,70.0", ["interval"]),
    ("accuracy,low,high,half_width", "80.0,70.0,90.0,10.0", []),
    ("accuracy,low,high,half_width", "80.0,70.0,90.0,5.0", ["interval"]),
    ("accuracy,sd", "50.0,70.7", []),  # 0 and 100
    ("accuracy,sd", "50.0,70.9", ["spread"]),
    ("accuracy,sd,folds", "50.0,52.7,10", []),  # √(0.25 · 10 / 9)
    ("accuracy,sd,folds", "50.0,52.8,10", ["spread"]),
    ("accuracy,half_width,folds", "50.0,37.7,10", []),  # 2.262 · 0.527 / √10
    ("accuracy,half_width,folds", "50.0,40.0,10", ["spread"]),
    ("accuracy,sd,fold_sizes", "50.0,0.0,4+4", []),
    ("accuracy,sd,fold_sizes", "62.5,0.0,4+4", ["spread"]),  # 2 and 3 of 4
    ("accuracy,sd,fold_sizes", "62.5,12.5,4+4", []),  # with n instead of n - 1
    ("accuracy,sd", "80.0,-1.0", ["spread"]),
    ("accuracy,sd", "180.0,-1.0", ["limits"]),
    ("accuracy,sd,folds", "50.0,70.7,1", []),
    ("accuracy", "100.4", ["limits"]),
    ("accuracy", "100", []),
    ("accuracy,n,counts", "50,10,3+3", ["counts"]),
    ("accuracy,classes,counts", "50,3,4+4", ["counts"]),
    ("class,recall,n,support", "high,50,4,6", ["counts"]),
    ("accuracy,folds,fold_sizes", "50.0,3,4+4", ["counts"]),
]


@pytest.mark.parametrize(("header", "row", "found"), CASES)
def test_what_is_impossible(check, header, row, found):
    assert [name for name, _ in of(check(header, row, percent=True))] == found


WARNINGS = [
    ("accuracy,counts", "57.1,4+3", ("Accuracy 57.1 is not above what always predicting the most frequent class "
                                    "achieves, 57.14 %.")),
    ("accuracy,counts", "42.9,4+3", ("Accuracy 42.9 is below what always predicting the most frequent class achieves, "
                                    "57.14 %.")),
    ("class,f1,support,n", "high,66.0,5,10", "F1 66.0 is below what always predicting the class achieves, 66.67 %."),
    ("macro_recall,classes", "50.0,2", ("Macro-recall 50.0 is not above what always predicting one class achieves, "
                                       "50.00 %.")),
    ("accuracy,low,high", "80.0,75.0,90.0", ("Accuracy 80.0 is not in the middle of [75.0, 90.0], so the interval is "
                                            "not mean ± half-width.")),
    ("accuracy,half_width", "95.0,7.0", "Accuracy 95.0 ± 7.0 goes beyond the limits of a score, 0 and 100 %."),
    ("accuracy,low,high", "95.0,88.0,102.0", ("102.0 is beyond the limits of a score, 0 and 100 %: no score can be "
                                             "there.")),
    ("accuracy,half_width,n", "50.0,1.0,100", ("The half-width 1.0 of accuracy 50.0 takes 8,711 independent windows or "
                                              "more, and there are 100.")),
    ("accuracy,half_width,n,folds", "80.0,0.1,1000,10",
     ("The half-width 0.1 is that of an SD of 0.07 to 0.21 % over 10 folds. Chance alone gives 4.00 % for 100 "
      "independent windows in each fold, and rarely less than 1.43 %.")),
    ("accuracy,half_width,sd,folds", "50.0,5.0,5.0,10", ("Accuracy 50.0: over 10 folds, the SD 5.0 gives a 95 % "
                                                        "half-width of 3.58 %, not 5.0.")),
    ("class,accuracy,precision,recall,classes,support,n", "high,65.0,75.0,80.0,2,80,100",
     "With precision and recall exchanged, the values go together within rounding."),
    ("class,accuracy,precision,recall,f1", "high,66.7,50.0,100.0,80.0",
     "With accuracy and F1 exchanged, the values go together within rounding."),
]  # fmt: skip


@pytest.mark.parametrize(("header", "row", "text"), WARNINGS)
def test_what_is_doubtful(check, header, row, text):
    assert text in [each.text for each in check(header, row, percent=True) if each.level == "warning"]


IMPLIED = [
    ("class,accuracy,precision,recall,classes", "high,65.00,80.00,75.00,2",
     "Accuracy 65.00, precision 80.00 and recall 75.00 imply that 79.97 to 80.03 % of the windows are of the class."),
    ("class,precision,recall,classes,support,n", "high,66.7,50.0,2,4,10",
     ("One confusion matrix of 4 and 6 windows gives precision 66.7 and recall 50.0: 2 and 5 are classified correctly, "
     "2 and 1 are not.")),
]  # fmt: skip


@pytest.mark.parametrize(("header", "row", "text"), IMPLIED)
def test_what_is_implied(check, header, row, text):
    assert [each.text for each in check(header, row) if each.level == "implied"] == [text]


# 8 of 10, 3 of 6 and 3 of 4 are right, and of 20 predictions, 10, 4 and 6 are of these classes
CLASSES = ("a,80.0,80.0,80.0,10,", "b,75.0,50.0,60.0,6,", "c,50.0,75.0,60.0,4,")
CLASS_HEADER = "class,precision,recall,f1,support,accuracy"
OVERALL = [
    ("all,68.3,68.3,66.7,,70.0", [], ["macro average", "macro average", "macro average"]),
    ("all,72.5,70.0,70.0,,70.0", [], ["weighted average", "weighted average or the micro average",
                                      "weighted average or the micro average"]),
    ("all,70.0,70.0,68.3,,70.0", [], ["micro average", "weighted average or the micro average",
                                      words("harmonic")]),
    ("all,68.3,68.3,65.0,,70.0", ["average"], ["macro average", "macro average"]),
    ("all,68.3,68.3,66.7,,72.0", ["average"], ["macro average", "macro average", "macro average"]),
]  # fmt: skip


@pytest.mark.parametrize(("overall", "impossible", "readings"), OVERALL)
def test_an_overall_value_is_an_average_of_the_classes_or_impossible(check, overall, impossible, readings):
    found = check(CLASS_HEADER, *CLASSES, overall)
    assert [each.check for each in found if each.level == "impossible" and each.check == "average"] == impossible
    texts = [each.text for each in found if each.level == "implied" and each.check == "average"]
    assert [text.partition(" is the ")[2].partition(" (")[0] for text in texts] == readings


def test_precision_recall_and_counts_add_up_to_the_windows(check):
    found = check(CLASS_HEADER, CLASSES[0], "b,90.0,50.0,64.3,6,", CLASSES[2], "all,,,,,")
    [statement] = [each for each in found if each.check == "average" and each.level == "impossible"]
    assert "adds up to 19 to 19 predictions, for 20 windows" in statement.text


def test_no_exchange_is_looked_for_where_bounds_are_wide(check):
    found = check("precision,recall,f1,accuracy", "72.5,70.0,71.9,70.0")
    assert [(each.level, each.check) for each in found] == [("impossible", "mean f1")]


def test_reports_of_scikit_learn_are_read(check):
    lines = (*CLASSES, "macro avg,68.3,68.3,66.7,20,", "weighted avg,72.5,70.0,70.0,20,")
    assert of(check(CLASS_HEADER, *lines)) == []
    [wrong] = [each for each in check(CLASS_HEADER, *lines[:3], "macro avg,72.5,68.3,66.7,20,")
               if each.level == "impossible"]  # fmt: skip
    assert wrong.text == (
        "The macro-precision of the classes is 68.28 to 68.38 %, not 72.5; the weighted average would fit."
    )


def test_averages_are_not_checked_where_a_class_has_no_row(check):
    assert of(check(CLASS_HEADER + ",n", *(f"{line}," for line in CLASSES), "all,99.0,99.0,99.0,,,25")) == []


def test_rows_on_the_same_windows_imply_the_same_share(check):
    rows = ("high,65.0,80.0,75.0,2,x", "high,65.0,75.0,80.0,2,{}")
    header = "class,accuracy,precision,recall,classes,data"
    assert of(check(header, rows[0], rows[1].format("y"))) == []
    assert of(check(header, rows[0], rows[1].format("x"))) == [("same windows", 0)]


def test_a_share_of_the_larger_class():
    assert larger(Interval(0.6, 0.7)) == Interval(0.6, 0.7)
    assert larger(Interval(0.25, 0.5)) == Interval(0.5, 0.75)
    assert larger(Interval(0.25, 0.6)) == Interval(0.5, 0.75)


@pytest.mark.parametrize(("sizes", "share"), [((3, 3), 5 / 6), ((2, 3, 5), (0.5 + 1 / 3 + 0.2) / 3), ((7,), 3 / 7)])
def test_means_over_folds_are_found(sizes, share):
    assert mean_of_shares(Interval.around(share, 1e-9), sizes)
    assert not mean_of_shares(Interval.around(share + 0.011, 1e-9), sizes)


def test_folds_of_many_sizes_take_any_multiple_of_the_finest_step():
    sizes = (100, 125, 128, 160)
    assert mean_of_shares(Interval.around(0.7, 1e-4), sizes)
    assert not mean_of_shares(Interval.around((0.5 + 0.5 / 16000) / 4, 1e-8), sizes)


# ------------------------------------------------------------------- real results are never impossible

LABELS = st.integers(2, 4).flatmap(
    lambda classes: st.lists(
        st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1)), min_size=3, max_size=60
    ).map(lambda pairs: (classes, pairs))
)
SETTINGS = settings(deadline=None, max_examples=150)


def printed(shares, digits, *, percent):
    return {name: f"{100 * each if percent else each:.{digits if percent else digits + 2}f}"
            for name, each in shares.items()}  # fmt: skip


def scores(true, predicted, classes):
    """All metrics of the averages, and those of each class with its number of windows."""
    places = list(range(classes))
    of_classes = precision_recall_fscore_support(true, predicted, labels=places, zero_division=0)
    found = {"accuracy": float(np.mean(true == predicted))}
    for average in AVERAGES:
        values = precision_recall_fscore_support(true, predicted, labels=places, average=average, zero_division=0)
        found |= {f"{average}_{name}": float(each) for name, each in zip(OF_CLASS, values[:3], strict=True)}
    each = [dict(zip(OF_CLASS, map(float, values), strict=True)) for values in zip(*of_classes[:3], strict=True)]
    return found, each, [int(count) for count in of_classes[3]]


def written(rows):
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def none_impossible(tmp_path_factory, rows, *, percent):
    path = tmp_path_factory.getbasetemp() / "forensics-property.csv"
    path.write_text(written(rows), encoding="utf-8")
    found = report(table.read(path, percent=percent).rows)
    assert found.is_possible, [each for each in found.statements if each.level == "impossible"]
    return found


@SETTINGS
@given(LABELS, st.integers(1, 3), st.booleans(), st.booleans(), st.sets(st.sampled_from(METRICS)))
def test_scores_of_a_real_confusion_matrix_are_never_impossible(
    tmp_path_factory, labels, digits, percent, counted, left_out
):
    classes, pairs = labels
    true, predicted = np.array(pairs).T
    averages, each, supports = scores(true, predicted, classes)
    assume(all(supports))
    known = {"counts": "+".join(map(str, supports)), "classes": classes, "data": "d"} if counted else {
        "classes": classes, "data": "d"}  # fmt: skip
    all_of = printed({k: v for k, v in averages.items() if k not in left_out}, digits, percent=percent)
    rows = [{"class": "all", **known, **all_of}]
    for place, (values, support) in enumerate(zip(each, supports, strict=True)):
        kept = printed({k: v for k, v in values.items() if k not in left_out}, digits, percent=percent)
        own = {"support": support, "n": len(pairs)} if counted else {}
        accuracy = {"accuracy": all_of["accuracy"]} if classes == 2 and "accuracy" in all_of else {}
        rows.append({"class": f"c{place}", "classes": classes, "data": "d", **own, **kept, **accuracy})
    for average in (*AVERAGES, None):  # as columns that do not say which average they are
        values = {name: averages[f"{average}_{name}"] for name in OF_CLASS} if average else each[0]
        rows.append({"class": "", **known, **printed(values, digits, percent=percent)})
    assume(any(name in METRICS for row in rows for name in row))
    none_impossible(tmp_path_factory, rows, percent=percent)


@SETTINGS
@given(st.lists(LABELS, min_size=2, max_size=5), st.integers(1, 3), st.booleans())
def test_means_over_real_folds_are_never_impossible(tmp_path_factory, drawn, digits, sized):
    classes = max(count for count, _ in drawn)
    found = []
    for _, pairs in drawn:
        true, predicted = np.array(pairs).T
        averages, each, _ = scores(true, predicted, classes)
        found.append({**averages, **each[0]})
    count = len(found)
    means = {name: float(np.mean([each[name] for each in found])) for name in found[0]}
    accuracy = [each["accuracy"] for each in found]
    sd = float(np.std(accuracy, ddof=1))
    half = float(stats.t.ppf(0.975, count - 1)) * sd / count**0.5
    spread = {"accuracy_sd": sd, "accuracy_half_width": half,
              "accuracy_low": means["accuracy"] - half, "accuracy_high": means["accuracy"] + half}  # fmt: skip
    sizes = {"fold_sizes": "+".join(str(len(pairs)) for _, pairs in drawn)} if sized else {}
    row = {"class": "c0", "classes": classes, "folds": count, **sizes,
           **printed({**means, **spread}, digits, percent=True)}  # fmt: skip
    none_impossible(tmp_path_factory, [row], percent=True)


@SETTINGS
@given(st.lists(st.integers(0, 40), min_size=4, max_size=4), st.integers(1, 3))
def test_two_classes_imply_their_real_prevalence_and_matrix(cells, digits):
    true, missed, false, rejected = cells
    assume(true and true + missed and false + rejected)
    total = sum(cells)
    exact = {"accuracy": (true + rejected) / total, "precision": true / (true + false),
             "recall": true / (true + missed)}  # fmt: skip
    ranges = {name: Interval.around(round(each, digits), 0.5 * 10**-digits + 1e-12).within(0, 1)
              for name, each in exact.items()}  # fmt: skip
    assert prevalence_range(**ranges).meets((true + missed) / total)
    found = list(matrices(true + missed, false + rejected, ranges))
    assert any(each == true and low <= false <= high for each, low, high in found)
    for each, low, high in found:  # against all matrices, tried one by one
        fitting = [count for count in range(false + rejected + 1)
                   if all(value(name, each, count, true + missed, false + rejected) in Closed(allowed)
                          for name, allowed in ranges.items())]  # fmt: skip
        assert fitting == list(range(low, high + 1))


class Closed:
    """An interval as a container."""

    def __init__(self, interval):
        self.interval = interval

    def __contains__(self, number):
        return self.interval.meets(number)


UNIT = st.floats(0.01, 1)


@given(UNIT, UNIT, UNIT, st.floats(0, 0.01))
def test_formulas_of_intervals_contain_those_of_numbers(accuracy, precision, recall, distance):
    around = [Interval.around(each, distance) for each in (precision, recall)]
    assert harmonic(*around).meets(Scores(accuracy, precision, recall).f1)
    assert errors(*around).meets(errors(precision, recall))
    assert (1 / around[0] - around[1] * 2).meets(1 / precision - recall * 2)


@given(st.lists(st.integers(0, 12), min_size=2, max_size=6), st.integers(1, 2))
def test_deviations_of_real_folds_are_between_the_smallest_and_the_largest(correct, digits):
    values = np.array(correct) / 12
    mean, sd = Interval.around(round(values.mean(), digits), 0.5 * 10**-digits), float(np.std(values, ddof=1))
    assert folds.smallest_deviation(mean, [12] * len(correct)) <= sd + 1e-6
    assert sd <= folds.largest_deviation(mean.within(0, 1), len(correct)) + 1e-6


def test_shares_are_never_implied_by_impossible_scores():
    assert share_range(Interval(0.8, 0.81), Interval(0.85, 0.86), Interval(0.8, 0.9)) is None
    assert share_range(*[Interval(1.0, 1.0)] * 3) is not None


# ------------------------------------------------------------------------------- examples of three papers

PAPERS = [  # file, exit code, the lines with something impossible
    ("attx_table1", 1, [7, 8, 14, 16]),
    ("attx_table2", 1, [3]),
    ("ressin_table2", 1, [2, 3, 4, 5, 6, 7, 8, 9]),
    ("transformer_tables1_3", 0, []),
]


@pytest.mark.parametrize(("name", "code", "lines"), PAPERS)
def test_examples_of_papers(bench, name, code, lines):
    found = bench("forensics", EXAMPLES / f"{name}.csv", "--json")
    assert (found.code, found.err) == (code, "")
    assert found.json["impossible_lines"] == lines


def test_both_commands_find_the_same_impossible_rows(bench):
    table1 = bench("reproduce", "attx/table1", "--check-paper", "--json").ok().json[1]["lines"]
    impossible = [place for place, line in enumerate(table1, 2) if line["verdict"] == "impossible"]
    assert bench("forensics", EXAMPLES / "attx_table1.csv", "--json").json["impossible_lines"] == impossible
    table2 = bench("reproduce", "ressin/table2", "--check-paper", "--json").ok().json[0]["lines"]
    exchanged = [place for place, line in enumerate(table2, 2) if "exchanged" in line["verdict"]]
    found = bench("forensics", EXAMPLES / "ressin_table2.csv", "--json").json["statements"]
    assert [each["line"] for each in found if each["check"] == "exchanged"] == exchanged
    [columns] = [each for each in found if each["check"] == "exchanged columns"]
    assert columns["text"] == (
        "Exchanging precision and recall makes the values of 7 of 8 rows go together within rounding, so the two "
        "columns may be under each other's header."
    )


def test_deviations_over_folds_are_those_of_the_findings(bench):
    table1 = bench("reproduce", "transformer/table1", "--check-paper", "--json").ok().json[0]["lines"]
    found = bench("forensics", EXAMPLES / "transformer_tables1_3.csv", "--json").json["statements"]
    assert [line["SD of folds"] for line in table1] == ["0.0102", "0.0089", "0.0150", "0.0130"]
    for text, ends in zip(found[:4], ("1.01 to 1.03", "0.89 to 0.90", "1.49 to 1.50", "1.29 to 1.31"), strict=True):
        assert f"an SD of {ends} % over 10 folds" in text["text"]


# ------------------------------------------------------------------------------------------ the command


def test_the_page_shows_what_the_command_prints(bench, monkeypatch):
    monkeypatch.chdir(EXAMPLES.parent.parent)
    monkeypatch.setenv("COLUMNS", "80")
    page = (EXAMPLES.parent / "forensics.md").read_text(encoding="utf-8")
    for block in page.split("```text\n$ ")[1:]:
        command, _, output = block.partition("```")[0].partition("\n")
        found = bench(*command.split()[1:])
        assert found.out == output


def test_every_known_column_is_on_the_page_and_in_the_help(bench):
    page = (EXAMPLES.parent / "forensics.md").read_text(encoding="utf-8")
    text = bench("forensics", "--help").ok().out
    for name in (*table.WHOLE, *table.LISTS, *table.WORDS):
        assert f"`{name}`" in page
        assert name in text


def test_the_scale_is_detected_or_declared(bench):
    Path("t.csv").write_text("name,accuracy\na,0.9\nb,0.8\nc,1.02\n", encoding="utf-8")
    found = bench("forensics", "t.csv")
    assert (found.code, found.err) == (1, "")
    assert found.out == (
        "3 rows in shares (detected); metrics: accuracy; labels: name\n\n"
        "impossible  line 4, c\n  Accuracy 1.02 is not between 0 and 100 %.\n\nImpossible: 1 of 3 rows.\n"
    )
    assert bench("forensics", "t.csv", "--percent").ok().out == (
        "3 rows in per cent (as declared); metrics: accuracy; labels: name\n\nNothing is impossible.\n"
    )
    Path("t.csv").write_text("accuracy\n0.9%\n", encoding="utf-8")
    assert bench("forensics", "t.csv", "--json").ok().json["statements"] == []


def test_values_may_be_cut_off(bench):
    Path("t.csv").write_text("accuracy,n\n66.6,3\n", encoding="utf-8")
    assert bench("forensics", "t.csv").code == 1
    bench("forensics", "t.csv", "--rounding", "any").ok()


def test_quiet_leaves_out_what_is_implied(bench):
    arguments = ("forensics", EXAMPLES / "transformer_tables1_3.csv")
    assert "implied" in bench(*arguments).ok().out
    assert "implied" not in bench(*arguments, "--quiet").ok().out


def test_output_fits_80_columns_and_has_no_control_characters(bench, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    hostile = "\x1b]0;title\x07\x1b[31mred " + "x" * 500
    Path("t.csv").write_text(f'{hostile},class,accuracy,n\n"{hostile}","{hostile}",66.5,3\n', encoding="utf-8")
    found = bench("forensics", "t.csv")
    assert found.code == 1
    assert not {"\x1b", "\x07"} & set(found.out)
    assert max(map(len, found.out.splitlines())) <= 80
    assert "\x1b" not in bench("forensics", "t.csv", "--json").out


def test_cells_that_look_like_formulas_are_only_labels(bench):
    Path("t.csv").write_text("name,accuracy\n\"=cmd|'/c calc'!A1\",50\n", encoding="utf-8")
    assert bench("forensics", "t.csv").ok()


BAD = [
    (None, "t.csv cannot be read: No such file or directory."),
    (b"", "t.csv has no row of data."),
    (b"accuracy\n", "t.csv has no row of data below its header."),
    (b"name,acuracy\na,5\n", f"t.csv has no column of a metric; it has name, acuracy. Known: {', '.join(METRICS)}."),
    (b"accuracy\n50\n\nhigh\n", "t.csv line 4, column 'accuracy': 'high' is not a number."),
    (b"accuracy\n1_000\n", "t.csv line 2, column 'accuracy': '1_000' is not a number."),
    (b"accuracy\ninf\n", "t.csv line 2, column 'accuracy': 'inf' is not a number."),
    ("accuracy\n8 ± 2\n".encode(), ("t.csv line 2, column 'accuracy': '8 ± 2' is not a number; what follows ± belongs "
                                    "in a column of its own, such as accuracy_half_width or accuracy_sd.")),
    (b"accuracy,n\n50,7.5\n", "t.csv line 2, column 'n': '7.5' is not a whole number above 0."),
    (b"accuracy,counts\n50,3+x\n", ("t.csv line 2, column 'counts': '3+x' is not a list of up to 1,000 whole numbers, "
                                   "as in 4598+1976.")),
    (b"name,accuracy\nb\xe9,50\n", "t.csv line 2 is not text in UTF-8; save the table as CSV in UTF-8."),
    (b"accuracy\n50,60\n", "t.csv line 2 has 2 cells, and the header has 1."),
    (b"accuracy,acc\n50,60\n", "t.csv has more than one column 'accuracy'."),
    (b"accuracy\n" + b"9" * 200_000, "t.csv line 2 cannot be parsed: field larger than field limit (131072)."),
    (b"accuracy\n" + b"50\n" * 2001, "t.csv has 2,001 rows; a table of results may have 2,000."),
    (b"x" * 1_000_001, "t.csv is too large: a table of results may have 1 MB."),
]  # fmt: skip


@pytest.mark.parametrize(("content", "message"), BAD)
def test_a_file_that_cannot_be_read_is_one_sentence(bench, content, message):
    if content is not None:
        Path("t.csv").write_bytes(content)
    bench("forensics", "t.csv").usage_error(message)


def test_folders_and_odd_names_are_refused(bench):
    bench("forensics", ".").usage_error(". is not a regular file.")
    bench("forensics", "a\x1bb.csv").usage_error("a?b.csv cannot be read: No such file or directory.")


CELLS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.lists(st.one_of(CELLS, st.sampled_from(["1", "50", "0", "-5", "1e9", "99.9", "4+4"])),
                         min_size=4, max_size=4), min_size=1, max_size=4),
       st.lists(st.sampled_from([*METRICS, *table.WHOLE, *table.LISTS, *table.WORDS, "low", "sd", "half_width"]),
                min_size=4, max_size=4, unique=True))  # fmt: skip
def test_no_table_ends_in_anything_but_a_report_or_a_sentence(tmp_path_factory, cells, header):
    path = tmp_path_factory.getbasetemp() / "forensics-any.csv"
    text = io.StringIO()
    csv.writer(text).writerows([header, *cells])
    path.write_text(text.getvalue(), encoding="utf-8")
    try:
        found = report(table.read(path).rows)
    except UsageError:
        return
    assert json.dumps([each.text for each in found.statements])
