"""cvxEDA against its formulas, a general solver, and dual bounds that need neither; on made-up and real recordings."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from bench.api import Recording, Signal
from bench.errors import DataError
from bench_cvxeda import batches, cvxeda, reference
from bench_cvxeda.batches import MAX_SAMPLES, batches_of
from bench_cvxeda.decomposition import linear_trend
from bench_cvxeda.model import Model
from bench_cvxeda.step import CvxEDA

# Coverage is measured of bench, which these hardly enter; tracing the compiler would take half as long again.
pytestmark = pytest.mark.no_cover

BOUNDARIES = ("2017", "2025")


def wandering(n, seed=0, size=0.1):
    return np.cumsum(np.random.default_rng(seed).normal(size=n)) * size + 3


def responses(n=2000, rate=50.0, seed=0, noise=0.0):
    """Signal, phasic and driver: six kicks on a slow level."""
    random = np.random.default_rng(seed)
    driver = np.zeros(n)
    driver[random.choice(np.arange(n // 20, n - n // 10), 6, replace=False)] = random.uniform(30, 90, 6)
    poles, zeros = Model(rate).arma
    phasic = signal.lfilter(zeros, poles, driver)
    time = np.arange(n) / rate
    return phasic + 5 + 0.3 * np.sin(time / 15) + noise * random.normal(size=n), phasic, driver


def test_what_nobody_sets_is_as_in_the_reference_code_of_2017():
    usual = {"tau0": 2.0, "tau1": 0.7, "knot_seconds": 10.0, "alpha": 8e-4, "gamma": 1e-2, "boundary": "2017"}
    assert {name: getattr(Model(50.0), name) for name in usual} == usual
    assert {name: getattr(CvxEDA(), name) for name in usual} == usual
    y, _, _ = responses(400)
    np.testing.assert_array_equal(cvxeda(y, 50).phasic, cvxeda(y, 50, **usual).phasic)


def test_a_kick_of_the_driver_gives_the_bateman_function():
    rate, (poles, zeros) = 50.0, Model(50.0).arma
    time = np.arange(500) / rate
    response = signal.lfilter(zeros, poles, np.eye(1, 500)[0])
    expected = (np.exp(-time / 2) - np.exp(-time / 0.7)) / rate
    late = time > 0.4
    np.testing.assert_allclose(response[late] / expected[late], 1, atol=1e-3)
    assert time[response.argmax()] == pytest.approx(1.13, abs=0.02)


def test_taps_sum_to_the_gain_of_the_filter():
    poles, zeros = Model(50.0).arma
    assert poles.sum() == pytest.approx(3.076923, abs=1e-6)
    assert list(zeros) == [1, 2, 1]


@pytest.mark.parametrize("rate", [1, 4, 50, 2000])
@pytest.mark.parametrize("taus", [(2.0, 0.7), (0.7, 2.0), (2.0, 1.99)])
def test_the_state_space_is_the_filter(rate, taus):
    model = Model(rate, *taus)
    rho0, rho1, k0, k1, g = model.state_space
    driver, (poles, zeros) = np.random.default_rng(0).uniform(size=400), model.arma
    state, slope, found = 0.0, 0.0, []
    for p in driver:
        found.append(state + g * p)
        state, slope = rho0 * state + slope + k0 * p, rho1 * slope + k1 * p
    expected = signal.lfilter(zeros, poles, driver)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7 * expected.max())


@pytest.mark.parametrize("knot", [2, 3, 40, 500])
def test_a_spline_is_a_triangle_convolved_with_itself(knot):
    triangle = np.concatenate([np.arange(1.0, knot + 1), np.arange(knot - 1.0, 0, -1)])
    bump = np.convolve(triangle, triangle)
    distance = np.arange(len(bump)) - len(bump) // 2
    np.testing.assert_allclose(Model(1.0, knot_seconds=knot).spline(distance), bump / bump.max(), atol=1e-14)


@pytest.mark.parametrize(("rate", "samples"), [(4, 40), (31.25, 312), (3.19, 32), (3.11, 31), (1 / 0.3, 33)])
def test_knots_are_the_nearest_whole_number_of_samples_apart(rate, samples):
    assert Model(rate).knot == samples


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_parts_are_what_they_are_called(boundary):
    y, _, _ = responses(noise=0.01)
    found = cvxeda(y, 50, boundary=boundary)
    np.testing.assert_allclose(found.phasic + found.tonic + found.residual, y, rtol=1e-15)
    assert found.driver.min() >= 0
    assert found.phasic.min() >= -1e-6
    assert found.gap <= 1e-6
    assert found.converged
    first = Model(50, boundary=boundary).first
    assert not found.driver[:first].any()
    poles, zeros = Model(50).arma
    np.testing.assert_allclose(
        signal.lfilter(poles, [1.0], found.phasic)[first + 2 :],
        signal.lfilter(zeros, [1.0], found.driver)[first + 2 :],
        atol=1e-6 * found.driver.max(),
    )


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_known_responses_are_recovered(boundary):
    y, phasic, _ = responses(noise=0.005)
    assert np.corrcoef(cvxeda(y, 50, boundary=boundary).phasic, phasic)[0, 1] > 0.99


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_drift_that_is_added_changes_only_the_tonic_component(boundary):
    y, _, _ = responses(noise=0.01)
    drift = 7 - np.linspace(0, 4, len(y))
    one, other = cvxeda(y, 50, boundary=boundary), cvxeda(y + drift, 50, boundary=boundary)
    np.testing.assert_allclose(other.phasic, one.phasic, atol=1e-9)
    np.testing.assert_allclose(other.tonic, one.tonic + drift, atol=1e-9)


def agree(y, model, tolerance, proved):
    """The parts are the general solver's, and what it can prove of its own says that they should be."""
    trend = linear_trend(y)
    scale = np.std(y - trend)
    [solution] = reference.solve(model, [(y - trend) / scale], [model.alpha / scale], 1e-6, 1)
    phasic, tonic = solution.phasic * scale, solution.tonic * scale + trend
    assert solution.gap <= proved
    for tol, near in ((1e-6, 1e-2), (1e-9, tolerance)):
        found = cvxeda(y, model.rate, knot_seconds=model.knot_seconds, boundary=model.boundary, tol=tol)
        assert found.gap <= tol
        assert np.sqrt(np.mean((phasic - found.phasic) ** 2)) < near * y.std()
        assert np.sqrt(np.mean((tonic - found.tonic) ** 2)) < near * y.std()


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    n=st.integers(8, 120),
    rate=st.sampled_from([1.0, 4.0, 16.0]),
    knot_seconds=st.sampled_from([2.0, 5.0, 10.0]),
    boundary=st.sampled_from(BOUNDARIES),
    seed=st.integers(0, 99),
)
def test_a_general_solver_agrees(n, rate, knot_seconds, boundary, seed):
    y = wandering(n, seed)
    agree(y, Model(rate, knot_seconds=knot_seconds, boundary=boundary), tolerance=1e-4, proved=1e-7)


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_general_solver_agrees_on_neurokits_recording(recorded, boundary):
    table = pd.read_csv(min((recorded("neurokit_bio") / "data").rglob("bio_eventrelated_100hz.csv")))
    y = table["EDA"].to_numpy()[2000:4000].astype(float)
    # The general solver holds 1 / dt² in its matrices: at 100 Hz it proves no more.
    agree(y, Model(100, boundary=boundary), tolerance=1e-2, proved=1e-4)


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_general_solver_agrees_on_recorded_signals(recorded, boundary):
    path = min((recorded("stress_predict") / "Raw_data").rglob("EDA.csv"))
    y = pd.read_csv(path, header=None).to_numpy().ravel()[2:][400:1600].astype(float)
    agree(y, Model(4, boundary=boundary), tolerance=1e-4, proved=1e-7)


def test_a_thousand_problems_of_all_kinds_are_certified():
    random = np.random.default_rng(5)
    worst = 0.0
    for number in range(50):
        n, rate = int(random.integers(8, 300)), float(random.choice([1, 4, 25, 100, 1000]))
        slow = random.uniform(1, 6)
        options = {
            "tau0": slow,
            "tau1": slow * random.uniform(0.1, 0.9),
            "knot_seconds": max(2 / rate, random.uniform(2, 20)),
            "alpha": 10 ** random.uniform(-5, -1),
            "gamma": 10 ** random.uniform(-4, 0),
            "boundary": BOUNDARIES[number % 2],
        }
        y = np.cumsum(random.normal(size=(20, n)), axis=1) * 10 ** random.uniform(-2, 2, (20, 1))
        found = cvxeda(y, rate, **options)
        assert found.converged.all(), options
        worst = max(worst, found.gap.max())
    assert worst <= 1e-6


def test_the_gap_is_an_upper_bound_of_what_can_still_be_gained():
    y = wandering(300)
    objectives, gaps = [], []
    for tol in (1e-1, 1e-3, 1e-9):
        found = cvxeda(y, 4, tol=tol, boundary="2025")
        model = Model(4, boundary="2025")
        problem = reference.Problem(model, len(y))
        weights = np.linalg.lstsq(
            np.column_stack([problem.B.toarray(), problem.C]), found.tonic, rcond=None
        )[0][: problem.B.shape[1]]  # fmt: skip
        objectives.append(found.residual @ found.residual / 2 + 8e-4 * found.driver.sum() + 5e-3 * weights @ weights)
        gaps.append(found.gap)
    assert gaps[0] > gaps[1] > gaps[2]
    for objective, gap in zip(objectives, gaps, strict=True):
        assert objective - objectives[-1] <= gap * objective * (1 + 1e-6)


@pytest.mark.parametrize("rate", [1, 2, 10, 100, 500, 1000, 2000])
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_every_rate_holds_a_gap_of_a_billionth(rate, boundary):
    y = wandering(12 * rate + 40, seed=rate, size=0.3 / np.sqrt(rate))
    found = cvxeda(y, rate, boundary=boundary, tol=1e-9)
    assert found.converged
    assert found.gap <= 1e-9


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_result_depends_on_its_own_signal_alone(boundary):
    signals = [wandering(n, seed) for seed, n in enumerate([300] * 21 + [150, 299, 40, 40])]
    alone = [cvxeda(y, 4, boundary=boundary) for y in signals]
    together = cvxeda(signals, 4, boundary=boundary)
    backwards = cvxeda(signals[::-1], 4, boundary=boundary, threads=3)
    for number, one in enumerate(alone):
        for part in ("phasic", "tonic", "driver", "residual", "gap", "iterations"):
            np.testing.assert_array_equal(getattr(together, part)[number], getattr(one, part))
            np.testing.assert_array_equal(getattr(backwards, part)[-1 - number], getattr(one, part))


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("n", [9, 100])
def test_nothing_depends_on_what_was_in_memory_before(monkeypatch, boundary, n):
    signals = [wandering(n, seed) for seed in range(3)] + [wandering(12)]
    expected = cvxeda(signals, 1, knot_seconds=2, boundary=boundary)
    aligned = batches.aligned

    def filled_with_nan(count, dtype):
        memory = aligned(count, dtype)
        memory.view(np.float64)[:] = np.nan
        return memory

    monkeypatch.setattr(batches, "aligned", filled_with_nan)
    found = cvxeda(signals, 1, knot_seconds=2, boundary=boundary)
    for one, other in zip(found.phasic, expected.phasic, strict=True):
        np.testing.assert_array_equal(one, other)
    assert found.converged.all()


def test_shapes_are_those_of_what_is_given():
    y = np.stack([wandering(60, seed) for seed in range(3)])
    one, many, ragged = cvxeda(y[0], 4), cvxeda(y, 4), cvxeda([y[0], y[1][:40]], 4)
    assert (one.phasic.shape, type(one.gap), one.converged) == ((60,), float, True)
    assert (many.tonic.shape, many.gap.shape) == ((3, 60), (3,))
    assert [len(part) for part in ragged.driver] == [60, 40]
    assert cvxeda([], 4).phasic == []
    assert cvxeda(np.empty((0, 60)), 4).phasic.shape == (0, 60)


def test_long_signals_are_solved_one_by_one():
    found = batches_of([MAX_SAMPLES + 1] * 3 + [MAX_SAMPLES] * 2 + [20] * 17)
    assert found == [
        [0],
        [1],
        [2],
        [3, 4],
        *([start, start + 1, start + 2, start + 3] for start in range(5, 21, 4)),
        [21],
    ]


@pytest.mark.parametrize("factor", [1e-6, 1e-2, 1e2, 1e6])
def test_a_penalty_in_the_unit_of_the_signal_gives_the_same_parts(factor):
    y = wandering(200)
    one, other = cvxeda(y, 4), cvxeda(y * factor, 4, alpha=8e-4 * factor)
    np.testing.assert_allclose(other.phasic / factor, one.phasic, atol=1e-6)


@pytest.mark.parametrize("y", [np.full(100, 3.3), np.zeros(100), np.linspace(-1, 1e5, 100)], ids=["level", "0", "line"])
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_straight_line_is_tonic(y, boundary):
    found = cvxeda(y, 4, boundary=boundary)
    np.testing.assert_allclose(found.tonic, y, rtol=1e-12, atol=1e-9)
    assert not found.phasic.any()
    assert (found.gap, found.iterations, found.converged) == (0.0, 0, True)


Y = wandering(20)
HOLES = np.stack([Y, np.where(Y.mean() < Y, np.nan, Y), Y, np.full(20, np.inf)])


@pytest.mark.parametrize(
    ("y", "rate", "options", "message"),
    [
        (Y[:7], 4, {}, "cvxeda needs at least 8 samples per signal; row 0 has 7."),
        (HOLES, 4, {}, "cvxeda needs finite values; NaN or infinity in rows 1, 3: remove or interpolate missing values first."),  # noqa: E501
        (HOLES[:2], 4, {}, "cvxeda needs finite values; NaN or infinity in row 1: remove or interpolate missing values first."),  # noqa: E501
        (
            np.zeros((2, 3, 9)),
            4,
            {},
            "cvxeda takes (n,), (signals, n) or a list of signals, not an array of shape (2, 3, 9).",
        ),
        ([HOLES], 4, {}, "cvxeda takes a list of one-dimensional signals; row 0 has shape (4, 20)."),
        (Y, 0, {}, "cvxeda needs a positive rate, not 0."),
        (Y, 4, {"tau1": -0.7}, "cvxeda needs a positive tau1, not -0.7."),
        (Y, 4, {"alpha": np.nan}, "cvxeda needs a positive alpha, not nan."),
        (Y, 4, {"gamma": 0}, "cvxeda needs a positive gamma, not 0."),
        (Y, 4, {"tol": 0}, "cvxeda needs a positive tol, not 0."),
        (Y, 4, {"threads": 0}, "cvxeda needs a positive threads, not 0."),
        (Y, 4, {"tau1": 2.0}, "cvxeda needs two different time constants; tau0 and tau1 are both 2 s."),
        (
            Y,
            4,
            {"knot_seconds": 0.3},
            (
                "cvxeda needs knots at least two samples apart; 0.3 s at 4 samples per second are 1: "
                "set knot_seconds to 0.5 or more."
            ),
        ),
        (Y, 4, {"boundary": "2020"}, "cvxeda knows the boundaries 2017 and 2025, not '2020'."),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said(y, rate, options, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole sentence is compared
        cvxeda(y, rate, **options)
    assert str(caught.value) == message


def test_what_did_not_converge_is_said_and_flagged():
    y = np.stack([np.full(50, 2.0), wandering(50)])
    with pytest.warns(RuntimeWarning) as caught:
        found = cvxeda(y, 4, tol=1e-300)
    message = "cvxeda: 1 of 2 signals did not reach a relative gap of 1e-300; see `converged`."
    assert [str(warning.message) for warning in caught] == [message]
    assert found.converged.tolist() == [True, False]
    assert np.isfinite(found.phasic).all()


def in_a_fresh_process(program):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_package_loads_no_compiler():
    assert in_a_fresh_process("import sys, bench_cvxeda; print('numba' in sys.modules, 'cvxpy' in sys.modules)") == (
        "False False"
    )


def test_without_a_compiler_a_general_solver_gives_the_same_answer():
    program = """
import sys; sys.modules["numba"] = None
import numpy as np
from bench_cvxeda import cvxeda
found = cvxeda(np.cumsum(np.random.default_rng(0).normal(size=60)) * 0.1 + 3, 4)
print(found.converged, found.gap <= 1e-6, "bench_cvxeda.interior_point" in sys.modules, repr(found.phasic.sum()))
"""
    converged, certified, compiled, total = in_a_fresh_process(program).split(maxsplit=3)
    assert (converged, certified, compiled) == ("True", "True", "False")
    expected = cvxeda(wandering(60), 4).phasic.sum()
    assert float(total.removeprefix("np.float64(").removesuffix(")")) == pytest.approx(expected, rel=1e-3)


def recording(values, rate=4.0, channels=()):
    return Recording("S2", {"eda": Signal(np.atleast_2d(values), rate, "uS", channels)}, [])


def test_the_step_gives_three_channels():
    y = wandering(200)
    eda = CvxEDA().apply(recording(y)).signals["eda"]
    found = cvxeda(y, 4)
    assert (eda.channels, eda.unit, eda.rate) == (("eda", "eda.phasic", "eda.tonic"), "uS", 4.0)
    np.testing.assert_array_equal(eda.values, [y, found.phasic, found.tonic])


def test_the_step_keeps_what_it_is_told_to():
    two = np.stack([wandering(200), wandering(200, 1)])
    eda = CvxEDA(keep=("phasic",), boundary="2025").apply(recording(two, channels=("left", "right"))).signals["eda"]
    assert eda.channels == ("left.phasic", "right.phasic")
    np.testing.assert_array_equal(eda.values, cvxeda(two, 4, boundary="2025").phasic)
    assert CvxEDA().apply(recording(two)).signals["eda"].channels[::3] == ("eda1", "eda2")


def test_the_step_decomposes_each_stretch_between_gaps_by_itself():
    y = wandering(300)
    y[100:110] = y[125] = np.nan  # the stretch of 15 samples between them is 3.75 s
    eda = CvxEDA().apply(recording(y)).signals["eda"]
    _, phasic, tonic = np.asarray(eda.values)
    for piece in (slice(0, 100), slice(126, 300)):
        np.testing.assert_array_equal(phasic[piece], cvxeda(y[piece], 4).phasic)
    assert np.isnan(phasic[100:126]).all()
    assert np.isnan(tonic[100:126]).all()


def test_the_step_names_the_recording_that_it_cannot_decompose():
    with pytest.raises(DataError) as caught:
        CvxEDA(knot_seconds=1).apply(recording(wandering(50), rate=1.2))
    assert str(caught.value) == (
        "cvxeda cannot decompose 'eda' of S2, session 1: needs knots at least two samples apart; 1 s at 1.2 samples "
        "per second are 1: set knot_seconds to 1.66667 or more."
    )
