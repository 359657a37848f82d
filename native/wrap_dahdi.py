"""DAHDI's kernel driver: what there is, and the engine on its channels; td_dahdi.h says what each
function does. Functions return what the C functions return: 0 or more, or a negative errno.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .wrap import ffi, lib
from .wrap_engine import Engine

EVENT_DAHDI: int = lib.TD_EVENT_DAHDI
REMOVED: int = lib.TD_DAHDI_REMOVED
RETURNED: int = lib.TD_DAHDI_RETURNED
KERNEL: int = lib.TD_DAHDI_KERNEL

VOICE: int = lib.TD_DAHDI_VOICE
OCTETS: int = lib.TD_DAHDI_OCTETS
FRAMES: int = lib.TD_DAHDI_FRAMES
FRAMES_56: int = lib.TD_DAHDI_FRAMES_56

EM: int = lib.TD_DAHDI_EM
EM_E1: int = lib.TD_DAHDI_EM_E1
CLEAR: int = lib.TD_DAHDI_CLEAR
HDLC_FCS: int = lib.TD_DAHDI_HDLC_FCS
HARD_HDLC: int = lib.TD_DAHDI_HARD_HDLC
MTP2: int = lib.TD_DAHDI_MTP2
CAS: int = lib.TD_DAHDI_CAS
FXS_PORT: int = lib.TD_DAHDI_FXS_PORT
FXO_PORT: int = lib.TD_DAHDI_FXO_PORT

ON_HOOK: int = lib.TD_DAHDI_ON_HOOK
OFF_HOOK: int = lib.TD_DAHDI_OFF_HOOK
START: int = lib.TD_DAHDI_START
RING: int = lib.TD_DAHDI_RING
RING_OFF: int = lib.TD_DAHDI_RING_OFF

ALAW: int = lib.TD_ALAW
ULAW: int = lib.TD_ULAW

COUNTS = (
    "bipolar_violations",
    "crc4_errors",
    "e_bits",
    "fas_errors",
    "framing_errors",
    "code_violations",
    "bit_errors",
    "prbs",
    "errored_seconds",
)


class SpanInfo(NamedTuple):
    """``td_dahdi_span_info``."""

    number: int
    alarms: int
    channels: int
    configured: int
    sync_source: int
    line_config: int
    can_signal: int
    missed_interrupts: int
    counts: dict[str, int]
    name: str
    description: str
    location: str
    manufacturer: str
    device: str
    type: str


class ChannelInfo(NamedTuple):
    """``td_dahdi_channel_info``."""

    number: int
    span: int
    position: int
    signalling: int
    can_signal: int
    law: int
    alarms: int
    idle_bits: int
    name: str


def _value(found: Any) -> Any:
    if isinstance(found, int):
        return found
    return ffi.string(found).decode(errors="replace")


def span_info(number: int) -> SpanInfo | int:
    """A span, or a negative errno."""
    info = ffi.new("td_dahdi_span_info *")
    error = int(lib.td_dahdi_span_info_get(number, info))
    if error:
        return error
    counts = dict(zip(COUNTS, info.counts, strict=True))
    fields = {n: _value(getattr(info, n)) for n in SpanInfo._fields if n != "counts"}
    return SpanInfo(counts=counts, **fields)


def channel_info(number: int) -> ChannelInfo | int:
    """A channel, or a negative errno."""
    info = ffi.new("td_dahdi_channel_info *")
    error = int(lib.td_dahdi_channel_info_get(number, info))
    if error:
        return error
    return ChannelInfo(*(_value(getattr(info, n)) for n in ChannelInfo._fields))


def version() -> str | int:
    """Of the kernel driver, or a negative errno."""
    text = ffi.new("char[]", 80)
    error = int(lib.td_dahdi_version(text, 80))
    return error or str(ffi.string(text).decode(errors="replace"))


class DahdiEngine(Engine):
    """An engine on DAHDI's channels. ``error`` is 0, or the errno that left it without one."""

    def __init__(
        self, spans: int, block_frames: int, ring_octets: int, soft_spans: int, blocks: int
    ) -> None:
        config = ffi.new(
            "td_engine_config *", (spans, block_frames, ring_octets, 0, 0, 0, soft_spans, 0)
        )
        error = ffi.new("int *")
        engine = lib.td_engine_new_dahdi(config, blocks, error)
        self.error = 0 if engine != ffi.NULL else -int(error[0])
        self._engine = engine if self.error else ffi.gc(engine, lib.td_engine_free)
        self._room = max(ring_octets, 1 << 17)
        self._buffer = ffi.new("uint8_t[]", self._room)
        self._view = ffi.buffer(self._buffer)

    def add_span(self, span: int, number: int, kind: int) -> int:
        return int(lib.td_dahdi_span(self._engine, span, number, kind))

    def add_channel(self, span: int, timeslot: int, number: int) -> int:
        return int(lib.td_dahdi_channel(self._engine, span, timeslot, number))

    def mode(self, span: int, timeslot: int, mode: int, law: int, max_octets: int) -> int:
        """What the channel carries from its next opening on: VOICE, OCTETS, FRAMES, FRAMES_56."""
        return int(lib.td_dahdi_mode(self._engine, span, timeslot, mode, law, max_octets))

    def send_bits(self, span: int, timeslot: int, abcd: int) -> int:
        return int(lib.td_dahdi_set_bits(self._engine, span, timeslot, abcd))

    def received_bits(self, span: int, timeslot: int) -> int:
        return int(lib.td_dahdi_bits(self._engine, span, timeslot))

    def echo(self, span: int, timeslot: int, taps: int) -> int:
        return int(lib.td_dahdi_echo(self._engine, span, timeslot, taps))

    def gain(self, span: int, timeslot: int, received_db: float, sent_db: float) -> int:
        return int(lib.td_dahdi_gain(self._engine, span, timeslot, received_db, sent_db))

    def hardware_gain(self, span: int, timeslot: int, sent: bool, tenths: int) -> int:
        return int(lib.td_dahdi_hardware_gain(self._engine, span, timeslot, sent, tenths))

    def maintenance(self, span: int, loopback: int) -> int:
        return int(lib.td_dahdi_loopback(self._engine, span, loopback))

    def hook(self, span: int, timeslot: int, what: int) -> int:
        return int(lib.td_dahdi_hook(self._engine, span, timeslot, what))

    def polarity(self, span: int, timeslot: int, reverse: bool) -> int:
        return int(lib.td_dahdi_polarity(self._engine, span, timeslot, reverse))

    def pulses(
        self, span: int, timeslot: int, digits: str, make: int, break_: int, after: int, tag: int
    ) -> int:
        text = digits.encode()
        return int(
            lib.td_dahdi_pulses(self._engine, span, timeslot, text, make, break_, after, tag)
        )

    def flash(self, span: int, timeslot: int, ms: int, tag: int) -> int:
        return int(lib.td_dahdi_flash(self._engine, span, timeslot, ms, tag))

    def sending(self, span: int, timeslot: int) -> int:
        """1 while pulses or a flash are under way."""
        return int(lib.td_dahdi_sending(self._engine, span, timeslot))

    def ring_steadily(self, span: int, timeslot: int) -> int:
        return int(lib.td_dahdi_ring_steadily(self._engine, span, timeslot))

    def on_hook_audio(self, span: int, timeslot: int, ms: int) -> int:
        return int(lib.td_dahdi_on_hook_audio(self._engine, span, timeslot, ms))

    def lamp(self, span: int, timeslot: int, on: bool) -> int:
        return int(lib.td_dahdi_lamp(self._engine, span, timeslot, on))

    def line(self, span: int, timeslot: int) -> tuple[int, bool, int]:
        """errno or 0, off hook, battery."""
        off, battery = ffi.new("int *"), ffi.new("int *")
        code = int(lib.td_dahdi_line(self._engine, span, timeslot, off, battery))
        return code, bool(off[0]), int(battery[0])

    def channel_counters(self, span: int, timeslot: int) -> dict[str, int]:
        """Underruns, overruns and the like; empty when there is no such channel."""
        counts = ffi.new("td_dahdi_counts *")
        if lib.td_dahdi_counters(self._engine, span, timeslot, counts) < 0:
            return {}
        return {n: int(getattr(counts, n)) for n, _ in ffi.typeof("td_dahdi_counts").fields}
