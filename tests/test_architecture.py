"""docs/architecture.md against the code: the path of one run, and the sizes of modules and folders."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
HOP = re.compile(r"\d+\. `([\w/.]+)`: `([\w.]+)`")
LINES, MODULES = 250, 17  # of a module; of a folder, `__init__` not counted
TRACE = """
import re, sys
hops, found = HOPS, []
names = {(re.sub(r"^plugins/[a-z]+/", "", file), function): [file, function] for file, function in hops}

def profile(frame, event, _):
    if event == "call":
        code = frame.f_code
        for (file, function), hop in names.items():
            if code.co_qualname == function and code.co_filename.endswith("/" + file) and hop not in found:
                found.append(hop)

from bench.cli import main
sys.setprofile(profile)
try:
    grid = ["--model", "logistic", "--fusion", "early", "--no-baselines"]
    main(["run", "--profile", "smoke", *grid, "--jobs", "1", "--cache", "new"], prog_name="bench")
except SystemExit as end:
    sys.setprofile(None)
    assert not end.code, end.code
print("ENTERED", found)
"""


def documented():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    listed = text.partition("<!-- the path of a run -->")[2].partition("<!-- the end of the path -->")[0]
    return [list(hop) for hop in HOP.findall(listed)]


def test_a_run_enters_the_documented_files_in_the_documented_order(bench):
    hops = documented()
    assert 10 <= len(hops) <= 20
    assert len({file for file, _ in hops}) == len(hops)
    assert all((ROOT / file).is_file() for file, _ in hops)
    done = subprocess.run(
        [sys.executable, "-c", TRACE.replace("HOPS", repr(hops), 1)],
        cwd=bench.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [line] = [line for line in done.stdout.splitlines() if line.startswith("ENTERED")]
    assert eval(line.removeprefix("ENTERED ")) == hops


def test_no_module_of_the_core_is_long():
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "bench").rglob("*.py")}
    assert sizes
    assert {str(path.relative_to(ROOT)): size for path, size in sizes.items() if size > LINES} == {}


def test_no_folder_of_the_core_is_crowded():
    folders = [path.parent for path in (ROOT / "bench").rglob("__init__.py")]
    counts = {folder: len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) for folder in folders}
    assert {str(folder.relative_to(ROOT)): count for folder, count in counts.items() if count > MODULES} == {}
