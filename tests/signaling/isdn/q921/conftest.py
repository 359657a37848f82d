"""A data link on the bench: the test plays its far end, frames are said in words."""

from __future__ import annotations

import pytest

from trunkd.signaling.isdn import q921_frames as q
from trunkd.signaling.isdn.q921 import DataLink
from trunkd.signaling.isdn.q921_config import LinkConfig
from trunkd.signaling.isdn.q921_events import LinkEvent, ManagementError
from trunkd.signaling.isdn.q921_frames import Frame, decode, encode
from trunkd.signaling.isdn.q921_table import Q921

SECOND = 1_000_000_000


class LinkBench:
    """One DataLink; ``put`` gives it a frame, ``sent`` tells what it sent since.

    Words of a frame: type, ``c`` or ``r``, ``p0``/``p1`` (P or F), ``s`` N(S), ``r`` N(R), and
    ``=`` with the information, as in "I c p0 s3 r1 =abc".
    """

    def __init__(self, network: bool, **config: int) -> None:
        Q921.strict = True
        self.link = DataLink(LinkConfig(network, **config))
        self.network = network
        self.now = 5 * SECOND

    def octets(self, words: str) -> bytes:
        parts = words.split()
        numbers = {p[0]: int(p[1:]) for p in parts[2:] if not p.startswith("=")}
        info = next((p[1:].encode() for p in parts if p.startswith("=")), b"")
        far_is_network = not self.network
        return encode(
            Frame(
                q.FRAME_NAMES.index(parts[0]),
                cr=int((parts[1] == "c") == far_is_network),
                pf=numbers.get("p", 0),
                ns=numbers.get("s", 0),
                nr=numbers.get("r", 0),
                info=info,
            )
        )

    def put(self, *frames: str) -> None:
        for words in frames:
            self.link.receive(self.octets(words), self.now)

    def sent(self) -> list[str]:
        out = []
        for octets in self.link.transmit():
            f = decode(octets)
            words = [f.name, "c" if f.command(self.network) else "r", f"p{f.pf}"]
            if f.kind == q.I:
                words.append(f"s{f.ns}")
            if f.kind <= q.REJ:
                words.append(f"r{f.nr}")
            if f.info:
                words.append("=" + f.info.decode())
            out.append(" ".join(words))
        return out

    def errors(self) -> str:
        """The codes of the management errors since; no other event may be among them."""
        events = self.link.events()
        assert all(isinstance(e, ManagementError) for e in events), events
        return "".join(e.code for e in events if isinstance(e, ManagementError))

    def events(self) -> list[LinkEvent]:
        return self.link.events()

    def send(self, *units: str) -> None:
        for unit in units:
            self.link.send(unit.encode(), self.now)

    def wait(self, seconds: float) -> None:
        """Time passes; timers due on the way expire at their time."""
        end = self.now + int(seconds * SECOND)
        while True:
            due = self.link.next_timeout()
            if due is None or due > end:
                break
            self.now = max(self.now, due)
            self.link.handle_timeout(self.now)
        self.now = end

    def forget(self) -> None:
        self.link.transmit()
        self.link.events()

    def to(self, state: int) -> None:
        """Bring a new link to ``state``, by frames and primitives only."""
        link = self.link
        if state == 5:
            link.establish(self.now)
        elif state >= 6:
            self.put("SABME c p1")
            if state == 6:
                link.release(self.now)
            elif state == 8:
                self.wait(link.config.t203 / SECOND)
        assert link.state == state
        self.forget()


@pytest.fixture(params=["user", "network"])
def bench(request: pytest.FixtureRequest) -> LinkBench:
    """A new data link with the default parameters, once for each side."""
    return LinkBench(request.param == "network")


@pytest.fixture
def link_bench() -> type[LinkBench]:
    """For data links with other parameters."""
    return LinkBench
