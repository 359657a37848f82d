"""Check trunks of lines: their span, their channels, and what their engine says of its settings."""

from __future__ import annotations

import difflib
import re
from typing import Any, Final

from ..errors import ConfigError, LocalError
from .config import TrunkTable
from .config_read import MISSING, Path, Reader
from .config_slots import REMEDY, Slots
from .line_engines import KINDS, make_config, named_channels, unsendable

SIGNALLINGS: Final = tuple(KINDS)

_ABOUT: Final = re.compile(r"^(exchange lines|taps): ")
_KEY: Final = re.compile(
    r"(?:(overrides|timers|times|numbers|learned)(?: has|:)? )?"
    r"(?:'?((?!there\b)[a-z]\w*(?:\.\w+)?)'?(?= is | = |; |: ))?(?:: )?",
    re.IGNORECASE,
)
_REMEDY: Final = re.compile(
    r"(.*?)[;,:] ((?:give|write|leave|add|raise|name|there are) .*)", re.DOTALL
)


def read_line_trunk(reader: Reader, trunk: TrunkTable, path: Path) -> Any:
    """The trunk, or MISSING when its table is wrong."""
    kind = trunk.signalling
    place = (*path, kind)
    before = len(reader.errors)
    if not trunk.span:
        reader.wrong((*path, "span"), "this key is missing", 'add `span = "board/1"`')
    known = KINDS[kind].keys() | {"channels", "country"}
    for key in trunk.lines or {}:
        if key not in known:
            near = difflib.get_close_matches(key, sorted(known), 1, 0.6)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(sorted(known))}"
            reader.wrong((*place, key), f"lines of kind {kind} have no such key", hint)
    try:
        channels = named_channels(trunk)
    except ValueError as exc:
        reader.wrong((*place, "channels"), str(exc), 'write it as "1-15,17-31"')
    if len(reader.errors) > before:
        return MISSING
    try:
        make_config(trunk, channels or tuple(range(1, 32)), "cn")
    except (ConfigError, LocalError, TypeError, ValueError) as exc:
        _note(reader, place, str(exc))
        return MISSING
    return trunk


def _note(reader: Reader, place: Path, text: str) -> None:
    """An engine's complaint, at the key that it names."""
    text = _ABOUT.sub("", text)
    key = _KEY.match(text)
    assert key is not None  # it may be empty
    place = (*place, *(part for part in key.groups() if part))
    text = text[key.end() :]
    split = _REMEDY.match(text)
    what, remedy = (split[1], split[2]) if split else (text, "see docs/lines.md")
    reader.wrong(place, what.strip() or "there is no such row", remedy)


def check_line_slots(reader: Reader, slots: Slots, index: int, trunk: TrunkTable) -> None:
    """The span of a trunk of lines, and that its channels are nobody else's."""
    path: Path = ("trunk", index)
    if not slots.span(trunk.span, (*path, "span")):
        return
    kind, ports = slots.kind(trunk.span)
    analog = trunk.signalling in ("fxs", "fxo", "tap")
    if kind == "analog" and not analog:
        reader.wrong(
            (*path, "span"),
            f"span {trunk.span} has analog ports: no {trunk.signalling}",
            "name an E1 or T1 span with cas = true",
        )
        return
    if kind in ("e1", "t1") and trunk.signalling == "tap":
        reader.wrong((*path, "span"), f"span {trunk.span} is digital", "a tap is an analog port")
        return
    if kind in ("e1", "t1") and not slots.has_cas(trunk.span):
        reader.wrong(
            (*path, "span"),
            f"span {trunk.span} has no channel-associated signalling",
            "set cas = true for it in its board's table",
        )
        return
    if kind == "e1" and unsendable(trunk):
        reader.wrong(
            (*path, trunk.signalling, "bits"),
            "ABCD 0000 cannot be sent on an E1 (G.704 5.1.3.2.2)",
            "give the codes that the far end has",
        )
        return
    numbers = named_channels(trunk) or _default(kind, ports, trunk.signalling)
    if not numbers:
        reader.wrong(
            (*path, "span"),
            f"span {trunk.span} has no {trunk.signalling} ports",
            "name another span, or give it ports",
        )
    for number in numbers:
        here = (*path, trunk.signalling, "channels") if named_channels(trunk) else (*path, "span")
        if kind == "analog" and ports.get(number) != trunk.signalling:
            have = f"is {ports[number]}" if number in ports else "is not there"
            reader.wrong(
                here,
                f"port {number} of {trunk.span} {have}, not {trunk.signalling}",
                "name others",
            )
            return
        if (kind == "t1" and number > 24) or (kind == "e1" and number == 16):
            reader.wrong(
                here,
                f"span {trunk.span} has no channel {number}",
                "a T1 has 1-24, an E1 with CAS 1-15,17-31",
            )
            return
        owner = slots.owner(trunk.span, number)
        if owner:
            reader.wrong(
                here, f"channel {number} of {trunk.span} already belongs to {owner}", REMEDY
            )
            return
        slots.take(trunk.span, number, f"trunk '{trunk.name}'")


def _default(kind: str, ports: dict[int, str], signalling: str) -> tuple[int, ...]:
    if kind == "analog":
        return tuple(n for n, what in ports.items() if what == signalling)
    if kind == "t1":
        return tuple(range(1, 25))
    return tuple(n for n in range(1, 32) if n != 16)
