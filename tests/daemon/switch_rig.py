"""Calls of several connections: who hears whom, by tones of the far ends, after each service."""

from __future__ import annotations

import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from media_rig import Ends, Rig, level_of, sine

from trunkd.daemon import events as ev

TONES = (500, 900, 1300, 1700)
MUSIC_HZ = 2100

MUSIC = """\
[media]
[[media.music]]
name = "waiting"
files = ["waiting.wav"]
"""


class Switchboard(Rig):
    """Calls by name; far ends answer at once, or only ring when ``answers`` is false."""

    def __init__(self, directory: pathlib.Path, user: str = "") -> None:
        self.answers = True
        self.legs: dict[str, Ends] = {}
        super().__init__(directory, MUSIC, user)
        self.write("waiting.wav", sine(MUSIC_HZ, 1, -20))

    def _event(self, event: ev.Event, trunk: str) -> None:
        if self.answers:
            super()._event(event, trunk)
        else:
            self.seen.append(event)

    def dial(self, *names: str) -> None:
        """An answered call for each name."""
        for name in names:
            self.legs[name] = self.call()

    def placed(self, name: str, call_id: int) -> None:
        """A service placed this one: its far end is the newest call of the network."""
        self.run(0.5)
        far = max((c for c in self.node.calls.values() if c.trunk.name == "network"), key=_number)
        self.legs[name] = Ends(self.node.calls[call_id], far)

    def id(self, name: str) -> int:
        return self.legs[name].near.call_id

    def hearing(self) -> dict[str, str]:
        """Whose tone each far end hears, as letters in order; ``~`` is music on hold."""
        self.run(0.2)
        up = {n: e for n, e in self.legs.items() if e.far.call_id in self.node.calls}
        tones = dict(zip(up, TONES, strict=False))
        for name, ends in up.items():
            self.listen(ends.far, 4000)
            self.say(ends.far, sine(tones[name], 1, -20))
        self.run(1)
        found = {}
        for name, ends in up.items():
            samples: np.ndarray = self.heard(ends.far)[1600:3200]
            heard = [n for n, hz in tones.items() if level_of(samples, hz) > -30]
            music = level_of(samples, MUSIC_HZ) > -30
            found[name] = "".join(heard) + ("~" if music else "")
        return found

    def told(self, kind: type[ev.CallEvent]) -> list[int]:
        return [event.call_id for event in self.of(kind)]


def _number(call: object) -> int:
    return call.call_id  # type: ignore[attr-defined,no-any-return]
