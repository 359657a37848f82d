"""The test configurations of Q.782: SP A is an Mtp3 with real level 2 and real bits on each link.

SP B, and SP C where there are two linksets, are the tester: at the far end of each link a
SignallingLink of our own (held to Q.781) behind the native framer, and above it a scripted level 3
that encodes and decodes every message by itself. A is point code 1, B 2, C 3; D and E behind them
are 10 and 11. Blocks are 1 ms long, 500 ms while nothing is under way; timers are served exactly.
"""

from __future__ import annotations

from collections.abc import Callable

from trunkd.native.wrap_mtp2 import SU, Mtp2Framer
from trunkd.signaling.ss7 import mtp2_events as l2
from trunkd.signaling.ss7 import mtp3_events as ev
from trunkd.signaling.ss7.mtp2 import SignallingLink
from trunkd.signaling.ss7.mtp2_config import Mtp2Config
from trunkd.signaling.ss7.mtp3 import Mtp3
from trunkd.signaling.ss7.mtp3_config import LinkConfig, LinksetConfig, Mtp3Config, RouteConfig

OCTET = 125_000
MS = 1_000_000
SECOND = 1_000_000_000
BLOCK = 8 * OCTET
QUIET_BLOCK = 4000 * OCTET
QUIET_AFTER = 250 * MS

A, B, C, D, E = 1, 2, 3, 10, 11
NATIONAL = 2 << 6
ISUP = 5

HEADINGS = {
    "COO": 0x11,
    "COA": 0x21,
    "CBD": 0x51,
    "CBA": 0x61,
    "ECO": 0x12,
    "ECA": 0x22,
    "RCT": 0x13,
    "TFC": 0x23,
    "TFP": 0x14,
    "TFR": 0x34,
    "TFA": 0x54,
    "RST": 0x15,
    "RSR": 0x25,
    "LIN": 0x16,
    "LUN": 0x26,
    "LIA": 0x36,
    "LUA": 0x46,
    "LID": 0x56,
    "LFU": 0x66,
    "LLT": 0x76,
    "LRT": 0x86,
    "TRA": 0x17,
    "UPU": 0x1A,
}
"""Q.704 table 1: H1 in the high, H0 in the low four bits."""
NAMES = {value: name for name, value in HEADINGS.items()}
TESTS = {"SLTM": 0x11, "SLTA": 0x21}
"""Q.707 5.4."""


class Seen:
    """A message of A: when and on which link it came, and what Q.704 15 says that it is."""

    def __init__(self, time: int, link: int, octets: bytes) -> None:
        self.time = time
        self.link = link
        label = int.from_bytes(octets[1:5], "little")
        self.service = octets[0] & 15
        self.network = octets[0] >> 6
        self.dpc = label & 0x3FFF
        self.opc = label >> 14 & 0x3FFF
        self.sls = label >> 28
        self.data = octets[5:]
        self.name = "USER"
        if self.service == 0:
            self.name = NAMES.get(self.data[0], f"H{self.data[0]:02x}")
        elif self.service == 1:
            self.name = {0x11: "SLTM", 0x21: "SLTA"}.get(self.data[0], "SLT?")

    def fields(self) -> dict[str, int]:
        """What a script may ask for: slc, fsn, code, about, level, cause, user."""
        body = self.data[1:]
        out = {"slc": self.sls, "to": self.dpc}
        if self.name in ("COO", "COA"):
            out["fsn"] = body[0]
        elif self.name in ("CBD", "CBA"):
            out["code"] = body[0]
        elif self.name in ("TFP", "TFR", "TFA", "RST", "RSR", "TFC", "UPU"):
            out["about"] = int.from_bytes(body[:2], "little") & 0x3FFF
        if self.name == "UPU":
            out["user"] = body[2] & 15
            out["cause"] = body[2] >> 4
        return out

    def __str__(self) -> str:
        fields = " ".join(f"{key}={value}" for key, value in self.fields().items())
        return f"{self.time / 1e6:.1f} ms link {self.link}: {self.name} {fields} {self.data.hex()}"


def msu(service: int, dpc: int, opc: int, sls: int, data: bytes, network: int = NATIONAL) -> bytes:
    """SIO and SIF with a 14-bit label (Q.704 figure 3)."""
    label = dpc | opc << 14 | sls << 28
    return bytes([network | service]) + label.to_bytes(4, "little") + data


class FarLink:
    """The tester's end of one link. ``hold``: it stays down when it went out of service."""

    def __init__(self, index: int, adjacent: int, slc: int) -> None:
        self.index = index
        self.adjacent = adjacent
        self.slc = slc
        self.l2 = SignallingLink(Mtp2Config())
        self.framer = Mtp2Framer()
        self.hold = False
        self.in_service = False
        self.cut = False
        self.accepted = 127
        """FSN of the last message that came (Q.704 5.4: what COO and COA carry)."""
        self.sent = 127
        """FSN of the last message that was sent."""


class Rig:
    """SP A and what is around it.

    ``linksets``: links to B, and to C if there are two. ``routes``: rows of the configuration
    beside the linksets' own.
    """

    def __init__(
        self,
        linksets: tuple[int, ...] = (2,),
        routes: tuple[RouteConfig, ...] = (),
        **settings: object,
    ) -> None:
        adjacent = (B, C)
        rows = tuple(
            LinksetConfig("BC"[i], adjacent[i], tuple(LinkConfig(slc) for slc in range(count)))
            for i, count in enumerate(linksets)
        )
        self.config = Mtp3Config(A, rows, routes, **settings)  # type: ignore[arg-type]
        self.node = Mtp3(self.config)
        self.far = []
        for i, count in enumerate(linksets):
            for slc in range(count):
                self.far.append(FarLink(len(self.far), adjacent[i], slc))
        self.near = [Mtp2Framer() for _ in self.far]
        self.now = 0
        self.changed = 0
        self.seen: list[Seen] = []
        self.users: list[Seen] = []
        self.events: list[ev.Mtp3Event] = []
        self.delivered: list[ev.TransferIndication] = []
        self.answers = {"SLTM", "TRA"}
        """What the tester answers by itself."""
        for far in self.far:
            far.l2.start(0)

    # Time and lines

    def advance(self, duration: int) -> None:
        """Let everything run for ``duration`` ns."""
        end = self.now + duration
        while self.now < end:
            self.step(end)

    def step(self, end: int) -> None:
        """One block, up to ``end`` at most."""
        quiet = self.now - self.changed > QUIET_AFTER
        step = min(QUIET_BLOCK if quiet else BLOCK, end - self.now)
        for due in (self.node.next_timeout(), *(far.l2.next_timeout() for far in self.far)):
            if due is not None:
                step = min(step, max(due - self.now, OCTET))
        self._block(-(-step // OCTET))

    def run_until(self, done: Callable[[], bool], limit: int, what: str) -> None:
        """Let it run until ``done``, ``limit`` ns at most."""
        end = self.now + limit
        while not done():
            assert self.now < end, f"not within {limit / 1e6:.0f} ms: {what}; {self.tail()}"
            self.step(end)

    def _block(self, octets: int) -> None:
        lines = []
        for far, near in zip(self.far, self.near, strict=True):
            self._give(near, self.node.transmit(far.index, max(2 - near.waiting, 0)))
            self._give(far.framer, far.l2.transmit(max(2 - far.framer.waiting, 0)))
            lines.append((near.encode(octets), far.framer.encode(octets)))
        self.now += octets * OCTET
        dead = b"\xff" * octets
        for far, near, (from_a, to_a) in zip(self.far, self.near, lines, strict=True):
            self._hear_far(far, dead if far.cut else from_a)
            self._hear_near(far.index, near, dead if far.cut else to_a)
        self._serve()

    def _give(self, framer: Mtp2Framer, units: list[bytes]) -> None:
        for unit in units:
            framer.send(unit)
            self.changed = self.now
        if framer.waiting:
            self.changed = self.now

    def _hear_near(self, link: int, near: Mtp2Framer, line: bytes) -> None:
        for found in near.decode(line):
            if found.kind == SU:
                self.node.receive(link, found.su, self.now, found.sus)
            else:
                self.node.receive_error(link, self.now, found.errors, found.sus)

    def _hear_far(self, far: FarLink, line: bytes) -> None:
        for found in far.framer.decode(line):
            if found.kind == SU:
                far.l2.receive(found.su, self.now, found.sus)
            else:
                far.l2.receive_error(self.now, found.errors, found.sus)
            self._far_events(far)

    def _serve(self) -> None:
        due = self.node.next_timeout()
        if due is not None and due <= self.now:
            self.node.handle_timeout(self.now)
            self.changed = self.now
        for event in self.node.events():
            self.changed = self.now
            if isinstance(event, ev.TransferIndication):
                self.delivered.append(event)
            else:
                self.events.append(event)
        for far in self.far:
            due = far.l2.next_timeout()
            if due is not None and due <= self.now:
                far.l2.handle_timeout(self.now)
                self.changed = self.now
            self._far_events(far)

    # The tester's level 3

    def _far_events(self, far: FarLink) -> None:
        for event in far.l2.events():
            self.changed = self.now
            if isinstance(event, l2.Message):
                self._arrived(far, Seen(self.now, far.index, event.octets))
            elif isinstance(event, l2.InService):
                far.in_service = True
                far.accepted = far.sent = 127
            elif isinstance(event, l2.OutOfService):
                far.in_service = False
                if not far.hold:
                    far.l2.start(self.now)

    def _arrived(self, far: FarLink, seen: Seen) -> None:
        far.accepted = (far.accepted + 1) % 128
        assert seen.network == 2 and seen.opc == A, str(seen)
        if seen.service == ISUP:
            self.users.append(seen)
            return
        if seen.name in self.answers:
            if seen.name == "SLTM":
                self.tell(far.index, 1, seen.sls, bytes([0x21]) + seen.data[1:])
                return
            if seen.name == "CBD":
                self.tell(far.index, 0, seen.sls, bytes([HEADINGS["CBA"]]) + seen.data[1:2])
                return
            self.tell(far.index, 0, 0, bytes([HEADINGS["TRA"]]))
        self.seen.append(seen)

    def tell(self, link: int, service: int, sls: int, data: bytes, opc: int = -1) -> None:
        """A message for A on a link."""
        adjacent = self.far[link].adjacent if opc < 0 else opc
        self.inject(link, msu(service, A, adjacent, sls, data))

    def inject(self, link: int, octets: bytes) -> None:
        """SIO and SIF for A, whatever they are."""
        far = self.far[link]
        far.l2.send(octets, self.now)
        far.sent = (far.sent + 1) % 128
        self.changed = self.now

    def tail(self) -> str:
        """The last that happened, for people."""
        seen = "\n  ".join(str(row) for row in self.seen[-10:])
        links = ", ".join(f"{link.l2.state_text} ({link.reason})" for link in self.node.links)
        events = ", ".join(f"{type(e).__name__} {vars(e)}" for e in self.events[-8:])
        return f"now {self.now / 1e6:.0f} ms; links: {links}\n  {seen}\n  events: {events}"
