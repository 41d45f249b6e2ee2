"""Pre-training of the Transformer on a GPU: torch's own Transformer and a data loader, then ours."""

import torch
from gpu_steps import timed, timed_steps
from masked_loop import training
from sizes import pick
from workloads import masked_pretraining

from bench.training.settings import Settings

#: one fold of the preset: modality -> channels, hours of corpora, epochs
PRESET = {"eeg": (10, 195, 500), "ecg": (1, 230, 500)}
#: windows of 10 s that the ten folds of the preset learn from; ECG is taken to be as slow as EEG, which has more to do
FITS = 10 * len(PRESET)
JOB = 10 * sum(hours * 360 * epochs for _, hours, epochs in PRESET.values())
BATCH, SECONDS = pick((128, 10), (2, 2))
OPTIONS = {
    "pretrain_batch": BATCH,
    **pick({}, {"width": 8, "layers": 2, "heads": 2, "feedforward": 32}),
}


def member(**options):
    """The paper's branch of 10 channels."""
    return masked_pretraining(10, 4 * BATCH, {**OPTIONS, **options}, SECONDS)


def torch_loop(device, precision=""):
    """Without dropout of attention; torch's defaults where no precision is named."""
    if precision:
        torch.backends.cudnn.benchmark = torch.backends.cuda.matmul.allow_tf32 = True
    made = member()
    steps = training(made.train.signals("eeg"), made.model, device, precision)

    def step():
        next(steps)
        return 1

    # By default, products of matrices, of which it mostly consists, have full precision.
    return timed(step, device, 1, BATCH, precision or "fp32")


def engine_steps(device, checkpointing=False, **options):
    """Steps of the engine."""
    made = member(checkpointing=checkpointing)
    return timed_steps([made], made.train, Settings(device=device, strategy="separate", **options), BATCH)


def demand():
    """Operations and values of one step: backward takes twice what forward does.

    At the paper's size forward takes 4.8e9 products for each window. Of values, a layer writes and reads 12 times the
    width of its tokens at least, forward and backward, and twice the width inside its feed-forward network.
    """
    made = member()
    model, (given,) = made.model, made.inputs.values()
    width, tokens, wide = model.width, 1 + given.samples, 4 * model.width
    convolutions = width * (65 * given.channels + 33 * 2 * width + 17 * 8 * width)
    layer = 4 * wide**2 + 2 * wide * model.feedforward + 2 * tokens * wide
    decoder = 2 * width * (wide + given.channels)
    products = given.samples * (convolutions + decoder) + tokens * model.layers * layer
    values = tokens * (7 * width + wide + model.layers * (12 * wide + 2 * model.feedforward))
    weights = sum(parameter.numel() for parameter in made.network().parameters())
    return {
        "demand": {
            "operations": 6 * model.batch * products,
            "values moved": 2 * model.batch * values,
            "weights moved": 10 * weights,
            "products of a window": products,
        }
    }
