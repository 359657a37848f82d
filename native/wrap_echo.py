"""Line echo cancellers (G.168) behind a Python class; td_echo.h says what they do."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..errors import LocalError
from .wrap import Buffer, ffi, lib

ON: int = lib.TD_ECHO_ON
NLP: int = lib.TD_ECHO_NLP
COMFORT: int = lib.TD_ECHO_COMFORT
TONE_DISABLE: int = lib.TD_ECHO_TONE_DISABLE
FREEZE: int = lib.TD_ECHO_FREEZE

TAILS_MS = range(lib.TD_ECHO_LEAST_TAIL_MS, lib.TD_ECHO_MOST_TAIL_MS + 1, lib.TD_ECHO_TAIL_STEP_MS)


class EchoStats(NamedTuple):
    """Of one channel. Levels are means over about the last 100 ms; -99 stands for none."""

    erl_db: float
    """Echo return loss of the path as the filter knows it; 99 where it knows no echo."""
    erle_db: float
    """Enhancement by the linear filter while the far end spoke."""
    sent_dbm0: float
    received_dbm0: float
    residual_dbm0: float
    cleaned_dbm0: float
    noise_dbm0: float
    """The near end's background noise."""
    delay_ms: float
    """Of the strongest part of the echo, to 8 ms."""
    changes: int
    """Echo paths learnt anew."""
    resets: int
    """Times the filter was worse than none and was cleared."""
    double_talk: bool
    disabled: bool
    suppressing: bool


class EchoCanceller:
    """Cancellers of so many channels, all off at first.

    Raises LocalError for what the header does not allow.
    """

    def __init__(self, channels: int, tail_ms: int = 64, plain: bool = False) -> None:
        error = ffi.new("int *")
        echo = ffi.NULL
        if 0 < channels <= lib.TD_ECHO_MOST_CHANNELS and tail_ms in TAILS_MS:
            echo = lib.td_echo_new(channels, tail_ms, plain, error)
        if echo == ffi.NULL:
            raise LocalError(
                f"an echo canceller of {channels} channels and {tail_ms} ms: give "
                f"1 to {lib.TD_ECHO_MOST_CHANNELS} channels and 16 to 128 ms in steps of 8"
            )
        self.channels = channels
        self._echo: Any = ffi.gc(echo, lib.td_echo_free)

    def select(self, channel: int, options: int) -> None:
        """Switch a channel off (0), or on with its options; switching on resets it."""
        if not 0 <= channel < self.channels or options < 0:
            raise LocalError(f"no channel {channel}: give 0 to {self.channels - 1}")
        if lib.td_echo_select(self._echo, channel, options):
            raise LocalError(f"options {options}: give 0, or ON and what goes with it")

    def stagger(self, frames: int) -> None:
        """Move the boundaries of its blocks; before the first run."""
        lib.td_echo_stagger(self._echo, frames % 64)

    def run(self, sent: Buffer, received: Buffer) -> bytes:
        """Frames of one int16 sample a channel, in the machine's order, freed of their echo.

        Raises LocalError when the blocks are not whole frames of one number.
        """
        there, here = ffi.from_buffer("int16_t[]", sent), ffi.from_buffer("int16_t[]", received)
        if len(there) != len(here) or len(here) % self.channels:
            raise LocalError(
                f"blocks of {len(there)} and {len(here)} samples: "
                f"give as many whole frames of {self.channels} in both"
            )
        cleaned = ffi.new("int16_t[]", max(1, len(here)))
        frames = len(here) // self.channels
        lib.td_echo_run(self._echo, there, here, cleaned, frames, self.channels)
        return bytes(ffi.buffer(cleaned, 2 * len(here)))

    def stats(self, channel: int) -> EchoStats:
        """How the channel's canceller stands."""
        stats = ffi.new("td_echo_stats *")
        if not 0 <= channel < self.channels or lib.td_echo_stats_of(self._echo, channel, stats):
            raise LocalError(f"no channel {channel}: give 0 to {self.channels - 1}")
        return EchoStats(
            stats.erl_db,
            stats.erle_db,
            stats.sent_dbm0,
            stats.received_dbm0,
            stats.residual_dbm0,
            stats.cleaned_dbm0,
            stats.noise_dbm0,
            stats.delay_ms,
            stats.changes,
            stats.resets,
            bool(stats.double_talk),
            bool(stats.disabled),
            bool(stats.suppressing),
        )
