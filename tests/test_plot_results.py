"""Pictures of results for papers: their numbers, texts, sizes and files, and what is refused."""

import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.text import Text

from bench.cells.cell import Choice
from bench.cli.plot import RESULTS
from bench.cli.plot.results.pictures import calibration, comparison, fusion, people, ranks
from bench.cli.plot.results.pictures.labels import labels
from bench.cli.plot.results.pictures.measure import width_of, wrapped
from bench.cli.plot.results.selection import Selection, selected
from bench.leaderboard.columns import gain
from bench.leaderboard.comparison import comparisons
from bench.leaderboard.over_data_sets import ranked
from bench.leaderboard.publishing.publication import rows_of
from bench.leaderboard.summary import Summary
from bench.results import published

PUBLISHED = Path(__file__).parent.parent / "leaderboard" / "results"
LONG = "attx(width=64, reduction=8, epochs=30, batch=128, dropout=0.25, attention_heads=4)"
FUSION = "attentive(stages=1,3, direction=ecg_to_eda, batch_norm_momentum=0.01)"
DATASET = "pmemo-2018(shuffled=true, variant=song_effect, something_longer=1234567890)"
DATASETS = ("amigos", "dreamer", "stress-predict", "wesad")
FUSIONS = ("early", FUSION, "late", "middle", "late(rule=stacking)")
NAMED = {"comparison": comparison, "fusion": fusion, "people": people, "calibration": calibration}


def of(start: str) -> list[Summary]:
    """The rows of the published file whose name begins so."""
    [path] = PUBLISHED.glob(f"{start}*")
    return rows_of(path)


@pytest.fixture(scope="module")
def rows():
    """Two models and their fusions on simulated subjects."""
    return of("synthetic-n-subjects-6")


@pytest.fixture(scope="module")
def several(rows):
    """Fusions on several data sets, with scores that differ."""
    [base, *_] = [row for row in rows if len(row.cell.modalities) > 1]
    found = []
    for place, dataset in enumerate(DATASETS):
        for number, name in enumerate(FUSIONS):
            mean = 0.9 - 0.1 * number + 0.013 * place * number
            estimate = replace(base.estimates["auroc"], mean=mean, low=mean - 0.1, high=mean + 0.1)
            cell = replace(base.cell, dataset=Choice("dataset", dataset))
            found.append(replace(base, dataset=dataset, comparison=dataset, fusion=name, cell=cell,
                                 key=f"{place}{number}".ljust(16, "0"), estimates={"auroc": estimate}))  # fmt: skip
    return found


def chosen(summaries, *names, baselines=False, metric="", against="") -> Selection:
    [found] = selected(comparisons(summaries, metric, against), names, baselines=baselines)
    return found


def of_command(name: str, summaries) -> Selection:
    """The rows that a command draws."""
    found = chosen(summaries, baselines=name == "comparison")
    keep = {"fusion": fusion.gained, "calibration": lambda row: row.summary.reliability}.get(name, lambda _: True)
    kept = [row for row in found.rows if keep(row)]
    return replace(found, rows=kept[: calibration.MOST] if name == "calibration" else kept)


def with_long_names(rows) -> list[Summary]:
    return [
        replace(
            row,
            dataset=DATASET,
            remark="A stand-in in which songs decide labels and can be recognised.",
            model=LONG if row.model == "attx" else row.model,
            fusion=FUSION if row.fusion == "attentive" else row.fusion,
        )
        for row in rows
    ]


def texts(figure) -> list[Text]:
    """Every text that is drawn; labels of ticks beyond an axis are not."""
    figure.draw_without_rendering()
    found = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for axes in figure.axes:
        found += axes.texts
        for place, axis in enumerate((axes.xaxis, axes.yaxis) if axes.axison else ()):
            low, high = sorted(axis.get_view_interval())
            ticks = axis.get_ticklabels()
            found += [axis.label, *(text for text in ticks if low <= text.get_position()[place] <= high)]
    return [text for text in found if text.get_text().strip()]


def words(figure) -> str:
    return " ".join(" ".join(text.get_text().split()) for text in texts(figure))


def intervals(axes):
    """Of each marker with an interval: value, low and high."""
    found = []
    for container in axes.containers:
        line, _, bars = container
        [value] = line.get_xdata()
        ends = bars[0].get_segments()[0][:, 0] if bars else (None, None)
        found.append((value, *ends))
    return found


# ------------------------------------------------------------------------------------------ numbers


def test_a_comparison_has_the_estimates_of_all_rows(rows):
    found = chosen(rows, baselines=True)
    [axes] = comparison.picture(found, wide=False).axes
    drawn = intervals(axes)
    assert len(drawn) == len(found.rows) > 9
    for row, values in zip(found.rows, drawn, strict=True):
        estimate = row.summary.estimates["auroc"]
        expected = (100 * estimate.mean, 100 * estimate.low, 100 * estimate.high)
        assert values == pytest.approx(expected)


def test_a_comparison_has_lines_at_the_best_baseline_and_at_chance(rows):
    found = chosen(rows, baselines=True)
    [axes] = comparison.picture(found, wide=False).axes
    best = max(row.summary.estimates["auroc"].mean for row in found.rows if row.baseline)
    upright = [line.get_xdata()[0] for line in axes.lines if list(line.get_ydata()) == [0, 1]]
    assert upright == pytest.approx([100 * best, 50])
    low, high = axes.get_xlim()
    drawn = [value for values in intervals(axes) for value in values]
    assert low < min(drawn) < max(drawn) < high
    assert high - low < 1.2 * (max(drawn) - min(drawn))


def test_rows_are_told_apart_without_colours(rows):
    found = chosen(rows, baselines=True)
    [axes] = comparison.picture(found, wide=False).axes
    marks = {
        (container[0].get_marker(), container[0].get_markerfacecolor() == "white") for container in axes.containers
    }
    assert marks == {("o", False), ("s", True), ("D", True)}


def test_gains_are_those_of_the_table_under_their_model(rows):
    found = of_command("fusion", rows)
    [axes] = fusion.picture(found, wide=False).axes
    listed = [text.get_text() for text in axes.get_yticklabels()]
    drawn = dict(zip(axes.get_yticks(), listed, strict=True))
    values = {container[0].get_ydata()[0]: values for container, values in zip(axes.containers, intervals(axes),
                                                                               strict=True)}  # fmt: skip
    model, seen = "", {}
    for place, text in drawn.items():
        if place in values:
            seen[model, text] = "{:+.1f} [{:+.1f}, {:+.1f}]".format(*values[place])
        else:
            model = text
    assert seen == {(row.summary.model, row.summary.fusion): gain(row.gain, "auroc") for row in found.rows}
    assert [line.get_xdata()[0] for line in axes.lines if list(line.get_ydata()) == [0, 1]] == [0]


def test_gains_over_a_named_modality_say_so(rows):
    found = chosen(rows, against="eda")
    figure = fusion.picture(replace(found, rows=[row for row in found.rows if fusion.gained(row)]), wide=True)
    assert "Gain in AUROC over eda alone (points)" in words(figure)


def test_each_subject_has_a_dot_in_each_row_and_the_mean_is_marked(rows):
    found = chosen(rows, "logistic")
    [axes] = people.picture(found, wide=False).axes
    dots = [line for line in axes.lines if line.get_marker() in ("o", "s")]
    means = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "|"]
    assert len(dots) == len(found.rows) == 4
    for row, line, mean in zip(found.rows, dots, means, strict=True):
        assert list(line.get_xdata()) == pytest.approx([100 * each["auroc"] for each in row.summary.subjects.values()])
        assert mean == pytest.approx(100 * row.summary.estimates["auroc"].mean)
    joined = [line for line in axes.lines if len(line.get_xdata()) == len(found.rows) and line.get_linestyle() == "-"]
    assert len(joined) == len(found.rows[0].summary.subjects)
    for number, line in enumerate(joined):
        assert list(line.get_xdata()) == pytest.approx([each.get_xdata()[number] for each in dots])
        assert list(line.get_ydata()) == pytest.approx([each.get_ydata()[number] for each in dots])


def test_many_rows_are_not_joined_and_subjects_without_a_value_are_counted(rows):
    figure = people.picture(chosen(rows), wide=False)
    assert "Lines join" not in words(figure)
    first, *others = [row for row in rows if row.model == "logistic"]
    scores = {**first.subjects, "P01": {**first.subjects["P01"], "auroc": None}}
    figure = people.picture(chosen([replace(first, subjects=scores), *others]), wide=False)
    assert "1 subject without a value" in words(figure)
    assert "Lines join" in words(figure)


def test_reliability_curves_have_the_bins_of_rows_and_their_error(rows):
    found = of_command("calibration", rows)
    figure = calibration.picture(found, wide=False)
    [axes] = figure.axes
    diagonal, *curves = axes.lines
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [50, 100]
    [legend] = figure.legends
    *legends, _ = [text.get_text().replace("\u00a0", " ") for text in legend.get_texts()]
    for row, name, curve, text in zip(found.rows, labels(found.rows), curves, legends, strict=True):
        bins = row.summary.reliability
        assert list(curve.get_xdata()) == pytest.approx([100 * each.confidence for each in bins])
        assert list(curve.get_ydata()) == pytest.approx([100 * each.accuracy for each in bins])
        assert text == f"{name} (ECE {100 * row.summary.pooled['ece']:.1f} %)"
    assert len({(line.get_color(), line.get_linestyle()) for line in curves}) == len(curves)


def test_ranks_are_on_a_common_axis_and_bars_join_groups(several):
    [found] = ranked(comparisons(several))
    [axes] = ranks.picture(found, wide=False).axes
    ticks = {text.get_text(): text.get_position()[0] for text in axes.texts if re.fullmatch(r"\d", text.get_text())}
    assert list(ticks) == ["1", "2", "3", "4", "5"]

    def rank(across):
        return 1 + (across - ticks["1"]) / (ticks["2"] - ticks["1"])

    named = [line for line in axes.lines if len(line.get_xdata()) == 3]
    assert sorted(rank(line.get_xdata()[0]) for line in named) == pytest.approx(sorted(found.ranking.mean_ranks))
    [bar] = [line for line in axes.lines if line.get_gid() == "critical difference"]
    start, end = map(rank, bar.get_xdata())
    assert end - start == pytest.approx(found.ranking.critical_difference)
    groups = [line for line in axes.lines if str(line.get_gid()).startswith("group")]
    assert len(groups) == len(found.ranking.groups) > 1
    for line, group in zip(groups, found.ranking.groups, strict=True):
        means = found.ranking.mean_ranks[list(group)]
        left, right = line.get_xdata()
        assert (rank(left + 0.03), rank(right - 0.03)) == pytest.approx((means.min(), means.max()))
    assert "CD = " in words(axes.figure)


# -------------------------------------------------------------------------------------------- texts


def pictures(rows, several):
    for wide in (False, True):
        for name, module in NAMED.items():
            for made in (rows, with_long_names(rows)):
                yield f"{name} {wide}", module.picture(of_command(name, made), wide=wide)
        [found] = ranked(comparisons(several))
        yield f"ranks {wide}", ranks.picture(found, wide=wide)


def test_no_text_is_cut_off_overlaps_another_or_is_small(rows, several):
    for name, figure in pictures(rows, several):
        boxes = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
        size = figure.bbox
        assert len(boxes) > 5, name
        for text, box in boxes:
            assert size.x0 <= box.x0 < box.x1 <= size.x1, (name, text)
            assert size.y0 <= box.y0 < box.y1 <= size.y1, (name, text)
        for (one, first), (other, second) in combinations(boxes, 2):
            across = min(first.x1, second.x1) - max(first.x0, second.x0)
            upright = min(first.y1, second.y1) - max(first.y0, second.y0)
            assert min(across, upright) < 1.5, (name, one, other)  # pixels of 100 per inch
        assert min(text.get_fontsize() for text in texts(figure)) >= 7, name


def test_pictures_are_as_wide_as_columns(rows, several):
    for name, figure in pictures(rows, several):
        assert figure.get_figwidth() == (7.0 if name.endswith("True") else 3.4)


def test_simulated_data_are_called_so_and_recordings_are_not(rows, several):
    for name, figure in pictures(rows, several):
        assert "simulated data" in words(figure).lower(), name
    found = of("stress-predict-stress-loso")
    for name, module in NAMED.items():
        assert "simulated" not in words(module.picture(of_command(name, found), wide=False)).lower()


def test_labels_are_short_and_name_one_row_each(rows):
    found = chosen(rows).rows
    assert {"logistic, early", "attx, attentive", "attx, eda"} <= set(labels(found))
    twin = replace(found[0], summary=replace(found[0].summary, key="f" * 16))
    key = found[0].summary.key[:8]
    assert labels([found[0], twin])[0].endswith(f" [{key}]")
    assert labels([found[0], twin])[1].endswith(" [ffffffff]")
    other = replace(found[0].summary.cell, modalities=("ecg", "eda", "bvp"))
    with_three = replace(found[0], summary=replace(found[0].summary, cell=other))
    assert labels([found[0], with_three])[1].endswith(", ecg+eda+bvp")


@pytest.mark.parametrize("text", [LONG, f"{DATASET} · stress · loso", "x" * 90, "a+b " * 30])
@pytest.mark.parametrize("inches", [0.8, 1.5, 3.3])
def test_lines_fit_and_nothing_is_lost(text, inches):
    lines = wrapped(text, inches, 7)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width_of(line, 7) <= inches for line in lines)
    assert not [line for line in lines if line.startswith("·")]


# -------------------------------------------------------------------------------------------- files


@pytest.fixture
def folder(bench, several, rows):
    """A folder of published files, which the command reads."""
    made = bench.folder / "published"
    made.mkdir()
    for dataset in DATASETS:
        found = [row for row in several if row.dataset == dataset]
        content = published.content(found[0].header, [row.row for row in found])
        (made / f"{dataset}.jsonl").write_text(content, encoding="utf-8")
    content = published.content(rows[0].header, [row.row for row in rows])
    (bench.folder / "one.jsonl").write_text(content, encoding="utf-8")
    return made


@pytest.fixture
def unchecked(monkeypatch):
    """Scores of made-up rows do not agree with each other, which published files are checked for."""
    monkeypatch.setattr("bench.leaderboard.publishing.publication.contradictions", lambda summary: ())


@pytest.mark.parametrize("suffix", [".pdf", ".svg", ".png"])
@pytest.mark.parametrize("name", [name for name in RESULTS if name != "ranks"])
def test_the_same_data_give_the_same_bytes(bench, folder, name, suffix):
    file = bench.folder / f"a{suffix}"
    assert bench("plot", name, "one.jsonl", "--to", file.name).ok().out == f"Wrote a{suffix}.\n"
    first = file.read_bytes()
    again = bench("plot", name, "one.jsonl", "--to", file.name).ok().out
    assert again == f"Wrote a{suffix}, replacing the existing file.\n"
    assert file.read_bytes() == first
    assert [path.name for path in bench.folder.iterdir() if path.name.startswith((".", "a"))] == [file.name]


def test_another_process_on_another_day_writes_the_same_bytes(bench, folder):
    for suffix in ("pdf", "svg"):
        bench("plot", "comparison", "one.jsonl", "--to", f"a.{suffix}").ok()
        bench.process("plot", "comparison", "one.jsonl", "--to", f"b.{suffix}", SOURCE_DATE_EPOCH="86400",
                      PYTHONHASHSEED="7").ok()  # fmt: skip
        assert (bench.folder / f"a.{suffix}").read_bytes() == (bench.folder / f"b.{suffix}").read_bytes()


@pytest.mark.parametrize(("options", "points"), [((), 244.8), (("--wide",), 504)])
def test_a_pdf_embeds_its_fonts_and_is_as_wide_as_asked(bench, folder, options, points):
    bench("plot", "comparison", "one.jsonl", *options).ok()
    content = (bench.folder / "comparison.pdf").read_bytes()
    assert b"/FontFile2" in content
    assert b"/CIDFontType2" in content
    assert b"/Type3" not in content
    assert b"Matplotlib" not in content
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ", content)
    assert float(box[1]) == pytest.approx(points)


def test_several_comparisons_are_numbered(bench, folder, unchecked):
    written = bench("plot", "comparison", "published", "--to", "a.svg").ok().out.splitlines()
    assert written == [f"Wrote a-{number}.svg. {name} · stress · loso" for number, name in enumerate(DATASETS, 1)]
    assert len(list(bench.folder.glob("a-*.svg"))) == len(DATASETS)


def test_ranks_need_three_data_sets(bench, folder, unchecked):
    assert bench("plot", "ranks", "published").ok().out == "Wrote ranks.pdf.\n"
    (folder / "amigos.jsonl").unlink()
    (folder / "wesad.jsonl").unlink()
    bench("plot", "ranks", "published", "--to", "b.pdf").usage_error(
        "Ranks need one model with 3 fusions or more on 3 data sets or more, and 'published' has no such model; run it "
        "as in 'bench run --dataset A,B,C --fusion early,feature,late'."
    )
    assert not (bench.folder / "b.pdf").exists()


def test_the_latest_run_is_drawn_and_too_many_curves_are_not(bench):
    bench("run", "--profile", "smoke", "--modalities", "ecg,eda", "--fusion", "none,early,late", "--no-baselines",
          "--model", "logistic,knn").ok()  # fmt: skip
    for name in ("comparison", "fusion", "people"):
        assert bench("plot", name).ok().out == f"Wrote {name}.pdf.\n"
    drawn = bench("plot", "calibration").ok()
    assert drawn.err.endswith(": the best 6 of 8 rows are drawn; --rows names others.\n")
    assert bench("plot", "calibration", "--rows", "knn,early").ok().err == ""
    key = bench("show", "--json").ok().json[0]["key"]
    assert bench("plot", "people", key[:8], "--to", "one.png").ok().out == "Wrote one.png.\n"
    bench("plot", "fusion", "--rows", "none").usage_error(
        "No row of 'latest' has a gain over a single modality; run fusions beside single modalities, as in 'bench run "
        "--fusion none,early,late'."
    )


REFUSED = [
    (("comparison", "--to", "a.jpg"), "--to takes the name of a PDF, SVG or PNG file, as in figure.pdf, not 'a.jpg'."),
    (("comparison",), "There are no runs in bench-results; start one with 'bench run', or name a folder with --out."),
    (("people", "none.jsonl"), "There is no published file none.jsonl; 'bench leaderboard' writes such files."),
    (("people", "one.jsonl", "--rows", "logisti"), "There is no row 'logisti'; did you mean 'logistic'? Known: "),
    (("fusion", "one.jsonl", "--against", "ecgg"), "The leaderboard has no modality 'ecgg'; did you mean 'ecg'? "),
    (("comparison", "one.jsonl", "--metric", "mae"), "There is no metric of published results 'mae'"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "message"), REFUSED, ids=lambda value: " ".join(value) if value[0] != "-" else "")
def test_a_mistake_is_one_sentence_and_nothing_is_written(bench, folder, typed, message):
    before = sorted(bench.folder.iterdir())
    found = bench("plot", *typed)
    assert (found.code, found.out, found.err.count("\n")) == (2, "", 1)
    assert found.err.startswith(f"Error: {message}")
    assert sorted(bench.folder.iterdir()) == before


def test_a_folder_that_is_not_there_is_named(bench, folder):
    bench("plot", "comparison", "one.jsonl", "--to", "nowhere/a.pdf").failure(
        "Cannot write nowhere/a.pdf (No such file or directory); name another file with --to."
    )
    assert not (bench.folder / "nowhere").exists()
