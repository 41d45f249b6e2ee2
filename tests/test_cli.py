"""What each command prints, and what it says when it is asked for what does not exist."""

import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import fields

import click
import pytest

from bench.cells.searching import Searching
from bench.cli import main
from bench.registry import BUILT_IN, Registry

GRID = ("run", "--profile", "smoke", "--modalities", "eda", "--no-baselines", "--fusion", "none")
REGISTRY = Registry()
MODELS = ", ".join(REGISTRY.names("model"))
SUITES = ", ".join(REGISTRY.names("suite"))


# -------------------------------------------------------------------------------------- what is wrong

MISTAKES = [
    (("--model", "logisti"), f"There is no model 'logisti'; did you mean 'logistic'? Known: {MODELS}."),
    (("--dataset", "wesda"), ("There is no dataset 'wesda'; did you mean 'wesad'? Known: amigos, ascertain, dreamer, "
                              "eegmmidb, large-eeg-bci, pmemo-2018, pmemo-2019, pspm, stress-predict, synthetic, "
                              "way-eeg-gal, wearable-stress, wesad.")),
    (("--fusion", "erly"), ("There is no fusion 'erly'; did you mean 'early'? Known: attentive, early, feature, late, "
                            "late-frozen, middle, none.")),
    (("--executor", "loca"), "There is no executor 'loca'; did you mean 'local'? Known: local, ray, slurm."),
    (("--suite", "trap"), f"There is no suite 'trap'; did you mean 'traps'? Known: {SUITES}."),
    (("--target", "arousal"), "'synthetic' has no target 'arousal'. Known: effort, stress."),
    (("--modalities", "ecgg"), ("'synthetic' has no modality 'ecgg'; did you mean 'ecg'? "
                               "Known: bvp, ecg, eda, eeg.")),
    (("-o", "model.c=1"), "Model 'logistic' has no option 'c'. Known: C, class_weight."),
    (("-o", "model.C=1e9"), "model 'logistic': 'C' takes a number from 0.0001 to 10000, not 1e9."),
    (("-o", "model.C=many"), "model 'logistic': 'C' takes a number from 0.0001 to 10000, not 'many'."),
    (("-o", "model.class_weight=heavy"), "model 'logistic': 'class_weight' takes none, balanced, not 'heavy'."),
    (("-o", "C=1"), "The option 'C' does not say whose it is; write for instance model.C."),
    (("-o", "sampler=gp"), ("The option 'sampler' does not say whose it is; write for instance model.sampler or "
                           "search.sampler.")),
    (("-o", "length=5"), ("The option 'length' does not say whose it is; write for instance model.length or "
                         "window.length.")),
    (("-o", "executor.jobs=2"), "Options of an executor have its name: write local.jobs with --executor local."),
    (("-o", "model.C"), "-o takes KEY=VALUE, as in -o model.C=0.1, not 'model.C'."),
    (("-o", "local.threads=2"), "Executor 'local' has no option 'threads'. Known: jobs."),
    (("-o", "local.jobs=-1"), "executor 'local': 'jobs' takes a whole number from 0 to 1024, not -1."),
    (("--seed", "a"), "--seed takes whole numbers below 2^64, as in 0,1,2, not 'a'."),
    (("--seed", "-1"), "--seed takes whole numbers below 2^64, as in 0,1,2, not '-1'."),
    (("--device", "gpu"), "--device takes auto, cpu, cuda or cuda:N, not 'gpu'."),
    (("--device", "cuda:0"), ("Nothing is left to run: synthetic · logistic · none · eda · loso: logistic runs on cpu "
                             "only; leave out --device cuda:0.")),
    (("--model", ""), "--model needs a name; 'bench list model' shows them."),
    (("--model", "svm("), "Cannot read 'svm('; write a name, or a name with options as in late(rule=vote)."),
    (("--fusion", "late"), ("Nothing is left to run: synthetic · logistic · late · eda · loso: late joins two "
                           "modalities or more, and only eda is here; use --fusion none.")),
    (("--preprocess", "statistics | zscore"), ("'statistics' makes feature vectors, so it must be the last step of the "
                                              "chain.")),
    (("--suite", "traps", "--save", "grid.toml"), ("--save writes one grid; a suite or a record has its own file "
                                                  "already.")),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "message"), MISTAKES, ids=lambda value: " ".join(value) if value[0] == "-" else "")
def test_a_mistake_is_one_sentence_and_nothing_is_written(bench, typed, message):
    bench(*GRID, *typed).usage_error(message)
    assert not list(bench.folder.iterdir())


OTHERS = [
    (("list", "modles"), ("There is no kind of plugin 'modles'; did you mean 'model'? Known: command, dataset, "
     "executor, fusion, model, preprocessor, protocol, suite.")),
    (("info", "logisti"), "There is no plugin 'logisti'; did you mean 'logistic'? 'bench list' shows all of them."),
    (("check", "logisti"), "There is no plugin 'logisti'; did you mean 'logistic'? 'bench list' shows all of them."),
    (("leaderboard", "--format", "pdf"), "There is no format 'pdf'. Known: html, json, md."),
    (("serach", "show"), f"'bench' has no command 'serach'; did you mean 'search'? Known: {', '.join(BUILT_IN)}."),
    (("search", "shwo"), ("'bench search' has no command 'shwo'; did you mean 'show'? Known: best, export, plot, "
                          "show.")),
    (("suite", "freze"), "'bench suite' has no command 'freze'; did you mean 'freeze'? Known: check, freeze."),
    (("data", "zzz"), ("'bench data' has no command 'zzz'. Known: cache, card, download, link, list, prune, simulate, "
                       "status, verify.")),
    (("show",), "There are no runs in bench-results; start one with 'bench run', or name a folder with --out."),
    (("show", "latest", "--out", "o"), ("There are no runs in o; start one with 'bench run', or name a folder with "
     "--out.")),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "message"), OTHERS, ids=lambda value: value[0] if len(value) < 5 else "")
def test_other_commands_say_what_does_not_exist(bench, typed, message):
    bench(*typed).usage_error(message)


def test_a_run_that_does_not_exist_is_answered_with_those_that_do(bench):
    bench(*GRID).ok()
    name = bench.runs()[0].stem
    bench("show", "nope").usage_error(
        f"There is no run or cell in bench-results 'nope'. Known: {name}, latest. These are the latest."
    )


def test_a_run_is_named_by_its_first_letters(bench):
    bench(*GRID).ok()
    again = bench(*GRID).ok().out
    assert re.search(r"(\d+) of \1 tasks were stored before\.", again)
    first, second = (path.stem for path in bench.runs())
    both = next(place for place, letters in enumerate(zip(first, second, strict=True)) if len(set(letters)) > 1)
    assert bench("show", second[: both + 1]).ok().out == bench("show", second).ok().out
    bench("show", first[:both]).usage_error(
        f"2 runs begin with '{first[:both]}', the latest one is {second}; type more of its name."
    )


@pytest.mark.parametrize("typed", [("nope",), ("run", "--nope"), ("run", "--profile", "tiny"), ("run", "--jobs", "-1")])
def test_what_click_refuses_ends_with_2_too(bench, typed):
    said = bench(*typed)
    assert (said.code, said.out) == (2, "")
    assert "Error: " in said.err


# --------------------------------------------------------------------------------------------- output


def test_list_names_every_plugin_under_its_kind(bench):
    kind, found = "", set()
    for line in bench("list").ok().out.splitlines():
        if line.startswith("  "):
            found.add((kind, line.split()[0]))
        else:
            kind = line
    assert found == {(kind, name) for kind, entries in REGISTRY.entries.items() for name in entries}


@pytest.mark.parametrize("kind", ["model", "models"])
def test_list_takes_a_kind_in_singular_or_plural(bench, kind):
    lines = bench("list", kind).ok().out.splitlines()
    assert lines[0] == "model"
    assert [line.split()[0] for line in lines[1:]] == REGISTRY.names("model")


def test_list_as_json_tells_tags_and_distribution(bench):
    rows = {row["name"]: row for row in bench("list", "model", "--json").ok().json}
    assert rows["majority"]["tags"] == ["baseline"]
    assert rows["logistic"] == {
        "kind": "model",
        "name": "logistic",
        "about": "Logistic regression with an L2 penalty.",
        "tags": [],
        "distribution": "affectbench",
        "version": REGISTRY.get("model", "logistic").version,
    }


def test_nothing_is_broken_where_every_plugin_loads(bench):
    assert bench("list", "--broken").ok().out == "Every installed plugin loads.\n"
    assert bench("list", "--broken", "--json").ok().json == []


@pytest.mark.parametrize("name", sorted({name for kind in REGISTRY.entries.values() for name in kind}))
def test_info_tells_each_option_with_what_it_takes_and_its_default(bench, name):
    from bench import options

    text = bench("info", name).ok().out
    for entry in REGISTRY.find(name):
        assert f"{entry.kind} {name}\n{entry.plugin.about}\n" in text
        for option in options.options_of(entry.load()).values():
            assert f"  {option.name}: {option.accepts()} (" in text


def test_info_of_a_data_set_tells_licence_citation_and_targets(bench):
    text = bench("info", "synthetic").ok().out
    for words in ("licence   MIT", "citation  ECG: ", "Data: simulated.", "Modalities: ecg, eda, bvp, eeg",
                  "Targets: stress (calm, stressed)", "Known defect: ",
                  "  --profile smoke sets n_subjects=4, minutes=8"):  # fmt: skip
        assert words in text


def test_info_tells_the_options_of_windows(bench):
    text = bench("info", "window").ok().out
    assert "-o window.length=30" in text
    assert "  length: a number from 0.1 to 3600 (default 10); seconds in a window\n" in text
    for option in ("  hop: a number from 0.05 to 3600 (default 5); ", "  whole: true or false (default false); "):
        assert option in text


def test_info_tells_the_options_of_searches(bench):
    text = bench("info", "search").ok().out
    assert "-o search.sampler=gp" in text
    for option in fields(Searching):
        assert f"\n  {option.name}: " in text


COMBINES = [
    ("logistic", "Learns from features. Works with fusions of inputs and decisions, and every data set and protocol."),
    ("majority", ("A trivial baseline that uses no signals. It needs no fusion, and works with every data set and "
     "protocol.")),
    ("late", "Fuses decisions of two or more modalities. Works with every model of features or signals."),
    ("early", "Fuses inputs of two or more modalities. Works with every model of features or signals."),
    ("none", "Uses one modality at a time. Works with every model of features or signals."),
    ("loso", "Groups: subject"),
    ("kfold", "Groups: none (single windows are split)"),
    ("zscore", "Scope: session (transductive)"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sentence"), COMBINES)
def test_info_tells_what_a_plugin_combines_with(bench, name, sentence):
    assert sentence in bench("info", name).ok().out.splitlines()


def test_doctor_finds_this_machine_ready(bench):
    said = bench("doctor").ok()
    lines = said.out.splitlines()
    assert all(line.startswith("ok     ") for line in lines)
    assert f"ok     results {bench.folder / 'bench-results'}: can be written" in lines
    assert "ok     data root BENCH_DATA: not set" in lines
    assert any("13 datasets, " in line for line in lines)


def test_doctor_names_what_is_wrong_and_ends_with_1(bench, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", "nowhere")
    package = bench.package("bench-torn", "import nothing_at_all")
    assert "wrong  data root BENCH_DATA: nowhere" in bench("doctor").out.splitlines()
    said = bench.process("doctor", packages=(package,))
    assert said.code == 1
    reason = "ModuleNotFoundError: No module named 'nothing_at_all' (bench_torn/__init__.py:1)"
    assert [line for line in said.out.splitlines() if line.startswith("wrong")] == [
        f"wrong  bench_torn (bench-torn): {reason}"
    ]


def test_show_finds_the_latest_run_a_named_one_and_a_cell(bench):
    bench(*GRID).ok()
    bench(*GRID, "--model", "knn").ok()
    first, second = (path.stem for path in bench.runs())
    assert bench("show").ok().out == bench("show", second).ok().out != bench("show", first).ok().out
    [item] = json.loads(bench.runs()[0].read_text())["items"]
    key = item["key"]
    alone = bench("show", key[:6]).ok().out
    assert alone == bench("show", first).ok().out
    for person in ("P01", "P02", "P03", "P04"):
        assert any(line.startswith(f"{person} ") for line in alone.splitlines())
    assert "confusion (rows: true class) calm, stressed: [[" in alone


def test_a_cell_alone_is_still_compared_with_what_ran_beside_it(bench):
    said = bench("run", "--profile", "smoke", "--modalities", "eda,bvp", "--json").ok().json
    key = next(cell["key"] for cell in said["cells"] if cell["fusion"] == "late")
    alone, together = (
        [line.split() for line in bench("show", *name).ok().out.splitlines() if re.match("logistic +late ", line)]
        for name in ([key], [])
    )
    assert alone == together != []


def test_show_as_json_holds_no_times(bench):
    bench(*GRID).ok()
    [cell] = bench("show", "--json").ok().json
    assert "train_seconds" not in cell
    assert cell["metrics"].keys() == cell["pooled"].keys() == cell["subjects"]["P01"].keys()


# ---------------------------------------------------------------------------------------------- help


def commands():
    context = main.make_context("bench", [], resilient_parsing=True)
    return {name: main.get_command(context, name) for name in BUILT_IN}


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_option_of_every_command_has_help(bench, name):
    command = commands()[name]
    assert command.help.splitlines()[0].endswith((".", "?"))
    text = bench(name, "--help").ok().out
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.opts[-1] in text


def test_help_lists_every_command(bench):
    listed = bench("--help").ok().out.partition("Commands:")[2].split("\n")
    assert [line.split()[0] for line in listed if line.strip()] == sorted({*BUILT_IN, *REGISTRY.names("command")})


COMPLETIONS = [
    ("bench info logi", 2, {"logistic"}),
    ("bench run --model logi", 3, {"logistic"}),
    ("bench run --model svm,kn", 3, {"svm,knn"}),
    ("bench run --fusion ", 3, {"attentive", "early", "feature", "late", "late-frozen", "middle", "none"}),
    ("bench run --protocol kfold", 3, {"kfold", "kfold-trial"}),
    ("bench run --profile ", 3, {"smoke", "small", "paper"}),
    ("bench le", 1, {"leaderboard"}),
]


@pytest.mark.parametrize(("typed", "place", "expected"), COMPLETIONS)
def test_the_shell_completes_names_of_plugins(bench, typed, place, expected):
    said = bench.process(_BENCH_COMPLETE="bash_complete", COMP_WORDS=typed, COMP_CWORD=str(place)).ok()
    assert {line.partition(",")[2] for line in said.out.splitlines()} == expected


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["info", "synthetic"], ["doctor"]], ids=" ".join)
def test_a_reader_that_has_seen_enough_is_no_error(bench, arguments):
    reader, writer = os.pipe()
    os.close(reader)
    program = f"import sys; sys.argv = ['bench', *{arguments!r}]; from bench.cli import main; main()"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=writer, stderr=subprocess.PIPE, encoding="utf-8")
    os.close(writer)
    _, err = process.communicate()
    assert (process.returncode, err) == (0, "")


def test_seeds_counts_from_zero_and_search_has_a_bound(bench):
    def seeds(*arguments):
        bench("run", *arguments, "--save", bench.folder / "grid.toml").ok()
        return tomllib.loads((bench.folder / "grid.toml").read_text())["seed"]

    assert seeds("--seeds", "3") == seeds("--seed", "0,1,2") == [0, 1, 2]
    assert seeds("--seed", str(2**63)) == [2**63]
    bench("run", "--seeds", "3", "--seed", "1").usage_error(
        "--seed names seeds, and --seeds counts them from 0; give one of them."
    )
    assert bench("run", "--seeds", "0").code == 2
    assert bench("run", "--search", "10001").code == 2
    (bench.folder / "grid.toml").write_text("search = 10001\n")
    bench("run", "--from", bench.folder / "grid.toml").usage_error(
        f"The key 'search' of a grid (in {bench.folder / 'grid.toml'}) takes a whole number up to 10000, not 10001."
    )
