"""`bench show CELL --attention SUBJECT`: attention between branches, beside the signals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.results.store import Store


def draw(store: Store, keys: Sequence[str], run: str, arguments: Mapping[str, Any]) -> None:
    """Write the plot, the arrays, or both; the plot is the default."""
    from bench.cli.attention import cells
    from bench.cli.attention.export import export
    from bench.cli.attention.view import view

    key = cells.only(store, keys, run)
    shown = view(store, arguments["cache"] or store.root / "cache", key, arguments["subject"])
    if arguments["export"] is not None:
        export(shown if arguments["window"] is None else shown.one(arguments["window"]), arguments["export"])
    if arguments["to"] is not None or arguments["export"] is None:
        from bench.cli.attention.picture import picture
        from bench.cli.plot.saving import save

        dataset = store.read_cell(key).cell.dataset.name
        path = arguments["to"] or Path(f"attention-{dataset}-{shown.subject}.png")
        save(picture(shown.one(arguments["window"])), path)
