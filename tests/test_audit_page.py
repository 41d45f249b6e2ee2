"""docs/audit.md against the command: each finding is shown by its demonstration, in the words of the page."""

import re
import shlex
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "audit.md"
DATASET = ("audit", "synthetic(n_subjects=4,minutes=8)", "--modalities", "eda")


def demonstrations():
    """Command -> severity and sentence of each finding that it shows."""
    found = {}
    rows = re.findall(r"^\| ([a-z-]+) \| (.+) \| `(.+)` \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    for severity, sentence, arguments in rows:
        if severity != "severity":
            found.setdefault(arguments, []).append((severity, sentence))
    return found


@pytest.mark.parametrize("arguments", demonstrations())
def test_each_finding_is_demonstrated_in_the_words_of_the_page(bench, arguments):
    lines = bench("audit", *shlex.split(arguments)).ok().out.splitlines()
    for severity, sentence in demonstrations()[arguments]:
        pattern = ".+".join(re.escape(part.strip()) for part in sentence.split("…"))
        assert any(re.fullmatch(rf"  {severity}: {pattern}", text) for text in lines), lines


def test_the_page_shows_every_severity():
    severities = {severity for every in demonstrations().values() for severity, _ in every}
    assert severities == {"note", "transductive", "subject-dependent", "leaky"}


def test_the_audit_of_a_data_set_trains_nothing_and_can_be_json(bench):
    [one, other] = bench(*DATASET, "--protocol", "loso,kfold-trial", "--json").ok().json
    assert [one["protocol"], one["target"], one["audit"]["verdict"]] == ["loso", "stress", "clean"]
    assert [other["protocol"], other["audit"]["verdict"]] == ["kfold-trial", "subject-dependent"]
    assert not bench.tasks()


REFUSED = [
    ((*DATASET, "--probe"), ("--probe repeats stored tasks, and 'synthetic(n_subjects=4,minutes=8)' is a data set; "
     "name a run, or leave it out.")),
    (("audit", "latest", "--protocol", "loso"), ("--protocol belongs to the audit of a data set, and 'latest' names "
     "stored rows; leave it out.")),
    (("audit", "latest", "-o", "window.length=5"), ("--option belongs to the audit of a data set, and 'latest' names "
     "stored rows; leave it out.")),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), REFUSED)
def test_options_that_do_not_belong_together_are_refused(bench, arguments, message):
    bench(*arguments).usage_error(message)
