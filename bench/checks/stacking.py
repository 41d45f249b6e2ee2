"""Whether networks can run as one stack, as those of several folds do on a GPU."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import torch
from torch.func import functional_call, stack_module_state, vmap

from bench.errors import PluginError
from bench.training.networks.convolution import use_default_layout
from bench.training.networks.dropout import attach_random_stream, stackable, use_stacked_dropout
from bench.training.networks.stacked_layers import use_stacked_layers

if TYPE_CHECKING:
    from torch import Tensor

    from bench.training.networks.network import Network

BRANCHES = ("data-dependent control flow", ".item()", "dynamic shape")  # in errors of torch.func.vmap


def require_stackable(first: Network, second: Network, windows: dict[str, Tensor]) -> None:
    """Raise unless both networks can run one forward step together.

    Networks that draw more than dropout are never stacked. They run without drawing here, and only must not branch.
    """
    trained = stackable(first, compiled=False)
    for network in (first, second):
        network.train(trained)
        attach_random_stream(network, "cpu")
    weights = stack_module_state([first, second])
    use_default_layout(first)
    first(windows)  # an error that does not come from vmap
    use_stacked_layers(first)
    use_stacked_dropout(first, (first, second))
    inputs = {name: torch.stack([values, -values]) for name, values in windows.items()}
    together = vmap(lambda *state: functional_call(first, state[:2], (state[2],)), randomness="different")
    try:
        with warnings.catch_warnings(action="ignore"):  # that some operations are slow so, which only the engine minds
            together(*weights, inputs)
    except RuntimeError as error:
        if any(sign in str(error) for sign in BRANCHES):
            raise PluginError(
                "forward must not branch on values, because the networks of several folds run as one; "
                "use torch.where or arithmetic instead of 'if', .item() and masks that change a shape."
            ) from error
        if trained:
            reason = " ".join(str(error).partition(". ")[0].split()).rstrip(".")
            raise PluginError(
                f"forward must run under torch.func.vmap, since the networks of several folds run as one: {reason}."
            ) from error
