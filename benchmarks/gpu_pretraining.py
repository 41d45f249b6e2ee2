"""Pre-training of the Transformer on a GPU: torch's own Transformer and a data loader, then ours."""

from gpu_table import Table
from gpu_ways import Ways
from masked_loop import training
from sizes import pick
from workloads import masked_pretraining

from bench.training.device import numerics
from bench.training.settings import Settings

#: one fold of the preset: modality -> channels, hours of corpora, epochs
PRESET = {"eeg": (10, 195, 500), "ecg": (1, 230, 500)}
FOLDS, GPUS = 10, (1, 8)
#: windows of 10 s that the whole preset learns from
JOB = FOLDS * sum(hours * 360 * epochs for _, hours, epochs in PRESET.values())
BATCH, SECONDS = pick((128, 10), (2, 2))
OPTIONS = {
    "pretrain_batch": BATCH,
    **pick({}, {"width": 8, "layers": 2, "heads": 2, "feedforward": 32}),
}


def pretraining(out, device, minutes):
    """The paper's branch of 10 channels in each way."""
    table = Table("pretraining", out, device, minutes, BATCH, JOB, "hours_of_the_preset")
    member = masked_pretraining(10, 4 * BATCH, OPTIONS, SECONDS)
    lean = masked_pretraining(10, 4 * BATCH, {**OPTIONS, "checkpointing": True}, SECONDS)
    windows = member.train.signals("eeg")
    ways = Ways(table, [member], member.train)

    def theirs(precision, as_it_comes=False):
        steps = training(windows, member.model, device, precision, as_it_comes)
        return lambda: next(steps)

    for precision in ("fp32", "tf32", "bf16") if table.gpu else ("fp32", "bf16"):
        with numerics(Settings(device=device, precision=precision), print):
            table.measure(f"torch's own and a data loader, {precision}", 1, lambda kind=precision: theirs(kind))
        ways.measure(f"ours, {precision}", [member], strategy="separate", precision=precision)
        if table.gpu:
            ways.measure(f"ours, graph, {precision}", [member], graph=True, strategy="separate", precision=precision)
    with numerics(Settings(device=device), print):
        table.measure("as torch has it, with dropout of attention, fp32", 1, lambda: theirs("fp32", as_it_comes=True))
    Ways(table, [lean], lean.train).measure("ours, checkpointing, no graph, fp32", [lean], strategy="separate")
    table.fact("one step of one network", lambda: demand(member))
    table.limits()
    if table.gpu:
        for precision in ("fp32", "bf16"):
            name = f"ours, compiled, graph, {precision}"
            ways.measure(name, [member], graph=True, strategy="separate", precision=precision, compile=True)
    table.floor()
    projection(table)


def demand(member):
    """Operations and bytes of one step: backward takes twice what forward does.

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
    best = table.best
    if best is None:
        return
    hours = JOB / best["windows_per_second"] / 3600
    shares = {1: 1.0, **{count: -(-2 * FOLDS // count) / (2 * FOLDS) for count in GPUS if count > 1}}
    projected = {f"hours on {count}": hours * share for count, share in shares.items()}
    table.fact("the whole preset", lambda: {"way": best["way"], **projected})
