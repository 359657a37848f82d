"""Numbers of DonJin's published interfaces, as rows, and where each was found.

``SOURCES`` names the public texts; ``drivers/donjin/functions.py`` has the functions.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ...board.call_control import LineType

SOURCES: Final = {
    "tc08a": "bjqiwei/10Years-CTI-vc6 include/Tc08a32.h: the analog cards' calls and numbers",
    "newsig": "a public copy of NewSig.h: dialling and tones on analog cards",
    "conf": "a public copy of the conference header: DConf_* and AddChnl",
    "tce1": "bjqiwei/10Years-CTI-vc6 include/Tce1_32.h: the E1 cards' calls and numbers",
    "d160x": "Uniframework, endpoint DB160X, D160X.cs: what the analog cards' calls do and give",
    "flow": "bjqiwei/10Years-CTI-vc6 ChiefIVR/DJSS17.cpp: the order of calls on E1, what answers",
    "opencti": "opencti, src/dj/DjDigital.cpp: playing, recording and digits on E1",
}
"""Key -> repository and file, and what was taken from it."""

# Channel types (tc08a: CheckChTypeNew)

USER: Final = 0
TRUNK: Final = 1
EMPTY: Final = 2
RECORD: Final = 3
E1: Final = 100
"""Not of the library: a trunk of an E1 card."""


class Kind(NamedTuple):
    """A type of channel: the line it has, and its name."""

    line: LineType
    name: str


KINDS: Final = {
    USER: Kind(LineType.STATION, "station"),
    TRUNK: Kind(LineType.ANALOG_TRUNK, "analog trunk"),
    RECORD: Kind(LineType.RECORDING, "recording"),
    E1: Kind(LineType.CAS, "E1 trunk"),
}
"""Types with calls. Empty slots (2), modules for magnets (4) and E&M (5 to 7) have none."""

# Results of dialling on analog lines (tc08a: S_*; d160x: what each means)

NO_RESULT: Final = 0x10
CONNECTED: Final = 0x14
DIAL_CAUSES: Final = {
    0x0F: (27, "no dial tone"),
    0x11: (17, "busy tone"),
    0x13: (19, "no answer"),
    0x15: (18, "silence"),
}
"""Results that are failures: cause of Q.850, and the word for it."""

HOW: Final = {1: "polarity", 2: "voice", 3: "ringing stopped"}
"""Why a line counts as answered (newsig: CNT_REASON_*)."""

RINGBACK: Final = 2
"""nCadenceType of Sig_GetCadenceCount (newsig)."""
CALLER_OK: Final = 3
CALLER_WRONG: Final = 4
"""GetCallerIDStr: all has come; its checksum is wrong (tc08a: ID_STEP_*)."""
HUNG_UP: Final = 1
"""HangUpDetect (tc08a: HANG_UP_FLAG_TRUE)."""
BUSY_TONE: Final = 2
NO_TONE: Final = 0
"""Signals of StartPlaySignal (tc08a: SIG_*)."""

DTMF: Final = dict(enumerate("1234567890*#ABCD", 1)) | {0: "D"}
"""GetDtmfCode: 16 is D in the header (tc08a), 0 in the description (d160x)."""
SEND_MOST_MS: Final = 125
"""Of SetSendPara; SendDtmfBuf's own lengths (d160x)."""

# Conferences (d160x)

GROUPS: Final = 10
ONLY_SPEAKS: Final = 0xCD
"""NoiseSupp of AddChnl: speaks and does not hear."""
CONF_READY: Final = (0, 3)
"""DConf_EnableConfCard: built in, or a card of its own that is ready."""

# E1 trunks (tce1: enumTrunkStep)

FREE: Final = 0
FORWARD_HANG_OFF: Final = 9
BACKWARD_HANG_OFF: Final = 10
BLOCKED: Final = 11
DISABLED: Final = 13
STEPS: Final = {
    0: "free",
    1: "seized",
    2: "receives the number",
    3: "receives MFC",
    4: "MFC stops",
    5: "receiving failed",
    6: "delay",
    7: "waits for the answer",
    8: "connected",
    9: "the far end hung up",
    10: "hung up backward",
    11: "blocked",
    12: "overtime",
    13: "disabled",
    14: "ready to dial",
    15: "dials",
    16: "dials by MFC",
    17: "dialling stops",
    18: "dialling failed",
    19: "frees its resources",
}
"""DJTrk_GetTrunkStatus."""
OVER: Final = frozenset({FORWARD_HANG_OFF, BACKWARD_HANG_OFF})

# DJTrk_GetDialStatus (tce1: enumDialStatus)

ALERTS: Final = 3
ANSWERED: Final = 4
DIAL_STATUS_CAUSES: Final = {
    2: (17, "busy"),
    5: (27, "line error"),
    6: (1, "no such number"),
    7: (19, "no answer"),
}
"""Failures of dialling: cause of Q.850, and the word for it."""

SLOTS_A_LINK: Final = 30
"""Trunks of an E1 link, in order: timeslots 1 to 15 and 17 to 31 (tce1: PCM_TRUNK_NUM)."""
WAVE_HEADER: Final = 58
"""Octets before the sound in files where the INI's WaveFormat is not 0 (d160x)."""

ERRORS: Final = {
    -1: "no memory in the card",
    -2: "no memory",
    -3: "a file cannot be opened",
    -4: "no trunk",
    -5: "no user channel",
    -6: "no voice channel is free",
    -7: "no such channel",
    -8: "it is connected to another channel",
    -9: "that cannot be done now",
    -10: "the trunk's step does not allow it",
    -11: "no channel is connected",
    -12: "the INI is wrong",
    -13: "a null pointer was given",
    -14: "no timeslot of the bus",
    -15: "no such DTMF digit",
    -16: "the last digits are still being sent",
    -17: "the driver cannot be opened",
    -18: "the card was not found",
    -19: "PROMPT.INI's files cannot be read",
    -21: "the position is beyond the file",
}
"""PstnErr (tce1), in our words."""

LOAD_ERRORS: Final = {
    -1: "the kernel driver cannot be opened",
    -2: "TC08A-V.INI cannot be read",
    -3: "TC08A-V.INI and the hardware differ",
}
"""LoadDRV (d160x)."""

LINK_ERRORS: Final = {
    -1: "no such channel",
    -2: "no such channel",
    -3: "the channels are on cards without a cable between them (Connect in the INI)",
    -4: "the channel plays: stop that first",
    -5: "the other channel plays: stop that first",
}
"""SetLink and its kin (d160x)."""

CONF_ERRORS: Final = {1: "no such group", 2: "no such channel", 3: "no conference resource is left"}
"""AddChnl and its kin (d160x)."""


def slot_of(trunk: int) -> tuple[int, int]:
    """Link (0 …) and timeslot of a trunk of E1 cards."""
    link, n = divmod(trunk, SLOTS_A_LINK)
    return link, n + 1 if n < 15 else n + 2
