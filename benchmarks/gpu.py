"""Ways to train networks on one GPU, measured: windows per second of each, and how far that is from the floor.

Many networks with labels first (AttX), then one that is pre-trained (Transformer), and what is compiled at the end.

It needs numpy, pluggy, safetensors and torch; affectbench need not be installed. Each way is a process of its own with
a limit of its own, so one that hangs or leaves CUDA unusable loses itself alone. Its traceback is in FOLDER/errors.txt.

    python benchmarks/gpu.py --out FOLDER                       # under 8 minutes
    python benchmarks/gpu.py --out FOLDER --device cpu --quick  # every way once, to see that it runs: about a minute
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import gpu_networks as networks
import gpu_pretraining as pretraining
import torch
from gpu_children import run_child
from gpu_table import Table
from sizes import TINY

PRECISIONS = ("fp32", "tf32", "bf16")
LEAST = 5  # seconds that are left at least where a way is begun


@dataclass(frozen=True)
class Way:
    """One row of a table."""

    table: str
    name: str
    work: Callable[[str], dict]  # of the device
    seconds: int = 40  # after which it is killed
    gpu: bool = False  # whether there is nothing like it on a CPU


def ways():
    """In the order in which they are measured: what says most comes first, and what may take long or fail last."""
    return [
        Way("gpu", "plain loop, torch's defaults", networks.plain),
        Way("gpu", "plain loop, tf32, cuDNN's benchmark, fused Adam", partial(networks.plain, tuned=True)),
        Way("gpu", "the machine and one step of one network", networks.limits),
        Way("gpu", "separate, graph, fp32", partial(networks.engine_steps, count=1), gpu=True),
        *(stack(precision) for precision in PRECISIONS),
        Way("gpu", "stack of 30, graph, tf32", partial(networks.engine_steps, count=30, precision="tf32"), gpu=True),
        Way("gpu", "separate, no graph, fp32", partial(networks.engine_steps, count=1, graphs=False)),
        Way("gpu", "stack, no graph, fp32", partial(networks.engine_steps, graphs=False)),
        Way("gpu", "stack, graph, deterministic", partial(networks.engine_steps, deterministic=True), gpu=True),
        Way("gpu", "graphs in 4 streams, fp32", partial(networks.streams, count=4), gpu=True),
        Way("gpu", "graphs in 15 streams, fp32", networks.streams, gpu=True),
        Way("gpu", "largest differences of probabilities", networks.equality, 60),
        Way("gpu", "engine, 15 networks, 2 epochs, fp32", networks.engine_run, 90),
        Way("pretraining", "torch's own and a data loader, torch's defaults", pretraining.torch_loop),
        Way(
            "pretraining",
            "the same, tf32, cuDNN's benchmark",
            partial(pretraining.torch_loop, precision="tf32"),
            gpu=True,
        ),
        Way("pretraining", "the same, bf16, cuDNN's benchmark", partial(pretraining.torch_loop, precision="bf16")),
        Way("pretraining", "one step of one network", lambda _: pretraining.demand()),
        *(pretrained(precision) for precision in PRECISIONS),
        Way("pretraining", "ours, no graph, fp32", partial(pretraining.engine_steps, graphs=False)),
        Way("pretraining", "ours, checkpointing, fp32", partial(pretraining.engine_steps, checkpointing=True)),
        Way("gpu", "stack, graph, compiled, tf32", compiled(networks, precision="tf32"), 90, gpu=True),
        Way("pretraining", "ours, graph, compiled, bf16", compiled(pretraining, precision="bf16"), 60, gpu=True),
        Way("gpu", "separate, graph, compiled, tf32", compiled(networks, precision="tf32", count=1), 60, gpu=True),
    ]


def stack(precision):
    """One of fp32 without graphs is what a CPU has instead of these."""
    return Way("gpu", f"stack, graph, {precision}", partial(networks.engine_steps, precision=precision), gpu=True)


def pretrained(precision):
    work = partial(pretraining.engine_steps, precision=precision)
    return Way("pretraining", f"ours, graph, {precision}", work, gpu=True)


def compiled(kind, **options):
    return partial(kind.engine_steps, compile=True, **options)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for the tables")
    parser.add_argument("--device", default="cuda", help="cuda, cuda:1 or cpu")
    parser.add_argument("--minutes", type=float, default=7.5, help="after which nothing more is measured")
    parser.add_argument("--quick", action="store_true", help="every way once, with tiny networks (as BENCH_TINY=1)")
    parser.add_argument("--way", help="measure this one in this process, and print it as JSON")
    given = parser.parse_args(arguments)
    if given.device != "cpu" and not torch.cuda.is_available():
        parser.exit(
            1,
            f"torch {torch.__version__} finds no GPU on this machine, so there is nothing to measure. To see that the "
            "script runs, use --device cpu --quick.\n",
        )
    if given.way:
        measure_here(given.way, given.device)
        return
    tables = {
        "gpu": Table("gpu", given.out, networks.BATCH, networks.JOB, networks.FITS, "hours of Table I"),
        "pretraining": Table(
            "pretraining", given.out, pretraining.BATCH, pretraining.JOB, pretraining.FITS, "hours of the preset"
        ),
    }
    (given.out / "errors.txt").unlink(missing_ok=True)  # of an earlier run
    chosen = [(way, command(way, given)) for way in ways() if given.device != "cpu" or not way.gpu]
    measure_all(chosen, tables, time.monotonic() + 60 * given.minutes)
    print()
    for table in tables.values():
        print(table.markdown())


def command(way, given):
    quick = ["--quick"] if TINY else []
    script = str(Path(__file__).resolve())
    return [sys.executable, script, "--out", str(given.out), "--device", given.device, "--way", way.name, *quick]


def measure_all(chosen, tables, end):
    """Each way by its command, in a process of its own, until the time `end`."""
    for way, words in chosen:
        left, table = end - time.monotonic(), tables[way.table]
        row = (
            run_child(way.name, words, min(way.seconds, left), table.out) if left > LEAST else {"note": "no time left"}
        )
        table.add({"way": way.name, **row})
        for each in tables.values():
            each.limits |= row.get("limits", {})  # those of the machine


def measure_here(name, device):
    """Measure one way and print its row. What it raises is in the row too, and its traceback on the other channel."""
    if device != "cpu":
        torch.cuda.set_device(torch.device(device).index or 0)  # which memory and clocks are asked about
    (way,) = (way for way in ways() if way.name == name)
    try:
        row = way.work(device)
    except Exception as error:
        print(json.dumps({"note": f"{type(error).__name__}: {str(error)[:200]}"}), flush=True)
        raise
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
