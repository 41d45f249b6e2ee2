"""Tables of papers as suites: each row is a cell, beside the numbers that were printed."""

from bench.api import Plugin, hookimpl


@hookimpl
def bench_suites() -> list[Plugin]:
    return [
        Plugin(
            "attx-table1",
            "bench_papers.attx:Table1",
            "AttX, Table I: feature fusion, and three directions at seven sets of stages, on WESAD.",
        ),
        Plugin(
            "attx-table2",
            "bench_papers.attx:Table2",
            "AttX, Table II: its best row beside what other papers report for WESAD.",
        ),
        Plugin(
            "attx-table3",
            "bench_papers.attx:Table3",
            "AttX, Table III: single modalities, and fusion without and with attention, on WESAD.",
        ),
    ]
