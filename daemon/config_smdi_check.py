"""Reading and checking of ``[[smdi]]``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ..board.clock import MILLISECOND, SECOND
from . import serial_port
from .config import TrunkTable, b_channels
from .config_read import MISSING, Path, Reader, show_duration
from .config_smdi import BAUDS, SmdiTable, parse_stations, parse_terminals
from .config_ss7 import circuits
from .line_engines import named_channels

_TIMES: Final = {
    "hold": (0, 60 * SECOND),
    "window": (SECOND, 600 * SECOND),
    "pace": (10 * MILLISECOND, 60 * SECOND),
    "answer": (100 * MILLISECOND, 60 * SECOND),
    "retry": (SECOND, 3600 * SECOND),
    "keepalive_every": (SECOND, 3600 * SECOND),
    "reopen": (100 * MILLISECOND, 600 * SECOND),
}
_OF_DESKS: Final = (
    "hold",
    "window",
    "pace",
    "answer",
    "retry",
    "tries",
    "queue",
    "resend_on_connect",
    "keepalive",
    "keepalive_every",
)
_OF_EXCHANGES: Final = ("stations", "unknown_stations", "forwarding", "keep_digits")


def read_smdi(reader: Reader, value: Any, path: Path) -> Any:
    """A SmdiTable, or MISSING with what is wrong noted."""
    before = len(reader.errors)
    table = reader.read(value, SmdiTable, path)
    if table is MISSING:
        return MISSING
    wrong_role, right = (_OF_EXCHANGES, "exchange") if table.role == "desk" else (_OF_DESKS, "desk")
    defaults = SmdiTable(name=table.name, port=table.port, role=table.role)
    for key in wrong_role:
        if getattr(table, key) != getattr(defaults, key):  # `config show` writes all of them
            remedy = f'remove it, or set role = "{right}"'
            reader.wrong((*path, key), f'only a link with role = "{right}" has this', remedy)
    _check_port(reader, table, path)
    for key, (low, high) in _TIMES.items():
        if not low <= getattr(table, key) <= high:
            limits = f'"{show_duration(low)}" to "{show_duration(high)}"'
            reader.wrong((*path, key), "out of range", f"choose {limits}")
    if table.silence and table.silence < SECOND:
        reader.wrong((*path, "silence"), "out of range", 'choose "1s" or more, or "0s"')
    if table.keepalive and not (table.keepalive.isascii() and table.keepalive.isdigit()):
        reader.wrong((*path, "keepalive"), f"'{table.keepalive}' is no number", "use digits only")
    elif table.keepalive and table.silence and table.silence <= table.keepalive_every:
        remedy = "make silence longer than keepalive_every"
        reader.wrong((*path, "silence"), "the line is quiet between two keepalives", remedy)
    return table if len(reader.errors) == before else MISSING


def _check_port(reader: Reader, table: SmdiTable, path: Path) -> None:
    try:
        serial_port.check_url(table.port)
    except ValueError as exc:
        remedy = 'write "/dev/ttyS0", or "socket://host:port"'
        reader.wrong((*path, "port"), str(exc), remedy)
    if table.baud not in BAUDS:
        choices = ", ".join(str(n) for n in BAUDS)
        reader.wrong((*path, "baud"), f"{table.baud} is no usual speed", f"choose of {choices}")
    if table.raw_parity and table.parity == "none":
        reader.wrong((*path, "raw_parity"), "there is no parity to check", 'set parity = "even"')


def check_smdi(
    reader: Reader,
    tables: list[tuple[int, SmdiTable]],
    trunks: list[tuple[int, TrunkTable]],
    said: list[str],
) -> None:
    """What the links must have in common with the rest of the file. ``said``: names of all trunks,
    also of those that cannot be read."""
    ports: dict[str, int] = {}
    used: dict[tuple[str, int], str] = {}
    named: dict[str, TrunkTable | None] = dict.fromkeys(said)
    named.update({trunk.name: trunk for _, trunk in trunks})
    for index, table in tables:
        path: Path = ("smdi", index)
        if table.port in ports and table.port != "loop://":
            other = f"smdi[{ports[table.port] + 1}]"
            reader.wrong((*path, "port"), f"{other} has this port", "name another")
        ports.setdefault(table.port, index)
        lines = _lines(reader, table, path, "terminals", parse_terminals)
        for terminal, line in lines.items():
            where = (*path, "terminals")
            _check_line(reader, named, line, where)
            if line in used:
                what = f"line {line[0]}/{line[1]} is a terminal of '{used[line]}' too"
                reader.wrong(where, what, "a line belongs to one message desk")
            used.setdefault(line, f"{table.name} {terminal[0]}/{terminal[1]}")
        for number, line in _lines(reader, table, path, "stations", parse_stations).items():
            where = (*path, "stations", number)
            trunk = _check_line(reader, named, line, where)
            if trunk is not None and trunk.signalling != "fxs":
                what = f"trunk '{trunk.name}' is {trunk.signalling}: it has no telephones"
                reader.wrong(where, what, "name a line of an fxs trunk")
        if not lines:
            remedy = 'add [smdi.terminals] with "1" = "TRUNK/CHANNEL"'
            reader.wrong((*path, "terminals"), "no line belongs to the desk", remedy, warning=True)


def _lines(
    reader: Reader,
    table: SmdiTable,
    path: Path,
    key: str,
    parse: Callable[[SmdiTable], dict[Any, tuple[str, int]]],
) -> dict[Any, tuple[str, int]]:
    try:
        return parse(table)
    except ValueError as exc:
        place, _, what = str(exc).partition(": ")
        examples = {"terminals": '"1-4" = "office/5-8"', "stations": '"3500" = "pots/3"'}
        reader.wrong((*path, key, place), what, f"write {examples[key]}")
        return {}


def _check_line(
    reader: Reader, trunks: dict[str, TrunkTable | None], line: tuple[str, int], path: Path
) -> TrunkTable | None:
    """The line's trunk, if it is one that can be, and can be read."""
    name, channel = line
    trunk = trunks.get(name)
    if trunk is None:
        if name in trunks:
            return None
        have = ", ".join(trunks) or "none is configured"
        reader.wrong(path, f"there is no trunk '{name}'", f"trunks are {have}")
        return None
    channels = _channels(trunk)
    if channels and channel not in channels:
        reader.wrong(path, f"trunk '{name}' has no channel {channel}", "see its `channels`")
        return None
    return trunk


def _channels(trunk: TrunkTable) -> tuple[int, ...]:
    """The channels that the file gives a trunk; (): its board says."""
    if trunk.pri is not None:
        return b_channels(trunk.pri)
    if trunk.ss7 is not None:
        return tuple(circuits(trunk.ss7))
    if trunk.lines is not None:
        return named_channels(trunk)
    return ()
