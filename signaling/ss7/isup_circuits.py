"""The circuits towards one destination: states, blocking, and which one a call gets (2.9.1.3)."""

from __future__ import annotations

from typing import Final

from ..call import (
    CHANNEL_BLOCKED_BOTH,
    CHANNEL_BLOCKED_HERE,
    CHANNEL_BLOCKED_THERE,
    CHANNEL_BUSY,
    CHANNEL_IDLE,
    CHANNEL_OUT_OF_SERVICE,
    CHANNEL_RESTARTING,
    CHANNEL_TESTING,
    ChannelChanged,
    SignallingEvent,
)
from .isup_config import IsupConfig

NOBODY: Final = 0

UNBLOCKED: Final = 0
WAIT_BLA: Final = 1
BLOCKED: Final = 2
WAIT_UBA: Final = 3
WAIT_CGBA: Final = 4
WAIT_CGUA: Final = 5
"""States of BLS and, for hardware failures, of HGBS (annex B). BLR has the first and the third."""
BLOCKING_NAMES: Final = {
    UNBLOCKED: "Unblocked",
    WAIT_BLA: "Wait for BLA",
    BLOCKED: "Blocked",
    WAIT_UBA: "Wait for UBA",
    WAIT_CGBA: "Wait for CGBA",
    WAIT_CGUA: "Wait for CGUA",
}

CSC_IDLE: Final = 0
RESET_SENT: Final = 1
GROUP_RESET_SENT: Final = 2
CHECK_T25: Final = 3
CHECK_RUNS: Final = 4
CHECK_T26: Final = 5
CHECK_RELEASE: Final = 6
RECHECK_AWAITED: Final = 7
RECHECK_LOOP: Final = 8
CHECK_TEST: Final = 9
"""States of CRS, CGRS (1, 2), CRCS (3 to 6, 9) and CRCR (7, 8): a circuit is in one of them."""
CSC_NAMES: Final = {
    CSC_IDLE: "Idle",
    RESET_SENT: "CRS: wait for RLC",
    GROUP_RESET_SENT: "CGRS: wait for GRA",
    CHECK_T25: "CRCS: wait to check again (T25)",
    CHECK_RUNS: "CRCS: check again",
    CHECK_T26: "CRCS: wait to check again (T26)",
    CHECK_RELEASE: "CRCS: wait for RLC",
    RECHECK_AWAITED: "CRCR: wait for CCR",
    RECHECK_LOOP: "CRCR: loop",
    CHECK_TEST: "CRCS: test",
}


class Circuit:
    """One circuit. ``head``: its CIC as it goes on the wire."""

    __slots__ = (
        "bit",
        "blr",
        "bls",
        "call",
        "cic",
        "csc",
        "head",
        "hlr",
        "hls",
        "mine",
        "shown",
        "sls",
        "timers",
        "unequipped",
        "withdrawn",
    )

    def __init__(self, cic: int, index: int, mine: bool) -> None:
        self.cic: Final = cic
        self.bit: Final[int] = index
        self.sls: Final[int] = cic & 15
        self.head: Final[bytes] = cic.to_bytes(2, "little")
        self.mine: Final = mine
        """We control it at dual seizure."""
        self.call: int = NOBODY
        """Handle of the call that has it, or NOBODY."""
        self.bls: int = UNBLOCKED
        """Our blocking for maintenance."""
        self.blr: int = UNBLOCKED
        """The far end's blocking for maintenance."""
        self.hls: int = UNBLOCKED
        """Our blocking for hardware failure."""
        self.hlr: int = UNBLOCKED
        """The far end's blocking for hardware failure."""
        self.csc: int = CSC_IDLE
        self.timers: int = 0
        """Bit n: Tn runs."""
        self.shown: int = CHANNEL_IDLE
        """The state that was last reported."""
        self.unequipped: bool = False
        """The far end answered UCIC."""
        self.withdrawn: bool = False
        """Maintenance was alerted: the far end does not answer a reset (2.9.3, 2.9.6)."""

    @property
    def blocked_here(self) -> bool:
        """We blocked it, or are about to."""
        return self.bls != UNBLOCKED or self.hls != UNBLOCKED

    @property
    def blocked_there(self) -> bool:
        return self.blr != UNBLOCKED or self.hlr != UNBLOCKED

    def channel_state(self) -> int:
        """One of the CHANNEL_ values: what matters most to the one who watches."""
        if self.unequipped or self.withdrawn:
            return CHANNEL_OUT_OF_SERVICE
        csc = self.csc
        if csc:
            return CHANNEL_RESTARTING if csc <= GROUP_RESET_SENT else CHANNEL_TESTING
        if self.call:
            return CHANNEL_BUSY
        if self.blocked_here:
            return CHANNEL_BLOCKED_BOTH if self.blocked_there else CHANNEL_BLOCKED_HERE
        return CHANNEL_BLOCKED_THERE if self.blocked_there else CHANNEL_IDLE


class Circuits:
    """All circuits by CIC, and the choice among the idle ones.

    A set of circuits is an integer with a bit for each, in the order of their CICs: choosing one
    is arithmetic. The longest idle one is found by the order of a dict instead.
    """

    def __init__(self, config: IsupConfig, events: list[SignallingEvent]) -> None:
        self.events: list[SignallingEvent] = events
        """Where changes are reported; its owner puts a new list here when it takes the old."""
        self.all: Final[list[Circuit]] = [
            Circuit(cic, index, config.controlled(cic)) for index, cic in enumerate(config.circuits)
        ]
        self.by_cic: Final[dict[int, Circuit]] = {c.cic: c for c in self.all}
        self._selection: Final = config.selection
        self._by_age: Final[bool] = config.selection == "longest_idle"
        self._idle_mine: int = 0
        self._idle_theirs: int = 0
        self._age: Final[list[dict[int, None]]] = [{}, {}]
        """Idle circuits by index, the longest idle first: theirs, ours."""
        self._last: int = -1
        self.barred: int = 0
        """Circuits, idle or not, that no call may be moved to just now: a set."""
        for circuit in self.all:
            self._offer(circuit)

    def _offer(self, circuit: Circuit) -> None:
        """The circuit may be chosen from now on."""
        if circuit.mine:
            self._idle_mine |= 1 << circuit.bit
        else:
            self._idle_theirs |= 1 << circuit.bit
        if self._by_age:
            self._age[circuit.mine][circuit.bit] = None

    def _take(self, circuit: Circuit) -> None:
        """The circuit may not be chosen from now on."""
        if circuit.mine:
            self._idle_mine &= ~(1 << circuit.bit)
        else:
            self._idle_theirs &= ~(1 << circuit.bit)
        if self._by_age:
            self._age[circuit.mine].pop(circuit.bit, None)

    def choose(self, other: Circuit | None = None) -> Circuit | None:
        """An idle circuit other than this: one that we control if there is one (2.9.1.3)."""
        barred = self.barred
        if other is not None:
            barred |= 1 << other.bit
        but = ~barred
        if self._by_age:
            return self._oldest(but)
        idle = self._idle_mine & but or self._idle_theirs & but
        if not idle:
            return None
        if self._selection == "highest":
            return self.all[idle.bit_length() - 1]
        if self._selection == "cyclic":
            above = idle >> (self._last + 1) << (self._last + 1)
            if above:
                idle = above
        return self.all[(idle & -idle).bit_length() - 1]

    def _oldest(self, but: int) -> Circuit | None:
        """The longest idle of ours; of theirs the one that was released last (2.9.1.3)."""
        for index in self._age[True]:
            if but >> index & 1:
                return self.all[index]
        for index in reversed(self._age[False]):
            if but >> index & 1:
                return self.all[index]
        return None

    def is_idle(self, circuit: Circuit) -> bool:
        """May a call have it?"""
        return circuit.shown == CHANNEL_IDLE

    def idle_count(self) -> int:
        """How many may be chosen."""
        return self._idle_mine.bit_count() + self._idle_theirs.bit_count()

    def seize(self, circuit: Circuit, call: int) -> None:
        """The circuit goes to a call."""
        circuit.call = call
        self._last = circuit.bit
        self.update(circuit)

    def free(self, circuit: Circuit) -> None:
        """Its call is over."""
        circuit.call = NOBODY
        self.update(circuit)

    def update(self, circuit: Circuit) -> None:
        """Report its state if it changed, and offer it to calls or take it from them."""
        state = circuit.channel_state()
        shown = circuit.shown
        if state == shown:
            return
        circuit.shown = state
        if state == CHANNEL_IDLE:
            self._offer(circuit)
        elif shown == CHANNEL_IDLE:
            self._take(circuit)
        self.events.append(ChannelChanged(circuit.cic, state))

    def group(self, cic: int, count: int) -> list[Circuit]:
        """Those of ``count`` circuits from ``cic`` on that there are."""
        by_cic = self.by_cic
        return [by_cic[n] for n in range(cic, cic + count) if n in by_cic]
