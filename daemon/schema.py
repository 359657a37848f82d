"""The wire's contract as an OpenRPC 1.3 document, made from the types.

What OpenRPC has no place for is in its extension fields: ``x-notifications`` (events and frames of
a trace), ``x-request`` (members beside those of JSON-RPC), ``x-role`` of a method (who may call
it), ``x-descriptor`` (its answer comes with a file descriptor).
"""

from __future__ import annotations

import ast
import functools
import inspect
import re
import sys
from typing import Any, Final

import msgspec

from .. import __version__
from . import roles
from .events import EVENTS, TraceFrame
from .methods import METHODS
from .wire import ERRORS, MAX_LINE, VERSION

_ALWAYS: Final = (
    "invalidParams",
    "invalidConnectionState",
    "denied",
    "rateLimited",
    "keyReused",
    "timeout",
    "internalError",
)
_CALLS: Final = {"call_id", "calls", "agents", "for_call", "other", "coached", "picked"} | {
    "held_call",
    "active_call",
    "consulting",
}
"""Fields that name calls."""
_LINE: Final = re.compile(r"\s*\n\s*")


def openrpc() -> dict[str, Any]:
    """The document."""
    types: list[Any] = [t for m in METHODS.values() for t in (m.params, m.result)]
    types += [*EVENTS, TraceFrame]
    unique = list(dict.fromkeys(types))
    _, components = msgspec.json.schema_components(
        unique, ref_template="#/components/schemas/{name}"
    )
    for kind in unique:
        _describe(kind, components[kind.__name__])
    return {
        "openrpc": "1.3.2",
        "info": {
            "title": "trunkd",
            "version": str(VERSION),
            "description": f"trunkd {__version__}: JSON-RPC 2.0, one message a line of at most"
            f" {MAX_LINE} octets, on a Unix socket. Parameters are by name.",
            "license": {"name": "MIT"},
        },
        "methods": [_method(name, components) for name in METHODS],
        "components": {
            "schemas": components,
            "errors": {
                word: {"code": code, "message": text, "data": {"error": word}}
                for code, (word, text) in ERRORS.items()
            },
        },
        "x-notifications": {
            "event": {
                "oneOf": [_ref(event) for event in EVENTS],
                "discriminator": {
                    "propertyName": "event",
                    "mapping": {e.__name__: _ref(e)["$ref"] for e in EVENTS},
                },
            },
            "frame": _ref(TraceFrame),
        },
        "x-request": {
            "key": {
                "description": "Beside id: the same key of the same session is done once, and gets"
                " the first answer again.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 128},
            }
        },
    }


def _ref(kind: type) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _describe(kind: Any, schema: dict[str, Any]) -> None:
    """Field docstrings, which the types do not keep, as descriptions."""
    for name, text in docstrings(kind).items():
        field = schema.get("properties", {}).get(name)
        if field is not None and "$ref" not in field:
            field["description"] = text


@functools.cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    parsed = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in parsed.body if isinstance(node, ast.ClassDef)}


def docstrings(kind: Any) -> dict[str, str]:
    """Name on the wire -> what the field's docstring says, bases included."""
    found: dict[str, str] = {}
    names = {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
    for base in reversed(kind.__mro__):
        if base.__module__.split(".")[0] != __name__.split(".")[0]:
            continue
        definition = _classes(base.__module__)[base.__name__]
        for field, text in zip(definition.body, definition.body[1:], strict=False):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(text, ast.Expr)
                and isinstance(text.value, ast.Constant)
                and isinstance(text.value.value, str)
            ):
                found[names[field.target.id]] = _LINE.sub(" ", text.value.value.strip())
    return found


def _method(name: str, components: dict[str, Any]) -> dict[str, Any]:
    method = METHODS[name]
    fields = msgspec.structs.fields(method.params)
    properties = components[method.params.__name__]["properties"]
    made: dict[str, Any] = {
        "name": name,
        "summary": _LINE.sub(" ", method.summary),
        "paramStructure": "by-name",
        # Required ones first: OpenRPC says so.
        "params": [
            _parameter(field, properties[field.encode_name])
            for field in sorted(fields, key=lambda field: not field.required)
        ],
        "result": {"name": "result", "schema": _ref(method.result)},
        "errors": [{"$ref": f"#/components/errors/{word}"} for word in _errors(name)],
        "x-role": method.role or roles.role_of(name),
    }
    if name == "openAudio":
        made["x-descriptor"] = True
    return made


def _parameter(field: Any, schema: dict[str, Any]) -> dict[str, Any]:
    made = {"name": field.encode_name, "required": field.required, "schema": schema}
    if "description" in schema:
        made["description"] = schema["description"]
    return made


def _errors(name: str) -> list[str]:
    """Words of the errors that a method may be answered with."""
    fields = {field.name for field in msgspec.structs.fields(METHODS[name].params)}
    words = list(_ALWAYS)
    if fields & _CALLS:
        words += ["invalidCallID", "notOwner"]
    if fields:
        words.append("invalidDeviceID")
    if (METHODS[name].role or roles.role_of(name)) != "observe":
        words += ["resourceBusy", "boardFailed"]
    if "called" in fields:
        words.append("draining")
    if "by" in fields:
        words.append("networkRefused")
    if name == "hello":
        words.append("versionNotSupported")
    known = {word for word, _ in ERRORS.values()}
    return [word for word in words if word in known]
