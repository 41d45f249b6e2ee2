"""Operations and bytes of one training step of AttX, counted without a GPU: on the device "meta", nothing is computed.

A view is no operation, nor is memory without values. An operation reads its inputs and writes its outputs once; of an
input that overlaps itself, as windows of a recording do, what lies in memory counts once.
"""

from collections import Counter

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from workloads import folds, recordings

from bench.training.batches import LabelledBatches
from bench.training.device_signals import DeviceSignals
from bench.training.phase_state import PhaseState
from bench.training.settings import Settings
from bench.training.train_step import SingleStep, StackedStep

GB = 1e9
WINDOWS = 16  # of each person: few, so that the recordings do not count
CHOOSE = ("aten.index.", "aten.take.", "aten.gather.")  # they read as many values of the first input as they write
#: a step of so many networks has at most so many operations and GB
BOUNDS = {1: (445, 1.11), 15: (460, 17.1)}


class Count(TorchDispatchMode):
    """Counts operations and bytes; refuses what waits for a value or has tensors on two devices."""

    def __init__(self):
        super().__init__()
        self.operations, self.bytes = Counter(), Counter()

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        name = str(operation)
        if name == "aten._local_scalar_dense.default":
            raise AssertionError("The host waits for a value.")
        found = operation(*args, **(kwargs or {}))
        given, made = ([each for each in tree_leaves(tree) if isinstance(each, torch.Tensor)]
                       for tree in ((args, kwargs), found))  # fmt: skip
        devices = {tensor.device for tensor in (*given, *made)}
        if len(devices) > 1:
            raise AssertionError(f"{name} has tensors on {' and '.join(sorted(map(str, devices)))}.")
        if not operation.is_view and not name.startswith(("aten._unsafe_view.", "aten.empty.")):
            self.operations[name] += 1
            first, *others = map(size, given) if given else [0]
            written = sum(map(size, made))
            read = min(first, written) if name.startswith(CHOOSE) else first
            self.bytes[name] += read + sum(others) + written
        return found


def size(tensor):
    """The bytes of a tensor, each of them once."""
    return min(tensor.numel() * tensor.element_size(), tensor.untyped_storage().nbytes())


def made(networks, device="meta"):
    """So many networks with a step of them, which is stacked if there are several, and batches."""
    data = recordings(max(networks, 2), WINDOWS)
    members = folds(data)[:networks]
    states = [PhaseState(member, 0, member.plan[0]) for member in members]
    modules = [member.network().to(device) for member in members]
    batches = LabelledBatches(DeviceSignals([data], device), states, modules)
    kind = StackedStep if networks > 1 else SingleStep
    step = kind(modules, states, batches, Settings(device=device, graphs=False))
    return step, torch.from_numpy(np.stack([state.take(1)[0] for state in states])).to(device)


def counted(networks):
    """One step of so many networks."""
    step, rows = made(networks)
    factors = torch.ones((networks, 3), device="meta")
    with Count() as count:
        step.step(rows, factors)
    return count


@pytest.mark.parametrize("networks", BOUNDS)
def test_a_step_has_few_operations_and_moves_few_bytes(networks, capsys):
    count, (operations, gigabytes) = counted(networks), BOUNDS[networks]
    with capsys.disabled():
        print(f"\nnetworks: {networks}, {count.operations.total()} operations, {count.bytes.total() / GB:.2f} GB")
        for name, moved in count.bytes.most_common(12):
            print(f"  {name:42}{count.operations[name]:5}{moved / GB:8.2f} GB")
    assert count.operations.total() <= operations
    assert count.bytes.total() <= gigabytes * GB


def test_predictions_of_a_stack_take_hardly_more_operations_than_those_of_one_network(capsys):
    (single, row), (stack, rows) = made(1), made(15)
    forward = stack.predictor(range(15), "")
    with torch.no_grad():
        with Count() as alone:
            single.networks[0].eval()({name: values[0] for name, values in single.batches.inputs(row).items()})
        with Count() as together:
            forward(stack.batches.inputs(rows))
    with capsys.disabled():
        print(
            f"\npredictions of 1 network: {alone.operations.total()} operations; of 15: {together.operations.total()}"
        )
    assert together.operations.total() < 1.6 * alone.operations.total()


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda: float(torch.ones(3).sum()), "The host waits for a value."),
        (lambda: torch.ones(3, device="meta") * torch.tensor(2.0), "aten.mul.Tensor has tensors on cpu and meta."),
        (lambda: torch.empty(3, device="meta").copy_(torch.ones(3)), "aten.copy_.default has tensors on cpu and meta."),
    ],
    ids=["value", "scalar", "copy"],
)
def test_what_a_step_must_not_do_is_refused(function, message):
    with pytest.raises(AssertionError) as caught, Count():
        function()
    assert str(caught.value) == message


def test_operations_and_bytes_of_an_example():
    rows = torch.empty((4, 8), device="meta")
    with Count() as count:
        windows = rows.unfold(1, 4, 1)  # a view of 4 x 5 x 4 values, of which 32 exist
        (windows.sum(2) * 2).add_(1)  # (4, 5)
        rows.take(torch.empty(3, dtype=torch.int64, device="meta"))
    expected = {"sum.dim_IntList": 32 + 20, "mul.Tensor": 2 * 20, "add_.Tensor": 2 * 20, "take.default": 3 + 6 + 3}
    assert count.operations == {f"aten.{name}": 1 for name in expected}
    assert count.bytes == {f"aten.{name}": 4 * values for name, values in expected.items()}
