"""A node under test whose links end at points that a test plays: level 2 is real, level 3 a script.

Lines have no length and no pace here; a dead line loses everything. A far point answers SLTM and
sends TRA by itself unless told not to.
"""

from __future__ import annotations

from trunkd.signaling.ss7 import (
    mtp3_activity,
    mtp3_availability,
    mtp3_changeback,
    mtp3_changeover,
    mtp3_congestion,
    mtp3_inhibit,
    mtp3_rerouting,
    mtp3_restart,
    mtp3_routes,
    mtp3_slt,
)
from trunkd.signaling.ss7 import mtp3_messages as m
from trunkd.signaling.ss7.labels import OCTET, decode_label, encode_label
from trunkd.signaling.ss7.mtp2 import SignallingLink
from trunkd.signaling.ss7.mtp2_config import Mtp2Config
from trunkd.signaling.ss7.mtp2_events import Bsnt, Message, RemoteProcessorOutage, Retrieved
from trunkd.signaling.ss7.mtp3 import Mtp3
from trunkd.signaling.ss7.mtp3_config import LinkConfig, LinksetConfig, Mtp3Config
from trunkd.signaling.ss7.mtp3_events import Mtp3Event, TransferIndication

MACHINES = (
    mtp3_activity.LSAC,
    mtp3_slt.SLTC,
    mtp3_availability.TLAC,
    mtp3_changeover.TCOC,
    mtp3_changeback.TCBC,
    mtp3_rerouting.TCRC,
    mtp3_restart.TSRC,
    mtp3_restart.TRES,
    mtp3_inhibit.TMIN,
    mtp3_routes.RSRT,
    mtp3_congestion.RCAT,
)
MS = 1_000_000
SECOND = 1_000_000_000
OWN = 100
ISUP = 5


class Msu:
    """A message that a far point got."""

    def __init__(self, link: int, service: int, dpc: int, opc: int, sls: int, data: bytes) -> None:
        self.link = link
        self.service = service
        self.dpc = dpc
        self.opc = opc
        self.sls = sls
        self.data = data

    @property
    def name(self) -> str:
        if self.service == m.SNM:
            return m.name_of(self.data[0])
        if self.service == m.SLT:
            return m.SLT_NAMES[self.data[0]][0]
        return m.SERVICE_NAMES[self.service][0]

    def __repr__(self) -> str:
        return f"{self.name}@{self.link} sls {self.sls} {self.data[1:].hex()}"


class Bench:
    """The node and what is around it. ``quiet``: far points send nothing by themselves."""

    def __init__(self, config: Mtp3Config) -> None:
        self.config = config
        self.format = config.label
        self.node = Mtp3(config)
        self.far = [SignallingLink(link.config.mtp2) for link in self.node.links]
        self.adjacent = [link.linkset.adjacent for link in self.node.links]
        self.dead = [False] * len(self.far)
        self.now = 0
        self.events: list[Mtp3Event] = []
        self.users: list[TransferIndication] = []
        self.got: list[Msu] = []
        self.answers_slt = True
        self.sends_tra = True
        self.bsnt: list[int] = []
        self.retrieved: list[bytes] = []

    # Time

    def start(self, *links: int) -> None:
        """All up, and the traces of that forgotten."""
        for index, far in enumerate(self.far):
            if not links or index in links:
                far.start(self.now)
        self.node.start(self.now)
        self.run(10 * SECOND)
        self.forget()

    def forget(self) -> None:
        self.events.clear()
        self.users.clear()
        self.got.clear()

    def run(self, duration: int) -> None:
        until = self.now + duration
        self.pump()
        while True:
            due = [end.next_timeout() for end in (self.node, *self.far)]
            times = [at for at in due if at is not None]
            if not times or min(times) > until:
                break
            self.now = max(self.now, min(times))
            self.node.handle_timeout(self.now)
            for far in self.far:
                far.handle_timeout(self.now)
            self.pump()
        self.now = until

    def pump(self) -> None:
        """Until nothing moves."""
        moved = True
        while moved:
            moved = False
            for event in self.node.events():
                moved = True
                if isinstance(event, TransferIndication):
                    self.users.append(event)
                else:
                    self.events.append(event)
            for index, far in enumerate(self.far):
                for unit in self.node.transmit(index):
                    moved = True
                    if not self.dead[index]:
                        far.receive(unit, self.now)
                self.level_3(index, far)
                for unit in far.transmit():
                    moved = True
                    if not self.dead[index]:
                        self.node.receive(index, unit, self.now)

    # The far points' level 3

    def level_3(self, index: int, far: SignallingLink) -> None:
        for event in far.events():
            if isinstance(event, Message):
                label = decode_label(self.format, event.octets, 1)
                data = event.octets[1 + self.format.octets :]
                service = event.octets[0] & 15
                msu = Msu(index, service, label.dpc, label.opc, label.sls, data)
                self.got.append(msu)
                self.react(msu)
            elif isinstance(event, RemoteProcessorOutage):
                if not event.on:
                    far.continue_(self.now)
            elif isinstance(event, Bsnt):
                self.bsnt.append(event.bsnt)
            elif isinstance(event, Retrieved):
                self.retrieved += event.messages

    def react(self, msu: Msu) -> None:
        if msu.name == "SLTM" and self.answers_slt:
            self.say(msu.link, OCTET[m.SLTA] + msu.data[1:], m.SLT, msu.sls)
        elif msu.name == "TRA" and self.sends_tra:
            self.say(msu.link, OCTET[m.TRA])

    def say(
        self,
        link: int,
        data: bytes,
        service: int = m.SNM,
        sls: int = 0,
        opc: int = -1,
        dpc: int = -1,
        ni: int = 2,
    ) -> None:
        """A message to the node over this link (it goes out with the next ``run``)."""
        opc = self.adjacent[link] if opc < 0 else opc
        dpc = self.config.point_code if dpc < 0 else dpc
        head = OCTET[ni << 6 | service] + encode_label(self.format, dpc, opc, sls)
        self.far[link].send(head + data, self.now)

    def tell(self, link: int, data: bytes, sls: int = 0, opc: int = -1) -> list[Msu]:
        """Say it, and what the node answered at once."""
        self.got.clear()
        self.say(link, data, m.SNM, sls, opc)
        self.run(0)
        return self.got

    def fail(self, link: int) -> None:
        """Layer 1 of a link is lost at our end; the far end finds out by itself."""
        self.dead[link] = True
        self.node.line_down(link, self.now)
        self.run(0)

    def fail_far(self, link: int) -> None:
        """The far end's level 2 stops: SIOS."""
        self.far[link].stop(self.now)
        self.run(0)

    def mend(self, link: int) -> None:
        """The line is good again; both ends align (the far end from the beginning)."""
        self.dead[link] = False
        self.far[link].stop(self.now)
        self.far[link].line_up(self.now)
        self.far[link].start(self.now)
        self.run(0)

    # What to look at

    def send(self, dpc: int, sls: int, text: bytes) -> bool:
        return self.node.send(dpc, sls, ISUP, text, self.now)

    def names(self) -> list[str]:
        return [msu.name for msu in self.got]

    def of(self, name: str) -> list[Msu]:
        return [msu for msu in self.got if msu.name == name]

    def texts(self, link: int = -1) -> list[bytes]:
        """Users' messages that came out, on this link or any."""
        return [msu.data for msu in self.got if msu.service == ISUP and link in (-1, msu.link)]

    def carriers(self, dpc: int) -> list[int]:
        """By SLS, the link that a message takes now."""
        self.run(0)
        self.got.clear()
        out = []
        for sls in range(16):
            self.send(dpc, sls, OCTET[sls])
            self.run(0)
            out.append(self.got[-1].link if self.got else -1)
            self.got.clear()
        return out

    def told(self, kind: type) -> list[Mtp3Event]:
        return [event for event in self.events if isinstance(event, kind)]


def linkset(name: str, adjacent: int, links: int = 2, **mtp2: int) -> LinksetConfig:
    rows = tuple(LinkConfig(slc, Mtp2Config(**mtp2)) for slc in range(links))
    return LinksetConfig(name, adjacent, rows)


def one(links: int = 2, **settings: object) -> Bench:
    """One linkset to point 200."""
    return Bench(Mtp3Config(OWN, (linkset("a", 200, links),), **settings))
