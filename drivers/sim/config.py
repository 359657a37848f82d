"""Configuration of the simulated board, and everything that can be wrong with it."""

from __future__ import annotations

import re
from typing import Any, Final, Literal

import msgspec

from ...errors import ConfigError
from .line_config import LineConfig, LinePlan, PortPlan, plan_lines, plan_ports

SpanKindName = Literal["e1", "t1", "analog"]
Framing = Literal["d4", "esf"]
LineCode = Literal["ami", "b8zs"]


class SpanConfig(msgspec.Struct, forbid_unknown_fields=True):
    """One span that differs from the board's defaults."""

    number: int
    """Faceplate number, from 1."""
    kind: SpanKindName | None = None
    """As ``kind`` of the board."""
    crc4: bool | None = None
    cas: bool | str | None = None
    framing: Framing | None = None
    """As ``framing`` of the board; T1 only."""
    line_code: LineCode | None = None
    """As ``line_code`` of the board; T1 only."""
    prm: bool | None = None
    """As ``prm`` of the board; T1 only."""
    loop_codes: bool | None = None
    """As ``loop_codes`` of the board; T1 only."""
    ports: str | None = None
    """Analog only: kinds of its ports, as in ``"fxs:1-8,fxo:9-16,tap:17"``."""
    impedance: str | None = None
    """Analog only: termination and balance, a row of drivers/line_rows.py; ``600``."""
    ring: str | None = None
    """Analog only: ring detector of FXO ports and taps, a row; ``std``."""
    feed: str | None = None
    """Analog only: battery of FXS ports, a row; ``48``."""


class CableConfig(msgspec.Struct, forbid_unknown_fields=True):
    """A cable and what is wrong with it, the same in both directions at first."""

    ends: list[int]
    """The two spans it joins, or one span with ``loop``."""
    loop: bool = False
    """A plug that brings what the span sends back to it."""
    ber: float = 0.0
    """Bit error rate, 0 to 0.5."""
    bursts_per_second: float = 0.0
    burst_bits: int = 0
    """Length of a burst."""
    burst_density: float = 0.5
    """Bit error rate inside a burst."""
    ppm: float = 0.0
    """How much faster than the board's clock the sending ends are, -1000 to 1000."""
    delay_ms: int = 0
    """Delay of each direction, rounded up to whole blocks; up to 1000 blocks."""


class PortConfig(msgspec.Struct, forbid_unknown_fields=True):
    """A timeslot handed to another process over a SOCK_SEQPACKET Unix socket."""

    span: int
    timeslot: int
    path: str
    """Where the board listens; the file gets mode 0600."""
    mode: Literal["hdlc", "raw", "cas"] = "hdlc"
    max_octets: int = 1024
    """Longest frame of mode ``hdlc``, without FCS; with ``mtp2`` at most 276."""
    mtp2: bool = False
    """Mode ``hdlc``: a packet is one signal unit of Q.703, FISU and LSSU (fill-ins) too. A fill-in
    goes on on the line until the next packet; one that comes again and again is one packet."""


class SimConfig(msgspec.Struct, forbid_unknown_fields=True):
    """``[board.sim]``."""

    spans: int = 2
    """1 to 64."""
    block_ms: int | None = None
    """Block of the engine, 1 to 20 ms: latency against processor time. Left out: 1 ms, and 2 ms
    for 8 spans or more (see ``engine_block_ms``)."""
    seed: int = 1
    """Of everything random on the cables."""
    kind: SpanKindName = "e1"
    """What all spans are; ``[[board.sim.span]]`` has exceptions, here and below."""
    crc4: bool = True
    """E1: CRC-4 multiframe (G.704 2.3.3)."""
    cas: bool | str = False
    """E1: signalling multiframe in timeslot 16 (G.704 5.1.3.2). T1: robbed bits (T1.403 7), on all
    timeslots or those of a list: ``"1-23"``. One opened for HDLC or a port of mode ``hdlc`` or
    ``raw`` is a clear channel all the same: its bits are never touched."""
    framing: Framing = "esf"
    """T1: superframe of 12 frames (D4), or of 24 with CRC-6 and data link (ESF); T1.403 5."""
    line_code: LineCode = "b8zs"
    """T1: ``b8zs`` carries every octet; with ``ami`` an octet of eight zeros gets its bit 7 set, as
    by the repeaters' old rule: open timeslots for HDLC at 56 kbit/s (``rate56``)."""
    prm: bool = True
    """T1 with ESF: send a performance report each second (T1.403 9.4.2)."""
    loop_codes: bool = True
    """T1 with ESF: obey the far end's codes for line and payload loopback (T1.403 9.4.1)."""
    soft_spans: int = 2
    """Spans without a line behind the others, 0 to 64: 31 soft channels each, for music on hold,
    players and recorders of conferences, and live audio."""
    ring_octets: int = 1 << 20
    """Room for events that nobody has taken yet."""
    cable: str = ""
    """Cables in short, for addresses: ``1-2,3-4``; a single number is a loop plug."""
    span: list[SpanConfig] = []
    cables: list[CableConfig] = []
    ports: list[PortConfig] = []
    lines: list[LineConfig] = []
    """Analog lines: pairs of wires between the ports of analog spans."""


def _fail(key: str, wrong: str, remedy: str) -> ConfigError:
    return ConfigError(f"{key}: {wrong}: {remedy}")


def _need_range(key: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise _fail(key, f"{value} is out of range", f"give {low} to {high}")


def _need_span(key: str, value: int, spans: int) -> None:
    if not 1 <= value <= spans:
        raise _fail(key, f"there is no span {value}", f"give 1 to {spans}, or raise 'spans'")


def short_cables(text: str) -> list[CableConfig]:
    """Read ``1-2,3``; ConfigError names the part that is no cable."""
    cables = []
    for part in text.replace(" ", "").split(",") if text else []:
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", part)
        if match is None:
            raise _fail("cable", f"'{part}' is no cable", "write '1-2' for a cable, '1' for a loop")
        one, other = int(match[1]), match[2]
        if other is None or int(other) == one:
            cables.append(CableConfig([one], loop=True))
        else:
            cables.append(CableConfig([one, int(other)]))
    return cables


def _check_kinds(key: str, cable: CableConfig, spans: dict[int, SpanOptions]) -> None:
    kinds = [spans[end].kind for end in cable.ends]
    if "analog" in kinds:
        end = cable.ends[kinds.index("analog")]
        raise _fail(f"{key}.ends", f"span {end} is analog", "join its ports by [[board.sim.lines]]")
    if len(set(kinds)) > 1:
        ends = " and ".join(f"span {n} {_NAMES[spans[n].kind]}" for n in cable.ends)
        raise _fail(f"{key}.ends", f"{ends} cannot be joined", "set the same 'kind' for both spans")


def _check_cable(
    key: str,
    cable: CableConfig,
    config: SimConfig,
    spans: dict[int, SpanOptions],
    used: dict[int, str],
) -> None:
    need = 1 if cable.loop else 2
    if len(cable.ends) != need or len(set(cable.ends)) != need:
        given = f"{len(cable.ends)} given"
        remedy = "give one span with loop = true" if cable.loop else "give two different spans"
        raise _fail(f"{key}.ends", f"a cable has {need} end{'s' * (need > 1)}, {given}", remedy)
    for end in cable.ends:
        _need_span(f"{key}.ends", end, config.spans)
        if end in used:
            raise _fail(
                f"{key}.ends", f"span {end} has a cable already ({used[end]})", "unplug one"
            )
        used[end] = key
    _check_kinds(key, cable, spans)
    _need_range(f"{key}.ber", cable.ber, 0, 0.5)
    _need_range(f"{key}.bursts_per_second", cable.bursts_per_second, 0, 100000)
    _need_range(f"{key}.ppm", cable.ppm, -1000, 1000)
    _need_range(f"{key}.delay_ms", cable.delay_ms, 0, 1000 * engine_block_ms(config))
    if cable.bursts_per_second:
        _need_range(f"{key}.burst_bits", cable.burst_bits, 1, 2048000)
        _need_range(f"{key}.burst_density", cable.burst_density, 1e-9, 1)


ALL_T1: Final = (1 << 25) - 2
"""Timeslots 1 to 24 as a mask, bit n for timeslot n."""
_NAMES: Final = {"e1": "an E1", "t1": "a T1", "analog": "analog"}
_T1_KEYS: Final = ("framing", "line_code", "prm", "loop_codes")
_ANALOG_KEYS: Final = ("ports", "impedance", "ring", "feed")
_FOREIGN: Final = {
    "e1": (*_T1_KEYS, *_ANALOG_KEYS),
    "t1": ("crc4", *_ANALOG_KEYS),
    "analog": ("crc4", "cas", *_T1_KEYS),
}
"""What spans of a kind do not have."""


class SpanOptions(msgspec.Struct):
    """One span as it is to be made, the board's defaults filled in."""

    kind: SpanKindName
    crc4: bool
    cas: int
    """E1: 1 or 0. T1: mask of the timeslots with robbed bits."""
    framing: Framing
    line_code: LineCode
    prm: bool
    loop_codes: bool


def _cas_mask(key: str, value: bool | str, t1: bool) -> int:
    """``cas`` as SpanOptions has it. Texts "true", "false", "1", "0" come from addresses."""
    if isinstance(value, str) and value.lower() in ("true", "false", "1", "0"):
        value = value.lower() in ("true", "1")
    if isinstance(value, bool):
        return ALL_T1 if t1 and value else int(value)
    if not t1:
        raise _fail(key, f"'{value}' on an E1, whose timeslot 16 serves all", "give true or false")
    mask = 0
    for part in value.replace(" ", "").split(","):
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= 24:
            raise _fail(key, f"'{part}' is no list of timeslots", "write it as in '1-23'")
        mask |= (2 << last) - (1 << first)
    return mask


def span_options(config: SimConfig) -> dict[int, SpanOptions]:
    """Every span by its number; ConfigError for a key that its kind does not have."""
    own = {span.number: (i, span) for i, span in enumerate(config.span)}
    made = {}
    for number in range(1, config.spans + 1):
        i, span = own.get(number, (0, SpanConfig(number)))
        kind = span.kind or config.kind
        for key in _FOREIGN[kind]:
            if getattr(span, key) is not None:
                raise _fail(
                    f"span[{i}].{key}",
                    f"span {number} is {_NAMES[kind]}, which has none",
                    "leave it out, or give another 'kind'",
                )

        def of(key: str, span: SpanConfig = span) -> Any:
            value = getattr(span, key)
            return getattr(config, key) if value is None else value

        for key in ("prm", "loop_codes"):
            if kind == "t1" and of("framing") == "d4" and getattr(span, key):
                raise _fail(
                    f"span[{i}].{key}",
                    f"span {number} is D4, which has no data link",
                    "leave it out, or set framing = 'esf'",
                )
        where = "cas" if span.cas is None else f"span[{i}].cas"
        cas = 0 if kind == "analog" else _cas_mask(where, of("cas"), kind == "t1")
        made[number] = SpanOptions(kind, of("crc4"), cas, *(of(key) for key in _T1_KEYS))
    return made


def _check_port_timeslot(key: str, port: PortConfig, span: SpanOptions) -> None:
    if span.kind == "analog":
        raise _fail(f"{key}.span", f"span {port.span} is analog", "give an E1 or a T1")
    _need_range(f"{key}.timeslot", port.timeslot, 1, 24 if span.kind == "t1" else 31)
    if port.mode == "cas" and not span.cas:
        raise _fail(f"{key}.mode", f"span {port.span} has no CAS", "set cas = true for it")
    if span.kind == "t1" and port.mode == "cas" and not span.cas >> port.timeslot & 1:
        raise _fail(
            f"{key}.timeslot",
            f"timeslot {port.timeslot} of span {port.span} has no robbed bits",
            "put it in the span's 'cas', or give another",
        )
    if span.kind == "e1" and port.timeslot == 16 and span.cas:
        raise _fail(f"{key}.timeslot", "timeslot 16 carries CAS", "give another, or cas = false")


def _check_ports(config: SimConfig, spans: dict[int, SpanOptions]) -> None:
    places: dict[tuple[int, int], int] = {}
    paths: dict[str, int] = {}
    for i, port in enumerate(config.ports):
        key = f"ports[{i}]"
        _need_span(f"{key}.span", port.span, config.spans)
        _check_port_timeslot(key, port, spans[port.span])
        _need_range(f"{key}.max_octets", port.max_octets, 2, 8192)
        if not port.path or len(port.path.encode()) > 107:
            raise _fail(
                f"{key}.path", f"{len(port.path.encode())} octets", "a socket's path has 1 to 107"
            )
        if port.mtp2 and port.mode != "hdlc":
            raise _fail(f"{key}.mtp2", f"not in mode '{port.mode}'", "set mode = 'hdlc'")
        if port.mtp2 and port.max_octets < 5:
            raise _fail(f"{key}.max_octets", f"{port.max_octets} with mtp2", "give 276")
        if (port.span, port.timeslot) in places:
            other = places[port.span, port.timeslot]
            raise _fail(f"{key}.timeslot", f"is taken by ports[{other}]", "give another timeslot")
        if port.path in paths:
            raise _fail(f"{key}.path", f"is that of ports[{paths[port.path]}]", "give another path")
        places[port.span, port.timeslot] = i
        paths[port.path] = i


def analog_plan(config: SimConfig) -> tuple[dict[tuple[int, int], PortPlan], list[LinePlan]]:
    """Analog ports by (span, port), and the lines between them; ConfigError as from ``check``."""
    own = {span.number: (f"span[{i}]", span) for i, span in enumerate(config.span)}
    ports: dict[tuple[int, int], PortPlan] = {}
    for number in range(1, config.spans + 1):
        key, span = own.get(number, ("span", SpanConfig(number)))
        if (span.kind or config.kind) == "analog":
            rows = (span.impedance or "600", span.ring or "std", span.feed or "48")
            ports.update(plan_ports(key, number, span.ports, *rows))
    return ports, plan_lines(config.lines, ports)


MANY_SPANS: Final = 8
"""From so many on a block is 2 ms when nothing else is said: waking up a processor and filling its
caches costs as much as a millisecond of 16 spans (bench_media.py)."""


def engine_block_ms(config: SimConfig) -> int:
    """``block_ms``, or what stands for it when it is left out."""
    if config.block_ms is not None:
        return config.block_ms
    return 1 if config.spans < MANY_SPANS else 2


def check(config: SimConfig) -> list[CableConfig]:
    """All cables of a configuration that is found right; ConfigError names key and remedy."""
    _need_range("spans", config.spans, 1, 64)
    _need_range("block_ms", engine_block_ms(config), 1, 20)
    _need_range("soft_spans", config.soft_spans, 0, 64)
    _need_range("seed", config.seed, 0, (1 << 64) - 1)
    _need_range("ring_octets", config.ring_octets, 4096, 1 << 30)
    seen: set[int] = set()
    for i, span in enumerate(config.span):
        _need_span(f"span[{i}].number", span.number, config.spans)
        if span.number in seen:
            raise _fail(f"span[{i}].number", f"span {span.number} is given twice", "merge the two")
        seen.add(span.number)
    spans = span_options(config)
    used: dict[int, str] = {}
    short = short_cables(config.cable)
    for i, cable in enumerate(short):
        _check_cable(f"cable[{i}]", cable, config, spans, used)
    for i, cable in enumerate(config.cables):
        _check_cable(f"cables[{i}]", cable, config, spans, used)
    _check_ports(config, spans)
    analog_plan(config)
    return [*short, *config.cables]
