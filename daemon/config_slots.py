"""Which timeslot belongs to whom: two uses of one timeslot are a mistake of the configuration."""

from __future__ import annotations

from typing import Any, Final

from .config import (
    BoardTable,
    PriTable,
    TrunkTable,
    b_channels,
    d_channel,
    has_d_channel,
    interface_slots,
    on_t1,
)
from .config_read import Path, Reader
from .config_ss7 import parse_numbers

REMEDY: Final = "give each trunk a span or channels of its own"


class Slots:
    """Boards by name, and the timeslots that are taken so far.

    ``named``: the names of all boards in the file, also of those that could not be read.
    """

    def __init__(
        self, reader: Reader, boards: list[tuple[int, BoardTable]], named: set[str]
    ) -> None:
        self._reader: Final = reader
        self._boards: Final = {b.name: b for _, b in boards}
        self._named: Final = named
        self._used: Final[dict[tuple[str, int], str]] = {}

    def span(self, span: str, path: Path) -> bool:
        """Is there such a span? If not that is noted."""
        name, _, number = span.partition("/")
        if name not in self._named:
            have = ", ".join(sorted(self._named)) or "none"
            self._reader.wrong(path, f"there is no board '{name}'", f"the boards are: {have}")
            return False
        board = self._boards.get(name)
        count = getattr(board.driver, "spans", None) if board else None
        if isinstance(count, int) and not 1 <= int(number) <= count:
            self._reader.wrong(
                path, f"board '{name}' has no span {number}", f"it has spans 1 to {count}"
            )
            return False
        return True

    def _own(self, span: str) -> tuple[Any, Any]:
        """The driver's configuration and its table for this span, each None where there is none."""
        name, _, number = span.partition("/")
        board = self._boards.get(name)
        driver = board.driver if board else None
        spans = getattr(driver, "span", None) or ()
        return driver, next((s for s in spans if s.number == int(number)), None)

    def kind(self, span: str) -> tuple[str, dict[int, str]]:
        """ "e1", "t1" or "analog" with the kind of each port; "" where only the board knows."""
        driver, own = self._own(span)
        kind = str(getattr(own, "kind", None) or getattr(driver, "kind", ""))
        ports: dict[int, str] = {}
        text = str(getattr(own, "ports", "") or "")
        for part in text.split(",") if kind == "analog" and text else ():
            what, _, numbers = part.strip().partition(":")
            ports |= dict.fromkeys(parse_numbers(numbers, "port", 31, 1), what)
        return kind, ports

    def has_cas(self, span: str) -> bool:
        """Has the span channel-associated signalling, as far as the file says?"""
        driver, own = self._own(span)
        if getattr(own, "cas", None) is not None:
            return bool(own.cas)
        return bool(getattr(driver, "cas", True))

    def owner(self, span: str, timeslot: int) -> str:
        """In words, who has it; "" when nobody has."""
        return self._used.get((span, timeslot), "")

    def take(self, span: str, timeslot: int, owner: str) -> None:
        self._used.setdefault((span, timeslot), owner)


def check_pri_slots(reader: Reader, slots: Slots, index: int, trunk: TrunkTable) -> None:
    """The span of a PRI, its D-channel and B-channels."""
    pri = trunk.pri
    assert isinstance(pri, PriTable)
    path: Path = ("trunk", index, "span")
    for n, interface in enumerate(pri.interfaces):
        here = ("trunk", index, "pri", "interfaces", n, "span")
        d = (d_channel(pri),) if has_d_channel(pri, interface) else ()
        _check_span(reader, slots, trunk, interface.span, here, d, interface_slots(pri, interface))
    if pri.interfaces:
        return
    if not trunk.span:
        reader.wrong(path, "this key is missing", 'add `span = "board/1"`')
        return
    _check_span(reader, slots, trunk, trunk.span, path, (d_channel(pri),), b_channels(pri))


def _check_span(
    reader: Reader,
    slots: Slots,
    trunk: TrunkTable,
    span: str,
    path: Path,
    d_channels: tuple[int, ...],
    channels: tuple[int, ...],
) -> None:
    """One span of a PRI: its kind, and that its timeslots are free."""
    pri = trunk.pri
    assert isinstance(pri, PriTable)
    if not slots.span(span, path):
        return
    kind, _ = slots.kind(span)
    if kind == "analog":
        reader.wrong(path, f"span {span} has analog ports", "name an E1 or T1 span")
        return
    if kind and (kind == "t1") != on_t1(pri):
        reader.wrong(
            ("trunk", path[1], "pri", "variant"),
            f"variant {pri.variant} is for {'T1' if on_t1(pri) else 'E1'}, and span {span} "
            f"is {kind.upper()}",
            'name another span, or choose "ni2", "5ess", "4ess", "dms100" on a T1',
        )
        return
    for number in (*d_channels, *channels):
        owner = slots.owner(span, number)
        if owner:
            what = "D-channel" if number in d_channels else "channel"
            reader.wrong(
                path,
                f"timeslot {number} of {span} ({what}) already belongs to {owner}",
                REMEDY,
            )
            return
        slots.take(span, number, f"trunk '{trunk.name}'")
