"""Numbers of Keygoe's published interface, as rows: devices, states, events, errors, causes.

Sources are public repositories (docs/donjin.md lists them): H is the interface header as published
for version 3 (find "XMS_EVT_CLASS_CALLCONTROL"), D the device states (find
"DEVICE_COMMON_STATE_START"), S programs that use it, among them suyu0925/cti sample/v3.1.2. What is
only held by trunkd's own compatibility library is marked "double".
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ....board.call_control import ChannelCondition, LineType
from ....board.events import Alarm

# Device main types (H: XMS_DEVMAIN_TYPE)

VOICE: Final = 0x02
DIGITAL_PORT: Final = 0x04
INTERFACE: Final = 0x05
BOARD: Final = 0x08
CONFERENCE: Final = 0x0C

USED: Final = (BOARD, VOICE, DIGITAL_PORT, INTERFACE, CONFERENCE)
"""What the driver opens, in the order of the published programs."""

# Sub types of interface channels (H: XMS_INTERFACE_DEVSUB_TYPE)

ANALOG_TRUNK: Final = 0x01
ANALOG_USER: Final = 0x02
E1_CAS: Final = 0x06
E1_DSS1: Final = 0x07
E1_TUP: Final = 0x08
E1_ISUP: Final = 0x09
UNUSABLE: Final = 0x10

LINE_TYPES: Final = {
    ANALOG_TRUNK: LineType.ANALOG_TRUNK,
    ANALOG_USER: LineType.STATION,
    E1_CAS: LineType.R2,
    E1_DSS1: LineType.PRI,
    E1_TUP: LineType.TUP,
    E1_ISUP: LineType.ISUP,
}
"""Those whose calls the driver controls; S has programs for each."""

SUB_NAMES: Final = {
    0x00: "base",
    ANALOG_TRUNK: "analog trunk",
    ANALOG_USER: "station",
    0x03: "high-impedance tap",
    0x04: "empty",
    0x05: "E1 without signalling",
    E1_CAS: "E1 CAS",
    E1_DSS1: "E1 DSS1",
    E1_TUP: "E1 TUP",
    E1_ISUP: "E1 ISUP",
    0x0A: "2-wire voice",
    0x0B: "4-wire voice",
    0x0C: "E&M",
    0x0D: "magneto",
    0x0E: "D-channel",
    0x0F: "B-channel",
    UNUSABLE: "unusable",
    0x11: "tap CAS",
    0x12: "tap PRI",
    0x13: "tap SS7",
    0x17: "SS7 link",
    0x18: "line side E1",
    0x19: "analog recording",
    0x20: "digital recording",
}

ANALOG_PORT: Final = 1
"""Type of a digital port (bits 16 to 23 of its state; H: XMS_E1_TYPE_Analog30) that is none."""

E1_CHANNELS: Final = 32
"""Interface channels of an E1: number // 32 is its digital port (S), number % 32 its timeslot,
the 0th unusable (H: "unusable timeslot, such as ts0 of E1")."""

# States of interface channels (D)

FREE: Final = 0x01
UNAVAILABLE: Final = 0x05
CALL_OUT: Final = 0x06
CALL_IN: Final = 0x07
ALERTING: Final = 0x08
CONNECTED: Final = 0x09
DISCONNECTED: Final = 0x0A
WAIT_FREE: Final = 0x0B
DSS1_ALERTED: Final = E1_DSS1 << 8 | 0x03
DSS1_PROCEEDING: Final = E1_DSS1 << 8 | 0x04


class State(NamedTuple):
    """A state: its name, and what it says of a channel without a call of ours."""

    name: str
    condition: ChannelCondition


_BUSY: Final = ChannelCondition.BUSY

STATES: Final = {
    FREE: State("free", ChannelCondition.IDLE),
    0x02: State("blocked here", ChannelCondition.BLOCKED_HERE),
    0x03: State("blocked by the far end", ChannelCondition.BLOCKED_THERE),
    0x04: State("blocked by both ends", ChannelCondition.BLOCKED_HERE),
    UNAVAILABLE: State("unavailable", ChannelCondition.OUT_OF_SERVICE),
    CALL_OUT: State("calls out", _BUSY),
    CALL_IN: State("is called", _BUSY),
    ALERTING: State("alerting", _BUSY),
    CONNECTED: State("connected", _BUSY),
    DISCONNECTED: State("disconnected", _BUSY),
    WAIT_FREE: State("waits to be free", _BUSY),
    DSS1_ALERTED: State("the far end rings", _BUSY),
    DSS1_PROCEEDING: State("call proceeding", _BUSY),
}

ALERTS: Final = frozenset({ALERTING, DSS1_ALERTED})
"""Of a call of ours: the far end rings."""


def state_of(number: int) -> State:
    """The row; states of one protocol (number >> 8 is its sub type) are kinds of busy."""
    return STATES.get(number) or State(f"state 0x{number:X}", _BUSY)


# Events (H: XMS_EVT_TYPE): class << 16 | number

OPEN_STREAM: Final = 0x1_0001
QUERY_DEVICE: Final = 0x1_0002
QUERY_DEVICE_END: Final = 0x1_0003
OPEN_DEVICE: Final = 0x1_0004
CLOSE_DEVICE: Final = 0x1_0005
DEVICE_STATE: Final = 0x1_0007
CALL_OUT_EVENT: Final = 0x2_0001
CALL_IN_EVENT: Final = 0x2_0002
ANSWER_EVENT: Final = 0x2_0004
CLEAR_EVENT: Final = 0x2_0007
MFC_START: Final = 0x2_0009
MFC_END: Final = 0x2_000A
PLAY_EVENT: Final = 0x5_0001
RECORD_EVENT: Final = 0x5_0005
SENT_IO: Final = 0x7_0001
RECEIVED_IO: Final = 0x7_0002
FAILURE: Final = 0x9_0001

CLASSES: Final = range(1, 10)
OF_CALLS: Final = 2

# Results and errors (H: ACSPOSITIVE_ACK, ACSERR_…)

LINK_BROKEN: Final = 0x07

ERRORS: Final = {
    0x01: "the library could not be loaded",
    0x02: "a parameter is wrong",
    0x03: "no server",
    0x04: "too many connections",
    0x05: "a wrong handle",
    0x06: "sending failed",
    LINK_BROKEN: "the link to the server is broken",
    0x08: "no message",
    0x09: "no resource",
    0x0A: "that command is not supported",
    0x0B: "the device refuses",
    0x14: "not the master",
}


def error_text(result: int) -> str:
    """Of a call that gave a negative number, or of a failure event."""
    code = abs(result)
    return f"error {result} ({ERRORS.get(code, 'not known')})"


# Media (H: XMS_MEDIA_ERR_CODE, XMS_VOC_CODE_TYPE, XMS_CTRL_…, XMS_MEDIA_IO_TYPE, XMS_MIXER_TYPE)

MEDIA_OK: Final = 0
MEDIA_ERRORS: Final = {
    3: "the service could not open the file",
    4: "the service could not read or write the file",
    5: "there is no such channel",
    6: "it failed",
    8: "too many wait to be played",
    0x0C: "the service is overloaded",
}
"""Others: OK, stopped by the application (1), by a digit (2)."""

A_LAW: Final = 0
MU_LAW: Final = 1
LINEAR16: Final = 4

STOP: Final = 0
PAUSE: Final = 1
RESUME: Final = 2

IO_DTMF: Final = 1
IO_TONE: Final = 4
IO_VOICE: Final = 7

TONES: Final = b"GHIJK"
"""Tones that are detected (S): G dial tone, H ringback, I J K busy; small letters: their ends."""
RINGBACK: Final = "H"
RINGBACK_OVER: Final = "h"
BUSY: Final = "IJK"

FROM_INPUT: Final = 1
FROM_PLAY: Final = 2

CONFERENCE_MODES: Final = {0: (1, 1), 2: (0, 1), 3: (1, 0)}
"""Roles (talk, hear, speak) as input and output option: 1 normal, 0 silence. That "input" is what a
member says is not stated. (double)"""

# Parameters of devices (H: XMS_VOC_PARAM_TYPE, XMS_CAS_PARAM_TYPE, XMS_ANALOGTRUNK_PARAM_TYPE)

VOICE_PARAM: Final = 0
CAS_PARAM: Final = 0
TRUNK_PARAM: Final = 0

KA: Final = 1
KD: Final = 3
"""Category of the calling subscriber and class of call (H: defaults)."""
CHINA: Final = 1

ISUP_BLOCK: Final = 0x13
ISUP_UNBLOCK: Final = 0x14
"""Signal messages (H: ISUP_SM_BLO, ISUP_SM_UBL); for other protocols none is published."""

# Alarms: bits of a digital port's state (H: XMS_E1PORT_MASK_STATE)

ALARMS: Final = (
    (0x01, Alarm.LOS),
    (0x02, Alarm.LOF),
    (0x04, Alarm.LOMF_CAS),
    (0x10, Alarm.RAI),
)
"""Bits 0x40 and 0x80 (our transmitter open or short) and 0x08 (CRC-4) make no alarm."""


def is_e1(state: int) -> bool:
    """By a digital port's state: it is one, not the inside of an analog module."""
    return state >> 16 & 0xFF != ANALOG_PORT


def alarms_of(state: int) -> frozenset[Alarm]:
    """A digital port's state as alarms."""
    return frozenset(alarm for bit, alarm in ALARMS if state & bit)


OWN_CAUSES: Final = {129: 44, 130: 34, 131: 34, 132: 41, 133: 17}
"""Causes beyond Q.850 (D: dual seizure, remote block and unblock, reset, local busy)."""


def cause_of(cause: int, failed: bool) -> int:
    """Why a call is over, as a cause of Q.850."""
    if 1 <= cause <= 127:
        return cause
    return OWN_CAUSES.get(cause, 31 if failed else 16)
