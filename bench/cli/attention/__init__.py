"""`bench show CELL --attention SUBJECT`: attention between branches, beside the signals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.results.store import Store


def draw(store: Store, keys: Sequence[str], run: str, asked: Mapping[str, Any]) -> None:
    """Write the plot, the arrays, or both; the plot is the default."""
    from bench.cli.attention import cells
    from bench.cli.attention.export import export
    from bench.cli.attention.view import view

    key = cells.only(store, keys, run)
    shown = view(store, asked["cache"] or store.root / "cache", key, asked["subject"])
    if asked["export"] is not None:
        export(shown if asked["window"] is None else shown.one(asked["window"]), asked["export"])
    if asked["to"] is not None or asked["export"] is None:
        from bench.cli.attention.picture import picture
        from bench.cli.plot.saving import save

        dataset = store.read_cell(key).cell.dataset.name
        path = asked["to"] or Path(f"attention-{dataset}-{shown.subject}.png")
        save(picture(shown.one(asked["window"])), path)
