"""The test configuration of Q.783 3: SP A under test, a tester as SP B, one signalling link.

The script speaks for SP B and for the application and the board at SP A. ``expect`` takes the next
message of SP A, which must be there within AT_ONCE or the window that the script gives; at the end
of a case nothing may be left.
"""

from __future__ import annotations

import pathlib
import sys

TUP_RIG = pathlib.Path(__file__).resolve().parents[2] / "b2b" / "ss7" / "tup"
if str(TUP_RIG) not in sys.path:
    sys.path.insert(0, str(TUP_RIG))

from tup_bits import MS, SECOND, TUP, A, B, BitLine, mtp3_config  # noqa: E402

from trunkd.signaling import call as neutral  # noqa: E402
from trunkd.signaling.ss7 import tup_messages_table as h  # noqa: E402
from trunkd.signaling.ss7.mtp3 import Mtp3  # noqa: E402
from trunkd.signaling.ss7.mtp3_events import TransferIndication  # noqa: E402
from trunkd.signaling.ss7.stack import Ss7Stack  # noqa: E402
from trunkd.signaling.ss7.tup_config import TupConfig  # noqa: E402
from trunkd.signaling.ss7.tup_messages import OCTET, TupMessage  # noqa: E402
from trunkd.signaling.ss7.tup_messages_address import Indicators, InitialAddress, decode  # noqa: E402
from trunkd.signaling.ss7.tup_states import NULL  # noqa: E402
from trunkd.signaling.ss7.tup_table import TUP as MACHINE  # noqa: E402

CIRCUITS = (*range(1, 16), *range(17, 32))
AT_ONCE = 100 * MS
MINUTE = 60 * SECOND
OURS, THEIRS = 2, 3
"""A circuit that SP A controls, and one that SP B does."""


class Rig:
    """SP A and its tester, the link in service."""

    def __init__(self, **settings: object) -> None:
        MACHINE.strict = True
        self.stack = Ss7Stack(mtp3_config(A, B, False))
        config = TupConfig(CIRCUITS, "itu", A, B, **settings)  # type: ignore[arg-type]
        self.part = self.stack.add_tup(config)
        self.tup = self.part.engine
        self.tester = Mtp3(mtp3_config(B, A, False))
        self.line = BitLine(self.stack, self.tester)
        self.line.serve = self._serve
        self.heard: list[tuple[int, int, TupMessage]] = []
        """Time, CIC and message of SP A, not yet expected."""
        self.events: list[neutral.SignallingEvent] = []
        self.messages = 0
        self.mark = 0
        """When the last message was: SP A's, as it arrived, or the tester's."""
        for _ in range(300):
            if self.part.reachable and self.tester.destinations[A].accessible:
                break
            self.line.advance(100 * MS)
        assert self.part.reachable, "the link did not come up"
        self.events.clear()

    @property
    def now(self) -> int:
        return self.line.now

    def _serve(self) -> None:
        happened = self.part.events()
        if happened:
            self.line.stir()
            self.events += happened
        for event in self.tester.events():
            if isinstance(event, TransferIndication):
                self.line.stir()
                cic = event.sls & 15 | event.data[0] << 4
                self.heard.append((self.now, cic, decode(event.data[1:])))
                self.messages += 1

    def run(self, ns: int) -> None:
        """Let time pass."""
        self.stack.pump(self.now)
        self.line.stir()
        self.line.advance(ns)

    # SP B

    def say(self, what: str | TupMessage | bytes, cic: int = OURS) -> None:
        """SP B's message: an acronym, a message, or octets from the heading code on."""
        octets = what if isinstance(what, bytes) else b""
        if isinstance(what, str):
            octets = OCTET[h.BY_ACRONYM[what]]
        elif isinstance(what, TupMessage):
            octets = what.octets
        assert self.tester.send(A, cic & 15, TUP, OCTET[cic >> 4] + octets, self.now)
        self.messages += 1
        self.mark = self.now
        self.run(50 * MS)

    def seize(self, cic: int = THEIRS, digits: str = "2345678F", check: int = 0) -> None:
        """SP B's IAM."""
        self.say(InitialAddress(10, Indicators(continuity=check), digits), cic)

    def expect(self, *names: str, cic: int = OURS, after: int = 0) -> TupMessage:
        """The next messages of SP A: at once, or (one only) ``after`` ns from the message before,
        give or take 1 % and two blocks of the line. The last one is returned."""
        message = TupMessage(0)
        for name in names:
            begin = self.mark if after else self.now
            until = begin + after + after // 100 + 2 * AT_ONCE
            self.run(min(50 * MS, max(until - self.now, MS)))
            while not self.heard and self.now < until:
                self.line.advance(min(SECOND // 2 if after else 10 * MS, until - self.now))
            assert self.heard, f"{name} did not come; {self.tail()}"
            time, circuit, message = self.heard.pop(0)
            self.mark = time
            assert (message.name, circuit) == (name, cic), f"{message} on {circuit}, not {name}"
            if after:
                early = begin + after - after // 100 - 2 * AT_ONCE
                assert time >= early, f"{name} after {(time - begin) / 1e9:.2f} s"
        return message

    def silent(self, ns: int) -> None:
        """SP A says nothing for this long."""
        end = self.now + ns
        self.run(50 * MS)
        while self.now < end:
            self.line.advance(min(SECOND, end - self.now))
            assert not self.heard, f"unexpected: {self.heard}"

    # The application

    def place(self, cic: int = OURS, digits: str = "2345678", complete: bool = True) -> int:
        """A call of SP A; ``cic`` is preferred, not insisted on."""
        request = neutral.CallRequest(
            neutral.PartyNumber(digits, 2), channel=cic, complete=complete
        )
        handle = self.tup.place(request, self.now)
        self.run(50 * MS)
        return handle

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    def offered(self) -> neutral.CallOffered:
        events = self.of(neutral.CallOffered)
        assert events, "no call was offered"
        return events[-1]

    def released(self) -> neutral.CallReleased:
        events = self.of(neutral.CallReleased)
        assert events, "no call was released"
        return events[-1]

    def faults(self) -> list[str]:
        return [event.kind for event in self.of(neutral.ProtocolFault)]

    def tone_heard(self, cic: int, good: bool) -> None:
        """What the board says of the check tone."""
        self.tup.continuity_result(cic, good, self.now)
        self.run(50 * MS)

    def channel(self, cic: int) -> int:
        return self.tup.circuits[cic].reported

    # The end

    def idle(self, *cics: int) -> None:
        """CHECK: is the circuit idle?"""
        for cic in cics or (OURS, THEIRS):
            circuit = self.tup.circuits[cic]
            assert circuit.state == NULL and circuit.call is None, f"circuit {cic} is not idle"

    def done(self, *faults: str) -> str:
        """Nothing is left that was not expected; the evidence."""
        self.run(SECOND)
        assert not self.heard, f"unexpected: {self.heard}"
        assert self.faults() == list(faults), self.faults()
        return f"{self.messages} messages"

    def tail(self) -> str:
        """The last that happened, for people."""
        return f"now {self.now / 1e9:.2f} s, events {self.events[-6:]}"
