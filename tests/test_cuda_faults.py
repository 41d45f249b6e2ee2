"""Training on a GPU: what can be checked at the boundary to `torch.cuda`, without one."""

import gc
import subprocess
import sys
import threading
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import nn
from torch._dynamo.testing import CompileCounter
from torch.multiprocessing.reductions import StorageWeakRef

from bench.api import Fusion, Staged
from bench.data.sources import WindowedSignal
from bench.data.windows import WindowSet
from bench.errors import TaskError, UsageError
from bench.training import cuda_graph, engine, settings
from bench.training.cuda_graph import WARM, CudaGraph
from bench.training.device import SHARE, kernels, networks_that_fit, out_of_memory
from bench.training.device_signals import DeviceSignals
from bench.training.engine import Engine
from bench.training.network_fit import NetworkFit
from bench.training.networks import eager
from bench.training.networks.encoder import Encoder
from bench.training.networks.exchange import Exchange
from bench.training.networks.network import Unfused
from bench.training.predictor import Predictor
from bench.training.progress import Progress
from bench.training.settings import Settings
from bench.training.trainer import Trainer, to_device

torch.set_num_threads(1)

no_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="only a GPU can show it")


class TinyEncoder(Encoder):
    def __init__(self, channels):
        self.channels, self.widths, self.dim = channels, (4,), 4

    def stage(self, number, width):
        return nn.Sequential(nn.Conv1d(width, 4, 5, padding=2), nn.BatchNorm1d(4), nn.ReLU())

    def embed(self, width):
        return nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(width, self.dim))


@dataclass(frozen=True)
class Tiny(Staged):
    epochs: int = 2
    batch: int = 4
    exchange_stages = (1,)

    def encoder(self, modality, given):
        return TinyEncoder(given.channels)

    def head(self, dim, classes):
        return nn.Linear(dim, classes)


class Same(Exchange):
    """Changes nothing; its attention is 1."""

    def forward(self, states):
        return states

    def attention(self, states):
        return {"one": torch.ones_like(next(iter(states.values())))}

    def dead(self, states):
        return {"one": torch.zeros(len(next(iter(states.values()))), dtype=torch.bool)}


@dataclass(frozen=True)
class Exchanging(Fusion):
    def exchange(self, stage, widths):
        found = Same()
        found.widths = dict(widths)
        return found


def noise(people=3, each=8, samples=32):
    random = np.random.default_rng(0)
    person = np.repeat(np.arange(people), each)
    start = np.tile(np.arange(each) * samples, people)
    sources = {}
    for name in ("ecg", "eda"):
        signals = {who: random.standard_normal((1, each * samples), dtype=np.float32) for who in range(people)}
        sources[name] = WindowedSignal(signals, person, start, samples, 16.0, (name,))
    index = dict.fromkeys(("subject", "session", "trial"), person)
    return WindowSet(index, sources).labelled(random.integers(0, 2, people * each), ("calm", "stress"))


DATA = noise()


def fits(count=2, model=None, fusion=None):
    return [NetworkFit(model or Tiny(), fusion or Exchanging(), DATA, None, seed) for seed in range(count)]


def train(members, **settings):
    results = dict(engine.train(members, Settings(**settings)))
    return [results[number] for number in range(len(members))]


BACKENDS = {"cudnn": torch.backends.cudnn, "cublas": torch.backends.cuda.matmul}


@pytest.fixture(params=["fp32", "tf32", "bf16"])
def precision(request):
    """A precision, where another program has left the flags of another one."""
    before = [(backend, backend.allow_tf32) for backend in BACKENDS.values()]
    for backend in BACKENDS.values():
        backend.allow_tf32 = request.param != "tf32"
    yield request.param
    for backend, allowed in before:
        backend.allow_tf32 = allowed


@pytest.mark.parametrize("what", ["predict_proba", "attention"])
def test_predictions_and_attention_have_the_precision_of_the_record(what, precision):
    (network,) = train(fits(1))
    network.log["precision"] = precision
    seen = set()
    network.network.encoders["ecg"].stages[0].register_forward_hook(
        lambda *_: seen.add((*(each.allow_tf32 for each in BACKENDS.values()), torch.backends.cudnn.deterministic))
    )
    getattr(network, what)(DATA)
    tf32 = precision == "tf32"
    assert seen == {(tf32, tf32, True)}
    assert {each.allow_tf32 for each in BACKENDS.values()} == {not tf32}


CALLS = ("current_stream", "stream", "graph", "device", "synchronize", "empty_cache")


class Current(threading.local):
    """Each thread has a device and a stream of its own."""

    place, lane = 0, "default"


class FakeCuda:
    """The part of `torch.cuda` that graphs need: it knows the current device and stream, and what was done in them."""

    def __init__(self, monkeypatch):
        self.current, self.streams, self.log, self.invalid = Current(), 0, [], False
        self.underway, self.held = set(), set()  # pools that allocations go to, and those whose memory is kept
        names = "stream device current_stream current_device synchronize empty_cache Stream CUDAGraph graph"
        for name in (*names.split(), "graph_pool_handle"):
            monkeypatch.setattr(torch.cuda, name, getattr(self, name))
        monkeypatch.setattr(torch._C, "_cuda_endAllocateToPool", self.end_allocations)
        monkeypatch.setattr(torch._C, "_cuda_releasePool", lambda _, pool: self.held.remove(pool))
        monkeypatch.setattr(cuda_graph, "FREE", defaultdict(list))
        monkeypatch.setattr(cuda_graph, "FAILED", [])

    def add(self, what):
        self.log.append((what, self.current.place, self.current.lane))

    def Stream(self, device=None):  # noqa: N802 - the name of torch
        self.streams += 1
        place = self.current.place if device is None else torch.device(device).index
        return SimpleNamespace(device=place, name=f"stream {self.streams}", wait_stream=lambda _: None)

    def CUDAGraph(self):  # noqa: N802 - the name of torch
        pools = []

        def begin(pool=(1, 0)):
            self.add("begin")
            pools.append(pool)
            self.underway.add(pool)
            self.held.add(pool)

        return SimpleNamespace(
            capture_begin=begin,
            capture_end=lambda: self.end(pools[-1]),
            replay=lambda: self.add("replay"),
            register_generator_state=lambda _: None,
        )

    def end(self, pool):
        self.add("end")
        if self.invalid:
            raise RuntimeError("CUDA error: operation failed due to a previous error during capture")
        self.underway.remove(pool)

    def end_allocations(self, device, pool):
        assert device == self.current.place
        if pool not in self.underway:
            raise RuntimeError("endAllocatePool: not currently recording to mempool_id")
        self.underway.remove(pool)

    def graph_pool_handle(self):
        return 0, len(self.log) + 1

    def current_device(self):
        return self.current.place

    def current_stream(self, device=None):
        return SimpleNamespace(device=self.current.place, name=self.current.lane, wait_stream=lambda _: None)

    def synchronize(self, device=None):
        pass

    def empty_cache(self):
        if self.underway:
            raise RuntimeError("captures_underway.empty() INTERNAL ASSERT FAILED")

    @contextmanager
    def graph(self, graph, stream=None):
        """It hides what failed inside, and then leaves its stream the current one; without a stream, all share one."""
        before, self.current.lane = self.current.lane, stream.name if stream else "shared"
        graph.capture_begin()
        try:
            yield
        finally:
            graph.capture_end()
            self.current.lane = before

    @contextmanager
    def stream(self, stream):
        before = self.current.place, self.current.lane
        self.current.place, self.current.lane = stream.device, stream.name
        try:
            yield
        finally:
            self.current.place, self.current.lane = before

    @contextmanager
    def device(self, device):
        before, self.current.place = self.current.place, torch.device(device).index or 0
        try:
            yield
        finally:
            self.current.place = before


@pytest.fixture
def cuda(monkeypatch):
    return FakeCuda(monkeypatch)


ROWS, FACTORS = torch.zeros((1, 4), dtype=torch.int64), torch.zeros((1, 3))


def test_what_a_step_raises_while_it_is_recorded_is_not_hidden_and_it_can_be_recorded_later(cuda):
    fails = True

    def step(rows, factors):
        if fails and ("begin", 0, cuda.current.lane) in cuda.log:
            cuda.invalid = True
            raise torch.OutOfMemoryError("CUDA out of memory.")

    graph = CudaGraph(step, "cuda:0")
    for _ in range(WARM):
        graph(ROWS, FACTORS)
    with pytest.raises(torch.OutOfMemoryError) as caught:
        graph(ROWS, FACTORS)
    assert str(caught.value) == "CUDA out of memory."
    assert cuda.current.lane == "default"
    fails = cuda.invalid = False
    graph(ROWS, FACTORS)
    assert cuda.log[-1] == ("replay", 0, "default")
    assert [what for what, *_ in cuda.log] == ["begin", "end", "begin", "end", "replay"]


def test_each_graph_is_warmed_up_and_recorded_in_a_stream_of_its_own_on_its_device(cuda):
    lanes = []
    for _ in range(2):
        graph = CudaGraph(lambda *_: cuda.add("step"), "cuda:1")
        for _ in range(WARM + 1):
            graph(ROWS, FACTORS)
        places, used = {place for what, place, _ in cuda.log[:-1]}, {lane for *_, lane in cuda.log[:-1]}
        assert (places, len(used)) == ({1}, 1)
        assert cuda.log.pop() == ("replay", 0, "default")  # where the caller is
        lanes += used
        cuda.log.clear()
    assert len(set(lanes)) == 2


@pytest.fixture
def second(cuda, monkeypatch):
    """A second GPU, whose tensors are those of the CPU."""
    for kind in (torch.Tensor, nn.Module):
        move = kind.to
        monkeypatch.setattr(
            kind,
            "to",
            lambda self, to, *others, move=move, **options: (
                self if to == "cuda:1" else move(self, to, *others, **options)
            ),
        )
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda self: self)
    return cuda


@pytest.mark.parametrize("strategy", ["separate", "stacked"])
def test_everything_is_done_on_the_chosen_device(strategy, second, cuda, monkeypatch):
    forward = Greedy.forward
    monkeypatch.setattr(Greedy, "forward", lambda self, values: (cuda.add("forward"), forward(self, values))[1])
    settings = OtherDevice(device="cuda:1", strategy=strategy, together=2, graphs=False)
    for _, result in engine.train(fits(2, Hungry(), Unfused()), settings):
        assert isinstance(result, Predictor), result
    assert {place for what, place, _ in cuda.log if what == "forward"} == {1}
    cuda.log.clear()
    with kernels("cuda:1", "fp32"):
        cuda.add("prediction")
    assert cuda.log == [("prediction", 1, "default")]
    assert cuda.current.place == 0


ASSERTION = "CUDA error: device-side assert triggered\nCompile with `TORCH_USE_CUDA_DSA`."


@pytest.mark.parametrize("strategy", ["separate", "stacked"])
def test_an_error_that_ends_cuda_ends_all_networks_with_what_to_do(strategy, second, monkeypatch):
    seen = []

    def forward(self, values):
        seen.append(len(values))
        raise RuntimeError(ASSERTION)

    def synchronize(device):
        raise RuntimeError(ASSERTION)

    monkeypatch.setattr(Greedy, "forward", forward)
    monkeypatch.setattr(torch.cuda, "synchronize", synchronize)
    results = train(fits(3, Hungry(), Unfused()), device="cuda:1", strategy=strategy, together=2, graphs=False)
    assert len(seen) == 1
    lost = (
        "An error of CUDA has ended the use of cuda:1 in this process (CUDA error: device-side assert triggered); run "
        "the same command again, or with --device cpu to find the network at fault."
    )
    first = ASSERTION if strategy == "separate" else lost  # of a stack it is not known which one it was
    assert list(map(str, results)) == [first, lost, lost]


def test_an_error_that_ends_cuda_while_memory_is_measured_ends_all_networks(second, monkeypatch):
    FakeMemory(monkeypatch, total=1000, others=0)

    def fail(*_):
        raise RuntimeError(ASSERTION)

    def forward(self, values):
        monkeypatch.setattr(torch.cuda, "empty_cache", fail)
        monkeypatch.setattr(torch.cuda, "synchronize", fail)
        raise RuntimeError(ASSERTION)

    monkeypatch.setattr(Greedy, "forward", forward)
    results = train(fits(3, Hungry(), Unfused()), device="cuda:1", strategy="stacked", graphs=False)
    assert [str(result).partition(" in this")[0] for result in results] == [
        "An error of CUDA has ended the use of cuda:1"
    ] * 3


@pytest.mark.parametrize("strategy", ["separate", "stacked"])
def test_an_error_of_one_network_that_leaves_cuda_usable_ends_that_network_alone(strategy, second, monkeypatch):
    """The first of a stack fails with it, and then by itself."""
    errors = [RuntimeError("CUDA error: invalid configuration argument") for _ in range(1 + (strategy == "stacked"))]
    monkeypatch.setattr(Greedy, "errors", errors)
    settings = {"device": "cuda:1", "strategy": strategy, "together": 2, "graphs": False}
    failed, *others = train(fits(3, Hungry(), Unfused()), **settings)
    assert str(failed) == "CUDA error: invalid configuration argument"
    assert all(isinstance(result, Predictor) for result in others), others


def test_plans_are_copied_to_a_gpu_from_pinned_memory_without_waiting(monkeypatch):
    values, pinned = np.arange(6).reshape(2, 3), []
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda self: (pinned.append(self), self)[1])
    monkeypatch.setattr(torch.Tensor, "to", lambda *given, **options: (*given, options))
    copied, *others = to_device(values.astype(np.float32), "cuda:1")
    assert pinned == [copied]
    assert others == ["cuda:1", {"non_blocking": True}]
    np.testing.assert_array_equal(copied.numpy(), values)


def test_a_step_that_cannot_be_recorded_is_done_as_it_is_with_the_random_numbers_of_before(cuda):
    steps, states, remarks = [], [], []

    def step(rows, factors):
        if cuda.log and cuda.log[-1][0] == "begin":
            cuda.invalid = True
            raise RuntimeError(
                "CUDA error: operation not permitted when stream is capturing\nCUDA kernel errors might be"
            )
        steps.append(cuda.current.lane)

    generator = SimpleNamespace(clone_state=lambda: "before", graphsafe_set_state=states.append)
    graph = CudaGraph(step, "cuda:0", [generator, generator], remarks.append)
    for _ in range(WARM + 3):
        graph(ROWS, FACTORS)
    assert steps == ["stream 1"] * WARM + ["default"] * 3
    assert [what for what, *_ in cuda.log] == ["begin", "end"]
    assert states == ["before", "before"]
    (remark,) = remarks
    assert remark == (
        "Steps are done one by one, since they cannot be recorded as a CUDA graph (CUDA error: operation not permitted "
        "when stream is capturing)."
    )


def test_a_recording_that_cannot_be_ended_is_done_as_it_is_and_its_memory_is_given_back(cuda):
    steps, states, remarks = [], [], []
    generator = SimpleNamespace(clone_state=lambda: "before", graphsafe_set_state=states.append)
    graph = CudaGraph(lambda *_: steps.append(cuda.current.lane), "cuda:0", [generator], remarks.append)
    cuda.invalid = True
    for _ in range(WARM + 3):
        graph(ROWS, FACTORS)
    assert steps == ["stream 1"] * (WARM + 1) + ["default"] * 3
    assert states == ["before"]
    (remark,) = remarks
    assert remark == (
        "Steps are done one by one, since they cannot be recorded as a CUDA graph (CUDA error: operation failed due to "
        "a previous error during capture)."
    )
    assert (cuda.underway, cuda.held) == (set(), set())
    assert len(cuda_graph.FAILED) == 1  # which the allocator of page-locked memory still refers to
    torch.cuda.empty_cache()


def test_a_recording_that_cannot_be_made_a_graph_is_not_ended_twice(cuda, monkeypatch):
    def end(pool):
        cuda.underway.remove(pool)
        raise RuntimeError("CUDA error: out of memory")

    monkeypatch.setattr(cuda, "end", end)
    graph = CudaGraph(lambda *_: None, "cuda:0")
    for _ in range(WARM):
        graph(ROWS, FACTORS)
    with pytest.raises(RuntimeError, match="out of memory"):
        graph(ROWS, FACTORS)
    assert cuda_graph.FAILED == []


def test_graphs_one_after_another_share_a_stream_and_so_the_workspaces_of_libraries(cuda):
    for _ in range(40):
        graph = CudaGraph(lambda *_: None, "cuda:0")
        for _ in range(WARM + 1):
            graph(ROWS, FACTORS)
        del graph
    other = CudaGraph(lambda *_: None, "cuda:1")
    assert cuda.streams == 2
    assert other.stream.device == 1


@pytest.mark.parametrize("strategy", ["separate", "stacked"])
@pytest.mark.parametrize("graphs", [True, False])
def test_steps_on_a_gpu_are_graphs_unless_that_is_not_wanted(graphs, strategy, cuda, monkeypatch):
    results = [result for _, result in engine.train(fits(2), OtherDevice(strategy=strategy, graphs=graphs))]
    assert all(isinstance(result, Predictor) for result in results), results
    assert ("replay" in {what for what, *_ in cuda.log}) == graphs


def test_a_shape_that_cannot_be_recorded_is_not_tried_again(cuda, monkeypatch):
    def forward(self, values):
        if cuda.log and cuda.log[-1][0] == "begin":
            raise RuntimeError("CUDA error: operation not permitted when stream is capturing")
        return values

    monkeypatch.setattr(Greedy, "forward", forward)
    results = [result for _, result in engine.train(fits(3, Hungry()), OtherDevice(strategy="separate"))]
    assert all(isinstance(result, Predictor) for result in results), results
    assert [what for what, *_ in cuda.log] == ["begin", "end"]
    assert [len(result.log["remarks"]) for result in results] == [1, 1, 1]


def test_steps_on_a_cpu_are_no_graphs(cuda):
    train(fits(1))
    assert cuda.log == []


@dataclass(frozen=True)
class Sized(Tiny):
    epochs: int = 1
    size: int = 4

    def head(self, dim, classes):
        return nn.Sequential(nn.Linear(dim, self.size), nn.ReLU(), nn.Linear(self.size, classes))


@pytest.fixture
def counter(monkeypatch):
    """Counts what is compiled, and runs it as it is; nothing is left of what other tests have compiled."""
    torch._dynamo.reset()
    found = CompileCounter()
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=found))
    yield found
    torch._dynamo.reset()


def test_networks_of_many_shapes_are_all_compiled(counter):
    members = [replace(fit, model=Sized(size=3 + place)) for place, fit in enumerate(fits(12, fusion=Unfused()))]
    counts = []
    for _, result in engine.train(members, Settings(strategy="separate", workers=1, compile=True)):
        assert isinstance(result, Predictor), result
        counts.append(counter.frame_count)
    assert len(set(counts)) == len(members)


TRACED = pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")  # by torch, as it traces


@TRACED
@pytest.mark.parametrize("strategy", ["separate", "stacked"])
def test_a_network_is_compiled_once_for_all_folds_and_epochs_and_learns_the_same(strategy, counter):
    members = [replace(fit, validation=DATA) for fit in fits(3, Tiny(epochs=3, stopping="best"), Unfused())]
    expected = train(members, strategy=strategy, workers=1)
    assert counter.frame_count == 0
    results = train(members, strategy=strategy, workers=1, compile=True)
    assert counter.frame_count == 1
    assert [result.log["compile"] for result in results] == [True] * 3
    for result, wanted in zip(results, expected, strict=True):
        # gradients agree to 1e-8; Adam makes steps as long of those that are rounding alone
        np.testing.assert_allclose(result.predict_proba(DATA), wanted.predict_proba(DATA), rtol=0, atol=5e-4)


@TRACED
def test_a_stack_is_compiled_again_where_half_of_it_has_ended(counter):
    members = [replace(fit, model=Tiny(epochs=1 + place)) for place, fit in enumerate(fits(4, fusion=Unfused()))]
    assert all(isinstance(result, Predictor) for result in train(members, strategy="stacked", compile=True))
    assert counter.frame_count == 3  # of 4, 2 and 1


@TRACED
@pytest.mark.parametrize("strategy", ["separate", "stacked"])
def test_a_network_that_torch_would_not_compile_any_more_fails_and_is_not_trained_as_it_is(
    strategy, counter, monkeypatch
):
    monkeypatch.setattr(eager, "VERSIONS", 2)
    members = [replace(fit, model=Sized(size=3 + place)) for place, fit in enumerate(fits(3, fusion=Unfused()))]
    *compiled, failed = train(members, strategy=strategy, workers=1, compile=True)
    assert all(isinstance(result, Predictor) for result in compiled)
    assert counter.frame_count == 2
    assert (type(failed), str(failed)) == (
        TaskError,
        "Torch has compiled 2 versions of this network, and no more are allowed; leave out --compile.",
    )


class FakeMemory:
    """The memory of a GPU, of which torch keeps what is not used any more, until `empty_cache`."""

    def __init__(self, monkeypatch, total, others):
        self.total, self.others, self.used, self.peak, self.reserved, self.started = total, others, 0, 0, 0, False
        names = "init reset_peak_memory_stats memory_reserved max_memory_reserved mem_get_info empty_cache"
        for name in names.split():
            monkeypatch.setattr(torch.cuda, name, getattr(self, name))

    def allocate(self, size):
        self.started = True
        self.used += size
        self.reserved = max(self.reserved, self.used)
        self.peak = max(self.peak, self.reserved)

    def free(self, size):
        self.used -= size

    def take(self, size):
        """Memory that nothing else can use, whatever torch keeps."""
        self.reserved += size
        self.allocate(0)

    def init(self):
        self.started = True

    def reset_peak_memory_stats(self, device=None):
        if not self.started:
            raise RuntimeError("Allocator not initialized for device 0: did you call init?")
        self.peak = self.reserved

    def memory_reserved(self, device=None):
        return self.reserved

    def max_memory_reserved(self, device=None):
        return self.peak

    def empty_cache(self):
        self.reserved = self.used

    def mem_get_info(self, device=None):
        return self.total - self.others - self.reserved, self.total


def test_what_torch_keeps_of_the_memory_of_one_network_counts_as_free(monkeypatch):
    memory = FakeMemory(monkeypatch, total=1000, others=100)

    def probe():
        memory.allocate(300)
        memory.free(300)

    assert networks_that_fit(probe, "cuda") == int(SHARE * 900 / 300)


def test_windows_that_stay_on_the_device_and_what_was_kept_before_are_not_memory_of_each_network(monkeypatch):
    memory = FakeMemory(monkeypatch, total=1000, others=0)
    memory.allocate(500)
    memory.free(500)  # which torch keeps

    def probe():
        memory.allocate(200)  # windows
        memory.allocate(100)
        memory.free(100)

    assert networks_that_fit(probe, "cuda") == int(SHARE * 800 / 100)


def test_the_memory_of_a_graph_is_part_of_that_of_a_network(monkeypatch):
    """A graph keeps what its step takes, beside what a step by itself leaves in torch's hands."""
    memory = FakeMemory(monkeypatch, total=1000, others=0)

    def probe():
        memory.allocate(100)
        memory.free(100)
        memory.take(100)  # of the graph

    assert networks_that_fit(probe, "cuda") == int(SHARE * 1000 / 200)


@pytest.mark.parametrize("graphs", [True, False])
def test_the_probe_of_memory_records_a_graph_and_repeats_it(graphs, cuda, monkeypatch):
    settings = OtherDevice(strategy="stacked", graphs=graphs)
    progress = Progress([0], None)
    Engine(fits(1), DeviceSignals([DATA], "cpu"), settings, progress).probe(0)
    assert [what for what, *_ in cuda.log] == (["begin", "end", "replay", "replay"] if graphs else [])


EXHAUSTED = [
    torch.OutOfMemoryError("CUDA out of memory."),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"),
    RuntimeError("cuFFT error: CUFFT_ALLOC_FAILED"),
]


@pytest.mark.parametrize(
    "error", EXHAUSTED, ids=["torch", "cuBLAS", "cuDNN", "cuBLAS at its start", "cuDNN 9", "cuFFT"]
)
def test_every_library_of_cuda_can_say_that_memory_is_exhausted(error, monkeypatch):
    FakeMemory(monkeypatch, total=1000, others=0)

    def probe():
        raise error

    assert out_of_memory(error)
    assert networks_that_fit(probe, "cuda") == 1


def test_another_error_of_cuda_is_not_taken_for_a_lack_of_memory():
    assert not out_of_memory(RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`"))


class Living:
    """Which of all steps that were built still have their parameters in memory, without the garbage collector."""

    def __init__(self, monkeypatch):
        self.built, self.most = [], 0
        build, advance = Trainer.train_step, Trainer.advance

        def built(trainer, *given):
            step = build(trainer, *given)
            self.built.append(StorageWeakRef(step.rows.untyped_storage()))
            return step

        def advanced(trainer, *given):
            self.most = max(self.most, self.now)
            advance(trainer, *given)

        monkeypatch.setattr(Trainer, "train_step", built)
        monkeypatch.setattr(Trainer, "advance", advanced)

    @property
    def now(self):
        return sum(not each.expired() for each in self.built)


@pytest.fixture
def living(monkeypatch):
    gc.disable()
    yield Living(monkeypatch)
    gc.enable()


class Greedy(nn.Module):
    """Raises the first of these errors, if any."""

    errors: ClassVar[list[Exception]] = []

    def forward(self, values):
        if self.training and Greedy.errors:
            raise Greedy.errors.pop(0)
        return values


@dataclass(frozen=True)
class Hungry(Tiny):
    def encoder(self, modality, given):
        class Hungrier(TinyEncoder):
            def stage(self, number, width):
                return nn.Sequential(Greedy(), super().stage(number, width))

        return Hungrier(given.channels)


class OtherDevice(Settings):
    """The memory of a CPU, treated as that of a GPU."""

    on_cpu = False


@pytest.mark.parametrize("strategy", ["separate", "stacked"])
def test_a_step_is_gone_as_soon_as_its_phase_ends(strategy, living):
    assert all(isinstance(result, Predictor) for result in train(fits(3), strategy=strategy, workers=1))
    assert len(living.built) == (3 if strategy == "separate" else 1)
    assert (living.most, living.now) == (1, 0)


def test_a_stack_that_shrinks_leaves_nothing_of_the_larger_one(living):
    members = [replace(fit, model=Tiny(epochs=1 + place)) for place, fit in enumerate(fits(3))]
    assert all(isinstance(result, Predictor) for result in train(members, strategy="stacked"))
    assert (len(living.built), living.most, living.now) == (3, 1, 0)


def test_a_stack_that_did_not_fit_is_gone_before_smaller_ones_are_built(living, monkeypatch):
    monkeypatch.setattr(Greedy, "errors", [RuntimeError(str(EXHAUSTED[1]))])  # a new one, without a traceback
    assert all(isinstance(result, Predictor) for result in train(fits(4, Hungry()), strategy="stacked"))
    assert (len(living.built), living.most, living.now) == (3, 1, 0)


@pytest.mark.parametrize(("failures", "trained"), [(1, True), (2, False)])
def test_a_network_by_itself_on_a_gpu_is_tried_once_more_when_memory_is_given_back(
    failures, trained, living, monkeypatch
):
    given_back = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: given_back.append(living.now))
    monkeypatch.setattr(Greedy, "errors", [torch.OutOfMemoryError("CUDA out of memory.") for _ in range(failures)])
    ((_, result),) = engine.train(fits(1, Hungry()), OtherDevice(strategy="separate", graphs=False))
    assert isinstance(result, Predictor) == trained
    assert (given_back, living.most) == ([0], 1)
    if not trained:
        assert str(result).startswith("One network with a batch of 4 windows does not fit into the memory of cpu; ")


def test_networks_that_did_not_fit_at_the_same_time_are_each_tried_alone(monkeypatch):
    monkeypatch.setattr(Greedy, "errors", [torch.OutOfMemoryError("CUDA out of memory.") for _ in range(2)])
    results = train(fits(2, Hungry()), strategy="separate", workers=2)
    assert all(isinstance(result, Predictor) for result in results)


@pytest.fixture
def built(monkeypatch):
    """A torch that could use CUDA, in a process that must not start it; the answers of its children are forgotten."""
    monkeypatch.setattr(settings, "DRIVERS", (sys.executable,))
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: True)
    for name in ("is_available", "device_count", "get_device_name"):
        monkeypatch.setattr(torch.cuda, name, lambda *_: pytest.fail("CUDA was started in this process"))
    settings.found_in_child.cache_clear()
    yield
    settings.found_in_child.cache_clear()


def test_devices_are_found_without_starting_cuda_so_that_forks_can_use_it(built, monkeypatch):
    monkeypatch.setattr(settings, "NAMES", "print('NVIDIA A')\nprint('NVIDIA B')")
    assert settings.cuda_devices() == ("NVIDIA A", "NVIDIA B")
    assert [settings.resolve(device) for device in ("auto", "cuda", "cuda:1")] == ["cuda", "cuda", "cuda:1"]
    with pytest.raises(UsageError) as caught:
        settings.resolve("cuda:2")
    assert str(caught.value) == "There is no device 'cuda:2'. Known: cpu, cuda, cuda:0, cuda:1."


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_torch_that_finds_no_device_trains_on_the_cpu(built):
    assert settings.resolve("auto") == "cpu"


@pytest.mark.cuda
@no_gpu
def test_a_fork_can_use_a_gpu_after_devices_were_looked_for():
    code = """
import os, torch
from bench.training.settings import resolve
assert resolve("auto") == "cuda"
process = os.fork()
if not process:
    os._exit(int(torch.ones(3, device="cuda").sum()) != 3)
assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
"""
    subprocess.run([sys.executable, "-c", code], check=True)


class Waiting(nn.Module):
    """Waits for a value of the device, so that it cannot be recorded."""

    def forward(self, values):
        return values * float(values.abs().max() >= 0)


@dataclass(frozen=True)
class Slow(Tiny):
    def head(self, dim, classes):
        return nn.Sequential(Waiting(), nn.Linear(dim, classes))


@pytest.mark.cuda
@no_gpu
@pytest.mark.parametrize("strategy", ["separate", "stacked"])
def test_graphs_learn_the_bits_of_steps_one_by_one(strategy):
    first, second = (
        [result.state() for result in train(fits(3), device="cuda", strategy=strategy, graphs=graphs)]
        for graphs in (True, False)
    )
    for one, other in zip(first, second, strict=True):
        assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.cuda
@no_gpu
def test_a_network_that_cannot_be_recorded_is_trained_and_so_are_those_after_it():
    members = [*fits(1, Slow()), *fits(2)]
    slow, *others = train(members, device="cuda", strategy="separate")
    assert all(isinstance(result, Predictor) for result in (slow, *others))
    assert any(remark.startswith("Steps are done one by one") for remark in slow.log["remarks"])
    assert np.isfinite(others[1].predict_proba(DATA)).all()
