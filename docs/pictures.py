"""Draws docs/pictures/<preset>-<dataset>.png: what each preset does to a session of each data set that it is for;
docs/pictures/attention.png: what a small network lets through between two simulated signals;
docs/pictures/pretraining.png: what another one has learnt of a simulated signal without labels; and
docs/pictures/comparison.svg: the published rows of the README.

`python docs/pictures.py [RECIPE ... attention pretraining comparison]`. Where a data set is not on this machine, a
stand-in is simulated in a folder that is thrown away; the title of a picture says so.
"""

import io
import os
import sys
import tempfile
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from bench import cli
from bench.api import Dataset
from bench.cli.attention.picture import picture as picture_of_attention
from bench.cli.attention.view import view as view_of_attention
from bench.cli.plot.picture import picture
from bench.cli.plot.view import view
from bench.cli.weights.curve import picture as picture_of_pretraining
from bench.cli.weights.file import read
from bench.data.acquisition import simulation
from bench.errors import DataError
from bench.pretraining import weight_files
from bench.readers import FileDataset
from bench.registry import Registry
from bench.results.store import Store

PICTURES = Path(__file__).parent / "pictures"
DPI = 70
COLOURS, KEEP_RARE = 128, Image.Quantize.MAXCOVERAGE
LARGEST = 120_000  # bytes
RECIPES = {
    "attx": ("wesad", "amigos", "ascertain", "synthetic"),
    "attx-strict": ("wesad",),
    "transformer": ("amigos", "dreamer", "eegmmidb", "way-eeg-gal", "large-eeg-bci"),
    "transformer-strict": ("amigos",),
    "ressin": ("pmemo-2018", "pmemo-2019"),
    "ressin-regression": ("pmemo-2018",),
    "ressin-strict": ("pmemo-2018",),
    "raw": ("stress-predict",),
}
#: What a data set lacks of what a preset is for has to be left out by name, and short trials need shorter windows.
OPTIONS = {
    ("transformer", "eegmmidb"): (("eeg",), ("window.length=4", "window.hop=4")),
    ("transformer", "way-eeg-gal"): (("eeg",), ("window.length=4", "window.hop=4")),
    ("transformer", "large-eeg-bci"): (("eeg",), ("window.length=1", "window.hop=1")),
}
SECONDS = {"wesad": 1800.0}  # of a stand-in whose session would be long to simulate
ATTENTION = "attention"
TRAINED = (
    "run", "--dataset", "synthetic(n_subjects=2, minutes=12)", "--modalities", "ecg,eda",
    "--preprocess", "attx(rate=128)", "--model", "attx(width=8, reduction=4, epochs=12, batch=16)",
    "--fusion", "attentive", "--no-baselines",
)  # fmt: skip
COMPARISON, PUBLISHED = "comparison", "synthetic-n-subjects-6-minutes-12-*.jsonl"
PRETRAINING = "pretraining"
LEARNER = (
    "transformer(width=8, layers=1, feedforward=32, hidden=8, epochs=1, batch=32, pretrain_epochs=20, "
    "pretrain_batch=16, pretrain_rate=0.003, mask_span=10)"
)
PRETRAINED = (
    "run", "--dataset", "synthetic(n_subjects=6, minutes=8)", "--modalities", "ecg", "--model", LEARNER,
    "--preprocess", "zscore | resample(64)", "--pretrain", "synthetic(n_subjects=6, minutes=8)",
    "--fusion", "none", "--protocol", "kfold(k=2)", "--no-baselines",
)  # fmt: skip


def ready(dataset: Dataset, name: str, registry: Registry, folder: Path) -> None:
    """Simulate a data set that is not here."""
    if not isinstance(dataset, FileDataset):
        return
    try:
        found = dataset.folder
    except DataError:
        found = folder / name
        os.environ["BENCH_DATA"] = str(folder)
        if not found.exists():  # for the picture of another preset
            list(simulation.write(dataset, found, registry, subjects=2, seed=0, seconds=SECONDS.get(name)))
    print(f"{name}: {found}")


def draw(preset: str, name: str, registry: Registry, folder: Path) -> Path:
    """One picture; it has to stay small."""
    modalities, options = OPTIONS.get((preset, name), ((), ()))
    asked = dict.fromkeys(("subject", "session", "start", "seconds", "target"))
    shown = view(
        {**asked, "dataset": name, "options": options, "cache": folder / "cache"}, preset, modalities, registry
    )
    return stored(picture(shown), f"{preset}-{name}")


def draw_attention(folder: Path) -> Path:
    """What a network lets through that is trained for this picture alone."""
    store, cache = Store(folder / "results"), folder / "cache"
    cli.main([*TRAINED, "--out", str(store.root), "--cache", str(cache)], standalone_mode=False)
    [key] = store.cells()
    return stored(picture_of_attention(view_of_attention(store, cache, key, "P01").one(None)), ATTENTION, 256)


def draw_pretraining(folder: Path) -> Path:
    """The losses of a network that learns for this picture alone."""
    cache = folder / "cache"
    cli.main([*PRETRAINED, "--out", str(folder / "pretrained"), "--cache", str(cache)], standalone_mode=False)
    return stored(picture_of_pretraining(read(weight_files.files(cache)[0])), PRETRAINING)


def draw_comparison() -> Path:
    """The rows of the README, as the command draws them."""
    [file] = (PICTURES.parent.parent / "leaderboard" / "results").glob(PUBLISHED)
    path = PICTURES / f"{COMPARISON}.svg"
    cli.main(["plot", COMPARISON, str(file), "--rows", "attx,logistic", "--to", str(path)], standalone_mode=False)
    return path


def stored(figure: Figure, name: str, colours: int = COLOURS) -> Path:
    """The picture as a file with few colours."""
    path = PICTURES / f"{name}.png"
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI)
    Image.open(drawn).convert("RGB").quantize(colours, KEEP_RARE, dither=Image.Dither.NONE).save(path, optimize=True)
    return path


def main() -> int:
    registry, root = Registry(), os.environ.get("BENCH_DATA")
    PICTURES.mkdir(exist_ok=True)
    drawn = []
    with tempfile.TemporaryDirectory() as folder:
        wanted = sys.argv[1:] or [*RECIPES, ATTENTION, PRETRAINING, COMPARISON]
        if ATTENTION in wanted:
            drawn.append(draw_attention(Path(folder)))
        if PRETRAINING in wanted:
            drawn.append(draw_pretraining(Path(folder)))
        if COMPARISON in wanted:
            drawn.append(draw_comparison())
        for preset in (name for name in wanted if name in RECIPES):
            for name in RECIPES[preset]:
                os.environ.pop("BENCH_DATA", None)
                if root:
                    os.environ["BENCH_DATA"] = root
                ready(registry.get("dataset", name).load()(), name, registry, Path(folder))
                drawn.append(draw(preset, name, registry, Path(folder)))
    for path in drawn:
        print(f"{path.relative_to(PICTURES.parent.parent)}: {path.stat().st_size / 1000:.0f} kB")
    return sum(path.stat().st_size > LARGEST for path in drawn)


if __name__ == "__main__":
    sys.exit(main())
