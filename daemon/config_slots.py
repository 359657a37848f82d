"""Which timeslot belongs to whom: two uses of one timeslot are a mistake of the configuration."""

from __future__ import annotations

from typing import Final

from .config import BoardTable, PriTable, TrunkTable, b_channels
from .config_read import Path, Reader

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

    def owner(self, span: str, timeslot: int) -> str:
        """In words, who has it; "" when nobody has."""
        return self._used.get((span, timeslot), "")

    def take(self, span: str, timeslot: int, owner: str) -> None:
        self._used.setdefault((span, timeslot), owner)


def check_pri_slots(reader: Reader, slots: Slots, index: int, trunk: TrunkTable) -> None:
    """The span of a PRI, its D-channel and B-channels."""
    pri = trunk.pri
    assert isinstance(pri, PriTable)
    path = ("trunk", index, "span")
    if not trunk.span:
        reader.wrong(path, "this key is missing", 'add `span = "board/1"`')
        return
    if not slots.span(trunk.span, path):
        return
    for number in (pri.d_channel, *b_channels(pri)):
        owner = slots.owner(trunk.span, number)
        if owner:
            what = "D-channel" if number == pri.d_channel else "channel"
            reader.wrong(
                path,
                f"timeslot {number} of {trunk.span} ({what}) already belongs to {owner}",
                REMEDY,
            )
            return
        slots.take(trunk.span, number, f"trunk '{trunk.name}'")
