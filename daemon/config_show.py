"""A configuration as it will be used, every default filled in."""

from __future__ import annotations

import typing
from typing import Any

import msgspec
import tomlkit

from ..board import registry
from .config import Config
from .config_read import show_duration, unwrap


def as_dict(config: Config) -> dict[str, Any]:
    """The file's own form: durations as text, the driver's table under its scheme."""
    boards = []
    for board in config.board:
        scheme = registry.parse_address(board.address).scheme
        table: dict[str, Any] = {"name": board.name, "address": board.address}
        if board.driver is not None:
            table[scheme] = _plain(board.driver)
        boards.append(table)
    daemon = _plain(config.daemon)
    daemon["socket"] = config.daemon.socket_path()
    daemon["records"] = config.daemon.records_path() or "off"
    daemon["media_dir"] = config.daemon.media_path()
    trunks = [_plain(t) for t in config.trunk]
    shown = {"daemon": daemon, "media": _plain(config.media), "board": boards}
    if config.ss7:
        shown["ss7"] = [_plain(point) for point in config.ss7]
    routes = {k: v for k, v in _plain(config.routes).items() if v and k != "routing"}
    if routes:
        shown["routing"] = _plain(config.routes.routing)
    if config.smdi:
        routes["smdi"] = [_plain(link) for link in config.smdi]
    access = {k: v for k, v in _plain(config.access).items() if v}
    return {**shown, **access, "trunk": trunks, **routes}


def as_toml(config: Config) -> str:
    """``as_dict`` as TOML, which ``trunkd config check`` takes again."""
    return tomlkit.dumps(as_dict(config))


def _plain(struct: msgspec.Struct) -> dict[str, Any]:
    made = {}
    for field in msgspec.structs.fields(type(struct)):
        value = getattr(struct, field.name)
        if value is None:
            continue
        made[field.encode_name] = _value(value, field.type)
    return made


def _value(value: Any, kind: Any) -> Any:
    base, meta = unwrap(kind)
    if "duration" in meta:
        return show_duration(value)
    if isinstance(value, msgspec.Struct):
        return _plain(value)
    if isinstance(value, dict):
        of = typing.get_args(base)
        return {k: _value(v, of[1] if len(of) == 2 else Any) for k, v in value.items()}
    if isinstance(value, list | tuple):
        of = typing.get_args(base)
        return [_value(v, of[0] if of else Any) for v in value]
    return msgspec.to_builtins(value)
