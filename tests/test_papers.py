"""Tables of papers: what was printed, what the numbers say about themselves, and how ours are set beside them."""

import functools
import itertools
import json
import re

import click
import numpy as np
import pytest
from click.shell_completion import ShellComplete
from hypothesis import given
from hypothesis import strategies as st

from bench.api.papers import PrintedRow
from bench.checks.suites import printed_rows_are_run
from bench.cli import main
from bench.cli.reproduce.names import tables_of
from bench.errors import PluginError
from bench.forensics import shares
from bench.forensics.interval import Interval
from bench.leaderboard.reproduction import Difference, candidates, cell_of, difference, grids
from bench.planning.grid import Grid
from bench.registry import Registry
from bench.running import opened_cell
from bench.scoring.metrics import from_confusion
from bench_attx.attx import AttX
from bench_papers.attx import Table1, Table2, Table3
from bench_wesad.dataset import Wesad

KNOWN = Registry()
TABLES = {"attx-table1": Table1, "attx-table2": Table2, "attx-table3": Table3}
SMOKE = {"profile": "smoke", "seed": (0,)}


def printed(table):
    return {(row.label, row.reading): tuple(row.printed.values()) for row in table().rows()}


# ------------------------------------------------------------------------------------ what was printed

HAND_PICKED = [
    (Table1, "feature fusion", "", (81.49, 78.60, 82.41)),
    (Table1, "ECG to EDA, stage 1", "by type", (84.37, 82.64, 84.52)),
    (Table1, "ECG to EDA, stage 1", "by arrow", (87.85, 85.90, 88.05)),
    (Table1, "EDA to ECG, stages 1+2", "by type", (88.67, 87.12, 88.96)),
    (Table1, "EDA to ECG, stages 1+2", "by arrow", (84.42, 81.35, 85.37)),
    (Table1, "both ways, stages 1+2", "", (92.08, 91.11, 92.08)),
    (Table1, "both ways, stages 1+2+3", "", (90.00, 88.66, 89.91)),
    (Table2, "Bota et al. [13] (feature)", "", (85.80,)),
    (Table2, "Bota et al. [13] (decision)", "", (87.60, 19.40)),
    (Table2, "AttX (Type III stages 1+2)", "", (92.08, 91.11)),
    (Table3, "Unimodal, EDA", "", (78.65, 70.47)),
    (Table3, "Unimodal, ECG", "", (78.51, 76.96)),
    (Table3, "AttX without attention, EDA+ECG", "", (87.09, 83.10)),
]


@pytest.mark.parametrize(("table", "label", "reading", "values"), HAND_PICKED)
def test_numbers_are_those_of_the_paper(table, label, reading, values):
    assert printed(table)[label, reading] == values


def test_tables_have_as_many_rows_as_printed():
    ours = [{row.label for row in table().rows()} for table in TABLES.values()]
    assert [len(labels) for labels in ours] == [22, 5, 5]


def test_every_one_way_row_has_both_candidates_which_are_swapped_between_directions():
    rows = printed(Table1)
    stages = ["stage 1", "stage 2", "stage 3", "stages 1+2", "stages 1+3", "stages 2+3", "stages 1+2+3"]
    for each in stages:
        assert rows[f"ECG to EDA, {each}", "by type"] == rows[f"EDA to ECG, {each}", "by arrow"]
        assert rows[f"ECG to EDA, {each}", "by arrow"] == rows[f"EDA to ECG, {each}", "by type"]
        assert (f"both ways, {each}", "") in rows
    assert len(rows) == 1 + 4 * len(stages) + len(stages)


# -------------------------------------------------------------------------------- which cells they are


@functools.cache
def cells(name):
    table = KNOWN.get("suite", name).load()(dataset="synthetic")
    found = {row.label: cell_of(row, table, SMOKE, KNOWN) for row in candidates(table)}
    assert {reason for _, reason in found.values()} == {""}
    return table, {label: cell for label, (cell, _) in found.items()}


@pytest.mark.parametrize(("name", "count"), [("attx-table1", 22), ("attx-table2", 1), ("attx-table3", 5)])
def test_every_row_of_ours_is_a_cell_of_its_own_that_the_grids_have(name, count):
    from bench.planning.expansion import Expander

    table, found = cells(name)
    run = [found.cell for grid in grids(table, SMOKE) for found in Expander(grid, KNOWN).expand().requested]
    assert len(found) == len(run) == count
    assert all(cell in run for cell in found.values())
    assert not any(one == other for one, other in itertools.combinations(found.values(), 2))


NOT_RUN = [
    (PrintedRow("new", {}, "logistic", "late", ("ecg", "eda")), "no grid contains it"),
    (PrintedRow("new", {}, "logistic", "none", ("eeg",)), "no such row"),
    (PrintedRow("new", {}, "majority", "late", ("ecg", "eda")),
     "refused: majority learns from no modality, so there is nothing to fuse; use --fusion none"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "reason"), NOT_RUN)
def test_a_printed_row_that_the_grids_do_not_run_is_found_by_the_check(row, reason):
    class Forgetful(Table3):
        def rows(self):
            return [row]

        def grids(self):
            return [{**self.setting, "model": ["logistic"], "fusion": ["early"]}]

    with pytest.raises(PluginError) as error:
        printed_rows_are_run(Forgetful("synthetic"), KNOWN)
    assert str(error.value) == f"The row 'new' is not run: {reason}."


def test_labels_say_the_direction_and_the_stages_of_the_cell():
    _, found = cells("attx-table1")
    options = {label: cell.fusion.options for label, cell in found.items() if cell.fusion.name == "attentive"}
    directions = {"ECG to EDA": "ecg_to_eda", "EDA to ECG": "eda_to_ecg", "both ways": "both"}
    for label, chosen in options.items():
        shown, _, stages = label.partition(", ")
        assert chosen["direction"] == directions[shown]
        assert chosen["stages"] == [int(number) for number in stages.split()[1].split("+")]
    assert len(options) == 21


def test_table_3_is_made_of_single_modalities_and_three_fusions_at_the_best_stages():
    _, found = cells("attx-table3")
    assert [(cell.fusion.name, cell.modalities) for cell in found.values()] == [
        ("none", ("eda",)), ("none", ("ecg",)), ("feature", ("ecg", "eda")), ("middle", ("ecg", "eda")),
        ("attentive", ("ecg", "eda")),
    ]  # fmt: skip
    for name in ("AttX without attention, EDA+ECG", "AttX, EDA+ECG"):
        assert found[name].fusion.options["stages"] == [1, 2]
        assert found[name].fusion.options["direction"] == "both"


def test_the_setting_is_that_of_the_paper_on_wesad():
    for table in TABLES.values():
        for grid in (Grid.from_mapping(each, "a table") for each in table().grids()):
            assert (grid.dataset, grid.target, grid.modalities) == (("wesad",), ("stress",), ("ecg", "eda"))
            assert (grid.protocol, grid.model) == (("loso",), ("attx",))
            assert (
                AttX().default_preprocessing(Wesad(), grid.modalities) == "attx(rate=256)"
            )  # where nobody names a chain


# --------------------------------------------------------------- what numbers say about themselves

COUNTS = st.integers(1, 5000)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_three_scores_of_a_confusion_matrix_give_the_share_of_its_classes(a, b, c, d):
    scores = from_confusion(np.array([[a, b], [c, d]]))
    found = [float(scores[name]) for name in ("accuracy", "macro_f1", "weighted_f1")]
    if found[0] - found[1] < 1e-6:  # both classes have the same F1: their shares are not in the scores
        return
    share = shares.share(*found)
    higher = max((2 * a / (2 * a + b + c), (a + b)), (2 * d / (2 * d + b + c), (c + d)))[1]
    total = a + b + c + d
    assert share.implied == pytest.approx(higher / total, abs=1e-5)
    assert share.lowest - 1e-9 <= higher / total <= share.highest + 1e-9


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_rounded_scores_of_a_confusion_matrix_are_possible(a, b, c, d):
    scores = from_confusion(np.array([[a, b], [c, d]]))
    found = [Interval.around(round(float(scores[name]), 4), 5e-5) for name in ("accuracy", "macro_f1", "weighted_f1")]
    share = (a + b) / (a + b + c + d)
    possible = shares.share_range(*found)
    assert possible
    assert possible.meets(share) or possible.meets(1 - share)


@given(st.integers(0, 500), COUNTS, COUNTS, st.integers(0, 500))
def test_no_macro_f1_of_two_classes_is_lower_than_the_least(a, b, c, d):
    scores = from_confusion(np.array([[a, b], [c, d]]))
    assert scores["macro_f1"] >= shares.least_macro_f1(scores["accuracy"]) - 1e-12


def test_the_least_macro_f1_is_reached_where_one_class_is_never_right():
    scores = from_confusion(np.array([[876, 62], [62, 0]]))
    assert scores["macro_f1"] == pytest.approx(shares.least_macro_f1(0.876))


def test_the_majority_scores_are_those_of_a_confusion_matrix_with_one_column():
    scores = from_confusion(np.array([[4598, 0], [1976, 0]]))
    for name, value in shares.majority(4598 / 6574).items():
        assert scores[name] == pytest.approx(value)


def finding(table, title):
    return next(each for each in table().findings() if each.title == title)


def test_table_1_implies_shares_from_60_to_80_per_cent_and_four_impossible_rows():
    found = finding(Table1, "Shares of windows without stress (%)")
    implied = [line["implied"] for line in found.lines]
    assert len(implied) == 22
    assert (min(implied), max(implied)) == (pytest.approx(60.5, abs=0.05), pytest.approx(80.5, abs=0.05))
    impossible = [line["row"] for line in found.lines if line["verdict"] == "impossible"]
    assert impossible == ["I/1+3", "I/2+3", "II/1+3", "II/1+2+3"]
    assert "69.9 % are expected" in found.text


FINDINGS = [
    (Table1, "Weighted-F1 equal to accuracy", "in 2 rows, III/3 (88.12) and III/1+2 (92.08), the latter being"),
    (Table1, "An exception to 'Type III is best'", "In accuracy: II/2+3 90.45 > III/2+3 89.06."),
    (Table1, "Rows below feature fusion", "(81.49) in 2 of 21 rows: I/2 79.67, II/2 81.35."),
    (Table1, "A contradiction in directions", "Introduction, Fig. 1 and section II-B call ECG -> EDA Type I"),
    (Table1, "What always predicting 'no stress' achieves", "accuracy 69.94, macro-F1 41.2, weighted-F1 57.6 %."),
    (Table2, "An impossible macro-F1", ("a macro-F1 of 19.40 at an accuracy of 87.60. With two classes, macro-F1 is "
                                        "at least accuracy / (1 + accuracy) = 46.7,")),
    (Table2, "Not the highest row", "(93.12 against 92.08)"),
    (Table3, "Single modalities", "(78.65 against 78.51)"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "title", "words"), FINDINGS)
def test_findings_name_their_rows(table, title, words):
    assert words in finding(table, title).text


def test_the_paper_is_checked_without_data_and_nothing_is_written(bench):
    said = bench("reproduce", "attx/table1", "--check-paper").ok()
    for each in Table1().findings():
        assert each.title in said.out
    assert (
        "I/1+3           84.13       81.13       85.47          78.84      62.00     77.87      impossible" in said.out
    )
    assert "| I/1+3 " in bench("reproduce", "attx-table1", "--check-paper", "--format", "md").ok().out
    found = bench("reproduce", "attx-table1", "--check-paper", "--json").ok().json
    assert [each["title"] for each in found] == [each.title for each in Table1().findings()]
    assert found[1]["lines"][0]["implied"] == 74.22
    assert not list(bench.folder.iterdir())


# -------------------------------------------------------------------------------------------- mistakes

MISTAKES = [
    (("attx/tabel1",), 2, ("There is no table 'attx-tabel1'; did you mean 'attx-table1'? Known: attx-table1, "
                           "attx-table2, attx-table3, ressin-table1, ressin-table2, transformer-table1, "
                           "transformer-table2, transformer-table3, transformer-table4. 'bench list suite' shows "
                           "them.")),
    (("traps",), 2, "The suite 'traps' has no printed numbers; 'bench run --suite traps' runs it."),
    (("attx/table1", "-o", "corpora=wesad"), 2, "Table 'attx-table1' has no option 'corpora'. Known: dataset."),
    (("attx/table1", "--seed", "a"), 2, "--seed takes whole numbers below 2^64, as in 0,1,2, not 'a'."),
    (("attx/table1", "--device", "gpu"), 2, "--device takes auto, cpu, cuda or cuda:N, not 'gpu'."),
    (("attx/table1", "--executor", "loca"), 2, ("There is no executor 'loca'; did you mean 'local'? "
                                                f"Known: {', '.join(KNOWN.names('executor'))}.")),
    (("attx/table1", "--dataset", "wesda"), 2, ("There is no dataset 'wesda'; did you mean 'wesad'? "
                                                f"Known: {', '.join(KNOWN.names('dataset'))}.")),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "code", "message"), MISTAKES)
def test_a_mistake_is_one_sentence(bench, typed, code, message):
    bench("reproduce", *typed).ends(code, f"Error: {message}")


def test_data_that_are_not_here_are_said_to_be_missing_and_how_to_get_them(bench):
    said = bench("reproduce", "attx/table1", "--data", bench.folder / "none")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("Error: The data set 'wesad' is not on this machine: ")
    assert "To try it without data: 'bench data simulate wesad'" in said.err


@pytest.mark.parametrize(("typed", "names"), [
    ("attx", list(TABLES)),
    ("attx-table2", ["attx-table2"]),
    ("attx/", ["attx/table1", "attx/table2", "attx/table3"]),
    ("traps", []),
])  # fmt: skip
def test_the_shell_completes_tables(typed, names):
    found = ShellComplete(main, {}, "bench", "_BENCH_COMPLETE").get_completions(["reproduce"], typed)
    assert [each.value for each in found] == names


# ----------------------------------------------------------------------------------- ours beside theirs

DECLARATION = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_suites():
    return [
        Plugin("small-table", "small_paper.table:Small", "A small table."),
        Plugin("broken-table", "small_paper.table:Broken", "A table with a row that breaks."),
    ]

@hookimpl
def bench_models():
    return [Plugin("breaks", "small_paper.table:Breaks", "Cannot be fitted.")]
"""
TABLE = """
from dataclasses import dataclass
from typing import Annotated
from bench.api import Model
from bench.api.papers import PaperTable, PrintedRow
from bench.errors import TaskError

BOTH = ("eda", "ecg")

class Unfit:
    def fit(self, train, validation):
        raise TaskError("It broke.")

@dataclass(frozen=True)
class Breaks(Model):
    def estimator(self, seed, device):
        return Unfit()

@dataclass(frozen=True)
class Small(PaperTable):
    '''Two readings of a row, and rows without numbers of ours.'''
    dataset: Annotated[str, "data set"] = "synthetic"

    @property
    def setting(self):
        return {"dataset": [self.dataset], "modalities": ["ecg", "eda"], "protocol": ["loso"]}

    def rows(self):
        return [
            PrintedRow("one way", {"accuracy": 0.0, "macro_f1": 50.0}, "logistic", "early", BOTH, "by type"),
            PrintedRow("one way", {"accuracy": 100.0}, "logistic", "early", BOTH, "by arrow"),
            PrintedRow("alone", {"accuracy": 70.0}, "logistic", "none", ("eda",)),
            PrintedRow("quoted", {"accuracy": 60.0}, note="other sensors"),
            PrintedRow("not a staged model", {"accuracy": 61.0}, "logistic", "attentive", BOTH),
        ]

@dataclass(frozen=True)
class Broken(Small):
    def rows(self):
        return [PrintedRow("broken", {"accuracy": 80.0}, "breaks", "early", BOTH), *super().rows()[:2]]
"""


@pytest.fixture(scope="module")
def small(shared_bench):
    """`small("small-table")`: the package is as if it were installed; results are shared by the tests here."""
    places = ("--out", shared_bench.folder / "results", "--cache", shared_bench.cache, "--profile", "smoke")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(shared_bench.package("small-paper", DECLARATION, table=TABLE))
        opened_cell.registry.cache_clear()
        yield lambda *typed: shared_bench("reproduce", *typed, *places)
    opened_cell.registry.cache_clear()


def test_both_candidates_stand_beside_ours(small):
    said = small("small-table").ok()
    _, accuracy, rest = said.out.partition("\nAccuracy\n")
    assert accuracy
    lines = {line[:22].strip(): line for line in rest.partition("\n\n")[0].splitlines()}
    assert lines["Row"].split("  ")[0] == "Row"
    for title in ("Paper, by type", "Paper, by arrow", "Ours - by type", "Ours - by arrow"):
        assert title in lines["Row"]
    assert "0.00" in lines["one way"]
    assert "100.00" in lines["one way"]
    assert lines["alone"].split()[1:3] == ["70.00", "70.00"]  # one row of the paper under both readings
    assert "not comparable" in lines["quoted"]
    assert "refused" in lines["not a staged model"]
    assert any(label.startswith("best baseline") for label in lines)
    for words in (
        "synthetic(n_subjects=4, minutes=8) · stress · loso",
        "4 simulated subjects",
        "profile smoke (smaller networks than the paper",
        "These data are simulated",
        "quoted: not comparable; other sensors",
    ):
        assert words in said.out


def test_numbers_are_those_that_the_store_has_and_a_second_time_nothing_is_run(small):
    first = small("small-table", "--json").ok().json
    again = small("small-table", "--json").ok().json
    assert first["rows"] == again["rows"]
    by_type, by_arrow, alone, quoted, refused = first["rows"]
    assert by_type["cell"] == by_arrow["cell"] != alone["cell"]
    ours = by_type["compared"]["accuracy"]
    assert ours["difference"] == pytest.approx(ours["ours"])
    assert by_arrow["compared"]["accuracy"]["difference"] == pytest.approx(ours["ours"] - 100)
    assert ours["inside"] is (ours["low"] <= 0)
    assert (quoted["problem"], quoted["compared"]["accuracy"]["difference"]) == ("not comparable", None)
    assert refused["problem"].startswith("refused: attentive joins branches inside a network")
    assert first["setting"]["simulated"] is True
    assert "majority" in [baseline["model"] for baseline in first["baselines"]]
    assert {(baseline["target"], baseline["protocol"]) for baseline in first["baselines"]} == {("stress", "loso")}
    assert first["failed"] == []
    assert first["findings"] == []  # a small table has none; those of the papers' own are tested with them


def test_a_row_that_fails_is_named_and_ends_with_1(small):
    said = small("broken-table")
    assert said.code == 1
    assert "\nbroken: 4 of 4 tasks failed\n" in said.out
    assert "4 tasks failed; the same command tries them again." in said.err
    told = small("broken-table", "--json")
    assert told.code == 1
    assert len(json.loads(told.out)["failed"]) == 4


def test_several_tables_are_run_as_one_and_each_is_told_with_its_own_rows(small):
    both = small("broken-table", "small", "small/table", "--json")
    assert both.code == 1
    broken, whole = json.loads(both.out)
    alone = small("small-table", "--json").ok().json
    assert {**whole, "run": "", "failed": []} == {**alone, "run": ""}
    assert broken["rows"][0]["label"] == "broken" != whole["rows"][0]["label"]
    assert len(broken["failed"]) == len(whole["failed"]) == 4
    said = small("broken-table", "small-table")
    assert said.out.index("A table with a row that breaks.") < said.out.index("A small table.")
    assert said.out.count(" is stored in ") == 1


def test_in_short_all_tables_are_counted_in_a_few_lines(small):
    _, _, line, *_ = (
        small("small-table").ok().out.partition("\nSummary (simulated subjects, profile smoke)\n")[2].splitlines()
    )
    rows = small("small-table", "--json").ok().json["rows"]
    beside = [one for row in rows if row["cell"] for one in row["compared"].values()]
    inside = sum(one["inside"] is True for one in beside)
    above = sum(not one["inside"] and one["difference"] > 0 for one in beside)
    table, protocol, audit, *counts = re.split(r"\s{2,}", line)[:7]
    assert (table, protocol, audit) == ("small/table", "loso", "clean")
    assert [int(count) for count in counts] == [len(beside), inside, above, len(beside) - inside - above]
    assert not all(row["cell"] for row in rows)  # one is only quoted


def test_the_name_of_a_paper_stands_for_all_of_its_tables():
    assert [table.about for table in tables_of(["attx", "attx/table2"], {}, KNOWN)] == [
        KNOWN.get("suite", name).plugin.about for name in ("attx-table1", "attx-table2", "attx-table3")
    ]


def test_a_dry_run_trains_nothing(small):
    assert "Nothing was trained." in small("small-table", "--dry-run", "--seed", "7").ok().out


CASES = [
    (88.0, [0.9] * 15, Difference(88.0, 90.0, 85.0, 95.0), 2.0, True),
    (96.0, [0.9] * 15, Difference(96.0, 90.0, 85.0, 95.0), -6.0, False),
    (88.0, [0.9] * 2, Difference(88.0, 90.0, None, None), 2.0, None),
]


@pytest.mark.parametrize(("paper", "folds", "expected", "value", "inside"), CASES)
def test_a_printed_number_is_inside_or_outside_where_there_is_an_interval(
    summary_of, paper, folds, expected, value, inside
):
    found = difference(paper, summary_of(folds, "accuracy", low=0.85, high=0.95), "accuracy")
    assert (found, found.value, found.inside) == (expected, value, inside)


def test_without_a_result_there_is_no_difference():
    found = difference(88.0, None, "accuracy")
    assert (found.ours, found.value, found.inside) == (None, None, None)


def test_the_command_describes_itself():
    context = click.Context(main.get_command(click.Context(main), "reproduce"), info_name="bench reproduce")
    assert "attx-table1 (or attx/table1)" in " ".join(context.get_help().split())
