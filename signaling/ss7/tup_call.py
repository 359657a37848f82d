"""A circuit and the call on it: what they remember, timers, sending, the end of a call.

The drawn inputs are functions of a Circuit, in tup_call_outgoing, tup_call_incoming,
tup_call_clearing and tup_circuits_tests; the drawing itself is the table in tup_table.
"""

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
    CONTINUITY_OFF,
    BlockingDone,
    CallDisconnected,
    CallReleased,
    CallRequest,
    ChannelChanged,
    ContinuityCheck,
    ContinuityDone,
    ProtocolFault,
    RestartDone,
    SignallingEvent,
)
from .circuit_timers import CircuitTimers
from .tup_circuits import Pool
from .tup_config import TupConfig
from .tup_messages import OCTET, TupMessage, split_cic
from .tup_states import NULL, RESETTING, TESTS

NO_CALL: Final = 0


class Call:
    """A call; ``circuit`` changes when it is tried again on another one (Q.724 3)."""

    def __init__(self, handle: int, request: CallRequest, outgoing: bool) -> None:
        self.handle: Final = handle
        self.request: CallRequest = request
        self.outgoing: Final = outgoing
        self.circuit: Circuit | None = None
        self.signals: str = ""
        """Outgoing: address signals given so far. Incoming: those received."""
        self.complete: bool = False
        self.asked: bool = False
        """The application was told that more digits may follow."""
        self.offered: bool = False
        """The application knows of it."""
        self.adopted: bool = False
        """Of a process that is no more; the exchange could not be reached yet."""
        self.attempts: int = 0
        """Automatic repeat attempts that are left."""
        self.cause: int = 0
        """Why the call ends; 0 while it does not."""
        self.location: int = 0
        self.local: bool = False

    def clearing(self, cause: int, location: int, local: bool) -> None:
        """Remember why the call ends; the first reason is the one that counts."""
        if not self.cause:
            self.cause = cause
            self.location = location
            self.local = local


class Order:
    """A request of the application for several circuits: done when each part of it is."""

    def __init__(self, channels: tuple[int, ...], what: str, parts: int) -> None:
        self.channels: Final = channels
        self.what: Final = what
        """"block", "unblock" or "reset"."""
        self.parts: int = parts
        self.ok: bool = True


class Core(CircuitTimers):
    """What the circuits towards one exchange share: timers, the way out, what happened."""

    def __init__(self, config: TupConfig) -> None:
        super().__init__(False)
        self.config: Final = config
        self.duration: Final[list[int]] = config.duration
        self.location: Final[int] = config.location
        self.far_location: Final[int] = config.far_location
        self.happened: list[SignallingEvent] = []
        self.out: list[tuple[int, bytes]] = []
        self.pool: Final = Pool(config)
        self.calls: Final[dict[int, Call]] = {}
        """By handle."""
        self.again: Final[list[Call]] = []
        """Calls that are to be tried on another circuit."""
        self.adopted: Final[list[Circuit]] = []
        """Circuits of adopted calls, until the exchange can be reached."""
        self.available: bool = False
        """The exchange and its user part can be reached."""
        self.draining: bool = False
        self.last_handle: int = 0
        self.placed: int = 0
        self.seizures: list[int] = [0, 0]
        """Dual seizures lost and won."""
        self.received: Final[dict[int, int]] = {}
        self.sent: Final[dict[int, int]] = {}
        """Messages by heading code."""
        self.refused: Final[dict[int, int]] = {}
        """Incoming calls refused before they were offered, by cause."""
        self.reblock: Final[list[Circuit]] = []
        """Circuits that we block, and of which the far end does not know it: a reset of ours undid
        it there, or it uses one."""

    def start_timer(self, owner: int, number: int, now: int) -> None:
        """The key is owner << 5 | number; the owner is a CIC, or above all CICs."""
        self.start_key(owner << 5 | number, now + self.duration[number])

    def stop_timer(self, owner: int, number: int) -> None:
        self.deadlines.pop(owner << 5 | number, None)

    def fault(self, kind: str, text: str, clause: str, raw: bytes) -> None:
        """The far end broke the protocol, or does not answer: an event, and nothing more."""
        self.happened.append(ProtocolFault(kind, text, clause, raw))

    def part_done(self, order: Order | None, ok: bool) -> None:
        """A part of a request ended."""
        if order is None:
            return
        order.parts -= 1
        order.ok = order.ok and ok
        if order.parts:
            return
        if order.what == "reset":
            self.happened.append(RestartDone(order.channels, True, order.ok))
        else:
            self.happened.append(BlockingDone(order.channels, order.what, order.ok))

    def was_reset(self, circuit: Circuit) -> None:
        """The far end answered our reset, which undid our blocking there."""
        order = circuit.reset_order
        circuit.reset_order = None
        self.part_done(order, True)
        if circuit.local:
            self.reblock.append(circuit)

    def send(self, sls: int, octet: bytes, octets: bytes) -> None:
        """To MTP. While the exchange cannot be reached nobody would hear it."""
        if self.available:
            self.out.append((sls, octet + octets))
            heading = octets[0]
            self.sent[heading] = self.sent.get(heading, 0) + 1


class Circuit:
    """A circuit: its machine, its call, how it is blocked."""

    def __init__(self, core: Core, cic: int) -> None:
        self.core: Final = core
        self.cic: Final = cic
        sls, octet = split_cic(cic, core.config.variant.label)
        self.sls: Final[int] = sls
        self.octet: Final[bytes] = octet
        self.controlled: Final[bool] = core.config.is_controlled(cic)
        """We control it in dual seizure."""
        self.state: int = NULL
        self.call: Call | None = None
        self.backward: bool = False
        """A backward message came: the far end has our call."""
        self.check: bool = False
        """ContinuityCheck was asked of the board and not ended."""
        self.testing: bool = False
        """The application asked for the continuity check that goes on."""
        self.gone: bool = False
        """The calling party hung up under the called party's control (CCL)."""
        self.failed: bool = False
        """A release guard or a reset was waited for in vain: out of service until it comes."""
        self.group: bool = False
        """In the Reset state because of a group reset of ours."""
        self.blocking: int = 0
        """State of the machine in tup_circuits_blocking."""
        self.order: Order | None = None
        """The request that our BLO or UBL is for."""
        self.reset_order: Order | None = None
        """The request that our RSC is for."""
        self.local: int = 0
        """Blocked by us: MAINTENANCE, HARDWARE, SOFTWARE."""
        self.remote: int = 0
        """Blocked by the far end."""
        self.reported: int = CHANNEL_IDLE
        self.timers: int = 0
        """Bit n: timer n of the call's machine runs."""
        core.pool.add(cic)

    # Timers

    def start(self, number: int, now: int) -> None:
        """Start or restart a timer of the machine."""
        self.timers |= 1 << number
        self.core.start_timer(self.cic, number, now)

    def stop(self, number: int) -> None:
        """Stop it if it runs."""
        if self.timers >> number & 1:
            self.timers &= ~(1 << number)
            self.core.deadlines.pop(self.cic << 5 | number, None)

    def stop_all(self) -> None:
        """Stop every timer of the machine; those of blocking go on."""
        rest = self.timers
        self.timers = 0
        while rest:
            n = (rest & -rest).bit_length() - 1
            rest &= rest - 1
            self.core.deadlines.pop(self.cic << 5 | n, None)

    # Sending

    def send(self, octets: bytes) -> None:
        """A message from the heading code on."""
        self.core.send(self.sls, self.octet, octets)

    def signal(self, heading: int) -> None:
        """A message that is its heading code."""
        self.core.send(self.sls, self.octet, OCTET[heading])

    # The state

    def enter(self, state: int) -> None:
        """The one way into a state; the channel's own state follows."""
        if self.state == RESETTING and state != RESETTING:
            self.core.was_reset(self)
        self.state = state
        self.report()

    def report(self) -> None:
        """Tell the channel's state if it is another one; keep the pool of idle circuits."""
        now = self._channel_state()
        if now == CHANNEL_IDLE and not self.failed:
            self.core.pool.add(self.cic)
        else:
            self.core.pool.remove(self.cic)
        if now != self.reported:
            self.reported = now
            self.core.happened.append(ChannelChanged(self.cic, now))

    def _channel_state(self) -> int:
        if self.failed:
            return CHANNEL_OUT_OF_SERVICE
        if self.state == RESETTING:
            return CHANNEL_RESTARTING
        if self.state in TESTS:
            return CHANNEL_TESTING
        if self.state != NULL:
            return CHANNEL_BUSY
        if self.local:
            return CHANNEL_BLOCKED_BOTH if self.remote else CHANNEL_BLOCKED_HERE
        return CHANNEL_BLOCKED_THERE if self.remote else CHANNEL_IDLE

    def want_check(self, mode: int) -> None:
        """Ask the board for a tone or a loop."""
        self.check = True
        self.core.happened.append(ContinuityCheck(self.cic, mode))

    def end_check(self) -> None:
        """The board needs to check no more."""
        if self.check:
            self.check = False
            self.core.happened.append(ContinuityCheck(self.cic, CONTINUITY_OFF))

    # The end of a call

    def disconnected(self, cause: int, inband: bool) -> None:
        """The far end clears: say so at once, the release takes its time."""
        call = self.call
        if call is None:
            return
        if not inband:
            call.clearing(cause, self.core.far_location, False)
        self.core.happened.append(
            CallDisconnected(call.handle, cause, self.core.far_location, inband)
        )

    def end_call(self, cause: int, location: int, local: bool) -> None:
        """The call is over; the circuit may go on with its own affairs."""
        call = self.call
        self.call = None
        self.gone = False
        if call is None:
            return
        call.clearing(cause, location, local)
        call.circuit = None
        self.core.calls.pop(call.handle, None)
        if call.offered:
            self.core.happened.append(
                CallReleased(call.handle, self.cic, call.cause, call.location, call.local)
            )

    def test_done(self, ok: bool) -> None:
        """Tell the application what its continuity check found, once."""
        if self.testing:
            self.testing = False
            self.core.happened.append(ContinuityDone(self.cic, ok))

    def tidy(self) -> None:
        """Timers, checks and flags as at the beginning; blocking stays."""
        self.test_done(False)
        if self.timers:
            self.stop_all()
        self.end_check()
        self.backward = False
        self.failed = False
        self.group = False

    def idle(self) -> None:
        """Back to the beginning."""
        self.tidy()
        self.enter(NULL)

    def detach(self) -> Call | None:
        """Take the call off the circuit: it goes to another one."""
        call = self.call
        self.call = None
        self.gone = False
        if call is not None:
            call.circuit = None
        return call


def unexpected(circuit: Circuit, message: TupMessage, now: int) -> None:
    """A message that makes no sense now is passed over (Q.724 6)."""
    circuit.core.fault(
        "unexpected_message",
        f"{message.name} on circuit {circuit.cic} in state {circuit.state}",
        "Q.724 6",
        message.octets,
    )
