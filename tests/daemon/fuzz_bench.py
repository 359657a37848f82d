"""The daemon's own server in front of a switchboard of any signalling, with a client of each role
on a socket of its own, all in virtual time: whatever is asked, what is answered is looked at."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import socket
import sys
from typing import Any, Final

import msgspec

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import schema_values
from csta_rig import CstaBench
from media_rig import Host
from wire_contract import contract

from trunkd.board.model import Law
from trunkd.daemon import events as ev
from trunkd.daemon import roles, wire
from trunkd.daemon.media_files import save
from trunkd.daemon.server import Client, Server
from trunkd.daemon.service import Service
from trunkd.errors import LocalError
from trunkd.native import wrap
from trunkd.signaling.call import CallRequest, PartyNumber

ROLES: Final = ("observe", "operate", "administer")
TURNS: Final = 6
"""Rounds of the event loop in which the server reads, does and answers."""
LATEST: Final = 1200.0
"""Seconds after which every signalling has let its channels go (T5 and T17 of Q.764 are 15 min)."""


class Stays(Host):
    """A process that was asked to stop, and did not."""

    def shut_down(self, drain: int | None) -> None:
        assert drain is None or drain >= 0


class Wire:
    """One client."""

    def __init__(self, bench: FuzzBench, role: str) -> None:
        self._bench = bench
        self._splitter = wire.LineSplitter(1 << 24)
        self._asked: dict[int, tuple[str, Any]] = {}
        self.outcomes: dict[int, str] = {}
        """By a request's number: the error's word, or nothing."""
        self._last = 0
        self._here, there = socket.socketpair()
        self._here.setblocking(False)
        made: list[Client] = []

        def factory() -> Client:
            made.append(Client(bench.server))
            return made[-1]

        bench.loop.run_until_complete(bench.loop.connect_accepted_socket(factory, there))
        made[0].role = roles.Role(role, roles.HIGHEST_PRIORITY)
        self.role: Final = role

    def ask(self, method: str, params: Any) -> int:
        """Send a request; its number."""
        # As it is on the wire: JSON has no infinity.
        params = msgspec.json.decode(msgspec.json.encode(self._bench.aimed(params)))
        self._last += 1
        self._asked[self._last] = (method, params)
        request = {"jsonrpc": "2.0", "id": self._last, "method": method, "params": params}
        if self._last % 3 == 0:
            request["key"] = f"{self.role}-{self._last}"
        self._here.sendall(msgspec.json.encode(request) + b"\n")
        self.receive()
        return self._last

    def receive(self) -> None:
        """What has come: each answer is one that the document names."""
        self._bench.turn()
        while True:
            try:
                data, passed, _, _ = socket.recv_fds(self._here, 1 << 18, 8)
            except BlockingIOError:
                return
            for descriptor in passed:
                os.close(descriptor)
            assert data, "the server hung up"
            for line in self._splitter.feed(data):
                assert isinstance(line, bytes)
                self._read(msgspec.json.decode(line, type=wire.Response))

    def _read(self, response: wire.Response) -> None:
        if response.method is not None:
            return  # the node's events were looked at when they were told
        assert isinstance(response.id, int), response
        method, params = self._asked.pop(response.id)
        if response.error is None:
            self.outcomes[response.id] = ""
            assert roles.permits(self.role, method), f"{method} was done for {self.role}"
            contract().answered(method, params, bytes(response.result))
            return
        error = response.error
        word = self.outcomes[response.id] = (error.data or {})["error"]
        assert word != "internalError", f"{method} {params}: {error.message}"
        assert error.message
        contract().refused(method, params, error.code, word)
        if not roles.permits(self.role, method):
            assert word == "denied", f"{method} for {self.role}: {word}"

    @property
    def unanswered(self) -> list[str]:
        return [method for method, _ in self._asked.values()]

    def close(self) -> None:
        self._here.close()


class FuzzBench:
    """Four calls up: two of them joined, one held, one alone."""

    def __init__(self, kind: str, directory: pathlib.Path) -> None:
        self.csta = csta = CstaBench(kind, directory)
        node = self.node = csta.node
        octets = wrap.alaw_encode(bytes(16000))
        save(str(directory / "m.wav"), octets, Law.A, "g711")
        self.loop = asyncio.new_event_loop()
        self.server = Server(node.config.daemon, self.loop, lambda: node.wall(node.now()))
        self.server.service = Service(node, Stays())
        node.sinks.append(self.server.event)
        self.problems: list[Exception] = []
        node.on_problem = self.problems.append
        self.clients = {role: Wire(self, role) for role in ROLES}
        for role, client in self.clients.items():
            client.ask("hello", {"client": role, "session": role})
            client.ask("subscribe", {})
        csta.dial("a", "b", "c", "d")
        self.clients["operate"].ask("claimCall", {"callId": csta.id("a")})
        csta.ask("joinCalls", callId=csta.id("a"), other=csta.id("b"))
        csta.ask("holdCall", callId=csta.id("c"))

    def names(self) -> None:
        """Values of names mean something to this bench from now on."""
        near, far = self.csta.near, self.csta.far
        spans = [span.name for span in self.node.span_infos()]
        points = [line.name for p in self.node.points.values() for line in p.lines]
        schema_values.NAMES.update(
            device=(f"trunk/{near}", f"trunk/{near}/3", f"trunk/{far}", f"trunk/{far}/31", ""),
            agentDevice=(f"trunk/{near}", ""),
            trunk=(near, far, "none"),
            span=(*spans, "b0/9"),
            line=(f"{near}/1", f"{far}/6", "none/1"),
            link=(*points, "none"),
        )

    def aimed(self, params: Any) -> Any:
        """Small numbers of calls and conferences mean one that there is."""
        there = {"conference": [c.number for c in self.node.media.conferences]}
        calls = sorted(self.node.calls)

        def at(name: str, value: Any) -> Any:
            if isinstance(value, list):
                return [at("callId" if name == "calls" else name, each) for each in value]
            known = there.get(name, calls)
            if name not in schema_values.CALLS or not known or type(value) is not int:
                return value
            return known[value % len(known)] if 1 <= value <= 8 else value

        return {n: at(n, v) for n, v in params.items()} if isinstance(params, dict) else params

    def turn(self) -> None:
        for _ in range(TURNS):
            self.loop.run_until_complete(asyncio.sleep(0))

    def ask(self, role: str, method: str, params: Any) -> str:
        """What came of it: the error's word; nothing: done, or it is at work still."""
        client = self.clients[role]
        number = client.ask(method, params)
        return client.outcomes.get(number, "")

    def run(self, seconds: float) -> None:
        self.csta.run(seconds)
        for client in self.clients.values():
            client.receive()

    def refill(self) -> None:
        """Mend what was cut, and have calls again: some that we place, and one that comes in."""
        self._repair()
        self.csta.mode = "answer"
        near = self.node.trunks[self.csta.near]
        for _ in range(4 - len(self.node.calls) // 2):
            if not any(info.state == "idle" for info in near.channel_infos()):
                break
            with contextlib.suppress(wire.WireError):
                number = self.csta.number()
                self.csta.ask("makeCall", called=number, device=f"trunk/{near.name}")
            self.run(1.5)
        called = "8100" if self.csta.kind == "analog" else "5557000"
        request = CallRequest(PartyNumber(called), PartyNumber("2001"), 0)
        with contextlib.suppress(LocalError):
            self.node.place(self.node.trunks[self.csta.far], request)
        self.run(3)

    # Afterwards

    def check(self) -> None:
        """States agree; every request is answered; the channels come back; a call works."""
        self._repair()
        self.run(70)
        audited = self.csta.of(ev.ChannelAudited)
        assert not audited, audited
        assert not self.problems, self.problems
        assert self.node.problems == 0
        self._end_all()
        self._until_idle()
        for role, client in self.clients.items():
            client.receive()
            assert not client.unanswered, f"{role}: no answer to {client.unanswered}"
        assert not self.csta.of(ev.ChannelAudited), self.csta.of(ev.ChannelAudited)
        assert not self.node.switch.calls() and not list(self.node.media.conferences)
        self.csta.mode = "answer"
        self.csta.legs.clear()
        self.csta.dial("after")
        assert self.csta.state("after") == "connected"

    def _quietly(self, method: str, **params: Any) -> None:
        with contextlib.suppress(wire.WireError):
            self.csta.ask(method, **params)

    def _repair(self) -> None:
        """What was cut, looped or blocked on purpose is no more."""
        node = self.node
        node.drain(False)
        for span in node.span_infos():
            self._quietly("simCable", span=span.name, action="mend")
            self._quietly("setLoopback", span=span.name, loopback="none")
        for point in node.points.values():
            for line in point.lines:
                for action in ("activate", "uninhibit"):
                    self._quietly("ss7Link", link=line.name, action=action)
        for row in self.csta.ask("forwardings").forwardings:
            self._quietly("setForwarding", device=row.device, type=row.type, on=False)

    def _end_all(self) -> None:
        for conference in list(self.node.media.conferences):
            self._quietly("closeConference", conference=conference.number)
        for call in list(self.node.calls.values()):
            self._quietly("clearConnection", callId=call.call_id)
        for call in list(self.node.calls.values()):
            self._quietly("clearConnection", callId=call.call_id)

    def _until_idle(self) -> None:
        end = self.node.now() + round(LATEST * 1e9)
        while busy := self._busy():
            assert self.node.now() < end, f"busy after {LATEST:g} s: {busy}"
            self.run(5)
            self._end_all()
            for trunk in self.node.trunks.values():
                for info in trunk.channel_infos():
                    if info.state in ("blockedHere", "blockedBoth"):
                        at = {"trunk": trunk.name, "circuits": str(info.channel)}
                        for hardware in (False, True):
                            self._quietly("unblockCircuits", hardware=hardware, **at)

    def _busy(self) -> list[str]:
        found = [f"call {call_id}" for call_id in self.node.calls]
        for trunk in self.node.trunks.values():
            if not trunk.up:
                found.append(f"{trunk.name} is down")
            found += [
                f"{trunk.name}/{i.channel} {i.state}"
                for i in trunk.channel_infos()
                if i.state != "idle"
            ]
        return found[:8]

    def close(self) -> None:
        for client in self.clients.values():
            client.close()
        self.turn()
        self.node.close()
        self.loop.close()
