"""``[trunk.board]``: channels of a board that signals by itself, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from ..board.clock import SECOND
from .config_read import MISSING, Duration, Path, Reader
from .config_ss7 import parse_numbers

if TYPE_CHECKING:
    from .config import TrunkTable
    from .config_slots import Slots

HIGHEST = 512
"""Ports of an analog span; E1 and T1 have fewer."""


class BoardCallsTable(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``[trunk.board]``: calls by the board's own signalling (Synway, DonJin). What its lines are
    the maker's configuration says."""

    channels: str = ""
    """Timeslots of E1 and T1, ports of analog spans, as in "1-15,17-31"; empty: all channels of the
    span that have call control."""
    hunt: Literal["ascending", "descending", "cyclic"] = "ascending"
    """Order in which a free channel is chosen."""
    tones: bool = False
    """A call that the far end ended stays for ``tone_time``, so that its tones can be heard; else
    the board hangs up at once."""
    clear_time: Annotated[Duration, msgspec.Meta()] = 30 * SECOND
    """How long the board may take to become idle after it hung up; then the call is over, and the
    channel out of service until it does."""


def named(table: BoardCallsTable) -> tuple[int, ...]:
    """The channels it names, ascending; ValueError says what is wrong with the text."""
    text = table.channels
    return tuple(sorted(parse_numbers(text, "channel", HIGHEST, 1))) if text else ()


def read_board_trunk(reader: Reader, trunk: TrunkTable, path: Path) -> Any:
    """The trunk, or MISSING when its table is wrong."""
    table = trunk.calls
    before = len(reader.errors)
    if not trunk.span:
        reader.wrong((*path, "span"), "this key is missing", 'add `span = "board/1"`')
    if table is not None:
        try:
            named(table)
        except ValueError as exc:
            reader.wrong((*path, "board", "channels"), str(exc), 'write it as "1-15,17-31"')
        if not SECOND <= table.clear_time <= 600 * SECOND:
            reader.wrong((*path, "board", "clear_time"), "out of range", 'choose "1s" to "10m"')
    return MISSING if len(reader.errors) > before else trunk


def check_board_slots(reader: Reader, slots: Slots, index: int, trunk: TrunkTable) -> None:
    """The span of a board's own calls, and that its channels are nobody else's."""
    path: Path = ("trunk", index)
    if not slots.span(trunk.span, (*path, "span")):
        return
    kind, _ = slots.kind(trunk.span)
    if kind:  # a driver whose configuration says what its spans are gives octets, no calls
        reader.wrong(
            (*path, "signalling"),
            f"span {trunk.span} belongs to a board that does not signal by itself",
            "set signalling to pri, r2, em, fxs, fxo, tap, isup or tup",
        )
        return
    numbers = named(trunk.calls) if trunk.calls is not None else ()
    place = (*path, "board", "channels") if numbers else (*path, "span")
    for number in numbers or range(1, 32):
        owner = slots.owner(trunk.span, number)
        if owner:
            reader.wrong(
                place,
                f"channel {number} of {trunk.span} already belongs to {owner}",
                "give each trunk a span or channels of its own",
            )
            return
        slots.take(trunk.span, number, f"trunk '{trunk.name}'")
