"""Circuit group blocking, unblocking and reset (Q.724 10): MGB, HGB, SGB, GRS and their answers.

Each message that we send is a Job, which waits for its acknowledgement by the machine below; the
receiving end answers at once. The acknowledgement of heading code H1 is always H1 + 1.
"""

from __future__ import annotations

from typing import Final

from ..fsm import Cell, Machine, handled, ignored
from .tup_call import Core, Order
from .tup_circuits import HARDWARE, MAINTENANCE, SOFTWARE
from .tup_config import MOST_CIC, T20, T21, T22
from .tup_messages import GroupMessage, split_cic
from .tup_messages_table import GRS, HGB, HGU, MGB, MGU, SGB, SGU, name_of

ACKNOWLEDGEMENT: Final = 0x10
"""What is added to a heading code for its answer."""
MOST_IN_GROUP: Final = 32
"""Circuits that one message of ours names: those of one 2048 kbit/s system."""


class KindRow:
    """A pair of group messages. ``flag``: of Circuit.local and remote. ``releases``: calls on the
    circuits end (5: the hardware has failed; for software blocking no text was to be had, and
    calls stay as they do under maintenance blocking)."""

    def __init__(self, block: int, unblock: int, flag: int, releases: bool) -> None:
        self.block: Final = block
        self.unblock: Final = unblock
        self.flag: Final = flag
        self.releases: Final = releases


KINDS: Final = (
    KindRow(MGB, MGU, MAINTENANCE, False),
    KindRow(HGB, HGU, HARDWARE, True),
    KindRow(SGB, SGU, SOFTWARE, False),
)
BLOCKS: Final[dict[int, KindRow]] = {row.block: row for row in KINDS}
UNBLOCKS: Final[dict[int, KindRow]] = {row.unblock: row for row in KINDS}
KIND_OF_FLAG: Final[dict[int, KindRow]] = {row.flag: row for row in KINDS}

WAIT: Final = 0
ALERTED: Final = 1
DONE: Final = 2
STATE_NAMES: Final = {
    WAIT: "Wait for acknowledgement",
    ALERTED: "Maintenance alerted",
    DONE: "Done",
}

ACK: Final = 0
T20_EXPIRY: Final = 1
T21_EXPIRY: Final = 2
T22_EXPIRY: Final = 3
INPUT_NAMES: Final = {
    ACK: "Acknowledgement",
    T20_EXPIRY: "T20 expiry",
    T21_EXPIRY: "T21 expiry",
    T22_EXPIRY: "T22 expiry",
}


class Job:
    """A group message of ours. ``base`` and ``message`` are what it says; ``channels`` the circuits
    that it is meant for."""

    def __init__(
        self,
        core: Core,
        number: int,
        message: GroupMessage,
        base: int,
        channels: tuple[int, ...],
        order: Order | None,
    ) -> None:
        self.core: Final = core
        self.owner: Final[int] = MOST_CIC + 1 + number
        self.message: Final = message
        self.base: Final = base
        self.channels: Final = channels
        self.orders: Final[list[Order | None]] = [order]
        """The requests that wait for it."""
        self.state: int = WAIT
        sls, octet = split_cic(base, core.config.variant.label)
        self.sls: Final[int] = sls
        self.octet: Final[bytes] = octet

    def send(self) -> None:
        """Once, or twice where the far end acts on the second only."""
        core = self.core
        for _ in range(2 if core.config.group_twice else 1):
            core.send(self.sls, self.octet, self.message.octets)

    def stop(self) -> None:
        for number in (T20, T21, T22):
            self.core.stop_timer(self.owner, number)

    def finish(self, ok: bool) -> None:
        """Tell who asked, once."""
        orders = [*self.orders]
        self.orders.clear()
        for order in orders:
            self.core.part_done(order, ok)


def begin(job: Job, now: int) -> None:
    """Send it; T20 repeats it, T21 gives up waiting."""
    job.send()
    job.core.start_timer(job.owner, T20, now)
    job.core.start_timer(job.owner, T21, now)


def acknowledged(job: Job, now: int) -> None:
    job.stop()
    job.state = DONE


def t20_expiry(job: Job, now: int) -> None:
    job.send()
    job.core.start_timer(job.owner, T20, now)


def t21_expiry(job: Job, now: int) -> None:
    """A minute without an answer: alert maintenance; once each minute from now on."""
    text = f"{name_of(job.message.heading)} for circuits from {job.base}"
    job.core.fault("no_group_answer", text, "Q.724 10", b"")
    job.core.stop_timer(job.owner, T20)
    job.core.start_timer(job.owner, T22, now)
    job.state = ALERTED
    job.finish(False)


def t22_expiry(job: Job, now: int) -> None:
    job.send()
    job.core.start_timer(job.owner, T22, now)


_NOT_RUNNING: Final = ignored("it does not run in this state")
_ROWS: Final[dict[int, dict[int, Cell]]] = {
    WAIT: {
        ACK: handled(acknowledged, "10", DONE),
        T20_EXPIRY: handled(t20_expiry, "10", WAIT),
        T21_EXPIRY: handled(t21_expiry, "10", ALERTED),
        T22_EXPIRY: _NOT_RUNNING,
    },
    ALERTED: {
        ACK: handled(acknowledged, "10", DONE),
        T20_EXPIRY: _NOT_RUNNING,
        T21_EXPIRY: _NOT_RUNNING,
        T22_EXPIRY: handled(t22_expiry, "10", ALERTED),
    },
    DONE: dict.fromkeys(INPUT_NAMES, ignored("10: acknowledged already")),
}
GROUP: Final = Machine("TUP circuit group", STATE_NAMES, INPUT_NAMES, _ROWS)


def serve(job: Job, input_: int, now: int) -> None:
    """Let an input happen."""
    before = job.state
    method = GROUP.table[before][input_].method
    if method is not None:
        method(job, now)
        GROUP.check(before, input_, job.state)


def group_message(heading: int, cics: tuple[int, ...]) -> tuple[int, GroupMessage]:
    """The first CIC and the message that names these circuits, a run without gaps.

    Range 0 is reserved, so one circuit alone is named in a range of two, the other's bit 0.
    """
    base = cics[0]
    if len(cics) > 1 or heading == GRS:
        return base, GroupMessage(heading, len(cics) - 1, (1 << len(cics)) - 1)
    if base < MOST_CIC:
        return base, GroupMessage(heading, 1, 1)
    return base - 1, GroupMessage(heading, 1, 2)
