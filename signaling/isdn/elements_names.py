"""The values of Q.931's elements in words, for people: one row a value, by clause of the table."""

from __future__ import annotations

from typing import Final

CODING: Final[dict[int, str]] = {0: "ITU-T", 1: "ISO/IEC", 2: "national", 3: "network specific"}

CAPABILITY: Final[dict[int, str]] = {
    0x00: "speech",
    0x08: "unrestricted digital information",
    0x09: "restricted digital information",
    0x10: "3.1 kHz audio",
    0x11: "unrestricted digital information with tones/announcements",
    0x18: "video",
}
MODE: Final[dict[int, str]] = {0: "circuit mode", 2: "packet mode"}
RATE: Final[dict[int, str]] = {
    0x00: "packet mode",
    0x10: "64 kbit/s",
    0x11: "2 x 64 kbit/s",
    0x13: "384 kbit/s",
    0x15: "1536 kbit/s",
    0x17: "1920 kbit/s",
    0x18: "multirate, 64 kbit/s base",
}
LAYER1: Final[dict[int, str]] = {
    1: "V.110, I.460 and X.30 rate adaption",
    2: "G.711 mu-law",
    3: "G.711 A-law",
    4: "G.721 32 kbit/s ADPCM and I.460",
    5: "H.221 and H.242",
    6: "H.223 and H.245",
    7: "rate adaption, not of the ITU-T",
    8: "V.120 rate adaption",
    9: "X.31 HDLC flag stuffing",
}
LAYER2: Final[dict[int, str]] = {
    1: "basic mode ISO 1745",
    2: "Q.921 (LAPD)",
    6: "X.25 link layer (LAPB)",
    7: "X.25 multilink",
    8: "extended LAPB (T.71)",
    9: "HDLC ARM",
    10: "HDLC NRM",
    11: "HDLC ABM",
    12: "LAN logical link control (ISO/IEC 8802-2)",
    13: "X.75 single link procedure",
    14: "Q.922",
    15: "core aspects of Q.922",
    16: "user specified",
    17: "ISO/IEC 7776 DTE-DTE",
}
LAYER3: Final[dict[int, str]] = {
    2: "Q.931",
    6: "X.25 packet layer",
    7: "ISO/IEC 8208 (X.25 for terminals)",
    8: "ISO/IEC 8348 (X.223)",
    9: "ISO/IEC 8473 (connectionless)",
    10: "T.70 minimum network layer",
    11: "ISO/IEC TR 9577",
    16: "user specified",
}
USER_RATE: Final[dict[int, str]] = {
    0: "by E bits (I.460) or in-band",
    1: "0.6 kbit/s",
    2: "1.2 kbit/s",
    3: "2.4 kbit/s",
    4: "3.6 kbit/s",
    5: "4.8 kbit/s",
    6: "7.2 kbit/s",
    7: "8 kbit/s",
    8: "9.6 kbit/s",
    9: "14.4 kbit/s",
    10: "16 kbit/s",
    11: "19.2 kbit/s",
    12: "32 kbit/s",
    13: "38.4 kbit/s",
    14: "48 kbit/s",
    15: "56 kbit/s",
    16: "57.6 kbit/s",
    18: "28.8 kbit/s",
    19: "24 kbit/s",
    21: "0.1345 kbit/s",
    22: "0.100 kbit/s",
    23: "0.075/1.2 kbit/s",
    24: "1.2/0.075 kbit/s",
    25: "0.050 kbit/s",
    26: "0.075 kbit/s",
    27: "0.110 kbit/s",
    28: "0.150 kbit/s",
    29: "0.200 kbit/s",
    30: "0.300 kbit/s",
    31: "12 kbit/s",
}
INTERMEDIATE_RATE: Final[dict[int, str]] = {
    0: "not used",
    1: "8 kbit/s",
    2: "16 kbit/s",
    3: "32 kbit/s",
}
STOP_BITS: Final[dict[int, str]] = {0: "not used", 1: "1", 2: "1.5", 3: "2"}
DATA_BITS: Final[dict[int, str]] = {0: "not used", 1: "5", 2: "7", 3: "8"}
PARITY: Final[dict[int, str]] = {0: "odd", 2: "even", 3: "none", 4: "forced to 0", 5: "forced to 1"}
MODEM: Final[dict[int, str]] = {
    0x11: "V.21",
    0x12: "V.22",
    0x13: "V.22 bis",
    0x14: "V.23",
    0x15: "V.26",
    0x16: "V.26 bis",
    0x17: "V.26 ter",
    0x18: "V.27",
    0x19: "V.27 bis",
    0x1A: "V.27 ter",
    0x1B: "V.29",
    0x1D: "V.32",
    0x1E: "V.34",
}

CALL_STATES: Final[dict[int, str]] = {
    0: "null",
    1: "call initiated (call init)",
    2: "overlap sending",
    3: "outgoing call proceeding",
    4: "call delivered",
    6: "call present",
    7: "call received",
    8: "connect request",
    9: "incoming call proceeding",
    10: "active",
    11: "disconnect request",
    12: "disconnect indication",
    15: "suspend request",
    17: "resume request",
    19: "release request",
    22: "call abort",
    25: "overlap receiving",
    61: "restart request",
    62: "restart",
}
"""Table 4-8; 61 and 62 are the states Rest 1 and Rest 2 of the global call reference."""

SELECTION_PRIMARY: Final[dict[int, str]] = {0: "no channel", 1: "as indicated", 3: "any channel"}
SELECTION_BASIC: Final[dict[int, str]] = {
    0: "no channel",
    1: "B1 channel",
    2: "B2 channel",
    3: "any channel",
}
CHANNEL_TYPE: Final[dict[int, str]] = {
    3: "B-channel units",
    6: "H0-channel units",
    8: "H11-channel units",
    9: "H12-channel units",
}

TYPE_OF_NUMBER: Final[dict[int, str]] = {
    0: "unknown",
    1: "international",
    2: "national",
    3: "network specific",
    4: "subscriber",
    6: "abbreviated",
}
PLAN: Final[dict[int, str]] = {
    0: "unknown",
    1: "ISDN/telephony (E.164)",
    3: "data (X.121)",
    4: "telex (F.69)",
    8: "national standard",
    9: "private",
}
PRESENTATION: Final[dict[int, str]] = {
    0: "allowed",
    1: "restricted",
    2: "number not available due to interworking",
}
SCREENING: Final[dict[int, str]] = {
    0: "user-provided, not screened",
    1: "user-provided, verified and passed",
    2: "user-provided, verified and failed",
    3: "network provided",
}
REDIRECTION_REASON: Final[dict[int, str]] = {
    0: "unknown",
    1: "call forwarding busy",
    2: "call forwarding no reply",
    4: "call deflection",
    9: "called DTE out of order",
    10: "call forwarding by the called DTE",
    15: "call forwarding unconditional",
}
SUBADDRESS_TYPE: Final[dict[int, str]] = {0: "NSAP (X.213, ISO/IEC 8348)", 2: "user specified"}
NETWORK_TYPE: Final[dict[int, str]] = {
    0: "user specified",
    2: "national network",
    3: "international network",
}
NETWORK_PLAN: Final[dict[int, str]] = {
    0: "unknown",
    1: "carrier identification code",
    3: "data network identification code (X.121)",
}

PROGRESS: Final[dict[int, str]] = {
    1: "call is not end-to-end ISDN",
    2: "destination address is non-ISDN",
    3: "origination address is non-ISDN",
    4: "call has returned to the ISDN",
    5: "interworking, and it changed the service",
    8: "in-band information or an appropriate pattern is now available",
    10: "delay in response at called interface",
}
NOTIFICATION: Final[dict[int, str]] = {
    0x00: "user suspended",
    0x01: "user resumed",
    0x02: "bearer service change",
    0x04: "call completion delay",
    0x42: "conference established",
    0x43: "conference disconnected",
    0x44: "other party added",
    0x45: "isolated",
    0x46: "reattached",
    0x47: "other party isolated",
    0x48: "other party reattached",
    0x49: "other party split",
    0x4A: "other party disconnected",
    0x4B: "conference floating",
    0x60: "call is waiting",
    0x68: "diversion activated",
    0x69: "call transfer, alerting",
    0x6A: "call transfer, active",
    0x79: "remote hold",
    0x7A: "remote retrieval",
    0x7B: "call is diverting",
}
SIGNAL: Final[dict[int, str]] = {
    0x00: "dial tone on",
    0x01: "ring back tone on",
    0x02: "intercept tone on",
    0x03: "network congestion tone on",
    0x04: "busy tone on",
    0x05: "confirm tone on",
    0x06: "answer tone on",
    0x07: "call waiting tone on",
    0x08: "off-hook warning tone on",
    0x09: "pre-emption tone on",
    0x3F: "tones off",
    0x40: "alerting on, pattern 0",
    0x41: "alerting on, pattern 1",
    0x42: "alerting on, pattern 2",
    0x43: "alerting on, pattern 3",
    0x44: "alerting on, pattern 4",
    0x45: "alerting on, pattern 5",
    0x46: "alerting on, pattern 6",
    0x47: "alerting on, pattern 7",
    0x4F: "alerting off",
}
RESTART_CLASS: Final[dict[int, str]] = {
    0: "indicated channels",
    6: "single interface",
    7: "all interfaces",
}
USER_PROTOCOL: Final[dict[int, str]] = {
    0: "user-specific",
    1: "OSI high layer protocols",
    2: "X.244",
    3: "system management convergence",
    4: "IA5 characters",
    5: "X.208 and X.209 coded",
    7: "V.120 rate adaption",
    8: "Q.931 user-network call control",
}
FACILITY_PROFILE: Final[dict[int, str]] = {
    17: "remote operations",
    18: "CMIP",
    19: "ACSE",
    31: "networking extensions",
}

INTERPRETATION: Final[dict[int, str]] = {
    4: "first (primary or only) characteristics identification"
}
PRESENTATION_METHOD: Final[dict[int, str]] = {1: "high layer protocol profile"}
HIGH_LAYER: Final[dict[int, str]] = {
    0x01: "telephony",
    0x04: "facsimile group 2/3 (F.182)",
    0x21: "facsimile group 4 class I (F.184)",
    0x22: "facsimile service group 4 (F.230)",
    0x24: "facsimile group 4 classes II and III (F.184)",
    0x28: "syntax based videotex (F.300)",
    0x31: "teletex (F.220)",
    0x32: "international videotex gateway (F.300)",
    0x33: "international videotex",
    0x35: "telex (F.60)",
    0x38: "message handling systems (X.400)",
    0x41: "OSI application (X.200)",
    0x42: "FTAM application (ISO 8571)",
    0x5E: "maintenance",
    0x5F: "management",
    0x60: "videotelephony (F.720)",
    0x61: "videoconferencing (F.702)",
    0x62: "audiographic conferencing (F.702)",
    0x68: "multimedia services (F.700)",
}

THROUGHPUT: Final[dict[int, str]] = {
    3: "75 bit/s",
    4: "150 bit/s",
    5: "300 bit/s",
    6: "600 bit/s",
    7: "1200 bit/s",
    8: "2400 bit/s",
    9: "4800 bit/s",
    10: "9600 bit/s",
    11: "19.2 kbit/s",
    12: "48 kbit/s",
    13: "64 kbit/s",
}
"""Throughput classes of X.25, which the information rate is coded as."""
FAST_SELECT: Final[dict[int, str]] = {
    0: "not requested",
    1: "not requested",
    2: "requested, no restriction on response",
    3: "requested, with restriction on response",
}
CUG_INDICATION: Final[dict[int, str]] = {
    1: "closed user group selection",
    2: "selection with outgoing access",
}
REVERSE_CHARGING: Final[dict[int, str]] = {1: "reverse charging requested"}
CONGESTION: Final[dict[int, str]] = {0: "receiver ready", 15: "receiver not ready"}
REPEAT: Final[dict[int, str]] = {2: "prioritized list for selecting one possibility"}


def words(table: dict[int, str], value: int) -> str:
    """The value in words, or as a number."""
    found = table.get(value)
    if found is not None:
        return found
    return f"reserved value {value}"
