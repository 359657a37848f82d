"""Groups of circuits: blocking, reset and query (Q.764 2.8.2.2, 2.9.3.2, 2.8.3): MGBS, HGBS, CGRS,
CQS and their receiving sides.

A message of ours waits for its answer as a GroupOperation; the far end's are served at once.
"""

from __future__ import annotations

from typing import Final

from ..call import BlockingDone, CircuitsQueried
from ..fsm import Cell, Machine, handled, ignored
from . import isup_adopt as adoption
from . import isup_blocking as blocking
from . import isup_reset as reset
from .isup_call import UserPart
from .isup_circuits import (
    BLOCKED,
    GROUP_RESET_SENT,
    UNBLOCKED,
    WAIT_CGBA,
    WAIT_CGUA,
    Circuit,
)
from .isup_config import T18, T19, T20, T21, T22, T23, T28
from .isup_messages import IsupMessage
from .isup_messages_table import CGB, CGBA, CGU, CGUA, CQM, CQR, GRA, GRS
from .isup_parameters_base import (
    CIRCUIT_STATE_INDICATOR,
    GROUP_SUPERVISION_TYPE,
    OCTET,
)
from .isup_parameters_circuit import HARDWARE
from .isup_query import agree, state_octet

MOST_CIRCUITS: Final = 32
"""Circuits that one message may speak of (Q.763 3.43)."""

MOST_LATE: Final = 8
"""Answers to overtaken messages that are looked for, of those that say the same: a far end that
never answers must not make the list grow."""

DONE: Final = 0
WAIT_FOR_CGBA: Final = 1
WAIT_FOR_CGUA: Final = 2
WAIT_FOR_GRA: Final = 3
WAIT_FOR_CQR: Final = 4
STATE_NAMES: Final = {
    DONE: "Idle",
    WAIT_FOR_CGBA: "Wait for CGBA",
    WAIT_FOR_CGUA: "Wait for CGUA",
    WAIT_FOR_GRA: "Wait for GRA",
    WAIT_FOR_CQR: "Wait for CQR",
}

SEND: Final = 0
M_CGBA: Final = 1
M_CGUA: Final = 2
M_GRA: Final = 3
M_CQR: Final = 4
SHORT_EXPIRY: Final = 5
LONG_EXPIRY: Final = 6
OVERTAKEN: Final = 7
INPUT_NAMES: Final = {
    SEND: "request",
    M_CGBA: "CGBA",
    M_CGUA: "CGUA",
    M_GRA: "GRA",
    M_CQR: "CQR",
    SHORT_EXPIRY: "T18, T20, T22",
    LONG_EXPIRY: "T19, T21, T23, T28",
    OVERTAKEN: "overtaken, or UCIC",
}
_STATE_OF: Final = {
    CGB: WAIT_FOR_CGBA,
    CGU: WAIT_FOR_CGUA,
    GRS: WAIT_FOR_GRA,
    CQM: WAIT_FOR_CQR,
}
_SHORT: Final = {CGB: T18, CGU: T20, GRS: T22, CQM: 0}
_LONG: Final = {CGB: T19, CGU: T21, GRS: T23, CQM: T28}
_WHAT: Final = {CGB: "block", CGU: "unblock", GRS: "reset", CQM: "query"}


About = tuple[int, bool, int, int]
"""What an answer repeats of its message: type, hardware, CIC, range."""


class GroupOperation:
    """A group message of ours that waits for its answer. ``hardware``: of CGB and CGU."""

    __slots__ = (
        "about",
        "cics",
        "hardware",
        "key",
        "kind",
        "own",
        "range",
        "reported",
        "state",
        "status",
    )

    def __init__(
        self, kind: int, hardware: bool, cics: tuple[int, ...], range: int, key: int, own: bool
    ) -> None:
        self.kind: Final = kind
        self.hardware: Final = hardware
        self.cics: Final = cics
        self.range: Final = range
        first = cics[0]
        bits = 0
        for cic in cics:
            bits |= 1 << (cic - first)
        size = (range >> 3) + 1
        self.status: Final[bytes] = bits.to_bytes(size, "little") if kind in (CGB, CGU) else b""
        self.about: Final[About] = (kind, hardware, first, range)
        self.key: Final = key
        self.state: int = DONE
        self.reported: bool = False
        """That it is not answered was said already."""
        self.own: Final = own
        """Nobody asked for it: it is not reported."""


Wish = tuple[int, bool, tuple[int, ...], bool]
"""What is still wanted: message type, hardware, circuits, whether nobody asked for it."""


class Groups:
    """The group messages of ours that wait, by timer key."""

    def __init__(self, part: UserPart) -> None:
        self.part: Final = part
        self.operations: Final[dict[int, GroupOperation]] = {}
        self._last = 0
        self._stale: Final[dict[About, list[bytes]]] = {}
        """Status fields of overtaken messages whose answers may still come."""

    def begin(
        self, kind: int, hardware: bool, cics: tuple[int, ...], now: int, own: bool = False
    ) -> None:
        """Send one message for these circuits, which ``split`` has put together."""
        self._last = self._last % 0xFFFF + 1
        while 0x1000 + self._last in self.operations:  # it waits since 65,535 others began
            self._last = self._last % 0xFFFF + 1
        span = cics[-1] - cics[0]
        # Range 0 is reserved in CGB and CGU (Q.763 3.43 a): a second, unmarked circuit is named.
        range = max(span, 1) if kind in (CGB, CGU) else span
        operation = GroupOperation(kind, hardware, cics, range, 0x1000 + self._last, own)
        rest = self._overtake(kind, hardware, set(cics), now)
        self.operations[operation.key] = operation
        self.input(operation, SEND, None, now)
        self._send_rest(rest, now)

    def leave(self, cic: int, now: int) -> None:
        """BLO or UBL is sent for a circuit: what CGB or CGU of ours wants of it is void."""
        self._send_rest(self._overtake(CGB, False, {cic}, now), now)

    def _overtake(self, kind: int, hardware: bool, cics: set[int], now: int) -> list[Wish]:
        """End the operations that want something else, or the same, of these circuits. Those
        returned want it still of others."""
        rests: list[Wish] = []
        for other in [*self.operations.values()]:
            if _overtakes(kind, hardware, cics, other):
                self.input(other, OVERTAKEN, None, now)
                late = self._stale.setdefault(other.about, [])
                late.append(other.status)
                del late[:-MOST_LATE]
                both = tuple([cic for cic in other.cics if cic in cics])
                rest = tuple([cic for cic in other.cics if cic not in cics])
                if other.kind != GRS and not other.own:
                    self.part.happened.append(BlockingDone(both, _WHAT[other.kind], False))
                if rest:
                    rests.append((other.kind, other.hardware, rest, other.own))
        return rests

    def _send_rest(self, rests: list[Wish], now: int) -> None:
        """A message anew for those circuits that lost nothing but their companions."""
        for kind, hardware, cics, own in rests:
            for group in split(cics, kind in (GRS, CQM)):
                if kind == GRS and len(group) == 1:
                    circuit = self.part.circuits.by_cic[group[0]]
                    reset.csc_input(self.part, circuit, reset.RESET_REQ, now)
                else:
                    self.begin(kind, hardware, group, now, own)

    def input(
        self, operation: GroupOperation, input_: int, message: IsupMessage | None, now: int
    ) -> None:
        """An input of one operation."""
        before = operation.state
        method = CGS.table[before][input_].method
        if method is not None:
            method(self, operation, message, now)
            CGS.check(before, input_, operation.state)

    def answered(self, message: IsupMessage, now: int) -> bool:
        """CGBA, CGUA, GRA or CQR: False if nothing waits for it."""
        kind = _REQUEST_OF[message.kind]
        found = message.range_and_status()
        hardware = message.value(GROUP_SUPERVISION_TYPE, 0) & 3 == HARDWARE
        if found is None:
            return False
        about = (kind, hardware and kind in (CGB, CGU), message.cic, found.range)
        stale = self._stale.get(about, [])
        for operation in self.operations.values():
            if operation.about == about:
                if found.status != operation.status and found.status in stale:
                    # The answer to one that was overtaken: it says nothing of this one.
                    stale.remove(found.status)
                    return True
                self._stale.pop(about, None)
                self.input(operation, _ANSWER_INPUT[message.kind], message, now)
                return True
        return self._stale.pop(about, None) is not None

    def expired(self, handle: int, number: int, now: int) -> None:
        """A timer of an operation."""
        operation = self.operations.get(handle)
        if operation is not None:
            long = number == _LONG[operation.kind]
            self.input(operation, LONG_EXPIRY if long else SHORT_EXPIRY, None, now)

    def unequipped(self, cic: int, now: int) -> None:
        """UCIC: the far end has not this circuit, and so did not serve a group it is the first of
        (2.12). The others of the group are asked for anew."""
        rests: list[Wish] = []
        for old in [*self.operations.values()]:
            if old.cics[0] == cic:
                self.input(old, OVERTAKEN, None, now)
                if old.kind != GRS and not old.own:
                    self.part.happened.append(BlockingDone((cic,), _WHAT[old.kind], False))
                if len(old.cics) > 1:
                    rests.append((old.kind, old.hardware, old.cics[1:], old.own))
        self._send_rest(rests, now)

    def finish(self, operation: GroupOperation) -> None:
        """No timer, no waiting."""
        operation.state = DONE
        self.part.stop_key(operation.key << 6 | _LONG[operation.kind])
        if _SHORT[operation.kind]:
            self.part.stop_key(operation.key << 6 | _SHORT[operation.kind])
        self.operations.pop(operation.key, None)

    def circuits(self, operation: GroupOperation) -> list[Circuit]:
        by_cic = self.part.circuits.by_cic
        return [by_cic[cic] for cic in operation.cics]


_REQUEST_OF: Final = {CGBA: CGB, CGUA: CGU, GRA: GRS, CQR: CQM}
_ANSWER_INPUT: Final = {CGBA: M_CGBA, CGUA: M_CGUA, GRA: M_GRA, CQR: M_CQR}


def _overtakes(kind: int, hardware: bool, cics: set[int], old: GroupOperation) -> bool:
    """Is the older one about some of these circuits and the same thing?"""
    if kind in (CGB, CGU):
        alike = old.kind in (CGB, CGU) and old.hardware == hardware
    else:
        alike = old.kind == kind
    return alike and not cics.isdisjoint(old.cics)


def split(cics: tuple[int, ...], contiguous: bool) -> list[tuple[int, ...]]:
    """Groups of at most 32 circuits, in the span that one message can name."""
    groups: list[tuple[int, ...]] = []
    group: list[int] = []
    for cic in sorted(set(cics)):
        if group and (cic - group[0] >= MOST_CIRCUITS or (contiguous and cic != group[-1] + 1)):
            groups.append(tuple(group))
            group = []
        group.append(cic)
    if group:
        groups.append(tuple(group))
    return groups


# What we ask: inputs of CGS


def _transmit(groups: Groups, operation: GroupOperation) -> None:
    kind = operation.kind
    contents = OCTET[operation.range] + operation.status
    head = OCTET[kind]
    if kind in (CGB, CGU):
        head += b"\x01" if operation.hardware else b"\x00"
    circuit = groups.part.circuits.by_cic[operation.cics[0]]
    groups.part.send(circuit, head + b"\x01" + OCTET[len(contents)] + contents)


def _start(groups: Groups, operation: GroupOperation, number: int, now: int) -> None:
    part = groups.part
    part.start_key(operation.key << 6 | number, now + part.duration[number])


def send(groups: Groups, operation: GroupOperation, message: IsupMessage | None, now: int) -> None:
    """The message and both its timers."""
    operation.state = _STATE_OF[operation.kind]
    for circuit in groups.circuits(operation):
        _mark_sent(groups.part, operation, circuit, now)
    _transmit(groups, operation)
    if _SHORT[operation.kind]:
        _start(groups, operation, _SHORT[operation.kind], now)
    _start(groups, operation, _LONG[operation.kind], now)


def _mark_sent(part: UserPart, operation: GroupOperation, circuit: Circuit, now: int) -> None:
    kind = operation.kind
    if kind == GRS:
        reset.csc_input(part, circuit, reset.GROUP_RESET, now)
    elif kind in (CGB, CGU):
        if operation.hardware:
            circuit.hls = WAIT_CGBA if kind == CGB else WAIT_CGUA
            part.circuits.update(circuit)
        else:
            input_ = blocking.GROUP_BLOCK if kind == CGB else blocking.GROUP_UNBLOCK
            blocking.bls_input(part, circuit, input_, now)


def acknowledged(
    groups: Groups, operation: GroupOperation, message: IsupMessage | None, now: int
) -> None:
    """CGBA or CGUA: what it marks is done, for the rest maintenance is alerted (2.8.2.3)."""
    assert message is not None
    groups.finish(operation)
    part = groups.part
    found = message.range_and_status()
    marked = found.circuits(message.cic) if found is not None else ()
    block = operation.kind == CGB
    missing: list[int] = []
    for circuit in groups.circuits(operation):
        ok = circuit.cic in marked
        if not ok:
            missing.append(circuit.cic)
        _mark_answered(part, operation, circuit, block == ok, now)
    if missing:
        _left_out(part, "group_not_acknowledged", message, missing, "2.8.2.3")
    part.happened.append(BlockingDone(operation.cics, _WHAT[operation.kind], not missing))


def _left_out(
    part: UserPart, kind: str, message: IsupMessage, cics: list[int], clause: str
) -> None:
    named = ", ".join(map(str, cics))
    part.fault(kind, f"{message.name} leaves out CIC {named}", clause, message.raw)


def _mark_answered(
    part: UserPart, operation: GroupOperation, circuit: Circuit, blocked: bool, now: int
) -> None:
    if operation.hardware:
        circuit.hls = BLOCKED if blocked else UNBLOCKED
        part.circuits.update(circuit)
    else:
        input_ = blocking.GROUP_BLOCKED if blocked else blocking.GROUP_UNBLOCKED
        blocking.bls_input(part, circuit, input_, now)


def reset_acknowledged(
    groups: Groups, operation: GroupOperation, message: IsupMessage | None, now: int
) -> None:
    """GRA: the circuits are idle; those it marks are blocked there (2.9.3.2)."""
    assert message is not None
    groups.finish(operation)
    part = groups.part
    found = message.range_and_status()
    marked = found.circuits(message.cic) if found is not None else ()
    for circuit in groups.circuits(operation):
        reset.csc_input(part, circuit, reset.GROUP_DONE, now)
        if circuit.cic in marked:
            blocking.blr_input(part, circuit, blocking.M_CGB, now)


def queried(
    groups: Groups, operation: GroupOperation, message: IsupMessage | None, now: int
) -> None:
    """CQR: reported, with what is otherwise here (2.8.3). Circuits that it leaves out are as good
    as not answered for: see query_expiry."""
    assert message is not None
    groups.finish(operation)
    part = groups.part
    states = message.parameters.get(CIRCUIT_STATE_INDICATOR, b"")
    differ: list[int] = []
    missing: list[int] = []
    for circuit in groups.circuits(operation):
        at = circuit.cic - operation.cics[0]
        if at >= len(states):
            missing.append(circuit.cic)
            adoption.confirm(part, circuit)
            continue
        if not agree(state_octet(part, circuit), states[at]):
            differ.append(circuit.cic)
        adoption.told(part, circuit, states[at])
    if missing:
        differ += missing
        _left_out(part, "query_answer_short", message, missing, "3.14/Q.763")
    if operation.own:
        return
    part.happened.append(CircuitsQueried(operation.cics, states, tuple(differ)))
    part.happened.append(BlockingDone(operation.cics, "query", True))


def repeat(
    groups: Groups, operation: GroupOperation, message: IsupMessage | None, now: int
) -> None:
    """T18, T20 or T22: again."""
    _transmit(groups, operation)
    _start(groups, operation, _SHORT[operation.kind], now)


def alert(groups: Groups, operation: GroupOperation, message: IsupMessage | None, now: int) -> None:
    """T19, T21 or T23: maintenance is alerted; once each such time from now on (2.9.4)."""
    part = groups.part
    what = _WHAT[operation.kind]
    part.fault(
        "group_unanswered", f"no answer to group {what} of CIC {operation.cics}", "2.9.4", b""
    )
    part.stop_key(operation.key << 6 | _SHORT[operation.kind])
    _transmit(groups, operation)
    _start(groups, operation, _LONG[operation.kind], now)
    if not operation.reported:
        operation.reported = True
        if operation.kind == GRS:
            for circuit in groups.circuits(operation):
                if circuit.csc == GROUP_RESET_SENT:
                    circuit.withdrawn = True
                    part.circuits.update(circuit)
                    part.reset_done(circuit.cic, False)
        else:
            part.happened.append(BlockingDone(operation.cics, what, False))


def query_expiry(
    groups: Groups, operation: GroupOperation, message: IsupMessage | None, now: int
) -> None:
    """T28: maintenance is alerted; no repetition (2.8.3). An adopted call goes on, unless nobody
    was there to answer: it is asked about anew when the destination or its user part is back."""
    part = groups.part
    groups.finish(operation)
    part.fault("query_unanswered", f"no CQR for CIC {operation.cics}", "2.8.3", b"")
    if part.reachable and not part.user_part:
        for circuit in groups.circuits(operation):
            adoption.confirm(part, circuit)
    if operation.own:
        return
    part.happened.append(BlockingDone(operation.cics, "query", False))


def overtaken(
    groups: Groups, operation: GroupOperation, message: IsupMessage | None, now: int
) -> None:
    """Given up; what its circuits are in for now is up to those who ended it."""
    groups.finish(operation)


def _table() -> dict[int, dict[int, Cell]]:
    stray = ignored("2.8.2.3: the answer to another message")
    none = ignored("A.1: it does not run in this state")
    gone = handled(overtaken, "2.8.2.3", DONE)
    every: dict[int, Cell] = {
        SEND: ignored("2.8.2.2: sent already"),
        M_CGBA: stray,
        M_CGUA: stray,
        M_GRA: stray,
        M_CQR: stray,
        SHORT_EXPIRY: none,
        LONG_EXPIRY: none,
        OVERTAKEN: gone,
    }

    def waiting(answer: int, cell: Cell, state: int) -> dict[int, Cell]:
        return every | {
            answer: cell,
            SHORT_EXPIRY: handled(repeat, "2.9.4", state),
            LONG_EXPIRY: handled(alert, "2.9.4", state),
        }

    done = handled(acknowledged, "2.8.2.2", DONE)
    return {
        DONE: every
        | {
            SEND: handled(
                send, "2.8.2.2", WAIT_FOR_CGBA, WAIT_FOR_CGUA, WAIT_FOR_GRA, WAIT_FOR_CQR
            ),
            OVERTAKEN: ignored("2.8.2.3: done already"),
        },
        WAIT_FOR_CGBA: waiting(M_CGBA, done, WAIT_FOR_CGBA),
        WAIT_FOR_CGUA: waiting(M_CGUA, done, WAIT_FOR_CGUA),
        WAIT_FOR_GRA: waiting(M_GRA, handled(reset_acknowledged, "2.9.3.2", DONE), WAIT_FOR_GRA),
        WAIT_FOR_CQR: every
        | {
            M_CQR: handled(queried, "2.8.3", DONE),
            LONG_EXPIRY: handled(query_expiry, "2.8.3", DONE),
        },
    }


CGS: Final = Machine("ISUP MGBS, HGBS, CGRS, CQS", STATE_NAMES, INPUT_NAMES, _table())
