"""What the engines of SMDI report, beside neutral LinkChanged and ProtocolFault."""

from __future__ import annotations

from dataclasses import dataclass

from ..call import SignallingEvent
from .codec import CallHistory

Terminal = tuple[int, int]
"""Message desk and terminal: a line of the desk."""


@dataclass(init=False)
class MessageSeen(SignallingEvent):
    """A message came, or went out: for traces."""

    sent: bool
    text: str
    raw: bytes

    def __init__(self, sent: bool, text: str, raw: bytes) -> None:
        self.sent = sent
        self.text = text
        self.raw = raw


@dataclass(init=False)
class CallIdentified(SignallingEvent):
    """The message of the call on a terminal is there. ``late``: the call went on without it."""

    terminal: Terminal
    history: CallHistory
    late: bool

    def __init__(self, terminal: Terminal, history: CallHistory, late: bool) -> None:
        self.terminal = terminal
        self.history = history
        self.late = late


@dataclass(init=False)
class CallUnidentified(SignallingEvent):
    """No message came in time: the call goes on without it."""

    terminal: Terminal

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal


@dataclass(init=False)
class HistoryUnmatched(SignallingEvent):
    """No call came for this message. ``why``: "expired", "replaced" by the next, or "unknown
    terminal"."""

    history: CallHistory
    why: str

    def __init__(self, history: CallHistory, why: str) -> None:
        self.history = history
        self.why = why


@dataclass(init=False)
class LampChanged(SignallingEvent):
    """Where a station's message waiting stands, at the message desk: a state of lamps_states."""

    number: str
    on: bool
    state: int
    why: str

    def __init__(self, number: str, on: bool, state: int, why: str) -> None:
        self.number = number
        self.on = on
        self.state = state
        self.why = why


@dataclass(init=False)
class LampWanted(SignallingEvent):
    """At the exchange: the message desk wants this."""

    number: str
    on: bool

    def __init__(self, number: str, on: bool) -> None:
        self.number = number
        self.on = on
