"""Networks with labels on a GPU: a network for each person left out, in all ways in which they can be trained."""

import platform
from functools import cache

import checkout  # noqa: F401 - makes bench importable
import numpy as np
import torch
from gpu_steps import copies, products, steps_of, timed, timed_steps, with_remarks
from sizes import pick
from torch.utils.flop_counter import FlopCounterMode
from workloads import folds, recordings

from bench.training import engine
from bench.training.device import numerics
from bench.training.network_fit import NetworkFit
from bench.training.progress import Progress
from bench.training.settings import Settings

PEOPLE, WINDOWS, SECONDS, BATCH = pick((15, 438, 10, 16), (3, 8, 1, 4))  # WESAD in windows of 10 s
OPTIONS = pick({}, {"width": 4, "reduction": 4, "batch": BATCH})
FITS = 22 * 15
JOB = FITS * 100 * (14 * 438 // 16) * 16  # Table I of AttX, in windows trained on


@cache
def data():
    return recordings(PEOPLE, WINDOWS, SECONDS)


def plain(device, tuned=False):
    """What an expert would write for one fold, with all windows on the device."""
    if tuned:
        torch.backends.cudnn.benchmark = torch.backends.cuda.matmul.allow_tf32 = True
    member = folds(data(), **OPTIONS)[0]
    network = member.network().to(device).train()
    inputs = {name: torch.from_numpy(member.train.signals(name)).to(device) for name in member.train.modalities}
    labels = torch.from_numpy(member.train.labels).to(device)
    optimiser = torch.optim.Adam(network.parameters(), 1e-3, eps=1e-7, fused=tuned or None)

    def step():
        rows = torch.randint(len(labels), (BATCH,), device=device)
        optimiser.zero_grad()
        logits = network({name: values[rows] for name, values in inputs.items()})
        torch.nn.functional.cross_entropy(logits, labels[rows]).backward()
        optimiser.step()
        return 1

    # By default, cuDNN may use tf32, and most of the work is convolutions.
    return timed(step, device, 1, BATCH, "fp32" if device == "cpu" else "tf32")


def engine_steps(device, count=PEOPLE, **options):
    """Steps of the engine: one network, or a stack of some."""
    members = folds(data(), **OPTIONS)
    members = (members * -(-count // len(members)))[:count]
    settings = Settings(device=device, strategy="separate" if count == 1 else "stacked", **options)
    return timed_steps(members, data(), settings, BATCH)


def streams(device, count=PEOPLE):
    """Networks by themselves, each recorded as a graph and repeated in a stream of its own."""
    settings = Settings(device=device, strategy="separate")
    with numerics(settings, print):
        progress = Progress([0] * count, None)
        each = [steps_of([made], data(), settings, progress) for made in folds(data(), **OPTIONS)[:count]]
        lanes = [torch.cuda.Stream() for _ in each]
        torch.cuda.synchronize()  # lanes do not wait for what the default stream has still to do

        def steps():
            for step, lane in zip(each, lanes, strict=True):
                with torch.cuda.stream(lane):
                    done = step()
            return done

        return with_remarks(timed(steps, device, count, BATCH, settings.precision), progress.remarks)


def engine_run(device, epochs=2):
    """A whole run of the engine as `bench run` calls it, predictors and the choice of how many fit included."""
    members = folds(data(), **OPTIONS, epochs=epochs)
    results = {}

    def train():
        results.update(engine.train(members, Settings(device=device)))
        failed = [error for error in results.values() if isinstance(error, Exception)]
        if failed:
            raise failed[0]
        return epochs * (len(members[0].train) // BATCH)

    row = timed(train, device, len(members), BATCH, "fp32", once=True)
    return with_remarks(row, [remark for result in results.values() for remark in result.log["remarks"]])


def limits(device):
    """What the machine can do at most, and what one step of one network asks for."""
    facts = {"torch": torch.__version__, "Python": platform.python_version()}
    facts["host"] = platform.processor() or platform.machine()
    if device != "cpu":
        properties = torch.cuda.get_device_properties(device)
        facts |= {"device": properties.name, "multiprocessors": properties.multi_processor_count}
        facts |= {"CUDA": torch.version.cuda, "cuDNN": torch.backends.cudnn.version()}
    measured = {kind: products(device, kind) for kind in (("fp32", "tf32", "bf16") if device != "cpu" else ("fp32",))}
    return {"facts": facts, "limits": {**measured, "bytes/s": copies(device)}, "demand": demand(device)}


def demand(device):
    """Operations of one step of one network, and values that are moved, once where they must be.

    Outputs of the innermost modules are written and read forward and backward; weights are read forward and
    backward, their gradient is written and read, and Adam reads and writes three values of each.
    """
    member = folds(data(), **OPTIONS)[0]
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
    return {"operations": counter.get_total_flops(), "values moved": 4 * values, "weights moved": 10 * weights}


def equality(device):
    """The largest differences of probabilities from those of networks trained on the CPU, each by itself."""
    some_windows = data().take(np.arange(min(64, len(data()))))
    members = []
    for member in folds(data(), **OPTIONS, epochs=1)[:3]:
        rows = np.linspace(0, len(member.train) - 1, pick(8, 1) * BATCH).astype(int)
        train = member.train.take(rows).labelled(member.train.labels[rows], member.train.classes)
        members.append(NetworkFit(member.model, member.fusion, train, None, member.seed))

    def predictions(**options):
        results = dict(engine.train(members, Settings(**options)))
        return np.stack([results[number].predict_proba(some_windows) for number in range(len(members))])

    expected = predictions(device="cpu", strategy="separate")
    options = {"separate": {"strategy": "separate"}, "stack": {"strategy": "stacked"}}
    if device != "cpu":
        options["separate, no graph"] = {"strategy": "separate", "graphs": False}
        options |= {f"stack, {kind}": {"strategy": "stacked", "precision": kind} for kind in ("tf32", "bf16")}
    found = {name: predictions(device=device, **each) for name, each in options.items()}
    differences = {f"difference, {name}": float(np.abs(each - expected).max()) for name, each in found.items()}
    first, again = (predictions(device=device, deterministic=True) for _ in range(2))
    differences |= {"difference, --deterministic": float(np.abs(first - expected).max())}
    return {"facts": {**differences, "--deterministic repeats every bit": bool((first == again).all())}}
