"""Ways to train networks on one GPU, measured: windows per second each, and how far that is from the floor.

Many networks with labels first, then one that is pre-trained.

python benchmarks/gpu.py --out folder            one call, under 8 minutes
python benchmarks/gpu.py --out folder --device cpu --quick
"""

from __future__ import annotations

import argparse
import json
import platform
import time
import traceback
from pathlib import Path

import numpy as np
import torch
from masked_loop import training
from torch.utils.flop_counter import FlopCounterMode

from bench.data.sources import WindowedSignal
from bench.data.windows import INDEX, WindowSet
from bench.pretraining.masked_pretraining import MaskedPretraining
from bench.registry import Registry
from bench.training import engine
from bench.training.batches import LabelledBatches
from bench.training.device import numerics
from bench.training.device_signals import DeviceSignals
from bench.training.network_fit import NetworkFit
from bench.training.networks.dropout import attach_random_stream
from bench.training.networks.network import Unfused
from bench.training.phase_state import PhaseState
from bench.training.settings import Settings
from bench.training.train_step import SingleStep, StackedStep

PEOPLE, WINDOWS, SAMPLES, RATE, BATCH = 15, 438, 2560, 256.0, 16  # WESAD in windows of 10 s
JOB = 22 * PEOPLE * 100 * ((PEOPLE - 1) * WINDOWS // BATCH) * BATCH  # Table I of AttX, in windows trained on


def recordings(people, windows):
    """ECG and EDA; noise is as good as data for a clock."""
    random = np.random.default_rng(0)
    person = np.repeat(np.arange(people), windows)
    start = np.tile(np.arange(windows) * SAMPLES // 2, people)
    sources = {}
    for modality in ("ecg", "eda"):
        signals = {
            who: random.standard_normal((1, (windows + 1) * SAMPLES // 2), dtype=np.float32) for who in range(people)
        }
        sources[modality] = WindowedSignal(signals, person, start, SAMPLES, RATE, (modality,))
    labels = random.integers(0, 2, people * windows)
    return WindowSet(dict.fromkeys(INDEX, person), sources).labelled(labels, ("calm", "stress"))


def folds(data, **options):
    """One member for each person left out."""
    registry = Registry()
    model, fusion = registry.get("model", "attx").load()(**options), registry.get("fusion", "attentive").load()()
    made = []
    for person in np.unique(data.subject):
        rows = np.flatnonzero(data.subject != person)
        made.append(
            NetworkFit(model, fusion, data.take(rows).labelled(data.labels[rows], data.classes), None, int(person))
        )
    return made


class Table:
    """What has been measured so far, on the screen and in two files."""

    def __init__(self, asked, minutes, name="gpu", batch=BATCH, job=JOB):
        self.out, self.device, self.seconds, self.name = asked.out, asked.device, 1.0 if asked.quick else 5.0, name
        self.batch, self.job, self.told = batch, job, "hours_of_table_1" if name == "gpu" else "hours_of_the_recipe"
        self.end = time.monotonic() + 60 * minutes
        self.rows, self.facts = [], {}

    def measure(self, name, count, build, steps=10_000):
        """`build()` gives a function that does one step of `count` networks; it is called for some seconds."""
        if time.monotonic() > self.end:
            self.add({"way": name, "note": "no time left"})
            return
        row = {"way": name, "networks": count}
        began = time.monotonic()
        try:
            if self.device != "cpu":
                torch.cuda.empty_cache()
                torch.cuda.reset_peak_memory_stats()
            step = build()
            for _ in range(5 if self.device != "cpu" else 1):
                step()
            self.wait()
            row["start_seconds"] = round(time.monotonic() - began, 1)
            began, done = time.monotonic(), 0
            while done < steps and time.monotonic() - began < self.seconds:
                for _ in range(2):
                    step()
                self.wait()
                done += 2
            seconds = time.monotonic() - began
            row["step_ms"] = 1e3 * seconds / done
            row["windows_per_second"] = done * count * self.batch / seconds
            row[self.told] = self.job / row["windows_per_second"] / 3600
            if self.device != "cpu":
                row["gigabytes"] = torch.cuda.max_memory_allocated() / 1e9
        except Exception as error:  # noqa: BLE001 - the other ways are measured all the same
            row["note"] = f"{type(error).__name__}: {str(error)[:200]}"
            traceback.print_exc()
        self.add(row)

    def wait(self):
        if self.device != "cpu":
            torch.cuda.synchronize()

    def add(self, row):
        first = next((each["windows_per_second"] for each in self.rows if "windows_per_second" in each), None)
        if first and "windows_per_second" in row:
            row["ratio"] = row["windows_per_second"] / first
        self.rows.append(row)
        print(json.dumps(row), flush=True)
        self.write()

    def fact(self, name, work):
        """Something about the machine or the network."""
        try:
            self.facts[name] = work()
        except Exception as error:  # noqa: BLE001 - as above
            self.facts[name] = f"{type(error).__name__}: {str(error)[:200]}"
        print(f"{name}: {self.facts[name]}", flush=True)
        self.write()

    def write(self):
        (self.out / f"{self.name}.json").write_text(json.dumps({"facts": self.facts, "rows": self.rows}, indent=1))
        columns = (
            "way",
            "networks",
            "step_ms",
            "windows_per_second",
            "ratio",
            self.told,
            "gigabytes",
            "start_seconds",
            "note",
        )
        lines = [f"| {' | '.join(columns)} |", "|" + " --- |" * len(columns)]
        for row in self.rows:
            shown = [row.get(column, "") for column in columns]
            lines.append(
                f"| {' | '.join(f'{value:.4g}' if isinstance(value, float) else str(value) for value in shown)} |"
            )
        facts = [f"- {name}: {value}" for name, value in self.facts.items()]
        (self.out / f"{self.name}.md").write_text("\n".join([*lines, "", *facts, ""]))


# -------------------------------------------------------------------------------------------- ways


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


def learner(members, settings, signals):
    """Ours, as the engine makes it."""
    courses = [PhaseState(member, 0, member.plan[0]) for member in members]
    networks = [member.network().to(settings.device) for member in members]
    for network in networks:
        attach_random_stream(network, settings.device)
    kind = StackedStep if settings.stacked else SingleStep
    return kind(networks, courses, LabelledBatches(signals, courses, networks), settings)


def steps_of(made, members, device, graph=False):
    """One step after another of a learner, planned ahead as the engine does it."""
    courses = [PhaseState(member, 0, member.plan[0]) for member in members]
    count = min(32, *(course.steps_left_in_epoch for course in courses))
    planned = [made.optimiser.factors(slot, 0, course.rates[:count]) for slot, course in enumerate(courses)]
    factors = np.stack(planned, 1)
    rows = torch.from_numpy(np.stack([course.take(count) for course in courses], 1)).to(device)
    factors = torch.from_numpy(factors.astype(np.float32)).to(device)
    step, place = made.as_cuda_graph() if graph else made.step, 0

    def one():
        nonlocal place
        step(rows[place % count], factors[place % count])
        place += 1

    return one


def streams(members, settings, signals):
    """Networks by themselves, each recorded as a graph and repeated in a stream of its own."""
    ways = [steps_of(learner([member], settings, signals), [member], settings.device, graph=True) for member in members]
    for way in ways:
        for _ in range(5):
            way()
    torch.cuda.synchronize()
    lanes = [torch.cuda.Stream() for _ in ways]

    def step():
        for way, lane in zip(ways, lanes, strict=True):
            with torch.cuda.stream(lane):
                way()

    return step


# ------------------------------------------------------------------------------------------- floor


def peak(device, kind, tf32):
    """Operations per second of a large product of matrices."""
    torch.backends.cuda.matmul.allow_tf32 = tf32
    size = 8192 if device != "cpu" else 1024
    first, second = (torch.randn(size, size, device=device, dtype=kind) for _ in range(2))
    return 2 * size**3 / seconds(lambda: first @ second, device)


def bandwidth(device):
    """Bytes per second, read and written, of a large copy."""
    values = torch.empty(2**28 if device != "cpu" else 2**24, device=device)
    target = torch.empty_like(values)
    return 2 * values.nbytes / seconds(lambda: target.copy_(values), device)


def seconds(work, device, repeats=10):
    """The best of some repeats."""
    found = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        if device != "cpu":
            torch.cuda.synchronize()
        found.append(time.perf_counter() - began)
    return min(found)


def demand(member, device):
    """Operations and bytes of one step of one network, if every value is moved once where it must be.

    Outputs of the innermost modules are written and read forward and backward; weights are read forward and
    backward, their gradient is written and read, and Adam reads and writes three values of each.
    """
    network = member.network().to(device).train()
    inputs = {
        name: torch.from_numpy(member.train.take(np.arange(BATCH)).signals(name)).to(device) for name in ("ecg", "eda")
    }
    values = 0

    def count(module, _, out):
        nonlocal values
        if isinstance(out, torch.Tensor) and not list(module.children()):
            values += out.numel()

    for module in network.modules():
        module.register_forward_hook(count)
    with FlopCounterMode(display=False) as counter:
        torch.nn.functional.cross_entropy(
            network(inputs), torch.zeros(BATCH, dtype=torch.int64, device=device)
        ).backward()
    weights = sum(parameter.numel() for parameter in network.parameters())
    return {"operations": counter.get_total_flops(), "bytes": 4 * (4 * values + 10 * weights), "parameters": weights}


def equality(data, strategies):
    """The largest difference of predictions from those of networks trained by themselves."""
    held = data.take(np.arange(64))
    found = {}
    members = folds(data, epochs=1)[:3]
    members = [NetworkFit(m.model, m.fusion, some(m.train, 8 * BATCH), None, m.seed) for m in members]
    for name, settings in strategies.items():
        results = dict(engine.train(members, settings))
        found[name] = np.stack([results[number].predict_proba(held) for number in range(3)])
    first = next(iter(found.values()))
    return {name: float(np.abs(values - first).max()) for name, values in found.items()}


def some(part, count):
    rows = np.linspace(0, len(part) - 1, count).astype(int)
    return part.take(rows).labelled(part.labels[rows], part.classes)


class Ways:
    """The ways of the engine, for some members whose signals are on the device."""

    def __init__(self, table, members, data, device):
        self.table, self.members, self.device = table, members, device
        self.signals = DeviceSignals([data], device)

    def one(self, name, members, *, graph=False, **options):
        settings = Settings(device=self.device, **options)

        def build():
            return steps_of(learner(members, settings, self.signals), members, self.device, graph)

        with numerics(settings, print):
            self.table.measure(name, len(members), build)

    def in_streams(self, count):
        settings = Settings(device=self.device, strategy="separate")
        with numerics(settings, print):
            members = self.members[:count]
            name = f"separate, graphs in {count} streams"
            self.table.measure(name, count, lambda: streams(members, settings, self.signals))

    def on_a_gpu(self):
        first, members = self.members[:1], self.members
        self.one("separate, graph", first, graph=True, strategy="separate")
        self.one(f"stacked {len(members)}, graph", members, graph=True, strategy="stacked")
        self.in_streams(4)
        self.in_streams(len(members))
        for precision in ("tf32", "bf16"):
            self.one(f"separate, graph, {precision}", first, graph=True, strategy="separate", precision=precision)
            name = f"stacked {len(members)}, graph, {precision}"
            self.one(name, members, graph=True, strategy="stacked", precision=precision)
        for more in (members * 2, members * 4):
            self.one(f"stacked {len(more)}, graph, tf32", more, graph=True, strategy="stacked", precision="tf32")

    def compiled(self):
        for precision in ("fp32", "tf32", "bf16"):
            name = f"stacked {len(self.members)}, compiled, graph, {precision}"
            self.one(name, self.members, strategy="stacked", precision=precision, compile=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--minutes", type=float, default=6.0)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    device, gpu = asked.device, asked.device != "cpu"
    end, table = time.monotonic() + 60 * asked.minutes, Table(asked, 0.6 * asked.minutes)
    table.facts["torch"], table.facts["host"] = torch.__version__, platform.processor() or platform.machine()
    if gpu:
        table.facts["device"] = torch.cuda.get_device_name()
    data = recordings(3, 24) if asked.quick else recordings(PEOPLE, WINDOWS)
    members = folds(data, **({"width": 8, "reduction": 4} if asked.quick else {}))
    with numerics(Settings(device=device), print):
        table.measure("plain loop, one fold at a time", 1, lambda: plain(members[0], device))
        table.measure("plain loop, fused Adam", 1, lambda: plain(members[0], device, fused=True))
    table.fact("one step of one network", lambda: demand(members[0], device))
    speeds(table, device)
    ways = Ways(table, members, data, device)
    ways.one("separate", members[:1], strategy="separate")
    ways.one(f"stacked {len(members)}", members, strategy="stacked")
    if gpu:
        ways.on_a_gpu()
    strategies = {name: Settings(device=device, strategy=name) for name in ("separate", "stacked")}
    table.fact("largest difference of predictions", lambda: equality(data, strategies))
    if gpu:
        ways.compiled()
    floor(table)
    pretraining(asked, (end - time.monotonic()) / 60)


# -------------------------------------------------------------------------------------- pre-training

#: one fold of the preset: modality -> channels, hours of corpora, epochs
RECIPE = {"eeg": (10, 195, 500), "ecg": (1, 230, 500)}
FOLDS, GPUS = 10, (1, 8)


def windows_of(preset):
    """Windows of 10 s that are learnt from."""
    return sum(hours * 360 * epochs for _, hours, epochs in preset.values())


def pretrainee(channels, windows, **options):
    """One branch at its own size; noise is as good as data for a clock."""
    model = Registry().get("model", "transformer").load()(**options)
    samples = round(10 * model.rate)
    values = np.random.default_rng(0).standard_normal((channels, windows * samples), dtype=np.float32)
    person = np.zeros(windows, int)
    source = WindowedSignal({0: values}, person, np.arange(windows) * samples, samples, model.rate, ("x",) * channels)
    data = WindowSet(dict.fromkeys(INDEX, person), {"eeg": source}).labelled(person, ("",))
    return MaskedPretraining(model.pretraining(), Unfused(), data, None, 0)


def pretraining(asked, minutes):
    """The paper's branch of 10 channels: torch's own Transformer and a data loader, then ours."""
    device, gpu = asked.device, asked.device != "cpu"
    batch = 2 if asked.quick else 128
    options = {"pretrain_batch": batch, **({"width": 16, "feedforward": 128} if asked.quick else {})}
    member = pretrainee(10, 4 * batch, **options)
    lean = pretrainee(10, 4 * batch, **options, checkpointing=True)
    table = Table(asked, minutes, "pretraining", batch, FOLDS * windows_of(RECIPE))
    windows = member.train.signals("eeg")
    ours = Ways(table, [member], member.train, device)

    def theirs(precision, as_it_comes=False):
        steps = training(windows, member.model, device, precision, as_it_comes)
        return lambda: next(steps)

    for precision in ("fp32", "tf32", "bf16") if gpu else ("fp32", "bf16"):
        with numerics(Settings(device=device, precision=precision), print):
            table.measure(f"torch's own and a data loader, {precision}", 1, lambda kind=precision: theirs(kind))
        ours.one(f"ours, {precision}", [member], strategy="separate", precision=precision)
        if gpu:
            ours.one(f"ours, graph, {precision}", [member], graph=True, strategy="separate", precision=precision)
    with numerics(Settings(device=device), print):
        table.measure("as torch has it, with dropout of attention, fp32", 1, lambda: theirs("fp32", as_it_comes=True))
    again = Ways(table, [lean], lean.train, device)
    again.one("ours, checkpointing, no graph, fp32", [lean], strategy="separate")
    table.fact("one step of one network", lambda: needed(member))
    speeds(table, device)
    if gpu:
        for precision in ("fp32", "bf16"):
            name = f"ours, compiled, graph, {precision}"
            ours.one(name, [member], strategy="separate", precision=precision, compile=True)
    floor(table)
    projection(table)


def needed(member):
    """Operations and bytes of one step, as `demand` counts them: backward takes twice what forward does.

    At the paper's size forward takes 4.8e9 products for each window. Of bytes, a layer writes and reads 12 times the
    width of its tokens at least, forward and backward, and twice the width inside its feed-forward network.
    """
    model, (given,) = member.model, member.inputs.values()
    width, tokens, wide = model.width, 1 + given.samples, 4 * model.width
    convolutions = width * (65 * given.channels + 33 * 2 * width + 17 * 8 * width)
    layer = 4 * wide**2 + 2 * wide * model.feedforward + 2 * tokens * wide
    decoder = 2 * width * (wide + given.channels)
    products = given.samples * (convolutions + decoder) + tokens * model.layers * layer
    values = tokens * (7 * width + wide + model.layers * (12 * wide + 2 * model.feedforward))
    weights = sum(parameter.numel() for parameter in member.network().parameters())
    return {
        "operations": 6 * model.batch * products,
        "bytes": 4 * (2 * model.batch * values + 10 * weights),
        "products of a window": products,
        "parameters": weights,
    }


def projection(table):
    """Hours of the whole preset at the best speed that was measured; folds share nothing, so that GPUs do not either.

    Both modalities are taken to be as fast as EEG, of which an epoch has a little more to do.
    """
    best = max((row for row in table.rows if "windows_per_second" in row), key=lambda row: row["windows_per_second"])
    hours = FOLDS * windows_of(RECIPE) / best["windows_per_second"] / 3600
    shares = {1: 1.0, **{count: -(-2 * FOLDS // count) / (2 * FOLDS) for count in GPUS if count > 1}}
    told = {f"hours on {count}": hours * share for count, share in shares.items()}
    table.fact("the whole preset", lambda: {"way": best["way"], **told})


def speeds(table, device):
    """What the device can do at most."""
    table.fact("operations/s fp32", lambda: peak(device, torch.float32, tf32=False))
    if device != "cpu":
        table.fact("operations/s tf32", lambda: peak(device, torch.float32, tf32=True))
        table.fact("operations/s bf16", lambda: peak(device, torch.bfloat16, tf32=False))
    table.fact("bytes/s", lambda: bandwidth(device))


def floor(table):
    """The time that no way can be below, and how far the best way is from it."""
    step, moved = table.facts.get("one step of one network"), table.facts.get("bytes/s")
    best = max((row["windows_per_second"] for row in table.rows if "windows_per_second" in row), default=None)
    if not isinstance(step, dict) or not isinstance(moved, float) or best is None:
        return
    for kind in ("fp32", "tf32", "bf16"):
        speed = table.facts.get(f"operations/s {kind}")
        if isinstance(speed, float):
            least = max(step["operations"] / speed, step["bytes"] / moved)
            told = {
                "milliseconds per step": 1e3 * least,
                "windows per second": table.batch / least,
                table.told: table.job / (table.batch / least) / 3600,
                "best way / floor": table.batch / least / best,
            }
            table.fact(f"floor {kind}", told.copy)


if __name__ == "__main__":
    main()
