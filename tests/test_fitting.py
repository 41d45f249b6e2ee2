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


def test_at_80_columns_it_has_model_fusion_score_gain_and_baselines():
    found = fitted(ROWS, 80)
    assert list(found[0]) == ["Model", "Fusion", "AUROC", "Gain", "Beats"]
    assert [row["Fusion"] for row in found] == ["early", "hr", "–"]
    assert found[2]["Model"] == "prior and 2 more"


def test_where_there_is_room_more_is_shown():
    assert [len(fitted(ROWS, width)[0]) for width in (80, 100, 120, 160)] == [5, 6, 7, 10]


def test_fusions_of_different_modalities_are_told_apart():
    rows = [ROW, ROW | {"Modalities": "bvp+eda"}]
    assert [row["Fusion"] for row in fitted(rows, 90)] == ["early of bvp+eda+temp+acc+hr", "early of bvp+eda"]


@pytest.mark.parametrize("width", [80, 100])
def test_long_names_are_broken_between_words(width):
    model = "transformer(width=64, layers=4, heads=8, feedforward=256, hidden=64, epochs=30)"
    found = fitted([ROW | {"Model": model}, ROW], width)
    parts = found[0]["Model"].split("\n")
    assert " ".join(parts) == model
    assert max(map(len, lines(found))) <= width


texts = st.text(st.sampled_from("abc ,+()="), min_size=1, max_size=60)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5), st.integers(40, 200))
def test_names_keep_all_their_letters(names, width):
    rows = [ROW | {"Model": model, "Fusion": fusion} for model, fusion in names]
    for row, (model, fusion) in zip(fitted(rows, width), names, strict=True):
        if fusion != "none":
            assert "".join(row["Model"].split()) == "".join(model.split())
            assert "".join(row["Fusion"].split()).startswith("".join(fusion.split()))
