"""The circuits towards one exchange: messages, timers and group supervision find their circuits."""

from __future__ import annotations

from typing import Final

from ..call import CallMoved, CallReleased, RestartDone
from ..fsm import Cell, ignored
from . import tup_circuits_blocking as blocking
from . import tup_circuits_group as group
from . import tup_messages_table as h
from . import tup_states as s
from .tup_call import Call, Circuit, Core, Order
from .tup_causes import NO_CIRCUIT, OUT_OF_ORDER, TEMPORARY_FAILURE
from .tup_circuits import HARDWARE, MAINTENANCE, runs
from .tup_config import (
    MOST_CIC,
    T1,
    T2,
    T3,
    T4,
    T5,
    T6,
    T7,
    T8,
    T9,
    T10,
    T11,
    T12,
    T13,
    T14,
    T15,
    T16,
    T17,
    T18,
    T19,
    T20,
    T21,
    T22,
    T23,
    T_ANSWER,
    T_CLEAR_BACK,
    T_CONGESTION,
    T_DIGITS,
    T_GUARD,
    T_INFORMATION,
    TupConfig,
)
from .tup_events import FarCongestion
from .tup_messages import CongestionControl, GroupMessage, TupMessage, join_cic, split_cic
from .tup_messages_address import decode
from .tup_table import TUP

EXPIRY_INPUT: Final = {
    T1: s.T1_EXPIRY,
    T2: s.T2_EXPIRY,
    T3: s.T3_EXPIRY,
    T4: s.T4_EXPIRY,
    T5: s.T5_EXPIRY,
    T6: s.T6_EXPIRY,
    T7: s.T7_EXPIRY,
    T8: s.T8_EXPIRY,
    T9: s.T9_EXPIRY,
    T10: s.T10_EXPIRY,
    T17: s.T17_EXPIRY,
    T18: s.T18_EXPIRY,
    T19: s.T19_EXPIRY,
    T_ANSWER: s.ANSWER_EXPIRY,
    T_CLEAR_BACK: s.CLEAR_BACK_EXPIRY,
    T_DIGITS: s.DIGITS_EXPIRY,
    T_INFORMATION: s.INFORMATION_EXPIRY,
    T_GUARD: s.GUARD_EXPIRY,
}
"""Timers of the circuit's machine."""
BLOCKING_INPUT: Final = {
    T11: blocking.T11_EXPIRY,
    T12: blocking.T12_EXPIRY,
    T13: blocking.T13_EXPIRY,
    T14: blocking.T14_EXPIRY,
    T15: blocking.T15_EXPIRY,
    T16: blocking.T16_EXPIRY,
}
GROUP_INPUT: Final = {T20: group.T20_EXPIRY, T21: group.T21_EXPIRY, T22: group.T22_EXPIRY}
CORE_OWNER: Final = 1 << 30
"""Owner of the timers that belong to no circuit."""
MOST_LEVEL: Final = 3
"""Congestion levels: of four calls, as many are refused as the level says."""


def _input_of_heading() -> list[int]:
    """The circuit machine's input of each heading code, -1: not one of its messages."""
    inputs = [-1] * 256
    for name, input_ in (
        (("IAM", "IAI"), s.IAM),
        (("SAM", "SAO"), s.SAM),
        (("GSM",), s.GSM),
        (("COT",), s.COT),
        (("CCF",), s.CCF),
        (("GRQ",), s.GRQ),
        (("ACM",), s.ACM),
        (("CHG", "MPM"), s.CHG),
        (("ANU", "ANC", "ANN"), s.ANSWER),
        (("CBK",), s.CBK),
        (("CLF",), s.CLF),
        (("RAN",), s.RAN),
        (("FOT", "OPR", "CCL", "MAL"), s.SIGNAL),
        (("RLG",), s.RLG),
        (("CCR",), s.CCR),
        (("RSC",), s.RSC),
    ):
        for acronym in name:
            inputs[h.BY_ACRONYM[acronym]] = input_
    for code in h.UNSUCCESSFUL:
        inputs[code] = s.UNSUCCESSFUL
    return inputs


INPUT_OF_HEADING: Final = _input_of_heading()
_NOTHING: Final = ignored("no such state")
CELLS: Final[list[list[Cell]]] = [[cell or _NOTHING for cell in row] for row in TUP.cells]
_ACKS: Final = frozenset(
    heading + group.ACKNOWLEDGEMENT for heading in (*group.BLOCKS, *group.UNBLOCKS, h.GRS)
)


class CircuitControl(Core):
    """The circuits with their machines, and what concerns several of them at once."""

    def __init__(self, config: TupConfig) -> None:
        super().__init__(config)
        self.circuits: Final[dict[int, Circuit]] = {
            cic: Circuit(self, cic) for cic in config.circuits
        }
        self.jobs: Final[dict[int, group.Job]] = {}
        """Group messages of ours that wait for an answer, by timer owner."""
        self.last_job: int = 0
        self.firsts: Final[dict[tuple[int, int, bytes], int]] = {}
        """Group messages that count when they come again: heading, CIC, octets -> until when."""
        self.level: int = 0
        """Congestion of the far exchange."""
        self.gathering: bool = False
        """A group message is being obeyed: calls that it sends elsewhere wait, as a circuit of the
        same group would not last."""

    # One input

    def serve(self, circuit: Circuit, input_: int, arg: object, now: int) -> None:
        """An input of a circuit's machine; then calls that it sent elsewhere are placed."""
        before = circuit.state
        method = CELLS[before][input_].method
        if method is not None:
            method(circuit, arg, now)
            TUP.check(before, input_, circuit.state)
        if (self.again or self.reblock) and not self.gathering:
            self._follow(now)

    def _follow(self, now: int) -> None:
        while self.again:
            call = self.again.pop(0)
            cic = self.pool.choose() if self.available else 0
            if cic:
                self.happened.append(CallMoved(call.handle, cic))
                self.seize(call, cic, now)
            else:
                self.failed_call(call, NO_CIRCUIT if self.available else OUT_OF_ORDER)
        while self.reblock:
            self._block_anew(self.reblock.pop(0), now)

    def seize(self, call: Call, cic: int, now: int) -> None:
        """Place a call on an idle circuit."""
        self.pool.taken(cic)
        self.serve(self.circuits[cic], s.SETUP_REQ, call, now)

    def failed_call(self, call: Call, cause: int) -> None:
        """A call that gets no circuit."""
        self.calls.pop(call.handle, None)
        call.clearing(cause, self.location, True)
        self.happened.append(CallReleased(call.handle, 0, call.cause, call.location, call.local))

    def _block_anew(self, circuit: Circuit, now: int) -> None:
        """A reset undid our blocking at the far end (Q.724 10)."""
        if circuit.local & MAINTENANCE and not self._unblocking(circuit, MAINTENANCE):
            blocking.serve(circuit, blocking.BLOCK_REQ, now)
        for flag, kind in group.KIND_OF_FLAG.items():
            if flag != MAINTENANCE and circuit.local & flag and not self._under_way(circuit, flag):
                self.start_job(kind.block, (circuit.cic,), None, now)

    def _under_way(self, circuit: Circuit, flag: int) -> bool:
        """Does a group message of ours that waits for its answer settle this circuit's blocking?
        One of its own would end that message, and the other circuits' with it."""
        return any(
            group_flag(job.message.heading) == flag and circuit.cic in job.channels
            for job in self.jobs.values()
        )

    # From MTP

    def cic_of(self, data: bytes, sls: int) -> int:
        """The CIC of what MTP-TRANSFER brought; -1 when there is no octet behind the label."""
        return join_cic(sls, data[0], self.config.variant.label) if data else -1

    def receive(self, data: bytes, sls: int, now: int) -> None:
        """MTP-TRANSFER indication: octets behind the routing label, and its SLS field."""
        if len(data) < 2:
            self.fault("too_short", f"{len(data)} octets behind the label", "Q.723 2", data)
            return
        cic = join_cic(sls, data[0], self.config.variant.label)
        message = decode(data[1:])
        heading = message.heading
        self.received[heading] = self.received.get(heading, 0) + 1
        row = h.HEADINGS.get(heading)
        if row is None or not row.variants & self.config.variant.messages:
            self.fault("unknown_message", f"{message.name} is not in use", "Q.724 6", data)
        elif message.reason:
            self.fault("malformed", message.reason, "Q.723 3", data)
        elif isinstance(message, GroupMessage):
            self._receive_group(message, cic, data, now)
        elif isinstance(message, CongestionControl):
            self.congested(message.level, now)
        else:
            circuit = self.circuits.get(cic)
            if circuit is None:
                text = f"{message.name} for circuit {cic}, which is not equipped"
                self.fault("unequipped_circuit", text, "Q.724 6", data)
            else:
                self._receive_circuit(circuit, message, now)

    def _receive_circuit(self, circuit: Circuit, message: TupMessage, now: int) -> None:
        heading = message.heading
        input_ = INPUT_OF_HEADING[heading]
        if input_ >= 0:
            self.serve(circuit, input_, message, now)
        elif heading in (h.BLO, h.UBL):
            blocking.acknowledge(circuit, heading)
            if heading == h.BLO:
                self.serve(circuit, s.BLOCKED, None, now)
        elif heading == h.BLA:
            blocking.serve(circuit, blocking.BLA_IND, now)
        else:
            blocking.serve(circuit, blocking.UBA_IND, now)

    def congested(self, level: int, now: int) -> None:
        """The far exchange is congested: fewer calls, for T_CONGESTION at each level."""
        level = min(level, MOST_LEVEL)
        if level and level >= self.level:
            if level != self.level:
                self.happened.append(FarCongestion(level))
            self.level = level
            self.start_timer(CORE_OWNER, T_CONGESTION, now)

    def _congestion_falls(self, now: int) -> None:
        self.level -= 1
        self.happened.append(FarCongestion(self.level))
        if self.level:
            self.start_timer(CORE_OWNER, T_CONGESTION, now)

    # Circuit groups

    def _receive_group(self, message: GroupMessage, cic: int, data: bytes, now: int) -> None:
        heading = message.heading
        if message.range == 0:
            self.fault("group_range", f"{message.name} with range 0", "Q.723 3.10", data)
            return
        cics = range(cic, cic + message.range + 1)
        if not any(n in self.circuits for n in cics):
            text = f"{message.name} for circuits {cics[0]}-{cics[-1]}, none of which is equipped"
            self.fault("unequipped_circuit", text, "Q.724 6", data)
        elif heading in _ACKS:
            self._receive_ack(message, cic, now)
        elif not self.config.group_twice or self._came_twice(message, cic, now):
            self._obey(message, cic, now)

    def _came_twice(self, message: GroupMessage, cic: int, now: int) -> bool:
        """Is it the second of two equal ones in T23?"""
        key = (message.heading, cic, message.octets)
        first = self.firsts.pop(key, -1)
        if first >= now:
            return True
        for other in [other for other, until in self.firsts.items() if until < now]:
            del self.firsts[other]
        self.firsts[key] = now + self.duration[T23]
        return False

    def _obey(self, message: GroupMessage, cic: int, now: int) -> None:
        heading = message.heading
        self.gathering = True
        if heading == h.GRS:
            status = self._group_reset(message, cic, now)
        else:
            status = self._group_blocking(message, cic, now)
        self.gathering = False
        answer = GroupMessage(heading + group.ACKNOWLEDGEMENT, message.range, status)
        sls, octet = split_cic(cic, self.config.variant.label)
        self.send(sls, octet, answer.octets)
        self._follow(now)

    def _group_reset(self, message: GroupMessage, cic: int, now: int) -> int:
        """GRS: all its circuits are idle; the answer's status says which we block."""
        status = 0
        reset: list[int] = []
        for n in range(message.range + 1):
            circuit = self.circuits.get(cic + n)
            if circuit is None:
                continue
            circuit.remote &= ~MAINTENANCE
            self.serve(circuit, s.GROUP_RESET, None, now)
            circuit.report()
            reset.append(cic + n)
            if circuit.local & MAINTENANCE and not self._unblocking(circuit, MAINTENANCE):
                status |= 1 << n
            if circuit.local & HARDWARE and not self._unblocking(circuit, HARDWARE):
                self.start_job(h.HGB, (circuit.cic,), None, now)
        self.happened.append(RestartDone(tuple(reset), False, True))
        return status

    def _group_blocking(self, message: GroupMessage, cic: int, now: int) -> int:
        """MGB, HGB, SGB and their opposites; the answer's status has what we did."""
        kind = group.BLOCKS.get(message.heading)
        done = 0
        for n in range(message.range + 1):
            circuit = self.circuits.get(cic + n)
            if circuit is None or not message.status >> n & 1:
                continue
            done |= 1 << n
            if kind is None:
                circuit.remote &= ~group.UNBLOCKS[message.heading].flag
            else:
                circuit.remote |= kind.flag
                input_ = s.HARDWARE if kind.releases else s.BLOCKED
                self.serve(circuit, input_, None, now)
            circuit.report()
        return done

    def start_job(self, heading: int, cics: tuple[int, ...], order: Order | None, now: int) -> None:
        """Send a group message for a run of circuits and wait for its answer.

        One under way for any of them that says the same or the opposite is given up; it is sent
        anew for the circuits that this one leaves to it.
        """
        base, message = group.group_message(heading, cics)
        rests = self._give_up_jobs(cics, group_flag(heading))
        self.last_job += 1
        job = group.Job(self, self.last_job, message, base, cics, order)
        self.jobs[job.owner] = job
        group.begin(job, now)
        self._send_anew(rests, now)

    def _give_up_jobs(self, cics: tuple[int, ...], flag: int) -> list[tuple[int, tuple[int, ...]]]:
        """End the jobs of this kind about any of these circuits; heading and circuits of what they
        still want of others."""
        rests: list[tuple[int, tuple[int, ...]]] = []
        for owner, job in [*self.jobs.items()]:
            if group_flag(job.message.heading) == flag and not set(cics).isdisjoint(job.channels):
                job.stop()
                job.finish(False)
                del self.jobs[owner]
                rest = tuple([cic for cic in job.channels if cic not in cics])
                if rest:
                    rests.append((job.message.heading, rest))
        return rests

    def _send_anew(self, rests: list[tuple[int, tuple[int, ...]]], now: int) -> None:
        for heading, rest in rests:
            for part in runs(rest, group.MOST_IN_GROUP):
                self.start_job(heading, part, None, now)

    def leave_jobs(self, cic: int, now: int) -> None:
        """BLO or UBL is about to be sent: what MGB or MGU of ours wants of the circuit is void."""
        self._send_anew(self._give_up_jobs((cic,), MAINTENANCE), now)

    def _unblocking(self, circuit: Circuit, flag: int) -> bool:
        """An unblocking of ours is under way: the circuit is blocked only until its answer."""
        if flag == MAINTENANCE and circuit.blocking == blocking.WAIT_UBA:
            return True
        for job in self.jobs.values():
            kind = group.UNBLOCKS.get(job.message.heading)
            if kind is not None and kind.flag == flag and circuit.cic in job.channels:
                return True
        return False

    def _receive_ack(self, message: GroupMessage, base: int, now: int) -> None:
        heading = message.heading - group.ACKNOWLEDGEMENT
        for job in [*self.jobs.values()]:
            asked = job.message
            if asked.heading == heading and job.base == base and asked.range == message.range:
                self._job_done(job, message, now)
                return

    def _job_done(self, job: group.Job, answer: GroupMessage, now: int) -> None:
        group.serve(job, group.ACK, now)
        self.jobs.pop(job.owner, None)
        heading = job.message.heading
        if heading == h.GRS:
            self._reset_done(job, answer, now)
            job.finish(True)
            return
        good = answer.status & job.message.status == job.message.status
        unblocks = group.UNBLOCKS.get(heading)
        for cic in job.channels:
            circuit = self.circuits[cic]
            if unblocks is not None and answer.status >> (cic - job.base) & 1:
                circuit.local &= ~unblocks.flag
                circuit.report()
        job.finish(good)

    def _reset_done(self, job: group.Job, answer: GroupMessage, now: int) -> None:
        """GRA: the circuits are idle; its status says which the far end blocks."""
        for cic in job.channels:
            circuit = self.circuits[cic]
            if answer.status >> (cic - job.base) & 1:
                circuit.remote |= MAINTENANCE
            self.serve(circuit, s.RESET_DONE, None, now)
            circuit.report()

    def reset_circuits(self, cics: tuple[int, ...], now: int) -> None:
        """RSC for a circuit alone, GRS for runs of them; RestartDone follows."""
        wanted = set(cics)
        for job in self.jobs.values():
            if job.message.heading == h.GRS and not wanted.isdisjoint(job.channels):
                wanted.update(job.channels)  # its circuits wait for the answer to the new one
        parts = runs(tuple(wanted), group.MOST_IN_GROUP)
        order = Order(cics, "reset", len(parts))
        for part in parts:
            for cic in part:
                self._give_up_reset(self.circuits[cic])
            if len(part) == 1:
                circuit = self.circuits[part[0]]
                circuit.reset_order = order
                self.serve(circuit, s.RESET_REQ, None, now)
                continue
            self._reset_group(part, order, now)

    def _reset_group(self, part: tuple[int, ...], order: Order, now: int) -> None:
        """GRS, unless the same one is under way: the answer to the first of two would end the
        reset while the second is still to undo what the far end does meanwhile."""
        for job in self.jobs.values():
            same = job.message.heading == h.GRS and job.channels == part
            if same and job.state == group.WAIT:
                job.orders.append(order)
                return
        for cic in part:
            self.serve(self.circuits[cic], s.GROUP_RESET_REQ, None, now)
        self.start_job(h.GRS, part, order, now)

    def _give_up_reset(self, circuit: Circuit) -> None:
        """A newer request for the circuit ends an older one's wait for it."""
        order = circuit.reset_order
        circuit.reset_order = None
        self.part_done(order, False)

    # Time

    def handle_timeout(self, now: int) -> None:
        """Let every timer that is due by ``now`` expire, the earliest first."""
        key = self.take_due(now)
        while key >= 0:
            self._expire(key >> 5, key & 31, now)
            key = self.take_due(now)

    def _expire(self, owner: int, number: int, now: int) -> None:
        if owner == CORE_OWNER:
            if number == T_CONGESTION:
                self._congestion_falls(now)
            else:
                self.ask_user_part(now)
        elif owner > MOST_CIC:
            job = self.jobs[owner]
            group.serve(job, GROUP_INPUT[number], now)
            if job.state == group.ALERTED and job.message.heading == h.GRS:
                self._reset_failed(job)
        elif number in BLOCKING_INPUT:
            blocking.serve(self.circuits[owner], BLOCKING_INPUT[number], now)
        else:
            circuit = self.circuits[owner]
            circuit.timers &= ~(1 << number)
            self.serve(circuit, EXPIRY_INPUT[number], None, now)

    def _reset_failed(self, job: group.Job) -> None:
        """GRS is not answered: as after RSC, its circuits are out of service until it is."""
        for cic in job.channels:
            circuit = self.circuits[cic]
            if circuit.group and not circuit.failed:
                circuit.failed = True
                circuit.report()

    def ask_user_part(self, now: int) -> None:
        """The unavailable user part may be back."""


def group_flag(heading: int) -> int:
    """Which kind of blocking a group message is about; 0: reset."""
    row = group.BLOCKS.get(heading) or group.UNBLOCKS.get(heading)
    return row.flag if row is not None else 0


RELEASE_CAUSE: Final = TEMPORARY_FAILURE
"""Of calls that hardware blocking ends."""
