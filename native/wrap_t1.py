"""T1 spans and framers behind Python; td_t1.h says what each does."""

from __future__ import annotations

from typing import Any

from ..errors import DriverError
from .wrap import ffi, lib
from .wrap_engine import Engine, or_far

EVENT_FDL: int = lib.TD_EVENT_FDL
D4: int = lib.TD_T1_D4
ESF: int = lib.TD_T1_ESF
AMI: int = lib.TD_T1_AMI
PRM: int = lib.TD_T1_PRM
NETWORK: int = lib.TD_T1_NETWORK
OBEY_LOOPS: int = lib.TD_T1_OBEY_LOOPS
CODE: int = lib.TD_T1_CODE
"""In place of an alarm in what T1Receiver saw: the value is a codeword."""
MESSAGE: int = lib.TD_T1_MESSAGE

FRAME_BITS = 193


def configure(engine: Engine, span: int, framing: int, options: int, cas: int) -> int:
    config = ffi.new("td_t1_config *", (framing, options, cas, 0))
    return int(lib.td_span_configure_t1(engine.handle, span, config))


def send_code(engine: Engine, span: int, code: int, repeats: int) -> int:
    return int(lib.td_span_send_code(engine.handle, span, or_far(code), repeats))


def looped(engine: Engine, span: int) -> int:
    return int(lib.td_span_looped(engine.handle, span))


def _read(counts: Any, struct_name: str) -> dict[str, Any]:
    return {name: getattr(counts, name) for name, _ in ffi.typeof(struct_name).fields}


def counters(engine: Engine, span: int) -> dict[str, int]:
    """Empty when the span is no T1."""
    counts = ffi.new("td_t1_counts *")
    if lib.td_span_t1_counters(engine.handle, span, counts) < 0:
        return {}
    return _read(counts, "td_t1_counts")


def rows() -> dict[str, tuple[int, str]]:
    """Times and thresholds by name: value and source."""
    value = ffi.new("uint32_t *")
    source = ffi.new("char const **")
    found: dict[str, tuple[int, str]] = {}
    while True:
        name = lib.td_t1_row(len(found), value, source)
        if name == ffi.NULL:
            return found
        found[ffi.string(name).decode()] = (value[0], ffi.string(source[0]).decode())


def report(seconds: list[tuple[int, int]], network: bool = False) -> bytes:
    """The performance report at the end of these seconds, the oldest first: (CRC-6 errors, flags: 1
    severely errored framing, 2 framing bit error, 4 slip, 8 payload loopback)."""
    errors = ffi.new("uint32_t[]", [n for n, _ in seconds])
    flags = ffi.new("uint32_t[]", [flag for _, flag in seconds])
    octets = ffi.new("uint8_t[]", lib.TD_T1_REPORT_OCTETS)
    lib.td_t1_report(errors, flags, len(seconds), network, octets)
    return bytes(ffi.buffer(octets))


class T1Transmitter:
    """Framing of 32 columns (timeslots 1 to 24 in columns 1 to 24) to 193 bits a frame."""

    def __init__(self, framing: int = ESF, options: int = 0, cas: int = 0) -> None:
        config = ffi.new("td_t1_config *", (framing, options, cas, 0))
        self._tx: Any = ffi.gc(lib.td_t1_tx_new(config), lib.td_t1_tx_free)

    def set(self, ais: bool = False, rai: bool = False) -> None:
        lib.td_t1_tx_set(self._tx, ais, rai)

    def abcd(self, timeslot: int, bits: int) -> None:
        lib.td_t1_tx_abcd(self._tx, timeslot, bits)

    def code(self, code: int, repeats: int = 10) -> None:
        lib.td_t1_tx_code(self._tx, code, repeats)

    def message(self, octets: bytes) -> int:
        """1 when taken, 0 while another waits."""
        return int(lib.td_t1_tx_message(self._tx, octets, len(octets)))

    def frames(self, octets: bytes) -> tuple[bytes, int]:
        """Whole frames of 32 octets in; the line's octets out, and how many of their bits count."""
        n = len(octets) // 32
        line = ffi.new("uint8_t[]", n * 25 + 8)
        bits: int = lib.td_t1_tx_frames(self._tx, octets, n, line)
        return bytes(ffi.buffer(line, (bits + 7) // 8)), bits


class T1Receiver:
    """Bits of a line -> aligned frames and events (time, alarm, -1, CODE or MESSAGE, value,
    timeslot)."""

    def __init__(self, framing: int = ESF, cas: int = 0) -> None:
        config = ffi.new("td_t1_config *", (framing, 0, cas, 0))
        self._rx: Any = ffi.gc(lib.td_t1_rx_new(config), lib.td_t1_rx_free)

    def line(
        self, octets: bytes, nbits: int, time: int, signal: bool = True
    ) -> tuple[bytes, list[tuple[int, int, int, int]]]:
        """Receive ``nbits`` (up to 30880) from the MSB of the first octet on."""
        room = nbits // FRAME_BITS + 3
        frames = ffi.new("uint8_t[]", room * 32)
        events = ffi.new("td_e1_event[]", 1024)
        count = ffi.new("uint32_t *")
        n = lib.td_t1_rx_line(self._rx, octets, nbits, signal, time, frames, events, 1024, count)
        if n < 0:
            raise DriverError(f"a block of {nbits} bits: give up to 30880")
        seen = [(e.time, e.alarm, e.value, e.timeslot) for e in events[0 : min(count[0], 1024)]]
        return bytes(ffi.buffer(frames, n * 32)), seen

    def message(self) -> bytes:
        """The message told last."""
        octets = ffi.new("uint8_t[]", 64)
        return bytes(ffi.buffer(octets, lib.td_t1_rx_message(self._rx, octets, 64)))

    def alarms(self) -> int:
        return int(lib.td_t1_rx_alarms(self._rx))

    def counts(self) -> dict[str, Any]:
        counts = ffi.new("td_span_counts *")
        t1 = ffi.new("td_t1_counts *")
        lib.td_t1_rx_counts(self._rx, counts, t1)
        found = _read(counts, "td_span_counts") | _read(t1, "td_t1_counts")
        del found["raised"]
        return found
