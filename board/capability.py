"""What a driver's boards can do, and who does it: the columns of docs/boards.md.

A driver states it as data on its class (``Driver.capabilities``), which needs no hardware::

    capabilities: ClassVar[Capabilities] = {
        Capability.E1: by_board(),
        Capability.PLAY: by_engine(),
        Capability.HDLC: by_board("dchan channels") | by_engine("clear channels"),
    }

What is not named is absent. ``Board.features`` of an opened board says the same of that board: it
has a feature only where its driver offers it (``features_of``).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from .call_control import LineType
from .line import PortKind
from .model import Board, Feature, SpanKind


class Supply(enum.Flag):
    """Who does it."""

    ABSENT = 0
    NATIVE = enum.auto()
    """The board, its kernel driver or its maker's library."""
    SOFT = enum.auto()
    """trunkd's own engine."""


class Capability(enum.Enum):
    """A row of the matrix. Most are a ``Feature``; lines are kinds of spans and ports."""

    E1 = "E1 spans"
    T1 = "T1 spans"
    FXS = "FXS ports"
    FXO = "FXO ports"
    TAP = "high-impedance taps"
    ANALOG = "battery, hook, ringing"
    """The line side of analog ports (board/line.py)."""
    HDLC = "HDLC frames"
    MTP2 = "MTP2 signal units"
    CAS = "CAS: ABCD bits"
    CALLS = "call control"
    PLAY = "play octets"
    PLAY_LIST = "play lists"
    RECORD = "record octets"
    RECORD_TO = "record into files"
    LISTEN = "detectors and meters"
    CONDITION = "gain, AGC, noise gate"
    ECHO = "echo canceller"
    CONNECT = "connect timeslots"
    CONFERENCE = "conferences"
    SOFT_CHANNELS = "soft channels"
    STREAM = "live audio, bridges"
    LOOPBACK = "loopbacks"
    STEPPED = "virtual time"


FEATURES: Mapping[Capability, Feature] = {
    Capability.ANALOG: Feature.ANALOG,
    Capability.HDLC: Feature.HDLC,
    Capability.MTP2: Feature.MTP2,
    Capability.CAS: Feature.CAS,
    Capability.CALLS: Feature.CALLS,
    Capability.PLAY: Feature.PLAY,
    Capability.PLAY_LIST: Feature.PLAY_LIST,
    Capability.RECORD: Feature.RECORD,
    Capability.RECORD_TO: Feature.RECORD_TO,
    Capability.LISTEN: Feature.LISTEN,
    Capability.CONDITION: Feature.CONDITION,
    Capability.ECHO: Feature.CONDITION,
    Capability.CONNECT: Feature.CONNECT,
    Capability.CONFERENCE: Feature.CONFERENCE,
    Capability.SOFT_CHANNELS: Feature.SOFT,
    Capability.STREAM: Feature.STREAM,
    Capability.LOOPBACK: Feature.LOOPBACK,
    Capability.STEPPED: Feature.STEPPED,
}
"""The flag of ``Board.features`` that a board with the capability has."""


VERBS: Mapping[Capability, tuple[str, ...]] = {
    Capability.CAS: ("set_bits", "bits"),
    Capability.PLAY: ("play", "stop_play"),
    Capability.PLAY_LIST: (
        "play_list",
        "pause_play",
        "resume_play",
        "seek_play",
        "set_play_volume",
        "set_play_speed",
        "play_position",
    ),
    Capability.RECORD: ("record", "stop_record", "recorded"),
    Capability.RECORD_TO: (
        "record_to",
        "pause_record",
        "resume_record",
        "recorded_samples",
        "prerecord",
    ),
    Capability.LISTEN: ("listen", "level"),
    Capability.CONDITION: ("condition",),
    Capability.ECHO: ("cancel_echo", "echo_state"),
    Capability.CONNECT: ("connect",),
    Capability.CONFERENCE: ("conference",),
    Capability.STREAM: ("live_audio", "bridge", "stop_stream", "streaming", "bridge_slips"),
    Capability.LOOPBACK: ("set_loopback",),
    Capability.STEPPED: ("step",),
}
"""The optional methods of Timeslot, Span and Board (board/model.py), each in its row."""


@dataclass(frozen=True)
class Offer:
    """Who supplies a capability, and what of it is left out or on what it depends, in words."""

    supply: Supply
    note: str = ""

    def __or__(self, other: Offer) -> Offer:
        """Both ways, by configuration or by channel."""
        notes = [note for note in (self.note, other.note) if note]
        return Offer(self.supply | other.supply, "; ".join(notes))


Capabilities = Mapping[Capability, Offer]

UNSEEN = "by published facts alone"
"""Ends the note of a capability that no test has had on a board or its double."""

ABSENT = Offer(Supply.ABSENT)


def by_board(note: str = "") -> Offer:
    """The board does it."""
    return Offer(Supply.NATIVE, note)


def by_engine(note: str = "") -> Offer:
    """trunkd's engine does it."""
    return Offer(Supply.SOFT, note)


TDM: Capabilities = {
    Capability.HDLC: by_engine(),
    Capability.MTP2: by_engine(),
    Capability.PLAY: by_engine(),
    Capability.PLAY_LIST: by_engine(),
    Capability.RECORD: by_engine(),
    Capability.RECORD_TO: by_engine(),
    Capability.LISTEN: by_engine(),
    Capability.CONDITION: by_engine(),
    Capability.ECHO: by_engine(),
    Capability.CONNECT: by_engine(),
    Capability.CONFERENCE: by_engine(),
    Capability.SOFT_CHANNELS: by_engine("`soft_spans`"),
    Capability.STREAM: by_engine(),
}
"""What every board has that gives octets for each timeslot: the engine supplies it."""


def features_of(offered: Capabilities) -> Feature:
    """All features that a board of the driver may have."""
    found = Feature.NONE
    for capability, offer in offered.items():
        if offer.supply and capability in FEATURES:
            found |= FEATURES[capability]
    return found


def line_kinds(board: Board) -> set[Capability]:
    """The kinds of lines that an opened board has."""
    found = {_TRUNKS[span.kind] for span in board.spans if span.kind in _TRUNKS}
    for span in board.spans:
        for timeslot in span.timeslots:
            if timeslot.line is not None:
                found.add(_PORTS[timeslot.line.kind])
            elif timeslot.calls is not None and timeslot.calls.line in _LINES:
                found.add(_LINES[timeslot.calls.line])
    return found


_TRUNKS = {SpanKind.E1: Capability.E1, SpanKind.T1: Capability.T1}
_PORTS = {
    PortKind.FXS: Capability.FXS,
    PortKind.FXO: Capability.FXO,
    PortKind.TAP: Capability.TAP,
}
_LINES = {
    LineType.STATION: Capability.FXS,
    LineType.ANALOG_TRUNK: Capability.FXO,
    LineType.RECORDING: Capability.TAP,
}


def kinds_of(offered: Capabilities) -> set[Capability]:
    """The kinds of lines that a board of the driver may have."""
    kinds = {*_TRUNKS.values(), *_PORTS.values()}
    return {capability for capability in kinds if offered.get(capability, ABSENT).supply}
