"""TOML into msgspec Structs, with every mistake found and placed, not only the first.

``read`` walks the Struct types itself, so that one bad key does not hide the next one. Each
mistake is a Finding with file, line (where the key can be found in the text), key and remedy.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import typing
from typing import Annotated, Any, Final

import msgspec

from ..board.clock import MILLISECOND, SECOND
from ..errors import ConfigError

Duration = Annotated[int, msgspec.Meta(extra={"unit": "duration"})]
"""Nanoseconds; written as "500ms", "4s", "1m30s" or "2h"."""

_UNITS: Final = {
    "us": 1_000,
    "ms": MILLISECOND,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h)")
_WORDS: Final = {
    "int": "a whole number",
    "str": "a text in quotes",
    "bool": "true or false",
    "float": "a number",
    "array": "a list [...]",
    "object": "a table",
    "list": "a list [...]",
    "dict": "a table",
}

Path = tuple[str | int, ...]


class Finding(msgspec.Struct, frozen=True):
    """One mistake. ``line`` is 0 where it has no place in the file."""

    file: str
    line: int
    key: str
    text: str
    remedy: str
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        key = f" {self.key}:" if self.key else ""
        return f"{place}:{key} {self.text}: {self.remedy}"


class BadConfig(ConfigError):
    """A configuration that cannot be used; ``findings`` has every mistake in it."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(str(f) for f in findings))
        self.findings = findings


class _Missing:
    """What a value that could not be read becomes."""


MISSING: Final = _Missing()


def parse_duration(text: object) -> int:
    """Nanoseconds of "1m30s"; ValueError says how to write it."""
    if not isinstance(text, str) or not text:
        raise ValueError("a time is written in quotes with its unit")
    total, end = 0.0, 0
    for part in _PART.finditer(text):
        if part.start() != end:
            break
        total += float(part[1]) * _UNITS[part[2]]
        end = part.end()
    if end != len(text):
        raise ValueError(f"'{text}' is no time")
    return round(total)


def show_duration(value: int) -> str:
    """The shortest text that ``parse_duration`` reads back, for whole units."""
    for unit in ("h", "m", "s", "ms", "us"):
        if value % _UNITS[unit] == 0 and (value or unit == "s"):
            return f"{value // _UNITS[unit]}{unit}"
    return f"{value / 1000:g}us"


def key_text(path: Path) -> str:
    """``trunk[1].pri.side`` for ("trunk", 0, "pri", "side"): counted from 1, as a person does."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += f".{part}" if text else part
    return text


class LineIndex:
    """Where each table and key of a TOML text stands. Values are not looked into."""

    _TABLE: Final = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
    _KEY: Final = re.compile(r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[\w"'-]+)*)\s*=""")

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        table: Path = ()
        closing, depth = "", 0
        for number, line in enumerate(text.splitlines(), 1):
            if closing:
                if closing in line:
                    closing = ""
                continue
            if depth > 0:
                depth += line.count("[") - line.count("]")
                continue
            header = self._TABLE.match(line)
            if header:
                table = self._enter(header[2], header[1] == "[[")
                self._lines.setdefault(table, number)
                continue
            key = self._KEY.match(line)
            if key:
                self._lines.setdefault(table + self._split(key[1]), number)
                value = line[key.end() :].split("#")[0]
                depth = max(0, value.count("[") - value.count("]"))
                for quotes in ('"""', "'''"):
                    if value.count(quotes) == 1:
                        closing = quotes

    @staticmethod
    def _split(dotted: str) -> tuple[str, ...]:
        return tuple(part.strip().strip("\"'") for part in dotted.split("."))

    def _enter(self, dotted: str, array: bool) -> Path:
        """The path of a table header; the last item of each array of tables is meant."""
        path: Path = ()
        parts = self._split(dotted)
        for i, part in enumerate(parts):
            path += (part,)
            if array and i == len(parts) - 1:
                self._counts[path] = self._counts.get(path, 0) + 1
            if path in self._counts:
                path += (self._counts[path] - 1,)
        return path

    def line(self, path: Path) -> int:
        """The line of the key, or of the nearest table around it; 0: nowhere."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[:-1]
        return 0


class Reader:
    """One file being read: its values, its lines and what was found wrong so far."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self._index = LineIndex(text)
        try:
            self.values: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as exc:
            place = re.search(r"\(at line (\d+), column (\d+)\)", str(exc))
            line, column = (int(place[1]), int(place[2])) if place else (0, 0)
            what = re.sub(r"\s*\(at .*\)", "", str(exc))
            where = f"look at column {column} and the line before" if column else "the file ends"
            raise BadConfig([Finding(file, line, "", f"this is not TOML ({what})", where)]) from exc

    def wrong(self, path: Path, text: str, remedy: str, warning: bool = False) -> None:
        """Note a mistake at a key."""
        self.findings.append(
            Finding(self.file, self._index.line(path), key_text(path), text, remedy, warning)
        )

    @property
    def errors(self) -> list[Finding]:
        return [f for f in self.findings if not f.warning]

    def read(self, value: Any, kind: Any, path: Path) -> Any:
        """``value`` as a ``kind``, or MISSING with findings noted."""
        base, meta = unwrap(kind)
        if "duration" in meta:
            return self._duration(value, path)
        if isinstance(base, type) and issubclass(base, msgspec.Struct):
            return self._struct(value, base, path)
        origin, args = typing.get_origin(base), typing.get_args(base)
        if origin in (list, tuple) and args and isinstance(value, list):
            return self._list(value, origin, args[0], path)
        if origin is dict and isinstance(value, dict):
            items = {k: self.read(v, args[1], (*path, k)) for k, v in value.items()}
            return MISSING if any(v is MISSING for v in items.values()) else items
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as exc:
            text, remedy = _explain(str(exc), value, base)
            self.wrong(path, text, remedy)
            return MISSING

    def _list(self, value: list[Any], origin: type, kind: Any, path: Path) -> Any:
        items = [self.read(v, kind, (*path, i)) for i, v in enumerate(value)]
        return MISSING if any(v is MISSING for v in items) else origin(items)

    def _duration(self, value: Any, path: Path) -> Any:
        try:
            return parse_duration(value)
        except ValueError as exc:
            self.wrong(path, f"{exc} ({value!r})", 'write it as "500ms", "4s" or "1m30s"')
            return MISSING

    def _struct(self, value: Any, kind: type[msgspec.Struct], path: Path) -> Any:
        if not isinstance(value, dict):
            self.wrong(path, f"this is a table, not {value!r}", f"write [{key_text(path)}]")
            return MISSING
        fields = {f.encode_name: f for f in msgspec.structs.fields(kind)}
        self.unknown(value, list(fields), path)
        made: dict[str, Any] = {}
        for name, field in fields.items():
            if name in value:
                made[field.name] = self.read(value[name], field.type, (*path, name))
            elif field.required:
                self.wrong((*path, name), "this key is missing", f"add `{name} = …`")
                made[field.name] = MISSING
        if any(v is MISSING for v in made.values()):
            return MISSING
        try:
            return kind(**made)
        except (ValueError, TypeError, ConfigError) as exc:
            # A driver's own Struct may check itself in __post_init__.
            self.wrong(path, str(exc), "see the driver's page")
            return MISSING

    def unknown(self, value: dict[str, Any], known: list[str], path: Path) -> None:
        """Note keys that do not exist, with the nearest that does."""
        for key in value:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1, 0.6)
                remedy = f"did you mean '{near[0]}'?" if near else "known are " + ", ".join(known)
                self.wrong((*path, key), f"there is no key '{key}' here", remedy)


def unwrap(kind: Any) -> tuple[Any, set[str]]:
    """A type without ``Annotated`` and ``| None``, and what its Meta says of its unit."""
    meta: set[str] = set()
    while True:
        if typing.get_origin(kind) is Annotated:
            for m in kind.__metadata__:
                if isinstance(m, msgspec.Meta) and m.extra:
                    meta.add(m.extra.get("unit", ""))
            kind = typing.get_args(kind)[0]
            continue
        args = typing.get_args(kind)
        if type(None) in args and len(args) == 2:
            kind = next(a for a in args if a is not type(None))
            continue
        return kind, meta


def _explain(message: str, value: Any, kind: Any) -> tuple[str, str]:
    """msgspec's words as a technician's: what is wrong, and what to write."""
    bounds = re.search(r"Expected `\w+` (>=|<=|>|<) (-?[\d.]+)", message)
    if bounds:
        words = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}[bounds[1]]
        return f"{value!r} is out of range", f"it must be {words} {bounds[2]}"
    if typing.get_origin(kind) is typing.Literal:
        choices = [str(a) for a in typing.get_args(kind)]
        near = difflib.get_close_matches(str(value), choices, 1, 0.6)
        hint = f" (did you mean '{near[0]}'?)" if near else ""
        return f"{value!r} is no choice here", f"choose of {', '.join(choices)}{hint}"
    types = re.search(r"Expected `([^`]+)`, got `([^`]+)`", message)
    if types:
        wanted = _WORDS.get(types[1].split(" ")[0], types[1])
        return f"{value!r} is {_WORDS.get(types[2], types[2])}", f"it must be {wanted}"
    return f"{value!r} is wrong ({message})", "see the manual"
