"""Numbers and names that line signals and actions share (line_signals.py, line_actions.py)."""

from __future__ import annotations

from typing import Final

DTMF: Final = 1
R2_FORWARD: Final = 2
R2_BACKWARD: Final = 3
R1: Final = 4
"""Kinds of digits, as board.media_events.DigitKind numbers them."""

KIND_NAMES: Final = {DTMF: "DTMF", R2_FORWARD: "R2 forward", R2_BACKWARD: "R2 backward", R1: "R1"}

LISTEN_DTMF: Final = 1
LISTEN_R2_FORWARD: Final = 2
LISTEN_R2_BACKWARD: Final = 4
LISTEN_R1: Final = 8
LISTEN_V23: Final = 16
LISTEN_BELL202: Final = 32
LISTEN_MODEM: Final = 64
LISTEN_PROGRESS: Final = 128
"""Bits of ListenFor, as board.media.Listen has them. LISTEN_PROGRESS brings ToneReceived."""
LISTEN_LEVEL: Final = 256
"""Brings VoiceReceived."""

FEED_OPEN: Final = 0
FEED_NORMAL: Final = 1
FEED_REVERSED: Final = 2
FEED_RINGING: Final = 3
FEED_TIP_OPEN: Final = 4
"""As board.line.Feed."""

BATTERY_ABSENT: Final = 0
BATTERY_NORMAL: Final = 1
BATTERY_REVERSED: Final = 2
"""As board.line.Battery."""

FEED_NAMES: Final = ("open", "normal", "reversed", "ringing", "tip open")
BATTERY_NAMES: Final = ("absent", "normal", "reversed")


def bits_text(bits: int) -> str:
    """ABCD bits as digits, A first."""
    return f"{bits & 15:04b}"
