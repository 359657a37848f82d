"""What the services of an interface share: invocations under way, their time, the way out.

An *asking* is one service that we have asked the network for: its machine is drawn in
services_transfer or services_deflection.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call_services import NO_ANSWER, DeflectionDone, TransferDone
from ..fsm import Machine, ignored
from .elements import FACILITY
from .elements_base import framed
from .q931_call import NEVER, Call, Layer3
from .q931_states import NULL, RELEASE_REQUEST
from .rose import INVOKE, REJECT, Component, code_name, problem_name
from .services_config import RELEASE_LINK, ServiceTimer
from .services_operations import error_name

FACILITY_OCTET: Final = b"\x62"
_ROSE: Final = b"\x91"
_RLT_HEADER: Final = b"\x11\xbe"
"""Protocol profile without extension bit, and Nortel's service identifier 0x3E."""
MOST_INVOKE: Final = 0x7FFF
MOST_CONTENTS: Final = 255
"""Octets of one information element."""
MESSAGE_HEADER: Final = 5
"""Protocol discriminator, call reference of two octets, message type."""
NORMAL_CLEARING: Final = 16

END: Final = 0
END_NAME: Final = "Idle"
"""State of an asking that has not begun or is over."""

# Inputs of an asking.
RESULT: Final = 0
REFUSED: Final = 1
HELD: Final = 2
HOLD_REFUSED: Final = 3
RETRIEVED: Final = 4
RETRIEVE_REFUSED: Final = 5
TIMEOUT: Final = 6
LEFT: Final = 7
REQUEST: Final = 8
LINK_BACK: Final = 9

INPUT_NAMES: Final = {
    REQUEST: "request",
    RESULT: "return result",
    REFUSED: "return error or reject",
    HELD: "HOLD ACKNOWLEDGE",
    HOLD_REFUSED: "HOLD REJECT",
    RETRIEVED: "RETRIEVE ACKNOWLEDGE",
    RETRIEVE_REFUSED: "RETRIEVE REJECT",
    TIMEOUT: "timer",
    LEFT: "a call of it ended",
    LINK_BACK: "DL-ESTABLISH",
}


_NOTHING: Final = ignored("X.229: nothing is under way")
IDLE_ROW: Final = dict.fromkeys(INPUT_NAMES, _NOTHING)
UNDER_WAY: Final = ignored(
    "X.229: a request is under way, the next one is refused before it begins"
)


class Asking:
    """A service that we have asked for. ``call``: the one its invocation is sent on; ``other``:
    the second of a transfer or None. ``id``: invoke identifier that waits for its answer, 0 none;
    ``asked``: the call that it went out on. ``told``: the application knows the outcome."""

    def __init__(self, machine: Machine, base: ServiceBase, call: Call, other: Call | None) -> None:
        self.machine: Final = machine
        self.base: Final = base
        self.call: Final = call
        self.other: Final = other
        self.state: int = END
        self.operation: bytes = b""
        self.argument: bytes = b""
        """What is asked with one invoke, where one will do."""
        self.id: int = 0
        self.asked: int = 0
        self.deadline: int = NEVER
        self.first: int = call.handle
        self.second: int = other.handle if other is not None else 0
        """The handles in the order in which the application named them."""
        self.told: bool = False
        self.error: str = ""
        """Why it failed, while that is still being mended (RETRIEVE)."""
        self.again: bool = False
        """RETRIEVE was sent more than once: the first may have been served."""

    def of(self, handle: int) -> bool:
        """Is it about this call?"""
        return handle == self.call.handle or (
            self.other is not None and handle == self.other.handle
        )

    def start(self, timer: ServiceTimer, now: int) -> None:
        """Start its timer, or start it anew."""
        self.deadline = now + timer.duration
        self.base.arm()

    def invoke(self, call: Call, operation: bytes, argument: bytes, id: int = 0) -> None:
        """Send an invoke on ``call``; its answer is this asking's. ``id`` 0: any will do."""
        self.id = id or self.base.next_invoke()
        self.asked = call.handle
        self.base.send(call, Component(INVOKE, self.id, operation, argument).octets)

    def serve(self, input_: int, component: Component | None, now: int) -> None:
        """An input: as the machine is drawn."""
        before = self.state
        cell = self.machine.cells[before][input_]
        if cell is not None and cell.method is not None:
            cell.method(self, component, now)
            self.machine.check(before, input_, self.state)
        if self.state == END:
            self.base.forget(self)

    def tell(self, error: str) -> None:
        """Tell the application the outcome, once; ``error`` "": it was carried out."""
        if self.told:
            return
        self.told = True
        happened = self.base.layer3.happened
        if self.other is None:
            happened.append(DeflectionDone(self.first, not error, error))
        else:
            happened.append(TransferDone(self.first, self.second, not error, error))

    def over(self, error: str) -> None:
        """It has ended, and that is told."""
        self.tell(error)
        self.deadline = NEVER
        self.state = END


def why(component: Component | None) -> str:
    """What a return error or a reject says, in words."""
    if component is None:
        return "the network refused"
    if component.kind == REJECT:
        problem = problem_name(component.problem_class, component.problem)
        return f"the network rejected the request: {problem}"
    named = error_name(component.operation)
    return f"the network refused: {named or 'error ' + code_name(component.operation)}"


def left_early(asking: Asking) -> str:
    """A call ended before the network answered, in words."""
    which = "the call" if asking.other is None else "a call of the transfer"
    return f"{which} ended before the network answered"


# Drawn inputs that are alike in transfer and deflection.


def refused(asking: Asking, component: Component | None, now: int) -> None:
    """Return error or reject: the calls stay as they are."""
    asking.over(why(component))


def unanswered(asking: Asking, component: Component | None, now: int) -> None:
    """The timer ran out."""
    asking.over(NO_ANSWER)


def left(asking: Asking, component: Component | None, now: int) -> None:
    """A call of it ended before the network answered."""
    asking.over(left_early(asking))


class ServiceBase:
    """Invocations and timers of one interface's services."""

    def __init__(self, layer3: Layer3, key: int) -> None:
        self.layer3: Final = layer3
        self.key: Final = key
        """Of its timer among those of the interface (Layer3.deadlines)."""
        self.askings: Final[list[Asking]] = []
        self.unsettled: Final[set[int]] = set()
        """Calls whose HOLD was given up, and may still be acknowledged."""
        self.last_invoke: int = 0
        self.nortel: Final[bool] = layer3.config.transfer == RELEASE_LINK

    def next_invoke(self) -> int:
        """An invoke identifier: 1 to 32767, over and over."""
        self.last_invoke = 1 if self.last_invoke == MOST_INVOKE else self.last_invoke + 1
        return self.last_invoke

    def element(self, components: bytes) -> bytes:
        """A Facility element with these components, in the variant's protocol profile."""
        return framed(FACILITY, (_RLT_HEADER if self.nortel else _ROSE) + components)

    def send(self, call: Call, components: bytes) -> None:
        """FACILITY on the call; none once RELEASE was sent, as the far end has the call no more."""
        if call.state not in (NULL, RELEASE_REQUEST):
            call.send(FACILITY_OCTET, self.element(components))

    def fits(self, operation: bytes, argument: bytes) -> bool:
        """Does one FACILITY hold this invoke (4.5.1: 255 octets an element; Q.921: N201)?"""
        header = _RLT_HEADER if self.nortel else _ROSE
        octets = Component(INVOKE, MOST_INVOKE, operation, argument).octets
        contents = len(header) + len(octets)
        most = self.layer3.config.link.n201 - MESSAGE_HEADER - 2
        return contents <= min(MOST_CONTENTS, most)

    def asking_of(self, handle: int) -> Asking | None:
        """The asking that a call takes part in."""
        for asking in self.askings:
            if asking.of(handle):
                return asking
        return None

    def begin(self, asking: Asking, now: int) -> None:
        """It is under way from now on; LocalError, and it is not, when it cannot be sent."""
        self.askings.append(asking)
        try:
            asking.serve(REQUEST, None, now)
        except LocalError:
            asking.state = END
            self.forget(asking)
            raise

    def forget(self, asking: Asking) -> None:
        """It is over."""
        if asking in self.askings:
            self.askings.remove(asking)
        self.arm()

    def earliest(self) -> int:
        """When the first timer ends, or NEVER."""
        earliest = NEVER
        for asking in self.askings:
            earliest = min(earliest, asking.deadline)
        return earliest

    def arm(self) -> None:
        """The interface's timer for all of the services."""
        earliest = self.earliest()
        if earliest == NEVER:
            self.layer3.deadlines.pop(self.key, None)
        else:
            self.layer3.start_timer(self.key, earliest)
