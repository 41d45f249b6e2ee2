"""Rows that are added to a leaderboard, and rows that are not fit for it."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.leaderboard.publishing.submission import reasons
from bench.results.environment import environment

ROW = ("run", "--dataset", "synthetic(n_subjects=4, minutes=8)", "--modalities", "eda,bvp", "--no-baselines")


def published(bench):
    lines = [line for path in bench.folder.glob("shared/results/*.jsonl") for line in path.read_text().splitlines()[1:]]
    return {tuple(row[name] for name in ("model", "fusion", "date")): row for row in map(json.loads, lines)}


@pytest.fixture
def ran(bench):
    bench(*ROW, "--fusion", "early").ok()
    return bench


def test_rows_of_a_run_are_shown_and_added(ran):
    shown = ran("submit", "--to", "shared")  # nobody answers
    assert shown.code == 1
    assert "logistic · early · eda+bvp" in shown.out
    assert not published(ran)
    said = ran("submit", "--to", "shared", "--yes").ok().out
    assert said.splitlines()[0].split() == ["Row", "AUROC", "published", "AUROC", "here"]
    assert said.splitlines()[-1] == "Wrote shared/README.md."
    assert [name[:2] for name in published(ran)] == [("logistic", "early")]
    assert "up to date" in ran("leaderboard", "--check", "--to", "shared").ok().out
    assert "All of these rows are published already." in ran("submit", "--to", "shared").ok().out
    for folder in ran.folder.glob("shared/*"):
        assert folder.name in ("README.md", "results")


def test_other_rows_stay_and_rows_of_the_same_cell_are_replaced_only_where_asked(ran):
    ran("submit", "--to", "shared", "--yes").ok()
    ran(*ROW, "--fusion", "late", "--out", "second").ok()
    ran("submit", "--to", "shared", "--yes", "--out", "second").ok()
    assert {name[1] for name in published(ran)} == {"early", "late"}
    ran(*ROW, "--fusion", "early", "--seed", "0,1", "--out", "third").ok()
    before = published(ran)
    said = ran("submit", "--to", "shared", "--yes", "--out", "third")
    assert (said.code, said.err) == (
        1,
        "Error: Nothing was added. 1 of these rows would replace published ones; allow that with --replace.\n",
    )
    assert published(ran) == before
    ran("submit", "--to", "shared", "--yes", "--out", "third", "--replace").ok()
    assert {row["fusion"]: row["seeds"] for row in published(ran).values()} == {"early": [0, 1], "late": [0]}


def test_a_row_that_is_not_fit_is_not_added(bench):
    bench(*ROW, "--fusion", "early,late", "--profile", "smoke").ok()
    said = bench("submit", "--to", "shared", "--yes")
    said.failure(
        "Nothing was added. synthetic(n_subjects=4, minutes=8) · loso · logistic · early · eda+bvp: the profile "
        "'smoke' shows that a command works, and its scores mean nothing; leave out --profile smoke (and 1 more rows "
        "or reasons)."
    )
    assert not (bench.folder / "shared").exists()


def test_a_record_that_disagrees_with_its_predictions_is_not_added(ran):
    [path, *_] = sorted(ran.folder.glob("bench-results/cells/*/tasks/*/predictions.parquet"))
    others = sorted(ran.folder.glob("bench-results/cells/*/tasks/*/predictions.parquet"))
    path.write_bytes(others[1].read_bytes())
    assert ran("submit", "--to", "shared", "--yes").code == 1
    assert not (ran.folder / "shared").exists()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"isolation": "inline"}, "its isolation is inline"),
        ({"isolation": "process"}, "its isolation is process"),
        ({"isolation": ""}, "its isolation is not recorded"),
        ({"isolation": "shared"}, "none was compared with itself trained alone"),
        ({"probes": {}}, "its predictions were not probed"),
        ({"code": None}, "its code and environment are not recorded"),
        ({"engine": {"precision": "fp32"}}, "networks need 5 seeds, and it has 1"),
    ],
)
def test_each_reason_is_named(summary_of, changed, reason):
    row = summary_of(
        [0.7, 0.8], "auroc", isolation="sandbox", probes={"alone": True}, code={}, environment=environment()
    )
    row = replace(row, cell=replace(row.cell, profile="small"))
    assert list(reasons(row)) == []
    engine = changed.pop("engine", {})
    changed = replace(row, cell=replace(row.cell, engine=engine), **changed)
    [found] = reasons(changed)
    assert reason in found


SCRIPT = Path(__file__).parents[1] / ".ci" / "leaderboard"


def checked(base, head):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", str(SCRIPT), str(base), str(head)],
        env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_a_workflow_shows_how_tables_change_and_refuses_what_was_altered(ran):
    ran("submit", "--to", "shared", "--yes").ok()
    ran("leaderboard", "--to", "shared", "--format", "md,html", "--out", "none").ok()
    head = ran.folder / "head"
    shutil.copytree(ran.folder / "shared", head)
    code, out, _ = checked(ran.folder / "shared", head)
    assert (code, out.splitlines()[-1]) == (0, "No table changes.")
    ran(*ROW, "--fusion", "late", "--out", "second").ok()
    ran("submit", "--to", "head", "--yes", "--out", "second").ok()
    code, out, _ = checked(ran.folder / "shared", head)
    assert code == 0
    assert re.search(r"^    \+\| logistic +\| late ", out, re.MULTILINE)
    [path] = head.glob("results/*.jsonl")
    path.write_text(path.read_text().replace('"n_folds": 4', '"n_folds": 5').replace('"n_folds":4', '"n_folds":5'))
    code, _, err = checked(ran.folder / "shared", head)
    assert code == 1
    assert "was altered" in err
    path.unlink()
    path.symlink_to("/etc/hostname")
    code, out, _ = checked(ran.folder / "shared", head)
    assert (code, out.startswith("A leaderboard holds no links")) == (1, True)
