"""Two call controls back to back, user and network, without a data link and under one clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from trunkd.signaling import call as neutral
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn import q931_table, services_deflect, services_transfer
from trunkd.signaling.isdn.q931 import CallControl
from trunkd.signaling.isdn.q931_call import NEVER
from trunkd.signaling.isdn.q931_config import PriConfig

SECOND = 1_000_000_000


class End:
    """One side: its control and what it has told."""

    def __init__(self, side: str, settings: dict[str, Any]) -> None:
        self.control = CallControl(PriConfig(side, **settings))
        self.control.link_up(0)
        self.services = self.control.services
        self.events: list[neutral.SignallingEvent] = []

    def take(self) -> list[bytes]:
        events = self.control.events()
        self.events += [x for x in events if not isinstance(x, neutral.ChannelChanged)]
        return self.control.take_units()

    def told(self, kind: type) -> list[Any]:
        return [x for x in self.events if isinstance(x, kind)]

    def faults(self) -> list[str]:
        return [x.kind for x in self.told(neutral.ProtocolFault)]


class Pair:
    """``wire``: messages that passed, (from the user?, message). ``lost``: message types that are
    not carried."""

    def __init__(self, **settings: Any) -> None:
        self.user = End("user", settings)
        self.network = End("network", settings)
        self.now = 0
        self.wire: list[tuple[bool, m.Message]] = []
        self.lost: set[int] = set()

    def run(self) -> None:
        while True:
            up, down = self.user.take(), self.network.take()
            if not up and not down:
                return
            for units, from_user in ((up, True), (down, False)):
                far = self.network if from_user else self.user
                for unit in units:
                    message = m.decode(unit)
                    self.wire.append((from_user, message))
                    if message.type not in self.lost:
                        far.control.receive(unit, self.now)

    def wait(self, ns: int) -> None:
        """Let time pass, timers expiring at their own time."""
        until = self.now + ns
        ends = (self.user.control, self.network.control)
        while (due := min(end.next_timeout() for end in ends)) <= until:
            self.now = max(self.now, due)
            for end in ends:
                end.handle_timeout(self.now)
            self.run()
        self.now = until

    def forget(self) -> None:
        """What was told and passed so far."""
        self.wire.clear()
        self.user.events.clear()
        self.network.events.clear()

    def place(self, answer: bool = True) -> int:
        """A call of the user's; its handle there, which is the network's too when all calls are
        made one after the other."""
        handle = self.user.control.place(neutral.CallRequest(neutral.PartyNumber("111")), self.now)
        self.run()
        if answer:
            self.network.control.answer(handle, self.now)
        else:
            self.network.control.alert(handle, False, self.now)
        self.run()
        return handle

    def offer(self, **fields: Any) -> int:
        """A call to the user, offered."""
        number = neutral.PartyNumber("222", 2)
        handle = self.network.control.place(neutral.CallRequest(number, **fields), self.now)
        self.run()
        return handle

    def receive(self) -> int:
        """A call to the user, answered."""
        handle = self.offer()
        self.user.control.answer(handle, self.now)
        self.run()
        return handle

    def facilities(self, from_user: bool) -> list[e.Facility]:
        """Facility elements that one side sent."""
        return [
            element
            for side, message in self.wire
            for element in message.elements
            if side == from_user and isinstance(element, e.Facility)
        ]

    def idle(self) -> bool:
        """Nothing is left at either end."""
        return all(
            not end.control.calls
            and not end.control.deadlines
            and end.control.next_timeout() == NEVER
            and not end.services.askings
            and not end.services.call_ids
            and not end.services.unsettled
            and not end.services.network.requests
            and not end.services.network.links
            and not end.services.network.held
            for end in (self.user, self.network)
        )


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    """A transition that is not drawn raises."""
    machines = (
        q931_table.USER,
        q931_table.NETWORK,
        services_transfer.TRANSFER,
        services_deflect.DEFLECT,
    )
    for machine in machines:
        machine.strict = True
    yield
    for machine in machines:
        machine.strict = False


@pytest.fixture
def pair_of() -> Callable[..., Pair]:
    """Makes a Pair with settings of PriConfig."""
    return Pair
