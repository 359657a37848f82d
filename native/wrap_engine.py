"""The TDM engine and the E1 framers behind Python classes; trunkd_native.h says what each does.

Methods return what the C functions return: 0 or more, or a negative errno. The drivers turn
those into errors that name board and remedy.
"""

from __future__ import annotations

import struct
from typing import Any

from ..errors import DriverError
from .wrap import ffi, lib

EVENT = struct.Struct("<QqIIHhBBBB")
"""The head of an event: time, tag, size, octets, length, value, kind, span, timeslot, code."""

EVENT_FRAME: int = lib.TD_EVENT_FRAME
EVENT_FAULT: int = lib.TD_EVENT_FAULT
EVENT_ALARM: int = lib.TD_EVENT_ALARM
EVENT_SLIP: int = lib.TD_EVENT_SLIP
EVENT_BITS: int = lib.TD_EVENT_BITS
EVENT_PLAY_END: int = lib.TD_EVENT_PLAY_END
EVENT_RECORD_END: int = lib.TD_EVENT_RECORD_END
EVENT_PORT: int = lib.TD_EVENT_PORT
EVENT_LOST: int = lib.TD_EVENT_LOST
EVENT_SA: int = lib.TD_EVENT_SA

LINE_NORMAL: int = lib.TD_LINE_NORMAL
LINE_CUT: int = lib.TD_LINE_CUT
LINE_AIS: int = lib.TD_LINE_AIS
LOOP_NONE: int = lib.TD_LOOP_NONE
LOOP_LOCAL: int = lib.TD_LOOP_LOCAL
LOOP_LINE: int = lib.TD_LOOP_LINE
LOOP_PAYLOAD: int = lib.TD_LOOP_PAYLOAD
PORT_HDLC: int = lib.TD_PORT_HDLC
PORT_RAW: int = lib.TD_PORT_RAW
PORT_CAS: int = lib.TD_PORT_CAS
PORT_MTP2: int = lib.TD_PORT_MTP2
PORT_STREAM: int = lib.TD_PORT_STREAM

SPAN_E1: int = lib.TD_SPAN_E1
SPAN_T1: int = lib.TD_SPAN_T1
SPAN_ANALOG: int = lib.TD_SPAN_ANALOG

ALARMS: int = lib.TD_ALARMS

_FAR = (1 << 31) - 1


def or_far(number: int) -> int:
    """The number, or one beyond every range where it does not fit: C functions then refuse it with
    -EINVAL, as they do with all that is out of range."""
    return number if 0 <= number <= _FAR else _FAR


def _counts(struct_name: str, fill: Any, *where: Any) -> dict[str, int]:
    counts = ffi.new(f"{struct_name} *")
    if fill(*where, counts) < 0:
        return {}
    return {name: getattr(counts, name) for name, _ in ffi.typeof(struct_name).fields}


class Engine:
    """``td_engine``: all spans of a board. Calls come from one thread."""

    def __init__(
        self,
        spans: int,
        block_frames: int,
        ring_octets: int,
        stepped: bool,
        start_ns: int = 0,
        seed: int = 0,
        soft_spans: int = 0,
    ) -> None:
        config = ffi.new(
            "td_engine_config *",
            (spans, block_frames, ring_octets, stepped, start_ns, seed, soft_spans, 0),
        )
        error = ffi.new("int *")
        engine = lib.td_engine_new_sim(config, error)
        if engine == ffi.NULL:
            raise DriverError(f"no engine of {spans} spans: {_error_text(error[0])}")
        self._engine: Any = ffi.gc(engine, lib.td_engine_free)
        self._room = max(ring_octets, 1 << 17)
        self._buffer: Any = ffi.new("uint8_t[]", self._room)
        self._view: Any = ffi.buffer(self._buffer)

    @property
    def handle(self) -> Any:
        """The C engine, for the other wrappers."""
        return self._engine

    def free(self) -> None:
        """Stop the thread, close sockets, give memory back. The object is of no use after."""
        ffi.release(self._engine)

    def set_kind(self, span: int, kind: int) -> int:
        """SPAN_E1, SPAN_T1 or SPAN_ANALOG; before start, cables and timeslots."""
        return int(lib.td_span_set_kind(self._engine, span, kind))

    def configure_span(self, span: int, crc4: bool, cas: bool) -> int:
        return int(lib.td_span_configure(self._engine, span, crc4, cas))

    def start(self) -> int:
        return int(lib.td_engine_start(self._engine))

    def step(self, until: int) -> int:
        return int(lib.td_engine_step(self._engine, until))

    def time(self) -> int:
        return int(lib.td_engine_time(self._engine))

    def fileno(self) -> int:
        return int(lib.td_engine_fileno(self._engine))

    def stats(self) -> dict[str, int]:
        stats = ffi.new("td_engine_stats *")
        lib.td_engine_get_stats(self._engine, stats)
        return {name: getattr(stats, name) for name, _ in ffi.typeof("td_engine_stats").fields}

    def events(self) -> bytes:
        """Records that wait: each EVENT, its payload, and padding up to ``size``."""
        n: int = lib.td_engine_events(self._engine, self._buffer, self._room)
        return bytes(self._view[:n]) if n > 0 else b""

    # ---- spans and cables -------------------------------------------------------------------

    def alarms(self, span: int) -> int:
        return int(lib.td_span_alarms(self._engine, span))

    def span_counters(self, span: int) -> dict[str, Any]:
        counts: dict[str, Any] = _counts("td_span_counts", lib.td_span_counters, self._engine, span)
        counts["raised"] = list(counts["raised"])
        return counts

    def loopback(self, span: int, loopback: int) -> int:
        return int(lib.td_span_loopback(self._engine, span, loopback))

    def send_ais(self, span: int, on: bool) -> int:
        return int(lib.td_span_send_ais(self._engine, span, on))

    def set_sa(self, span: int, sa: int) -> int:
        return int(lib.td_span_set_sa(self._engine, span, sa))

    def line_connect(self, from_span: int, to_span: int) -> int:
        return int(lib.td_line_connect(self._engine, from_span, to_span))

    def line_state(self, to_span: int, state: int) -> int:
        return int(lib.td_line_state(self._engine, to_span, state))

    def line_slip(self, to_span: int, frames: int) -> int:
        return int(lib.td_line_slip(self._engine, to_span, frames))

    def line_slip_bit(self, to_span: int, bits: int) -> int:
        return int(lib.td_line_slip_bit(self._engine, to_span, bits))

    def line_impair(
        self,
        to_span: int,
        ber: float,
        bursts_per_second: float,
        burst_bits: int,
        burst_density: float,
        ppb: int,
        delay_blocks: int,
        seed: int,
    ) -> int:
        burst = or_far(max(burst_bits, 0))
        ppb = max(-_FAR, min(ppb, _FAR))
        impairment = ffi.new(
            "td_impairment *",
            (ber, bursts_per_second, burst_density, burst, ppb, seed, or_far(delay_blocks), 0),
        )
        return int(lib.td_line_impair(self._engine, to_span, impairment))

    # ---- timeslots --------------------------------------------------------------------------

    def open_hdlc(
        self,
        span: int,
        timeslot: int,
        max_octets: int,
        min_octets: int,
        mark: bool,
        queue: int,
        mtp2: bool = False,
        rate56: bool = False,
    ) -> int:
        options = (lib.TD_HDLC_MARK if mark else 0) | (lib.TD_HDLC_MTP2 if mtp2 else 0)
        options |= lib.TD_HDLC_56K if rate56 else 0
        config = ffi.new("td_hdlc_config *", (max_octets, min_octets, options, 1))
        return int(lib.td_slot_open_hdlc(self._engine, span, timeslot, config, queue))

    def open_voice(self, span: int, timeslot: int, ulaw: bool, idle: int) -> int:
        coding = lib.TD_ULAW if ulaw else lib.TD_ALAW
        return int(lib.td_slot_open_voice(self._engine, span, timeslot, coding, idle))

    def close(self, span: int, timeslot: int) -> int:
        return int(lib.td_slot_close(self._engine, span, timeslot))

    def transmit(self, span: int, timeslot: int, frame: bytes) -> int:
        n: int = lib.td_slot_transmit(self._engine, span, timeslot, frame, len(frame))
        return n

    def play(self, span: int, timeslot: int, octets: bytes, tag: int) -> tuple[int, Any]:
        """The second value must be kept until playing has ended."""
        kept = ffi.from_buffer("uint8_t[]", octets)
        code = lib.td_slot_play(self._engine, span, timeslot, kept, len(octets), tag)
        return int(code), kept

    def stop_play(self, span: int, timeslot: int) -> int:
        return int(lib.td_slot_stop_play(self._engine, span, timeslot))

    def playing(self, span: int, timeslot: int) -> bool:
        return bool(lib.td_slot_playing(self._engine, span, timeslot) > 0)

    def record(self, span: int, timeslot: int, octets: int, tag: int) -> tuple[int, Any]:
        """The second value, which holds the octets, must be kept until recording has ended."""
        kept = ffi.new("uint8_t[]", max(octets, 1))
        return int(lib.td_slot_record(self._engine, span, timeslot, kept, octets, tag)), kept

    def stop_record(self, span: int, timeslot: int) -> int:
        return int(lib.td_slot_stop_record(self._engine, span, timeslot))

    def recording(self, span: int, timeslot: int) -> bool:
        return bool(lib.td_slot_recording(self._engine, span, timeslot) > 0)

    def recorded(self, span: int, timeslot: int) -> int:
        return int(lib.td_slot_recorded(self._engine, span, timeslot))

    @staticmethod
    def octets(kept: Any, n: int) -> bytes:
        """The first n octets of what ``record`` gave."""
        return bytes(ffi.buffer(kept, n))

    def connect(self, span: int, timeslot: int, from_span: int, from_timeslot: int) -> int:
        return int(lib.td_slot_connect(self._engine, span, timeslot, from_span, from_timeslot))

    def set_bits(self, span: int, timeslot: int, abcd: int) -> int:
        return int(lib.td_slot_set_bits(self._engine, span, timeslot, or_far(abcd)))

    def bits(self, span: int, timeslot: int) -> int:
        return int(lib.td_slot_bits(self._engine, span, timeslot))

    def slot_counters(self, span: int, timeslot: int) -> dict[str, int]:
        """Empty when the timeslot is closed."""
        return _counts("td_slot_counts", lib.td_slot_counters, self._engine, span, timeslot)

    # ---- ports ------------------------------------------------------------------------------

    def port_listen(self, span: int, timeslot: int, mode: int, path: str, max_octets: int) -> int:
        where = path.encode()
        return int(lib.td_port_listen(self._engine, span, timeslot, mode, where, max_octets))

    def port_attach(self, span: int, timeslot: int, mode: int, fd: int, max_octets: int) -> int:
        """On success the descriptor belongs to the engine."""
        return int(lib.td_port_attach(self._engine, span, timeslot, mode, fd, max_octets))


def _error_text(code: int) -> str:
    import os

    return os.strerror(-code)


# ==== E1 framers alone ===========================================================================


class E1Transmitter:
    """G.704 framing of 32-octet frames; state is kept from call to call."""

    def __init__(self, crc4: bool = True, cas: bool = False) -> None:
        self._tx: Any = ffi.gc(lib.td_e1_tx_new(crc4, cas), lib.td_e1_tx_free)

    def set(
        self,
        ais: bool = False,
        rai: bool = False,
        rai16: bool = False,
        sa: int = 31,
        e_line: bool = False,
    ) -> None:
        lib.td_e1_tx_set(self._tx, ais, rai, rai16, sa, e_line)

    def owe(self, submultiframes: int) -> None:
        """Tell the far end of so many more errored submultiframes by E bits."""
        lib.td_e1_tx_owe(self._tx, submultiframes)

    def abcd(self, timeslot: int, bits: int) -> None:
        lib.td_e1_tx_abcd(self._tx, timeslot, bits)

    def frames(self, octets: bytes) -> bytes:
        """Whole frames of 32 octets in, the line's octets out."""
        line = bytearray(octets)
        lib.td_e1_tx_frames(self._tx, ffi.from_buffer("uint8_t[]", line), len(line) // 32)
        return bytes(line)


class E1Receiver:
    """Bits of a line -> aligned frames and events (time, alarm or -1, value, timeslot)."""

    def __init__(self, crc4: bool = True, cas: bool = False) -> None:
        self._rx: Any = ffi.gc(lib.td_e1_rx_new(crc4, cas), lib.td_e1_rx_free)

    def line(
        self, octets: bytes, nbits: int, time: int, signal: bool = True
    ) -> tuple[bytes, list[tuple[int, int, int, int]]]:
        """Receive ``nbits`` (up to 40960) from the MSB of the first octet on."""
        room = nbits // 256 + 3
        frames = ffi.new("uint8_t[]", room * 32)
        events = ffi.new("td_e1_event[]", 1024)
        count = ffi.new("uint32_t *")
        n = lib.td_e1_rx_line(self._rx, octets, nbits, signal, time, frames, events, 1024, count)
        if n < 0:
            raise DriverError(f"a block of {nbits} bits: give up to 40960")
        seen = [(e.time, e.alarm, e.value, e.timeslot) for e in events[0 : min(count[0], 1024)]]
        return bytes(ffi.buffer(frames, n * 32)), seen

    def alarms(self) -> int:
        return int(lib.td_e1_rx_alarms(self._rx))

    def counts(self) -> dict[str, Any]:
        counts = ffi.new("td_span_counts *")
        lib.td_e1_rx_counts(self._rx, counts)
        names = [name for name, _ in ffi.typeof("td_span_counts").fields]
        return {name: getattr(counts, name) for name in names if name != "raised"}
