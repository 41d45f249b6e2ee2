"""What models, fusions and protocols alike have to hold: how they refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.checks.examples.plugins import combination
from bench.errors import PluginError

if TYPE_CHECKING:
    from bench.api import Fusion, Model, Protocol


def refusal_is_a_sentence(plugin: Model | Fusion | Protocol) -> None:
    """Asked about a combination, it answers with None or the reason why it makes no sense."""
    reason = plugin.refuse(combination(plugin))
    if reason is not None and not (isinstance(reason, str) and reason.strip() and "\n" not in reason):
        raise PluginError(f"It answers {reason!r} to refuse(); give None, or the reason in one sentence.")
