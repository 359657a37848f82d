"""A PBX behind a network, both in one node, in virtual time.

``pbx`` (user side) is cabled to ``office`` (network side): what a PBX asks of its network, and what
we are asked as the network. Behind the office are the trunks ``pstn`` and ``world``, cabled to one
another: people at ``world`` answer what the office places by ``pstn``, and call it.
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import media_rig
from media_rig import level_of, sine

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.board.model import Law
from trunkd.daemon import events as ev
from trunkd.daemon.calls import Call
from trunkd.daemon.config_check import loads
from trunkd.daemon.node import Node
from trunkd.daemon.records import CallRecord, record_of
from trunkd.daemon.virtual import run_until
from trunkd.daemon.wire import WireError
from trunkd.native import wrap
from trunkd.signaling.call import CallRequest, PartyNumber

CONFIG = """\
[daemon]
records = "off"
[[board]]
name = "b0"
address = "sim://net"
[board.sim]
{board}
spans = 4
cable = "1-2,3-4"
[[trunk]]
name = "pbx"
span = "b0/1"
signalling = "pri"
incoming = "offer"
[trunk.pri]
side = "user"
{pbx}
[[trunk]]
name = "office"
span = "b0/2"
signalling = "pri"
incoming = "offer"
[trunk.pri]
side = "network"
{office}
[[trunk]]
name = "pstn"
span = "b0/3"
signalling = "pri"
incoming = "offer"
[trunk.pri]
side = "user"
{both}
[[trunk]]
name = "world"
span = "b0/4"
signalling = "pri"
incoming = "offer"
[trunk.pri]
side = "network"
{both}
[[group]]
name = "away"
members = ["pstn"]
[[route]]
name = "all"
prefix = ["5", "4"]
choices = ["away"]
{more}
"""

T1 = ("ni2", "5ess", "4ess", "dms100")
TONES = (500, 900, 1300)


class NetworkBench:
    """``office`` takes each call of the PBX on to the world, where it is answered, unless its
    number is of ``silent`` (it rings) or ``busy``."""

    def __init__(
        self, variant: str = "etsi", pbx: str = "", office: str = "", more: str = ""
    ) -> None:
        both = f'variant = "{variant}"'
        text = CONFIG.format(
            board='kind = "t1"' if variant in T1 else "",
            pbx=f"{both}\n{pbx}",
            office=f"{both}\n{office}",
            both=both,
            more=more,
        )
        self.silent: set[str] = set()
        self.busy: set[str] = set()
        self.alone: set[str] = set()
        """Numbers that the office takes nowhere: an application of it answers."""
        self.seen: list[tuple[ev.Event, str]] = []
        self.records: list[CallRecord] = []
        self.node = Node(loads(text), VirtualClock())
        self.node.sinks.append(self._event)
        self.node.call_sinks.append(lambda call: self.records.append(record_of(call, "1")))
        self.node.open()
        self.node.start()
        self.until(lambda: all(t.up for t in self.node.trunks.values()))
        self.seen.clear()

    def close(self) -> None:
        """All calls end by themselves; nothing is left of them, and nothing went wrong."""
        for call in list(self.node.calls.values()):
            if call.trunk.name in ("pbx", "world") and call.call_id in self.node.calls:
                call.trunk.clear(call, 16, call.trunk.now())
        self.until(lambda: not self.node.calls, 60)
        self.run(10)
        assert self.is_idle(), [
            c for t in self.node.trunks.values() for c in t.channel_infos() if c.state != "idle"
        ]
        assert not self.node.switch.calls() and self.node.problems == 0
        self.node.close()

    def is_idle(self) -> bool:
        return not any(
            c.state != "idle" for t in self.node.trunks.values() for c in t.channel_infos()
        )

    def _event(self, event: ev.Event, trunk: str) -> None:
        self.seen.append((event, trunk))
        if isinstance(event, ev.Offered) and trunk in ("office", "world"):
            self.node.at(self.node.now(), lambda now: self._met(event.call_id, trunk))

    def _met(self, call_id: int, trunk: str) -> None:
        call = self.node.calls.get(call_id)
        if call is None:
            return  # the caller has hung up
        if trunk == "office" and call.called not in self.alone:
            where = {"called": call.called, "device": "trunk/pstn", "by": "switch"}
            try:
                self.ask("deflectCall", callId=call_id, **where)
            except WireError:  # no channel is free
                self.ask("rejectCall", callId=call_id, cause=34)
        elif call.called in self.busy:
            self.ask("rejectCall", callId=call_id, cause=17)
        else:
            self.ask("acceptCall", callId=call_id)
            if call.called not in self.silent:
                self.ask("answerCall", callId=call_id)

    # Time

    def run(self, seconds: float) -> None:
        run_until(self.node, self.node.now() + round(seconds * SECOND))

    def until(self, wanted: Callable[[], Any], seconds: float = 60) -> None:
        end = self.node.now() + round(seconds * SECOND)
        while not wanted():
            assert self.node.now() < end, f"not within {seconds} s; seen: {self.seen[-12:]}"
            self.run(0.05)

    # Requests

    def begin(self, method: str, **params: Any) -> list[tuple[Any, Exception | None]]:
        """A request; its outcome is in the list once it is there."""
        return media_rig.begin(self.node, method, **params)

    def ask(self, method: str, **params: Any) -> Any:
        """The result, when it is there."""
        outcome = self.begin(method, **params)
        if not outcome:
            self.until(lambda: outcome)
        value, error = outcome[0]
        if error is not None:
            raise error
        return value

    # Calls

    def there(self, call: Call) -> bool:
        return self.node.calls.get(call.call_id) is call

    def of(self, kind: type[Any], **fields: Any) -> list[Any]:
        return [
            e
            for e, _ in self.seen
            if isinstance(e, kind) and all(getattr(e, k) == v for k, v in fields.items())
        ]

    def other_end(self, call: Call) -> Call:
        """Of a channel of a cable."""
        ends = {"pbx": "office", "office": "pbx", "pstn": "world", "world": "pstn"}
        found = self.node.trunks[ends[call.trunk.name]].by_channel[call.channel]
        return found

    def party(self, call: Call) -> Call:
        """Who at the world speaks with a connection of the PBX, through the office."""
        (away,) = self.node.switch.partners(self.other_end(call))
        return self.other_end(away)

    def dial(self, number: str, device: str = "trunk/pbx") -> Call:
        """A call of the PBX, answered."""
        made = self.ask("makeCall", called=number, device=device)
        call = self.node.calls[made.call_id]
        self.until(lambda: call.state == "connected")
        return call

    def consult(self, first: str = "5551001", second: str = "5551002") -> tuple[Call, Call]:
        """A call that waits while the application talks with another one."""
        held = self.dial(first)
        made = self.ask(
            "consultationCall", heldCall=held.call_id, called=second, device="trunk/pbx"
        )
        active = self.node.calls[made.call_id]
        self.until(lambda: active.state == "connected")
        return held, active

    def offered(self, number: str = "4001", calling: str = "2001") -> tuple[Call, Call]:
        """Somebody at the world calls the PBX: his connection, and the PBX's, which is offered."""
        caller = self.node.place(
            self.node.trunks["world"], CallRequest(PartyNumber(number), PartyNumber(calling), 0)
        )
        count = len(self.offers("pstn")), len(self.offers("pbx"))
        self.until(lambda: len(self.offers("pstn")) > count[0])
        arrived = self.offers("pstn")[-1]
        where = {"called": number, "device": "trunk/office", "by": "switch"}
        self.ask("deflectCall", callId=arrived.call_id, **where)
        self.until(lambda: len(self.offers("pbx")) > count[1])
        return caller, self.node.calls[self.offers("pbx")[-1].call_id]

    def offers(self, trunk: str) -> list[ev.Offered]:
        """Calls that came in on a trunk."""
        return [e for e, name in self.seen if isinstance(e, ev.Offered) and name == trunk]

    def record(self, call: Call) -> CallRecord:
        """Of a call that ended."""
        (found,) = [r for r in self.records if r.call_id == call.call_id]
        return found

    def hear_one_another(self, *calls: Call) -> bool:
        """Each hears the tones of all others, and not its own."""
        self.run(0.2)
        for call, hz in zip(calls, TONES, strict=False):
            slot = call.trunk.timeslot(call.channel)
            slot.record(3200)
            slot.play(_octets(call, sine(hz, 0.8, -20)))
        self.run(0.6)
        found = []
        for call, own in zip(calls, TONES, strict=False):
            heard = _samples(call, call.trunk.timeslot(call.channel).recorded())[1600:3200]
            wanted = [hz for hz in TONES[: len(calls)] if hz != own]
            found.append([hz for hz in TONES if level_of(heard, hz) > -28] == wanted)
        self.run(0.5)
        return all(found)


def _octets(call: Call, samples: np.ndarray) -> bytes:
    encode = wrap.ulaw_encode if call.trunk.law is Law.MU else wrap.alaw_encode
    return encode(np.rint(samples).astype("<i2").tobytes())


def _samples(call: Call, octets: bytes) -> np.ndarray:
    decode = wrap.ulaw_decode if call.trunk.law is Law.MU else wrap.alaw_decode
    return np.frombuffer(decode(octets), "<i2").astype(float)
