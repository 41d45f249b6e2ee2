"""Ways to train networks on one GPU, measured: windows per second of each, and how far that is from the floor.

Many networks with labels first (AttX), then one that is pre-trained (Transformer).

It needs numpy, pluggy, safetensors and torch; affectbench need not be installed.

    python benchmarks/gpu.py --out FOLDER                       # under 8 minutes
    python benchmarks/gpu.py --out FOLDER --device cpu --quick  # every way once, to see that it runs: under a minute
"""

import argparse
import platform
import time
from pathlib import Path

import checkout  # noqa: F401 - makes bench importable
import numpy as np
import torch
from gpu_pretraining import pretraining
from gpu_table import Table
from gpu_ways import Ways
from sizes import pick
from torch.utils.flop_counter import FlopCounterMode
from workloads import folds, recordings

from bench.training import engine
from bench.training.device import numerics
from bench.training.network_fit import NetworkFit
from bench.training.settings import Settings

PEOPLE, WINDOWS, SECONDS, BATCH = pick((15, 438, 10, 16), (3, 8, 1, 4))  # WESAD in windows of 10 s
OPTIONS = pick({}, {"width": 4, "reduction": 4, "batch": BATCH})
JOB = 22 * 15 * 100 * (14 * 438 // 16) * 16  # Table I of AttX, in windows trained on


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for the tables")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--minutes", type=float, default=6.0, help="after which no further way is measured")
    parser.add_argument("--quick", action="store_true", help="every way once, with tiny networks (as BENCH_TINY=1)")
    given = parser.parse_args(arguments)
    if given.device != "cpu" and not torch.cuda.is_available():
        parser.exit(
            1,
            f"torch {torch.__version__} finds no GPU on this machine, so there is nothing to measure. To see that the "
            "script runs, use --device cpu --quick.\n",
        )
    if given.device != "cpu":
        torch.cuda.set_device(torch.device(given.device).index or 0)  # which memory and clocks are asked about
    end = time.monotonic() + 60 * given.minutes
    networks(Table("gpu", given.out, given.device, 0.6 * given.minutes, BATCH, JOB, "hours_of_table_1"))
    pretraining(given.out, given.device, (end - time.monotonic()) / 60)


def networks(table):
    """A network for each person left out: a plain loop, one at a time, stacks, graphs, streams, precisions."""
    device = table.device
    table.facts["torch"], table.facts["host"] = torch.__version__, platform.processor() or platform.machine()
    if table.gpu:
        table.facts["device"] = torch.cuda.get_device_name()
    data = recordings(PEOPLE, WINDOWS, SECONDS)
    members = folds(data, **OPTIONS)
    with numerics(Settings(device=device), print):
        table.measure("plain loop, one fold at a time", 1, lambda: plain(members[0], device))
        table.measure("plain loop, fused Adam", 1, lambda: plain(members[0], device, fused=True))
    table.fact("one step of one network", lambda: demand(members[0], device))
    table.limits()
    ways = Ways(table, members, data)
    ways.measure("separate", members[:1], strategy="separate")
    ways.measure(f"stacked {len(members)}", members, strategy="stacked")
    if table.gpu:
        on_a_gpu(ways)
    table.fact("largest difference of predictions", lambda: equality(data, device))
    if table.gpu:
        for precision in ("fp32", "tf32", "bf16"):
            name = f"stacked {len(members)}, compiled, graph, {precision}"
            ways.measure(name, members, graph=True, strategy="stacked", precision=precision, compile=True)
    table.floor()


def on_a_gpu(ways):
    """What only a GPU can do."""
    members = ways.members
    ways.measure("separate, graph", members[:1], graph=True, strategy="separate")
    ways.measure(f"stacked {len(members)}, graph", members, graph=True, strategy="stacked")
    ways.measure_streams(4)
    ways.measure_streams(len(members))
    for precision in ("tf32", "bf16"):
        name = f"separate, graph, {precision}"
        ways.measure(name, members[:1], graph=True, strategy="separate", precision=precision)
        name = f"stacked {len(members)}, graph, {precision}"
        ways.measure(name, members, graph=True, strategy="stacked", precision=precision)
    for more in (members * 2, members * 4):
        ways.measure(f"stacked {len(more)}, graph, tf32", more, graph=True, strategy="stacked", precision="tf32")


def plain(member, device, fused=False):
    """What an expert would write for one fold, with all windows on the device."""
    network = member.network().to(device).train()
    inputs = {name: torch.from_numpy(member.train.signals(name)).to(device) for name in member.train.modalities}
    labels = torch.from_numpy(member.train.labels).to(device)
    optimiser = torch.optim.Adam(network.parameters(), 1e-3, eps=1e-7, fused=fused)

    def step():
        rows = torch.randint(len(labels), (BATCH,), device=device)
        optimiser.zero_grad()
        logits = network({name: values[rows] for name, values in inputs.items()})
        torch.nn.functional.cross_entropy(logits, labels[rows]).backward()
        optimiser.step()

    return step


def demand(member, device):
    """Operations and bytes of one step of one network, if every value is moved once where it must be.

    Outputs of the innermost modules are written and read forward and backward; weights are read forward and
    backward, their gradient is written and read, and Adam reads and writes three values of each.
    """
    network = member.network().to(device).train()
    batch = member.train.take(np.arange(BATCH))
    inputs = {name: torch.from_numpy(batch.signals(name)).to(device) for name in batch.modalities}
    values = 0

    def count(module, _, out):
        nonlocal values
        if isinstance(out, torch.Tensor) and not list(module.children()):
            values += out.numel()

    for module in network.modules():
        module.register_forward_hook(count)
    labels = torch.zeros(BATCH, dtype=torch.int64, device=device)
    with FlopCounterMode(display=False) as counter:
        torch.nn.functional.cross_entropy(network(inputs), labels).backward()
    weights = sum(parameter.numel() for parameter in network.parameters())
    return {"operations": counter.get_total_flops(), "bytes": 4 * (4 * values + 10 * weights), "parameters": weights}


def equality(data, device):
    """The largest difference of predictions from those of networks trained by themselves."""
    some_windows = data.take(np.arange(min(64, len(data))))
    members = []
    for member in folds(data, **OPTIONS, epochs=1)[:3]:
        rows = np.linspace(0, len(member.train) - 1, pick(8, 1) * BATCH).astype(int)
        train = member.train.take(rows).labelled(member.train.labels[rows], member.train.classes)
        members.append(NetworkFit(member.model, member.fusion, train, None, member.seed))
    predictions = {}
    for strategy in ("separate", "stacked"):
        trained = dict(engine.train(members, Settings(device=device, strategy=strategy)))
        predictions[strategy] = np.stack([trained[number].predict_proba(some_windows) for number in range(3)])
    return float(np.abs(predictions["stacked"] - predictions["separate"]).max())


if __name__ == "__main__":
    main()
