"""A far end that answers nothing or repeats itself: nothing sticks, grows, or is told wrongly."""

from __future__ import annotations

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import mtp3_events
from trunkd.signaling.ss7 import tup_messages_table as h
from trunkd.signaling.ss7 import tup_states as s
from trunkd.signaling.ss7.tup import Tup
from trunkd.signaling.ss7.tup_config import TupConfig
from trunkd.signaling.ss7.tup_messages import OCTET, GroupMessage, TupMessage, split_cic
from trunkd.signaling.ss7.tup_messages_address import Indicators, InitialAddress, decode

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
IAM = InitialAddress(10, Indicators(0, 0, 0), "2345678").octets


class Deaf:
    """A Tup whose far end says what the test says, and nothing else."""

    def __init__(self, circuits: tuple[int, ...] = tuple(range(1, 32)), **more: object) -> None:
        self.tup = Tup(TupConfig(circuits, opc=2, dpc=1, **more))  # type: ignore[arg-type]
        self.label = self.tup.config.variant.label
        self.now = 0
        self.log: list[neutral.SignallingEvent] = []
        self.tup.mtp_resume(0)

    def say(self, octets: bytes, cic: int = 1) -> list[str]:
        sls, octet = split_cic(cic, self.label)
        self.tup.receive(octet + octets, sls, self.now)
        return self.heard()

    def messages(self) -> list[tuple[int, TupMessage]]:
        self.log += self.tup.events()
        sent = self.tup.transmit()
        return [(self.tup.cic_of(data, sls), decode(data[1:])) for sls, data in sent]

    def heard(self) -> list[str]:
        return [f"{message.name} {cic}" for cic, message in self.messages()]

    def wait(self, ns: int) -> list[str]:
        until = self.now + ns
        while (due := self.tup.next_timeout()) is not None and due <= until:
            self.now = max(self.now, due)
            self.tup.handle_timeout(self.now)
        self.now = until
        return self.heard()

    def place(self, cic: int, **more: object) -> int:
        called = neutral.PartyNumber("2345678", 2)
        request = neutral.CallRequest(called, channel=cic, **more)  # type: ignore[arg-type]
        return self.tup.place(request, self.now)

    def channels(self, cic: int) -> list[int]:
        changes = [e for e in self.log if isinstance(e, neutral.ChannelChanged)]
        return [e.state for e in changes if e.channel == cic]

    def of(self, kind: type) -> list:
        return [event for event in self.log if isinstance(event, kind)]


def test_no_user_part_and_then_no_way_to_it() -> None:
    """TUPA must not open a route that MTP has closed."""
    deaf = Deaf()
    deaf.tup.mtp_status(mtp3_events.STATUS_USER_UNKNOWN, 0, deaf.now)
    deaf.tup.mtp_pause(deaf.now)
    deaf.tup.mtp_status(mtp3_events.STATUS_USER_UNKNOWN, 0, deaf.now)
    deaf.wait(MINUTE)
    deaf.place(1)
    assert deaf.heard() == []
    assert [e.cause for e in deaf.of(neutral.CallReleased)] == [27]
    assert [e.up for e in deaf.of(neutral.LinkChanged)] == [False]
    deaf.tup.mtp_resume(deaf.now)
    deaf.place(1)
    assert deaf.heard() == ["IAM 1"]


def test_all_circuits_at_once() -> None:
    """() means all, as with ISUP."""
    deaf = Deaf((1, 2, 3, 40))
    deaf.tup.block((), False, deaf.now)
    assert deaf.heard() == ["MGB 1", "BLO 40"]
    assert all(c.local for c in deaf.tup.circuits.values())
    deaf.say(OCTET[h.BLA], 40)
    deaf.say(GroupMessage(h.MGB + 0x10, 2, 7).octets)
    assert deaf.of(neutral.BlockingDone) == [neutral.BlockingDone((1, 2, 3, 40), "block", True)]
    deaf.tup.unblock((), False, deaf.now)
    assert deaf.heard() == ["MGU 1", "UBL 40"]


def test_group_reset_that_nobody_answers() -> None:
    """As after RSC the circuits are out of service, until the answer comes."""
    deaf = Deaf()
    deaf.tup.restart((), deaf.now)
    deaf.wait(61 * SECOND)
    assert deaf.channels(9) == [neutral.CHANNEL_RESTARTING, neutral.CHANNEL_OUT_OF_SERVICE]
    assert [(e.local, e.ok) for e in deaf.of(neutral.RestartDone)] == [(True, False)]
    assert deaf.wait(MINUTE) == ["GRS 1"]
    deaf.say(GroupMessage(h.GRS + 0x10, 30, 0).octets)
    assert deaf.channels(9)[-1] == neutral.CHANNEL_IDLE
    assert not deaf.tup.deadlines and not deaf.tup.jobs
    deaf.place(9)
    assert deaf.heard() == ["IAM 9"]


def test_iam_on_a_circuit_whose_hardware_failed() -> None:
    """The call is not taken; the far end is told once more."""
    deaf = Deaf()
    deaf.tup.block((5,), True, deaf.now)
    assert deaf.heard() == ["HGB 5"]
    deaf.say(GroupMessage(h.HGB + 0x10, 1, 1).octets, 5)
    assert deaf.say(IAM, 5) == ["HGB 5"]
    assert deaf.tup.circuits[5].state == s.NULL
    deaf.say(GroupMessage(h.HGB + 0x10, 1, 1).octets, 5)
    assert not deaf.tup.jobs and not deaf.of(neutral.CallOffered)


def test_calls_leave_a_group_that_is_reset() -> None:
    """A call is moved once, and not to a circuit of the same group that is still to be reset."""
    deaf = Deaf(tuple(range(1, 5)), selection="ascending")
    calls = [deaf.place(cic) for cic in (1, 2)]
    deaf.heard()
    assert deaf.say(GroupMessage(h.GRS, 3).octets) == ["GRA 1", "IAM 1", "IAM 2"]
    assert sorted(deaf.tup.calls) == calls
    assert len(deaf.of(neutral.CallMoved)) == 2


def test_calls_leave_a_group_whose_hardware_failed() -> None:
    deaf = Deaf(tuple(range(1, 9)), selection="ascending")
    call = deaf.place(1)
    deaf.heard()
    said = deaf.say(GroupMessage(h.HGB, 3, 15).octets)
    assert said == ["CLF 1", "HBA 1", "IAM 5"]
    assert deaf.of(neutral.CallMoved) == [neutral.CallMoved(call, 5)]


def test_years_beside_a_deaf_exchange() -> None:
    """Whatever is asked again and again of a far end that never answers, no more is kept of it."""
    deaf = Deaf(group_twice=True)
    tup = deaf.tup
    sizes = []
    for _ in range(3):
        for turn in range(40):
            tup.block((), turn % 2 == 0, deaf.now)
            tup.block((3, 9), False, deaf.now)
            tup.unblock((), turn % 2 == 0, deaf.now)
            tup.restart((5, 6, 7), deaf.now)
            tup.restart((9,), deaf.now)
            tup.restart((), deaf.now)
            for status in range(1, 30):
                deaf.say(GroupMessage(h.MGB, 6, status).octets, 1 + turn % 20)
            deaf.wait(40 * SECOND)
        deaf.wait(20 * MINUTE)
        sizes.append((len(tup.deadlines), len(tup.jobs), len(tup.firsts)))
        deaf.log.clear()
    assert sizes[0] == sizes[1] == sizes[2]
    assert sizes[0][2] <= 29
