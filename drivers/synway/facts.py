"""Numbers of Synway's published interface, as rows: types, states, events, reasons.

From public headers and samples (docs/synway.md names them); "double" marks what is only held by
trunkd's own compatibility library, because no public text was found.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ...board.call_control import ChannelCondition, LineType
from ...board.events import Alarm

# SsmGetChType

EMPTY: Final = 20
STATION: Final = 2

LINE_TYPES: Final = {
    0: LineType.ANALOG_TRUNK,
    2: LineType.STATION,
    3: LineType.RECORDING,
    4: LineType.R2,
    6: LineType.TUP,
    7: LineType.PRI,
    8: LineType.PRI,
    10: LineType.OTHER,
    11: LineType.ISUP,
    12: LineType.RECORDING,
    15: LineType.OTHER,
    16: LineType.OTHER,
}
"""Types with calls; fax (9) and empty (20) have none."""

TYPE_NAMES: Final = {
    0: "analog trunk",
    2: "station",
    3: "recording",
    4: "SS1",
    6: "TUP",
    7: "ISDN user side",
    8: "ISDN network side",
    9: "fax",
    10: "magnet",
    11: "ISUP",
    12: "digital telephone recording",
    15: "H.323",
    16: "SIP",
    20: "empty",
}

# SsmGetChState

STANDBY: Final = 0
PICKED_UP: Final = 1
RINGING: Final = 2
TALKING: Final = 3
PENDING: Final = 7
UNAVAILABLE: Final = 11
LOCKED: Final = 12


class State(NamedTuple):
    """A state of SsmGetChState: its name, and what it says of a channel without a call of ours."""

    name: str
    condition: ChannelCondition


_BUSY: Final = ChannelCondition.BUSY

STATES: Final = {
    STANDBY: State("standby", ChannelCondition.IDLE),
    PICKED_UP: State("picked up", _BUSY),
    RINGING: State("ringing", _BUSY),
    TALKING: State("talking", _BUSY),
    4: State("waits for dial tone", _BUSY),
    5: State("dials", _BUSY),
    6: State("waits for the result of dialling", _BUSY),
    PENDING: State("pending", _BUSY),
    8: State("offline", ChannelCondition.OUT_OF_SERVICE),
    9: State("waits for remote pick-up", _BUSY),
    UNAVAILABLE: State("unavailable", ChannelCondition.OUT_OF_SERVICE),
    LOCKED: State("locked", ChannelCondition.OUT_OF_SERVICE),
    19: State("blocked by the far end", ChannelCondition.BLOCKED_THERE),
    20: State("blocked here", ChannelCondition.BLOCKED_HERE),
}


def state_of(number: int) -> State:
    """The row; states of protocols (30 to 127) are kinds of busy."""
    return STATES.get(number) or State(f"state {number}", _BUSY)


# SsmGetPendingReason and SsmGetAutoDialResult

WAITS_FOR_ANSWER_SIGNAL: Final = 10
"""Pending: the application is to say that the called party is free (SsmSetKB)."""

RING_BACK: Final = 2
VOICE: Final = 7
NO_VOICE: Final = (5, 6)
"""Of an analog trunk: ringing has stopped and nobody speaks, or nothing was heard at all."""

DIAL_CAUSES: Final = {
    3: (27, "no dial tone"),
    4: (17, "busy tone"),
    5: (19, "no voice after ringing"),
    6: (18, "silence"),
    10: (19, "no answer"),
    11: (31, "dialling failed"),
    12: (28, "invalid number"),
}
"""Results that are failures: cause of Q.850, and the word for it."""

FAILURE_CAUSES: Final = {
    2: 102,
    3: 19,
    4: 27,
    10: 38,
    11: 17,
    14: 1,
    15: 42,
    16: 34,
    20: 27,
    22: 111,
    24: 28,
    50: 17,
    52: 34,
    53: 1,
    60: 34,
    61: 1,
    66: 16,
}
"""SsmGetAutoDialFailureReason -> Q.850; it says more than the result where it is known."""

PENDING_CAUSES: Final = {16: 27, 41: 16, 45: 1, 46: 34, 47: 44, 52: 19, 53: 21}
"""SsmGetPendingReason -> Q.850 where the far end has ended a call; all others: 16."""

# Events

E_PCM_LINK: Final = 0x07
E_DTMF: Final = 0x0C
E_DTMF_SENT: Final = 0x0D
E_PLAY_END: Final = 0x0F
E_RECORD_END: Final = 0x13
E_STATE: Final = 0x18
E_AUTO_DIAL: Final = 0x19
E_PHONE_NUMBER: Final = 0x20
E_HOOK: Final = 0x24

PLAYED_BY_DIGIT: Final = 2
PLAYED_TO_END: Final = 5
"""Parameters of E_PROC_PlayEnd (SsmCheckPlay); others: it was stopped. (double)"""
RECORDED_BY_DIGIT: Final = 2
RECORDED_TO_END: Final = 4
"""Parameters of E_PROC_RecordEnd. (double)"""

ERRORS: Final = {
    0: "initialisation failed",
    1: "SsmStartCti was not called, or failed",
    2: "no such channel",
    3: "the channel cannot do that",
    4: "the voice index is not loaded",
    5: "no such timeslot of the bus",
    6: "that operation was not opened",
    7: "that coding is not supported",
    8: "a parameter is wrong",
    9: "a file could not be read or written",
    10: "no memory",
    11: "no resources are left",
    12: "the system failed",
    13: "no idle channel",
    14: "the operation failed",
}
"""SsmGetLastErrCode."""

A_LAW: Final = 6
MU_LAW: Final = 7
PCM16: Final = -2
"""Numbers of codings."""

LINK_ALARMS: Final = ((1, Alarm.LOF), (2, Alarm.LOMF_CAS), (4, Alarm.RAI))
"""Bits of SsmGetPcmLinkStatus, 0: good. Which bits the maker's library gives is not public: any
other bit is taken for LOS. (double)"""


def alarms_of(status: int) -> frozenset[Alarm]:
    """A PCM link's status as alarms."""
    found = {alarm for bit, alarm in LINK_ALARMS if status & bit}
    if status & ~7:
        found.add(Alarm.LOS)
    return frozenset(found)


def cause_of(outgoing: bool, answered: bool, result: int, failure: int, pending: int) -> int:
    """Why a call is over, as a cause of Q.850."""
    if outgoing and not answered:
        return FAILURE_CAUSES.get(failure) or DIAL_CAUSES.get(result, (31, ""))[0]
    return PENDING_CAUSES.get(pending, 16)
