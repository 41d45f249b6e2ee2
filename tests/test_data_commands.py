"""`bench data` without a network: list, status, link, verify, card, simulate, cache and prune."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner
from filelock import FileLock

from bench.cli import main
from bench.data.cache import Cache
from bench.errors import DataError
from bench.readers import data_folders

GOOD = "".join(f"{second % 7}.25\n" for second in range(40))


@pytest.fixture
def root(bench, tiny, monkeypatch):
    """The data root of this test, empty."""
    folder = bench.folder / "data"
    folder.mkdir()
    monkeypatch.setenv("BENCH_DATA", str(folder))
    return folder


def write(folder, subjects=("S1", "S2", "S10"), text=GOOD):
    for name in subjects:
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "values.csv").write_text(text)
    return folder


def row(bench, name="tiny"):
    return next(row for row in bench("data", "list", "--json").ok().json["datasets"] if row["name"] == name)


# ----------------------------------------------------------------------------------- list, status


def test_the_list_tells_what_is_here_and_how_to_get_the_rest(bench, root, monkeypatch):
    monkeypatch.setenv("TINY_DOWNLOADS", '[{"file": "a", "urls": []}]')
    lines = bench("data", "list").ok().out.splitlines()
    assert re.fullmatch(r"tiny +absent +'bench data download tiny'", next(each for each in lines if "tiny" in each))
    assert re.search(r"asked-for +absent +on request: see 'bench data download asked-for'", "\n".join(lines))
    assert lines[-1].startswith(f"Data root: {root}.")
    assert "synthetic" not in "\n".join(lines)
    write(root / "tiny-data")
    assert (row(bench)["state"], row(bench)["folder"]) == ("real", str(root / "tiny-data"))


def test_the_data_root_can_be_typed_and_is_forgotten_again(bench, root):
    other = write(bench.folder / "other" / "tiny").parent
    assert f"real  {other / 'tiny'}" in bench("data", "list", "--data", other).ok().out.replace("    ", "  ")
    assert os.environ["BENCH_DATA"] == str(root)
    assert row(bench)["state"] == "absent"
    assert "real in" in bench("data", "status", "tiny", "--data", "other").ok().out


def test_the_status_tells_people_files_and_what_is_missing(bench, root):
    assert "not on this machine" in bench("data", "status", "tiny").ok().out
    folder = write(root / "tiny")
    (folder / "S3").mkdir()
    told = bench("data", "status", "tiny").ok().out
    assert f"real in {folder}\n" in told
    assert "subjects   4: S1, S2, S3, S10\n" in told
    assert "files      3, 600 bytes\n" in told
    assert "missing    1: values.csv\n" in told
    assert "excluded   1 subjects without a folder\n" in told
    found = bench("data", "status", "tiny", "--json").ok().json
    assert found["subjects"] == ["S1", "S2", "S3", "S10"]
    assert (found["files"], found["bytes"], found["missing"]) == (3, 600, ["values.csv"])
    names = {each["name"] for each in bench("data", "status", "--json").ok().json}
    assert {"tiny", "asked-for"} <= names
    assert "asked-for: Precious" in bench("data", "status").ok().out


def test_a_link_to_a_disk_that_is_not_there(bench, root):
    (root / "tiny").symlink_to(bench.folder / "gone")
    assert f"link       {bench.folder / 'gone'}, which does not exist" in bench("data", "status", "tiny").ok().out
    assert f"data set tiny: linked to {bench.folder / 'gone'}, which does not exist" in bench("doctor").out


# ------------------------------------------------------------------------------------------- link


@pytest.mark.parametrize("named", ["", "S2", "..", "../.."])
def test_a_folder_is_linked_also_where_one_near_it_is_named(bench, root, named):
    top = write(bench.folder / "disk" / "papers" / "Tiny_Data")
    said = bench("data", "link", "tiny", top / named).ok()
    assert f"Linked {root / 'tiny'} to {top}.\n" in said.out
    assert (f"The top folder of 'tiny' is {top}, not " in said.out) == bool(named)
    assert (root / "tiny").readlink() == top
    assert row(bench)["state"] == "real"
    assert "6 segments" in bench("data", "verify", "tiny").ok().out


def test_links_are_replaced_only_on_request_and_folders_never(bench, root):
    first, second = (write(bench.folder / name) for name in ("first", "second"))
    bench("data", "link", "tiny", first).ok()
    assert "is used already; nothing changed" in bench("data", "link", "tiny", first).ok().out
    bench("data", "link", "tiny", second).usage_error(
        f"'tiny' is already linked to {first}; --replace changes the link."
    )
    bench("data", "link", "tiny", second, "--replace").ok()
    assert (root / "tiny").resolve() == second
    (root / "tiny").unlink()
    write(root / "tiny")
    bench("data", "link", "tiny", second, "--replace").usage_error(
        f"{root / 'tiny'} is a folder, not a link; move it away first, since this command deletes no data."
    )
    assert "is used already" in bench("data", "link", "tiny", root / "tiny").ok().out


def test_a_folder_that_is_something_else_is_refused(bench, root):
    (bench.folder / "holidays").mkdir()
    bench("data", "link", "tiny", "holidays").usage_error(
        "holidays does not contain 'tiny' (Tiny recordings): there is no S*/values.csv in it, in its subfolders or in "
        "its parent folder."
    )
    bench("data", "link", "tiny", "nowhere").usage_error("nowhere is not a folder, or cannot be read.")
    assert not list(root.iterdir())


# ----------------------------------------------------------------------------------------- verify


def test_a_sound_data_set(bench, root):
    folder = write(root / "tiny")
    assert bench("data", "verify", "tiny").ok().out == (
        f"tiny in {folder} (real)\n3 subjects, 3 recordings, 6 segments\n"
        "excluded: 1 subjects without a folder\nNo problems.\n"
    )


def test_checks_of_a_data_set_point_to_its_verification(bench, root):
    write(root / "tiny")
    assert bench("check", "tiny").ok().out.splitlines()[-2:] == [
        "20 of 20 checks passed.",
        "Next: 'bench data verify tiny' loads all subjects; these checks have loaded the first one.",
    ]


def test_every_problem_is_one_line_and_all_people_are_tried(bench, root, monkeypatch):
    expected = hashlib.sha256(GOOD.encode()).hexdigest()
    names = ("S1", "S2", "S3", "S4", "S5")
    told = [{"file": f"{name}/values.csv", "urls": [], "sha256": expected} for name in (*names, "S6")]
    monkeypatch.setenv("TINY_DOWNLOADS", json.dumps(told))
    folder = write(root / "tiny", names)
    (folder / "S2" / "values.csv").write_text("1.0\nabc\n")
    (folder / "S3" / "values.csv").unlink()
    (folder / "S4" / "values.csv").write_bytes(GOOD.replace("\n", "\r\n").encode())
    (folder / "S5" / "values.csv").write_text("1.0\n" * 30)
    said = bench("data", "verify", "tiny")
    assert said.code == 1
    digests = {name: hashlib.sha256((folder / name / "values.csv").read_bytes()).hexdigest() for name in ("S2", "S5")}
    assert said.out.splitlines()[1:] == [
        *(f"problem  {folder}/{name}/values.csv differs from the published file: its SHA-256 is {digest}, not "
          f"{expected}." for name, digest in digests.items()),
        (f"problem  S2: {folder}/S2/values.csv holds something else than numbers (could not convert string to float: "
         "'abc')."),
        f"problem  S3: {folder}/S3/values.csv is missing.",
        f"warning  {folder}/S4/values.csv has other line endings than the published file.",
        "5 subjects, 3 recordings, 5 segments",
        "excluded: 1 subjects without a folder",
        "excluded: 1 trials that were cut short",
        "1 file as published, 2 not here",
        "4 problems.",
    ]  # fmt: skip


def test_a_recording_that_breaks_the_contract(bench, root, monkeypatch):
    write(root / "tiny")
    bench("data", "list").ok()
    from bench.api import Segment

    dataset = sys.modules["tiny_data.dataset"]
    monkeypatch.setattr(dataset, "Segment", lambda *given, **more: Segment(given[0], 90.0, *given[2:], **more))
    said = bench("data", "verify", "tiny")
    assert said.code == 1
    assert "Recording S1/1: segment 'one' stops at 90.0 s, after the end of all signals" in said.out
    monkeypatch.setattr(dataset, "Segment", None)
    assert "problem  S10: TypeError: 'NoneType' object is not callable" in bench("data", "verify", "tiny").out


def flat(values, *others):
    from bench.api import Signal

    return Signal(values[0], *others)


def labelled(start, stop, trial, targets, **more):
    from bench.api import Segment

    return Segment(start, stop, trial, {"stress": targets["stress"].upper()}, **more)


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("Signal", flat, "Recording S1/1: 'eda' has the shape (40,); expected (channels, time)."),
        (
            "Segment",
            labelled,
            "Recording S1/1: segment 'one' has the label 'CALM' for 'stress'; its classes are calm, stressed.",
        ),
    ],
    ids=["shape", "label"],
)
def test_check_verify_and_run_refuse_a_recording_in_the_same_words(bench, root, monkeypatch, name, make, message):
    write(root / "tiny")
    bench("data", "list").ok()
    monkeypatch.setattr(sys.modules["tiny_data.dataset"], name, make)
    run = ("run", "--dataset", "tiny", "--cache", "own")  # in the shared one, they may be prepared already
    for command in (("check", "tiny"), ("data", "verify", "tiny"), run):
        said = bench(*command)
        assert said.code == 1
        assert message in said.out + said.err


def test_what_is_not_here_cannot_be_verified(bench, root):
    said = bench("data", "verify", "tiny")
    assert said.code == 1
    assert said.err.startswith("Error: The data set 'tiny' is not on this machine: no S*/values.csv in ")


# ------------------------------------------------------------------------------------- card, info


def test_the_card_tells_what_is_known_and_what_is_here(bench, root):
    told = bench("data", "card", "tiny").ok().out
    assert "tiny: Tiny recordings" in told
    for text in ("licence     Only for tests", "target      mood: low, high (from ratings)", "3 subjects",
                 "S2 sneezed.", "calm: Nobody is ever stressed.", "On this machine: no; how to get it: "):  # fmt: skip
        assert text in told
    write(root / "tiny", ("S1",))
    write(root / "tiny", ("S2",), "1.0\n" * 30)
    told = bench("data", "card", "tiny").ok().out
    assert "Counted here (real): 2 recordings" in told
    table = told[told.index("mood  ") :].splitlines()
    assert [re.split(r"  +", line) for line in (table[0], *table[2:5])] == [
        ["mood", "low", "high"], ["S1", "1 (20 s)", "1 (20 s)"], ["S2", "1 (20 s)", "–"],
        ["all", "2 (40 s)", "1 (20 s)"],
    ]  # fmt: skip
    assert "excluded: 1 trials that were cut short" in told
    assert "Counted here" not in bench("data", "card", "tiny", "--no-counts").ok().out


def test_the_card_of_a_data_set_that_is_computed(bench):
    told = bench("data", "card", "synthetic", "--no-counts").ok().out
    assert "synthetic: Simulated ECG, EDA, BVP and EEG under stress" in told


def test_info_needs_no_data(bench, root):
    told = bench("info", "tiny").ok().out
    assert "Access: open. Size: 1 kB.\n" in told
    assert "Counts: 3 subjects\n" in told
    assert "How to get it: open; then 'bench data link tiny FOLDER'\n" in told
    write(root / "tiny")
    assert f"On this machine: {root / 'tiny'} (real)\n" in bench("info", "tiny").ok().out
    assert "Data: simulated.\n" in bench("info", "synthetic").ok().out


def test_doctor_tells_which_data_sets_are_here(bench, root):
    write(root / "tiny")
    lines = bench("doctor").out.splitlines()
    assert f"ok     data root BENCH_DATA: {root}" in lines
    assert f"ok     data set tiny: real, in {root / 'tiny'}" in lines


# --------------------------------------------------------------------------------------- simulate


def test_a_stand_in_is_written_used_and_marked(bench, root, monkeypatch):
    monkeypatch.setenv("TINY_DOWNLOADS", json.dumps([{"file": "S1/values.csv", "urls": [], "sha256": "0" * 64}]))
    folder = root / "simulated" / "tiny"
    said = bench("data", "simulate", "tiny", "--subjects", 3, "--seed", 5).ok()
    assert said.out == f"Wrote 3 simulated subjects to {folder}.\nTo use it: 'bench run --dataset tiny'.\n"
    assert (row(bench)["state"], row(bench)["folder"]) == ("stand-in", str(folder))
    verified = bench("data", "verify", "tiny").ok().out  # nobody has published digests of what is made up
    assert "(a simulated stand-in)" in verified
    assert "published" not in verified
    first = (folder / "S1" / "values.csv").read_text()
    bench("data", "simulate", "tiny").usage_error(
        f"{folder} is not empty; name another folder with --out, or delete it."
    )
    shutil.rmtree(folder)
    bench("data", "simulate", "tiny", "--subjects", 3, "--seed", 5).ok()
    assert (folder / "S1" / "values.csv").read_text() == first
    cell = bench("run", "--dataset", "tiny", "--fusion", "none", "--no-baselines", "-o", "window.length=10", "--json")
    assert all(row["simulated"] for row in cell.ok().json["cells"])
    records = [json.loads(path.read_text()) for path in bench.folder.glob("bench-results/cells/*/tasks/*/record.json")]
    assert len(records) == 3
    assert all(record["simulated"] for record in records)
    [run] = bench.runs()
    assert all(item["simulated"] for item in json.loads(run.read_text())["items"])


def test_a_plugin_without_a_stand_in_is_named_and_leaves_no_folder(bench, root, monkeypatch):
    from tiny_data.dataset import Tiny

    monkeypatch.delattr(Tiny, "write_stand_in")
    message = "There is no stand-in for 'tiny': implement write_stand_in() in the plugin."
    bench("data", "simulate", "tiny").ends(1, f"Error: {message}")
    assert list(root.iterdir()) == []
    missing = bench("data", "verify", "tiny")
    assert missing.err.startswith("Error: The data set 'tiny' is not on this machine")
    for text in (bench("info", "tiny").ok().out, bench("data", "download", "asked-for").out, missing.err):
        assert "bench data simulate" not in text


def test_a_stand_in_that_fails_leaves_no_folder(bench, root, monkeypatch):
    from tiny_data.dataset import Tiny

    def fail(self, folder, spec):
        raise DataError("No number fits.")

    monkeypatch.setattr(Tiny, "write_stand_in", fail)
    bench("data", "simulate", "tiny").ends(1, "Error: No number fits.")
    assert list(root.iterdir()) == []


def test_a_variant_of_a_stand_in_in_another_folder(bench, root):
    bench("data", "simulate", "tiny", "--variant", "tired").usage_error("'tiny' has no variant 'tired'. Known: calm.")
    write(root / "tiny")
    out = bench.folder / "else" / "where"
    said = bench("data", "simulate", "tiny", "--subjects", 1, "--variant", "calm", "--out", "else/where").ok()
    assert said.out == (
        f"Wrote 1 simulated subject to {out}.\n'bench run --dataset tiny' uses the real data in {root / 'tiny'}.\n"
        f"To use this stand-in: 'bench run --dataset tiny --data {out}', or set BENCH_DATA={out}.\n"
    )
    assert "(a simulated stand-in)" in bench("data", "verify", "tiny", "--data", out).ok().out
    status = bench("data", "status", "tiny", "--data", out).ok().out
    assert "\n  remark     stand-in simulated with calm\n" in status


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"variants": 1}'])
def test_an_invalid_marker_has_no_variants(tmp_path, text):
    (tmp_path / "SIMULATED.json").write_text(text)
    assert data_folders.read_variants(tmp_path) == []


def test_the_next_command_is_told_the_root_that_was_typed(bench, tiny):
    root = bench.folder / "typed"
    said = bench("data", "simulate", "tiny", "--data", root).ok()
    assert f"To use it: 'bench run --dataset tiny --data {root}'." in said.out
    top = write(bench.folder / "disk")
    assert f"'bench data verify tiny --data {root}'" in bench("data", "link", "tiny", top, "--data", root).ok().out
    run = bench("run", "--dataset", "tiny", "--data", root, "--fusion", "none", "-o", "window.length=10", "--dry-run")
    assert "tiny · stress · loso" in run.ok().out


# ----------------------------------------------------------------------------------- cache, prune


@pytest.fixture
def cache(bench):
    """Two finished folders, one of them a hundred days old, one damaged, and leftovers of the dead."""
    root = bench.folder / "some-cache"

    def build(folder):
        (folder / "values.bin").write_bytes(b"x" * 1000)

    for kind, key in (("prepared", "aaaa"), ("features", "bbbb"), ("features", "cccc")):
        Cache(root).folder(kind, key, build)
    (root / "features" / "cccc" / "values.bin").write_bytes(b"x")
    (root / "prepared" / "dddd.partial").mkdir()
    (root / "prepared" / "dddd.partial" / "values.bin").write_bytes(b"x" * 500)
    (root / "prepared" / "dddd.lock").touch()
    (root / "prepared" / "eeee.lock").touch()
    (root / "digests.sqlite").touch()
    (root / "prepared" / "notes.txt").write_text("mine")
    old = time.time() - 100 * 86400
    os.utime(root / "features" / "bbbb" / "manifest.json", (old, old))
    return root


def states(bench, cache):
    rows = bench("data", "cache", "--cache", cache, "--json").ok().json["entries"]
    return {f"{row['kind']}/{row['key']}": row["state"] for row in rows if row["state"] != "lock"}


def test_the_cache_is_listed(bench, cache, monkeypatch):
    told = bench("data", "cache", "--cache", cache).ok().out
    assert re.search(r"features +bbbb +complete +1\.1 kB +100\.0\n", told)
    assert "'bench data prune --partial' removes 4 leftovers." in told
    assert states(bench, cache) == {
        "features/bbbb": "complete", "features/cccc": "damaged", "prepared/aaaa": "complete", "prepared/dddd": "partial"
    }  # fmt: skip
    monkeypatch.setenv("BENCH_CACHE", str(bench.folder / "none"))
    assert bench("data", "cache").ok().out == f"The cache in {bench.folder / 'none'} is empty.\n"


@pytest.mark.parametrize(
    ("typed", "left"),
    [(("--partial",), {"features/bbbb", "prepared/aaaa"}),
     (("--older-than", 30), {"prepared/aaaa"}),
     (("--all",), set())],
)  # fmt: skip
def test_prune_deletes_what_was_chosen(bench, cache, typed, left):
    said = bench("data", "prune", "--cache", cache, "--yes", *typed).ok()
    assert " were freed." in said.out
    assert set(states(bench, cache)) == left
    assert (cache / "prepared" / "notes.txt").exists()
    assert (cache / "digests.sqlite").exists() == (typed != ("--all",))
    assert not list(cache.glob("*/*.partial"))
    assert sorted(path.stem for path in cache.glob("*/*.lock")) == sorted(name.partition("/")[2] for name in left)
    assert bench("data", "prune", "--cache", cache, *typed).ok().out == f"Nothing to delete in {cache}.\n"


def test_prune_needs_a_choice_and_a_confirmation(bench, cache):
    bench("data", "prune", "--cache", cache).usage_error(
        "Choose what to delete: one of --partial, --older-than DAYS or --all."
    )
    for answer in ("n\n", ""):
        said = CliRunner().invoke(main, ["data", "prune", "--all", "--cache", str(cache)], input=answer)
        assert (said.exit_code, len(states(bench, cache))) == (1, 4)
        assert said.stderr.endswith("Error: Nothing was deleted; use --yes to delete without confirmation.\n")
    assert CliRunner().invoke(main, ["data", "prune", "--all", "--cache", str(cache)], input="y\n").exit_code == 0
    assert not states(bench, cache)


def test_an_entry_that_another_process_writes_is_kept(bench, cache):
    with FileLock(cache / "prepared" / "dddd.lock"):
        said = bench("data", "prune", "--cache", cache, "--all", "--yes").ok()
        assert said.err.count("prepared/dddd is kept: another process is writing it.\n") == said.err.count("\n")
        assert states(bench, cache) == {"prepared/dddd": "partial"}
    bench("data", "prune", "--cache", cache, "--all", "--yes").ok()
    assert not states(bench, cache)


def test_two_names_of_one_file_count_once(bench, cache):
    os.link(cache / "prepared" / "aaaa" / "values.bin", cache / "features" / "bbbb" / "again.bin")
    before = bench("data", "cache", "--cache", cache, "--json").ok().json["bytes"]
    (cache / "features" / "bbbb" / "again.bin").unlink()
    assert bench("data", "cache", "--cache", cache, "--json").ok().json["bytes"] == before


WAITING = """
import sys
from pathlib import Path
from bench.data.cache import Cache

def build(folder):
    (folder / "values.bin").write_bytes(b"y")

print(Cache(Path(sys.argv[1])).folder("prepared", "dddd", build), flush=True)
"""


def test_a_process_that_waits_for_a_deleted_lock_builds_safely(bench, cache):
    """The lock file is deleted while another process waits for it; that one must take a new one."""
    lock = FileLock(cache / "prepared" / "dddd.lock")
    with lock:
        waiting = subprocess.Popen([sys.executable, "-c", WAITING, cache], stdout=subprocess.PIPE, encoding="utf-8")
        time.sleep(1)
        (cache / "prepared" / "dddd.lock").unlink()
    out, _ = waiting.communicate(timeout=60)
    assert (waiting.returncode, out.strip()) == (0, str(cache / "prepared" / "dddd"))
    assert (cache / "prepared" / "dddd.lock").exists()


# ------------------------------------------------------------------------------------------ start


COMMANDS = ("list", "status", "download", "link", "verify", "card", "simulate", "cache", "prune")
HEAVY = {"numpy", "pandas", "scipy", "sklearn", "rich", "pyarrow"}


def test_help_and_completion_import_nothing_heavy():
    program = f"""
import sys
from bench.cli import main
from click.testing import CliRunner
for name in {COMMANDS!r}:
    said = CliRunner().invoke(main, ["data", name, "--help"])
    assert said.exit_code == 0 and "Usage: " in said.output, said.output
print(*sorted(name.partition(".")[0] for name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    assert not HEAVY & set(done.stdout.split())


def test_names_are_completed(bench, tiny):
    said = CliRunner().invoke(
        main, [], prog_name="bench",
        env={"_BENCH_COMPLETE": "bash_complete", "COMP_WORDS": "bench data verify ti", "COMP_CWORD": "3"},
    )  # fmt: skip
    assert said.output.split() == ["plain,tiny"]
