"""The pages of a large leaderboard: 2,000 rows in 100 comparisons, copies of published rows, and their sizes."""

import resource
import time
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

from sizes import pick

from bench.leaderboard.publishing.publication import Publication

COMPARISONS, ROWS = pick((100, 20), (2, 5))
PUBLISHED = Path(__file__).parents[1] / "leaderboard"


def copies():
    """Rows of the comparison with most subjects, again and again under other names."""
    found = Publication(PUBLISHED).summaries()
    most = max(found, key=lambda each: len(each.subjects)).comparison
    rows = sorted((each for each in found if each.comparison == most), key=lambda each: each.baseline)
    return [
        replace(each, key=f"{number:04d}{place:04d}{each.key[8:]}", comparison=f"{number:016d}",
                dataset=f"{each.dataset}-{number}", model=f"{each.model}({place})")
        for number in range(COMPARISONS)
        for place, each in enumerate(islice(cycle(rows), ROWS))
    ]  # fmt: skip


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
