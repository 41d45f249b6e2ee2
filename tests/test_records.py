"""Records: JSON and back, migrations from stored examples of older schemas, and what is refused."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from bench.cells.cell import Cell
from bench.leaderboard.summary import Summary
from bench.results.cell_record import CellRecord
from bench.results.decoding import RecordError, decode
from bench.results.environment import Environment, cpu_capability, environment
from bench.results.row_record import ComparisonRecord, RowRecord
from bench.results.run_record import RunRecord
from bench.results.serialization import Record, plain, sealed
from bench.results.task_record import FailureRecord, TaskRecord

RECORDS = Path(__file__).parent / "records"
OLD = {"cell-1": CellRecord, "cell-2": CellRecord, "task-1": TaskRecord, "run-1": RunRecord, "run-2": RunRecord,
       "failure-1": FailureRecord}  # fmt: skip


def stored(name: str) -> Any:
    return json.loads((RECORDS / f"{name}.json").read_text())


@dataclass(frozen=True)
class Part:
    name: str
    weight: float | None = None


@dataclass(frozen=True, kw_only=True)
class Example(Record):
    SCHEMA = 3
    MIGRATIONS = {  # noqa: RUF012
        1: lambda values: {"parts": values["pieces"], **{k: v for k, v in values.items() if k != "pieces"}},
        2: lambda values: values | {"kind": "old"},
    }

    kind: Literal["old", "new"]
    parts: tuple[Part, ...]
    scores: Mapping[str, float | None] = field(default_factory=dict)
    count: int = 0
    note: str = ""
    extra: Any = None


FULL = Example(
    kind="new", parts=(Part("a", 0.5), Part("b")), scores={"x": 1.0, "y": None}, count=2, note="n", extra=[1]
)

# ---------------------------------------------------------------------------------------- to and fro


def test_a_record_comes_back_from_json_as_it_was():
    assert Example.from_json(json.loads(json.dumps(FULL.to_json()))) == FULL


def test_optional_fields_that_are_empty_are_left_out():
    assert Example(kind="new", parts=()).to_json() == {"schema": 3, "kind": "new", "parts": [], "count": 0}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.nan, None),
        (-math.inf, None),
        (np.float64(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array([[1.0, np.nan]]), [[1.0, None]]),
        ({1: (2, "x")}, {"1": [2, "x"]}),
        (Part("a", math.inf), {"name": "a", "weight": None}),
    ],
)
def test_values_become_types_of_json(value, expected):
    assert plain(value) == expected
    assert json.loads(json.dumps(plain(value))) == expected


REFUSED = [
    ([], "expected a table, found []"),
    ({"schema": 3, "kind": "new"}, "parts: missing key"),
    ({"schema": 3, "kind": "new", "parts": [], "color": 1}, "color: unknown key"),
    ({"schema": 3, "kind": "new", "parts": [{"name": "a", "mass": 1}]}, "parts[0].mass: unknown key"),
    ({"schema": 3, "kind": "new", "parts": [{}]}, "parts[0].name: missing key"),
    ({"schema": 3, "kind": "new", "parts": {}}, "parts: expected a list, found {}"),
    ({"schema": 3, "kind": "new", "parts": [], "count": True}, "count: expected a whole number, found true"),
    ({"schema": 3, "kind": "new", "parts": [], "count": 1.5}, "count: expected a whole number, found 1.5"),
    ({"schema": 3, "kind": "new", "parts": [], "scores": {"x": "1"}}, 'scores.x: expected a number, found "1"'),
    ({"schema": 3, "kind": "newer", "parts": []}, 'kind: expected old or new, found "newer"'),
    ({"schema": "3", "kind": "new", "parts": []}, 'schema: expected a whole number from 1, found "3"'),
    ({"schema": 4, "kind": "new", "parts": [], "color": 1},
     "its schema is 4, and this version of affectbench reads up to 3; install a newer version to read it"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "message"), REFUSED)
def test_what_is_not_a_record_is_refused_in_one_sentence(values, message):
    with pytest.raises(RecordError) as caught:
        Example.from_json(values)
    assert str(caught.value) == message


# ---------------------------------------------------------------------------------------- migrations


def test_migrations_lead_from_each_schema_to_the_next():
    first = Example.from_json({"pieces": [{"name": "a"}]})
    second = Example.from_json({"schema": 2, "parts": [{"name": "a"}]})
    assert first == second == Example(kind="old", parts=(Part("a"),))


@pytest.mark.parametrize("cls", [CellRecord, TaskRecord, RunRecord, RowRecord, ComparisonRecord, FailureRecord])
def test_each_older_schema_has_a_migration(cls):
    assert set(cls.MIGRATIONS) == set(range(1, cls.SCHEMA))


@pytest.mark.parametrize("name", OLD)
def test_a_stored_example_of_an_older_schema_is_read_and_sealed_from_then_on(name):
    cls = OLD[name]
    record = cls.from_sealed(stored(name))
    again = json.loads(json.dumps(sealed(record.to_json())))
    assert (again["schema"], len(again["record_sha256"])) == (cls.SCHEMA, 64)
    assert cls.from_sealed(again) == record
    del again["record_sha256"]
    with pytest.raises(RecordError, match=r"^it has no digest \(record_sha256\)$"):
        cls.from_sealed(again)


@pytest.mark.parametrize("change", [{"n_windows": 257}, {"schema": 2}, {"record_sha256": "0" * 64}, {"remark": "new"}])
def test_a_record_that_was_changed_is_refused(change):
    record = sealed(CellRecord.from_json(stored("cell-1")).to_json())
    with pytest.raises(RecordError, match=r"^its values are not those that were written$"):
        CellRecord.from_sealed(record | change)


def test_keys_of_the_first_schema_have_become_identifiers():
    old, record = stored("cell-1"), CellRecord.from_json(stored("cell-1"))
    assert record.cell == decode(Cell, old["cell"])
    assert (record.excluded, record.excluded_windows) == (old["left out"], old["exclusions"])
    assert (record.test_windows, record.label_rule) == (old["held out"], old["label rule"])
    assert (record.n_windows, record.n_stimuli, len(record.subjects)) == (256, 8, 4)
    assert [finding.severity for finding in record.audit.findings] == ["note"] * 3
    for each in (record, TaskRecord.from_sealed(stored("task-1")), RunRecord.from_json(stored("run-1"))):
        assert all(name.isidentifier() for name in each.to_json())


def test_the_environment_of_the_first_schema_has_got_its_present_names():
    old = stored("task-1")["environment"]
    for record in (TaskRecord.from_sealed(stored("task-1")), RunRecord.from_json(stored("run-1"))):
        found = record.environment
        assert (found.commit, found.cpu, found.libraries) == (old["code"], old["processor"], old["libraries"])
        assert (found.cpu_capability, found.blas) == ("", "")


def test_cells_from_before_two_fields_were_renamed_are_read():
    old = stored("cell-1")
    cell = old["cell"]
    earlier = {**cell, "cohort": cell["required_modalities"], "recipe": "attx"}
    del earlier["required_modalities"], earlier["preset"]
    record = CellRecord.from_json(old | {"cell": earlier})
    assert (record.cell.required_modalities, record.cell.preset) == (("eda", "bvp"), "attx")


# ------------------------------------------------------------------------------ published, environment


def test_a_summary_is_a_row_and_what_its_comparison_shares(summary_of):
    summary = summary_of([0.7, 0.8, 0.9], "accuracy", label_rule="a rule")
    assert {field.name for field in fields(ComparisonRecord)}.isdisjoint(field.name for field in fields(RowRecord))
    assert Summary.of(summary.header, summary.row) == summary
    assert Summary.from_json(json.loads(json.dumps(summary.to_json()))) == summary
    assert summary.header.to_json()["label_rule"] == "a rule"
    assert "label_rule" not in summary.row.to_json()


def test_the_environment_says_where_numbers_come_from_and_names_no_machine():
    found = environment()
    assert found.libraries["numpy"] == np.__version__
    assert found.cpu_capability in ("AVX512", "AVX2", "DEFAULT", "NO AVX", "")
    assert found.blas == "" or found.blas.split()[0] in ("openblas", "mkl", "blis", "flexiblas")
    import platform

    assert platform.node() not in json.dumps(plain(found)).replace('"', " ").split()
    assert {field.name for field in fields(Environment)} == {
        "bench", "commit", "python", "libraries", "system", "cpu", "cpu_capability", "blas", "cores",
    }  # fmt: skip


def test_the_capability_is_what_torch_would_choose(monkeypatch):
    import sys

    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "avx2")
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert cpu_capability() == "AVX2"
