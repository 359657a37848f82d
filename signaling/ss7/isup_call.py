"""A call's machine and what all machines of one destination share: timers, the way out, events.

The drawn inputs are functions of a Call in isup_outgoing, isup_incoming, isup_active and
isup_clearing; the drawing itself is the table in isup_call_table.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import (
    CONTINUITY_OFF,
    CallReleased,
    CallRequest,
    ContinuityCheck,
    ProtocolFault,
    RestartDone,
    SignallingEvent,
    UserInformation,
)
from .circuit_timers import NEVER, CircuitTimers
from .isup_circuits import Circuit, Circuits
from .isup_config import T1, T5, IsupConfig
from .isup_messages import IsupMessage
from .isup_parameters_base import (
    AUTOMATIC_CONGESTION_LEVEL,
    OCTET,
    USER_TO_USER_INFORMATION,
)
from .isup_parameters_cause import Cause
from .isup_parameters_number import Number
from .isup_states import CALL_TIMERS, IDLE, WAIT_RLC

RLC_OCTETS: Final = b"\x10\x00"
RSC_OCTET: Final = b"\x12"
BLO_OCTET: Final = b"\x13"
UBL_OCTET: Final = b"\x14"
BLA_OCTET: Final = b"\x15"
UBA_OCTET: Final = b"\x16"

NORMAL_CLEARING: Final = 16
NO_ANSWER: Final = 19
DESTINATION_OUT_OF_ORDER: Final = 27
ADDRESS_INCOMPLETE: Final = 28
NORMAL_UNSPECIFIED: Final = 31
NO_CIRCUIT: Final = 34
TEMPORARY_FAILURE: Final = 41
CONGESTION: Final = 42
NOT_AVAILABLE: Final = 44
BEARER_NOT_IMPLEMENTED: Final = 65

MOST_USER_USER: Final = 128
"""Octets of user information in one message (Q.763 3.60, Q.737)."""

SUSPENDED_THERE_NETWORK: Final = 1
SUSPENDED_THERE_USER: Final = 2
SUSPENDED_HERE_NETWORK: Final = 4
SUSPENDED_HERE_USER: Final = 8

COT_AWAITED: Final = 0
COT_PASSED: Final = 1
COT_FAILED: Final = 2


def optional_part(parameters: bytes) -> bytes:
    """The end of a message whose optional parameters are these: pointer, them, end (Q.763 1.6)."""
    return b"\x01" + parameters + b"\0" if parameters else b"\0"


def option(code: int, contents: bytes) -> bytes:
    """One optional parameter."""
    return OCTET[code] + OCTET[len(contents)] + contents


def user_user_octets(data: bytes) -> bytes:
    """User-to-user information (3.60), protocol discriminator 0, user specific; LocalError."""
    if not data:
        return b""
    if len(data) > MOST_USER_USER:
        raise LocalError(f"user-user information is {len(data)} octets; at most {MOST_USER_USER}")
    return option(USER_TO_USER_INFORMATION, b"\0" + data)


class Job:
    """A restart that was asked for here: ``left``, the CICs that are not reset yet."""

    __slots__ = ("channels", "left", "ok")

    def __init__(self, channels: tuple[int, ...]) -> None:
        self.channels: Final = channels
        self.left: Final = set(channels)
        self.ok: bool = True


class UserPart(CircuitTimers):
    """What the machines of one destination share.

    Keys of timers are (CIC, or 0x1000 + operation) << 6 | number. Of two that are due at the same
    time the one of the higher number comes first: the long one of a pair (T5, T13 … T23) stops the
    short one, whose message would go out twice.
    """

    def __init__(self, config: IsupConfig) -> None:
        super().__init__(True)
        self.config: Final = config
        self.duration: Final[list[int]] = config.durations
        self.happened: list[SignallingEvent] = []
        self.circuits: Final = Circuits(config, self.happened)
        self.calls: Final[dict[int, Call]] = {}
        """By handle."""
        self.units: list[tuple[int, bytes]] = []
        """MTP-TRANSFER requests: SLS, octets behind the label."""
        self.reachable: bool = False
        """MTP-PAUSE has not come since MTP-RESUME."""
        self.last_handle: int = 0
        self.draining: bool = False
        self.again: Final[list[IsupMessage]] = []
        """IAMs that get the circuit from which our call was backed off (2.9.1.4)."""
        self.broken: Final[list[Circuit]] = []
        """Circuits that the far end uses though their hardware failed here: CGB is said again."""
        self.overload: int = 0
        """Automatic congestion level that our REL messages bear (2.12), 0 for none."""
        self.count_to_check: int = config.continuity
        """Outgoing calls until the next continuity check."""
        self.counters: Final[dict[str, int]] = {}
        self.jobs: Final[list[Job]] = []
        """Restarts under way."""
        self.adopted: Final[list[int]] = []
        """CICs of adopted calls."""
        self.refuted: Final[list[Circuit]] = []
        """Circuits on which the far end has not the call that was adopted: to be reset."""
        self.steps: int = 0
        """Steps by which traffic is reduced for congestion (2.11)."""
        self.share: int = 0
        """Calls that the reduction has weighed, for every n-th to be refused."""
        self.rlc_cause: bytes = b""
        """Cause parameter for the RLC to the REL being served (2.9.5.3), or b""."""
        self.user_part: int = 0
        """0: available; else the STATUS_USER_ value with which MTP reported it (2.13)."""

    def count(self, what: str) -> None:
        """One more of these, for metrics."""
        self.counters[what] = self.counters.get(what, 0) + 1

    def fault(self, kind: str, text: str, clause: str, raw: bytes) -> None:
        """The far end broke the protocol, or does not answer: an event, and nothing more."""
        self.happened.append(ProtocolFault(kind, text, clause, raw))

    def send(self, circuit: Circuit, octets: bytes) -> None:
        """A message of this circuit, from its type on. While the destination cannot be reached
        MTP would discard it (Q.704 11.2.1)."""
        if self.reachable:
            self.units.append((circuit.sls, circuit.head + octets))

    def send_rlc(self, circuit: Circuit) -> None:
        """RLC, with the cause that a REL with unknown parameters asks for (2.9.5.3)."""
        cause = self.rlc_cause
        self.rlc_cause = b""
        self.send(circuit, b"\x10\x01" + cause + b"\0" if cause else RLC_OCTETS)

    def send_about(self, cic: int, octets: bytes) -> None:
        """A message that names a CIC which need not be one of our circuits."""
        if self.reachable:
            self.units.append((cic & 15, cic.to_bytes(2, "little") + octets))

    def reset_done(self, cic: int, ok: bool) -> None:
        """A circuit was reset, or maintenance was alerted since the far end does not answer."""
        for job in [*self.jobs]:
            if cic in job.left:
                job.left.discard(cic)
                job.ok = job.ok and ok
                if not job.left:
                    self.jobs.remove(job)
                    self.happened.append(RestartDone(job.channels, True, job.ok))

    # Timers of circuits

    def start_timer(self, circuit: Circuit, number: int, now: int) -> None:
        """Start or restart a timer of the circuit."""
        circuit.timers |= 1 << number
        self.start_key(circuit.cic << 6 | number, now + self.duration[number])

    def stop_timer(self, circuit: Circuit, number: int) -> None:
        """Stop a timer of the circuit if it runs."""
        if circuit.timers >> number & 1:
            circuit.timers &= ~(1 << number)
            del self.deadlines[circuit.cic << 6 | number]

    def stop_timers(self, circuit: Circuit, numbers: int) -> None:
        """Stop the timers whose bits are set in ``numbers``."""
        rest = circuit.timers & numbers
        circuit.timers &= ~numbers
        while rest:
            number = (rest & -rest).bit_length() - 1
            rest &= rest - 1
            del self.deadlines[circuit.cic << 6 | number]

    def stop_key(self, key: int) -> None:
        """Stop a timer that is no circuit's, if it runs."""
        self.deadlines.pop(key, NEVER)

    # Calls

    def new_handle(self) -> int:
        self.last_handle += 1
        return self.last_handle

    def check_wanted(self) -> bool:
        """Is this the one outgoing call in N before which continuity is checked?"""
        if not self.config.continuity:
            return False
        self.count_to_check -= 1
        if self.count_to_check > 0:
            return False
        self.count_to_check = self.config.continuity
        return True


class Call:
    """One call. It has a circuit from its beginning to its end; never two at a time."""

    __slots__ = (
        "adopted",
        "attempts",
        "bearer",
        "called",
        "cause",
        "checking",
        "circuit",
        "complete",
        "cot",
        "digits",
        "handle",
        "held",
        "iam",
        "local",
        "location",
        "offered",
        "part",
        "request",
        "setup",
        "state",
        "suspended",
        "user_user",
        "wire_cause",
    )

    def __init__(self, part: UserPart, circuit: Circuit, handle: int) -> None:
        self.part: Final = part
        self.circuit: Circuit = circuit
        self.handle: Final = handle
        self.state: int = IDLE
        self.offered: bool = False
        """The application knows the handle."""
        self.request: CallRequest | None = None
        """Outgoing: what is to be reached."""
        self.iam: bytes = b""
        """Outgoing: our IAM from its type on, without continuity check; b"": to be built anew."""
        self.called: Number | None = None
        """Incoming: the called party number of the IAM."""
        self.setup: IsupMessage | None = None
        """Incoming: the IAM."""
        self.held: IsupMessage | None = None
        """A message that waits for its segment (2.1.12)."""
        self.digits: str = ""
        """Of the called number, so far."""
        self.complete: bool = False
        """The number is complete, as far as we or they have said."""
        self.checking: int = CONTINUITY_OFF
        """What the circuit is prepared for now: a CONTINUITY_ value."""
        self.cot: int = COT_AWAITED
        """What COT said."""
        self.attempts: int = 0
        """Automatic repeat attempts made."""
        self.adopted: bool = False
        """Of a process that is no more; the far end has not said yet that it has the call too."""
        self.bearer: int = -1
        """Transfer capability that the call fell back to (2.5), -1: none."""
        self.suspended: int = 0
        """Who has suspended the call: SUSPENDED_ bits."""
        self.cause: int = 0
        """Why the call is being cleared; 0 while it is not."""
        self.location: int = 0
        self.local: bool = False
        """We began the clearing."""
        self.wire_cause: bytes = b""
        """Cause indicators of our REL, for its repetition."""
        self.user_user: bytes = b""
        """User-to-user parameter that waits for the next message that can carry it."""

    def start(self, number: int, now: int) -> None:
        """Start or restart T``number``."""
        self.part.start_timer(self.circuit, number, now)

    def stop(self, number: int) -> None:
        """Stop T``number`` if it runs."""
        circuit = self.circuit
        if circuit.timers >> number & 1:
            self.part.stop_timer(circuit, number)

    def send(self, octets: bytes) -> None:
        """A message on its circuit, from the type on."""
        self.part.send(self.circuit, octets)

    def take_user_user(self) -> bytes:
        """The user-to-user parameter that waits, if any; it goes with the message being built."""
        octets = self.user_user
        self.user_user = b""
        return octets

    def report_user_user(self, message: IsupMessage) -> None:
        """User-to-user information that rides in a message of the call."""
        octets = message.parameters.get(USER_TO_USER_INFORMATION)
        if octets and self.offered:
            self.part.happened.append(UserInformation(self.handle, octets[1:]))

    def set_check(self, mode: int) -> None:
        """Tell what the circuit is to be prepared for, if that is new."""
        if self.checking != mode:
            self.checking = mode
            self.part.happened.append(ContinuityCheck(self.circuit.cic, mode))

    # The end

    def register(self, circuit: Circuit) -> None:
        """The call has this circuit from now on."""
        self.circuit = circuit
        self.part.calls[self.handle] = self
        self.part.circuits.seize(circuit, self.handle)

    def clearing(self, cause: int, location: int, local: bool) -> None:
        """Remember why the call ends; the first reason is the one that counts."""
        if not self.cause:
            self.cause = cause
            self.location = location
            self.local = local

    def leave_circuit(self) -> Circuit:
        """Give the circuit back, its call timers stopped; the call goes on or ends elsewhere."""
        circuit = self.circuit
        if self.checking:
            self.set_check(CONTINUITY_OFF)
        if circuit.timers & CALL_TIMERS:
            self.part.stop_timers(circuit, CALL_TIMERS)
        self.held = None
        self.state = IDLE
        self.part.circuits.free(circuit)
        return circuit

    def end(self, cause: int, location: int, local: bool) -> None:
        """Idle: the circuit is free; reported if the application knows of the call."""
        self.clearing(cause, location, local)
        circuit = self.leave_circuit()
        part = self.part
        del part.calls[self.handle]
        if self.offered:
            part.happened.append(
                CallReleased(self.handle, circuit.cic, self.cause, self.location, self.local)
            )

    def abandon(self, cause: int, location: int, local: bool) -> None:
        """The end of a call that has left its circuit and gets no other."""
        self.clearing(cause, location, local)
        part = self.part
        del part.calls[self.handle]
        part.happened.append(
            CallReleased(self.handle, self.circuit.cic, self.cause, self.location, self.local)
        )

    def release(self, cause: int, now: int, diagnostics: bytes = b"", wire: int = 0) -> None:
        """REL, T1 and T5: wait for RLC (2.3). ``wire``: the cause value sent, if another."""
        part = self.part
        config = part.config
        self.clearing(cause, config.location, True)
        if self.checking:
            self.set_check(CONTINUITY_OFF)
        circuit = self.circuit
        if circuit.timers & CALL_TIMERS:
            part.stop_timers(circuit, CALL_TIMERS)
        self.held = None
        if diagnostics:
            octets = Cause(wire or cause, config.location, diagnostics).octets
        else:
            octets = OCTET[0x80 | config.location] + OCTET[0x80 | (wire or cause)]
        self.wire_cause = octets
        self.send_rel()
        part.start_timer(circuit, T1, now)
        part.start_timer(circuit, T5, now)
        self.state = WAIT_RLC

    def send_rel(self) -> None:
        """REL with the cause that was chosen (2.3; 2.12 for the congestion level)."""
        optional = self.user_user
        if self.part.overload:
            optional += option(AUTOMATIC_CONGESTION_LEVEL, OCTET[self.part.overload])
        octets = self.wire_cause
        pointer = OCTET[len(octets) + 2] if optional else b"\0"
        self.send(
            b"\x0c\x02"
            + pointer
            + OCTET[len(octets)]
            + octets
            + (optional + b"\0" if optional else b"")
        )
