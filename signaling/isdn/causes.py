"""Causes of Q.850 (table 1), one row each, and the locations of 2.1."""

from __future__ import annotations

from typing import Final

ROWS: Final[list[tuple[int, str, str]]] = [
    # value, name, what it tells a technician
    (1, "unallocated (unassigned) number", "nobody has that number"),
    (2, "no route to specified transit network", "transit network unknown here"),
    (3, "no route to destination", "the network does not serve that destination"),
    (4, "send special information tone", "long-term failure; play the tone"),
    (5, "misdialled trunk prefix", "a trunk prefix too many"),
    (6, "channel unacceptable", "the channel offered cannot be used"),
    (
        7,
        "call awarded and being delivered in an established channel",
        "the call goes to a channel that is up already",
    ),
    (8, "preemption", "taken away for a call of higher precedence"),
    (
        9,
        "preemption - circuit reserved for reuse",
        "taken away, and the circuit is kept for the other call",
    ),
    (14, "QoR: ported number", "the number has moved to another network"),
    (16, "normal call clearing", "one of the two hung up"),
    (17, "user busy", "the called party is on the telephone"),
    (18, "no user responding", "the terminal did not answer the call set-up"),
    (19, "no answer from user (user alerted)", "it rang and nobody answered"),
    (20, "subscriber absent", "logged off or out of radio reach"),
    (21, "call rejected", "the called party or its equipment refused"),
    (22, "number changed", "the number is in use no more"),
    (23, "redirection to new destination", "call again at the number given"),
    (24, "call rejected due to feature at the destination", "a feature refused it"),
    (25, "exchange routing error", "the call went round in circles"),
    (26, "non-selected user clearing", "another terminal took the call"),
    (27, "destination out of order", "the line of the called party is faulty"),
    (28, "invalid number format (address incomplete)", "digits missing or wrong"),
    (29, "facility rejected", "the network cannot give that service"),
    (30, "response to STATUS ENQUIRY", "no fault: an answer"),
    (31, "normal, unspecified", "ended without a better reason"),
    (34, "no circuit/channel available", "all channels are busy"),
    (38, "network out of order", "a failure that will last"),
    (39, "permanent frame mode connection out-of-service", "in a STATUS only"),
    (40, "permanent frame mode connection operational", "in a STATUS only"),
    (41, "temporary failure", "try again"),
    (42, "switching equipment congestion", "the exchange is overloaded"),
    (43, "access information discarded", "user-user or the like was dropped"),
    (44, "requested circuit/channel not available", "that channel is in use"),
    (46, "precedence call blocked", "nothing of lower precedence to take away"),
    (47, "resource unavailable, unspecified", "something ran out"),
    (49, "quality of service not available", "throughput or delay out of reach"),
    (50, "requested facility not subscribed", "not part of the contract"),
    (53, "outgoing calls barred within CUG", "closed user group forbids it"),
    (55, "incoming calls barred within CUG", "closed user group forbids it"),
    (57, "bearer capability not authorized", "that kind of call is not permitted"),
    (58, "bearer capability not presently available", "try another kind, or later"),
    (
        62,
        "inconsistency in designated outgoing access information and subscriber class",
        "access information and class do not agree",
    ),
    (63, "service or option not available, unspecified", "not to be had now"),
    (65, "bearer capability not implemented", "that kind of call is not known here"),
    (66, "channel type not implemented", "B, H0, H11, H12: not this one"),
    (69, "requested facility not implemented", "that service is not known here"),
    (
        70,
        "only restricted digital information bearer capability is available",
        "56 kbit/s only",
    ),
    (79, "service or option not implemented, unspecified", "not known here"),
    (81, "invalid call reference value", "the far end knows nothing of that call"),
    (82, "identified channel does not exist", "no such channel on this interface"),
    (
        83,
        "a suspended call exists, but this call identity does not",
        "wrong identity in RESUME",
    ),
    (84, "call identity in use", "another suspended call has it"),
    (85, "no call suspended", "nothing to resume"),
    (
        86,
        "call having the requested call identity has been cleared",
        "it ended while suspended",
    ),
    (87, "user not member of CUG", "not in that closed user group"),
    (88, "incompatible destination", "the terminal there cannot take such calls"),
    (90, "non-existent CUG", "no such closed user group"),
    (91, "invalid transit network selection", "its format is wrong"),
    (95, "invalid message, unspecified", "the message makes no sense"),
    (
        96,
        "mandatory information element is missing",
        "a required element is not there",
    ),
    (
        97,
        "message type non-existent or not implemented",
        "that message is not known here",
    ),
    (
        98,
        "message not compatible with call state or message type non-existent or not implemented",
        "the call is not in a state for that message",
    ),
    (
        99,
        "information element/parameter non-existent or not implemented",
        "an element is not known here",
    ),
    (100, "invalid information element contents", "an element is coded wrongly"),
    (101, "message not compatible with call state", "came at the wrong time"),
    (102, "recovery on timer expiry", "no answer in time"),
    (
        103,
        "parameter non-existent or not implemented, passed on",
        "handed on without being understood",
    ),
    (
        110,
        "message with unrecognized parameter, discarded",
        "dropped because of a parameter",
    ),
    (111, "protocol error, unspecified", "the protocol was broken"),
    (127, "interworking, unspecified", "another network gave no reason"),
]

NAMES: Final[dict[int, str]] = {row[0]: row[1] for row in ROWS}
MEANINGS: Final[dict[int, str]] = {row[0]: row[2] for row in ROWS}

CLASSES: Final = (
    "normal event",
    "normal event",
    "resource unavailable",
    "service or option not available",
    "service or option not implemented",
    "invalid message",
    "protocol error",
    "interworking",
)
"""By bits 7 to 5 of the value (Q.850 2.2.5)."""

LOCATIONS: Final[dict[int, str]] = {
    0: "user",
    1: "private network serving the local user",
    2: "public network serving the local user",
    3: "transit network",
    4: "public network serving the remote user",
    5: "private network serving the remote user",
    7: "international network",
    10: "network beyond interworking point",
}


def name(value: int) -> str:
    """A cause's name. What has none is taken as the unspecified cause of its class (2.2.5)."""
    if value in NAMES:
        return NAMES[value]
    if 0 <= value <= 127:
        return f"unknown cause ({CLASSES[value >> 4]})"
    return "no such cause"


def location_name(location: int) -> str:
    """Where a cause or a progress description comes from."""
    return LOCATIONS.get(location, f"location {location}")
