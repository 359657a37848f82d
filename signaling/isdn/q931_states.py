"""Q.931 clause 2.1 states of a call, and the inputs that Annex A draws into them."""

from __future__ import annotations

from typing import Final

# Both sides number their states alike (2.1.1, 2.1.2). States 15, 17 and 22 (suspend, resume,
# call abort) belong to procedures that a point-to-point primary rate trunk has not.
NULL: Final = 0
CALL_INITIATED: Final = 1
OVERLAP_SENDING: Final = 2
OUTGOING_CALL_PROCEEDING: Final = 3
CALL_DELIVERED: Final = 4
CALL_PRESENT: Final = 6
CALL_RECEIVED: Final = 7
CONNECT_REQUEST: Final = 8
INCOMING_CALL_PROCEEDING: Final = 9
ACTIVE: Final = 10
DISCONNECT_REQUEST: Final = 11
DISCONNECT_INDICATION: Final = 12
RELEASE_REQUEST: Final = 19
OVERLAP_RECEIVING: Final = 25

STATE_NAMES: Final = {
    NULL: "Null",
    CALL_INITIATED: "Call initiated",
    OVERLAP_SENDING: "Overlap sending",
    OUTGOING_CALL_PROCEEDING: "Outgoing call proceeding",
    CALL_DELIVERED: "Call delivered",
    CALL_PRESENT: "Call present",
    CALL_RECEIVED: "Call received",
    CONNECT_REQUEST: "Connect request",
    INCOMING_CALL_PROCEEDING: "Incoming call proceeding",
    ACTIVE: "Active",
    DISCONNECT_REQUEST: "Disconnect request",
    DISCONNECT_INDICATION: "Disconnect indication",
    RELEASE_REQUEST: "Release request",
    OVERLAP_RECEIVING: "Overlap receiving",
}


class Roles:
    """What the states of a call are called on one side.

    They are numbered for the user (2.1.1, 2.1.2): a call that the network places is an incoming
    one by its numbers, on both sides. ``placing``: of calls that this side places, after SETUP;
    ``taking``: of those that come in. ``disconnecting``: after our DISCONNECT (U11, N12);
    ``disconnected``: after theirs (U12, N11).
    """

    def __init__(self, network: bool) -> None:
        self.network: Final = network
        self.placing: Final = CALL_PRESENT if network else CALL_INITIATED
        self.placing_overlap: Final = OVERLAP_RECEIVING if network else OVERLAP_SENDING
        self.placing_proceeding: Final = (
            INCOMING_CALL_PROCEEDING if network else OUTGOING_CALL_PROCEEDING
        )
        self.placing_delivered: Final = CALL_RECEIVED if network else CALL_DELIVERED
        self.taking: Final = CALL_INITIATED if network else CALL_PRESENT
        self.taking_overlap: Final = OVERLAP_SENDING if network else OVERLAP_RECEIVING
        self.taking_proceeding: Final = (
            OUTGOING_CALL_PROCEEDING if network else INCOMING_CALL_PROCEEDING
        )
        self.taking_received: Final = CALL_DELIVERED if network else CALL_RECEIVED
        self.disconnecting: Final = DISCONNECT_INDICATION if network else DISCONNECT_REQUEST
        self.disconnected: Final = DISCONNECT_REQUEST if network else DISCONNECT_INDICATION


# Inputs: requests of call control (primitives).
SETUP_REQ: Final = 0
MORE_INFO_REQ: Final = 1
PROCEEDING_REQ: Final = 2
PROGRESS_REQ: Final = 3
ALERTING_REQ: Final = 4
SETUP_RESP: Final = 5
INFO_REQ: Final = 6
DISCONNECT_REQ: Final = 7
NOTIFY_REQ: Final = 8
USER_INFO_REQ: Final = 9
STATUS_ENQUIRY_REQ: Final = 10

# Inputs: received messages.
SETUP: Final = 11
SETUP_ACKNOWLEDGE: Final = 12
CALL_PROCEEDING: Final = 13
PROGRESS: Final = 14
ALERTING: Final = 15
CONNECT: Final = 16
CONNECT_ACKNOWLEDGE: Final = 17
DISCONNECT: Final = 18
RELEASE: Final = 19
RELEASE_COMPLETE: Final = 20
INFORMATION: Final = 21
NOTIFY: Final = 22
USER_INFORMATION: Final = 23
STATUS: Final = 24
STATUS_ENQUIRY: Final = 25
FACILITY: Final = 26
CONGESTION_CONTROL: Final = 27
SUSPEND: Final = 28
RESUME: Final = 29
UNRECOGNIZED: Final = 30

# Inputs: timers that expire.
T301_EXPIRY: Final = 31
T302_EXPIRY: Final = 32
T303_EXPIRY: Final = 33
T304_EXPIRY: Final = 34
T305_EXPIRY: Final = 35
T306_EXPIRY: Final = 36
T308_EXPIRY: Final = 37
T309_EXPIRY: Final = 38
T310_EXPIRY: Final = 39
T313_EXPIRY: Final = 40
T322_EXPIRY: Final = 41

# Inputs: the data link.
DL_RESET: Final = 42
DL_FAILURE: Final = 43
DL_RECOVERED: Final = 44

INPUT_NAMES: Final = {
    SETUP_REQ: "SETUP REQUEST",
    MORE_INFO_REQ: "MORE INFO REQUEST",
    PROCEEDING_REQ: "PROCEEDING REQUEST",
    PROGRESS_REQ: "PROGRESS REQUEST",
    ALERTING_REQ: "ALERTING REQUEST",
    SETUP_RESP: "SETUP RESPONSE",
    INFO_REQ: "INFO REQUEST",
    DISCONNECT_REQ: "DISCONNECT REQUEST",
    NOTIFY_REQ: "NOTIFY REQUEST",
    USER_INFO_REQ: "USER INFO REQUEST",
    STATUS_ENQUIRY_REQ: "STATUS ENQUIRY REQUEST",
    SETUP: "SETUP",
    SETUP_ACKNOWLEDGE: "SETUP ACKNOWLEDGE",
    CALL_PROCEEDING: "CALL PROCEEDING",
    PROGRESS: "PROGRESS",
    ALERTING: "ALERTING",
    CONNECT: "CONNECT",
    CONNECT_ACKNOWLEDGE: "CONNECT ACKNOWLEDGE",
    DISCONNECT: "DISCONNECT",
    RELEASE: "RELEASE",
    RELEASE_COMPLETE: "RELEASE COMPLETE",
    INFORMATION: "INFORMATION",
    NOTIFY: "NOTIFY",
    USER_INFORMATION: "USER INFORMATION",
    STATUS: "STATUS",
    STATUS_ENQUIRY: "STATUS ENQUIRY",
    FACILITY: "FACILITY",
    CONGESTION_CONTROL: "CONGESTION CONTROL",
    SUSPEND: "SUSPEND",
    RESUME: "RESUME",
    UNRECOGNIZED: "unrecognized message",
    T301_EXPIRY: "T301",
    T302_EXPIRY: "T302",
    T303_EXPIRY: "T303",
    T304_EXPIRY: "T304",
    T305_EXPIRY: "T305",
    T306_EXPIRY: "T306",
    T308_EXPIRY: "T308",
    T309_EXPIRY: "T309",
    T310_EXPIRY: "T310",
    T313_EXPIRY: "T313",
    T322_EXPIRY: "T322",
    DL_RESET: "DL-ESTABLISH INDICATION",
    DL_FAILURE: "DL-RELEASE INDICATION",
    DL_RECOVERED: "DL-ESTABLISH CONFIRM",
}

REQUESTS: Final = tuple(range(SETUP_REQ, SETUP))
MESSAGES: Final = tuple(range(SETUP, T301_EXPIRY))
EXPIRIES: Final = tuple(range(T301_EXPIRY, DL_RESET))


def _message_inputs() -> list[int]:
    by_type = [UNRECOGNIZED] * 256
    for type, input_ in (
        (0x01, ALERTING),
        (0x02, CALL_PROCEEDING),
        (0x03, PROGRESS),
        (0x05, SETUP),
        (0x07, CONNECT),
        (0x0D, SETUP_ACKNOWLEDGE),
        (0x0F, CONNECT_ACKNOWLEDGE),
        (0x20, USER_INFORMATION),
        (0x25, SUSPEND),
        (0x26, RESUME),
        (0x45, DISCONNECT),
        (0x4D, RELEASE),
        (0x5A, RELEASE_COMPLETE),
        (0x62, FACILITY),
        (0x6E, NOTIFY),
        (0x75, STATUS_ENQUIRY),
        (0x79, CONGESTION_CONTROL),
        (0x7B, INFORMATION),
        (0x7D, STATUS),
    ):
        by_type[type] = input_
    return by_type


INPUT_OF_TYPE: Final = _message_inputs()
"""Table 4-2/Q.931: the input that a message type is."""

EXPIRY_INPUT: Final = [
    {
        301: T301_EXPIRY,
        302: T302_EXPIRY,
        303: T303_EXPIRY,
        304: T304_EXPIRY,
        305: T305_EXPIRY,
        306: T306_EXPIRY,
        308: T308_EXPIRY,
        309: T309_EXPIRY,
        310: T310_EXPIRY,
        313: T313_EXPIRY,
        322: T322_EXPIRY,
    }.get(n, -1)
    for n in range(300, 323)
]
"""The input that the expiry of T300 + n is; -1: not a timer of a call."""

ESTABLISHING: Final = (1, 2, 3, 4, 6, 7, 8, 9, 25)
"""States before the Active one."""

_CALLING: Final = (CALL_INITIATED, OVERLAP_SENDING, OUTGOING_CALL_PROCEEDING, CALL_DELIVERED)
_CALLED: Final = (
    CALL_PRESENT,
    OVERLAP_RECEIVING,
    INCOMING_CALL_PROCEEDING,
    CALL_RECEIVED,
    CONNECT_REQUEST,
)

COMPATIBLE: Final[dict[int, tuple[int, ...]]] = {
    # 5.8.11 leaves it to us which states are incompatible. What the far end sent before its
    # STATUS has arrived before it; only messages of ours may still have been on their way. So a
    # state is compatible if the far end can be in it before it has read our last messages.
    CALL_INITIATED: (CALL_INITIATED,),
    OVERLAP_SENDING: (CALL_INITIATED, OVERLAP_SENDING),
    OUTGOING_CALL_PROCEEDING: _CALLING,
    CALL_DELIVERED: _CALLING,
    CALL_PRESENT: (CALL_PRESENT,),
    OVERLAP_RECEIVING: (CALL_PRESENT, OVERLAP_RECEIVING),
    INCOMING_CALL_PROCEEDING: _CALLED,
    CALL_RECEIVED: _CALLED,
    CONNECT_REQUEST: (*_CALLED, ACTIVE),
    ACTIVE: (*_CALLING, CONNECT_REQUEST, ACTIVE),
    DISCONNECT_REQUEST: (*_CALLING, *_CALLED, ACTIVE, DISCONNECT_REQUEST, DISCONNECT_INDICATION),
    DISCONNECT_INDICATION: (*_CALLING, *_CALLED, ACTIVE, DISCONNECT_REQUEST, DISCONNECT_INDICATION),
}
"""Our state: the states in which the far end may report itself."""
