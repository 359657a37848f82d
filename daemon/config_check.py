"""Read a configuration file and check that its parts fit together."""

from __future__ import annotations

import grp
import ipaddress
import os
import pathlib
import re
from typing import Any

import msgspec

from ..board import registry
from ..errors import ConfigError, DriverError
from . import config_media
from .config import (
    BoardTable,
    Config,
    Daemon,
    PriTable,
    TrunkTable,
    b_channels,
    d_channel,
    state_dir,
)
from .config_board import check_board_slots, read_board_trunk
from .config_cabled_check import cable_ends, check_cabled
from .config_circuits_check import check_circuit_trunks, read_circuit_trunk
from .config_line_check import SIGNALLINGS, check_line_slots, read_line_trunk
from .config_nfas_check import check_cabled_interfaces, check_interfaces
from .config_read import MISSING, BadConfig, Finding, Path, Reader
from .config_route_check import KINDS as ROUTING
from .config_route_check import check_routing, read_routing
from .config_session_check import KINDS as ACCESS
from .config_session_check import read_access
from .config_slots import Slots, check_pri_slots
from .config_smdi_check import check_smdi, read_smdi
from .config_ss7_check import check_points, read_point
from .engines import check_pri

_SUN_PATH = 107
"""Longest path of a Unix socket (sun_path is 108 octets with its end)."""


def load(path: str | os.PathLike[str]) -> Config:
    """The configuration in a file; BadConfig (a ConfigError) has every mistake in it."""
    config, findings = check(path)
    errors = [f for f in findings if not f.warning]
    if errors or config is None:
        raise BadConfig(errors)
    return config


def check(path: str | os.PathLike[str]) -> tuple[Config | None, list[Finding]]:
    """The configuration, or None where it cannot be used, and all that was found."""
    file = os.fspath(path)
    try:
        text = _read_text(file)
        reader = Reader(file, text)
    except BadConfig as exc:
        return None, exc.findings
    return _check(reader), reader.findings


def loads(text: str, file: str = "<text>") -> Config:
    """As ``load``, of a text."""
    reader = Reader(file, text)
    config = _check(reader)
    if config is None:
        raise BadConfig(reader.errors)
    return config


def _read_text(file: str) -> str:
    try:
        return pathlib.Path(file).read_text(encoding="utf-8")
    except FileNotFoundError:
        text, remedy = "there is no such file", "give its path with `trunkd run -c FILE`"
    except IsADirectoryError:
        text, remedy = "this is a directory", "name the file in it"
    except UnicodeDecodeError as exc:
        text = f"octet {exc.start} is not UTF-8"
        remedy = f"save the file as UTF-8 (`iconv -t utf-8 {file}`)"
    except OSError as exc:
        text, remedy = f"cannot be read ({exc.strerror})", f"see `ls -l {file}`"
    raise BadConfig([Finding(file, 0, "", text, remedy)])


def _check(reader: Reader) -> Config | None:
    values = reader.values
    reader.unknown(
        values, ["daemon", "media", "board", "ss7", "trunk", "smdi", *ACCESS, *ROUTING], ()
    )
    daemon = reader.read(values.get("daemon", {}), Daemon, ("daemon",))
    if daemon is not MISSING:
        _check_daemon(reader, daemon)
    media = config_media.read_media(reader, values.get("media", {}))
    if media is not MISSING and daemon is not MISSING:
        config_media.check_media(reader, media, daemon)
    boards = _tables(reader, "board", _read_board)
    points = _tables(reader, "ss7", read_point)
    trunks = _tables(reader, "trunk", _read_trunk)
    routing = read_routing(reader)
    links = _tables(reader, "smdi", read_smdi)
    named = {str(t.get("name")) for t in _raw(values, "board")}
    if not named and not reader.errors:
        reader.wrong((), "there is no board", 'add [[board]] with name and address = "sim://lab"')
    _check_names(reader, "board", [(i, b.name) for i, b in boards])
    _check_names(reader, "ss7", [(i, p.name) for i, p in points])
    _check_names(reader, "trunk", [(i, t.name) for i, t in trunks])
    _check_names(reader, "smdi", [(i, t.name) for i, t in links])
    slots = Slots(reader, boards, named)
    good_points = check_points(reader, points, slots)
    for i, trunk in trunks:
        if trunk.pri is not None:
            check_pri_slots(reader, slots, i, trunk)
        elif trunk.signalling == "board":
            check_board_slots(reader, slots, i, trunk)
        elif trunk.lines is not None:
            check_line_slots(reader, slots, i, trunk)
    said = {str(t.get("name")) for t in _raw(values, "ss7")}
    circuit_trunks = check_circuit_trunks(reader, trunks, good_points, slots, said)
    _check_cables(reader, boards, trunks)
    check_cabled_interfaces(reader, boards, trunks)
    check_cabled(reader, boards, good_points, circuit_trunks)
    config_media.check_trunks(reader, trunks, None if media is MISSING else media)
    if media is not MISSING:
        config_media.check_soft(reader, media, boards)
    names = list(dict.fromkeys(str(t.get("name")) for t in _raw(values, "trunk")))
    check_smdi(reader, links, trunks, names)
    check_routing(routing, trunks, names)
    media_dir = daemon.media_path() if daemon is not MISSING else ""
    access = read_access(reader, None if media is MISSING else media, media_dir)
    if reader.errors:
        return None
    return Config(
        daemon=daemon,
        media=media,
        board=[b for _, b in boards],
        ss7=[p for _, p in points],
        trunk=[t for _, t in trunks],
        routes=routing.tables(),
        smdi=[t for _, t in links],
        access=access,
    )


def _raw(values: dict[str, Any], name: str) -> list[dict[str, Any]]:
    tables = values.get(name, [])
    return [t for t in tables if isinstance(t, dict)] if isinstance(tables, list) else []


def _tables(reader: Reader, name: str, read: Any) -> list[tuple[int, Any]]:
    """Every table of an array that can be read, with its place in the array."""
    tables = reader.values.get(name, [])
    if not isinstance(tables, list):
        reader.wrong((name,), f"there may be several {name}s", f"write [[{name}]], not [{name}]")
        return []
    made = [(i, read(reader, t, (name, i))) for i, t in enumerate(tables)]
    return [(i, table) for i, table in made if table is not MISSING]


# [daemon]


def _check_daemon(reader: Reader, daemon: Daemon) -> None:
    for key in ("runtime_dir", "socket", "media_dir", "records"):
        value = getattr(daemon, key)
        if value and value != "off" and not os.path.isabs(value):
            reader.wrong(("daemon", key), f"'{value}' is not absolute", "begin the path with /")
    length = len(os.fsencode(daemon.socket_path()))
    if length > _SUN_PATH:
        reader.wrong(
            ("daemon", "socket"),
            f"the path has {length} octets",
            f"a Unix socket's path has at most {_SUN_PATH}",
        )
    _check_mode(reader, daemon.socket_mode)
    if daemon.socket_group:
        try:
            grp.getgrnam(daemon.socket_group)
        except KeyError:
            reader.wrong(
                ("daemon", "socket_group"),
                f"there is no group '{daemon.socket_group}'",
                f"`groupadd {daemon.socket_group}` or name another",
            )
    for key in ("allow_uids", "allow_gids"):
        for value in getattr(daemon, key):
            if not 0 <= value < 2**32 - 1:
                reader.wrong(("daemon", key), f"{value} is no id", "see `id -u` and `id -g`")
    _check_metrics(reader, daemon)
    if not 10_000_000 <= daemon.records_sync <= 60_000_000_000:
        reader.wrong(("daemon", "records_sync"), "out of range", 'choose "10ms" to "60s"')
    if daemon.records_path() and daemon.records and os.path.isdir(daemon.records):
        reader.wrong(("daemon", "records"), f"{daemon.records} is a directory", "name a file in it")
    elif daemon.records_path() and daemon.records:
        folder = os.path.dirname(daemon.records)
        # The state directory is made when it is needed; a directory of the user's is not.
        made = folder == state_dir() or not os.path.isabs(folder)
        if not made and not os.path.isdir(folder):
            reader.wrong(("daemon", "records"), f"{folder} does not exist", f"`mkdir -p {folder}`")


def _check_mode(reader: Reader, text: str) -> None:
    path = ("daemon", "socket_mode")
    try:
        mode = int(text, 8)
    except ValueError:
        reader.wrong(path, f"'{text}' is no mode", 'write it in octal, as in "0660"')
        return
    if not 0 <= mode <= 0o777 or mode & 0o600 != 0o600:
        reader.wrong(path, f"{text} shuts the owner out", 'use "0600" or "0660"')
    elif mode & 0o002:
        reader.wrong(
            path,
            f"{text} lets every user of this machine place calls",
            'use "0660" and socket_group',
        )


def parse_endpoint(text: str) -> tuple[str, int]:
    """Host and port of "127.0.0.1:9618" or "[::1]:9618"; ValueError when it is neither."""
    host, colon, port = text.rpartition(":")
    host = host.strip("[]")
    if not colon or not host or not port.isdigit():
        raise ValueError(f"'{text}' is no address and port")
    return ("127.0.0.1" if host == "localhost" else host), int(port)


def _check_metrics(reader: Reader, daemon: Daemon) -> None:
    path = ("daemon", "metrics")
    if not daemon.metrics:
        return
    try:
        host, port = parse_endpoint(daemon.metrics)
        address = ipaddress.ip_address(host)
    except ValueError as exc:
        reader.wrong(path, str(exc), 'write it as "127.0.0.1:9618", or "" for none')
        return
    if port > 65535:
        reader.wrong(path, f"port {port} does not exist", "choose 1024 to 65535")
    elif 0 < port < 1024 and os.geteuid() != 0:
        reader.wrong(path, f"port {port} needs root", "choose 1024 to 65535")
    if not address.is_loopback and not daemon.metrics_public:
        reader.wrong(
            path,
            f"{host} can be reached from outside",
            "use 127.0.0.1, or state metrics_public = true",
        )


# [[board]]


def _read_board(reader: Reader, value: Any, path: Path) -> Any:
    """A BoardTable with its driver's configuration read by the driver's own type."""
    if not isinstance(value, dict):
        reader.wrong(path, "this is a table", "write [[board]]")
        return MISSING
    scheme, driver = "", None
    try:
        address = registry.parse_address(str(value.get("address", "")))
        scheme = address.scheme
        driver = registry.find_driver(scheme)
    except (ConfigError, DriverError) as exc:
        if "address" in value:
            what, _, remedy = str(exc).partition(": ")
            reader.wrong((*path, "address"), what, remedy or "see docs/configuration.md")
    bare = {k: v for k, v in value.items() if k != scheme}
    for key in [k for k, v in bare.items() if isinstance(v, dict)]:
        if scheme:
            remedy = f"a board at {scheme}:// has [board.{scheme}]"
            reader.wrong((*path, key), f"[board.{key}] does not belong here", remedy)
        del bare[key]
    reader.unknown(bare, ["name", "address"], path)
    known = {k: v for k, v in bare.items() if k in ("name", "address")}
    board = reader.read(known, BoardTable, path)
    if board is MISSING or driver is None:
        return MISSING
    table = dict(address.options)
    if scheme in value:
        board.driver = reader.read(value[scheme], driver.config_type, (*path, scheme))
    else:
        try:
            board.driver = msgspec.convert(table, driver.config_type, strict=False)
        except msgspec.ValidationError as exc:
            reader.wrong((*path, "address"), str(exc), f"write the options in [board.{scheme}]")
            return MISSING
    if board.driver is MISSING or not _check_driver(reader, driver, board.driver, path, scheme):
        return MISSING
    return board


def _check_driver(
    reader: Reader, driver: type[registry.Driver], config: Any, path: Path, scheme: str
) -> bool:
    """What the driver itself finds wrong: its ``check`` raises ConfigError "key: wrong: remedy"."""
    check_own = getattr(driver, "check", None)
    if check_own is None:
        return True
    try:
        check_own(config)
    except ConfigError as exc:
        key, _, rest = str(exc).partition(": ")
        what, _, remedy = rest.rpartition(": ")
        parts: list[str | int] = []
        for name, index in re.findall(r"([A-Za-z_]\w*)|\[(\d+)\]", key):
            parts.append(name or int(index))
        reader.wrong((*path, scheme, *parts), what or rest, remedy or "see docs/configuration.md")
        return False
    return True


# [[trunk]]


def _read_trunk(reader: Reader, value: Any, path: Path) -> Any:
    trunk = reader.read(value, TrunkTable, path)
    if trunk is MISSING:
        return MISSING
    for kind in ("pri", "isup", "tup", *SIGNALLINGS, "board"):
        own = trunk.calls if kind == "board" else getattr(trunk, kind)
        if kind != trunk.signalling and own is not None:
            remedy = f'remove it, or set signalling = "{kind}"'
            what = f"a trunk with signalling {trunk.signalling} has no such table"
            reader.wrong((*path, kind), what, remedy)
            return MISSING
    if trunk.signalling == "board":
        return read_board_trunk(reader, trunk, path)
    if trunk.signalling in SIGNALLINGS:
        return read_line_trunk(reader, trunk, path)
    if trunk.signalling != "pri":
        return read_circuit_trunk(reader, trunk, path)
    if trunk.pri is None:
        reader.wrong(path, "a pri trunk needs its side", 'add [trunk.pri] with side = "user"')
        return MISSING
    good = check_interfaces(reader, trunk, path) and _check_pri(reader, trunk.pri, (*path, "pri"))
    return trunk if good else MISSING


def _check_pri(reader: Reader, pri: PriTable, path: Path) -> bool:
    before = len(reader.errors)
    try:
        if d_channel(pri) in b_channels(pri):
            reader.wrong(
                (*path, "channels"),
                f"timeslot {d_channel(pri)} is the D-channel",
                "leave it out, or set d_channel",
            )
    except ValueError as exc:
        reader.wrong((*path, "channels"), str(exc), 'write it as "1-15,17-31"')
    if len(reader.errors) == before:
        check_pri(reader, pri, path)
    return len(reader.errors) == before


def _check_names(reader: Reader, kind: str, names: list[tuple[int, str]]) -> None:
    seen: dict[str, int] = {}
    for index, name in names:
        if name in seen:
            reader.wrong(
                (kind, index, "name"),
                f"there are two {kind}s '{name}'",
                f"rename one: {kind}[{seen[name] + 1}] or {kind}[{index + 1}]",
            )
        seen.setdefault(name, index)


def _check_cables(
    reader: Reader, boards: list[tuple[int, BoardTable]], trunks: list[tuple[int, TrunkTable]]
) -> None:
    """Two ends of one simulated cable on the same side will never bring the link up (Q.921 3.3.1:
    commands of both would bear the same C/R bit)."""
    sides = {span: (i, t) for i, t in trunks if t.pri is not None for span in t.spans}
    for _, board in boards:
        for cable in getattr(board.driver, "cables", ()) or ():
            ends = [f"{board.name}/{n}" for n in cable_ends(cable)]
            if len(ends) != 2 or not all(e in sides for e in ends) or ends[0] == ends[1]:
                continue
            (_, a), (index, b) = sides[ends[0]], sides[ends[1]]
            assert a.pri is not None and b.pri is not None
            if a.pri.side == b.pri.side:
                other = "network" if a.pri.side == "user" else "user"
                reader.wrong(
                    ("trunk", index, "pri", "side"),
                    f"both ends of the cable {ends[0]} - {ends[1]} are the {a.pri.side} side",
                    f'set side = "{other}" at one end',
                    warning=True,
                )
