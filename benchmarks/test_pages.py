"""The pages of a large leaderboard: 2,000 rows in 100 comparisons, copies of published rows, and their sizes."""

import resource
import shutil
import statistics
import time
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import pytest
from sizes import pick

from bench.leaderboard.comparison import comparisons
from bench.leaderboard.pages.page import page
from bench.leaderboard.publishing.publication import Publication

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FILTER = """
const before = performance.now();
const select = document.querySelector("#filters select[name=fusion]");
select.value = select.value === "late" ? "" : "late";
select.dispatchEvent(new Event("change"));
document.documentElement.getBoundingClientRect();
return performance.now() - before;"""

COMPARISONS, ROWS, SUBJECTS = pick((100, 20, 50), (2, 5, 36))
PUBLISHED = Path(__file__).parents[1] / "leaderboard"


def copies():
    """Rows of the comparison with most subjects, again and again under other names."""
    found = Publication(PUBLISHED).summaries()
    most = max(found, key=lambda each: len(each.subjects)).comparison
    rows = sorted((each for each in found if each.comparison == most), key=lambda each: each.baseline)
    rows = [
        replace(
            each,
            subjects=enough(each.subjects),
            metrics={name: replace(metric, folds=padded(metric.folds)) for name, metric in each.metrics.items()},
        )
        for each in rows
    ]
    return [
        replace(each, key=f"{number:04d}{place:04d}{each.key[8:]}", comparison=f"{number:016d}",
                dataset=f"{each.dataset}-{number}", model=f"{each.model}({place})")
        for number in range(COMPARISONS)
        for place, each in enumerate(islice(cycle(rows), ROWS))
    ]  # fmt: skip


def padded(values):
    """The first values again, up to the wanted number."""
    return tuple(islice(cycle(values), SUBJECTS))


def enough(subjects):
    """The first subjects again under other names, up to the wanted number."""
    names = [*subjects, *(f"T{number:02d}" for number in range(SUBJECTS - len(subjects)))]
    return dict(zip(names, padded(tuple(subjects.values())), strict=True))


def started():
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for each in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-sync",
    ):
        options.add_argument(each)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))


def test_pages(tmp_path, benchmark, capsys):
    class Copies(Publication):
        def summaries(self):
            return rows

    rows = copies()
    publication = Copies(tmp_path)
    started = time.process_time()
    benchmark.pedantic(lambda: publication.write(["md", "html", "json"]), rounds=1)
    seconds = time.process_time() - started
    sizes = {path.name: path.stat().st_size / 1e6 for path in sorted(tmp_path.glob("*.*"))}
    benchmark.extra_info["sizes"] = sizes
    assert len(sizes) == 3
    with capsys.disabled():
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        shown = ", ".join(f"{name} {size:.1f} MB" for name, size in sizes.items())
        print(f"\n{len(rows)} rows: {seconds:.1f} s of CPU, at most {memory:.0f} MB of memory; {shown}")


@pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="Chromium and its driver are not installed")
def test_filters(tmp_path, benchmark, capsys):
    """From a choice in a filter until the page is laid out again, in headless Chromium; the median of seven turns."""
    path = tmp_path / "index.html"
    path.write_text(page(comparisons(copies())), encoding="utf-8")
    driver = started()
    try:
        driver.get(path.as_uri())
        loaded = driver.execute_script("return performance.timing.loadEventEnd - performance.timing.navigationStart")
        times = benchmark.pedantic(lambda: [driver.execute_script(FILTER) for _ in range(7)], rounds=1)
    finally:
        driver.quit()
    benchmark.extra_info["milliseconds"] = times
    assert len(times) == 7
    with capsys.disabled():
        size, shown = path.stat().st_size / 1e6, statistics.median(times)
        print(f"\n{size:.1f} MB: loaded in {loaded} ms, filtered in {shown:.0f} ms")
