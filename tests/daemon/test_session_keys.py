"""Answers by key: bounds, and what is the same request."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkd.daemon import session_keys, wire
from trunkd.daemon.session_keys import KEEP_SECONDS, MAX_KEYS, Answers, fingerprint
from trunkd.daemon.wire import WireError

PRINT = b"p" * 16


def request(method: str, params: str) -> wire.Request:
    return wire.Request("2.0", method, msgspec.Raw(params.encode()))


def test_oldest_keys_leave_first() -> None:
    answers = Answers()
    for n in range(MAX_KEYS + 10):
        assert answers.find(str(n), PRINT, 0.0) is None
        answers.settled(answers.begin(str(n), PRINT, 0.0), msgspec.Raw(b"{}"))
    assert answers.find(str(MAX_KEYS + 9), PRINT, 0.0) is not None
    assert len(answers) == MAX_KEYS
    assert answers.find("9", PRINT, 0.0) is None and answers.find("10", PRINT, 0.0) is not None


def test_keys_are_forgotten_after_their_time_and_not_while_at_work() -> None:
    answers = Answers()
    done, working = answers.begin("done", PRINT, 0.0), answers.begin("working", PRINT, 1.0)
    answers.settled(done, msgspec.Raw(b"1"))
    assert answers.find("done", PRINT, KEEP_SECONDS) is done
    late = KEEP_SECONDS + 100
    assert answers.find("done", PRINT, late) is None
    assert answers.find("working", PRINT, late) is working
    got: list[Any] = []
    working.waiting.append(got.append)
    answers.settled(working, msgspec.Raw(b"2"))
    assert got == [msgspec.Raw(b"2")]
    assert answers.find("working", PRINT, late) is None


def test_large_answers_take_no_more_than_their_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_keys, "MAX_OCTETS", 1000)
    answers = Answers()
    for n in range(20):
        answers.settled(answers.begin(str(n), PRINT, 0.0), msgspec.Raw(b"x" * 100))
    assert answers.find("19", PRINT, 0.0) is not None
    assert len(answers) == 10


def test_another_request_with_the_key_is_an_error() -> None:
    answers = Answers()
    answers.begin("k", fingerprint(request("a", '{"x":1,"y":[2]}')), 0.0)
    assert answers.find("k", fingerprint(request("a", '{ "y": [2], "x": 1 }')), 0.0) is not None
    for other in (request("a", '{"x":2,"y":[2]}'), request("b", '{"x":1,"y":[2]}')):
        with pytest.raises(WireError) as caught:
            answers.find("k", fingerprint(other), 0.0)
        assert caught.value.code == wire.KEY_REUSED


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(key=ANY, id=ANY)
def test_requests_with_any_key_and_id_are_parsed_or_refused(key: Any, id: Any) -> None:
    line = json.dumps({"jsonrpc": "2.0", "id": id, "key": key, "method": "calls"}).encode()
    parsed = wire.parse(line)
    if isinstance(parsed, wire.Request):
        assert isinstance(key, str) and 1 <= len(key) <= 128
    else:
        assert isinstance(parsed, WireError)
        assert parsed.code in (wire.INVALID_REQUEST, wire.PARSE_ERROR)
