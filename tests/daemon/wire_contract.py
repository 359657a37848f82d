"""Everything that tests see on the wire, held against the OpenRPC document by `jsonschema`.

``watch`` hooks into the daemon's service and node in this process, and into the blocking client
that talks to daemons in other processes: what a request said, what it was answered, what was told.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from trunkd.daemon import wire
from trunkd.daemon.client import Client, Refused
from trunkd.daemon.events import Event
from trunkd.daemon.later import Later
from trunkd.daemon.node import Node
from trunkd.daemon.schema import openrpc
from trunkd.daemon.service import Service
from trunkd.daemon.wire_pass import Passing

MANY: Final = 300
"""Of one kind in one test all are looked at; of those that come after these, each twentieth."""


class Contract:
    """The document's schemas, ready to be asked."""

    def __init__(self) -> None:
        self.document: Final = openrpc()
        resource = Resource(contents=self.document, specification=DRAFT202012)
        self._registry: Final = Registry().with_resource("trunkd:", resource)
        self._methods: Final = {m["name"]: m for m in self.document["methods"]}
        self.validators: Final[dict[str, Draft202012Validator]] = {}
        self._seen: Counter[str] = Counter()

    def forget(self) -> None:
        """Another test begins."""
        self._seen.clear()

    def _validator(self, kind: str, schema: Any) -> Draft202012Validator:
        found = self.validators.get(kind)
        if found is None:
            text = json.dumps(schema).replace('"$ref": "#/', '"$ref": "trunkd:#/')
            found = Draft202012Validator(json.loads(text), registry=self._registry)
            self.validators[kind] = found
        return found

    def _skip(self, kind: str) -> bool:
        self._seen[kind] += 1
        return self._seen[kind] > MANY and bool(self._seen[kind] % 20)

    def _check(self, kind: str, schema: Any, value: Any) -> None:
        if self._skip(kind):
            return
        for error in self._validator(kind, schema).iter_errors(value):
            where = "/".join(str(step) for step in error.absolute_path)
            raise AssertionError(f"{kind}: {where}: {error.message}: {value}")

    def knows(self, method: str) -> bool:
        return method in self._methods

    def fits(self, method: str, params: Any) -> bool:
        """The parameters are as the document says."""
        shown = self._methods[method]["params"]
        schema = {
            "type": "object",
            "properties": {p["name"]: p["schema"] for p in shown},
            "required": [p["name"] for p in shown if p["required"]],
        }
        return bool(self._validator(f"params of {method}", schema).is_valid(params))

    def answered(self, method: str, params: Any, result: bytes) -> None:
        """``params`` were taken: they fit, and so does the result."""
        if not self._skip(f"request {method}"):
            assert self.fits(method, params), f"{method} was not refused: {params}"
        shown = self._methods[method]["result"]["schema"]
        self._check(f"result of {method}", shown, json.loads(result))

    def refused(self, method: str, params: Any, code: int, word: str) -> None:
        """The error is one that the document names for the method."""
        named = {e["$ref"].rsplit("/", 1)[1] for e in self._methods[method]["errors"]}
        assert word in named, f"{method}: the document does not name {word}"
        assert self.document["components"]["errors"][word]["code"] == code
        if not self.fits(method, params):
            assert word in ("invalidParams", "denied", "rateLimited", "notOwner"), (
                f"{method} was refused as {word}, but its parameters do not fit: {params}"
            )

    def told(self, event: bytes) -> None:
        value = json.loads(event)
        name = value["event"]
        self._check(name, {"$ref": f"#/components/schemas/{name}"}, value)

    def traced(self, frame: bytes) -> None:
        self._check("frame", {"$ref": "#/components/schemas/TraceFrame"}, json.loads(frame))


@functools.cache
def contract() -> Contract:
    return Contract()


def watch(patch: pytest.MonkeyPatch) -> Contract:
    """Hold all that happens from now on against the contract."""
    made = contract()
    made.forget()
    patch.setattr(Service, "do", _service(made, Service.do))
    patch.setattr(Node, "emit", _node(made, Node.emit))
    patch.setattr(Client, "_ask", _client(made, Client._ask))
    patch.setattr(Client, "_keep", _client_told(made, Client._keep))
    return made


def _service(made: Contract, do: Any) -> Any:
    def checked(self: Service, row: Any, request: wire.Request, session: Any) -> Any:
        method, given = request.method, _loads(bytes(request.params) or b"{}")
        try:
            result = do(self, row, request, session)
        except wire.WireError as exc:
            made.refused(method, given, exc.code, wire.ERRORS[exc.code][0])
            raise
        if isinstance(result, Later):
            return result  # `then` is for the one who asked
        shown = result.result if isinstance(result, Passing) else result
        made.answered(method, given, wire.encode(shown))
        return result

    return checked


def _loads(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _node(made: Contract, emit: Any) -> Any:
    def checked(self: Node, event: Event, trunk: str) -> None:
        emit(self, event, trunk)
        made.told(wire.encode(event))  # once the sinks, which add to it, had it

    return checked


def _client(made: Contract, ask: Any) -> Any:
    def checked(self: Client, method: str, params: Any, key: str = "") -> Any:
        given = json.loads(wire.encode(params))
        try:
            raw, passed = ask(self, method, params, key)
        except Refused as exc:
            if made.knows(method) and exc.word:
                made.refused(method, given, exc.code, exc.word)
            raise
        made.answered(method, given, bytes(raw))
        return raw, passed

    return checked


def _client_told(made: Contract, keep: Any) -> Any:
    def checked(self: Client, response: wire.Response) -> None:
        if response.method == "event":
            made.told(bytes(response.params))
        elif response.method == "frame":
            made.traced(bytes(response.params))
        keep(self, response)

    return checked
