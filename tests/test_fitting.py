"""Tables that fit the width of a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tabulate import tabulate

from bench.cli.output.fitting import fitted

ROW = {
    "Model": "logistic", "Fusion": "early", "Modalities": "bvp+eda+temp+acc+hr", "AUROC": "72.3 [68.7, 75.6]",
    "Balanced acc.": "63.3", "Accuracy": "70.1", "Chance": "50.0 / 50.0 / 61.0",
    "Gain over single": "+10.0 [+3.1, +15.3]", "Beats baselines": "no", "Key": "052342a2",
}  # fmt: skip
ROWS = [
    ROW,
    ROW | {"Fusion": "none", "Modalities": "hr", "Gain over single": "–"},
    ROW
    | {"Model": "prior, trial-mean, stimulus-mean", "Fusion": "–", "Modalities": "–", "Beats baselines": "baseline"},
]


def lines(rows):
    text = tabulate([list(row.values()) for row in rows], list(rows[0]), tablefmt="simple", disable_numparse=True)
    return text.splitlines()


def test_where_a_program_reads_nothing_is_left_out():
    assert fitted(ROWS, None) == ROWS
    assert fitted(ROWS, 500) == ROWS


def test_at_80_columns_it_has_model_fusion_score_gain_baselines_and_key():
    found = fitted(ROWS, 80)
    assert list(found[0]) == ["Model", "Fusion", "AUROC", "Gain", "Beats", "Key"]
    assert [row["Fusion"] for row in found] == ["early", "hr", "–"]
    assert found[2]["Model"] == "prior and 2 more"
    assert found[0]["Key"] == "052342"  # of which commands take the first letters


@pytest.mark.parametrize("model", ["logistic", "always-positive, majority, prior", "attx + search 50 by auroc"])
@pytest.mark.parametrize("numbers", [("99.7 [97.1, 100.0]", "+12.6 [-20.5, +37.5]"),
                                     ("0.123 [0.100, 0.200]", "+0.123 [-0.100, +0.200]"), ("71.2", "–")])  # fmt: skip
@pytest.mark.parametrize("fusion", ["late", "attentive(stages=1,3, direction=ecg_to_eda)"])
def test_the_longest_numbers_fit_80_columns_with_the_key(model, fusion, numbers):
    score, gain = numbers
    row = ROW | {"Model": model, "Fusion": fusion, "AUROC": score, "Gain over single": gain}
    found = fitted([row, ROW], 80)
    assert max(map(len, lines(found))) <= 80
    assert "Key" in found[0]
    assert (found[0]["AUROC"].split(), found[0]["Gain"].split()) == (score.split(), gain.split())


def test_where_there_is_room_more_is_shown():
    assert [len(fitted(ROWS, width)[0]) for width in (80, 100, 120, 160)] == [6, 7, 8, 10]


def test_fusions_of_different_modalities_are_told_apart():
    rows = [ROW, ROW | {"Modalities": "bvp+eda"}]
    assert [row["Fusion"] for row in fitted(rows, 90)] == ["early of bvp+eda+temp+acc+hr", "early of bvp+eda"]


@pytest.mark.parametrize(("width", "longest"), [(80, "transformer("), (100, "transformer(width=64, layers=4,")])
def test_long_names_are_broken_between_words_and_inside_options_where_need_be(width, longest):
    model = "transformer(width=64, layers=4, heads=8, feedforward=256, hidden=64, epochs=30)"
    found = fitted([ROW | {"Model": model}, ROW], width)
    parts = found[0]["Model"].split("\n")
    assert "".join(parts).replace(" ", "") == model.replace(" ", "")
    assert longest in parts
    assert max(map(len, lines(found))) <= width


def test_at_80_columns_every_row_has_a_key_that_commands_take(bench):
    bench("run", "--profile", "smoke", "--modalities", "eda,bvp").ok()
    told = bench.terminal("show")
    assert max(map(len, told)) <= 80
    start = next(number for number, line in enumerate(told) if line.startswith("Model "))
    table = told[start + 2 : told.index("", start)]
    keys = [key for line in table if (key := line[told[start].index("Key") :].strip())]
    assert len(keys) == len(set(keys)) > 4
    for key in keys:
        assert len(bench("show", key, "--json").ok().json) == 1


def test_at_80_columns_a_plan_is_whole(bench):
    told = bench.terminal("plan", "--profile", "smoke", "--samples", "1", "--no-baselines")
    assert max(map(len, told)) <= 80
    assert told[0] == "synthetic(n_subjects=4, minutes=8) · stress · loso"
    assert told[1].split() == ["row", "left", "a", "task", "all", "left", "memory", "storage"]
    assert all("3 of 4" in line for line in told if line.startswith("logistic"))


texts = st.text(st.sampled_from("abc ,+()="), min_size=1, max_size=60)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5), st.integers(40, 200))
def test_names_keep_all_their_letters(names, width):
    rows = [ROW | {"Model": model, "Fusion": fusion} for model, fusion in names]
    for row, (model, fusion) in zip(fitted(rows, width), names, strict=True):
        if fusion != "none":
            assert "".join(row["Model"].split()) == "".join(model.split())
            assert "".join(row["Fusion"].split()).startswith("".join(fusion.split()))
