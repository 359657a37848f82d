"""Relay and fault boxes of a bench, from a TOML file: boxes, their relays and faults by name."""

from __future__ import annotations

import os
import pathlib
from typing import Annotated, Final, Literal

import msgspec

from ..errors import ConfigError
from .relay_box_rows import FAMILIES, Family
from .serial_line import SerialSettings

DEFAULT_PATH: Final = "/etc/trunkd/bench.toml"
ENVIRONMENT: Final = "TRUNKD_BENCH"

Safe = Literal["open", "closed", "leave"]
FaultKind = Literal["cut", "short", "swap", "los", "loopback", "other"]

KINDS: Final[dict[str, str]] = {
    "cut": "one wire or the pair is open",
    "short": "tip and ring are joined",
    "swap": "tip and ring are exchanged",
    "los": "no signal arrives on the pair",
    "loopback": "the pair is sent back to where it comes from",
    "other": "something else",
}


class RelayTable(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One relay: ``name = 3``, or this table."""

    relay: int
    """Its number, as the board counts."""
    safe: Safe | None = None
    """Its safe state, when it is not the box's."""


class FaultTable(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One fault: which relays make it."""

    kind: FaultKind = "other"
    on: str = ""
    """What it is on, for people: "span 1, receive pair"."""
    close: list[str] = []
    open: list[str] = []


class BoxTable(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One box of relays on a serial port."""

    port: str
    """A device, socket://HOST:PORT or rfc2217://HOST:PORT."""
    family: str
    """Its command set (`trunkd bench families`)."""
    relays: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    """How many the board has; 0: as many as boards of the family usually have."""
    first: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """The number of its first relay, when it is not the family's (SCPI: 101)."""
    unit: Annotated[int, msgspec.Meta(ge=1, le=247)] = 1
    """Modbus address."""
    line: SerialSettings | None = None
    """Rate and format, when they are not the family's."""
    safe: Safe = "open"
    """The state that relays are left in."""
    relay: dict[str, int | RelayTable] = {}
    """Names of relays. A relay without a name is called by its number."""
    fault: dict[str, FaultTable] = {}
    timeout_ms: Annotated[int, msgspec.Meta(ge=1, le=60_000)] = 500
    """How long an answer may take."""
    quiet_ms: Annotated[int, msgspec.Meta(ge=1, le=5_000)] = 30
    """An answer has ended when nothing has come for so long."""
    tries: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 8
    """How often a command is sent before the box is given up."""


class BenchFile(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The whole file: [box.NAME]."""

    box: dict[str, BoxTable] = {}


class Relay(msgspec.Struct, frozen=True):
    """One relay of a box, resolved."""

    name: str
    number: int
    place: int
    """From 0, on the board."""
    safe: Safe


def family_of(name: str, table: BoxTable) -> Family:
    """The box's row; ConfigError names those that there are."""
    if table.family not in FAMILIES:
        raise ConfigError(
            f"box.{name}.family: no family '{table.family}'; there are {', '.join(FAMILIES)}"
        )
    return FAMILIES[table.family]


def relays_of(name: str, table: BoxTable) -> dict[str, Relay]:
    """Every relay of a box by its name, in the order of their numbers."""
    family = family_of(name, table)
    count = table.relays or family.relays
    if count > family.most:
        raise ConfigError(
            f"box.{name}.relays: {count}, but boards of family {family.name} have at most "
            f"{family.most}"
        )
    first = family.first if table.first is None else table.first
    if family.binary and first + count > 256:
        raise ConfigError(f"box.{name}.first: {first} does not fit family {family.name}")
    names: dict[int, Relay] = {}
    for label, value in table.relay.items():
        entry = RelayTable(relay=value) if isinstance(value, int) else value
        where = f"box.{name}.relay.{label}"
        if not first <= entry.relay < first + count:
            raise ConfigError(
                f"{where}: relay {entry.relay}, but the board has {first} to {first + count - 1}"
            )
        if entry.relay in names:
            raise ConfigError(
                f"{where}: relay {entry.relay} is '{names[entry.relay].name}' already"
            )
        if label.isdecimal() and int(label) != entry.relay:
            raise ConfigError(f"{where}: a name of digits is a relay's own number; choose a word")
        names[entry.relay] = Relay(
            label, entry.relay, entry.relay - first, entry.safe or table.safe
        )
    every = [
        names.get(n, Relay(str(n), n, n - first, table.safe)) for n in range(first, first + count)
    ]
    return {relay.name: relay for relay in every}


def check_faults(name: str, table: BoxTable, relays: dict[str, Relay]) -> None:
    """ConfigError when a fault names a relay that is not there, or has none."""
    for label, fault in table.fault.items():
        where = f"box.{name}.fault.{label}"
        if not fault.close and not fault.open:
            raise ConfigError(f"{where}: say which relays to close or to open")
        if both := set(fault.close) & set(fault.open):
            raise ConfigError(f"{where}: {', '.join(sorted(both))} cannot be open and closed")
        for used in (*fault.close, *fault.open):
            if used not in relays:
                raise ConfigError(f"{where}: no relay '{used}'; there are {', '.join(relays)}")


def load_bench(path: str | None = None) -> BenchFile:
    """The bench's file: this one, $TRUNKD_BENCH, or /etc/trunkd/bench.toml; checked."""
    where = path or os.environ.get(ENVIRONMENT) or DEFAULT_PATH
    try:
        text = pathlib.Path(where).read_bytes()
    except OSError as exc:
        raise ConfigError(
            f"{where}: {exc.strerror}: a bench's boxes are named there; without a file, call a box "
            "FAMILY@PORT, as in numato@/dev/ttyACM0"
        ) from exc
    try:
        loaded = msgspec.toml.decode(text, type=BenchFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{where}: {exc}") from exc
    try:
        for name, table in loaded.box.items():
            check_faults(name, table, relays_of(name, table))
    except ConfigError as exc:
        raise ConfigError(f"{where}: {exc}") from exc
    return loaded


def find_box(name: str, path: str | None = None) -> BoxTable:
    """The box of this name in the bench's file, or FAMILY@PORT for one that is in no file."""
    family, at, port = name.partition("@")
    if at:
        table = BoxTable(port=port, family=family)
        family_of(name, table)
        return table
    bench = load_bench(path)
    if name not in bench.box:
        have = ", ".join(bench.box) or "none"
        raise ConfigError(f"no box '{name}'; the bench has {have}")
    return bench.box[name]
