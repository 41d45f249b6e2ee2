"""Res-SIN: which rows stand for its tables, the table checker, and what the printed numbers say about themselves."""

import functools
import itertools
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.api import Fold
from bench.api.papers import Finding, PrintedRow
from bench.cli.reproduce.comparison import name_of, show_findings
from bench.cli.reproduce.lines import apart, contrast_lines, metric_lines, printed
from bench.forensics.prevalence import TOLERANCE, Scores, always
from bench.leaderboard.contrast import contrasts
from bench.leaderboard.reproduction import Reproduced, candidates, cell_of, difference, protocols
from bench.planning.planner import test_windows_digest as digest_of_windows
from bench.registry import Registry
from bench.scoring.metrics import from_confusion
from bench_papers import ressin_findings
from bench_papers.printed import lines
from bench_papers.ressin import Table1, Table2

KNOWN = Registry()
STRICT = ("stimulus-independent", "subject-independent", "subject-stimulus-independent")
INPUTS = ("origin, with music", "tonic, with music", "phasic, with music", "mix, with music",
          "Res-SI subnet + EDA", "SVM + Music", "Res-SIN + multi-feature")  # fmt: skip
CONTROLS = ("music alone, same head", "EDA of other listens, with music")

# --------------------------------------------------------------------------------------------- rows


def test_rows_are_those_of_the_paper_and_two_controls():
    for target in ("valence", "arousal"):
        labels = dict.fromkeys(row.label for row in Table2().rows() if row.target == target)
        assert tuple(labels) == (*INPUTS, *CONTROLS)
    found = {(row.label, row.target): row.printed for row in Table1().rows()}
    assert len(found) == 12
    assert found["SVR, phasic", "valence-rating"] == {"rmse": 0.14, "r": 0.088}


@functools.cache
def cells(table):
    return {
        (row.label, row.target, protocol): cell_of(row, table(), {}, KNOWN, protocol)[0]
        for row in candidates(table()) for protocol in protocols(table())
    }  # fmt: skip


@pytest.mark.parametrize(("table", "first", "alike"), [
    (Table1, "kfold", []), (Table2, "kfold(stratified=true)", [("mix, with music", "Res-SIN + multi-feature")]),
])  # fmt: skip
def test_each_row_is_a_cell_of_its_own_under_random_folds_and_three_strict_twins(table, first, alike):
    assert protocols(table()) == (first, *STRICT)
    found = cells(table)
    for (_, target, protocol), cell in found.items():
        assert (cell.target, cell.protocol.name) == (target, protocol.partition("(")[0])
    same = {(one[0], other[0]) for one, other in itertools.combinations(found, 2) if found[one] == found[other]}
    assert sorted(same) == alike


def test_inputs_are_components_modalities_and_models():
    found = {key[:2]: cell for key, cell in cells(Table2).items() if key[2].startswith("kfold")}

    def told(label):
        cell = found[label, "arousal"]
        [kept] = [step.options["keep"] for step in cell.steps if step.name == "cvxeda"]
        return cell.model.name, cell.fusion.name, cell.modalities, list(kept)

    both, every = ("eda", "music"), ["original", "phasic", "tonic"]
    assert told("origin, with music") == ("ressin", "feature", both, ["original"])
    assert told("tonic, with music") == ("ressin", "feature", both, ["tonic"])
    assert told("phasic, with music") == ("ressin", "feature", both, ["phasic"])
    assert told("mix, with music") == ("ressin", "feature", both, every)
    assert told("Res-SI subnet + EDA") == ("ressin", "none", ("eda",), every)
    assert told("SVM + Music") == ("svm", "none", ("music",), every)
    assert told("music alone, same head") == ("ressin", "none", ("music",), every)
    fused, shuffled = (found[label, "arousal"] for label in ("mix, with music", "EDA of other listens, with music"))
    assert {**shuffled.dataset.options, "shuffled": False} == fused.dataset.options
    assert {cell.required_modalities for cell in found.values()} == {both}  # all rows are of the same recordings


def test_the_paper_labels_from_all_ratings_which_the_rows_say():
    assert {cell.dataset.options["threshold_from"] for cell in cells(Table2).values()} == {"everything"}


def test_regressions_are_of_each_component_alone():
    found = {key[0]: cell for key, cell in cells(Table1).items()}
    kept = {label: next(step.options["keep"] for step in cell.steps if step.name == "cvxeda")
            for label, cell in found.items()}  # fmt: skip
    assert {label: list(each) for label, each in kept.items() if label.startswith("MLR")} == {
        "MLR, Zhang et al. [13]": ["original"], "MLR, tonic": ["tonic"], "MLR, phasic": ["phasic"],
    }  # fmt: skip
    assert {(label[:3], cell.model.name) for label, cell in found.items()} == {("MLR", "linear"), ("SVR", "svr")}


def test_res_sin_is_tested_against_each_component_each_input_alone_and_the_controls():
    found = [(one.label, other.label, one.target) for one, other in Table2().contrasts()]
    others = [label for label in (*INPUTS, *CONTROLS) if label not in ("mix, with music", INPUTS[-1])]
    assert found == [(INPUTS[-1], other, target) for target in ("valence", "arousal") for other in others]
    assert not any(other.reading for _, other in Table2().contrasts())


# ---------------------------------------------------------------------------------- the table checker

COUNTS = st.integers(1, 5000)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_accuracy_precision_and_recall_give_prevalence_and_f1(a, b, c, d):
    found = from_confusion(np.array([[a, b], [c, d]]))
    row = Scores(*(float(found[name]) for name in ("accuracy", "precision", "recall")))
    share = (c + d) / (a + b + c + d)
    assert row.prevalence == pytest.approx(share)
    assert row.accuracy_at(share) == pytest.approx(row.accuracy)
    assert row.fits(share + TOLERANCE / 2)
    assert not row.fits(share + 2 * TOLERANCE)
    assert row.f1 == row.exchanged.f1 == pytest.approx(float(found["f1"]))
    assert row.exchanged.exchanged == row


@given(COUNTS, COUNTS)
def test_always_saying_the_class_is_a_confusion_matrix_with_one_column(low, high):
    found, row = from_confusion(np.array([[0, low], [0, high]])), always(high / (low + high))
    assert (row.accuracy, row.precision, row.recall, row.f1) == pytest.approx(
        tuple(float(found[name]) for name in ("accuracy", "precision", "recall", "f1"))
    )


# ------------------------------------------------------------------ what numbers say about themselves

IMPLIED = [
    ("valence", "origin", 57.67), ("valence", "tonic", 57.68), ("valence", "phasic", 57.70), ("valence", "mix", 54.84),
    ("arousal", "origin", 58.80), ("arousal", "tonic", 58.78), ("arousal", "phasic", 58.78), ("arousal", "mix", 58.78),
]  # fmt: skip


def finding(table, name):
    return next(each for each in table().findings() if each.title == name)


def test_exchanged_headers_imply_the_share_of_high_labels_in_all_rows_but_one():
    found = finding(Table2, "Precision and recall are exchanged").lines
    assert [(line["target"], line["input"], line["exchanged"]) for line in found] == IMPLIED
    assert {line["target"]: line["labels"] for line in found} == {"valence": 57.69, "arousal": 58.78}
    assert (min(line["as headed"] for line in found), max(line["as headed"] for line in found)) == (57.66, 76.33)
    assert [line["verdict"] for line in found] == [
        "exchanged", "exchanged", "as headed and exchanged", "neither", *["exchanged"] * 4,
    ]  # fmt: skip


FINDINGS = [
    (Table2, "Precision and recall are exchanged", "1 of 8 are within 0.5 point of the labels (57.69 % in valence"),
    (Table2, "Precision and recall are exchanged", "under each other's header, 7 of 8 are."),
    (Table2, "A row that does not fit", ("1 of 8 rows does not fit the labels with the headers exchanged. Valence "
                                         "mix, the headline of valence, implies 54.84 % where the labels have")),
    (Table2, "A row that does not fit", "accuracy would have to be 72.05 %, not 73.43 %."),
    (Table2, "F1 is that of precision and recall", "the printed F1 in all 8 rows of the components to 0.01 points."),
    (Table2, "What always predicting 'high' achieves", ("(valence: accuracy 57.69, F1 73.17 %; arousal: accuracy "
                                                        "58.78, F1 74.04 %)")),
    (Table2, "Rows below the trivial answer", ("In accuracy: Res-SI subnet + EDA, valence (55.92); Res-SI subnet + "
                                               "EDA, arousal (57.24). In F1: phasic, valence (72.61);")),
    (Table2, "What the music brings alone", "81 % in valence (12.74 of 15.74 points) and 85 % in arousal (12.71 of"),
    (Table2, "Rows that are printed twice", "2 of 2 have the same accuracy and F1 both times."),
    (Table1, "How much the correlations explain", "0.0880 (SVR, valence, phasic): at best, predictions explain 0.77 %"),
    (Table1, "Errors that fall without correlation", "by more than that in 4 of 4 cases"),
    (Table1, "Tonic or phasic", "In 3 of 4 cases"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "name", "words"), FINDINGS)
def test_findings_name_their_rows(table, name, words):
    assert words in finding(table, name).text


def test_findings_follow_from_the_printed_numbers(monkeypatch):
    """With the accuracy that the other numbers imply, no row is left that does not fit."""
    changed = [{**line, "accuracy": "72.05"} if line["accuracy"] == "73.43" else line
               for line in lines("ressin_table2a")]  # fmt: skip
    tables = {"ressin_table2a": changed, "ressin_table2b": lines("ressin_table2b")}
    monkeypatch.setattr(ressin_findings, "lines", tables.__getitem__)
    assert ressin_findings.misfits().text == "0 of 8 rows do not fit the labels with the headers exchanged."
    assert "8 of 8 are." in ressin_findings.prevalences().text
    assert "1 of 2 have the same accuracy" in ressin_findings.twice().text


def test_rows_are_told_how_far_they_are_from_the_trivial_answer():
    found = {(line["target"], line["row"]): (line["- majority"], line["- always high"])
             for line in finding(Table2, "What always predicting 'high' achieves").lines}  # fmt: skip
    assert found["valence", "origin"] == ("+8.50", "+1.42")
    assert found["valence", "phasic"] == ("+10.72", "-0.56")
    assert found["arousal", "Res-SI subnet + EDA"] == ("-1.54", "-13.92")


@pytest.mark.parametrize(("number", "table"), [(1, Table1), (2, Table2)])
def test_the_paper_is_checked_without_data(bench, number, table):
    said = bench("reproduce", f"ressin/table{number}", "--check-paper").ok()
    assert all(each.title in said.out for each in table().findings())
    assert not list(bench.folder.iterdir())


def test_findings_are_told_after_a_comparison_too(capsys):
    show_findings([Finding("One", "A sentence.", [{"a": 1}]), Finding("Two", "Another.")])
    show_findings([])
    assert capsys.readouterr().out == (
        "\nConsistency of the printed numbers (--check-paper shows the evidence)\n- One: A sentence.\n- Two: Another.\n"
    )


# ----------------------------------------------------------------------------------- ours beside theirs

HEADED = PrintedRow("mix", {"precision": 80.0, "recall": 70.0}, "ressin", "feature", ("eda", "music"), "as headed")
EXCHANGED = PrintedRow("mix", {"precision": 70.0, "recall": 80.0}, "ressin", "feature", ("eda", "music"), "exchanged")
PLAIN = PrintedRow("mix", {"accuracy": 75.0}, "ressin", "feature", ("eda", "music"))
CONTROL = PrintedRow("music alone", {}, "ressin", "none", ("music",), note="ours")


def test_readings_are_columns_of_the_metrics_that_they_are_about(summary_of):
    ours = summary_of([0.74, 0.76, 0.75], "accuracy", "precision", "recall")
    rows = [Reproduced(row, "kfold", "", ours, "") for row in (PLAIN, HEADED, EXCHANGED, CONTROL)]
    accuracy, control = metric_lines(rows, "accuracy")
    assert accuracy == {"Row": "mix", "Paper": "75.00", "Ours": "75.0 ± 5.0", "Ours - paper": "+0.0 inside"}
    assert control == {"Row": "music alone", "Paper": "–", "Ours": "75.0 ± 5.0", "Ours - paper": "–"}
    precision, control = metric_lines(rows, "precision")
    assert list(precision.values()) == ["mix", "80.00", "70.00", "75.0 ± 5.0", "-5.0 inside", "+5.0 inside"]
    assert list(precision)[1:3] == ["Paper, as headed", "Paper, exchanged"]
    assert list(control.values()) == ["music alone", "–", "–", "75.0 ± 5.0", "–", "–"]


def test_regressions_are_compared_as_they_are_and_not_in_per_cent(summary_of):
    row = PrintedRow("MLR", {"rmse": 0.176}, "linear", "none", ("eda",), target="arousal-rating")
    found = Reproduced(row, "kfold", "", summary_of([0.74, 0.76, 0.75], "rmse"), "")
    assert metric_lines([found], "rmse") == [
        {"Row": "MLR", "Target": "arousal-rating", "Paper": "0.1760", "Ours": "0.7500 ± 0.0500",
         "Ours - paper": "+0.5740 outside"}
    ]  # fmt: skip
    other = difference(17.6, summary_of([0.18, 0.2, 0.19], "accuracy"), "accuracy")
    assert (printed(other), apart(other)) == ("17.60", "+1.4 outside")


PROBABILITIES = ("p", "p (corrected)", "p (Holm)")


class Compared:
    """A table with one contrast."""

    setting = {"protocol": ["kfold"]}  # noqa: RUF012

    def contrasts(self):
        return [(PLAIN, CONTROL)]


def test_a_control_that_the_paper_does_not_have_is_tested_as_well(summary_of):
    first, second = (np.array(folds) for folds in ([0.74, 0.77, 0.75], [0.70, 0.72, 0.73]))
    rows = [Reproduced(row, "kfold", "", summary_of(folds, "accuracy"), "")
            for row, folds in ((PLAIN, first), (CONTROL, second))]  # fmt: skip
    [found] = contrasts(Compared(), rows)
    assert found.printed is None
    assert found.plain.interval.mean == pytest.approx(np.mean(first - second))
    [line] = contrast_lines([found], rows)
    assert (line["First"], line["Second"], line["Paper"]) == ("mix", "music alone", "–")
    assert not any(line[name] == "–" for name in PROBABILITIES)


def test_of_two_folds_a_difference_is_told_and_no_probability(summary_of):
    rows = [Reproduced(row, "kfold", "", summary_of([high, 0.72], "accuracy"), "")
            for row, high in ((PLAIN, 0.76), (CONTROL, 0.70))]  # fmt: skip
    [found] = contrasts(Compared(), rows)
    [line] = contrast_lines([found], rows)
    assert line["Ours"] == "+3.0"
    assert {line[name] for name in PROBABILITIES} == {"–"}


HELD_OUT = [("a", "a", 1), ("a", "b", 0), ("", "", 0)]  # "": results of before this was noted


@pytest.mark.parametrize(("one", "other", "count"), HELD_OUT)
def test_rows_whose_signals_are_prepared_differently_are_tested_where_their_folds_test_the_same(
    summary_of, one, other, count
):
    folds = summary_of([0.7, 0.8], "accuracy")
    rows = [Reproduced(row, "kfold", "", replace(folds, test_windows=held, comparison=row.label), "")
            for row, held in ((PLAIN, one), (CONTROL, other))]  # fmt: skip
    assert len(contrasts(Compared(), rows)) == count


def test_what_folds_hold_out_is_told_by_people_trials_and_labels_alone():
    table = pd.DataFrame({"subject": list("aabb"), "session": "1", "trial": list("wxyz"), "label": [0, 1, 0, 1],
                          "start": 0.0})  # fmt: skip
    halves = [Fold("one", np.array([2, 3]), np.array([]), np.array([0, 1])),
              Fold("two", np.array([0, 1]), np.array([]), np.array([2, 3]))]  # fmt: skip
    mixed = [Fold("one", np.array([1, 3]), np.array([]), np.array([0, 2])),
             Fold("two", np.array([0, 2]), np.array([]), np.array([1, 3]))]  # fmt: skip
    told = digest_of_windows(table, halves)
    assert told == digest_of_windows(table.assign(start=7.0), halves)
    assert len({told, digest_of_windows(table, mixed), digest_of_windows(table.assign(label=[1, 1, 0, 1]), halves),
                digest_of_windows(table, halves[:1])}) == 4  # fmt: skip


def test_of_several_readings_the_first_is_tested(summary_of):
    rows = [Reproduced(row, "kfold", "", summary_of([0.7, 0.8], "accuracy"), "") for row in (PLAIN, EXCHANGED, CONTROL)]
    [found] = contrasts(Compared(), rows)
    assert found.first.row == PLAIN


def test_a_note_is_told_once_for_all_protocols_and_a_problem_for_each():
    rows = [Reproduced(CONTROL, name, "", None, problem) for name, problem in (("kfold", ""), ("loso", "2 failed"))]
    assert [name_of(each, rows) for each in rows] == ["music alone", "music alone, loso"]


def test_what_a_row_has_of_its_own_is_in_its_grid():
    row = PrintedRow("tonic", {}, "ressin", "feature", own={"preprocess": "zscore", "baselines": False})
    assert row.keys == {"model": ["ressin"], "preprocess": "zscore", "baselines": False}
    grids = Table2().grids()
    assert sum(grid.get("baselines", True) for grid in grids) == 4  # of each target: one of ressin, one of svm
    assert all(re.fullmatch(r"ressin(\(keep=\w+\))?", grid["preprocess"]) for grid in grids)
