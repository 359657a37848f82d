"""The wire's contract as an OpenRPC 1.3 document, made from the types."""

from __future__ import annotations

from typing import Any

import msgspec

from .. import __version__
from .events import EVENTS, TraceFrame
from .methods import METHODS
from .wire import ERRORS, MAX_LINE, VERSION


def openrpc() -> dict[str, Any]:
    """The document. Events are under ``x-notifications``: OpenRPC has no place for them."""
    types: list[Any] = [t for m in METHODS.values() for t in (m.params, m.result)]
    types += [*EVENTS, TraceFrame]
    unique = list(dict.fromkeys(types))
    _, components = msgspec.json.schema_components(
        unique, ref_template="#/components/schemas/{name}"
    )
    return {
        "openrpc": "1.3.2",
        "info": {
            "title": "trunkd",
            "version": str(VERSION),
            "description": f"trunkd {__version__}: JSON-RPC 2.0, one message a line of at most"
            f" {MAX_LINE} octets, on a Unix socket. Parameters are by name.",
        },
        "methods": [_method(name, components) for name in METHODS],
        "components": {
            "schemas": components,
            "errors": {
                word: {"code": code, "message": text} for code, (word, text) in ERRORS.items()
            },
        },
        "x-notifications": {
            "event": {"oneOf": [_ref(event) for event in EVENTS]},
            "frame": _ref(TraceFrame),
        },
    }


def _ref(kind: type) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _method(name: str, components: dict[str, Any]) -> dict[str, Any]:
    method = METHODS[name]
    fields = msgspec.structs.fields(method.params)
    properties = components[method.params.__name__]["properties"]
    return {
        "name": name,
        "summary": method.summary,
        "paramStructure": "by-name",
        "params": [
            {
                "name": field.encode_name,
                "required": field.required,
                "schema": properties[field.encode_name],
            }
            for field in fields
        ],
        "result": {"name": "result", "schema": _ref(method.result)},
    }
