"""From a trunk's configuration to its signalling engine, and the engine's own ranges."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final, Protocol

from ..errors import ConfigError, LocalError
from ..signaling.call import CallRequest, KeptCall
from ..signaling.isdn import q921_config, q931_config
from .calls import BEARERS
from .config import PriTable, TrunkTable, b_channels, interfaces
from .config_read import Path, Reader, show_duration

if TYPE_CHECKING:
    from ..signaling.isdn.nfas import NfasTrunk
    from ..signaling.isdn.q921 import DataLink
    from ..signaling.isdn.trunk import PriTrunk

_ADDRESS_CONTROL: Final = 4
"""Octets of address and control before an I frame's information field (Q.921 2.2)."""

_LINK_ROWS: Final = {row.name.lower(): row for row in q921_config.PARAMETERS if row.used}


class CallRequests(Protocol):
    """What every trunk's engine takes: the requests of SignallingEngine (signaling/call.py)."""

    def place(self, request: CallRequest, now: int, /) -> int: ...
    def send_digits(self, call: int, digits: str, complete: bool, now: int, /) -> None: ...
    def want_digits(self, call: int, now: int, /) -> None: ...
    def proceed(self, call: int, now: int, /) -> None: ...
    def progress(self, call: int, indicator: int, now: int, /) -> None: ...
    def alert(self, call: int, inband: bool, now: int, /) -> None: ...
    def answer(self, call: int, now: int, /) -> None: ...
    def clear(self, call: int, cause: int, now: int, /) -> None: ...
    def notify(self, call: int, indicator: int, now: int, /) -> None: ...
    def send_user_information(self, call: int, data: bytes, now: int, /) -> None: ...
    def restart(self, channels: tuple[int, ...], now: int, /) -> None: ...
    def drain(self, on: bool, now: int, /) -> None: ...
    def keep(self, call: int, /) -> KeptCall | None: ...
    def adopt(self, kept: KeptCall, now: int, /) -> int: ...


def make_engine(table: TrunkTable) -> PriTrunk:
    """The engine of a trunk whose configuration was checked; with one D-channel."""
    from ..signaling.isdn.trunk import PriTrunk  # only a running daemon needs the engine

    assert table.pri is not None
    return PriTrunk(pri_config(table.pri))


def make_backup_engine(table: TrunkTable) -> NfasTrunk:
    """As ``make_engine``, with two D-channels."""
    from ..signaling.isdn.nfas import NfasTrunk

    assert table.pri is not None
    return NfasTrunk(pri_config(table.pri))


def link_counters(link: DataLink) -> dict[str, int]:
    """What a D-channel's data link has counted, by stable names for metrics."""
    return {f"q921_{name}": value for name, value in link.counters.totals().items()}


def engine_counters(engine: PriTrunk | NfasTrunk) -> dict[str, int]:
    """What call control has counted, by stable names for metrics."""
    counters: dict[str, int] = {}
    for cause, count in engine.control.refused.items():
        counters[f"q931_refused_{cause}"] = count
    counters["q931_undrawn"] = engine.control.machine.undrawn
    return counters


def frame_octets(table: TrunkTable) -> int:
    """The longest D-channel frame, without FCS: N201 and the frame's own header."""
    assert table.pri is not None
    return table.pri.link.n201 + _ADDRESS_CONTROL


def link_config(pri: PriTable) -> q921_config.LinkConfig:
    link = pri.link
    return q921_config.LinkConfig(
        network=pri.side == "network",
        t200=link.t200,
        t203=link.t203,
        n200=link.n200,
        n201=link.n201,
        k=link.k,
    )


_SERVICES: Final = {"auto": "", "off": "none"}
"""Our words for what the engine calls otherwise."""


def pri_config(pri: PriTable) -> q931_config.PriConfig:
    """``[trunk.pri]`` as the engine wants it; ConfigError or LocalError when it does not fit."""
    return q931_config.PriConfig(
        side=pri.side,
        channels=b_channels(pri),
        selection=pri.hunt or "",
        variant=pri.variant,
        overlap_receiving=pri.overlap_receiving,
        min_digits=pri.min_digits,
        send_proceeding=pri.send_proceeding,
        connect_acknowledge=pri.connect_acknowledge,
        restart_on_start=pri.restart_on_start,
        restart_maintenance=pri.restart_maintenance,
        enquire=pri.enquire,
        disconnect_tones=pri.disconnect_tones,
        dial_tone=pri.dial_tone,
        bearers=tuple(BEARERS[name] for name in pri.bearers),
        timers={int(name[1:]): value for name, value in pri.timers.items()},
        link=link_config(pri),
        interfaces=tuple([number for number, _ in interfaces(pri)]),
        backup=bool(pri.backup),
        transfer=_SERVICES.get(pri.transfer, pri.transfer),
        deflection=_SERVICES.get(pri.deflection, pri.deflection),
    )


def check_pri(reader: Reader, pri: PriTable, path: Path) -> None:
    """Note what the engine would not take, each at its own key."""
    before = len(reader.errors)
    _check_timers(reader, pri, (*path, "timers"))
    for name, row in _LINK_ROWS.items():
        _check_range(reader, row, getattr(pri.link, name), (*path, "link", name))
    if pri.variant not in q931_config.VARIANTS:
        have = ", ".join(f"{v.name} ({v.text})" for v in q931_config.VARIANTS.values())
        reader.wrong((*path, "variant"), f"there is no variant '{pri.variant}'", have)
    if len(reader.errors) > before:
        return
    try:
        pri_config(pri)
    except (ConfigError, LocalError) as exc:
        what, _, remedy = str(exc).partition("; ")
        reader.wrong(path, what, remedy or "see docs/configuration.md")


def _check_timers(reader: Reader, pri: PriTable, path: Path) -> None:
    rows = {f"T{number}": row for number, row in q931_config.TIMERS.items()}
    for name, value in pri.timers.items():
        row = rows.get(name)
        if row is None:
            near = difflib.get_close_matches(name.upper(), rows, 1, 0.7)
            hint = f"did you mean '{near[0]}'?" if near else "known are " + ", ".join(rows)
            reader.wrong((*path, name), f"Q.931 has no timer '{name}'", hint)
        elif not (row.network if pri.side == "network" else row.user):
            reader.wrong((*path, name), f"the {pri.side} side has no {name}", "leave it out")
        elif not row.used:
            reader.wrong(
                (*path, name), f"{name} ({row.text}) does not serve a trunk", "leave it out"
            )
        elif not row.low <= value <= row.high:
            reader.wrong(
                (*path, name),
                f"{show_duration(value)} is out of range ({row.text}, Q.931 {row.clause})",
                f'give "{show_duration(row.low)}" to "{show_duration(row.high)}"',
            )


def _check_range(reader: Reader, row: q921_config.Parameter, value: int, path: Path) -> None:
    if row.low <= value <= row.high:
        return
    time = row.unit == "ns"
    low, high, got = (
        f'"{show_duration(n)}"' if time else str(n) for n in (row.low, row.high, value)
    )
    reader.wrong(
        path,
        f"{row.name} {got} is out of range ({row.text}, Q.921 {row.clause})",
        f"give {low} to {high}",
    )
