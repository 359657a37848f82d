"""The schemas of the OpenRPC document are JSON Schema; what tests see on the wire is held against
the document. OpenRPC's own rules are in test_schema_fuzz.py."""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wire_contract import contract

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import wire
from trunkd.daemon.schema import openrpc

DOCUMENT: Final = json.loads(json.dumps(openrpc()))


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
