"""Run a node on a stepped board in virtual time, as fast as the processor allows.

The same seed and the same calls give the same events at the same times, each run.
"""

from __future__ import annotations

from ..board.model import Feature
from ..errors import LocalError
from .node import Node


def run_until(node: Node, time: int) -> None:
    """Run to board time ``time`` (ns). The node has exactly one board, and it is stepped."""
    if len(node.boards) != 1:
        raise LocalError(f"virtual time runs one board, this node has {len(node.boards)}")
    (unit,) = node.boards.values()
    board = unit.board
    if not board.features & Feature.STEPPED:
        raise LocalError(f"{board.address} runs in real time only")
    now = board.clock.now()
    while now < time:
        due = node.next_timeout()
        if due is not None and due <= now:
            node.handle_timeout(now)
            continue
        now = board.step(time if due is None else min(due, time))
        node.drain_board(unit)
    due = node.next_timeout()
    if due is not None and due <= now:
        node.handle_timeout(now)
