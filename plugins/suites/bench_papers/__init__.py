"""Tables of papers as suites."""

from bench.api import Plugin, hookimpl

TABLES = {
    "attx-table1": "AttX, Table I: feature fusion, and three directions at seven sets of stages, on WESAD.",
    "attx-table2": "AttX, Table II: its best row beside what other papers report for WESAD.",
    "attx-table3": "AttX, Table III: single modalities, and fusion without and with attention, on WESAD.",
    "ressin-table1": "Res-SIN, Table 1: ratings by regression from EDA and its components, on PMEmo.",
    "ressin-table2": "Res-SIN, Table 2: components of EDA with music, and each alone, on PMEmo.",
    "transformer-table1": "Transformers, Table 1: EEG without and with pre-training, on AMIGOS.",
    "transformer-table2": "Transformers, Table 2: ECG, EEG and both in late fusion, pre-trained, on AMIGOS.",
    "transformer-table3": "Transformers, Table 3: late fusion without and with pre-training, on AMIGOS.",
    "transformer-table4": "Transformers, Table 4: F1 beside the baseline of the authors of AMIGOS.",
}


@hookimpl
def bench_suites() -> list[Plugin]:
    return [Plugin(name, f"bench_papers.{name.replace('-table', ':Table')}", about) for name, about in TABLES.items()]
