"""What the generated pages share: attribute docstrings, types and values as text, tables."""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import pathlib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec

ROOT: Final = pathlib.Path(__file__).resolve().parent.parent

GENERATED: Final = (
    "<!-- Made by docs/generate.py from the code. Edit the docstrings, then run "
    "`.venv/bin/python docs/generate.py`. -->\n"
)


class Undocumented(Exception):
    """Something that clients see has no docstring and no gloss; the text names it."""


def md(text: str) -> str:
    """A docstring as Markdown on one line."""
    joined = re.sub(r"\s+", " ", inspect.cleandoc(text)).strip()
    return joined.replace("``", "`")


def sentence(text: str) -> str:
    """With a capital letter, unless it begins with code, and a full stop."""
    first = text[:1].upper() + text[1:]
    return first if first.endswith((".", "…", "!")) else first + "."


def cell(text: str) -> str:
    """Text that may stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    heads = list(columns)
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    lines += ["| " + " | ".join(cell(text) for text in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def block(language: str, text: str) -> str:
    """A fenced block."""
    return f"```{language}\n{text.rstrip()}\n```\n"


# Docstrings


@functools.cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    path = ROOT / (module.removeprefix("trunkd.").replace(".", "/") + ".py")
    return {n.name: n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ClassDef)}


def _attribute(node: ast.stmt) -> str:
    """The name that ``name: int = 0`` or ``self.name = 0`` sets, or ""."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    if len(targets) == 1 and isinstance(targets[0], ast.Name):
        return targets[0].id
    return targets[0].attr if len(targets) == 1 and isinstance(targets[0], ast.Attribute) else ""


def _documented(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for node, below in itertools.zip_longest(body, body[1:]):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            yield from _documented(node.body)
        if not isinstance(below, ast.Expr) or not isinstance(below.value, ast.Constant):
            continue
        name = _attribute(node)
        if name and isinstance(below.value.value, str):
            yield name, md(below.value.value)


def attribute_docs(cls: type) -> dict[str, str]:
    """The string that stands under each attribute of a class and of its bases."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.startswith("trunkd."):
            found.update(_documented(_classes(base.__module__)[base.__name__].body))
    return found


_NAMED: Final = re.compile(
    r"``(\w+)``(?: and ``(\w+)``|, ``(\w+)``)?: (.*?)(?=\s+``\w+``[:,]|\Z)", re.S
)


def named_docs(docstring: str | None) -> dict[str, str]:
    """What a class docstring says of attributes: ````name``: meaning.`` and so on."""
    found: dict[str, str] = {}
    for match in _NAMED.finditer(docstring or ""):
        for name in match.group(1, 2, 3):
            if name:
                found[name] = md(match[4])
    return found


def summary(thing: Any) -> str:
    """The first paragraph of a docstring."""
    text = inspect.cleandoc(thing.__doc__ or "")
    return md(text.split("\n\n")[0])


# Types and values


def fields(cls: type[msgspec.Struct]) -> tuple[msgspec.inspect.Field, ...]:
    """The fields of a Struct, in order."""
    info = msgspec.inspect.type_info(cls)
    assert isinstance(info, msgspec.inspect.StructType)
    return info.fields


def _range(info: Any, words: str) -> str:
    low = info.ge if info.ge is not None else info.gt
    high = info.le if info.le is not None else info.lt
    above = "more than " if info.ge is None and info.gt is not None else ""
    if low is not None and high is not None:
        return f"{words}, {above}{low} to {high}"
    if low is not None:
        return f"{words}, {above or 'from '}{low}"
    return f"{words}, up to {high}" if high is not None else words


def _text(info: msgspec.inspect.StrType) -> str:
    pattern = f" `{info.pattern}`" if info.pattern else ""
    length = f", up to {info.max_length} characters" if info.max_length is not None else ""
    return f"string{pattern}{length}"


def type_text(info: Any, struct: Callable[[type], str]) -> str:
    """A type in words. ``struct`` names a Struct, as a link perhaps."""
    kinds = msgspec.inspect
    if isinstance(info, kinds.Metadata):
        if (info.extra or {}).get("unit") == "duration":
            return "time"
        return type_text(info.type, struct)
    if isinstance(info, kinds.UnionType):
        inner = [t for t in info.types if not isinstance(t, kinds.NoneType)]
        return " or ".join(type_text(t, struct) for t in inner)
    if isinstance(info, kinds.LiteralType):
        return " or ".join(f'`"{value}"`' for value in info.values)
    if isinstance(info, kinds.IntType):
        return _range(info, "integer")
    if isinstance(info, kinds.FloatType):
        return _range(info, "number")
    if isinstance(info, kinds.StrType):
        return _text(info)
    if isinstance(info, kinds.BoolType):
        return "boolean"
    if isinstance(info, kinds.ListType | kinds.VarTupleType):
        return f"list of {type_text(info.item_type, struct)}"
    if isinstance(info, kinds.DictType):
        return f"object: {type_text(info.value_type, struct)} by name"
    if isinstance(info, kinds.StructType):
        return struct(info.cls)
    if isinstance(info, kinds.AnyType):
        return "any"
    raise Undocumented(f"page_tools.type_text has no words for {info!r}")


def description(info: Any) -> str:
    """What ``msgspec.Meta(description=…)`` says of a type, or ""."""
    if isinstance(info, msgspec.inspect.Metadata):
        return str((info.extra_json_schema or {}).get("description", ""))
    return ""


def default_of(field: msgspec.inspect.Field) -> Any:
    """A field's default; NODEFAULT for a required one."""
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def json_text(value: Any) -> str:
    """A value as JSON in code type; "" for none."""
    return "" if value is None else f"`{msgspec.json.encode(value).decode()}`"
