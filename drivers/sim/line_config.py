"""Configuration of the simulated board's analog ports and the lines between them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from ...board.line import PortKind
from ...errors import ConfigError
from ..line_rows import FEEDS, IMPEDANCES, RINGS, WIRES

LAST_PORT: Final = 31


class LineConfig(msgspec.Struct, forbid_unknown_fields=True):
    """``[[board.sim.lines]]``: a pair of wires from an FXS port to an FXO port, each given as
    ``"SPAN/PORT"``; one of the ends may be missing, and a tap may lie across the FXO's."""

    fxs: str = ""
    fxo: str = ""
    tap: str = ""
    loop_ohms: float = 300.0
    """Direct current resistance of both wires, 0 to 10000."""
    wire: str = "0.4"
    """The cable for voice: a row of its diameters (mm or AWG), as long as ``loop_ohms`` makes it;
    ``none``: no loss and no impedance of its own."""
    loss_db: float | None = None
    """At 1020 Hz, 0 to 40: the cable is as long as this, whatever ``loop_ohms`` says."""
    noise_dbm0: float | None = None
    hum_dbm0: float | None = None
    leak_ohms: float | None = None
    """Between the wires, from 1 on."""
    ren: float = 0.0
    """Ringers beside the FXO, 0 to 20."""
    impedance: str | None = None
    """Of both ports: a row; left out: their spans'."""
    parallel: bool = False
    """A telephone beside the FXO is off hook from the start."""
    crossed: bool = False
    """Tip and ring are exchanged."""


class PortPlan(msgspec.Struct):
    """One analog port as it is to be made: names of rows."""

    kind: PortKind
    impedance: str
    ring: str
    feed: str


class LinePlan(msgspec.Struct):
    """One line: its ends as (span, port), None where there is none."""

    config: LineConfig
    fxs: tuple[int, int] | None
    fxo: tuple[int, int] | None
    tap: tuple[int, int] | None


def _fail(key: str, wrong: str, remedy: str) -> ConfigError:
    return ConfigError(f"{key}: {wrong}: {remedy}")


def need_row(key: str, name: str, rows: Mapping[str, object]) -> str:
    """The name, when it is one of the rows; ConfigError otherwise."""
    if name not in rows:
        raise _fail(key, f"there is no row '{name}'", f"give one of {', '.join(rows)}")
    return name


def parse_ports(key: str, text: str) -> dict[int, PortKind]:
    """Read ``fxs:1-8,10,fxo:11-16,tap:17``: kinds by port number. ConfigError names the part."""
    found: dict[int, PortKind] = {}
    kind: PortKind | None = None
    for part in text.replace(" ", "").lower().split(","):
        match = re.fullmatch(r"(?:(fxs|fxo|tap):)?(\d+)(?:-(\d+))?", part)
        kind = PortKind(match[1]) if match and match[1] else kind
        if match is None or kind is None:
            raise _fail(key, f"'{part}' is no row of ports", "write it as in 'fxs:1-8,fxo:9-16'")
        first, last = int(match[2]), int(match[3] or match[2])
        if not 1 <= first <= last <= LAST_PORT:
            raise _fail(key, f"'{part}': a span has ports 1 to {LAST_PORT}", "give such numbers")
        for number in range(first, last + 1):
            if number in found:
                raise _fail(key, f"port {number} is given twice", "give each port one kind")
            found[number] = kind
    return found


def _end(
    key: str,
    text: str,
    kind: PortKind,
    ports: Mapping[tuple[int, int], PortPlan],
    used: dict[tuple[int, int], str],
) -> tuple[int, int] | None:
    if not text:
        return None
    match = re.fullmatch(r"(\d+)/(\d+)", text.strip())
    if match is None:
        raise _fail(key, f"'{text}' is no port", "write span/port, as in '3/9'")
    where = int(match[1]), int(match[2])
    if where not in ports:
        spans = sorted({span for span, _ in ports})
        if where[0] not in spans:
            have = f"spans {', '.join(map(str, spans))} are" if spans else "no span is"
            raise _fail(key, f"span {where[0]} is not analog ({have})", "give it kind = 'analog'")
        raise _fail(key, f"span {where[0]} has no port {where[1]}", "add it to the span's 'ports'")
    if ports[where].kind is not kind:
        raise _fail(
            key,
            f"port {text} is of kind '{ports[where].kind.value}'",
            f"give one of '{kind.value}'",
        )
    if where in used:
        raise _fail(key, f"port {text} has a line already ({used[where]})", "give another port")
    used[where] = key
    return where


def _need_range(key: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise _fail(key, f"{value} is out of range", f"give {low:g} to {high:g}")


def _check_values(key: str, line: LineConfig) -> None:
    _need_range(f"{key}.loop_ohms", line.loop_ohms, 0, 10000)
    _need_range(f"{key}.loss_db", line.loss_db, 0, 40)
    _need_range(f"{key}.noise_dbm0", line.noise_dbm0, -90, 0)
    _need_range(f"{key}.hum_dbm0", line.hum_dbm0, -90, 0)
    _need_range(f"{key}.leak_ohms", line.leak_ohms, 1, 1e9)
    _need_range(f"{key}.ren", line.ren, 0, 20)
    if line.wire != "none":
        need_row(f"{key}.wire", line.wire, {**WIRES, "none": None})
    elif line.loss_db:
        raise _fail(f"{key}.loss_db", "no loss without a cable", "give a 'wire'")
    if line.impedance is not None:
        need_row(f"{key}.impedance", line.impedance, IMPEDANCES)


def plan_lines(
    lines: list[LineConfig], ports: Mapping[tuple[int, int], PortPlan]
) -> list[LinePlan]:
    """Lines with their ends, found right; their ports get the lines' impedances."""
    used: dict[tuple[int, int], str] = {}
    plans = []
    for i, line in enumerate(lines):
        key = f"lines[{i}]"
        fxs = _end(f"{key}.fxs", line.fxs, PortKind.FXS, ports, used)
        fxo = _end(f"{key}.fxo", line.fxo, PortKind.FXO, ports, used)
        tap = _end(f"{key}.tap", line.tap, PortKind.TAP, ports, used)
        if fxs is None and fxo is None:
            raise _fail(key, "a line without an end", "give fxs, fxo or both")
        _check_values(key, line)
        for end in (fxs, fxo):
            if end is not None and line.impedance is not None:
                ports[end].impedance = line.impedance
        plans.append(LinePlan(line, fxs, fxo, tap))
    return plans


def plan_ports(
    key: str, span: int, text: str | None, impedance: str, ring: str, feed: str
) -> dict[tuple[int, int], PortPlan]:
    """The ports of one analog span, whose keys begin with ``key``."""
    if not text:
        raise _fail(
            f"{key}.ports", f"span {span} is analog and has none", "give 'fxs:1-8,fxo:9-16' or so"
        )
    need_row(f"{key}.impedance", impedance, IMPEDANCES)
    need_row(f"{key}.ring", ring, RINGS)
    need_row(f"{key}.feed", feed, FEEDS)
    return {
        (span, number): PortPlan(kind, impedance, ring, feed)
        for number, kind in parse_ports(f"{key}.ports", text).items()
    }
