"""One Isup and what a tester at the other end of the link would send and see."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from trunkd.signaling import call as neutral
from trunkd.signaling.ss7 import isup_blocking, isup_call_table, isup_groups, isup_reset
from trunkd.signaling.ss7 import isup_messages_table as m
from trunkd.signaling.ss7.isup import Isup
from trunkd.signaling.ss7.isup_config import IsupConfig
from trunkd.signaling.ss7.isup_states import CALL_TIMERS

SECOND = 1_000_000_000
MACHINES = (
    isup_call_table.CPC,
    isup_reset.CSC,
    isup_blocking.BLS,
    isup_blocking.BLR,
    isup_groups.CGS,
)


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    """An undrawn transition is an error in every test here."""
    for machine in MACHINES:
        machine.strict = True
    yield
    for machine in MACHINES:
        machine.strict = False


class Bench:
    """The engine under test; the tester speaks in octets. Circuit 5 is the one that calls use."""

    def __init__(self, **settings) -> None:
        self.isup = Isup(IsupConfig(**({"opc": 1, "dpc": 2} | settings)))
        self.now = 0
        self.log: list[neutral.SignallingEvent] = []
        self.isup.mtp_resume(0)
        self.take()

    def take(self) -> list[str]:
        """What the engine sent since: names of messages, the CIC before it unless it is 5."""
        self.log += self.isup.events()
        names = []
        for _, data in self.isup.transmit():
            cic = data[0] | data[1] << 8
            name = m.name_of(data[2])
            names.append(name if cic == 5 else f"{cic} {name}")
        self.check()
        return names

    def raw(self) -> list[bytes]:
        """The octets sent since, from the message type on."""
        self.log += self.isup.events()
        return [data[2:] for _, data in self.isup.transmit()]

    def give(self, kind: int, body: str = "", cic: int = 5) -> list[str]:
        """A message from the tester; what the engine sends because of it."""
        self.isup.receive(
            cic.to_bytes(2, "little") + bytes((kind,)) + bytes.fromhex(body), self.now
        )
        return self.take()

    def wait(self, ns: int) -> list[str]:
        """Let time pass."""
        until = self.now + ns
        while (due := self.isup.next_timeout()) is not None and due <= until:
            self.now = max(self.now, due)
            self.isup.handle_timeout(self.now)
        self.now = until
        return self.take()

    def place(self, **fields) -> int:
        """A call on circuit 5, unless another channel is given."""
        fields = {"channel": 5} | fields
        request = neutral.CallRequest(neutral.PartyNumber("1234", 2), **fields)
        return self.isup.place(request, self.now)

    def kinds(self, kind: type) -> list:
        self.log += self.isup.events()
        return [event for event in self.log if isinstance(event, kind)]

    @property
    def circuit(self):
        return self.isup.circuits.by_cic[5]

    @property
    def state(self) -> int:
        """CPC's state of circuit 5."""
        handle = self.circuit.call
        return self.isup.calls[handle].state if handle else 0

    def check(self) -> None:
        """What must be true between any two inputs."""
        isup = self.isup
        running: dict[int, int] = {}
        for key in isup.deadlines:
            if key >> 6 < 0x1000:
                running[key >> 6] = running.get(key >> 6, 0) | 1 << (key & 63)
        for circuit in isup.circuits.all:
            assert circuit.timers == running.get(circuit.cic, 0)
            assert circuit.shown == circuit.channel_state()
            if circuit.call:
                call = isup.calls[circuit.call]
                assert call.circuit is circuit
                assert call.state != 0
                assert circuit.csc == 0
            elif not circuit.csc:
                assert not circuit.timers & CALL_TIMERS
        assert len(isup.calls) == sum(c.call != 0 for c in isup.circuits.all)
        assert not isup.again
        assert min(isup.deadlines.values(), default=isup.earliest) >= isup.earliest


@pytest.fixture
def bench() -> type[Bench]:
    return Bench
