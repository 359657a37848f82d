"""Every method of the schema with values made from it, at a node with calls up.

Whatever is asked: an answer or an error that the schema names, never another exception; the states
of call, signalling, board and media agree (the auditor finds nothing); a call works afterwards.
"""

from __future__ import annotations

import contextlib
import pathlib
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from media_rig import Host, Rig
from schema_values import requests

from trunkd.daemon import events as ev
from trunkd.daemon import roles, wire
from trunkd.daemon.journal import Filter
from trunkd.daemon.later import Later
from trunkd.daemon.methods import METHODS
from trunkd.daemon.methods_session import ClientInfo
from trunkd.daemon.schema import openrpc
from trunkd.daemon.service import Service
from trunkd.daemon.session import Session
from trunkd.daemon.wire_pass import Passing
from trunkd.errors import Error

DOCUMENT: Final = openrpc()
SHOWN: Final = {m["name"]: m for m in DOCUMENT["methods"]}
WORKERS: Final = ("sendFax", "receiveFax")
"""They start a process each: with values that do not fit, and once in test_media_fax.py."""


class Here(Host):
    """A process that was asked to stop, and did not."""

    def shut_down(self, drain: int | None) -> None:
        assert drain is None or drain >= 0


class Client:
    """What the service asks of a client: its socket is this list."""

    def __init__(self) -> None:
        self.member: Session | None = None
        self.role = roles.EVERYTHING
        self.local = True
        self.subscriptions: list[Filter] = []

    def subscribe(self, after: int, wanted: Filter) -> None:
        self.subscriptions.append(wanted)

    def unsubscribe(self) -> None:
        self.subscriptions.clear()

    def trace(self, trunks: frozenset[str], decode: bool) -> None: ...

    def trace_stop(self) -> None: ...

    def sign_on(self, name: str, token: str) -> roles.Role:
        return self.role

    def client_infos(self) -> list[ClientInfo]:
        return []


class Bench:
    """Four calls up: two of them joined, one held, one alone; everything is asked of it."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.rig = Rig(directory)
        self.service = Service(self.rig.node, Here())
        self.client = Client()
        self.sockets: list[socket.socket] = []
        self.problems: list[str] = []
        ends = [self.rig.call() for _ in range(4)]
        self.rig.ask("joinCalls", callId=ends[0].near.call_id, other=ends[1].near.call_id)
        self.rig.ask("holdCall", callId=ends[2].near.call_id)

    def ask(self, method: str, params: dict[str, Any]) -> str:
        """What came of it: the error's word, or nothing."""
        raw = msgspec.Raw(msgspec.json.encode(params))
        request = wire.Request(jsonrpc="2.0", id=1, method=method, params=raw)
        try:
            result = self.service.call(request, self.client)  # type: ignore[arg-type]
        except wire.WireError as exc:
            word = wire.ERRORS[exc.code][0]
            named = {e["$ref"].rsplit("/", 1)[1] for e in SHOWN[method]["errors"]}
            assert word in named, f"{method} may not end with {word}: {exc}"
            assert str(exc)
            return word
        if isinstance(result, Later):
            result.then(lambda value, error: self.settled(method, value, error))
        else:
            self.fits(method, result)
        return ""

    def settled(self, method: str, value: Any, error: Exception | None) -> None:
        if error is None:
            self.fits(method, value)
        elif not isinstance(error, Error):
            self.problems.append(f"{method}: {error!r}")

    def fits(self, method: str, result: Any) -> None:
        """The answer is what the schema says, also after a trip over the wire."""
        if isinstance(result, Passing):
            self.sockets.append(result.sock)
            result = result.result
        kind = METHODS[method].result
        assert isinstance(result, kind), method
        msgspec.json.decode(msgspec.json.encode(result), type=kind)

    def check(self) -> None:
        """States agree, and the exchange still works."""
        rig = self.rig
        while self.sockets:
            self.sockets.pop().close()
        for trunk in ("user", "network"):
            for span in ("b0/1", "b0/2"):
                rig.ask("setLoopback", span=span, loopback="none")
            rig.ask("simCable", span="b0/1", action="mend")
            assert rig.node.trunk(trunk).calls is not None
        rig.run(70)
        assert not rig.of(ev.ChannelAudited), rig.of(ev.ChannelAudited)
        assert not self.problems
        for call in list(rig.node.calls.values()):
            with contextlib.suppress(wire.WireError):
                rig.ask("clearConnection", callId=call.call_id)
        rig.run(150)
        assert not rig.node.calls
        assert not rig.node.switch.calls()
        ends = rig.call()
        assert ends.far.state == "connected"

    def close(self) -> None:
        while self.sockets:
            self.sockets.pop().close()
        self.rig.close()


@contextlib.contextmanager
def bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as directory:
        made = Bench(pathlib.Path(directory))
        try:
            yield made
        finally:
            made.close()


SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)


@settings(max_examples=10, deadline=None, phases=(Phase.generate,), suppress_health_check=SLOW)
@given(
    st.lists(
        st.tuples(
            requests(DOCUMENT, [name for name in METHODS if name not in WORKERS]),
            st.floats(0, 2),
        ),
        min_size=5,
        max_size=15,
    )
)
def test_any_requests_in_any_order(
    asked: list[tuple[tuple[str, dict[str, Any], bool], float]],
) -> None:
    with bench() as made:
        for (method, params, _), pause in asked:
            made.ask(method, params)
            made.rig.run(pause)
        made.check()


@pytest.mark.parametrize("group", range(4))
def test_each_method_many_times(group: int) -> None:
    """All of them, so that none is left out by chance."""
    names = sorted(METHODS)[group::4]
    told: Counter[tuple[str, str]] = Counter()
    with bench() as made:

        @settings(
            max_examples=8,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=SLOW,
        )
        @given(st.tuples(*(requests(DOCUMENT, [name]) for name in names)))
        def ask_all(asked: tuple[tuple[str, dict[str, Any], bool], ...]) -> None:
            for method, params, fits in asked:
                if method in WORKERS and fits:
                    continue
                word = made.ask(method, params)
                told[method, word] += 1
                made.rig.run(0.02)

        ask_all()
        made.check()
    # Of those that start workers perhaps all eight fitted.
    assert {method for method, _ in told} | set(WORKERS) >= set(names)


def test_the_document_keeps_the_rules_of_openrpc() -> None:
    """What the meta schema of OpenRPC 1.3 demands, and that all references lead somewhere."""
    assert DOCUMENT["openrpc"].startswith("1.3.")
    assert {"title", "version"} <= set(DOCUMENT["info"])
    assert len(SHOWN) == len(DOCUMENT["methods"]) == len(METHODS)
    for method in DOCUMENT["methods"]:
        assert set(method) >= {"name", "params", "result", "errors", "summary", "x-role"}
        assert method["paramStructure"] == "by-name"
        assert method["x-role"] in ("", "observe", "operate", "administer")
        needed = [p["required"] for p in method["params"]]
        assert needed == sorted(needed, reverse=True), "required ones come first"
        assert len({p["name"] for p in method["params"]}) == len(needed)
        for content in (*method["params"], method["result"]):
            assert content["name"] and content["schema"] is not None
            # All of a schema is JSON Schema; a default must fit its own type.
            assert "default" not in content["schema"] or not content.get("required")
        for error in method["errors"]:
            assert resolve(error["$ref"])["code"] < 0
    for reference in references(DOCUMENT):
        assert resolve(reference)
    for name, error in DOCUMENT["components"]["errors"].items():
        assert error["data"]["error"] == name and error["message"]
        assert isinstance(error["code"], int)
    codes = [error["code"] for error in DOCUMENT["components"]["errors"].values()]
    assert len(set(codes)) == len(codes) == len(wire.ERRORS)
    told = DOCUMENT["x-notifications"]["event"]
    assert len(told["oneOf"]) == len(ev.EVENTS) == len(told["discriminator"]["mapping"])
    for kind in ev.EVENTS:
        schema = DOCUMENT["components"]["schemas"][kind.__name__]
        assert {"event", "seq", "time"} <= set(schema["properties"])
        assert schema["properties"]["event"]["enum"] == [kind.__name__]


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def resolve(reference: str) -> Any:
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found
