"""Two trials per subject, one number per second."""

import json
import os
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bench.api import Card, Recording, Segment, Signal, Threshold
from bench.api.simulation import Episode, Script
from bench.errors import DataError
from bench.readers import Download, FileDataset

TRIAL = 20  # seconds


@dataclass(frozen=True)
class Tiny(FileDataset):
    """One file per subject: a line per second."""

    name: ClassVar = "tiny"
    folder_names: ClassVar = ("Tiny_Data",)
    root_patterns: ClassVar = ("S*/values.csv",)
    downloads: ClassVar = tuple(Download(**each) for each in json.loads(os.environ.get("TINY_DOWNLOADS", "[]")))
    variants: ClassVar = {"calm": "Nobody is ever stressed."}
    card: ClassVar = Card(
        "Tiny recordings", "http://tiny.example", "Only for tests", "Nobody (2020), Tiny.", size="1 kB",
        counts=("3 subjects",), defects=("S2 sneezed.",),
    )  # fmt: skip
    modalities: ClassVar = ("eda",)
    targets: ClassVar = {"stress": ("calm", "stressed"), "mood": ("low", "high")}

    def subjects(self):
        folders = [each for each in self.folder.glob("[SP]*") if each.is_dir()]
        return sorted((each.name for each in folders), key=lambda name: int(name[1:]))

    def excluded(self):
        return {"subjects without a folder": 1}

    def files(self, subject):
        return [self.folder / subject / "values.csv"]

    def label_rule(self, target):
        return Threshold("mood", "midpoint", 5.0) if target == "mood" else None

    def load(self, subject):
        [file] = self.files(subject)
        try:
            values = np.array([[float(line) for line in file.read_text().split()]], np.float32)
        except ValueError as error:
            raise DataError(f"{file} holds something else than numbers ({error}).") from error
        trials = [("one", 0, "calm", {"mood": 2.0}), ("two", TRIAL, "stressed", {"mood": 8.0})]
        segments = [
            Segment(start, start + TRIAL, name, {"stress": label}, ratings=mood)
            for name, start, label, mood in trials
            if start + TRIAL <= values.shape[1]
        ]
        excluded = {"trials that were cut short": 2 - len(segments)} if len(segments) < 2 else {}
        return [Recording(subject, {"eda": Signal(values, 1.0, "uS", ("hand",))}, segments, excluded=excluded)]

    def write_stand_in(self, folder, spec):
        for number in range(1, spec.subjects + 1):
            name = f"S{number}"
            episodes = [Episode(0, TRIAL, -1), Episode(TRIAL, 2 * TRIAL, -1 if "calm" in spec.variants else 1)]
            script = Script(spec.seed, name, "1", 2 * TRIAL, episodes, {"eda": (1.0, 1)})
            values = spec.simulate(script)["eda"][0]
            (folder / name).mkdir()
            (folder / name / "values.csv").write_text("".join(f"{value:.4f}\n" for value in values))
            yield name


@dataclass(frozen=True)
class AskedFor(Tiny):
    """The same, from owners who want to be asked."""

    name: ClassVar = "asked-for"
    folder_names: ClassVar = ()
    root_patterns: ClassVar = ("P*/values.csv",)
    downloads: ClassVar = ()
    card: ClassVar = Card(
        "Precious", "http://precious.example", "By contract", "Nobody.", "write to nobody@example.org"
    )
