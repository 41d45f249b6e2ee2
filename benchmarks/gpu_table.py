"""What the benchmark of a GPU writes down: windows per second of each way to train, and the floor below all of them."""

import json
from dataclasses import dataclass, field
from pathlib import Path

GPUS = 8


@dataclass
class Table:
    """Measurements so far, printed as they come and kept in NAME.json and NAME.md."""

    name: str
    out: Path
    batch: int
    job: int  # windows of a whole piece of work, whose time follows from the speed
    fits: int  # networks of it, which share nothing, so that GPUs do not either
    job_name: str
    rows: list = field(default_factory=list)
    limits: dict = field(default_factory=dict)  # operations per second by precision, and bytes per second
    demand: dict = field(default_factory=dict)  # operations and values moved of one step of one network

    def add(self, row):
        self.demand |= row.get("demand", {})
        self.rows.append(row)
        print(json.dumps(row), flush=True)
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / f"{self.name}.json").write_text(json.dumps({"rows": self.rows, "floor": self.floor}, indent=1))
        (self.out / f"{self.name}.md").write_text(self.markdown())

    @property
    def timed(self):
        return [row for row in self.rows if "windows_per_second" in row]

    @property
    def floor(self):
        """By precision: the windows per second that no way can exceed."""
        moved = self.limits.get("bytes/s")
        if not self.demand or not moved:
            return {}
        speeds = {name: speed for name, speed in self.limits.items() if name != "bytes/s"}
        return {name: self.batch / self.least_seconds(name, speed, moved) for name, speed in speeds.items()}

    def least_seconds(self, precision, speed, moved):
        """Of one step of one network; weights are fp32 in every precision."""
        wide = 2 if precision == "bf16" else 4
        moves = wide * self.demand["values moved"] + 4 * self.demand["weights moved"]
        return max(self.demand["operations"] / speed, moves / moved)

    def cells(self, row):
        speed = row.get("windows_per_second")
        ratio = hours = distance = ""
        if speed:
            ratio, hours = speed / self.timed[0]["windows_per_second"], self.job / speed / 3600
            floor = self.floor.get(row["precision"])
            distance = floor / speed if floor else ""
        return {
            "way": row["way"],
            "networks": row.get("networks", ""),
            "ms/step": row.get("step_ms", ""),
            "windows/s": speed or "",
            "ratio": ratio,
            self.job_name: hours,
            "× floor": distance,
            "peak GB": row.get("gigabytes", ""),
            "start s": row.get("start_seconds", ""),
            "note": row.get("note", "").replace("\n", " ").replace("|", "/"),
        }

    def markdown(self):
        """The rows as a table, and below it what is no speed."""
        rows = [self.cells(row) for row in self.rows]
        if not rows:
            return ""
        lines = [f"| {' | '.join(rows[0])} |", "|" + " --- |" * len(rows[0])]
        lines += [f"| {' | '.join(map(shown, row.values()))} |" for row in rows]
        lines.append("")
        for row in self.rows:
            for name in ("facts", "limits", "demand"):
                lines += [f"- {what}: {shown(value)}" for what, value in row.get(name, {}).items()]
        for precision, speed in self.floor.items():
            hours = self.job / speed / 3600
            lines.append(f"- floor, {precision}: {shown(speed)} windows/s, {shown(hours)} {self.job_name}")
        if self.timed:
            best = max(self.timed, key=lambda row: row["windows_per_second"])
            hours = self.job / best["windows_per_second"] / 3600
            several = hours * -(-self.fits // GPUS) / self.fits
            lines.append(f"- fastest: {best['way']}, {shown(hours)} {self.job_name}, {shown(several)} on {GPUS} GPUs")
        return "\n".join([*lines, ""])


def shown(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)
