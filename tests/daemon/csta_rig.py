"""The same switchboard over PRI, ISUP, R2 and analog lines: two trunks of a node, cabled together.

``near`` is the trunk whose calls applications handle; ``far`` plays the people at the other ends.
Each leg has both ends in the node. All in virtual time.
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import media_rig
from line_rig import analog_config, r2_config
from media_rig import Ends, level_of, sine
from ss7_rig import ss7_config

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.board.model import Law
from trunkd.daemon import events as ev
from trunkd.daemon.calls import Call
from trunkd.daemon.config_check import loads
from trunkd.daemon.media_files import save
from trunkd.daemon.node import Node
from trunkd.daemon.virtual import run_until
from trunkd.native import wrap
from trunkd.signaling.call import CallRequest, PartyNumber

TONES = (500, 900, 1300, 1700, 700, 1100, 1500, 1900)
MUSIC_HZ = 2100
KINDS = ("pri", "isup", "r2", "analog")
TRUNKS = {
    "pri": ("user", "network"),
    "isup": ("pstn", "exchange"),
    "r2": ("near", "far"),
    "analog": ("phones", "office"),
}

MORE = """
[media]
[[media.music]]
name = "waiting"
files = ["waiting.wav"]
[[group]]
name = "agents"
members = ["{near}"]
"""


def config_of(kind: str, directory: pathlib.Path) -> str:
    """Calls that come in on either trunk are offered; there is music; the near trunk is a group."""
    if kind == "pri":
        text = media_rig.CONFIG.format(dir=directory, media="", user="")
    elif kind == "isup":
        text = ss7_config()
    elif kind == "r2":
        text = r2_config(incoming="offer")
    else:
        supervised = 'flash = 400\nsupervision = ["drop"]'
        text = analog_config(fxs="max_digits = 4\nreversal_on_answer = true", fxo=supervised)
    if kind != "pri":
        text = text.replace("[daemon]", f'[daemon]\nmedia_dir = "{directory}"', 1)
    for signalling in ("pri", "isup", "fxs", "fxo"):
        key = f'signalling = "{signalling}"'
        text = text.replace(key, f'{key}\nincoming = "offer"')
    return text + MORE.format(near=TRUNKS[kind][0])


class CstaBench:
    """``mode``: what the people at the far ends do with a call: answer it, or let it ring. Calls to
    the numbers ``busy`` are refused; nobody is in at the numbers ``silent``."""

    def __init__(self, kind: str, directory: pathlib.Path) -> None:
        self.kind = kind
        self.near, self.far = TRUNKS[kind]
        self.mode = "answer"
        self.busy: set[str] = set()
        self.silent: set[str] = set()
        self.seen: list[ev.Event] = []
        self.legs: dict[str, Ends] = {}
        tone = wrap.alaw_encode(np.rint(sine(MUSIC_HZ, 1, -20)).astype("<i2").tobytes())
        self.node = Node(loads(config_of(kind, directory)), VirtualClock())
        save(str(directory / "waiting.wav"), tone, Law.A, "g711")
        self.node.sinks.append(self._event)
        self.node.open()
        self.node.start()
        self.until(lambda: all(t.up for t in self.node.trunks.values()) and self.is_idle(), 60)
        self.seen.clear()

    def _event(self, event: ev.Event, trunk: str) -> None:
        self.seen.append(event)
        if isinstance(event, ev.Offered) and trunk == self.far:
            self.node.at(self.node.now(), lambda now: self._met(event.call_id))
        if self.kind == "r2" and isinstance(event, ev.Notified) and trunk == self.far:
            far = self.node.calls[event.call_id]
            if event.indicator == 0 and far.direction == "out":
                # Who called is told by a clear-back that we hung up.
                self.node.at(self.node.now() + SECOND // 5, lambda now: self._hang_up(far))
        if self.kind == "analog" and isinstance(event, ev.ConnectionCleared) and trunk == self.near:
            # Nothing but a tone tells a person on an analog line: he hangs up.
            channel = int(event.device.rpartition("/")[2]) + 4 if event.device.count("/") > 1 else 0
            person = self.node.trunks[self.far].by_channel.get(channel)
            if person is not None:
                due = self.node.now() + SECOND // 5
                self.node.at(due, lambda now: self._hang_up(person))

    def _met(self, call_id: int) -> None:
        call = self.node.calls.get(call_id)
        if call is None or call.cleared_here:
            return
        trunk = call.trunk
        called = f"800{call.channel - 4}" if self.kind == "analog" else call.called
        if called in self.busy:
            trunk.clear(call, 17, trunk.now())
            return
        trunk.accept(call, False, trunk.now())
        if self.mode == "answer" and called not in self.silent:
            due = self.node.now() + SECOND // 5
            self.node.at(due, lambda now: self.pick_up(call))

    @staticmethod
    def pick_up(call: Call) -> None:
        """The person answers, if it rings still."""
        if call.state == "alerting" and not call.cleared_here:
            call.trunk.answer(call, call.trunk.now())

    def hang_up(self, name: str) -> None:
        """The person does."""
        self._hang_up(self.legs[name].far)

    def _hang_up(self, far: Call) -> None:
        if far.call_id in self.node.calls and not far.cleared_here:
            far.trunk.clear(far, 16, far.trunk.now())

    # Time

    def run(self, seconds: float) -> None:
        run_until(self.node, self.node.now() + round(seconds * SECOND))

    def until(self, wanted: Callable[[], Any], seconds: float = 60) -> None:
        end = self.node.now() + round(seconds * SECOND)
        while not wanted():
            assert self.node.now() < end, f"not within {seconds} s; seen: {self.seen[-12:]}"
            self.run(0.05)

    def is_idle(self) -> bool:
        return not self.node.calls and all(
            info.state == "idle" for t in self.node.trunks.values() for info in t.channel_infos()
        )

    def reset(self) -> None:
        """All calls end; nothing is left of them."""
        self.mode = "answer"
        self.busy.clear()
        self.silent.clear()
        for call in list(self.node.calls.values()):
            if call.call_id in self.node.calls and call.trunk.name == self.near:
                call.trunk.clear(call, 16, call.trunk.now())
        self.until(self.is_idle, 120)
        for row in self.ask("forwardings").forwardings:
            self.ask("setForwarding", device=row.device, type=row.type, on=False)
        assert not self.node.switch.calls() and not list(self.node.media.conferences)
        assert self.node.problems == 0
        self.legs.clear()
        self.seen.clear()

    # Calls

    def busy_number(self) -> str:
        """Of somebody who is busy: on analog lines, since he speaks with us already."""
        if self.kind == "analog":
            self.dial("busy")
            return f"800{self.legs['busy'].near.channel}"
        self.busy.add("5559999")
        return "5559999"

    def number(self) -> str:
        """Of somebody who is not in a call: an analog line has its own."""
        if self.kind != "analog":
            return f"555100{len(self.legs)}"
        trunk = self.node.trunks[self.near]
        self.until(lambda: any(i.state == "idle" for i in trunk.channel_infos()))
        idle = {i.channel for i in trunk.channel_infos() if i.state == "idle"}
        free = min(c for c in idle if c not in trunk.by_channel)
        return f"800{free}"

    def far_of(self, near: Call) -> Call | None:
        """The other end of a leg: on the same channel of the other trunk."""
        if not near.channel:
            return None
        channel = near.channel
        if self.kind == "analog":
            channel += 4 if near.trunk.name == self.near else -4
        other = self.far if near.trunk.name == self.near else self.near
        return self.node.trunks[other].by_channel.get(channel)

    def dial(self, *names: str) -> None:
        """An answered call placed by us for each name."""
        for name in names:
            made = self.ask("makeCall", called=self.number(), device=f"trunk/{self.near}")
            self.placed(name, made.call_id)

    def placed(self, name: str, call_id: int, state: str = "connected") -> None:
        """A service placed this one: wait until it is so far."""
        near = self.node.calls[call_id]
        self.until(lambda: near.state == state and self.far_of(near) is not None)
        far = self.far_of(near)
        assert far is not None
        self.until(lambda: far.state == state)
        self.legs[name] = Ends(near, far)

    def calls_in(self, name: str, **more: Any) -> Call:
        """Somebody calls us: the call as it is offered."""
        trunk = self.node.trunks[self.far]
        count = len(self.of(ev.Offered))
        called = "8100" if self.kind == "analog" else "5557000"
        request = CallRequest(PartyNumber(called), PartyNumber("2001"), 0, **more)
        far = self.node.place(trunk, request)
        self.until(lambda: len(self.of(ev.Offered)) > count)
        near = self.node.calls[self.of(ev.Offered)[-1].call_id]
        self.legs[name] = Ends(near, far)
        return near

    def id(self, name: str) -> int:
        return self.legs[name].near.call_id

    def state(self, name: str) -> str:
        return self.legs[name].near.state

    def there(self, *names: str) -> bool:
        """All these connections are up."""
        return all(self.id(name) in self.node.calls for name in names)

    def ask(self, method: str, **params: Any) -> Any:
        return media_rig.ask(self.node, method, **params)

    def begin(self, method: str, **params: Any) -> list[tuple[Any, Exception | None]]:
        """A request; its outcome is in the list once it is there."""
        return media_rig.begin(self.node, method, **params)

    def of(self, kind: type[Any], /, **fields: Any) -> list[Any]:
        return [
            e
            for e in self.seen
            if isinstance(e, kind) and all(getattr(e, k) == v for k, v in fields.items())
        ]

    def hearing(self) -> dict[str, str]:
        """Whose tone each far end hears, as letters in order; ``~`` is music on hold. What an
        analog line's hybrid gives back is 10 dB and more below that."""
        self.run(0.2)
        up = {n: e for n, e in self.legs.items() if {e.near.state, e.far.state} == {"connected"}}
        tones = dict(zip(up, TONES, strict=False))
        for name, ends in up.items():
            slot = ends.far.trunk.timeslot(ends.far.channel)
            slot.record(3200)
            octets = np.rint(sine(tones[name], 0.8, -20)).astype("<i2").tobytes()
            slot.play(wrap.alaw_encode(octets))
        self.run(0.6)
        found = {}
        for name, ends in up.items():
            octets = ends.far.trunk.timeslot(ends.far.channel).recorded()
            samples = np.frombuffer(wrap.alaw_decode(octets), "<i2").astype(float)[1600:3200]
            heard = [n for n, hz in tones.items() if level_of(samples, hz) > -28]
            music = level_of(samples, MUSIC_HZ) > -28
            found[name] = "".join(heard) + ("~" if music else "")
        self.run(0.3)
        return found
