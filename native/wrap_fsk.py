"""The FSK modems of native/ (fsk_rx.c, fsk_tx.c): V.23 forward channel and Bell 202, 1200 bit/s.

Samples are linear, 16 bits, 8000 a second, in anything with a buffer (bytes, array('h'), numpy);
levels are dBm0, where a sine of full scale is +3.14.
"""

from __future__ import annotations

import array
from typing import Any, NamedTuple

from ..errors import LocalError
from .wrap import ffi, lib

V23: int = lib.TD_FSK_V23
BELL202: int = lib.TD_FSK_BELL202

OCTET: int = lib.TD_FSK_OCTET
FRAMING: int = lib.TD_FSK_FRAMING
CARRIER: int = lib.TD_FSK_CARRIER
LOST: int = lib.TD_FSK_LOST


class FskEvent(NamedTuple):
    """A character, or a change of carrier."""

    sample: int
    """Samples of the channel before it."""
    channel: int
    kind: int
    """OCTET, FRAMING (a character without stop bit), CARRIER or LOST."""
    octet: int
    level: float
    """dBm0, of CARRIER and LOST."""


class FskReceiver:
    """Receivers for ``channels`` channels, fed a block of all of them at a time."""

    def __init__(self, channels: int = 1, modem: int = V23, *, vector: bool = True) -> None:
        error = ffi.new("int *")
        state = lib.td_fsk_rx_new(channels, modem, error) if channels > 0 else ffi.NULL
        if state == ffi.NULL:
            raise LocalError(
                f"no FSK receivers for {channels} channels with modem {modem}: "
                "give 1 to 4096 channels and V23 or BELL202"
            )
        self._state = ffi.gc(state, lib.td_fsk_rx_free)
        self.channels = channels
        self.vector: bool = bool(lib.td_fsk_rx_vector(self._state, vector))

    def run(self, samples: Any) -> list[FskEvent]:
        """Take a block: channel 0's samples, then channel 1's, all equally many.

        Events come by channel, each channel's in order of time.
        """
        memory = ffi.from_buffer("int16_t[]", samples)
        n, rest = divmod(len(memory), self.channels)
        if rest:
            raise LocalError(
                f"{len(memory)} samples for {self.channels} channels: give each equally many"
            )
        room = self.channels * (n // 60 + 4)
        events = ffi.new("td_fsk_event[]", room)
        found = lib.td_fsk_rx_run(self._state, memory, n, n, events, room)
        return [
            FskEvent(e.sample, e.channel, e.kind, e.octet, e.level / 100) for e in events[0:found]
        ]

    def select(self, channel: int, on: bool) -> None:
        """Listen to a channel or not; switched on it is heard afresh, as after silence."""
        if not 0 <= channel < self.channels:
            raise LocalError(f"channel {channel}: there are 0 to {self.channels - 1}")
        lib.td_fsk_rx_select(self._state, channel, on)

    def reset(self, channel: int) -> None:
        """Begin afresh on a channel: no carrier, no character begun."""
        if not 0 <= channel < self.channels:
            raise LocalError(f"channel {channel}: there are 0 to {self.channels - 1}")
        lib.td_fsk_rx_reset(self._state, channel)


def fsk_samples(
    octets: bytes,
    modem: int = V23,
    *,
    level: float = -13.5,
    seizure: int = 300,
    mark: int = 180,
    stop: int = 1,
    tail: int = 10,
) -> array.array[int]:
    """A whole transmission: seizure bits 0101…, mark bits, characters, mark bits at the end.

    The defaults are those of ETSI EN 300 659-1 for on-hook transmission.
    """
    if not -60 <= level <= 3 or min(seizure, mark, tail) < 0 or not 1 <= stop <= 16:
        raise LocalError(
            f"FSK at {level} dBm0 with {seizure}, {mark}, {tail} bits and {stop} stop bits: "
            "give -60 to 3 dBm0, no negative number, and 1 to 16 stop bits"
        )
    message = ffi.new(
        "td_fsk_message *", (modem, round(level * 100), seizure, mark, stop, min(tail, 8000))
    )
    memory = ffi.new("uint64_t[]", (lib.td_fsk_tx_size() + 7) // 8)
    state = ffi.cast("td_fsk_tx *", memory)
    held = ffi.from_buffer("uint8_t[]", octets)
    if lib.td_fsk_tx_init(state, message, held, len(octets)) < 0:
        raise LocalError(
            f"cannot send {len(octets)} octets with {seizure} seizure and {mark} mark bits by "
            f"modem {modem}: give at most 65535 octets, 8000 bits of either, V23 or BELL202"
        )
    samples = array.array("h", bytes(2 * lib.td_fsk_tx_samples(state)))
    lib.td_fsk_tx_run(state, ffi.from_buffer("int16_t[]", samples), len(samples))
    return samples
