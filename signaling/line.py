"""Engines of channel-associated and analog signalling: what they are told and asked.

R2, E&M, FXS and FXO have no frames: a line shows bits, loop current, ringing and sounds. A
``LineEngine`` takes LineSignals (line_signals.py) and gives LineActions (line_actions.py); who
stands between it and a board (line_port.py) or a ``cas`` port (hil/) carries them out. Channels are
the engine's, times are ns.
"""

from __future__ import annotations

from typing import Protocol

from .call import CallRequest, KeptCall, SignallingEvent
from .line_actions import LineAction
from .line_signals import LineSignal


class LineEngine(Protocol):
    """An engine for the channels of one trunk of lines. As SignallingEngine (call.py), which see,
    with signals and actions in place of frames. Handles of calls, causes and events are the same.
    """

    def start(self, now: int) -> None:
        """The boards run: put every line in its idle state."""

    def line_down(self, channels: tuple[int, ...], now: int) -> None:
        """Layer 1 of these channels is lost (alarm of their span, line cut): their calls end as the
        Recommendation says, and they are out of service."""

    def line_up(self, channels: tuple[int, ...], now: int) -> None:
        """It is back."""

    def receive(self, signal: LineSignal, now: int) -> None:
        """What a line shows."""

    def transmit(self) -> list[LineAction]:
        """Take what is to be done, in order."""

    def events(self) -> list[SignallingEvent]:
        """Take what happened, in order."""

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` wants to be called; asking changes nothing."""

    def handle_timeout(self, now: int) -> None:
        """Let every timer that is due by ``now`` expire."""

    def place(self, request: CallRequest, now: int) -> int: ...
    def send_digits(self, call: int, digits: str, complete: bool, now: int) -> None: ...
    def want_digits(self, call: int, now: int) -> None: ...
    def proceed(self, call: int, now: int) -> None: ...
    def progress(self, call: int, indicator: int, now: int) -> None: ...
    def alert(self, call: int, inband: bool, now: int) -> None: ...
    def answer(self, call: int, now: int) -> None: ...
    def clear(self, call: int, cause: int, now: int) -> None: ...
    def notify(self, call: int, indicator: int, now: int) -> None: ...
    def send_user_information(self, call: int, data: bytes, now: int) -> None: ...
    def restart(self, channels: tuple[int, ...], now: int) -> None: ...
    def drain(self, on: bool, now: int) -> None: ...
    def keep(self, call: int) -> KeptCall | None: ...
    def adopt(self, kept: KeptCall, now: int) -> int: ...

    def block(self, channels: tuple[int, ...], now: int) -> None:
        """Take channels out of service towards the far end where the line can say so."""

    def unblock(self, channels: tuple[int, ...], now: int) -> None: ...

    def counters(self) -> dict[str, int]:
        """Totals by stable names, for metrics."""

    def channel_text(self, channel: int) -> str:
        """The state of the channel's machines, for people."""
