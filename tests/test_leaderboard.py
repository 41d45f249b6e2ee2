"""The leaderboard: pages from stored results, recomputed by hand, and told to be stale when they are."""

import getpass
import json
import platform
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    cohen_kappa_score,
    confusion_matrix,
    f1_score,
    log_loss,
    matthews_corrcoef,
    roc_auc_score,
)

from bench.cells.cell import Weights
from bench.cli.parameters import PUBLISHED_METRICS
from bench.leaderboard.comparison import comparisons
from bench.leaderboard.matrix import SINGLE, matrix
from bench.leaderboard.pages.ordering import METRICS
from bench.leaderboard.pages.page import page as page_of
from bench.leaderboard.publishing.publication import Publication, portable
from bench.results import published as published_file
from bench.results.serialization import SEAL, sealed
from bench.scoring.metrics import TUNED

RECORDS = Path(__file__).parent / "records"
GRID = ("run", "--profile", "smoke", "--modalities", "eda,bvp")
PAGES = ("README.md", "index.html", "leaderboard.json")
ALL = ("leaderboard", "--to", "leaderboard", "--format", "md,html,json")
LATE = ("logistic", "late", ("eda", "bvp"))

REFERENCE = {
    "accuracy": lambda y, p: accuracy_score(y, p > 0.5),
    "balanced_accuracy": lambda y, p: balanced_accuracy_score(y, p > 0.5),
    "macro_f1": lambda y, p: f1_score(y, p > 0.5, average="macro"),
    "weighted_f1": lambda y, p: f1_score(y, p > 0.5, average="weighted"),
    "f1": lambda y, p: f1_score(y, p > 0.5),
    "mcc": lambda y, p: matthews_corrcoef(y, p > 0.5),
    "kappa": lambda y, p: cohen_kappa_score(y, p > 0.5),
    "auroc": roc_auc_score,
    "average_precision": average_precision_score,
    "log_loss": log_loss,
    "brier": brier_score_loss,
}


def reference(metric, table):
    """A metric by scikit-learn, from stored predictions."""
    if metric == TUNED:
        return balanced_accuracy_score(table["label"], table["p.stressed"] >= table["threshold"])
    return REFERENCE[metric](table["label"], table["p.stressed"])


@pytest.fixture(scope="module")
def ran(shared_bench):
    """A folder with a grid and, of other windows, one cell more."""
    shared_bench.process(*GRID, "--seed", "0,1").ok()
    shared_bench.process(*GRID, "--no-baselines", "--fusion", "late", "-o", "window.hop=10").ok()
    return shared_bench.folder / "bench-results"


@pytest.fixture(scope="module")
def pages(shared_bench, ran):
    """The pages and files that are published of them."""
    shared_bench.process(*ALL).ok()
    return shared_bench.folder / "leaderboard"


@pytest.fixture
def results(bench, ran):
    """A copy of those results, that a test may change."""
    shutil.copytree(ran, bench.folder / "bench-results", ignore=shutil.ignore_patterns("locks"))
    return bench


@pytest.fixture
def published(results, pages):
    """A copy of the results and of what is published of them."""
    shutil.copytree(pages, results.folder / "leaderboard")
    return results


def summaries(bench):
    """Published rows of the usual windows by model, fusion and modalities, each with what its comparison shares."""
    found = {}
    for path in (bench.folder / "leaderboard" / "results").glob("*.jsonl"):
        header, *rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        for row in rows:
            if row["cell"]["window"]["hop"] == 5:
                found[row["model"], row["fusion"], tuple(row["cell"]["modalities"])] = header | row
    return found


def predictions(bench, summary):
    tasks = bench.folder / "bench-results" / "cells" / summary["key"] / "tasks"
    return {path.name: pd.read_parquet(path / "predictions.parquet") for path in sorted(tasks.iterdir())}


def tables(bench):
    """The Markdown page: a title and the rows of its table, each a mapping from column to text."""
    text = (bench.folder / "leaderboard" / "README.md").read_text(encoding="utf-8")
    found = []
    for section in text.split("\n## ")[1:]:
        every = section.partition("<summary>All ")[2].partition("</details>")[0]
        lines = [line for line in every.splitlines() if line.startswith("|")]
        if not lines:
            continue
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        rows = [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]
        found.append((section.partition("\n")[0], section, rows))
    return found


def page_row(bench, model, fusion, modalities):
    [row] = [
        row
        for _, _, rows in tables(bench)
        for row in rows
        if (row["Model"], row["Fusion"], row["Modalities"]) == (model, fusion, "+".join(modalities))
        and len(rows) > 1
    ]  # fmt: skip
    return row


# ------------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize("metric", [TUNED, *REFERENCE])
def test_means_and_intervals_over_folds_are_those_of_scipy(published, metric):
    for row in [LATE, ("logistic", "none", ("eda",))]:
        summary = summaries(published)[row]
        found = predictions(published, summary)
        folds = [
            np.mean([reference(metric, part) for part in parts])
            for fold in sorted({name.rpartition(".s")[0] for name in found})
            for parts in [[found[f"{fold}.s{seed}"] for seed in (0, 1)]]
        ]
        low, high = stats.t.interval(0.95, len(folds) - 1, np.mean(folds), stats.sem(folds))
        shown = summary["metrics"][metric]
        np.testing.assert_allclose(shown["folds"], folds, atol=1e-9)
        np.testing.assert_allclose([shown["mean"], shown["low"], shown["high"]], [np.mean(folds), low, high], atol=1e-9)
        for seed, mean in zip((0, 1), shown["seed_means"], strict=True):
            tables = [table for name, table in found.items() if name.endswith(f".s{seed}")]
            folds = [reference(metric, table) for table in tables]
            assert mean == pytest.approx(np.mean(folds), abs=1e-9)


@pytest.mark.parametrize("metric", [TUNED, *REFERENCE])
def test_pooled_scores_and_those_of_each_subject_are_those_of_scikit_learn(published, metric):
    summary = summaries(published)[LATE]
    found = predictions(published, summary)
    pooled, people = [], {}
    for seed in (0, 1):
        whole = pd.concat([table for name, table in found.items() if name.endswith(f".s{seed}")])
        pooled.append(reference(metric, whole))
        for person, rows in whole.groupby("subject"):
            people.setdefault(person, []).append(reference(metric, rows))
    assert summary["pooled"][metric] == pytest.approx(np.mean(pooled), abs=1e-9)
    [shown] = published("show", summary["key"], "--json").ok().json  # the published file keeps fewer of each subject
    assert {name: scores[metric] for name, scores in shown["subjects"].items()} == pytest.approx(
        {name: np.mean(values) for name, values in people.items()}, abs=1e-9
    )


def test_the_confusion_matrix_counts_every_held_out_window_of_every_seed(published):
    summary = summaries(published)[LATE]
    whole = pd.concat(predictions(published, summary).values())
    assert summary["confusion"] == confusion_matrix(whole["label"], whole["p.stressed"] > 0.5).tolist()
    assert np.sum(summary["confusion"]) == 2 * 256


SHOWN = [("AUROC", "auroc"), ("Balanced acc.", TUNED), ("Accuracy", "accuracy")]
SUBJECTS = ("P01", "P02", "P03", "P04")


def of_subjects(bench, summary, metric):
    """A metric of each subject, mean over seeds, from the stored predictions."""
    tables = {}
    for table in predictions(bench, summary).values():
        for subject, part in table.groupby("subject"):
            tables.setdefault(subject, []).append(reference(metric, part))
    return np.array([np.mean(tables[subject]) for subject in SUBJECTS])


def corrected(values, level=0.95):
    """Mean and bounds by the variance of Nadeau and Bengio for leave-one-subject-out: each model saw three of four."""
    error = np.sqrt(np.var(values, ddof=1) * (1 / len(values) + 1 / (len(values) - 1)))
    margin = stats.t.ppf((1 + level) / 2, len(values) - 1) * error
    return np.mean(values), np.mean(values) - margin, np.mean(values) + margin


def on_logits(values):
    """The same for shares, on the scale of logits."""
    mean, low, _ = corrected(values)
    if mean in (0, 1):
        return mean, 1 - np.log(20) / 4, 1.0
    step = (mean - low) / (mean * (1 - mean))
    return mean, *(1 / (1 + np.exp(-(np.log(mean / (1 - mean)) + sign * step))) for sign in (-1, 1))


def test_the_page_shows_per_cent_over_subjects_with_the_corrected_interval(published):
    for key in [LATE, ("logistic", "none", ("bvp",)), ("logistic", "early", ("eda", "bvp"))]:
        row, summary = page_row(published, *key), summaries(published)[key]
        for title, name in SHOWN:
            values = of_subjects(published, summary, name)
            mean, low, high = (100 * value for value in on_logits(values))
            assert row[title] == (f"{mean:.1f} [{low:.1f}, {high:.1f}]" if name == "auroc" else f"{mean:.1f}")
            found = summary["estimates"][name]
            np.testing.assert_allclose([found["mean"], found["low"], found["high"]], on_logits(values), atol=1e-9)
        assert row["Key"] == summary["key"][:8]
        html = Cells((published.folder / "leaderboard" / "index.html").read_text(encoding="utf-8")).rows
        [cells] = [cells for cells in html if row["Key"] in cells]
        assert {"clean", "smoke", f"{summary['parameters']:,}", "50.0 / 50.0 / 50.0"} <= set(cells)


def test_the_gain_is_over_the_single_modality_that_is_best_on_the_other_subjects(published):
    found = summaries(published)
    alone = [found["logistic", "none", (name,)] for name in ("eda", "bvp")]
    singles = np.array([of_subjects(published, summary, "auroc") for summary in alone])
    chosen = [singles[np.delete(singles, place, axis=1).mean(axis=1).argmax(), place] for place in range(4)]
    for key in (LATE, ("logistic", "early", ("eda", "bvp"))):
        mine = of_subjects(published, found[key], "auroc")
        mean = (mine - chosen).mean()
        low = min(mean, *(corrected(mine - single)[1] for single in singles))
        high = max(mean, min(corrected(mine - single, 0.975)[2] for single in singles))
        expected = f"{100 * mean:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
        assert page_row(published, *key)["Gain over single"] == expected
    assert page_row(published, "logistic", "none", ("eda",))["Gain over single"] == "–"


def test_a_gain_over_a_declared_modality_is_the_difference_to_its_row(published):
    shown = published("show", published.runs()[0].stem, "--against", "eda").ok().out
    [late] = [line for line in shown.splitlines() if "late" in line and "logistic" in line][:1]
    found = summaries(published)
    difference = of_subjects(published, found[LATE], "auroc") - of_subjects(
        published, found["logistic", "none", ("eda",)], "auroc"
    )
    assert "{:+.1f} [{:+.1f}, {:+.1f}]".format(*(100 * value for value in corrected(difference))) in late


def test_a_row_beats_the_baselines_where_its_difference_to_each_of_them_is_above_zero(published):
    found = summaries(published)
    baselines = [of_subjects(published, summary, "auroc") for summary in found.values() if summary["baseline"]]
    assert len(baselines) >= 8
    seen = set()
    for key, summary in found.items():
        if not summary["baseline"]:
            mine = of_subjects(published, summary, "auroc")
            won = all(corrected(mine - other)[1] > 0 for other in baselines)
            assert page_row(published, *key)["Beats baselines"] == ("yes" if won else "no")
            seen.add(won)
    assert len(seen) > 1  # otherwise this test would not see much


class Cells(HTMLParser):
    """The rows of all tables of a page."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.inside = [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        self.inside = tag in ("td", "th") or (self.inside and tag in ("a", "span", "code"))

    def handle_endtag(self, tag):
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


def test_terminal_markdown_and_page_show_the_same_numbers(published):
    titles = ["AUROC", "Balanced acc.", "Accuracy", "Gain over single", "Beats baselines"]
    html = Cells((published.folder / "leaderboard" / "index.html").read_text(encoding="utf-8")).rows
    shown = published("show", published.runs()[0].stem).ok().out.splitlines()
    seen = 0
    for row in next(rows for _, _, rows in tables(published) if len(rows) > 1):
        [mine] = [cells for cells in html if row["Key"] in cells]
        [line] = [re.split(r"  +", line.strip()) for line in shown if line.strip().endswith(row["Key"])]
        for title in titles:
            assert row[title] in mine
            assert row[title] in line
        seen += 1
    assert seen >= 10


def test_another_metric_orders_and_compares_rows(published):
    shown = published("show", "--metric", "accuracy").ok().out
    heads = next(line for line in shown.splitlines() if line.startswith("Model"))
    assert heads.index("Accuracy") < heads.index("AUROC")
    assert published("show", "--metric", "speed").code == 2


def test_pages_by_another_metric_say_so_and_are_checked_by_it(published):
    asked = ("--metric", "balanced_accuracy", "--against", "eda")
    published(*ALL, *asked).ok()
    folder = published.folder / "leaderboard"
    for name in PAGES[:2]:
        text = (folder / name).read_text()
        assert "bench leaderboard --metric balanced_accuracy --against eda" in text
        assert re.search(r"compared by balanced accuracy\b", text)
        assert "balanced accuracy at 0.5 minus that of eda alone" in text
        assert ("(by balanced accuracy at 0.5)" if name == PAGES[0] else "Balanced acc. at 0.5 [95 % interval]") in text
    assert {row["metric"] for row in json.loads((folder / PAGES[2]).read_text())} == {"balanced_accuracy"}
    for _, _, rows in tables(published):
        names = list(rows[0])
        assert names.index("Balanced acc. at 0.5") < names.index("AUROC")
        assert "[" in rows[0]["Balanced acc. at 0.5"]
        assert "[" not in rows[0]["AUROC"]
    found = summaries(published)
    late, eda = (
        of_subjects(published, found[key], "balanced_accuracy") for key in (LATE, ("logistic", "none", ("eda",)))
    )
    expected = "{:+.1f} [{:+.1f}, {:+.1f}]".format(*(100 * value for value in corrected(late - eda)))
    assert page_row(published, *LATE)["Gain over single"] == expected
    assert "up to date" in published(*ALL, "--check").ok().out  # by the metric that the page names
    assert "up to date" in published(*ALL, "--check", *asked).ok().out
    stale = published("leaderboard", "--to", "leaderboard", "--check", "--metric", "auroc")
    stale.failure(
        "Stale: leaderboard/README.md, leaderboard/index.html, leaderboard/leaderboard.json; the published results are "
        "intact, so write them again with 'bench leaderboard --to leaderboard --metric auroc'."
    )
    (folder / PAGES[0]).write_text((folder / PAGES[0]).read_text() + " ")
    assert published("leaderboard", "--to", "leaderboard", "--check").err.endswith(
        "'bench leaderboard --to leaderboard --metric balanced_accuracy --against eda'.\n"
    )


def test_a_leaderboard_refuses_what_no_published_row_has(published):
    before = {path: path.read_bytes() for path in (published.folder / "leaderboard").rglob("*.*")}
    published("leaderboard", "--to", "leaderboard", "--against", "ecg").usage_error(
        "The leaderboard has no modality 'ecg'. Known: bvp, eda."
    )
    assert "'brier' is not one of 'auroc'" in published("leaderboard", "--to", "leaderboard", "--metric", "brier").err
    assert {path: path.read_bytes() for path in (published.folder / "leaderboard").rglob("*.*")} == before


def test_metrics_of_published_results_are_those_that_the_command_takes():
    assert tuple(METRICS) == PUBLISHED_METRICS


def test_baselines_with_the_same_scores_are_one_line(published):
    [line] = [row["Model"] for _, _, rows in tables(published) for row in rows if "subject-identity" in row["Model"]]
    assert set(line.split(", ")) >= {"subject-identity", "prior"}


def test_a_conclusion_in_words_stands_above_the_table(published):
    section = next(section for _, section, rows in tables(published) if len(rows) > 1)
    about, words = section.split("\n")[2:5:2]
    assert about == "4 simulated subjects, 8 stimuli, 256 windows, 4 folds; leakage audit: **clean**."
    top = next(rows for _, _, rows in tables(published) if len(rows) > 1)[0]
    assert top["AUROC"].split(" ")[0] in words
    assert re.search(
        r"With 4 subjects and 2 seeds, differences of less than \d+\.\d to [\w-]+ cannot be detected", words
    )


def test_a_gain_of_one_subject_has_no_interval(bench):
    bench(*GRID, "--no-baselines", "--protocol", "holdout").ok()
    bench("leaderboard", "--to", "leaderboard").ok()
    rows = [row for _, _, rows in tables(bench) for row in rows if row["Fusion"] != "none"]
    assert rows
    for row in rows:
        assert row["Gain over single"] == "–"  # nobody else is tested, on whom a modality could be chosen
        assert re.fullmatch(r"\d+\.\d", row["AUROC"])


# -------------------------------------------------------------------------------------------- layout


def test_rows_are_sorted_and_baselines_are_last(published):
    for _, _, rows in tables(published):
        models = [row for row in rows if row["Beats baselines"] != "baseline"]
        assert rows[: len(models)] == models
        for part in (models, rows[len(models) :]):
            scores = [float(row["AUROC"].partition(" ")[0]) for row in part]
            assert scores == sorted(scores, reverse=True)


def test_rows_of_other_windows_are_another_comparison(published):
    titles = [title for title, _, _ in tables(published)]
    same = "synthetic(n_subjects=4, minutes=8) · stress · loso · windows of 10 s every"
    assert sorted(titles) == [f"{same} 10 s", f"{same} 5 s"]
    facts = sorted(
        re.search(r"^- (simulated data: .*)$", section, re.MULTILINE)[1] for _, section, _ in tables(published)
    )
    assert facts == [
        "simulated data: 4 simulated subjects, 8 stimuli, 128 windows, 4 folds; windows of 10 s every 10 s",
        "simulated data: 4 simulated subjects, 8 stimuli, 256 windows, 4 folds; windows of 10 s every 5 s",
    ]
    alone = next(rows for _, section, rows in tables(published) if "every 10 s" in section)
    assert [(row["Gain over single"], row["Beats baselines"]) for row in alone] == [("–", "not run")]


def test_the_page_loads_nothing(published):
    text = (published.folder / "leaderboard" / "index.html").read_text(encoding="utf-8")
    for trace in ("http:", "https:", "src=", 'href="/', "url(", "@import", "onclick", "onload", "fetch("):
        assert trace not in text.replace("http://www.w3.org/2000/svg", "")
    rows = sum(len(rows) for _, _, rows in tables(published))
    assert text.count('<tr id="') == rows
    leads, places = (set(re.findall(pattern, text)) for pattern in (r'href="#(.*?)"', r' id="(.*?)"'))
    assert leads <= places
    assert {"synthetic-n-subjects-4-minutes-8/stress/loso", "synthetic-n-subjects-4-minutes-8/stress/loso/2"} <= places


def test_the_page_holds_what_each_row_is_opened_for(published):
    text = (published.folder / "leaderboard" / "index.html").read_text(encoding="utf-8")
    data = json.loads(text.partition('id="data">')[2].partition("</script>")[0])
    for key, summary in summaries(published).items():
        row = data["rows"][summary["key"][:8]]
        assert row["score"] == [round(1000 * summary["estimates"]["auroc"][name]) for name in ("mean", "low", "high")]
        assert row["people"] == [round(1000 * each["auroc"]) for each in summary["subjects"].values()]
        assert (row["command"], row["key"]) == (summary["command"], summary["key"])
        assert row["facets"]["fusion"] == ("baseline" if summary["baseline"] else key[1])
        place = data["comparisons"][row["in"]]
        assert place["file"] in {f"results/{path.name}" for path in published.folder.rglob("*.jsonl")}
        assert data["texts"][row["environment"]].startswith(f"bench {summary['environment']['bench']}, Python ")


def test_texts_of_others_end_no_element_of_the_page(published):
    text = "</script><script>alert(1)</script><b>"
    first = Publication(published.folder / "leaderboard").summaries()[0]
    summary = replace(first, model=text, dataset=text, command=text)
    found = page_of(comparisons([summary]))
    assert text not in found
    assert "<b>" not in found.partition('id="data">')[2].partition("</script>")[0]
    assert found.count("<script") == found.count("</script>") == 2


def test_the_matrix_has_a_line_for_each_model_and_a_column_for_each_fusion(published):
    found = max(comparisons(Publication(published.folder / "leaderboard").summaries()), key=lambda each: len(each.rows))
    shown = matrix(found)
    assert shown.columns == ("early", "late", SINGLE)
    [line] = shown.lines
    scores = {name: row.summary.estimates["auroc"].mean for name, row in line.cells.items()}
    alone = [
        row.summary.estimates["auroc"].mean
        for row in found.rows
        if not row.baseline and len(row.summary.cell.modalities) == 1
    ]
    assert scores[SINGLE] == max(alone)
    text = (published.folder / "leaderboard" / "README.md").read_text(encoding="utf-8")
    cells = text.partition("| early ")[2].splitlines()[2].split("|")[1:-1]
    assert [float(re.search(r"[\d.]+", cell)[0]) for cell in cells[1:]] == [
        pytest.approx(100 * scores[name], abs=0.05) for name in shown.columns
    ]


def test_the_overview_has_the_top_row_of_each_comparison_beside_its_best_baseline(published):
    text = (published.folder / "leaderboard" / "README.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| synthetic(n_subjects=4, minutes=8) · stress")]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    first, second = ([*tables(published)][number][2] for number in (0, 1))
    for row, below in zip(rows, (first, second), strict=True):
        [name, verdict, best, auroc, baseline, score, beats] = row
        hop = "5" if len(below) > 1 else "10"  # titles are the same, and this is what tells them apart
        assert name == f"synthetic(n_subjects=4, minutes=8) · stress · loso · windows of 10 s every {hop} s"
        assert verdict == "clean"
        top = below[0]
        assert best == f"{top['Model']} · {top['Fusion']} · {top['Modalities']}"
        assert (auroc, beats) == (top["AUROC"], top["Beats baselines"])
        trivial = [
            (other["Model"].partition(", ")[0], other["AUROC"])
            for other in below
            if other["Beats baselines"] == "baseline"
        ]
        assert (baseline, score) == (trivial[0] if trivial else ("–", "–"))


def test_the_json_has_every_row_with_its_comparison(published):
    rows = json.loads((published.folder / "leaderboard" / "leaderboard.json").read_text())
    assert {row["key"] for row in rows} == {path.parent.name for path in published.folder.rglob("cell.json")}
    assert {row["title"] for row in rows} == {"synthetic(n_subjects=4, minutes=8) · stress · loso"}
    assert len({row["comparison"] for row in rows}) == 2
    schema = json.loads((Path(__file__).parents[1] / "docs" / "leaderboard.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(rows, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([{**rows[0], "seeds": "0"}], schema)


def test_each_row_is_a_line_with_what_is_needed_to_compute_it_again(published):
    numbers = summaries(published)[LATE]
    assert numbers["command"] == (
        "bench run --target stress --modalities eda,bvp --fusion late --profile smoke --no-baselines --seed 0,1"
    )
    assert numbers["environment"]["python"] == platform.python_version()
    assert numbers["code"]["model"]["distribution"] == "affectbench"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", numbers["date"])
    assert set(numbers["subjects"]) == {"P01", "P02", "P03", "P04"}
    text = "".join(path.read_text() for path in (published.folder / "leaderboard" / "results").iterdir())
    for private in (platform.node(), getpass.getuser(), str(published.folder), str(published.cache)):
        assert f'"{private}' not in text
        assert f"{private}/" not in text


def test_a_published_row_names_weight_files_without_their_folder(summary_of):
    file, command = "/home/somebody/weights/ecg.safetensors", "bench run --model transformer --pretrain {}"
    summary = summary_of([0.7, 0.8])
    cell = replace(summary.cell, weights=(Weights(file, "0" * 64, "synthetic"),))
    found = portable(replace(summary, cell=cell, command=command.format(file)))
    assert found.cell.weights == (Weights("ecg.safetensors", "0" * 64, "synthetic"),)
    assert found.command == command.format("ecg.safetensors")


def test_another_result_of_a_cell_replaces_its_line_alone(published):
    folder = published.folder / "leaderboard" / "results"
    before = {path.name: path.read_text().splitlines() for path in folder.iterdir()}
    forge(lambda row: row.update(date="2000-01-01"))(published.folder / "leaderboard")
    assert {path.name: path.read_text().splitlines() for path in folder.iterdir()} != before
    published("leaderboard", "--to", "leaderboard").ok()
    assert {path.name: path.read_text().splitlines() for path in folder.iterdir()} == before


def test_a_result_of_another_comparison_is_replaced_where_its_cell_is_published_again(published):
    folder = published.folder / "leaderboard" / "results"
    path = max(folder.glob("*.jsonl"), key=lambda path: path.stat().st_size)
    header, *rows = path.read_text().splitlines()
    write_sealed(folder / "old-00000000.jsonl", resealed(header, comparison="0" * 16), rows[:2])
    kept = json.loads(rows[2])
    kept["cell"]["search"] = 5  # a cell that is not in the store
    write_sealed(folder / "other-11111111.jsonl", resealed(header, comparison="1" * 16), [json.dumps(kept)])
    published("leaderboard", "--to", "leaderboard").ok()
    names = {path.name for path in folder.iterdir()}
    assert "old-00000000.jsonl" not in names
    [other] = [name for name in names if name.endswith("-11111111.jsonl")]
    assert [row["cell"]["search"] for row in map(json.loads, (folder / other).read_text().splitlines()[1:])] == [5]


def test_publishing_again_writes_the_same_bytes(published):
    def content():
        return {path.name: path.read_bytes() for path in (published.folder / "leaderboard").rglob("*.*")}

    before = content()
    count = len(summaries(published)) + 1
    said = published(*ALL).ok()
    assert content() == before
    pages = ", ".join(f"leaderboard/{name}" for name in PAGES)
    assert said.out == f"Published {count} results of bench-results; wrote {pages}.\n"


def test_pages_are_made_from_the_published_files_alone(published):
    before = {name: (published.folder / "leaderboard" / name).read_bytes() for name in PAGES}
    shutil.rmtree(published.folder / "bench-results")
    for name in PAGES:
        (published.folder / "leaderboard" / name).unlink()
    published(*ALL).ok()
    assert {name: (published.folder / "leaderboard" / name).read_bytes() for name in PAGES} == before


# -------------------------------------------------------------------------------------------- check


def test_check_passes_where_pages_agree_with_the_results(published):
    assert published(*ALL, "--check").ok().out == (
        "leaderboard/README.md, leaderboard/index.html, leaderboard/leaderboard.json: up to date.\n"
    )


def edit_rows(folder, edit):
    """Change the rows of the comparison that has several."""
    path = largest(folder)
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *edit(rows)]) + "\n", encoding="utf-8")


def edit_result(folder):
    def better(rows):
        row = json.loads(rows[0])
        row["metrics"]["accuracy"]["mean"] = 0.999
        return [json.dumps(row), *rows[1:]]

    edit_rows(folder, better)


def edit_hidden(folder):
    """Numbers and words that no page shows."""

    def better(rows):
        row = json.loads(rows[0])
        return [json.dumps(row | {"environment": row["environment"] | {"cpu": "faster"}}), *rows[1:]]

    edit_rows(folder, better)


def resealed(line, **values):
    """A line with these values and their digest, as of somebody who knows how it is computed."""
    return json.dumps(sealed({name: value for name, value in json.loads(line).items() if name != SEAL} | values))


def write_sealed(path, header, rows):
    """A published file of these lines, whose digests are right."""
    rows = [resealed(row) for row in rows]
    header = resealed(header, rows_sha256=published_file.digest_of([json.loads(row)[SEAL] for row in rows]))
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def forge(change):
    """An edit of the first row with new digests of row and file."""

    def edit(folder):
        header, *rows = largest(folder).read_text(encoding="utf-8").splitlines()
        row = json.loads(rows[0])
        change(row)
        write_sealed(largest(folder), header, [json.dumps(row), *rows[1:]])

    return edit


def largest(folder):
    return max((folder / "results").glob("*.jsonl"), key=lambda path: path.stat().st_size)


LINE = r", line 2 \(.+ · .+\), was altered: "
WRITTEN = "its values are not those that were written"
ALTERED = {
    "a mean": (edit_result, LINE + WRITTEN),
    "what no page shows": (edit_hidden, LINE + WRITTEN),
    "a row added": (lambda folder: edit_rows(folder, lambda rows: [*rows, rows[0]]),
                    " was altered: rows were added, removed or moved"),
    "a row removed": (lambda folder: edit_rows(folder, lambda rows: rows[1:]),
                      " was altered: rows were added, removed or moved"),
    "rows in another order": (lambda folder: edit_rows(folder, lambda rows: rows[::-1]),
                              " was altered: rows were added, removed or moved"),
    "a mean with new digests": (forge(lambda row: row["metrics"]["accuracy"].update(mean=0.999)),
                                LINE + r"mean of accuracy is 0\.999, and its folds give .*"),
    "an interval with new digests": (forge(lambda row: row["metrics"]["macro_f1"].update(low=0.999)),
                                     LINE + r"low of macro_f1 is 0\.999, and its folds give .*"),
    "a fold with new digests": (forge(lambda row: row["metrics"]["accuracy"]["folds"].__setitem__(0, 0.123)),
                                LINE + r"mean of accuracy is .*, and its folds give .*"),
    "a confusion matrix with new digests": (forge(lambda row: row["confusion"].reverse()),
                                            LINE + ".* of all windows is .*"),
    "a score of a subject with new digests": (
        forge(lambda row: next(iter(row["subjects"].values())).update(macro_f1=0.0123)),
        LINE + r"mean of macro_f1 over subjects is 0\.\d+, and the scores of subjects give 0\.\d+",
    ),
    "a metric removed with new digests": (forge(lambda row: row["pooled"].pop("accuracy")),
                                          LINE + "it has no accuracy"),
}  # fmt: skip


@pytest.mark.parametrize("command", [(*ALL, "--check"), ("leaderboard", "--to", "leaderboard", "--out", "nothing")])
@pytest.mark.parametrize(("edit", "reason"), ALTERED.values(), ids=ALTERED)
def test_an_altered_result_is_named_and_never_written_again(published, command, edit, reason):
    folder = published.folder / "leaderboard"
    edit(folder)
    name = f"leaderboard/results/{largest(folder).name}"
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    said = published(*command)
    assert (said.code, said.out) == (1, "")
    assert re.fullmatch(
        rf"Error: {name}{reason}; restore the file, for example with 'git restore {name}'\.\n", said.err
    )
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before


FORGED = {
    "a metric": (lambda record: record["metrics"].update(accuracy=0.999),
                 r"its record has accuracy=0\.999, and its predictions give 0\.\d+"),
    "a score of a subject": (lambda record: record["subjects"]["P03"].update(macro_f1=0.999),
                             r"its record has macro_f1=0\.999 for P03, and its predictions give 0\.\d+"),
    "a subject": (lambda record: record["subjects"].update(P99=record["subjects"].pop("P03")),
                  "its record and its predictions are of other subjects"),
    "the confusion matrix": (lambda record: record["confusion"].reverse(),
                             "its record has another confusion matrix than its predictions give"),
    "the number of windows": (lambda record: record["windows"].update(test=7),
                              r"its record counts 7 test windows, and there are predictions of \d+"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), FORGED.values(), ids=FORGED)
def test_a_record_that_disagrees_with_its_predictions_is_not_published(results, change, reason):
    [key] = [key for key, row in by_key(results).items() if row == ("logistic", "late", ("eda", "bvp"))]
    task = f"bench-results/cells/{key}/tasks/002-P03.s0"
    path = results.folder / task / "record.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(resealed(json.dumps(record)))
    said = results("leaderboard", "--to", "leaderboard")
    assert (said.code, said.out) == (1, "")
    advice = "restore the folder, or delete it and do the run again"
    assert re.fullmatch(rf"Error: Cannot publish {task}: {reason}; {advice}\.\n", said.err)
    assert not (results.folder / "leaderboard").exists()


def test_an_altered_result_is_not_replayed(published):
    edit_hidden(published.folder / "leaderboard")
    path = largest(published.folder / "leaderboard")
    said = published("run", "--from", path, "--out", "again")
    assert (said.code, said.out) == (1, "")
    assert WRITTEN in said.err


def test_results_of_an_older_version_get_digests_and_keep_their_numbers(published):
    folder = published.folder / "leaderboard"
    for path in (folder / "results").iterdir():
        path.unlink()
    old = folder / "results" / "old.jsonl"
    old.write_text((RECORDS / "published-1.jsonl").read_text(encoding="utf-8"), encoding="utf-8")
    published("leaderboard", "--to", "leaderboard", "--check").failure(
        "leaderboard/results/old.jsonl of an older version: there are no digests yet; make sure with version "
        "control that nobody has edited results, then add digests with 'bench leaderboard --to leaderboard'."
    )
    before = published_file.read(old)
    published("leaderboard", "--to", "leaderboard", "--out", "nothing").ok()
    [path] = (folder / "results").iterdir()
    assert published_file.read(path) == before
    assert published_file.has_digests(path)
    published("leaderboard", "--to", "leaderboard", "--check").ok()


EDITS = {
    "the page edited": (lambda folder: append(folder / "README.md"), PAGES[:1]),
    "the page removed": (lambda folder: (folder / "README.md").unlink(), PAGES[:1]),
    "the html edited": (lambda folder: append(folder / "index.html"), PAGES[1:2]),
}


def append(path):
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")


@pytest.mark.parametrize(("edit", "stale"), EDITS.values(), ids=EDITS)
def test_check_names_what_is_stale_and_changes_nothing(published, edit, stale):
    edit(published.folder / "leaderboard")
    before = {path: path.read_bytes() for path in (published.folder / "leaderboard").rglob("*.*")}
    published(*ALL, "--check").failure(
        f"Stale: {', '.join(f'leaderboard/{name}' for name in stale)}; the published results are intact, so "
        f"write {'it' if len(stale) == 1 else 'them'} again with "
        "'bench leaderboard --to leaderboard --format md,html,json'."
    )
    assert {path: path.read_bytes() for path in (published.folder / "leaderboard").rglob("*.*")} == before


def test_check_names_published_files_that_are_missing(published):
    folder = published.folder / "leaderboard"
    first, *others = sorted((folder / "results").glob("*.jsonl"))
    first.unlink()
    name = f"leaderboard/results/{first.name}"
    published("leaderboard", "--to", "leaderboard", "--check").failure(
        f"Missing: {name}; the pages show it, so restore it, for example with 'git restore {name}', or write the pages "
        "without it with 'bench leaderboard --to leaderboard'."
    )
    for path in others:
        path.unlink()
    assert published("leaderboard", "--to", "leaderboard", "--check").err.startswith(
        f"Error: Missing: {name}, leaderboard/results/"
    )
    for page in PAGES:
        (folder / page).unlink()
    published("leaderboard", "--to", "leaderboard", "--check").usage_error(
        "Nothing to check: no file in leaderboard/results; 'bench leaderboard' publishes results."
    )


def test_pages_name_the_file_of_each_comparison(published):
    folder = published.folder / "leaderboard"
    for page in PAGES[:2]:
        named = set(re.findall(r"results/[a-z0-9-]+\.jsonl", (folder / page).read_text(encoding="utf-8")))
        assert named == {f"results/{path.name}" for path in (folder / "results").iterdir()}


def test_a_new_result_makes_the_page_stale_until_it_is_published(published):
    old = (published.folder / "leaderboard" / "README.md").read_bytes()
    published(*GRID, "--no-baselines", "--fusion", "late", "--model", "knn").ok()
    published(*ALL, "--check").ok()  # pages are compared with published results only
    published("leaderboard", "--to", "leaderboard").ok()
    published("leaderboard", "--to", "leaderboard", "--check").ok()
    (published.folder / "leaderboard" / "README.md").write_bytes(old)
    assert published("leaderboard", "--to", "leaderboard", "--check").code == 1


DAMAGES = [
    (lambda lines: [], 1, "Expecting value: .*"),
    (lambda lines: ["{", *lines[1:]], 1, "Expecting property name .*"),
    (lambda lines: ["[]", *lines[1:]], 1, r"expected a table, found \[\]"),
    (lambda lines: lines[1:], 1, "key: unknown key"),
    (lambda lines: [lines[0], "null"], 2, "expected a table, found null"),
    (lambda lines: [*lines[:2], lines[2][:-1]], 3, "Expecting ',' delimiter: .*"),
    (lambda lines: [lines[0], resealed(lines[1], key=1)], 2, "key: expected a text, found 1"),
    (lambda lines: [lines[0], resealed(lines[1], metrics={"accuracy": {}})], 2, "metrics.accuracy.mean: missing key"),
    (lambda lines: [lines[0], resealed(lines[1], audit={"verdict": "fine", "findings": []})], 2,
     'audit.verdict: expected clean or transductive or subject-dependent or leaky, found "fine"'),
    (lambda lines: [lines[0], resealed(lines[1], looks=3)], 2, "looks: unknown key"),
    (lambda lines: [lines[0], resealed(lines[1], schema=99, looks=3)], 2,
     "its schema is 99, and this version of affectbench reads up to 3; install a newer version to read it"),
]  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [("leaderboard", "--to", "leaderboard", "--check"), ("leaderboard", "--to", "leaderboard", "--out", "nothing")],
)
@pytest.mark.parametrize(("damage", "line", "reason"), DAMAGES)
def test_a_damaged_file_is_named_with_its_line_in_one_sentence(published, command, damage, line, reason):
    before = (published.folder / "leaderboard" / "README.md").read_bytes()
    path = largest(published.folder / "leaderboard")
    path.write_text("\n".join(damage(path.read_text(encoding="utf-8").splitlines())), encoding="utf-8")
    said = published(*command)
    assert (said.code, said.out) == (1, "")
    assert re.fullmatch(
        rf"Error: leaderboard/results/{path.name}, line {line}, is not a result that 'bench leaderboard' wrote "
        rf"\({reason}\); restore the file, for example with 'git restore leaderboard/results/{path.name}'.\n",
        said.err,
    )
    assert (published.folder / "leaderboard" / "README.md").read_bytes() == before


PER_FOLD = ""  # several reasons
WINDOW = r"no windows that could be cut \(window: .*\)"
INCOMPLETE = [
    (lambda row: row["metrics"]["accuracy"].update(folds=[1.0]), PER_FOLD),
    (lambda row: row["metrics"]["accuracy"].update(seed_means=[]), PER_FOLD),
    (lambda row: row.update(seeds=[]), PER_FOLD),
    (lambda row: row.update(chance={"x": 1}), "no chance level of some metric"),
    (lambda row: row["cell"].update(window={"width": 5}), WINDOW),
    (lambda row: row["cell"].update(window={"length": "x"}), WINDOW),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), INCOMPLETE)
def test_a_row_that_cannot_be_compared_is_named(published, change, reason):
    path = largest(published.folder / "leaderboard")
    header, first, *rest = path.read_text(encoding="utf-8").splitlines()
    row = json.loads(first)
    change(row)
    path.write_text(published_file.sealed_again([json.loads(header), row, *map(json.loads, rest)]), encoding="utf-8")
    said = published("leaderboard", "--to", "leaderboard", "--check")
    assert (said.code, said.out) == (1, "")
    assert re.match(rf"Error: leaderboard/results/{path.name}, line 2 \(.*\), was altered: .*{reason}", said.err)


def test_with_nothing_to_publish_or_check_it_says_so(bench):
    bench("leaderboard", "--to", "leaderboard").usage_error(
        "Nothing to publish: no finished cell in bench-results and no file in leaderboard/results; "
        "start with 'bench run'."
    )
    bench("leaderboard", "--to", "leaderboard", "--check").usage_error(
        "Nothing to check: no file in leaderboard/results; 'bench leaderboard' publishes results."
    )
    assert not list(bench.folder.iterdir())


def test_a_cell_that_is_not_finished_is_not_published(results):
    [late] = [key for key, row in by_key(results).items() if row == ("logistic", "late", ("eda", "bvp"))]
    for seed in (0, 1):
        shutil.rmtree(results.folder / "bench-results" / "cells" / late / "tasks" / f"001-P02.s{seed}")
    results("leaderboard", "--to", "leaderboard").ok()
    assert LATE not in summaries(results)


def test_a_seed_that_is_not_finished_does_not_count(results):
    [late] = [key for key, row in by_key(results).items() if row == ("logistic", "late", ("eda", "bvp"))]
    shutil.rmtree(results.folder / "bench-results" / "cells" / late / "tasks" / "001-P02.s1")
    results("leaderboard", "--to", "leaderboard").ok()
    assert summaries(results)[LATE]["seeds"] == [0]


def by_key(bench):
    """Cells of the usual windows."""
    found = {}
    for path in bench.folder.glob("bench-results/cells/*/cell.json"):
        row = json.loads(path.read_text())
        if row["cell"]["window"]["hop"] == 5:
            labels = row["labels"]
            found[path.parent.name] = (labels["model"], labels["fusion"], tuple(row["cell"]["modalities"]))
    return found


def test_a_folder_that_cannot_be_written_is_one_sentence(results):
    (results.folder / "taken").write_text("a file")
    said = results("leaderboard", "--to", "taken/pages")
    assert (said.code, said.out) == (1, "")
    assert re.fullmatch(
        r"Error: Cannot write taken/pages/results/.*\.jsonl \(Not a directory\); name another folder with --to.\n",
        said.err,
    )


def test_fusions_are_tested_in_pairs_with_the_corrected_variance(bench):
    from bench.leaderboard.comparison import comparisons
    from bench.leaderboard.pairs import pairs
    from bench.leaderboard.summary import summarise
    from bench.results.store import Store

    bench("run", "--profile", "smoke", "--fusion", "none,early,late,late(rule=vote)", "--no-baselines").ok()
    store = Store(bench.folder / "bench-results")
    [comparison] = comparisons(summarise(store, key) for key in store.cells())
    found = pairs(comparison)
    assert {frozenset((pair.columns["Fusion"], pair.columns["Against"])) for pair in found} == {
        frozenset(("early", "late")), frozenset(("early", "late(rule=vote)")), frozenset(("late", "late(rule=vote)")),
    }  # fmt: skip
    scores = {row.summary.fusion: np.array([each["auroc"] for each in row.summary.subjects.values()])
              for row in comparison.rows if row.summary.fusion != "none"}  # fmt: skip
    expected = []
    for pair in found:
        differences = scores[pair.columns["Fusion"]] - scores[pair.columns["Against"]]
        mean, low, high = corrected(differences)
        assert pair.test.estimate.mean == pytest.approx(mean)
        assert (pair.test.estimate.low, pair.test.estimate.high) == pytest.approx((low, high))
        error = (mean - low) / stats.t.ppf(0.975, 3)
        expected.append(2 * stats.t.sf(abs(mean / error), 3))
        assert pair.test.p == pytest.approx(expected[-1])
        assert pair.test.effect_size == pytest.approx(mean / differences.std(ddof=1))
        assert pair.columns["Wilcoxon"] == "cannot reach 5 %"  # with four subjects
    assert [pair.adjusted for pair in found] == pytest.approx(np.minimum(np.maximum.accumulate(
        np.sort(expected) * [3, 2, 1]), 1)[np.argsort(np.argsort(expected, kind="stable"))])  # fmt: skip
    bench(*ALL).ok()
    for page in ("README.md", "index.html"):
        assert "Fusions in pairs" in (bench.folder / "leaderboard" / page).read_text()


def test_the_page_names_the_one_with_details_only_where_it_is_there(bench):
    bench("run", "--profile", "smoke", "--modalities", "eda", "--fusion", "none", "--no-baselines").ok()
    page = bench.folder / "bench-results" / "leaderboard" / "README.md"
    bench("leaderboard").ok()
    assert "index.html" not in page.read_text(encoding="utf-8")
    bench("leaderboard", "--format", "md,html").ok()
    assert "[index.html](index.html) has all details." in page.read_text(encoding="utf-8")
    bench("leaderboard", "--check", "--format", "md").ok()
