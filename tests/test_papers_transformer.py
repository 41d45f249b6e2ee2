"""Tables of pre-trained Transformers: printed numbers and their intervals, findings, protocols side by side, tests."""

import itertools
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench.api.papers import PrintedRow
from bench.cli.reproduce.lines import apart, naming, printed, title
from bench.cli.reproduce.names import table_of
from bench.forensics import folds as over
from bench.leaderboard.contrast import contrasts
from bench.leaderboard.reproduction import Reproduced, candidates, cell_of, difference, protocols
from bench.leaderboard.summary import over_folds
from bench.registry import Registry
from bench.running import opened_cell
from bench.scoring.intervals import t_interval
from bench.scoring.metrics import HEADLINE
from bench_papers import transformer_intervals
from bench_papers.transformer import Table1, Table2, Table3, Table4

KNOWN = Registry()
TABLES = (Table1, Table2, Table3, Table4)
AMIGOS = "amigos(threshold_from=everything)"
ROUNDING = (5e-3, 5e-5)  # the largest errors of values and half-widths
PROTOCOLS = ["kfold", "kfold-trial", "subject-independent"]

# ------------------------------------------------------------------------------------ what was printed

EEG_WITHOUT = [(76, 0.73), (75, 0.83), (70, 0.64), (70, 0.68)]
EEG = [(81, 1.07), (80, 0.94), (77, 0.93), (77, 0.91)]
ECG = [(88, 0.54), (87, 0.54), (83, 0.78), (83, 0.74)]
FUSED_WITHOUT = [(86, 0.49), (85, 0.51), (82, 0.65), (81, 0.68)]
FUSED = [(89, 0.50), (89, 0.50), (85, 0.38), (85, 0.39)]
PRINTED = [  # label, pre-trained -> accuracy and F1 of arousal, then of valence
    (Table1, {("EEG", False): EEG_WITHOUT, ("EEG", True): EEG}),
    (Table2, {("ECG [15]", True): ECG, ("EEG", True): EEG, ("Fused", True): FUSED}),
    (Table3, {("Fused", False): FUSED_WITHOUT, ("Fused", True): FUSED}),
]


@pytest.mark.parametrize(("table", "expected"), PRINTED)
def test_numbers_and_half_widths_are_those_of_the_paper(table, expected):
    found = {}
    for row in table().rows():  # arousal first
        pairs = zip(row.printed.values(), row.half_widths.values(), strict=True)
        found.setdefault((row.label, bool(row.pretrain)), []).extend(pairs)
        assert list(row.printed) == list(row.half_widths) == ["accuracy", "macro_f1"]
    assert found == expected


def test_table_4_has_f1_alone_and_quoted_rows_without_a_model():
    rows = [(row.label, row.target, row.printed, row.half_widths, row.model) for row in Table4().rows()]
    assert rows == [
        ("EEG [6]", "arousal", {"macro_f1": 57.7}, {}, ""),
        ("EEG (ours)", "arousal", {"macro_f1": 80.0}, {"macro_f1": 0.94}, "transformer"),
        ("Fused EEG+ECG+GSR [6]", "arousal", {"macro_f1": 56.4}, {}, ""),
        ("Fused EEG+ECG (ours)", "arousal", {"macro_f1": 89.0}, {"macro_f1": 0.5}, "transformer"),
        ("EEG [6]", "valence", {"macro_f1": 56.4}, {}, ""),
        ("EEG (ours)", "valence", {"macro_f1": 77.0}, {"macro_f1": 0.91}, "transformer"),
        ("Fused EEG+ECG+GSR [6]", "valence", {"macro_f1": 56.0}, {}, ""),
        ("Fused EEG+ECG (ours)", "valence", {"macro_f1": 85.0}, {"macro_f1": 0.39}, "transformer"),
    ]


# ------------------------------------------------------------------------------------ what is run

GRIDS = [  # fusion and pre-training of each grid, for either target
    (Table1, [(["none"], None), (["none"], [AMIGOS])]),
    (Table2, [(["none", "late-frozen"], [AMIGOS])]),
    (Table3, [(["late-frozen"], None), (["late-frozen"], [AMIGOS])]),
    (Table4, [(["none", "late-frozen"], [AMIGOS])]),
]


@pytest.mark.parametrize(("table", "grids"), GRIDS)
def test_one_table_has_a_grid_for_each_target_and_pre_training_under_all_protocols(table, grids):
    found = table().grids()
    expected = [(target, *each) for target in ("arousal", "valence") for each in grids]
    assert [(*grid["target"], grid["fusion"], grid.get("pretrain")) for grid in found] == expected
    for grid in found:
        assert (grid["dataset"], grid["modalities"]) == ([AMIGOS], ["ecg", "eeg"])
        assert "preprocess" not in grid  # the model brings its preset, at the rate of its profile
        assert (grid["protocol"], grid["model"]) == (PROTOCOLS, ["transformer"])


@pytest.mark.parametrize(("changed", "corpora"), [
    ({}, (AMIGOS,)),
    ({"dataset": "dreamer"}, ("dreamer",)),
    ({"corpora": "eegmmidb"}, ("eegmmidb",)),
    ({"corpora": "amigos,large-eeg-bci(cut=continuous)"}, (AMIGOS, "large-eeg-bci(cut=continuous)")),
    ({"corpora": "pspm(name=FR,subjects=all),eegmmidb"}, ("pspm(name=FR,subjects=all)", "eegmmidb")),
])  # fmt: skip
def test_corpora_are_the_data_set_itself_or_what_a_person_names(changed, corpora):
    table = table_of("transformer-table3", changed, KNOWN).suite
    assert {row.pretrain for row in table.rows()} == {(), corpora}


def test_every_target_and_pre_training_is_a_row_of_its_own():
    assert [len(candidates(table())) for table in TABLES] == [4, 6, 4, 4]
    assert protocols(Table1()) == tuple(PROTOCOLS)


EVERY = {"corpora": "amigos,dreamer,eegmmidb"}  # the last has no ECG


@pytest.mark.parametrize(("changed", "counts"), [({}, {"ecg": 1, "eeg": 1}), (EVERY, {"ecg": 2, "eeg": 3})])
@pytest.mark.parametrize("name", ["table1", "table2", "table3", "table4"])
def test_each_row_under_each_protocol_is_a_cell_of_its_own(name, changed, counts):
    table = table_of(f"transformer-{name}", changed, KNOWN).suite
    rows = [(row, protocol) for row in candidates(table) for protocol in protocols(table)]
    cells = [cell_of(row, table, {"profile": "paper"}, KNOWN, protocol)[0] for row, protocol in rows]
    for cell, (row, protocol) in zip(cells, rows, strict=True):
        assert (cell.target, set(cell.modalities), cell.protocol.name) == (row.target, set(row.modalities), protocol)
        count = max(counts[modality] for modality in cell.modalities) if row.pretrain else 0
        assert (cell.fusion.name, len(cell.corpora)) == (row.fusion, count)
        assert [corpus.own for corpus in cell.corpora] == [True, False, False][: len(cell.corpora)]
    assert not any(one == other for one, other in itertools.combinations(cells, 2))


CONTRASTS = [
    (Table1, [("EEG", "EEG")]),
    (Table2, [("Fused", "ECG [15]"), ("Fused", "EEG")]),
    (Table3, [("Fused", "Fused")]),
    (Table4, []),
]


@pytest.mark.parametrize(("table", "pairs"), CONTRASTS)
def test_rows_are_tested_against_each_other_as_in_the_paper(table, pairs):
    found = [(one.target, one.label, other.label) for one, other in table().contrasts()]
    assert found == [(target, *pair) for target in ("arousal", "valence") for pair in pairs]
    assert all(one.pretrain and one.target == other.target for one, other in table().contrasts())
    if len(pairs) == 1:
        assert not any(other.pretrain for _, other in table().contrasts())


# --------------------------------------------------------------- what numbers say about themselves


def finding(table, name):
    return next(each for each in table().findings() if each.title == name)


def test_printed_half_widths_imply_the_spread_of_random_segments():
    lines = [
        line
        for table in TABLES[:3]
        for line in finding(table, "Folds differ too little for whole people or trials").lines
    ]
    spread, chance, ratio = ([float(line[name]) for line in lines] for name in ("SD of folds", "binomial SD", "ratio"))
    assert (min(spread), max(spread)) == (0.0053, 0.0150)
    assert (min(chance), max(chance)) == (0.0065, 0.0095)
    assert (round(min(ratio), 2), round(max(ratio), 2)) == (0.72, 1.84)
    assert transformer_intervals.SEGMENTS == 2340


def test_one_claim_about_p_values_does_not_follow_from_what_is_printed():
    lines = [line for table in TABLES[:3] for line in finding(table, "Claims about P values").lines]
    assert len(lines) == 16
    [odd] = [line for line in lines if line["verdict"] not in ("follows", "consistent")]
    assert (odd["row"], odd["against"], odd["target"], odd["metric"], odd["claim"], odd["verdict"]) == (
        "Fused, pre-trained", "ECG [15], pre-trained", "arousal", "accuracy", "< 1e-03", "only by rounding",
    )  # fmt: skip
    assert (odd["p"], odd["highest"]) == ("0.0065", "1")
    assert 5e-6 < float(odd["lowest"]) < 1e-5


FINDINGS = [
    (Table1, "Claims about P values", "two-tailed P below 1e-05"),
    (Table1, "Claims about P values", "4 of 4 go with the claim."),
    (Table2, "Claims about P values", ("7 of 8 go with the claim. Fused, pre-trained against ECG [15], pre-trained, "
                                       "arousal accuracy gives p = 0.0065 (7e-06 to 1 by rounding), not p < 1e-03")),
    (
        Table2,
        "Folds differ too little for whole people or trials",
        "SD of 0.025 where folds differ most, and of 0 in 1 of 6",
    ),
    (Table3, "Claims about P values", "4 of 4 go with the claim."),
    (Table1, "Which row is best", "EEG, pre-trained is the highest of every column of Table 1, by 5 to 7 points."),
    (Table2, "Which row is best", "Fused, pre-trained is the highest of every column of Table 2, by 1 to 9 points."),
    (Table3, "Which row is best", "Fused, pre-trained is the highest of every column of Table 3, by 3 to 4 points."),
    (Table3, "Values are rounded as widely as their intervals", "half-widths of 0.0038 to 0.0068 have four"),
    (Table4, "Rows that are printed twice", "4 of 4 have the same numbers both times."),
    (Table4, "Comparisons across data handling", "None of the 4 differences can be put down to the model"),
    (Table4, "Fusion lowers the quoted baseline", "In 2 of 2 targets [6] is printed lower fused"),
    (Table2, "A misprint", "'EEC'"),
    (Table3, "A misprint", "'Table 2'"),
    (Table4, "A misprint", "'GRS'"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "name", "words"), FINDINGS)
def test_findings_name_their_rows(table, name, words):
    assert words in finding(table, name).text


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_paper_is_checked_without_data(bench, number):
    said = bench("reproduce", f"transformer/table{number}", "--check-paper").ok()
    assert all(each.title in said.out for each in TABLES[number - 1]().findings())
    assert not list(bench.folder.iterdir())


FOLDS = st.lists(st.floats(0, 1), min_size=10, max_size=10)


@given(FOLDS)
def test_a_half_width_of_ten_folds_gives_their_standard_deviation(folds):
    interval = t_interval(np.array(folds))
    half_width = (interval.high - interval.low) / 2
    assert half_width == pytest.approx(2.262157 * np.std(folds, ddof=1) / math.sqrt(10), rel=1e-6, abs=1e-12)
    assert over.deviation(half_width, 10) == pytest.approx(np.std(folds, ddof=1), abs=1e-12)


@given(st.floats(0.5, 0.9), st.floats(0.001, 0.02), st.floats(0.5, 0.9), st.floats(0.001, 0.02))
def test_the_unpaired_test_is_scipys_from_means_and_deviations(one, width, other, width_of_other):
    found = over.unpaired((one, width), (other, width_of_other), 10, ROUNDING)
    deviations = over.deviation(width, 10), over.deviation(width_of_other, 10)
    assert found.p == pytest.approx(stats.ttest_ind_from_stats(one, deviations[0], 10, other, deviations[1], 10).pvalue)
    assert found.lowest <= found.p <= found.highest


@given(st.integers(50, 90), st.integers(-8, 8), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_no_hidden_digit_leads_out_of_the_range(hundredths, apart, hidden, hidden_of_other):
    values = [hundredths / 100, (hundredths + apart) / 100]
    found = over.unpaired((values[0], 0.005), (values[1], 0.0054), 10, ROUNDING)
    exact = over.probability((values[0] + hidden / 100, 0.005), (values[1] + hidden_of_other / 100, 0.0054), 10)
    assert found.lowest * (1 - 1e-6) <= exact <= found.highest * (1 + 1e-6)


@pytest.mark.parametrize(("claim", "verdict"), [
    (0.5, "follows"), (0.02, "consistent"), (0.005, "only by rounding"), (0.0005, "contradicted"),
])  # fmt: skip
def test_a_claim_is_judged_by_what_rounding_hides(claim, verdict):
    assert over.Unpaired(p=0.01, lowest=0.001, highest=0.1).verdict(claim) == verdict


def test_ratios_are_usual_in_95_of_100_draws():
    drawn = np.random.default_rng(0).standard_normal((20_000, 10)).std(axis=1, ddof=1)
    low, high = over.usual_ratios(10)
    assert np.mean((drawn > low) & (drawn < high)) == pytest.approx(0.95, abs=0.005)


# ----------------------------------------------------------------------------------- ours beside theirs


@given(FOLDS)
def test_the_interval_of_ours_over_ten_folds_is_that_of_the_paper(folds):
    found = over_folds([SimpleNamespace(metrics={"accuracy": value}) for value in folds], "accuracy", 10)
    half_width = 2.262157 * np.std(folds, ddof=1) / math.sqrt(10)
    assert (found.high - found.low) / 2 == pytest.approx(half_width, abs=2e-6)


ROW = PrintedRow("EEG", {"accuracy": 81.0}, "transformer", "none", ("eeg",), target="arousal", pretrain=("amigos",),
                 half_widths={"accuracy": 1.07})  # fmt: skip
BARE = PrintedRow("EEG", {"accuracy": 76.0}, "transformer", "none", ("eeg",), target="arousal")
QUOTED = PrintedRow("EEG [6]", {"accuracy": 60.0}, target="arousal")


def test_rows_are_told_apart_by_target_pre_training_and_protocol():
    rows = [Reproduced(row, name, "", None, "") for row in (ROW, BARE, QUOTED) for name in ("kfold", "loso")]
    assert [list(naming(each, rows).values()) for each in rows[::2]] == [
        ["EEG", "arousal", "yes", "kfold"], ["EEG", "arousal", "no", "kfold"], ["EEG [6]", "arousal", "–", "–"],
    ]  # fmt: skip
    assert title(rows[1], rows) == "EEG, arousal, pre-trained, loso"
    assert title(rows[3], rows) == "EEG, arousal, not pre-trained, loso"
    assert naming(rows[4], [rows[4]]) == {"Row": "EEG [6]", "Target": "arousal"}
    assert not any(one.identity == other.identity for one, other in itertools.combinations(rows, 2))


def test_a_printed_half_width_stands_beside_its_number():
    found = Reproduced(ROW, "kfold", "", None, "").differences()["accuracy"]
    assert printed(found) == "81.00 ± 1.07"
    assert printed(difference(60.0, None, "accuracy")) == "60.00"
    assert apart(found) == "–"


class Compared:
    """A table with one contrast."""

    setting = {"protocol": ["kfold"]}  # noqa: RUF012

    def contrasts(self):
        return [(ROW, BARE)]


FIRST = np.array([0.82, 0.80, 0.83, 0.79, 0.81, 0.84, 0.80, 0.82, 0.81, 0.80])
SECOND = np.array([0.77, 0.76, 0.76, 0.74, 0.78, 0.77, 0.75, 0.77, 0.74, 0.76])


def compare(one, other):
    rows = [Reproduced(row, "kfold", "", found, "") for row, found in ((ROW, one), (BARE, other))]
    return contrasts(Compared(), rows)


def test_rows_that_the_paper_compares_are_tested_over_the_same_folds(summary_of):
    [found] = compare(summary_of(FIRST, *HEADLINE), summary_of(SECOND, *HEADLINE))
    assert found.printed == 5.0
    test = stats.ttest_rel(FIRST, SECOND)
    assert found.plain.p == pytest.approx(test.pvalue)
    interval = test.confidence_interval()
    assert (found.plain.interval.low, found.plain.interval.high) == pytest.approx((interval.low, interval.high))
    shrunk = test.statistic / math.sqrt(1 + 10 / 9)  # the variance is (1/10 + 1/9)·SD²
    assert found.corrected.p == pytest.approx(2 * stats.t.sf(shrunk, 9))
    assert found.adjusted == found.corrected.p


@pytest.mark.parametrize(("folds", "changed"), [(10, {"comparison": "other windows"}), (10, {"seeds": (1,)}), (1, {})])
def test_rows_with_other_windows_or_seeds_or_a_single_fold_are_not_tested(summary_of, folds, changed):
    first, second = (summary_of(values[:folds], *HEADLINE) for values in (FIRST, SECOND))
    assert compare(first, replace(second, **changed)) == []
    assert compare(first, None) == []


DECLARATION = """
from bench.api import Plugin, hookimpl

@hookimpl
def bench_suites():
    return [Plugin("twin-table", "twin_paper.table:Twins", "A table under two protocols.")]
"""
TABLE = """
from dataclasses import dataclass
from typing import Annotated
from bench.api.papers import PaperTable, PrintedRow

@dataclass(frozen=True)
class Twins(PaperTable):
    '''One modality and two.'''
    dataset: Annotated[str, "data set"] = "synthetic"

    @property
    def setting(self):
        return {"dataset": [self.dataset], "modalities": ["ecg", "eda"], "protocol": ["kfold(k=3)", "loso"]}

    def rows(self):
        def row(label, value, fusion, modalities):
            return PrintedRow(label, {"accuracy": value}, "logistic", fusion, modalities, target="stress",
                              half_widths={"accuracy": 0.5})
        quoted = PrintedRow("elsewhere", {"accuracy": 60.0}, target="stress", note="other sensors")
        return [row("ECG", 88.0, "none", ("ecg",)), row("both", 89.0, "early", ("ecg", "eda")), quoted]

    def contrasts(self):
        ecg, both, _ = self.rows()
        return [(both, ecg)]
"""


@pytest.fixture(scope="module")
def twins(shared_bench):
    places = ("--out", shared_bench.folder / "results", "--cache", shared_bench.cache, "--profile", "smoke")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(shared_bench.package("twin-paper", DECLARATION, table=TABLE))
        opened_cell.registry.cache_clear()
        yield lambda *typed: shared_bench("reproduce", "twin-table", *typed, *places).ok()
    opened_cell.registry.cache_clear()


def test_protocols_stand_side_by_side(twins):
    said = twins().out
    for words in ("stress · kfold(k=3) ·", "stress · loso ·", "elsewhere, stress: not comparable; other sensors",
                  "Paper: as printed, ± half of its 95 % interval over its own folds."):  # fmt: skip
        assert words in said
    table = said.partition("\nAccuracy\n")[2].partition("\n\n")[0]
    starts = [tuple(line.split()[:4]) for line in table.splitlines()[2:]]
    assert [start for start in starts if start[0] != "best"] == [
        ("ECG", "stress", "kfold(k=3)", "88.00"), ("ECG", "stress", "loso", "88.00"),
        ("both", "stress", "kfold(k=3)", "89.00"), ("both", "stress", "loso", "89.00"),
        ("elsewhere", "stress", "–", "60.00"),
    ]  # fmt: skip
    assert "88.00 ± 0.50" in table
    assert sum(start[0] == "best" for start in starts) == 2
    compared = said.partition("\nComparisons that the paper makes\n")[2].partition("\n\n")[0].splitlines()[2:]
    assert [line.split("  ")[0] for line in compared] == ["both, stress, kfold(k=3)", "both, stress, loso"]
    assert all("+1.00" in line for line in compared)
    assert "| both, stress, loso" in twins("--format", "md").out


def test_programs_are_told_the_same(twins):
    found = twins("--json").json
    assert [(row["label"], row["target"], row["protocol"], row["folds"]) for row in found["rows"]] == [
        ("ECG", "stress", "kfold(k=3)", 3), ("ECG", "stress", "loso", 4),
        ("both", "stress", "kfold(k=3)", 3), ("both", "stress", "loso", 4),
        ("elsewhere", "stress", "kfold(k=3)", 0),
    ]  # fmt: skip
    assert found["rows"][0]["compared"]["accuracy"]["half_width"] == 0.5
    first, second = found["contrasts"]
    assert (first["first"]["label"], first["second"]["label"], first["protocol"]) == ("both", "ECG", "kfold(k=3)")
    ours = [row["compared"]["accuracy"]["ours"] for row in found["rows"]]
    assert second["corrected"]["mean"] == pytest.approx(ours[3] - ours[1], abs=1e-3)
    assert second["printed"] == 1.0
    assert {(each["target"], each["protocol"]) for each in found["baselines"]} == {
        ("stress", "kfold(k=3)"), ("stress", "loso"),
    }  # fmt: skip
