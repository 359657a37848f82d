"""The drawing: Annex A of Q.931, state x input, for the user side and for the network side.

Both sides number the states for the user (2.1), so the calls that one side places go through the
states of the calls that the other takes. The rows are written once, for the *placing* and the
*taking* end; ``USER`` and ``NETWORK`` put in the numbers and the few inputs that differ. What a
row does not say is said once for all states, below the rows.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError
from ..fsm import Cell, Machine, error, handled, ignored
from . import q931_active as active
from . import q931_clearing as clearing
from . import q931_faults as faults
from . import q931_incoming as incoming
from . import q931_outgoing as outgoing
from . import q931_states as s
from .q931_call import Call


def not_permitted(call: Call) -> None:
    """A request that the state forbids is the caller's mistake."""
    raise LocalError(f"call {call.handle} is in state {call.state}, {s.STATE_NAMES[call.state]}")


Row = dict[int, Cell]


def _null(side: s.Roles) -> Row:
    unknown = error(faults.unknown_reference, "5.8.3.2 a", s.NULL)
    row = dict.fromkeys(s.MESSAGES, unknown)
    row |= {
        s.SETUP_REQ: handled(outgoing.setup_request, "5.1.1, 5.2.1", side.placing),
        s.SETUP: handled(
            incoming.setup_received,
            "5.1.1, 5.2.2",
            s.NULL,
            side.taking,
            side.taking_overlap,
            side.taking_proceeding,
        ),
        s.RELEASE: error(faults.release_of_unknown, "5.8.3.2 b", s.NULL),
        s.RELEASE_COMPLETE: ignored("5.8.3.2 c"),
        s.STATUS: handled(faults.status_of_unknown, "5.8.11", s.NULL),
        s.STATUS_ENQUIRY: handled(faults.status_enquiry_received, "5.8.10", s.NULL),
        s.DL_RESET: ignored("5.8.8"),
        s.DL_FAILURE: ignored("5.8.9"),
        s.DL_RECOVERED: ignored("5.8.9"),
    }
    return row


def _placing(side: s.Roles) -> dict[int, Row]:
    """Calls that this side places: U1 to U4, N6 to N9 and N25."""
    initiated, overlap = side.placing, side.placing_overlap
    proceeding, delivered = side.placing_proceeding, side.placing_delivered
    release = s.RELEASE_REQUEST
    connected = (
        outgoing.connect_received_by_network if side.network else outgoing.connect_received_by_user
    )
    to_proceeding = handled(
        outgoing.call_proceeding_received, "5.1.5, 5.2.5.1", proceeding, release
    )
    to_delivered = handled(outgoing.alerting_received, "5.1.7, 5.2.5.2", delivered, release)
    to_active = handled(connected, "5.1.8, 5.2.7", s.ACTIVE, release)
    progress = (outgoing.progress_received, "5.1.6, 5.2.5")
    notify = (active.notify_received, "5.9")
    information = (active.information_received, "3.1.6")
    late = ignored("5.1.3: digits that come too late")
    reset = (faults.dl_reset_maintained, "5.8.8 c")
    return {
        initiated: {
            s.INFO_REQ: handled(outgoing.digits_wait, "5.1.3, 5.2.4", initiated),
            s.SETUP_ACKNOWLEDGE: handled(
                outgoing.setup_acknowledge_received, "5.1.3, 5.2.4", overlap, release
            ),
            s.CALL_PROCEEDING: to_proceeding,
            s.ALERTING: to_delivered,
            s.CONNECT: to_active,
            s.T303_EXPIRY: handled(outgoing.t303_expiry, "5.1.1, 5.2.1", initiated, s.NULL),
        },
        overlap: {
            s.INFO_REQ: handled(outgoing.digits_request, "5.1.3, 5.2.4", overlap),
            s.CALL_PROCEEDING: to_proceeding,
            s.ALERTING: to_delivered,
            s.CONNECT: to_active,
            s.PROGRESS: handled(*progress, overlap),
            s.NOTIFY: handled(*notify, overlap),
            s.INFORMATION: handled(*information, overlap),
            s.T304_EXPIRY: handled(outgoing.t304_expiry, "5.1.3, 5.2.4", side.disconnecting),
            s.DL_RESET: handled(faults.dl_reset_in_overlap, "5.8.8 a", side.disconnecting),
        },
        proceeding: {
            s.INFO_REQ: late,
            s.NOTIFY_REQ: handled(active.notify_request, "5.9", proceeding),
            s.ALERTING: to_delivered,
            s.CONNECT: to_active,
            s.PROGRESS: handled(*progress, proceeding),
            s.NOTIFY: handled(*notify, proceeding),
            s.INFORMATION: handled(*information, proceeding),
            s.T310_EXPIRY: handled(outgoing.t310_expiry, "5.1.6, 5.2.5.3", side.disconnecting),
            s.DL_RESET: handled(*reset, proceeding),
        },
        delivered: {
            s.INFO_REQ: late,
            s.NOTIFY_REQ: handled(active.notify_request, "5.9", delivered),
            s.CONNECT: to_active,
            s.PROGRESS: handled(*progress, delivered),
            s.NOTIFY: handled(*notify, delivered),
            s.INFORMATION: handled(*information, delivered),
            s.T301_EXPIRY: handled(outgoing.t301_expiry, "5.2.5.3", side.disconnecting),
            s.DL_RESET: handled(*reset, delivered),
        },
    }


def _taking(side: s.Roles) -> dict[int, Row]:
    """Calls that come in: U6 to U9 and U25, N1 to N4."""
    present, overlap = side.taking, side.taking_overlap
    proceeding, received = side.taking_proceeding, side.taking_received
    answered = s.ACTIVE if side.network else s.CONNECT_REQUEST
    response = (
        incoming.setup_response_of_network if side.network else incoming.setup_response_of_user
    )
    to_overlap = handled(incoming.more_info_request, "5.1.3, 5.2.4", overlap)
    to_proceeding = handled(incoming.proceeding_request, "5.1.5, 5.2.5.1", proceeding)
    to_received = handled(incoming.alerting_request, "5.1.7, 5.2.5.2", received)
    to_answered = handled(response, "5.1.8, 5.2.7", answered)
    progress = (incoming.progress_request, "5.1.6, 5.2.5")
    waits = (active.user_information_waits, "7.1.4")
    notify = (active.notify_received, "5.9")
    information = (active.information_received, "3.1.6")
    reset = (faults.dl_reset_maintained, "5.8.8 c")
    return {
        present: {
            s.MORE_INFO_REQ: to_overlap,
            s.PROCEEDING_REQ: to_proceeding,
            s.PROGRESS_REQ: handled(*progress, proceeding),
            s.ALERTING_REQ: to_received,
            s.SETUP_RESP: to_answered,
            s.DISCONNECT_REQ: handled(clearing.reject_request, "5.3.2", s.NULL),
            s.USER_INFO_REQ: handled(*waits, present),
            s.DL_RESET: ignored("5.8.8 c: T303 of the far end repeats SETUP"),
        },
        overlap: {
            s.MORE_INFO_REQ: ignored("5.1.3: asked already"),
            s.PROCEEDING_REQ: to_proceeding,
            s.PROGRESS_REQ: handled(*progress, overlap),
            s.ALERTING_REQ: to_received,
            s.SETUP_RESP: to_answered,
            s.USER_INFO_REQ: handled(*waits, overlap),
            s.INFORMATION: handled(incoming.digits_received, "5.1.3, 5.2.4", overlap, proceeding),
            s.NOTIFY: handled(*notify, overlap),
            s.T302_EXPIRY: handled(
                incoming.t302_expiry, "5.1.3, 5.2.4", overlap, proceeding, side.disconnecting
            ),
            s.DL_RESET: handled(faults.dl_reset_in_overlap, "5.8.8 a", side.disconnecting),
        },
        proceeding: {
            s.PROCEEDING_REQ: ignored("5.1.5: said already"),
            s.PROGRESS_REQ: handled(*progress, proceeding),
            s.ALERTING_REQ: to_received,
            s.SETUP_RESP: to_answered,
            s.NOTIFY_REQ: handled(active.notify_request, "5.9", proceeding),
            s.USER_INFO_REQ: handled(*waits, proceeding),
            s.NOTIFY: handled(*notify, proceeding),
            s.INFORMATION: handled(*information, proceeding),
            s.DL_RESET: handled(*reset, proceeding),
        },
        received: {
            s.PROGRESS_REQ: handled(*progress, received),
            s.SETUP_RESP: to_answered,
            s.NOTIFY_REQ: handled(active.notify_request, "5.9", received),
            s.USER_INFO_REQ: handled(*waits, received),
            s.NOTIFY: handled(*notify, received),
            s.INFORMATION: handled(*information, received),
            s.DL_RESET: handled(*reset, received),
        },
    }


def _connect_request(side: s.Roles) -> Row:
    """U8 waits for CONNECT ACKNOWLEDGE; N8 is left by the award as it is entered (5.2.8)."""
    state = s.CONNECT_REQUEST
    row = {
        s.NOTIFY: handled(active.notify_received, "5.9", state),
        s.INFORMATION: handled(active.information_received, "3.1.6", state),
        s.DL_RESET: ignored("5.8.8 c: T313 supervises the state"),
    }
    if not side.network:
        row[s.CONNECT_ACKNOWLEDGE] = handled(
            incoming.connect_acknowledge_received, "5.2.8", s.ACTIVE
        )
        row[s.T313_EXPIRY] = handled(incoming.t313_expiry, "5.2.8", side.disconnecting)
    return row


def _active(side: s.Roles) -> Row:
    state = s.ACTIVE
    return {
        s.INFO_REQ: handled(outgoing.keypad_request, "3.1.6", state),
        s.NOTIFY_REQ: handled(active.notify_request, "5.9", state),
        s.USER_INFO_REQ: handled(active.user_information_request, "7.1.6", state),
        s.DISCONNECT_REQ: handled(
            clearing.disconnect_request, "5.3.3, 5.3.4, 5.8.9", side.disconnecting, s.NULL
        ),
        s.CONNECT_ACKNOWLEDGE: ignored("5.1.8: the user may send it, the network needs it not"),
        s.PROGRESS: handled(outgoing.progress_received, "5.1.6: interworking", state),
        s.INFORMATION: handled(active.information_received, "3.1.6", state),
        s.NOTIFY: handled(active.notify_received, "5.9", state),
        s.USER_INFORMATION: handled(active.user_information_received, "7.1.6", state),
        s.T309_EXPIRY: handled(faults.t309_expiry, "5.8.9", s.NULL),
        s.DL_RESET: handled(faults.dl_reset_maintained, "5.8.8 c", state),
        s.DL_FAILURE: handled(faults.dl_failure_of_active, "5.8.9 b", state),
        s.DL_RECOVERED: handled(faults.dl_recovered, "5.8.9", state),
    }


def _clearing(side: s.Roles) -> dict[int, Row]:
    """U11, U12, U19; N12, N11, N19. Messages that crossed our clearing one are passed over."""
    crossed = ignored("5.3.3, 5.3.4: it crossed our clearing message")
    crossing = dict.fromkeys(
        (
            s.SETUP_ACKNOWLEDGE,
            s.CALL_PROCEEDING,
            s.PROGRESS,
            s.ALERTING,
            s.CONNECT,
            s.CONNECT_ACKNOWLEDGE,
            s.INFORMATION,
            s.NOTIFY,
            s.USER_INFORMATION,
        ),
        crossed,
    )
    release = s.RELEASE_REQUEST
    already = ignored("5.3.1: the clearing goes on already")
    reset = ignored("5.8.8 b")
    disconnecting = {
        s.DISCONNECT_REQ: already,
        **crossing,
        s.DISCONNECT: handled(clearing.disconnect_collision, "5.3.5", release),
        s.T305_EXPIRY: handled(clearing.t305_expiry, "5.3.3, 5.3.4", release),
        s.DL_RESET: reset,
    }
    if side.network:
        disconnecting[s.T306_EXPIRY] = handled(clearing.t306_expiry, "5.3.4.1", release)
    return {
        side.disconnecting: disconnecting,
        side.disconnected: {
            s.DISCONNECT_REQ: handled(clearing.release_request, "5.3.4.1", release),
            s.INFORMATION: ignored("3.1.6: the call is being cleared"),
            s.NOTIFY: ignored("5.9: the call is being cleared"),
            s.DL_RESET: reset,
        },
        release: {
            s.DISCONNECT_REQ: already,
            **crossing,
            s.DISCONNECT: crossed,
            s.RELEASE: handled(clearing.release_collision, "5.3.5", s.NULL),
            s.STATUS: handled(faults.status_in_release, "5.8.11 b, c", release, s.NULL),
            s.T308_EXPIRY: handled(clearing.t308_expiry, "5.3.3, 5.3.4", release, s.NULL),
            s.T322_EXPIRY: ignored("5.8.10: a clearing message stops it"),
            s.DL_RESET: reset,
        },
    }


def _any_state(side: s.Roles, state: int) -> Row:
    """What Annex A draws for any state but Null."""
    cleared = (state, s.NULL, side.disconnecting, s.RELEASE_REQUEST)
    return {
        s.DISCONNECT_REQ: handled(
            clearing.disconnect_request, "5.3.3, 5.3.4", side.disconnecting, s.NULL
        ),
        s.STATUS_ENQUIRY_REQ: handled(faults.status_enquiry_request, "5.8.10", state),
        s.SETUP: error(faults.repeated_setup, "5.8.3.2 e", state),
        s.DISCONNECT: handled(
            clearing.disconnect_received, "5.3.3, 5.3.4", side.disconnected, s.RELEASE_REQUEST
        ),
        s.RELEASE: handled(clearing.release_received, "5.3.3, 5.3.4, 5.8.4 a", s.NULL),
        s.RELEASE_COMPLETE: handled(
            clearing.release_complete_received, "5.3.2 to 5.3.4, 5.8.4 b", s.NULL
        ),
        s.STATUS: handled(faults.status_received, "5.8.11", *cleared),
        s.STATUS_ENQUIRY: handled(faults.status_enquiry_received, "5.8.10", state),
        s.FACILITY: handled(active.facility_received, "EN 300 196-1 8.3, SR-4994", state),
        s.CONGESTION_CONTROL: ignored("7.2: flow control of user information is optional"),
        s.SUSPEND: error(faults.unrecognized_message, "5.6.3, 5.8.4", state),
        s.RESUME: error(faults.unrecognized_message, "5.6.6, 5.8.4", state),
        s.UNRECOGNIZED: error(faults.unrecognized_message, "5.8.4", state),
        s.T322_EXPIRY: handled(faults.t322_expiry, "5.8.10", *cleared),
        s.DL_RESET: ignored("5.8.8 c: T303 supervises the state"),
        s.DL_FAILURE: handled(faults.dl_failure, "5.8.9 a", s.NULL),
        s.DL_RECOVERED: ignored("5.8.9: only active calls outlive the data link"),
    }


def _table(side: s.Roles) -> dict[int, Row]:
    rows = {s.NULL: _null(side)}
    rows |= _placing(side)
    rows |= _taking(side)
    rows[s.CONNECT_REQUEST] = _connect_request(side)
    rows[s.ACTIVE] = _active(side)
    rows |= _clearing(side)
    for state in rows:
        if state != s.NULL:
            rows[state] = _any_state(side, state) | rows[state]
        unexpected = error(faults.unexpected_message, "5.8.4", state)
        rows[state] = (
            {request: error(not_permitted, "2.1", state) for request in s.REQUESTS}
            | dict.fromkeys(s.MESSAGES, unexpected)
            | {expiry: ignored("9.2: it does not run in this state") for expiry in s.EXPIRIES}
            | rows[state]
        )
    return rows


def _machine(name: str, side: s.Roles) -> Machine:
    return Machine(name, s.STATE_NAMES, s.INPUT_NAMES, _table(side))


USER: Final = _machine("Q.931 user side", s.Roles(False))
NETWORK: Final = _machine("Q.931 network side", s.Roles(True))
