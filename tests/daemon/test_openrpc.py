"""The OpenRPC document, held against the specification's own meta-schema; and that what tests see
on the wire is held against the document."""

from __future__ import annotations

import copy
import json
import pathlib
import sys
from typing import Any, Final

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wire_contract import contract

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import wire
from trunkd.daemon.schema import openrpc

REFEREES: Final = pathlib.Path(__file__).parent / "openrpc"
DOCUMENT: Final = json.loads(json.dumps(openrpc()))


def mistakes(document: Any) -> list[str]:
    """What the meta-schema of OpenRPC finds wrong."""
    of_schemas = Resource(
        contents=json.loads((REFEREES / "json-schema.json").read_text()), specification=DRAFT7
    )
    names = ("https://meta.json-schema.tools", "https://meta.json-schema.tools/")
    registry = Registry().with_resources([(name, of_schemas) for name in names])
    meta = json.loads((REFEREES / "meta-schema.json").read_text())
    errors = Draft7Validator(meta, registry=registry).iter_errors(document)
    return ["/".join(str(step) for step in e.absolute_path) + f": {e.message}" for e in errors]


def test_the_document_is_openrpc() -> None:
    assert mistakes(DOCUMENT) == []


def without_methods(document: Any) -> None:
    del document["methods"]


def strange_type(document: Any) -> None:
    document["methods"][0]["params"][0]["schema"] = {"type": "strange"}


def own_field(document: Any) -> None:
    document["methods"][0]["role"] = "observe"  # extensions begin with x-


def text_code(document: Any) -> None:
    document["components"]["errors"]["denied"]["code"] = "-32000"


@pytest.mark.parametrize("spoil", [without_methods, strange_type, own_field, text_code])
def test_the_meta_schema_finds_mistakes(spoil: Any) -> None:
    document = copy.deepcopy({**DOCUMENT, "methods": DOCUMENT["methods"][:2]})
    document["components"] = {"errors": document["components"]["errors"]}
    assert not mistakes(document)
    spoil(document)
    assert mistakes(document)


def test_all_schemas_are_json_schema() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for method in DOCUMENT["methods"]:
        for part in (*method["params"], method["result"]):
            Draft202012Validator.check_schema(part["schema"])


def test_defaults_fit_their_own_schema() -> None:
    made = contract()
    for method in DOCUMENT["methods"]:
        left_out = {
            p["name"]: p["schema"]["default"]
            for p in method["params"]
            if "default" in p["schema"] and not p["required"]
        }
        needed = [p for p in method["params"] if p["required"]]
        if not needed:
            assert made.fits(method["name"], left_out), method["name"]


def test_what_does_not_fit_is_found() -> None:
    made = contract()
    with pytest.raises(AssertionError, match="was not refused"):
        made.answered("answerCall", {"callId": "seven"}, b"{}")
    with pytest.raises(AssertionError, match="calls"):
        made.answered("calls", {}, b'{"calls":[{"callId":"x"}]}')
    with pytest.raises(AssertionError, match="does not name"):
        made.refused("calls", {}, wire.NO_RESOURCE, "resourceBusy")
    with pytest.raises(AssertionError, match="seq"):
        made.told(wire.encode(ev.Draining(1, 2, 3)).replace(b'"seq":1', b'"seq":"1"'))


def test_the_rigs_are_watched(pair: Any) -> None:
    """An event of a node in this process that did not fit would fail its test."""
    with pytest.raises(AssertionError, match="Draining"):
        pair.tell(ev.Draining, "tomorrow")


def test_clients_of_other_processes_are_watched(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert app.call(m.Calls()).calls == []
    nothing = Draft202012Validator(False)
    monkeypatch.setitem(contract().validators, "result of calls", nothing)
    with pytest.raises(AssertionError, match="result of calls"):
        app.call(m.Calls())
