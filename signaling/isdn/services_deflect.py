"""We ask the network to send an offered call elsewhere: the user's side of EN 300 207-1.

CallRerouteing is for private exchanges (T reference point): it carries what the network needs to
make the call anew. CallDeflection is for terminals. The network then clears the call to us.

Each function is one drawn input of an Asking; the drawing is the table below.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..call import PartyNumber
from ..fsm import Machine, handled, ignored
from .elements import (
    BEARER_CAPABILITY,
    FACILITY,
    HIGH_LAYER_COMPATIBILITY,
    LOW_LAYER_COMPATIBILITY,
    REDIRECTING_NUMBER,
    USER_USER,
    Facility,
    Malformed,
)
from .messages import Message, decode
from .q931_call import Call
from .rose import INVOKE, PROFILES, Component, read_element
from .rose_address import can_be_sent
from .services_base import (
    END,
    END_NAME,
    HELD,
    HOLD_REFUSED,
    IDLE_ROW,
    INPUT_NAMES,
    LEFT,
    LINK_BACK,
    NORMAL_CLEARING,
    REFUSED,
    REQUEST,
    RESULT,
    RETRIEVE_REFUSED,
    RETRIEVED,
    TIMEOUT,
    UNDER_WAY,
    Asking,
    ServiceBase,
    left,
    refused,
    unanswered,
)
from .services_config import DEFLECTION, T_CLEARING, T_DIVERSION
from .services_operations import (
    CALL_DEFLECTION,
    CALL_REROUTEING,
    DIVERSIONS_EXCEEDED,
    DIVERTING_LEG_2,
    MOST_DIVERSIONS,
    Diversion,
    deflection_argument,
    error_name,
    read_diversions,
    rerouteing_argument,
)

DEFLECTING: Final = 1
DEFLECTED: Final = 2
STATE_NAMES: Final = {END: END_NAME, DEFLECTING: "Deflection requested", DEFLECTED: "Deflected"}

_CARRIED: Final = (
    BEARER_CAPABILITY,
    LOW_LAYER_COMPATIBILITY,
    HIGH_LAYER_COMPATIBILITY,
    USER_USER,
)
"""Elements of SETUP that CallRerouteing hands back to the network."""
_NEEDED: Final = (BEARER_CAPABILITY, LOW_LAYER_COMPATIBILITY, HIGH_LAYER_COMPATIBILITY)
"""Those that go when there is no room for what the caller says."""


def begin(
    base: ServiceBase, call: Call, number: PartyNumber, reason: int, shown: int, now: int
) -> None:
    """Ask. ``call.setup`` is the SETUP that offered the call; ``shown``: the subscription option of
    CallRerouteing, what the caller may learn. LocalError when it cannot be sent."""
    if base.layer3.config.deflection == DEFLECTION:
        operation, argument = CALL_DEFLECTION, deflection_argument(number, shown > 0)
    else:
        operation = CALL_REROUTEING
        setup = decode(call.setup)
        argument = rerouteing_argument(_diversion(setup, number, reason, shown, _CARRIED))
        if not base.fits(operation, argument):
            argument = rerouteing_argument(_diversion(setup, number, reason, shown, _NEEDED))
    if not base.fits(operation, argument):
        raise LocalError("the request to the network would not fit into one message")
    asking = Asking(DEFLECT, base, call, None)
    asking.operation, asking.argument = operation, argument
    base.begin(asking, now)


def _diversion(
    setup: Message, number: PartyNumber, reason: int, shown: int, carried: tuple[int, ...]
) -> Diversion:
    """What CallRerouteing says: the counter, who diverts, and the elements of SETUP."""
    called = setup.called()
    last = called.party() if called is not None else None
    if last is not None and not can_be_sent(last):
        last = None
    found = [setup.first[id] for id in carried if id in setup.first]
    elements = b"".join([one.octets for one in found if not isinstance(one, Malformed)])
    return Diversion(number, reason, _counter(setup), last, elements, shown)


def _counter(setup: Message) -> int:
    """How often the call was diverted, this time counted: DivertingLegInformation2 of SETUP says
    it, else its redirecting numbers do. LocalError when it may not be once more."""
    before = len(setup.find_all(REDIRECTING_NUMBER))
    for element in setup.find_all(FACILITY):
        if isinstance(element, Facility) and element.profile in PROFILES:
            for component in read_element(element.octets).found:
                if component.kind == INVOKE and component.operation == DIVERTING_LEG_2:
                    before = max(before, read_diversions(component.argument) or 0)
    if before >= MOST_DIVERSIONS:
        raise LocalError(f"{error_name(DIVERSIONS_EXCEEDED)}: the call was diverted {before} times")
    return before + 1


def deflection_request(asking: Asking, component: Component | None, now: int) -> None:
    """EN 300 207-1: the invoke; before it CALL PROCEEDING if nothing has answered SETUP yet, as the
    first answer names the channel."""
    layer3 = asking.base.layer3
    if asking.call.state == layer3.taking:
        layer3.proceed(asking.call.handle, now)
    asking.invoke(asking.call, asking.operation, asking.argument)
    asking.start(T_DIVERSION, now)
    asking.state = DEFLECTING


def deflected(asking: Asking, component: Component | None, now: int) -> None:
    """The network calls the number. It clears our call; if it does not, we do."""
    asking.tell("")
    asking.start(T_CLEARING, now)
    asking.state = DEFLECTED


def cleared(asking: Asking, component: Component | None, now: int) -> None:
    """The network cleared the call to us."""
    asking.over("")


def not_cleared(asking: Asking, component: Component | None, now: int) -> None:
    """The network left the clearing to us."""
    asking.over("")
    asking.base.layer3.clear(asking.call.handle, NORMAL_CLEARING, now)


_NO_HOLD: Final = ignored("Q.932 6.2: a call that is offered is not held")
_NOT_ASKED: Final = ignored("X.229: nothing waits for an answer")
_OUTLIVED: Final = ignored("Q.931 5.8.9: what was asked may still be answered")

DEFLECT: Final = Machine(
    "Deflection by the network, user side",
    STATE_NAMES,
    INPUT_NAMES,
    {
        END: IDLE_ROW
        | {REQUEST: handled(deflection_request, "EN 300 207-1 9.2.5, 10", DEFLECTING)},
        DEFLECTING: {
            REQUEST: UNDER_WAY,
            RESULT: handled(deflected, "EN 300 207-1 9.2.5, 10", DEFLECTED),
            REFUSED: handled(refused, "EN 300 207-1 9.2.5, 10", END),
            HELD: _NO_HOLD,
            HOLD_REFUSED: _NO_HOLD,
            RETRIEVED: _NO_HOLD,
            RETRIEVE_REFUSED: _NO_HOLD,
            TIMEOUT: handled(unanswered, "EN 300 207-1 13", END),
            LEFT: handled(left, "EN 300 207-1 9.2.5, 10", END),
            LINK_BACK: _OUTLIVED,
        },
        DEFLECTED: {
            REQUEST: UNDER_WAY,
            RESULT: _NOT_ASKED,
            REFUSED: _NOT_ASKED,
            HELD: _NO_HOLD,
            HOLD_REFUSED: _NO_HOLD,
            RETRIEVED: _NO_HOLD,
            RETRIEVE_REFUSED: _NO_HOLD,
            TIMEOUT: handled(not_cleared, "EN 300 207-1 9.2.5, 10", END),
            LEFT: handled(cleared, "EN 300 207-1 9.2.5, 10", END),
            LINK_BACK: _OUTLIVED,
        },
    },
)
