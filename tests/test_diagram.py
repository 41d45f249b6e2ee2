"""The critical difference diagram: where things stand in it, and what its texts say."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from scipy import stats

from bench.leaderboard.over_data_sets import Ranked
from bench.leaderboard.pages.diagram import Layout, diagram, width
from bench.scoring.ranks import ranking

# Four fusions on four data sets: mean ranks by hand are 1.25, 2.5, 2.25 and 4. The critical difference is
# 2.569 · √(4 · 5 / (6 · 4)) = 2.345 (Demšar 2006, table 5), so only the first and the last are further apart.
SCORES = np.array([[0.9, 0.8, 0.7, 0.6], [0.9, 0.8, 0.7, 0.6], [0.9, 0.7, 0.8, 0.6], [0.8, 0.7, 0.9, 0.6]])
NAMES = ("late", "early", "middle", "feature")
MEANS = {"late": 1.25, "early": 2.5, "middle": 2.25, "feature": 4.0}


def made(names=NAMES, scores=SCORES):
    return Ranked("svm under loso", tuple(f"data {n}" for n in range(len(scores))), tuple(names), ranking(scores))


def drawn(ranked):
    return ET.fromstring(diagram(ranked, "ranks-1"))[0]


def texts(svg):
    return {each.text: (float(each.get("x")), float(each.get("y"))) for each in svg.iter("text")}


def numbers(path):
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path.get("d"))]


def test_ranks_and_bars_stand_where_they_do_by_hand():
    ranked, svg = made(), drawn(made())
    ranks = stats.rankdata(-SCORES, axis=1).mean(axis=0)
    assert dict(zip(NAMES, ranks, strict=True)) == MEANS
    apart = stats.studentized_range.ppf(0.95, 4, np.inf) / np.sqrt(2) * np.sqrt(4 * 5 / (6 * 4))
    assert ranked.ranking.critical_difference == pytest.approx(apart)
    assert apart == pytest.approx(2.569 * np.sqrt(20 / 24), abs=2e-3)
    found = texts(svg)
    one, four = found["1"][1], found["4"][1]  # ticks of the axis
    scale = (four - one) / 3
    bracket = next(numbers(path) for path in svg.iter("path"))
    assert (bracket[-4] - bracket[1]) / scale == pytest.approx(apart, abs=0.01)
    bars = [numbers(path) for path in svg.iter("path") if path.get("stroke-width")]
    ends = [[1 + (height - (one - 4)) / scale for height in (bar[1] + 3, bar[2] - 3)] for bar in bars]
    assert np.allclose(ends, [(1.25, 2.5), (2.25, 4.0)], atol=0.01)  # 4 - 1.25 > 2.345 ≥ 4 - 2.25
    starts = [numbers(path)[1] for path in svg.iter("path") if "L" in path.get("d")]
    assert np.allclose([1 + (start - (one - 4)) / scale for start in starts], sorted(MEANS.values()), atol=0.01)


def test_names_stand_from_best_to_worst_with_their_ranks_and_none_covers_another():
    found = texts(drawn(made()))
    order = sorted(MEANS, key=MEANS.get)
    heights = [found[name][1] for name in order]
    assert (np.diff(heights) >= 20).all()
    assert [found[f"{MEANS[name]:.2f}"][1] for name in order] == heights
    assert len({found[name][0] for name in order}) == 1
    long = ("attentive(stages=1,3, direction=ecg_to_eda, heads=4)", *NAMES[1:])
    svg = drawn(made(long))
    assert texts(svg)[long[0]][0] + width(long[0]) <= float(svg.get("width"))


def test_fusions_with_the_same_rank_have_lines_of_their_own():
    layout = Layout(made(NAMES, np.zeros((3, 4))))
    assert layout.ranked.ranking.groups == ((0, 1, 2, 3),)
    assert len({layout.line(place) for place in range(4)}) == 4
    assert layout.height_of(2.5) == layout.bars[0][1] == layout.bars[0][2]


def test_names_are_shown_as_they_are_and_said_aloud():
    names = ('<script>alert("x")</script>', "a & b", "late", "feature")
    text = diagram(made(names), "ranks-1")
    assert "<script" not in text
    assert not any(trace in text for trace in ("http:", "https:", "url(", "href", "src="))
    svg = drawn(made(names))
    assert set(names) <= texts(svg).keys()
    title, about = svg[0], svg[1]
    assert (title.tag, about.tag) == ("title", "desc")
    assert svg.get("aria-labelledby") == f"{title.get('id')} {about.get('id')}" == "ranks-1-title ranks-1-about"
    assert title.text == "Critical difference diagram of svm under loso"
    assert about.text == (
        'Mean ranks: <script>alert("x")</script> 1.25, late 2.25, a & b 2.50, feature 4.00. Critical difference: 2.35. '
        'Bars join <script>alert("x")</script>; late; a & b, and late; a & b; feature.'
    )
    colours = set(re.findall(r'(?:stroke|fill)="([^"]*)"', text))
    assert colours == {"currentColor", "none", "#4c8bf5"}  # readable in light and dark
