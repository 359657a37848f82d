"""Configuration of the simulated board, and everything that can be wrong with it."""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from ...errors import ConfigError


class SpanConfig(msgspec.Struct, forbid_unknown_fields=True):
    """One span that differs from the board's defaults."""

    number: int
    """Faceplate number, from 1."""
    crc4: bool | None = None
    cas: bool | None = None


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
    crc4: bool = True
    """CRC-4 multiframe (G.704 2.3.3) on all spans; ``[[board.sim.span]]`` has exceptions."""
    cas: bool = False
    """Signalling multiframe in timeslot 16 (G.704 5.1.3.2) on all spans."""
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


def _check_cable(key: str, cable: CableConfig, config: SimConfig, used: dict[int, str]) -> None:
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
    _need_range(f"{key}.ber", cable.ber, 0, 0.5)
    _need_range(f"{key}.bursts_per_second", cable.bursts_per_second, 0, 100000)
    _need_range(f"{key}.ppm", cable.ppm, -1000, 1000)
    _need_range(f"{key}.delay_ms", cable.delay_ms, 0, 1000 * engine_block_ms(config))
    if cable.bursts_per_second:
        _need_range(f"{key}.burst_bits", cable.burst_bits, 1, 2048000)
        _need_range(f"{key}.burst_density", cable.burst_density, 1e-9, 1)


def _check_ports(config: SimConfig) -> None:
    cas = dict.fromkeys(range(1, config.spans + 1), config.cas)
    cas.update({s.number: s.cas for s in config.span if s.cas is not None})
    places: dict[tuple[int, int], int] = {}
    paths: dict[str, int] = {}
    for i, port in enumerate(config.ports):
        key = f"ports[{i}]"
        _need_span(f"{key}.span", port.span, config.spans)
        _need_range(f"{key}.timeslot", port.timeslot, 1, 31)
        _need_range(f"{key}.max_octets", port.max_octets, 2, 8192)
        if not port.path or len(port.path.encode()) > 107:
            raise _fail(
                f"{key}.path", f"{len(port.path.encode())} octets", "a socket's path has 1 to 107"
            )
        if port.mtp2 and port.mode != "hdlc":
            raise _fail(f"{key}.mtp2", f"not in mode '{port.mode}'", "set mode = 'hdlc'")
        if port.mtp2 and port.max_octets < 5:
            raise _fail(f"{key}.max_octets", f"{port.max_octets} with mtp2", "give 276")
        if port.mode == "cas" and not cas[port.span]:
            raise _fail(f"{key}.mode", f"span {port.span} has no CAS", "set cas = true for it")
        if port.timeslot == 16 and cas[port.span]:
            raise _fail(
                f"{key}.timeslot", "timeslot 16 carries CAS", "give another, or cas = false"
            )
        if (port.span, port.timeslot) in places:
            other = places[port.span, port.timeslot]
            raise _fail(f"{key}.timeslot", f"is taken by ports[{other}]", "give another timeslot")
        if port.path in paths:
            raise _fail(f"{key}.path", f"is that of ports[{paths[port.path]}]", "give another path")
        places[port.span, port.timeslot] = i
        paths[port.path] = i


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
    used: dict[int, str] = {}
    short = short_cables(config.cable)
    for i, cable in enumerate(short):
        _check_cable(f"cable[{i}]", cable, config, used)
    for i, cable in enumerate(config.cables):
        _check_cable(f"cables[{i}]", cable, config, used)
    _check_ports(config)
    return [*short, *config.cables]
