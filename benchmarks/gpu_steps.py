"""Steps of training as the engine does them, and clocks for them and for what a device can do at most."""

import resource
import statistics
import time

import torch
from sizes import pick

from bench.training.device import numerics
from bench.training.device_signals import DeviceSignals
from bench.training.progress import Progress
from bench.training.trainer import STRIDE, Trainer
from bench.training.training_state import TrainingState

FIRST = pick(2 * STRIDE, 1)  # steps before the clock starts: kernels are chosen and graphs recorded in them
SECONDS, BLOCK = pick((3.0, 0.1), (0.0, 0.0))  # of all blocks of steps, and of one


def timed_steps(members, data, settings, batch):
    """The row of some networks that the engine trains together."""
    with numerics(settings, print):
        progress = Progress([0] * len(members), None)
        step = steps_of(members, data, settings, progress)
        row = timed(step, settings.device, len(members), batch, settings.precision)
        return with_remarks(row, progress.remarks)


def with_remarks(row, remarks):
    """The row with each remark once, as that steps could not be recorded."""
    return {**row, "note": " ".join(dict.fromkeys(remarks))}


def steps_of(members, data, settings, progress):
    """A function that does the next steps of the engine and says how many; whole epochs do not end."""
    trainer = Trainer(DeviceSignals([data], settings.device), settings, progress, stacked=settings.stacked)
    states = [TrainingState(number, member, settings) for number, member in enumerate(members)]
    phase_states = [state.phase_state() for state in states]
    step = trainer.train_step(states, phase_states)

    def steps():
        before = phase_states[0].step
        trainer.advance(step, states, phase_states, range(len(states)), STRIDE)
        return phase_states[0].step - before

    return steps


def timed(work, device, networks, batch, precision, once=False):
    """The row of `work`, which does some steps of all networks and says how many: the median of blocks of it."""
    began, done = time.monotonic(), 0
    while not once and done < FIRST:
        done += work()
    wait(device)
    start, took = time.monotonic() - began, []
    calls = 1
    while not took or (not once and sum(seconds for seconds, _ in took) < SECONDS):
        began = time.monotonic()
        steps = sum(work() for _ in range(calls))
        wait(device)
        took.append((time.monotonic() - began, steps))
        calls = max(1, round(calls * BLOCK / took[-1][0]))
    each = [seconds / steps for seconds, steps in took]
    median = statistics.median(each)
    return {
        "networks": networks,
        "precision": precision,
        "step_ms": 1e3 * median,
        "step_ms_range": [1e3 * min(each), 1e3 * max(each)],
        "blocks": len(each),
        "windows_per_second": networks * batch / median,
        "start_seconds": round(start, 1),
        **memory(device),
    }


def wait(device):
    if device != "cpu":
        torch.cuda.synchronize()


def memory(device):
    """The peak of this process; on a GPU what torch has taken, which includes the memory of graphs."""
    if device == "cpu":
        return {"gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}
    free, total = torch.cuda.mem_get_info()
    return {
        "gigabytes": torch.cuda.max_memory_reserved() / 1e9,
        "gigabytes_of_tensors": torch.cuda.max_memory_allocated() / 1e9,
        "gigabytes_not_free": (total - free) / 1e9,
    }


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
        wait(device)
        times.append(time.perf_counter() - began)
    return min(times)
