"""We ask the network to join the far ends of two of our calls: the user's side of a transfer.

Explicit linkage: EctLinkIdRequest on one call, ExplicitEctExecute with its result on the other.
Implicit linkage: HOLD for one call, EctExecute on it. Two B-channel transfer and release link
trunk: one invoke that names the other call. In all of them the network then clears both calls.

Each function is one drawn input of an Asking; the drawing is the table below.
"""

from __future__ import annotations

from typing import Final

from ..call_services import NO_ANSWER
from ..fsm import Machine, handled, ignored
from .q931_call import LINK_UP, NEVER, TEMPORARY_FAILURE, Call
from .q931_numbering import identification
from .rose import Component, integer
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
    left_early,
    refused,
    unanswered,
    why,
)
from .services_config import (
    EXPLICIT,
    IMPLICIT,
    T_CLEARING,
    T_ECT,
    T_HOLD,
    T_LINK,
    T_RETRIEVE,
    TWO_B_CHANNEL,
)
from .services_operations import (
    ECT_EXECUTE,
    ECT_LINK_ID_REQUEST,
    EXPLICIT_ECT_EXECUTE,
    INITIATE_TRANSFER,
    RLT_THIRD_PARTY,
    read_number,
    third_party_argument,
    transfer_argument,
)

HOLD_OCTET: Final = b"\x24"
RETRIEVE_OCTET: Final = b"\x31"
LEAST_LINK: Final = -0x8000
MOST_LINK: Final = 0x7FFF
RLT_INVOKE: Final = 2
"""The DMS-100 takes invoke identifiers for operations (libpri)."""

IMPLIED_CALLS: Final = 2
AMBIGUOUS: Final = "implicit linkage names no second call, and there are more than two calls"

LINKING: Final = 1
HOLDING: Final = 2
EXECUTING: Final = 3
RETRIEVING: Final = 4
CLEARING: Final = 5

STATE_NAMES: Final = {
    END: END_NAME,
    LINKING: "Link requested",
    HOLDING: "Hold requested",
    EXECUTING: "Transfer requested",
    RETRIEVING: "Retrieve requested",
    CLEARING: "Transferred",
}


def begin(base: ServiceBase, call: Call, other: Call, first: int, call_id: int, now: int) -> None:
    """Ask. ``call`` is answered; ``first``: the one that the application named first; ``call_id``:
    the identifier that release link trunk has for ``other``."""
    asking = Asking(TRANSFER, base, call, other)
    if first != call.handle:
        asking.first, asking.second = other.handle, call.handle
    if base.layer3.config.transfer == TWO_B_CHANNEL:
        asking.operation, asking.argument = INITIATE_TRANSFER, transfer_argument(other.key)
    elif base.nortel:
        asking.operation, asking.argument = RLT_THIRD_PARTY, third_party_argument(call_id)
    base.begin(asking, now)


def retrieve_late(base: ServiceBase, call: Call, now: int) -> None:
    """HOLD was given up, and now the network has held the call."""
    asking = Asking(TRANSFER, base, call, None)
    base.askings.append(asking)
    asking.serve(HELD, None, now)


# Idle


def transfer_request(asking: Asking, component: Component | None, now: int) -> None:
    """EN 300 369-1 9.2: with explicit linkage a link identifier first, with implicit linkage HOLD;
    the others ask at once."""
    service = asking.base.layer3.config.transfer
    if service == EXPLICIT and asking.other is not None:
        asking.invoke(asking.other, ECT_LINK_ID_REQUEST, b"")
        asking.start(T_LINK, now)
        asking.state = LINKING
    elif service == IMPLICIT:
        asking.base.unsettled.discard(asking.call.handle)
        asking.call.send(HOLD_OCTET, b"")
        asking.start(T_HOLD, now)
        asking.state = HOLDING
    else:
        id = RLT_INVOKE if asking.base.nortel else 0
        asking.invoke(asking.call, asking.operation, asking.argument, id)
        asking.start(T_ECT, now)
        asking.state = EXECUTING


def _lives(asking: Asking, call: Call | None) -> bool:
    return call is not None and call.handle in asking.base.layer3.calls


def held_late(asking: Asking, component: Component | None, now: int) -> None:
    """Q.932 6.2: the failure was told, and nobody wants the call held: RETRIEVE."""
    asking.told = True
    _retrieve(asking)
    asking.start(T_RETRIEVE, now)


# Link requested


def link_given(asking: Asking, component: Component | None, now: int) -> None:
    """EN 300 369-1 9.2: the link identifier of one call goes with the request on the other."""
    link = read_number(component.argument) if component is not None else None
    if link is None or not LEAST_LINK <= link <= MOST_LINK:
        asking.over("the network gave no link identifier")
        return
    asking.invoke(asking.call, EXPLICIT_ECT_EXECUTE, integer(link))
    asking.start(T_ECT, now)
    asking.state = EXECUTING


# Hold requested


def held(asking: Asking, component: Component | None, now: int) -> None:
    """Q.932 6.2: the call is held; EN 300 369-1 9.2: EctExecute on it, unless a call has come that
    the network could take for the second one."""
    if len(asking.base.layer3.calls) > IMPLIED_CALLS:
        if _fail(asking, AMBIGUOUS):
            asking.start(T_RETRIEVE, now)
        return
    asking.invoke(asking.call, ECT_EXECUTE, b"")
    asking.start(T_ECT, now)
    asking.state = EXECUTING


def hold_refused(asking: Asking, component: Component | None, now: int) -> None:
    """HOLD REJECT: without a held call there is no implicit linkage."""
    asking.over("the network did not hold the call")


def _give_up(asking: Asking, error: str) -> None:
    """The failure is told. HOLD may still be acknowledged: then the call is to be retrieved."""
    if _lives(asking, asking.call):
        asking.base.unsettled.add(asking.call.handle)
    asking.over(error)


def hold_unanswered(asking: Asking, component: Component | None, now: int) -> None:
    """T-HOLD ran out."""
    _give_up(asking, NO_ANSWER)


def left_in_hold(asking: Asking, component: Component | None, now: int) -> None:
    """One of the calls ended before HOLD was answered."""
    _give_up(asking, left_early(asking))


# Transfer requested


def transferred(asking: Asking, component: Component | None, now: int) -> None:
    """The far ends are joined. The network clears both calls; if it does not, we do."""
    asking.tell("")
    asking.start(T_CLEARING, now)
    asking.state = CLEARING


def _retrieve(asking: Asking) -> None:
    """RETRIEVE, with the channel that the call had (Q.932 6.2)."""
    call = asking.call
    wanted = identification(asking.base.layer3.config, call.channel, True)
    call.send(RETRIEVE_OCTET, wanted.octets)
    asking.state = RETRIEVING


def _fail(asking: Asking, error: str) -> bool:
    """It failed; True: a call that is held is being retrieved first."""
    if asking.base.layer3.config.transfer != IMPLICIT or not _lives(asking, asking.call):
        asking.over(error)
        return False
    asking.error = error
    _retrieve(asking)
    return True


def execute_refused(asking: Asking, component: Component | None, now: int) -> None:
    """Return error or reject to the transfer itself."""
    if _fail(asking, why(component)):
        asking.start(T_RETRIEVE, now)


def execute_unanswered(asking: Asking, component: Component | None, now: int) -> None:
    """The timer ran out."""
    if _fail(asking, NO_ANSWER):
        asking.start(T_RETRIEVE, now)


def left_in_execute(asking: Asking, component: Component | None, now: int) -> None:
    """One of the calls ended before the network answered, and that is told before its end is. T-ECT
    goes on for RETRIEVE."""
    error = left_early(asking)
    asking.tell(error)
    _fail(asking, error)


# Retrieve requested


def retrieved(asking: Asking, component: Component | None, now: int) -> None:
    """Q.932 6.2: the call has its channel again."""
    asking.over(asking.error)


def not_retrieved(asking: Asking, component: Component | None, now: int) -> None:
    """RETRIEVE REJECT: nobody hears the held call any more, so it is cleared. To a second RETRIEVE
    it means that the first one was served (Q.932 6.2: the call is not held)."""
    if asking.again:
        asking.over(asking.error)
    else:
        _lose(asking, now)


def retrieve_unanswered(asking: Asking, component: Component | None, now: int) -> None:
    """The timer ran out. While the link is down nobody could answer, and T309 is in charge."""
    if asking.base.layer3.link == LINK_UP:
        _lose(asking, now)
    else:
        asking.deadline = NEVER


def retrieve_again(asking: Asking, component: Component | None, now: int) -> None:
    """Q.931 5.8.8, 5.8.9: RETRIEVE or its answer may have been lost with the link."""
    asking.again = True
    _retrieve(asking)
    asking.start(T_RETRIEVE, now)


def _lose(asking: Asking, now: int) -> None:
    """The held call is cleared."""
    asking.over(f"{asking.error}; and the held call could not be retrieved")
    asking.base.layer3.clear(asking.call.handle, TEMPORARY_FAILURE, now)


def left_in_retrieve(asking: Asking, component: Component | None, now: int) -> None:
    """A call ended; when it is the held one there is nothing to retrieve."""
    if not _lives(asking, asking.call):
        asking.over(asking.error)


# Transferred


def one_cleared(asking: Asking, component: Component | None, now: int) -> None:
    """The network cleared one; it is over when both have gone."""
    if not _lives(asking, asking.call) and not _lives(asking, asking.other):
        asking.over("")


def not_cleared(asking: Asking, component: Component | None, now: int) -> None:
    """The network left the clearing to us."""
    asking.deadline = NEVER
    asking.state = END
    for call in (asking.call, asking.other):
        if call is not None and _lives(asking, call):
            asking.base.layer3.clear(call.handle, NORMAL_CLEARING, now)


_NO_HOLD: Final = ignored("Q.932 6.2: nothing is being held or retrieved")
_NOT_ASKED: Final = ignored("X.229: nothing waits for an answer")
_OUTLIVED: Final = ignored("Q.931 5.8.9: what was asked may still be answered")

TRANSFER: Final = Machine(
    "Transfer by the network, user side",
    STATE_NAMES,
    INPUT_NAMES,
    {
        END: IDLE_ROW
        | {
            REQUEST: handled(transfer_request, "EN 300 369-1 9.2", LINKING, HOLDING, EXECUTING),
            HELD: handled(held_late, "Q.932 6.2", RETRIEVING),
        },
        LINKING: {
            REQUEST: UNDER_WAY,
            RESULT: handled(link_given, "EN 300 369-1 9.2", EXECUTING, END),
            REFUSED: handled(refused, "EN 300 369-1 9.2", END),
            HELD: _NO_HOLD,
            HOLD_REFUSED: _NO_HOLD,
            RETRIEVED: _NO_HOLD,
            RETRIEVE_REFUSED: _NO_HOLD,
            TIMEOUT: handled(unanswered, "EN 300 369-1 13", END),
            LEFT: handled(left, "EN 300 369-1 9.2", END),
            LINK_BACK: _OUTLIVED,
        },
        HOLDING: {
            REQUEST: UNDER_WAY,
            RESULT: _NOT_ASKED,
            REFUSED: _NOT_ASKED,
            HELD: handled(held, "Q.932 6.2, EN 300 369-1 9.2", EXECUTING, RETRIEVING),
            HOLD_REFUSED: handled(hold_refused, "Q.932 6.2", END),
            RETRIEVED: _NO_HOLD,
            RETRIEVE_REFUSED: _NO_HOLD,
            TIMEOUT: handled(hold_unanswered, "Q.932 6.2", END),
            LEFT: handled(left_in_hold, "Q.932 6.2", END),
            LINK_BACK: _OUTLIVED,
        },
        EXECUTING: {
            REQUEST: UNDER_WAY,
            RESULT: handled(transferred, "EN 300 369-1 9.2", CLEARING),
            REFUSED: handled(execute_refused, "EN 300 369-1 9.2", END, RETRIEVING),
            HELD: _NO_HOLD,
            HOLD_REFUSED: _NO_HOLD,
            RETRIEVED: _NO_HOLD,
            RETRIEVE_REFUSED: _NO_HOLD,
            TIMEOUT: handled(execute_unanswered, "EN 300 369-1 13", END, RETRIEVING),
            LEFT: handled(left_in_execute, "EN 300 369-1 9.2", END, RETRIEVING),
            LINK_BACK: _OUTLIVED,
        },
        RETRIEVING: {
            REQUEST: UNDER_WAY,
            RESULT: _NOT_ASKED,
            REFUSED: _NOT_ASKED,
            HELD: _NO_HOLD,
            HOLD_REFUSED: _NO_HOLD,
            RETRIEVED: handled(retrieved, "Q.932 6.2", END),
            RETRIEVE_REFUSED: handled(not_retrieved, "Q.932 6.2", END),
            TIMEOUT: handled(retrieve_unanswered, "Q.932 6.2", END, RETRIEVING),
            LEFT: handled(left_in_retrieve, "Q.932 6.2", END, RETRIEVING),
            LINK_BACK: handled(retrieve_again, "Q.931 5.8.8, 5.8.9", RETRIEVING),
        },
        CLEARING: {
            REQUEST: UNDER_WAY,
            RESULT: _NOT_ASKED,
            REFUSED: _NOT_ASKED,
            HELD: _NO_HOLD,
            HOLD_REFUSED: _NO_HOLD,
            RETRIEVED: _NO_HOLD,
            RETRIEVE_REFUSED: _NO_HOLD,
            TIMEOUT: handled(not_cleared, "EN 300 369-1 9.2", END),
            LEFT: handled(one_cleared, "EN 300 369-1 9.2", END, CLEARING),
            LINK_BACK: _OUTLIVED,
        },
    },
)
