"""The far end of one link, by hand."""

from __future__ import annotations

from trunkd.signaling.ss7 import mtp2_events as e
from trunkd.signaling.ss7 import mtp2_units as u
from trunkd.signaling.ss7.mtp2 import SignallingLink
from trunkd.signaling.ss7.mtp2_config import T4N, Mtp2Config

MS = 1_000_000
SECOND = 1_000_000_000
MSU = b"\x85abc"


class Far:
    """The far end, by hand: numbers as a link that sent and took nothing."""

    def __init__(self, **config: object) -> None:
        self.link = SignallingLink(Mtp2Config(**config))  # type: ignore[arg-type]
        self.now = 0
        self.back = 255
        self.front = 255

    def lssu(self, status: int) -> None:
        self.link.receive(bytes([self.back, self.front, 1, status]), self.now)

    def fisu(self) -> None:
        self.link.receive(bytes([self.back, self.front, 0]), self.now)

    def msu(self, fsn: int, text: bytes = MSU) -> None:
        self.front = self.front & 128 | fsn
        self.link.receive(bytes([self.back, self.front]) + u.LENGTH[len(text)] + text, self.now)

    def ack(self, bsn: int) -> None:
        self.back = self.back & 128 | bsn
        self.fisu()

    def wait(self, ns: int) -> None:
        """Time passes; timers expire in order."""
        until = self.now + ns
        while (due := self.link.next_timeout()) is not None and due <= until:
            self.now = due
            self.link.handle_timeout(due)
        self.now = until

    def units(self) -> list[str]:
        """What the link hands out, in words."""
        out = []
        for unit in self.link.transmit():
            if len(unit) <= 5:
                out.append(u.STATUS_NAMES[unit[3]] if unit[2] else "FISU")
            else:
                out.append(f"MSU{unit[1] & 127}")
        return out

    def events(self) -> list[e.Level2Event]:
        return self.link.events()

    def failed(self) -> str:
        reasons = [x.reason for x in self.events() if isinstance(x, e.OutOfService)]
        assert len(reasons) == 1 and self.link.state_text == "out of service"
        assert self.units() == ["SIOS"]
        return reasons[0]

    def prove(self) -> None:
        self.link.start(self.now)
        self.lssu(u.SIO)
        self.lssu(u.SIN)
        self.wait(self.link.config.timers[T4N])

    def align(self) -> SignallingLink:
        self.prove()
        self.fisu()
        assert self.link.in_service
        self.link.events()
        self.link.transmit()
        return self.link
