"""Q.931 call control of one primary rate interface, user or network side, no I/O.

The calls' machine is drawn in q931_table; the global call reference's in q931_restart. This is
the protocol control around them: it finds the call that an input is for, looks the input up and
lets it happen.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import (
    CHANNEL_OUT_OF_SERVICE,
    CallReleased,
    CallRequest,
    KeptCall,
    PartyNumber,
    SignallingEvent,
)
from ..fsm import Cell, Machine, ignored
from . import q931_adopt as adoption
from . import q931_restart as restart
from . import q931_states as s
from .elements import FACILITY
from .messages import HeaderError, Message, decode
from .q931_call import LINK_DOWN, LINK_UP, NEVER, Call, Layer3, user_user_octets
from .q931_config import PriConfig, check_place
from .q931_faults import OUT_OF_ORDER, answer_optional, examine
from .q931_maintenance import MAINTENANCE_KEY, Maintenance, is_service
from .q931_negotiation import NO_CIRCUIT, REQUESTED_NOT_AVAILABLE
from .q931_outgoing import setup_elements
from .q931_services import SERVICES_KEY, Services
from .q931_table import NETWORK, USER

HEADER_FAULTS: Final = ("", "protocol_discriminator", "too_short", "call_reference_format")
MOST_REFERENCES: Final = 0x7FFF


def _rows(machine: Machine) -> list[list[Cell]]:
    nothing = ignored("no such state")
    return [[cell or nothing for cell in row] for row in machine.cells]


_USER_CELLS: Final = _rows(USER)
_NETWORK_CELLS: Final = _rows(NETWORK)


class CallControl(Layer3):
    """Layer 3 of a D-channel. After any method take ``take_units`` (DL-DATA requests) and events.

    Requests raise LocalError when the call does not exist or its state forbids them. A call that
    is placed while the link is down or no channel is free is released at once, cause 27 or 34.
    """

    def __init__(self, config: PriConfig) -> None:
        super().__init__(config)
        self.machine: Final = NETWORK if config.network else USER
        self.cells: Final = _NETWORK_CELLS if config.network else _USER_CELLS
        self.asking: Final = restart.GlobalReference(self, 0)
        self.asked: Final = restart.GlobalReference(self, 1)
        self.maintenance: Final = Maintenance(self)
        self.services: Final = Services(self)
        self.last_handle: int = 0
        self.last_reference: int = 0
        self.starts: int = 0
        """Times that the link came up."""

    # From the data link

    def receive(self, octets: bytes, now: int) -> None:
        """DL-DATA INDICATION: a message."""
        try:
            message = decode(octets)
        except HeaderError as broken:
            if self.config.variant.maintenance and is_service(octets):
                self.maintenance.receive(octets, now)
                return
            self.fault(HEADER_FAULTS[broken.kind], str(broken), broken.clause, octets)
            return
        reference = message.call_reference
        if reference == 0:
            self._receive_global(message, now)
            return
        type = message.type
        input_ = s.INPUT_OF_TYPE[type] if type < 0x100 else s.UNRECOGNIZED
        found = self.references.get(reference if message.flag else reference | 0x8000)
        call = found if found is not None else self._stranger(message, input_)
        state = call.state
        if state != s.NULL:
            if input_ == s.UNRECOGNIZED:
                if self.services.takes(call, message, now):
                    return
            elif FACILITY in message.first:
                # Of a message that is not known nothing is served (5.8.4).
                self.services.receive(call, message, now)
        cell = self.cells[state][input_]
        method = cell.method
        if method is None:
            return
        if message.clean or cell.kind != "handled":
            method(call, message, now)
        elif not self._receive_faulty(call, message, cell, now):
            return
        after = call.state
        if after != state or self.machine.strict:
            self.machine.check(state, input_, after)
        if state == s.NULL and after != s.NULL and FACILITY in message.first:
            self.services.receive(call, message, now)

    def call_left(self, handle: int) -> None:
        """A call has ended: its services end too."""
        self.services.left(handle)

    def _receive_faulty(self, call: Call, message: Message, cell: Cell, now: int) -> bool:
        """A message with something wrong in it (5.8.5 to 5.8.7). False: it was not served."""
        answer = examine(call, message)
        if answer < 0:
            return False
        assert cell.method is not None
        cell.method(call, message, now)
        if answer:
            answer_optional(call, message, answer)
        return True

    def _stranger(self, message: Message, input_: int) -> Call:
        """A call in the Null state, for a call reference that is not in use."""
        if input_ != s.SETUP:
            return Call(self, 0, message.call_reference, 1 - message.flag)
        self.last_handle += 1
        return Call(self, self.last_handle, message.call_reference, 1 - message.flag)

    def _receive_global(self, message: Message, now: int) -> None:
        if message.reference_octets == 0:
            return  # the dummy call reference: supplementary services, none of which is offered
        machine = self.asking if message.flag else self.asked
        input_ = restart.input_of(message, message.flag == 1)
        if input_ != restart.OTHER and not restart.examine(machine, message):
            return
        before = machine.state
        method = restart.GLOBAL.table[before][input_].method
        if method is not None:
            method(machine, message, now)
            restart.GLOBAL.check(before, input_, machine.state)

    def link_up(self, now: int) -> None:
        """DL-ESTABLISH after the link was down."""
        self.link = LINK_UP
        self.starts += 1
        self._to_all(s.DL_RECOVERED, now)
        if self.starts == 1 and (self.config.restart_on_start or self.adopted):
            adoption.restart_others(self.asking, now)
        elif self.config.restart_maintenance:
            self._restart_withdrawn()
        self._to_restart(restart.LINK_BACK, now)
        self.services.link_back(now)
        self.maintenance.begin(now)

    def _restart_withdrawn(self) -> None:
        """A far end that did not answer RESTART may do so after the link was down."""
        state = self.channels.state
        out = [n for n in self.config.channels if state[n] == CHANNEL_OUT_OF_SERVICE]
        if out:
            restart.begin(self.asking, tuple(out))

    def link_reset(self, now: int) -> None:
        """DL-ESTABLISH INDICATION while the link was up: messages may be lost (5.8.8)."""
        self._to_all(s.DL_RESET, now)
        self._to_restart(restart.LINK_BACK, now)
        self.services.link_back(now)

    def link_begun_anew(self, now: int) -> None:
        """The far end sent SABME while the link was up (MDL-ERROR F): it may have started anew.

        Where nothing of ours was lost, layer 3 gets no DL-ESTABLISH (Figure B-7), and calls that
        the far end has forgotten would stay for ever; so their state is asked for (5.8.10).
        """
        if not self.config.enquire:
            return
        for call in [*self.calls.values()]:
            if call.state not in (self.placing, self.taking, s.RELEASE_REQUEST):
                self._serve(call, s.STATUS_ENQUIRY_REQ, now)

    def link_down(self, now: int) -> None:
        """DL-RELEASE INDICATION (5.8.9)."""
        self.link = LINK_DOWN
        self.units.clear()
        self._to_all(s.DL_FAILURE, now)
        self._to_restart(restart.LINK_LOST, now)
        self.maintenance.link_lost()

    def _to_all(self, input_: int, now: int) -> None:
        for call in [*self.calls.values()]:
            self._serve(call, input_, now)

    def _to_restart(self, input_: int, now: int) -> None:
        machine = self.asking
        before = machine.state
        method = restart.GLOBAL.table[before][input_].method
        if method is not None:
            method(machine, now)
            restart.GLOBAL.check(before, input_, machine.state)

    def _serve(self, call: Call, input_: int, now: int) -> None:
        """An input that brings nothing with it: a timer, the data link."""
        state = call.state
        method = self.cells[state][input_].method
        if method is not None:
            method(call, now)
            self.machine.check(state, input_, call.state)

    # Time

    def next_timeout(self) -> int:
        """When ``handle_timeout`` wants to be called (ns), or NEVER. It may then have nothing."""
        return self.earliest if self.deadlines else NEVER

    def handle_timeout(self, now: int) -> None:
        """Let every timer that is due expire, the earliest first."""
        if now < self.earliest:
            return
        due = [(deadline, key) for key, deadline in self.deadlines.items() if deadline <= now]
        due.sort()
        for deadline, key in due:
            if self.deadlines.get(key, NEVER) == deadline:
                del self.deadlines[key]
                self._expire(key, now)
        self.earliest = min(self.deadlines.values(), default=NEVER)
        if self.unrestarted and self.config.restart_maintenance:
            channels = tuple(self.unrestarted)
            self.unrestarted.clear()
            self.restart(channels, now)

    def _expire(self, key: int, now: int) -> None:
        handle = key >> 5
        number = key & 31
        if handle == 0 and number == MAINTENANCE_KEY:
            self.maintenance.expired(now)
            return
        if handle == 0 and number == SERVICES_KEY:
            self.services.expired(now)
            return
        if handle == 0:
            self._to_restart(restart.T316_EXPIRY, now)
            return
        call = self.calls[handle]
        call.timers &= ~(1 << number)
        self._serve(call, s.EXPIRY_INPUT[number], now)

    # What is to be taken

    def take_units(self) -> list[bytes]:
        """Take the DL-DATA requests, in order."""
        units = self.units
        self.units = []
        return units

    def events(self) -> list[SignallingEvent]:
        """Take what happened, in order."""
        happened = self.happened
        self.happened = []
        self.channels.events = self.happened
        return happened

    # Requests

    def place(self, request: CallRequest, now: int) -> int:
        """Place a call (5.1, 5.2); its handle."""
        if self.draining:
            raise LocalError("the trunk is being drained: no call can be placed")
        check_place(request.channel, self.config.channels)
        channels = self.channels
        channel = request.channel
        if not channel or not (request.exclusive or channels.is_idle(channel)):
            channel = channels.choose()
        octets = setup_elements(self, request, channel)
        self.last_handle += 1
        handle = self.last_handle
        if self.link != LINK_UP:
            return self._failed(handle, OUT_OF_ORDER)
        if not channels.is_idle(channel):
            return self._failed(handle, REQUESTED_NOT_AVAILABLE if channel else NO_CIRCUIT)
        call = Call(self, handle, self._free_reference(), 0)
        call.register()
        channels.seize(channel, handle)
        call.channel = channel
        call.exclusive = request.exclusive
        call.called = request.called
        call.setup = octets
        method = self.cells[s.NULL][s.SETUP_REQ].method
        assert method is not None
        method(call, now)
        self.machine.check(s.NULL, s.SETUP_REQ, call.state)
        return handle

    def _failed(self, handle: int, cause: int) -> int:
        self.happened.append(CallReleased(handle, 0, cause, self.location, True))
        return handle

    def _free_reference(self) -> int:
        reference = self.last_reference
        while True:
            reference = 1 if reference == MOST_REFERENCES else reference + 1
            if reference not in self.references:
                self.last_reference = reference
                return reference

    def send_digits(
        self, handle: int, digits: str, complete: bool, now: int, keypad: str = ""
    ) -> None:
        """More digits of an overlap call; keypad characters of an active one."""
        call = self._call(handle)
        cell = self._permitted(call, s.INFO_REQ)
        before = call.state
        if cell.method is not None:
            cell.method(call, digits, complete, keypad, now)
            self.machine.check(before, s.INFO_REQ, call.state)

    def want_digits(self, handle: int, now: int) -> None:
        """Incoming: SETUP ACKNOWLEDGE."""
        self._simple(handle, s.MORE_INFO_REQ, now)

    def proceed(self, handle: int, now: int) -> None:
        """Incoming: CALL PROCEEDING, unless that was sent already."""
        self._simple(handle, s.PROCEEDING_REQ, now)

    def enquire(self, handle: int, now: int) -> None:
        """STATUS ENQUIRY (5.8.10)."""
        self._simple(handle, s.STATUS_ENQUIRY_REQ, now)

    def _simple(self, handle: int, input_: int, now: int) -> None:
        call = self._call(handle)
        cell = self._permitted(call, input_)
        before = call.state
        if cell.method is not None:
            cell.method(call, now)
            self.machine.check(before, input_, call.state)

    def progress(self, handle: int, indicator: int, now: int) -> None:
        """Incoming: PROGRESS with this description."""
        self._with_number(handle, s.PROGRESS_REQ, indicator, now)

    def notify(self, handle: int, indicator: int, now: int) -> None:
        """NOTIFY."""
        self._with_number(handle, s.NOTIFY_REQ, indicator, now)

    def _with_number(self, handle: int, input_: int, number: int, now: int) -> None:
        call = self._call(handle)
        cell = self._permitted(call, input_)
        before = call.state
        if cell.method is not None:
            cell.method(call, number, now)
            self.machine.check(before, input_, call.state)

    def alert(self, handle: int, inband: bool, now: int) -> None:
        """Incoming: ALERTING."""
        call = self._call(handle)
        cell = self._permitted(call, s.ALERTING_REQ)
        before = call.state
        if cell.method is not None:
            cell.method(call, inband, now)
            self.machine.check(before, s.ALERTING_REQ, call.state)

    def answer(self, handle: int, now: int, connected: PartyNumber | None = None) -> None:
        """Incoming: CONNECT, with a connected number if one is given."""
        call = self._call(handle)
        cell = self._permitted(call, s.SETUP_RESP)
        before = call.state
        if cell.method is not None:
            cell.method(call, connected, now)
            self.machine.check(before, s.SETUP_RESP, call.state)

    def clear(self, handle: int, cause: int, now: int, user_user: bytes = b"") -> None:
        """End or refuse the call; nothing happens where it is being cleared already."""
        if not 1 <= cause <= 127:
            raise LocalError(f"cause {cause} does not exist; Q.850 has 1 to 127")
        call = self._call(handle)
        if user_user:
            call.user_user = user_user_octets(user_user)
        self._with_number(handle, s.DISCONNECT_REQ, cause, now)

    def send_user_information(self, handle: int, data: bytes, now: int) -> None:
        """User-user information: at once when active, else with ALERTING or CONNECT."""
        call = self._call(handle)
        cell = self._permitted(call, s.USER_INFO_REQ)
        before = call.state
        if cell.method is not None:
            cell.method(call, data, now)
            self.machine.check(before, s.USER_INFO_REQ, call.state)

    def restart(self, channels: tuple[int, ...], now: int) -> None:
        """RESTART (5.5.1); () means the whole interface."""
        for channel in channels:
            check_place(channel, self.config.channels)
        restart.begin(self.asking, tuple(sorted(set(channels))))
        if self.link == LINK_UP and self.asking.state == restart.REST0:
            self._to_restart(restart.RESTART_REQ, now)

    def block(self, channels: tuple[int, ...], now: int) -> None:
        """Take B-channels out of service: SERVICE for each; BlockingDone follows. () means all."""
        self._change_service(channels, True, now)

    def unblock(self, channels: tuple[int, ...], now: int) -> None:
        """Put them back."""
        self._change_service(channels, False, now)

    def lose(self, channels: tuple[int, ...], lost: bool) -> None:
        """The span of these channels is lost, or back: no call gets them; their calls stay."""
        for channel in channels:
            check_place(channel, self.config.channels)
            self.channels.lose(channel, lost)

    def _change_service(self, channels: tuple[int, ...], on: bool, now: int) -> None:
        if not self.config.variant.maintenance:
            raise LocalError(
                f"variant {self.config.variant.name!r} has no SERVICE messages: channels cannot be "
                "blocked towards the far end"
            )
        for channel in channels:
            check_place(channel, self.config.channels)
        which = tuple(sorted(set(channels))) or self.config.channels
        self.maintenance.change(which, on, now)

    def drain(self, on: bool, now: int) -> None:
        """While on, calls are neither taken (cause 42) nor placed."""
        self.draining = on

    def keep(self, handle: int) -> KeptCall | None:
        """What a new process needs to go on with the call; None: it is not active."""
        return adoption.keep(self, handle)

    def adopt(self, kept: KeptCall, now: int) -> int:
        """A call of a process that is no more, before the link was ever up; its handle."""
        if self.starts:
            raise LocalError("the link has been up: calls are adopted before the start")
        handle = self.last_handle + 1
        adoption.adopt(self, handle, kept, now)
        self.last_handle = handle
        self.last_reference = adoption.last_reference(self)
        return handle

    def _call(self, handle: int) -> Call:
        call = self.calls.get(handle)
        if call is None:
            raise LocalError(f"there is no call {handle}")
        return call

    def _permitted(self, call: Call, input_: int) -> Cell:
        cell = self.cells[call.state][input_]
        if cell.kind == "error":
            raise LocalError(
                f"call {call.handle} is in state {call.state}, {s.STATE_NAMES[call.state]}: "
                f"no {s.INPUT_NAMES[input_]} now"
            )
        return cell
