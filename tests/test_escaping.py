"""Text of plugins and published files in the Markdown of the leaderboard, as a parser of Markdown shows it."""

import html
import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bench.leaderboard.pages.escaping import IN_CELL, escape, escape_line
from bench.results.published import sealed_again
from bench.session import leaderboard

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PIECES = [
    *"a1_*`~[]()<>!&;:#|\\$ -+.=^/\"'@\n\t", "](", "<b>", "&amp;", "&#60;", "www.", "https://", "]: ", "| - |", "a_b",
    "__", "**", "<!--", "<?", "![", "1. ", "\\|", "\x1b", "\u2028", "\ud800",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def shown(text):
    """One line of HTML without any tag."""
    line = "".join(each if each.isprintable() else "?" for each in " ".join(text.split()))
    return html.escape(line).replace("&#x27;", "'")


@settings(max_examples=400)
@given(TEXTS)
def test_any_text_is_shown_as_it_is_in_a_list(text):
    assert MARKDOWN.render(f"- {escape_line(text)}\n") == f"<ul>\n<li>{shown(text)}</li>\n</ul>\n"


@settings(max_examples=400)
@given(TEXTS)
def test_any_text_is_shown_as_it_is_in_a_cell(text):
    found = MARKDOWN.render(f"| A | B |\n|---|---|\n| x{escape(text, IN_CELL)} | b |\n")
    assert f"<td>x{shown(text)}</td>" in found


def test_what_would_not_format_stays_readable():
    for text in ("synthetic(n_subjects=6, minutes=12) · stress", "+1.6 [+0.2, +3.1]", "< 0.01 s", "p < 0.001 & q > 2"):
        assert escape_line(text) == escape(text, IN_CELL) == text or text[0] == "+"


def test_github_makes_no_links_of_addresses():
    assert escape("see https://example.org, WWW.example.org or a@example.org") == (
        "see https&#58;//example.org, www&#46;example.org or a&#64;example.org"
    )


HOSTILE = "x|y <script>alert(1)</script> **b** [c](http://example.org) `d`\n\n# e <!--"


def test_published_texts_reach_no_page_as_markup(bench):
    bench("run", "--profile", "smoke", "--fusion", "none", "--modalities", "ecg,eda").ok()
    bench("leaderboard", "--to", "leaderboard").ok()
    [path] = (bench.folder / "leaderboard" / "results").glob("*.jsonl")
    header, *rows = map(json.loads, path.read_text().splitlines())
    header |= {"remark": HOSTILE, "label_rule": HOSTILE, "dataset": HOSTILE, "excluded_windows": {HOSTILE: 2}}
    for row in rows:
        row |= {"model": row["model"] + HOSTILE, "fusion": HOSTILE, "preprocess": HOSTILE}
        row["audit"] = {
            "verdict": "leaky", "findings": [{"name": "a", "severity": "leaky", "text": f"# {HOSTILE}", "share": 1.0}],
        }  # fmt: skip
        row["cell"]["modalities"] = [name + HOSTILE for name in row["cell"]["modalities"]]
    path.write_text(sealed_again([header, *rows]))
    other = path.with_name("other.jsonl")  # so that there is a table of all comparisons
    other.write_text(sealed_again([header | {"comparison": "0" * 16}, *rows]))
    leaderboard(out=bench.folder / "none", to=bench.folder / "leaderboard", formats=("md", "html"))
    text = (bench.folder / "leaderboard" / "README.md").read_text()
    found = MARKDOWN.render(text)
    for mark in ("<script", "<!--", 'href="http', "<code>d", "<strong>b<", "<h1>e"):
        assert mark not in found
    assert found.count("<h1>") == 1
    assert len(re.findall("<h2>", found)) == 4  # two comparisons, and what is before and behind them
    assert {len(re.findall("<td", row)) for row in re.findall("<tr>(.*?)</tr>", found, re.DOTALL)} == {0, 7, 9}
