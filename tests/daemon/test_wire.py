"""Lines, requests and errors of the wire, without a socket."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkd.daemon import events, wire
from trunkd.daemon.methods import METHODS
from trunkd.daemon.methods_base import ConnectionInfo
from trunkd.daemon.schema import openrpc

LINE = st.builds(
    lambda first, rest: (first + rest).replace(b"\n", b"."),
    st.sampled_from([b"", b"{"]),
    st.binary(max_size=40),
)


@given(lines=st.lists(LINE, max_size=20), cuts=st.lists(st.integers(1, 30), max_size=50))
def test_lines_come_whole_however_they_are_cut(lines: list[bytes], cuts: list[int]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    splitter = wire.LineSplitter()
    got: list[object] = []
    for cut in cuts:
        got += splitter.feed(data[:cut])
        data = data[cut:]
    got += splitter.feed(data)
    assert got == [line for line in lines if line.strip()]


@given(
    lengths=st.lists(st.integers(0, 40), max_size=12),
    chunk=st.integers(1, 50),
    octet=st.sampled_from([b"x", b"{"]),
)
def test_long_lines_are_skipped_once_and_nothing_else(
    lengths: list[int], chunk: int, octet: bytes
) -> None:
    limit = 20
    data = b"".join(octet * n + b"\n" for n in lengths)
    splitter = wire.LineSplitter(limit)
    got: list[object] = []
    for begin in range(0, len(data), chunk):
        got += splitter.feed(data[begin : begin + chunk])
    expected = [wire.TOO_LONG if n > limit else octet * n for n in lengths if n]
    assert got == expected


def test_long_line_is_not_kept_in_memory() -> None:
    splitter = wire.LineSplitter(1000)
    assert splitter.feed(b"x" * 1001) == [wire.TOO_LONG]
    for _ in range(100):
        assert splitter.feed(b"y" * 10_000) == []
        assert splitter._parts == []
    assert splitter.feed(b"z\n{}\n") == [b"{}"]


@pytest.mark.parametrize(
    ("line", "code", "id"),
    [
        (b"garbage", wire.PARSE_ERROR, None),
        (b"\xff\xfe\x00", wire.PARSE_ERROR, None),
        (b'{"jsonrpc":"2.0"', wire.PARSE_ERROR, None),
        (b'"text"', wire.INVALID_REQUEST, None),
        (b"17", wire.INVALID_REQUEST, None),
        (b'{"method":"status","id":1}', wire.INVALID_REQUEST, 1),
        (b'{"jsonrpc":"1.0","method":"status","id":2}', wire.INVALID_REQUEST, 2),
        (b'{"jsonrpc":"2.0","method":3,"id":"a"}', wire.INVALID_REQUEST, "a"),
        (b'{"jsonrpc":"2.0","method":"status","id":[1]}', wire.INVALID_REQUEST, None),
        (b"[" * 100_000, wire.PARSE_ERROR, None),
        (b'{"a":' * 100_000, wire.PARSE_ERROR, None),
        (b"[]", wire.INVALID_REQUEST, None),
        (b"[1,", wire.PARSE_ERROR, None),
        (b"[" + b"1," * 200 + b"1]", wire.INVALID_REQUEST, None),
    ],
)
def test_wrong_requests(line: bytes, code: int, id: object) -> None:
    error = wire.parse(line)
    assert isinstance(error, wire.WireError), error
    assert error.code == code
    assert (error.data or {}).get("id") == id
    answer = json.loads(wire.error_line((error.data or {}).get("id"), error))
    assert answer["jsonrpc"] == "2.0"
    assert answer["error"]["code"] == code
    assert answer["error"]["data"]["error"] == wire.ERRORS[code][0]


@given(st.binary(max_size=200).map(lambda b: b.replace(b"\n", b"")))
def test_no_line_raises(line: bytes) -> None:
    parsed = wire.parse(line)
    assert isinstance(parsed, wire.Request | wire.WireError | list)


def test_batch() -> None:
    batch = wire.parse(b'[{"jsonrpc":"2.0","method":"a","id":1},5]')
    assert isinstance(batch, list)
    assert isinstance(batch[0], wire.Request)
    assert isinstance(batch[1], wire.WireError)


def test_every_event_survives_the_wire() -> None:
    union = msgspec.json.Decoder(events.AnyEvent)
    for kind in events.EVENTS:
        fields = msgspec.structs.fields(kind)
        event = kind(**{f.name: _example(f.type) for f in fields})
        line = json.loads(wire.notification_line("event", event))
        assert line["method"] == "event"
        assert line["params"]["event"] == kind.__name__
        assert union.decode(json.dumps(line["params"])) == event
    assert set(events.AnyEvent.__args__) == set(events.EVENTS)


def _example(kind: object) -> object:
    text = str(kind)
    if kind is bool:
        return True
    if kind is int:
        return 7
    if kind is float:
        return 0.5
    if "dict" in text:
        return {"rings": 2.0, "tone": "sit"}
    if "ConnectionInfo" in text:
        return (ConnectionInfo(device="trunk/a/1", state="hold", call_id=7),)
    if "list" in text or "tuple" in text:
        numbers = (1.5, 2.5) if "float" in text else (1, 2)
        return list(numbers) if "list" in text else numbers
    if "Literal" in text:
        return kind.__args__[0]  # type: ignore[attr-defined]
    return "x"


def test_every_cause_has_a_csta_word() -> None:
    words = {events.csta_cause(value) for value in range(128)}
    assert "busy" in words
    assert events.csta_cause(16) == "normalClearing"
    assert events.csta_cause(17) == "busy"
    assert events.csta_cause(127) == "networkSignal"
    assert all(word.isidentifier() for word in words)


def test_schema_names_every_method_and_resolves() -> None:
    document = openrpc()
    assert {m["name"] for m in document["methods"]} == set(METHODS)
    assert all(m["summary"] for m in document["methods"])
    text = json.dumps(document)
    for part in text.split('"$ref": "')[1:]:
        root, components, kind, name = part.split('"')[0].split("/")
        assert (root, components) == ("#", "components")
        assert name in document["components"][kind]
    make_call = next(m for m in document["methods"] if m["name"] == "makeCall")
    assert [p["name"] for p in make_call["params"] if p["required"]] == ["called"]
