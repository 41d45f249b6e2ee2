"""Pictures: what is drawn, what is said, and what is refused."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.signal import welch

from bench.api import Signal
from bench.checks.examples.recording import CLASSES, TARGET, recording
from bench.cli.plot import RESULTS, decomposition, spectra, traces
from bench.cli.plot.components import components, peaks
from bench.cli.plot.envelope import DIRECT, envelope
from bench.cli.plot.picture import picture
from bench.cli.plot.style import per_hertz
from bench.cli.plot.view import View, zoom
from bench.data.segmentation import Windowing, rows
from bench.errors import UsageError

DRAW = ("plot", "signals", "--dataset", "synthetic", "--modalities", "eda")


def colours(path):
    """The size of a PNG, and how many colours it has."""
    with Image.open(path) as image:
        assert image.format == "PNG"
        return image.size, len(image.convert("RGB").getcolors(1_000_000))


def view(change=lambda signal: signal, modalities=("ecg", "eda"), **changes):
    """The example recording as a picture sees it, with signals that a step has changed."""
    raw = recording()
    raw = replace(raw, signals={name: raw.signals[name] for name in modalities})
    processed = replace(raw, signals={name: change(signal) for name, signal in raw.signals.items()})
    labels = {segment.trial: segment.targets[TARGET] for segment in raw.segments}
    windows = rows(processed, 0, Windowing(), modalities)
    shown = View("made-up", "", (), False, raw, processed, 1, TARGET, CLASSES, labels, "", Windowing(), windows)
    return replace(shown, **changes)


def with_gap(signal):
    values = signal.values.copy()
    values[:, round(50 * signal.rate) : round(60 * signal.rate)] = np.nan
    return replace(signal, values=values, unit="z")


def words(figure):
    """Every text of a picture."""
    figure.draw_without_rendering()
    found = [figure.get_suptitle(), figure.get_supxlabel()]
    for axes in figure.axes:
        found += [axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()]
        found += [text.get_text() for text in (*axes.texts, *axes.get_yticklabels())]
        if axes.get_legend():
            found += [text.get_text() for text in axes.get_legend().get_texts()]
    return found


# ---------------------------------------------------------------------------------- the command


def test_a_picture_is_written_and_written_over(bench):
    written = bench(*DRAW, "--preprocess", "zscore", "-o", "window.length=5").ok()
    assert written.out == "Wrote signals-synthetic-P01.png.\n"
    size, many = colours(bench.folder / "signals-synthetic-P01.png")
    assert min(size) > 300
    assert many > 50
    again = bench(*DRAW, "--subject", "P02", "--to", "signals-synthetic-P01.png").ok()
    assert again.out == "Wrote signals-synthetic-P01.png, replacing the existing file.\n"


def test_nothing_of_a_display_is_loaded(bench):
    program = (
        "import sys\nfrom bench.cli import main\n"
        f"main({[*DRAW, '--seconds', '20', '--start', '30']!r}, standalone_mode=False)\n"
        "assert 'matplotlib.figure' in sys.modules\n"
        "assert not {'matplotlib.pyplot', 'tkinter'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=bench.folder, capture_output=True)
    assert (bench.folder / "signals-synthetic-P01.png").exists()


def without_matplotlib(bench, arguments):
    """A process of its own, since modules that draw may have been imported here."""
    program = f"import sys\nsys.modules['matplotlib'] = None\nfrom bench.cli import main\nmain({list(arguments)!r})"
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=bench.folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "arguments",
    [DRAW, ("plot", "eda"), *(("plot", name) for name in RESULTS), ("weights", "show", "0123", "--to", "a.png"),
     ("show", "--attention", "P01"), ("show", "--attention", "P01", "--export", "a.npz", "--to", "a.png")],
    ids=" ".join,
)  # fmt: skip
def test_without_matplotlib_every_plot_says_what_to_type(bench, arguments):
    process = without_matplotlib(bench, arguments)
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr == (
        "Error: Plots need the package matplotlib, which is not installed; type: pip install 'affectbench[plot]'\n"
    )


@pytest.mark.parametrize(
    "arguments", [("weights", "show", "0123"), ("show", "--attention", "P01", "--export", "a.npz"), ("show",)],
    ids=" ".join,
)  # fmt: skip
def test_without_matplotlib_what_draws_no_plot_goes_on(bench, arguments):
    assert "matplotlib" not in without_matplotlib(bench, arguments).stderr


REFUSED = [
    (("--subject", "P0"), "'synthetic' has no subject 'P0'; did you mean 'P10'? Known: "),
    (("--session", "3"), "P01 in 'synthetic' has no session '3'. Known: 1, 2."),
    (("--modalities", "edda"), "'synthetic' has no modality 'edda'; did you mean 'eda'? Known: bvp, ecg, eda, eeg."),
    (("--target", "stres"), "'synthetic' has no target 'stres'; did you mean 'stress'? Known: stress."),
    (("--seconds", "0"), "--seconds takes more than 0, not 0."),
    (("--start", "600"), "--start takes seconds from 0 to less than 600, where session 1 of P01 ends, not 600."),
    (("--start", "-1"), "--start takes seconds from 0 to less than 600, where session 1 of P01 ends, not -1."),
    (("--to", "signals.jpg"), "--to takes the name of a PNG file, as in signals.png, not 'signals.jpg'."),
    (("--preprocess", "zscor"), "There is no preprocessor 'zscor'; did you mean 'zscore'? Known: "),
    (("-o", "length=5"), "The option 'length' does not say whose it is; write for instance model.length or window."),
    (("-o", "windw.length=5"), "There is no part of this run 'windw'; did you mean 'window'? Known: "),
    (("--dataset", "synthtic"), "There is no dataset 'synthtic'; did you mean 'synthetic'? Known: "),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED, ids=lambda value: " ".join(value[:2]))
def test_what_is_not_there_is_named_with_what_is(bench, arguments, message):
    found = bench(*DRAW, *arguments)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith(f"Error: {message}")
    assert found.err.count("\n") == 1
    assert not list(bench.folder.glob("*.png"))


def test_a_folder_that_cannot_be_written_to_is_named(bench):
    found = bench(*DRAW, "--to", "nowhere/a.png")
    found.failure("Cannot write nowhere/a.png (No such file or directory); name another file with --to.")


def test_a_recorded_person_is_not_called_simulated(bench, recorded, monkeypatch):
    drawn = []
    monkeypatch.setattr("bench.cli.plot.saving.save", lambda figure, path: drawn.append((figure, path.name)))
    monkeypatch.setenv("BENCH_DATA", str(recorded("stress_predict").parent))
    bench("plot", "signals", "--dataset", "stress-predict", "--preprocess", "temp: zscore; hr: zscore").ok()
    [(figure, name)] = drawn
    assert name == "signals-stress-predict-S02.png"
    assert figure.get_suptitle().splitlines() == [
        "stress-predict · S02 · session 1",
        "Steps: temp: zscore",
        "hr: zscore",
    ]
    assert not [text for text in words(figure) if "simulated" in text.lower()]
    assert [text for text in words(figure) if " raw, " in text] == ["temp, raw, 4 Hz", "hr, raw, 1 Hz"]  # and no other


# ---------------------------------------------------------------------------------- what is drawn


def test_a_picture_says_whose_it_is_and_what_was_done():
    shown = view(
        with_gap, chain="ecg: a | b; eda: c", simulated=True, sessions=3, hidden=("standardise",), rule="high is high"
    )
    found = words(picture(shown))
    assert found[0] == "made-up · P01 · session 1 (of 3) · SIMULATED\nSteps: ecg: a | b\neda: c"
    assert " ".join(found[1].split()) == (
        "Windows of 10 s every 5 s; black bars mark the zoom. Not shown, since fitted in each fold: "
        "standardise. Labels: high is high. The spectrum of a processed signal in another unit is shifted to meet the "
        "raw one at its maximum. The signals are simulated."
    )
    for text in ("ecg, raw, 128 Hz", "ecg, processed, 128 Hz", "ecg (mV)", "ecg (z)", "eda (µS)", "power (mV²/Hz)",
                 "time (s)", "frequency (Hz)", "6 s from 67 s on", "raw", "processed"):  # fmt: skip
        assert text in found


def test_whole_segments_are_drawn_as_long_as_they_are():
    whole = Windowing(3, whole=True)
    shown = view(windowing=whole, windows=rows(recording(), 0, whole, ("ecg", "eda")))
    figure = picture(shown)
    assert "Windows are whole segments of 3 s or more; black bars" in " ".join(words(figure)[1].split())
    drawn = {
        tuple(path.get_extents().intervalx.round(6)) for bars in figure.axes[0].collections for path in bars.get_paths()
    }
    assert drawn == {(segment.start, segment.stop) for segment in shown.raw.segments}


def test_classes_windows_and_reasons_are_explained():
    shown = view(with_gap, labels={"T1": "calm", "T2": "stressed"})
    found = words(picture(shown))
    for text in ("calm", "stressed", "no label", "usable window", "not usable: NaN", "gap in a signal", TARGET):
        assert text in found
    lost = sum(window["start"] < 60 and window["stop"] > 50 for window in shown.windows)
    assert found.count(f"{len(shown.windows) - lost} of {len(shown.windows)} windows usable") == 2


def test_gaps_are_hatched():
    def hatched(figure):
        return sum(patch.get_hatch() is not None for axes in figure.axes for patch in axes.patches)

    assert hatched(picture(view())) == 0
    # the whole session of two modalities, and the zoom of eda, which is 40 s long
    assert hatched(picture(view(with_gap))) == 3


def test_windows_that_do_not_fit_are_explained():
    found = words(picture(view(windows=(), windowing=Windowing(60))))
    assert "None fits: the longest segment has 35 s." in " ".join(found[1].split())
    assert found.count("no window") == 2


def test_a_modality_that_the_steps_leave_out_is_said():
    shown = view()
    gone = replace(shown, processed=replace(shown.processed, signals={"ecg": shown.raw.signals["ecg"]}))
    assert "the steps leave no 'eda'" in words(picture(gone))


def test_many_channels_are_shown_in_part():
    signal = Signal(np.random.default_rng(0).normal(size=(20, 500)), 100.0, "uV", tuple(f"C{n}" for n in range(20)))
    assert traces.shown_channels(signal) == [0, 4, 8, 11, 15, 19]
    assert traces.counted(signal) == ", 6 of 20 channels"
    assert traces.shown_channels(replace(signal, values=signal.values[:3])) == [0, 1, 2]


@pytest.mark.parametrize(
    ("start", "seconds", "expected"),
    [(None, None, (57, 63)), (10.0, None, (10, 16)), (10.0, 2.5, (10, 12.5)), (118.0, 5.0, (118, 120)),
     (None, 500.0, (0, 120))],
)  # fmt: skip
def test_the_zoom_is_what_was_asked_for_or_around_a_usable_window(start, seconds, expected):
    assert zoom(view(start=start, seconds=seconds), "ecg") == pytest.approx(expected, abs=2.5 if start is None else 0)


@given(st.integers(1, 3 * DIRECT), st.integers(0, 2**32 - 1))
def test_an_envelope_keeps_every_extreme_and_every_gap(length, seed):
    random = np.random.default_rng(seed)
    values = np.where(random.random((1, length)) < 0.2, np.nan, random.normal(size=(1, length)))
    seen = envelope(Signal(values, 10.0), [0], 0.0, length / 10)
    assert len(seen.time) == seen.low.shape[1] + 1 <= DIRECT + 1
    assert (seen.time[0], seen.time[-1]) == (0, pytest.approx(length / 10))
    if np.isfinite(values).any():
        assert np.nanmin(seen.low) == np.nanmin(values)
        assert np.nanmax(seen.high) == np.nanmax(values)
    for place in np.flatnonzero(np.isnan(values[0])):
        assert any(begin <= place / 10 < end for begin, end in seen.gaps)


def test_a_spectrum_is_that_of_welch_and_passes_over_gaps():
    values = np.random.default_rng(0).normal(size=(2, 6400))
    frequencies, power = spectra.spectrum(Signal(values, 64.0), 0.5)
    expected = welch(values, 64.0, nperseg=32)
    np.testing.assert_allclose(frequencies, expected[0][2:])
    np.testing.assert_allclose(power, expected[1].mean(axis=0)[2:])
    time = np.arange(6400) / 64
    wave = np.sin(2 * np.pi * 10 * time)[np.newaxis]
    wave[:, 3000:3100] = np.nan
    frequencies, power = spectra.spectrum(Signal(wave, 64.0), 8)
    assert frequencies[power.argmax()] == pytest.approx(10, rel=0.02)
    assert spectra.spectrum(Signal(np.full((1, 900), np.nan), 64.0), 8) is None


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("mV", "mV²/Hz"), ("uS", "µS²/Hz"), ("degC", "°C²/Hz"), ("%", "%²/Hz"), ("a.u.", "(a.u.)²/Hz"), ("", "per Hz")],
)
def test_units_of_power(unit, expected):
    assert per_hertz(unit) == expected


# ---------------------------------------------------------------------------------- skin conductance


def decomposed(names=("eda", "eda.phasic", "eda.tonic")):
    """Four bumps of 0.5 µS on a level of 2 µS, and a residual of 0.1 µS."""

    def change(signal):
        time = np.arange(signal.values.shape[1]) / signal.rate
        phasic = sum(0.5 * np.exp(-((time - peak) ** 2) / 2) for peak in (20, 40, 60, 80))
        return replace(signal, values=np.stack([phasic + 2.1, phasic, np.full(len(time), 2.0)]), channels=names)

    return view(change, ("eda",), chain="eda: cvxeda")


def test_components_add_up_and_their_peaks_are_found():
    parts = components(decomposed(), "eda")
    np.testing.assert_allclose(parts.residual.values, 0.1)
    np.testing.assert_allclose(parts.peaks / parts.phasic.rate, [20, 40, 60, 80])
    assert parts.per_minute == pytest.approx(2)
    found = words(decomposition.picture(decomposed(), parts))
    assert found[0] == "made-up · P01 · session 1\nSteps: eda: cvxeda"
    assert found[1] == (
        "A response is a peak of the phasic component that stands out by 0.01 µS or more: 4 in all, 2.0 per minute."
    )
    for text in ("level (µS)", "phasic (µS)", "residual (µS)", "original", "tonic", "4 responses (triangles)"):
        assert text in found


def test_peaks_are_found_between_gaps_and_none_is_made_by_them():
    phasic = np.array([0, 1, 0, np.nan, 5, 4, np.nan, 0, 2, 1, np.nan])
    np.testing.assert_array_equal(peaks(phasic, 0.01), [1, 8])
    assert not len(peaks(np.full(5, np.nan), 0.01))


@pytest.mark.parametrize("names", [("eda", "x", "y"), ("eda.phasic", "eda.tonic", "eda.phasic.phasic")])
def test_what_is_no_decomposition_is_refused(names):
    with pytest.raises(UsageError) as error:
        components(decomposed(names), "eda")
    assert str(error.value) == (
        "'bench plot eda' decomposes the skin conductance itself; leave steps that do so out of --preprocess, "
        "and cvxeda.keep as it is."
    )


def test_skin_conductance_is_decomposed_and_drawn(bench):
    drawn = bench("plot", "eda", "--dataset", "synthetic", "--subject", "P02", "--preprocess", "eda: lowpass(2)").ok()
    assert drawn.out == "Wrote eda-synthetic-P02.png.\n"
    size, many = colours(bench.folder / "eda-synthetic-P02.png")
    assert min(size) > 300
    assert many > 50
    found = bench("plot", "eda", "--dataset", "synthetic", "--preprocess", "cvxeda")
    assert (found.code, found.err.count("\n")) == (2, 1)
