"""What the benchmark of a GPU writes down: windows per second of each way to train, and the floor below all of them."""

import gc
import json
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

import torch
from sizes import TINY, pick

PRECISIONS = ("fp32", "tf32", "bf16")


@dataclass
class Table:
    """Measurements so far, printed as they come and kept in NAME.json and NAME.md."""

    name: str
    out: Path
    device: str
    minutes: float  # ways that are left after them are not measured
    batch: int
    job: int  # windows of a whole piece of work, whose time follows from the speed
    job_name: str
    rows: list = field(default_factory=list)
    facts: dict = field(default_factory=dict)

    def __post_init__(self):
        self.end = time.monotonic() + 60 * self.minutes
        self.seconds = pick(5.0, 0.0)  # of steps that are measured

    @property
    def gpu(self):
        return self.device != "cpu"

    def measure(self, name, count, build):
        """`build()` gives a function that does one step of `count` networks; it is called for some seconds."""
        if time.monotonic() > self.end:
            self.add({"way": name, "note": "no time left"})
            return
        row = {"way": name, "networks": count}
        try:
            self.time_steps(row, count, build)
        except Exception as error:
            if TINY:
                raise
            row["note"] = as_note(error)  # the other ways are measured all the same
            traceback.print_exc()
        self.add(row)

    def time_steps(self, row, count, build):
        began = time.monotonic()
        if self.gpu:
            gc.collect()  # of the way before
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        step = build()
        for _ in range(5 if self.gpu else 1):
            step()
        self.wait()
        row["start_seconds"] = round(time.monotonic() - began, 1)
        began, done, passed = time.monotonic(), 0, 0.0
        while not done or passed < self.seconds:
            for _ in range(pick(2, 1)):
                step()
                done += 1
            self.wait()
            passed = time.monotonic() - began
        row["step_ms"] = 1e3 * passed / done
        row["windows_per_second"] = done * count * self.batch / passed
        row[self.job_name] = self.job / row["windows_per_second"] / 3600
        if self.gpu:
            row["gigabytes"] = torch.cuda.max_memory_allocated() / 1e9

    def wait(self):
        if self.gpu:
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
        except Exception as error:
            if TINY:
                raise
            self.facts[name] = as_note(error)
        print(f"{name}: {self.facts[name]}", flush=True)
        self.write()

    @property
    def best(self):
        """The fastest way, or None where none was measured."""
        measured = [row for row in self.rows if "windows_per_second" in row]
        return max(measured, key=lambda row: row["windows_per_second"], default=None)

    def limits(self):
        """What the device can do at most."""
        for precision in PRECISIONS if self.gpu else PRECISIONS[:1]:
            self.fact(f"operations/s {precision}", lambda kind=precision: products(self.device, kind))
        self.fact("bytes/s", lambda: copies(self.device))

    def floor(self):
        """The time that no way can be below, and how far the best way is from it."""
        step, moved, best = self.facts.get("one step of one network"), self.facts.get("bytes/s"), self.best
        if not isinstance(step, dict) or not isinstance(moved, float) or best is None:
            return
        for precision in PRECISIONS:
            speed = self.facts.get(f"operations/s {precision}")
            if isinstance(speed, float):
                least = max(step["operations"] / speed, step["bytes"] / moved)
                floor = {
                    "milliseconds per step": 1e3 * least,
                    "windows per second": self.batch / least,
                    self.job_name: self.job / (self.batch / least) / 3600,
                    "best way / floor": self.batch / least / best["windows_per_second"],
                }
                self.fact(f"floor {precision}", floor.copy)

    def write(self):
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / f"{self.name}.json").write_text(json.dumps({"facts": self.facts, "rows": self.rows}, indent=1))
        columns = ["way", "networks", "step_ms", "windows_per_second", "ratio", self.job_name]
        columns += ["gigabytes", "start_seconds", "note"]
        lines = [f"| {' | '.join(columns)} |", "|" + " --- |" * len(columns)]
        for row in self.rows:
            values = [row.get(column, "") for column in columns]
            cells = [f"{value:.4g}" if isinstance(value, float) else str(value) for value in values]
            lines.append(f"| {' | '.join(cells)} |")
        lines += ["", *(f"- {name}: {value}" for name, value in self.facts.items()), ""]
        (self.out / f"{self.name}.md").write_text("\n".join(lines))


def as_note(error):
    return f"{type(error).__name__}: {str(error)[:200]}"


def products(device, precision):
    """Operations per second of a large product of matrices."""
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    size = pick(8192 if device != "cpu" else 1024, 64)
    first, second = (torch.randn(size, size, device=device, dtype=kind) for _ in range(2))
    return 2 * size**3 / shortest(lambda: first @ second, device)


def copies(device):
    """Bytes per second, read and written, of a large copy."""
    values = torch.empty(pick(2**28 if device != "cpu" else 2**24, 2**10), device=device)
    target = torch.empty_like(values)
    return 2 * values.nbytes / shortest(lambda: target.copy_(values), device)


def shortest(work, device, repeats=10):
    """The best time of some repeats, in seconds."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        if device != "cpu":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - began)
    return min(times)
