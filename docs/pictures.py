"""Draws docs/pictures/<recipe>-<dataset>.png: what each recipe does to a session of each data set that it is for.

`python docs/pictures.py [RECIPE ...]`. Where a data set is not on this machine, a stand-in is simulated in a folder
that is thrown away; the title of a picture says so.
"""

import io
import os
import sys
import tempfile
from pathlib import Path

from PIL import Image

from bench.api import Dataset
from bench.cli.plot.picture import picture
from bench.cli.plot.view import view
from bench.errors import DataError
from bench.files import FileDataset
from bench.obtain import standin
from bench.registry import Registry

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
#: What a data set lacks of what a recipe is for has to be left out by name, and short trials need shorter windows.
OPTIONS = {
    ("transformer", "eegmmidb"): (("eeg",), ("window.length=4", "window.hop=4")),
    ("transformer", "way-eeg-gal"): (("eeg",), ("window.length=4", "window.hop=4")),
    ("transformer", "large-eeg-bci"): (("eeg",), ("window.length=1", "window.hop=1")),
}
SECONDS = {"wesad": 1800.0}  # of a stand-in whose session would be long to simulate


def ready(dataset: Dataset, name: str, registry: Registry, folder: Path) -> None:
    """Simulate a data set that is not here."""
    if not isinstance(dataset, FileDataset):
        return
    try:
        found = dataset.folder
    except DataError:
        found = folder / name
        os.environ["BENCH_DATA"] = str(folder)
        if not found.exists():  # for the picture of another recipe
            list(standin.write(dataset, found, registry, subjects=2, seed=0, seconds=SECONDS.get(name)))
    print(f"{name}: {found}")


def draw(recipe: str, name: str, registry: Registry, folder: Path) -> Path:
    """One picture; it has to stay small."""
    modalities, options = OPTIONS.get((recipe, name), ((), ()))
    asked = dict.fromkeys(("subject", "session", "start", "seconds", "target"))
    shown = view(
        {**asked, "dataset": name, "options": options, "cache": folder / "cache"}, recipe, modalities, registry
    )
    path = PICTURES / f"{recipe}-{name}.png"
    drawn = io.BytesIO()
    picture(shown).savefig(drawn, format="png", dpi=DPI)
    Image.open(drawn).convert("RGB").quantize(COLOURS, KEEP_RARE, dither=Image.Dither.NONE).save(path, optimize=True)
    return path


def main() -> int:
    registry, root = Registry(), os.environ.get("BENCH_DATA")
    PICTURES.mkdir(exist_ok=True)
    large = 0
    with tempfile.TemporaryDirectory() as folder:
        for recipe in sys.argv[1:] or RECIPES:
            for name in RECIPES[recipe]:
                os.environ.pop("BENCH_DATA", None)
                if root:
                    os.environ["BENCH_DATA"] = root
                ready(registry.get("dataset", name).load()(), name, registry, Path(folder))
                path = draw(recipe, name, registry, Path(folder))
                size = path.stat().st_size
                large += size > LARGEST
                print(f"{path.relative_to(PICTURES.parent.parent)}: {size / 1000:.0f} kB")
    return large


if __name__ == "__main__":
    sys.exit(main())
