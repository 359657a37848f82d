"""The test configuration of Q.781 3: one link, SP A under test, the tester as SP B, virtual time.

SP A is a SignallingLink behind the native MTP2 framer; every bit between the two ends is made by
one and read by the other at 64 kbit/s. Blocks are 1 ms long, 10 ms while nothing changes; timers
are served to the octet. Level 3 of A is the tester's as well (Q.780: orders).
"""

from __future__ import annotations

from collections.abc import Callable

from q781_line import (
    FLAG,
    OCTET,
    STATUS,
    SignalUnit,
    TesterReceiver,
    TesterTransmitter,
    corrupt,
    framed,
    seven_ones,
    short,
)

from trunkd.native.wrap import HDLC_FRAME
from trunkd.native.wrap_mtp2 import SU, Mtp2Decoder, Mtp2Encoder
from trunkd.signaling.ss7 import mtp2_events as ev
from trunkd.signaling.ss7.mtp2 import SignallingLink
from trunkd.signaling.ss7.mtp2_config import Mtp2Config

MS = 1_000_000
SECOND = 1_000_000_000
BLOCK = 8 * OCTET
QUIET_BLOCK = 80 * OCTET
QUIET_AFTER = 30 * MS
AT_ONCE = 60 * MS
"""How soon the answer to a signal unit or an order must be on the line."""
AHEAD = 2
"""Signal units that wait in the framer, at most."""


class Rig:
    """One link and its tester. ``config``: what differs from Mtp2Config's defaults."""

    def __init__(self, config: Mtp2Config | None = None) -> None:
        self.config = config if config is not None else Mtp2Config()
        self.link = SignallingLink(self.config)
        for machine in self.link.machines:
            machine.strict = True
        self.now = 0
        self.changed = 0
        self.sent = TesterTransmitter()
        self.seen = TesterReceiver()
        self.to_line = Mtp2Encoder()
        self.from_line = Mtp2Decoder()
        self.filtered = Mtp2Decoder(told=1)
        self.events: list[ev.Level2Event] = []
        self.messages: list[bytes] = []
        self.bsn = self.fsn = 127
        self.bib = self.fib = 1
        self.link.line_up(self.now)

    # The line

    def advance(self, duration: int) -> None:
        """Let the line run for ``duration`` ns."""
        end = self.now + duration
        while self.now < end:
            quiet = self.now - self.changed > QUIET_AFTER
            step = min(QUIET_BLOCK if quiet else BLOCK, end - self.now)
            due = self.link.next_timeout()
            if due is not None:
                step = min(step, max(due - self.now, OCTET))
            self._block(-(-step // OCTET))

    def rush(self, duration: int) -> None:
        """The same for long times in which nothing is expected: one block, and of what the link
        sends only news are told, at the end of the block."""
        octets = duration // OCTET
        self._give()
        line = self.to_line.encode(octets)
        self.now += octets * OCTET
        for found in self.filtered.decode(line):
            if found.kind == SU:
                self.seen.found(HDLC_FRAME, found.su, self.now)
        self.seen.octets += octets
        self._hear(self.sent.take(octets))
        self._serve()

    def _block(self, octets: int) -> None:
        self._give()
        from_a = self.to_line.encode(octets)
        from_b = self.sent.take(octets)
        runs = len(self.seen.runs)
        self.now += octets * OCTET
        self.seen.take(from_a)
        self._hear(from_b)
        self._serve()
        if len(self.seen.runs) != runs or self.to_line.waiting:
            self.changed = self.now

    def _serve(self) -> None:
        due = self.link.next_timeout()
        if due is not None and due <= self.now:
            self.link.handle_timeout(self.now)
        for event in self.link.events():
            self._happened(event)

    def _give(self) -> None:
        room = AHEAD - self.to_line.waiting
        if room > 0:
            for su in self.link.transmit(room):
                self.to_line.send(su)
                self.changed = self.now

    def _hear(self, line: bytes) -> None:
        for found in self.from_line.decode(line):
            if found.kind == SU:
                self.link.receive(found.su, self.now, found.sus)
            else:
                self.link.receive_error(self.now, found.errors, found.sus)

    def _happened(self, event: ev.Level2Event) -> None:
        self.changed = self.now
        if isinstance(event, ev.Message):
            self.messages.append(event.octets)
        else:
            self.events.append(event)

    # The tester

    def su(self, kind: str, length: int = 12) -> SignalUnit:
        """A signal unit with the tester's numbers: an MSU of ``length`` octets of SIO and SIF, a
        FISU, a status indication (``SIO long``: of two octets) or LSSU<n>, a spare one."""
        if kind == "MSU":
            body = bytes((0x85, *(i * 7 + self.fsn & 255 for i in range(length - 1))))
        elif kind == "FISU":
            body = b""
        else:
            name = kind.removesuffix(" long")
            status = STATUS[name] if name in STATUS else int(name.removeprefix("LSSU"))
            body = bytes([status]) + b"\0" * (name != kind)
        return SignalUnit(kind, self.bsn, self.bib, self.fsn, self.fib, body)

    def put(self, su: SignalUnit, damage: str = "") -> None:
        """Send one signal unit; a good fill-in goes on, behind an MSU a FISU goes on."""
        octets = su.octets()
        make = {"": framed, "corrupt": corrupt, "seven ones": seven_ones, "short": short}[damage]
        self.sent.put(make(octets))
        self.changed = self.now
        if damage:
            return
        self.sent.fill = framed(octets)
        if su.kind == "MSU":
            self.sent.fill = framed(self.su("FISU").octets())

    def break_path(self) -> None:
        """From now on the link hears ones alone (a broken path on a digital link: AIS)."""
        self.sent.queue += FLAG
        self.sent.fill = "1"

    # What came

    def tail(self) -> str:
        """The last that happened, for people."""
        runs = "\n  ".join(str(run) for run in self.seen.runs[-12:])
        events = ", ".join(type(e).__name__ for e in self.events)
        return f"now {self.now / 1e6:.1f} ms, {self.link.state_text}\n  {runs}\n  events: {events}"

    def run_until(self, done: Callable[[], bool], limit: int, what: str) -> None:
        """Let the line run until ``done``, ``limit`` ns at most."""
        end = self.now + limit
        while not done():
            assert self.now < end, f"not within {limit / 1e6:.0f} ms: {what}; {self.tail()}"
            self.advance(BLOCK)
